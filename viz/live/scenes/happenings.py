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


def changes(history: History, scenario: Scenario, per: int, when: str) -> list[Happening]:
    """Mark where selection moves, as the scenario says it does: a step is so many moments, named as `when` says."""
    found = []
    for phase in scenario.evolution.schedule[1:]:
        at = phase.start / per
        if at <= history.last:
            slowly = f", over {phase.over:,} ticks" if phase.over else ""
            words = f"{when.format(phase.start)}: the environment becomes {phase.shown()}{slowly}"
            found.append(Happening(at, CHANGE, words))
    return found


def planners(history: History, unit: str) -> list[Happening]:
    """Mark the first planner, and where planners become more than half; `unit` is what a step is called."""
    generations, share = history.generation("optimizer_fraction")
    found = []
    if len(share) and share[0] == 0.0 and (share > 0.0).any():
        at = int(np.argmax(share > 0.0))
        found.append(Happening(generations[at], FIRST, f"{unit} {generations[at]:.0f}: the first planner"))
    if len(share) and share[0] <= MOST and (share > MOST).any():
        at = int(np.argmax(share > MOST))
        words = f"{unit} {generations[at]:.0f}: planners are {percent(share[at])} of the population"
        found.append(Happening(generations[at], PLANNERS, words))
    return found
