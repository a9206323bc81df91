"""What happens in a run of generations, for the timeline below its wall."""

import numpy as np

from evosim.numerics.formatting import percent
from evosim.scenario import Scenario
from evosim.simulation.process import kind_of
from viz.live.scenes.happenings import MOST, PSEUDO, Happening, changes, planners
from viz.live.wall.history import WallHistory


def happenings(history: WallHistory, scenario: Scenario) -> list[Happening]:
    """Find what has happened so far, in order."""
    found = changes(history, scenario, 1, "generation {}") + planners(history, kind_of(scenario).unit.one)
    return sorted(found + _takeover(history, scenario))


def _takeover(history: WallHistory, scenario: Scenario) -> list[Happening]:
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
