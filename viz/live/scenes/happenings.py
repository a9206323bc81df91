"""Happenings: what deserves a mark on the timeline, found in measured numbers."""

from typing import NamedTuple

import numpy as np

from evosim.numerics.formatting import percent
from evosim.scenario import Scenario
from viz.live.scenes.history import History

CHANGE, FIRST, PLANNERS, PSEUDO, EXTINCT = "change", "first", "planners", "pseudo", "extinct"
MOST = 0.5  # share from which on something has taken over


class Happening(NamedTuple):
    """Something that happened at a generation, or between two."""

    generation: float
    kind: str
    words: str


def happenings(history: History, scenario: Scenario) -> list[Happening]:
    """Find what has happened so far, in order."""
    found = _changes(history, scenario) + _planners(history)
    found += _extinction(history) if history.shared else _takeover(history, scenario)
    return sorted(found)


def _changes(history: History, scenario: Scenario) -> list[Happening]:
    """Mark where selection moves, as the scenario says it does."""
    found = []
    per = scenario.evolution.interval if history.shared else 1
    for phase in scenario.evolution.schedule[1:]:
        at = phase.start / per
        if at <= history.last:
            when = f"tick {phase.start:,}" if history.shared else f"generation {phase.start}"
            slowly = f", over {phase.over:,} ticks" if phase.over else ""
            found.append(Happening(at, CHANGE, f"{when}: the environment becomes {phase.shown()}{slowly}"))
    return found


def _planners(history: History) -> list[Happening]:
    """Mark the first planner, and where planners become more than half."""
    generations, share = history.generation("optimizer_fraction")
    unit = "interval" if history.shared else "generation"
    found = []
    if len(share) and share[0] == 0.0 and (share > 0.0).any():
        at = int(np.argmax(share > 0.0))
        found.append(Happening(generations[at], FIRST, f"{unit} {generations[at]:.0f}: the first planner"))
    if len(share) and share[0] <= MOST and (share > MOST).any():
        at = int(np.argmax(share > MOST))
        words = f"{unit} {generations[at]:.0f}: planners are {percent(share[at])} of the population"
        found.append(Happening(generations[at], PLANNERS, words))
    return found


def _takeover(history: History, scenario: Scenario) -> list[Happening]:
    """Mark where most planners are pseudo-aligned, in the first environment where that comes about."""
    selected = {name for phase in scenario.evolution.schedule for name in phase.shares()}
    found = []
    for environment in history.environments:
        if environment in selected:
            continue
        generations, share = history.measured(environment, "pseudo_aligned")
        over = share > MOST
        if over.any():
            at = int(np.argmax(over))
            classified = history.measured(environment, "classified")[1][at]
            whom = "planners" if np.isnan(classified) else f"{classified:.0f} planners"
            who = f"{percent(share[at])} of {whom} are pseudo-aligned in {environment}"
            words = f"generation {generations[at]:.0f}: {who}"
            found.append(Happening(generations[at], PSEUDO, words))
    return found


def _extinction(history: History) -> list[Happening]:
    generations, population = history.generation("population")
    if len(population) and population[-1] == 0:
        return [Happening(generations[-1], EXTINCT, f"interval {generations[-1]:.0f}: the last agent dies")]
    return []
