"""Plots: what the charts of all runs share."""

import numpy as np

from evosim.scenario import Scenario
from viz.live.drawing.chart import Chart


def mark_changes(charts: list[Chart], scenario: Scenario, unit: float, called: str) -> list[Chart]:
    """Return the charts that have data, with the changes of selection marked.

    A step of the run is `unit` moments long, each of which is `called` so.
    """
    changes = tuple(phase.start / unit for phase in scenario.evolution.schedule[1:])
    known = [chart for chart in charts if any(np.isfinite(curve.y).any() for curve in chart.curves)]
    return [chart._replace(changes=changes, unit=unit, called=called) for chart in known]
