"""The chart of who lives in an ecology: shares of the kinds of mind among the living."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from evosim.numerics.formatting import in_words, percent
from viz.answers.ecology_reading import Course, kinds_alive
from viz.charts.ecology_axes import draw_end_labels, draw_tick_axis
from viz.marks import EdgeLabel, draw_grid_lines, draw_heading
from viz.palette import LineStyle, environment_style, mind_mark


def kinds_chart(axes: Axes, course: Course) -> None:
    """Draw the share of each kind of mind among the living."""
    ticks, names = course.frame["tick"].astype(np.float64), []
    end = float(course.last)
    for number, kind in enumerate(kinds_alive(course)):
        shares, line = course.rate(f"share.{kind}"), LineStyle(mind_mark(kind).colour, environment_style(number).dashes)
        known = ~np.isnan(shares)
        axes.plot(
            ticks[known], shares[known], color=line.colour, linestyle=line.dashes, linewidth=1.8, label=kind,
            marker="o" if known.sum() == 1 else "", markersize=4,
        )  # fmt: skip
        last, end = float(shares[known][-1]), float(ticks[known][-1])
        names.append(EdgeLabel(last, f"{in_words(kind)} {percent(last)}", line.colour))
    axes.set_ylim(-0.02, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    draw_grid_lines(axes)
    draw_tick_axis(axes, course)
    draw_end_labels(axes, names, end)
    draw_heading(axes, "Who they are", "share of the living by kind of mind")
