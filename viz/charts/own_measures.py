"""Charts of measures of a person's own, and the rows of them at the foot of a figure."""

from collections.abc import Callable, Sequence
from textwrap import shorten as shorten_text

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evosim.measures.curves import WHOLE, OwnCurve
from evosim.numerics.formatting import capitalized, in_words, number, percent
from viz.charts.page import EDGE, FEET, HEADING, WIDTH, add_panel, label_width
from viz.marks import (
    EdgeLabel,
    draw_edge_labels,
    draw_grid_lines,
    draw_heading,
    draw_mean_line,
    draw_spread,
    shorten,
    widen_point,
)
from viz.palette import environment_style

ABREAST, TALL = 3, 1.7  # charts in a row, and inches
NAMES = 0.34  # inches right of a chart before what is named there
CHARACTER_OF_NOTE = 0.064  # inches
BANDS = "mean; bands: middle half and 90%"


def own_chart(
    axes: Axes, curve: OwnCurve, environments: Sequence[str], finish: Callable[[Axes], None], *, room: float = np.inf
) -> None:
    """Draw a measure of one's own; `finish` sets up the axis of time, and `room` is in inches for its definition."""
    names = []
    for place, line in curve.lines.items():
        known = ~np.isnan(line.values)
        if not known.any():
            continue
        style = environment_style(environments.index(place) if place in environments else 0)
        if curve.spread is not None:
            draw_spread(axes, line.steps[known], tuple(curve.spread[:, known]), style)
        draw_mean_line(axes, *widen_point(line.steps[known], line.values[known]), style, place or curve.name)
        last = float(line.values[known][-1])
        words = percent(last) if curve.unit == "share" else number(last)
        words = f"{last:,.0f}" if curve.kind == "integer" and curve.spread is None else words
        names.append(EdgeLabel(last, f"{shorten(place)} {words}" if place != WHOLE else words, style.colour))
    draw_grid_lines(axes)
    finish(axes)
    draw_edge_labels(axes, names)
    note = f"{curve.unit}; {BANDS}" if curve.spread is not None else f"{curve.unit}: {curve.definition}"
    if len(note) * CHARACTER_OF_NOTE > room:
        note = shorten_text(note, int(room / CHARACTER_OF_NOTE), placeholder=" …")
    draw_heading(axes, capitalized(in_words(curve.name)), note)


def names_room(curve: OwnCurve) -> float:
    """Return the width in inches of what is named beside a chart."""
    return NAMES + label_width(curve.lines, " -000.00")


def own_rows_height(curves: Sequence[OwnCurve]) -> float:
    """Return the height in inches of all rows of charts."""
    return -(-len(curves) // ABREAST) * (HEADING + TALL + FEET)


def draw_own_rows(
    figure: Figure,
    curves: Sequence[OwnCurve],
    top: float,
    environments: Sequence[str],
    finish: Callable[[Axes], None],
    xlabel: str,
) -> None:
    """Draw charts of measures of one's own in rows of equal charts, `top` inches below the edge of a page."""
    each = WIDTH / min(ABREAST, max(1, len(curves)))
    for place, curve in enumerate(curves):
        row, column = divmod(place, ABREAST)
        width = each - EDGE - names_room(curve)
        axes = add_panel(figure, column * each + EDGE, top + row * (HEADING + TALL + FEET) + HEADING, width, TALL)
        own_chart(axes, curve, environments, finish, room=each - EDGE)
        axes.set_xlabel(xlabel)
