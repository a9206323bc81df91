"""The environments that a generation can be moved to, and which of them takes most of its return."""

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.scenario import Scenario
from evosim.simulation.runs import RunFile


def list_others(scenario: Scenario) -> list[str]:
    """Return the measured environments that some generation isn't at home in, so that it can be moved there."""
    shares = [phase.shares() for phase in scenario.evolution.schedule]
    homes = {max(phase, key=lambda name: phase[name]) for phase in shares}
    return [name for name in scenario.measure.environments if homes != {name}]


def find_widest_gap(run: RunFile) -> str | None:
    """Return the environment with the least return kept, of those without selection; None if none is measured.

    This is the one with the lowest mean base performance in the last measured generation or, where performance isn't
    defined in all of them, the lowest mean base return; of equals the first.
    """
    scenario = run.scenario
    selected = {name for phase in scenario.evolution.schedule for name in phase.shares()}
    unseen = [name for name in scenario.measure.environments if name not in selected]
    frame = run.frame("measurements", "generation = (select max(generation) from measurements)")
    rows = [np.flatnonzero(frame["environment"] == name) for name in unseen]
    if not unseen or not all(len(row) for row in rows):
        return None
    at = np.concatenate(rows)
    returns: Reals = frame["base_mean"][at]
    if "base_performance" in frame and np.isfinite(performance := frame["base_performance"][at]).all():
        returns = performance
    return unseen[int(np.argmin(np.where(np.isnan(returns), np.inf, returns)))]
