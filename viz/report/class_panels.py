"""Panels of classes: their shares from generation to generation, in each environment."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from evosim.alignment.class_names import OF_PLANNERS
from evosim.numerics.formatting import in_words, percent
from viz.answers.classes import classified, how_many_plan, is_known, stacked
from viz.answers.reading import Reading, selection_in
from viz.marks import Name, heading, names_beside, short, time_axis, widened
from viz.palette import CLASSES, PAPER
from viz.report.panels import Panel, panel, room


def class_panels(reading: Reading, first: int) -> list[Panel]:
    """Draw the classes over generations, environment by environment, numbered from `first`."""
    known = [name for name in reading.environments if is_known(reading, name)]
    right = room([_short(name) for name in OF_PLANNERS], " 100%")
    return [
        panel(
            first + number,
            f"Shares of planners of each class, in {name}, over generations",
            lambda axes, name=name: class_chart(axes, reading, name),  # type: ignore[misc]
            right=right,
            xlabel="generation",
        )
        for number, name in enumerate(known)
    ]


def class_chart(axes: Axes, reading: Reading, environment: str) -> None:
    """Stack the shares of classes among planners; what stays aligned lies at the bottom."""
    x, heights = widened(reading.measured, stacked(reading, environment))
    edges = np.vstack([np.zeros(len(x)), np.cumsum(heights, axis=0)])
    axes.set_ylim(0, 1)
    names = []
    for (name, kind), low, high in zip(CLASSES.items(), edges, edges[1:], strict=False):
        axes.fill_between(
            x, low, high, facecolor=kind.colour, edgecolor=PAPER, hatch=kind.hatch, linewidth=0.6, label=name
        )
        share = float(high[-1] - low[-1])
        if share > 0:
            words = f"{_short(name)} {percent(share)}"
            names.append(Name(float(low[-1] + high[-1]) / 2, words, kind.colour, share == heights[:, -1].max()))
    names_beside(axes, names)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule, named=True)
    count, there_are = classified(reading, environment), how_many_plan(reading)
    of_whom = "planners" if count is None else f"{there_are} planners"
    if count is not None and count < there_are:
        of_whom = f"{count} of {of_whom}"
    note = f"share of {of_whom}; {selection_in(reading, environment)}"
    heading(axes, f"Classes · {short(environment)}", note)


def _short(name: str) -> str:
    """Name a class beside a chart."""
    return {"suboptimality_aligned": "suboptimality", "capability_failure": "capab. failure"}.get(name, in_words(name))
