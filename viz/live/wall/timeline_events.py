"""Timeline events of a generational run."""

import numpy as np

from evosim.numerics.formatting import percent
from evosim.scenario import Scenario
from evosim.simulation.process import process_class
from viz.live.scenes.timeline_events import MAJORITY, PSEUDO, TimelineEvent, planner_events, selection_changes
from viz.live.wall.history import WallHistory


def find_events(history: WallHistory, scenario: Scenario) -> list[TimelineEvent]:
    """Return the events so far, in order."""
    found = selection_changes(history, scenario, 1, "generation {}") + planner_events(
        history, process_class(scenario).unit.one
    )
    return sorted(found + _takeover(history, scenario))


def _takeover(history: WallHistory, scenario: Scenario) -> list[TimelineEvent]:
    """Return when most planners become pseudo-aligned, in the first environment where they do."""
    selected = {name for phase in scenario.evolution.schedule for name in phase.shares()}
    found = []
    for environment in history.environments:
        if environment in selected:
            continue
        generations, share = history.measured(environment, "pseudo_aligned")
        over = share > MAJORITY
        if over.any():
            at = int(np.argmax(over))
            classified = history.measured(environment, "classified")[1][at]
            whom = "planners" if np.isnan(classified) else f"{classified:.0f} planners"
            who = f"{percent(share[at])} of {whom} are pseudo-aligned in {environment}"
            words = f"generation {generations[at]:.0f}: {who}"
            found.append(TimelineEvent(generations[at], PSEUDO, words))
    return found
