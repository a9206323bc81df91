"""Charts of islands: a number of each island as a thin line, and the mean over them."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.formatting import number, percent
from viz.answers.reading import Frame, Reading
from viz.marks import (
    EdgeLabel,
    draw_edge_labels,
    draw_grid_lines,
    draw_heading,
    draw_mean_line,
    draw_time_axis,
    shorten,
)
from viz.palette import MESA_OPTIMIZER, LineStyle, environment_style

MOST_BASES = 2  # environments whose base objective is drawn


class IslandQuantity(NamedTuple):
    """A number of table `islands`, and how it is drawn."""

    column: str
    title: str
    line: LineStyle
    is_share: bool = False


def island_quantities(reading: Reading) -> list[IslandQuantity]:
    """List what is drawn of islands: the base objective in the first environments, and the share of optimizers."""
    if reading.islands is None:
        return []
    bases = [
        IslandQuantity(f"base_mean.{name}", f"Base objective by island · {shorten(name)}", environment_style(place))
        for place, name in enumerate(reading.environments[:MOST_BASES])
    ]
    share = IslandQuantity("optimizer_fraction", "Optimizers by island", LineStyle(MESA_OPTIMIZER.colour, "-"), True)
    return [*bases, share] if bool((reading.islands["optimizer_fraction"] > 0).any()) else bases


def island_chart(axes: Axes, reading: Reading, quantity: IslandQuantity) -> None:
    """Draw a number of each island as a thin line, and their mean as a thick one."""
    assert reading.islands is not None
    steps, values = by_island(reading.islands, quantity.column)
    marker = "o" if len(steps) == 1 else ""
    for island, row in enumerate(values, 1):
        axes.plot(
            steps, row, color=quantity.line.colour, linewidth=0.8, alpha=0.5, marker=marker, markersize=2,
            label=f"island {island}",
        )  # fmt: skip
    mean = values.mean(axis=0)
    draw_mean_line(axes, steps, mean, quantity.line, "mean")
    if quantity.is_share:
        axes.set_ylim(-0.04, 1.04)
        axes.set_yticks([0, 0.5, 1])
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    draw_grid_lines(axes)
    last = float(mean[-1])
    words = percent(last) if quantity.is_share else number(last)
    draw_edge_labels(axes, [EdgeLabel(last, words, quantity.line.colour)])
    draw_time_axis(axes, reading.last, reading.scenario.evolution.schedule)
    draw_heading(axes, quantity.title, f"thin: each of {len(values)} islands; thick: their mean")


def by_island(frame: Frame, column: str) -> tuple[Ids, Reals]:
    """Return the generations `[M]` in which a column of table `islands` is known, and its values `[I, M]`."""
    known = ~np.isnan(np.asarray(frame[column], np.float64))
    steps, count = np.unique(frame["generation"][known]), len(np.unique(frame["island"]))
    values = np.full((count, len(steps)), np.nan)
    at = np.searchsorted(steps, frame["generation"][known])
    values[np.asarray(frame["island"][known], np.int64) - 1, at] = frame[column][known]
    return steps, values
