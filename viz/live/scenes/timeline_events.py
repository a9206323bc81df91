"""Timeline events: what deserves a mark on the timeline, found in measured numbers."""

from typing import NamedTuple

import numpy as np

from evosim.numerics.formatting import percent
from evosim.scenario import Scenario
from viz.live.scenes.history import History

CHANGE, FIRST, PLANNERS, PSEUDO, EXTINCT = "change", "first", "planners", "pseudo", "extinct"
PARTING = "parting"  # of futures
MAJORITY = 0.5  # share from which on something has taken over


class TimelineEvent(NamedTuple):
    """An event at a generation, or between two."""

    generation: float
    kind: str
    words: str


def selection_changes(history: History, scenario: Scenario, per: int, when: str) -> list[TimelineEvent]:
    """Return the scheduled changes of selection; a step is `per` moments, each named by `when`."""
    found = []
    for phase in scenario.evolution.schedule[1:]:
        at = phase.start / per
        if at <= history.last:
            slowly = f", over {phase.over:,} ticks" if phase.over else ""
            words = f"{when.format(phase.start)}: the environment becomes {phase.shown()}{slowly}"
            found.append(TimelineEvent(at, CHANGE, words))
    return found


def planner_events(history: History, unit: str) -> list[TimelineEvent]:
    """Return when the first planner appears and when planners become a majority; `unit` names a step."""
    generations, share = history.generation("optimizer_fraction")
    found = []
    if len(share) and share[0] == 0.0 and (share > 0.0).any():
        at = int(np.argmax(share > 0.0))
        found.append(TimelineEvent(generations[at], FIRST, f"{unit} {generations[at]:.0f}: the first planner"))
    if len(share) and share[0] <= MAJORITY and (share > MAJORITY).any():
        at = int(np.argmax(share > MAJORITY))
        words = f"{unit} {generations[at]:.0f}: planners are {percent(share[at])} of the population"
        found.append(TimelineEvent(generations[at], PLANNERS, words))
    return found
