"""Plots: what all charts of a run have, whatever they show."""

import numpy as np

from evosim.scenario import Scenario
from viz.live.drawing.chart import Chart


def with_changes(charts: list[Chart], scenario: Scenario, unit: float, called: str) -> list[Chart]:
    """Keep the charts that show anything, and mark on each where selection moves.

    A step of the run is `unit` moments long, each of which is `called` so.
    """
    changes = tuple(phase.start / unit for phase in scenario.evolution.schedule[1:])
    known = [chart for chart in charts if any(np.isfinite(curve.y).any() for curve in chart.curves)]
    return [chart._replace(changes=changes, unit=unit, called=called) for chart in known]
