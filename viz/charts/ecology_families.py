"""The chart of an ecology's families: shares of the lines of its founders among the living."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from evosim.numerics.formatting import percent
from viz.answers.ecology_families import Families
from viz.answers.ecology_reading import Course
from viz.charts.ecology_axes import draw_end_labels, draw_tick_axis
from viz.marks import EdgeLabel, draw_heading
from viz.palette import FAMILIES, NO_ENTRY, PAPER


def families_chart(axes: Axes, course: Course, families: Families) -> None:
    """Stack the shares of the largest lines, the largest at the bottom; grey above are all others."""
    known = ~np.isnan(families.shares).any(axis=1) & (course.frame["population"] > 0)
    ticks = course.frame["tick"].astype(np.float64)[known]
    floor, names = np.zeros(len(ticks)), []
    for number, founder in enumerate(families.named):
        top = floor + families.shares[known, number]
        colour = FAMILIES[number % len(FAMILIES)]
        axes.fill_between(
            ticks, floor, top, facecolor=colour, edgecolor=PAPER, linewidth=0.6, label=f"line of {founder}"
        )
        share = float(families.shares[known, number][-1])
        names.append(EdgeLabel(float(floor[-1] + top[-1]) / 2, f"of agent {founder} {percent(share)}", colour))
        floor = top
    axes.fill_between(ticks, floor, 1, facecolor=NO_ENTRY.colour, linewidth=0, label="others")
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    draw_tick_axis(axes, course)
    draw_end_labels(axes, names, float(ticks[-1]) if len(ticks) else float(course.last))
    left = int(families.left[known][-1]) if len(ticks) else 0
    draw_heading(axes, "Families", f"share of the living by line of first parents; {left} of {families.founders} left")
