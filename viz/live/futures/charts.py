"""Charts of several futures: each curve of one run with those of the others on the same axes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from viz.live.drawing.chart import Chart, Curve, curve_colour
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import Colour
from viz.live.futures.sources import AS_IT_WAS
from viz.palette import ENVIRONMENTS

PAST = 0.25  # of what is shown, that all share


class CurveLook(NamedTuple):
    """How the curves of a run look."""

    role: str  # see `curve_colour`
    number: int
    dashed: bool

    def colour(self, pen: Pen) -> Colour:
        """Return the colour."""
        return curve_colour(pen, Curve("", np.zeros(0), np.zeros(0), *self))


class RunCharts(NamedTuple):
    """A run among those that are compared."""

    name: str
    look: CurveLook
    charts: Sequence[Chart]


def merge_charts(runs: Sequence[RunCharts], step: int) -> list[Chart]:
    """Return a chart for each curve that any of the runs has, with the curves of all; `step` is the last they share."""
    merged = []
    for chart in max((run.charts for run in runs), key=len, default=()):
        for curve in chart.curves:
            title = chart.title if len(chart.curves) == 1 else f"{chart.title}: {curve.name}"
            curves = [other for run in runs if (other := _curve_of(run, chart.title, curve.name)) is not None]
            if any(np.isfinite(each.y).any() for each in curves):
                changes = (float(step),)
                merged.append(chart._replace(title=title, curves=_from(curves, step), stacked=False, changes=changes))
    return merged


def _curve_of(run: RunCharts, title: str, name: str) -> Curve | None:
    """Return a curve of a run, in its look."""
    for chart in run.charts:
        for curve in chart.curves if chart.title == title else ():
            if curve.name == name:
                return Curve(run.name, curve.x, curve.y, *run.look)
    return None


def look_of_side(side: str) -> CurveLook:
    """Return the look of the curves of a side."""
    return CurveLook("ink", 0, dashed=False) if side == AS_IT_WAS else CurveLook("future", 0, dashed=True)


def look_of_future(number: int) -> CurveLook:
    """Return the look of one of many futures, each with a colour of its own as long as there are some."""
    colours = len(ENVIRONMENTS)
    return CurveLook("environment", number % colours, dashed=number >= colours)


def _from(curves: list[Curve], step: int) -> list[Curve]:
    """Drop the past that is longer ago than a part of what follows."""
    last = max((float(curve.x[-1]) for curve in curves if len(curve.x)), default=0.0)
    first = step - max(PAST * (last - step), 3.0)
    return [curve._replace(x=curve.x[curve.x >= first], y=curve.y[curve.x >= first]) for curve in curves]
