"""The legend of a page whose panels all have the same lines: above them, where nothing is drawn."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

from viz.charts.page import MARGIN, WIDTH, text_width, wrap_lines
from viz.letters import FAMILY, choose_fonts, with_fallbacks
from viz.palette import LineStyle

KEY = FontProperties(family=FAMILY, size=9)
SAMPLE, LINE = 0.7, 0.18  # inches of a sample line with its gaps, and from line to line
ABOVE, BELOW = 0.07, 0.12  # inches
MOST_LINES = 3  # of a name


class LegendEntry(NamedTuple):
    """A name and the style of its line."""

    words: str
    style: LineStyle


class Legend(NamedTuple):
    """A legend as it is placed."""

    names: list[str]  # broken into lines
    styles: list[LineStyle]
    columns: int
    height: float  # inches


def arrange_legend(entries: Sequence[LegendEntry]) -> Legend:
    """Arrange entries in as many columns as the width of the page allows; nothing takes no height."""
    lines = [wrap_lines(choose_fonts(each.words).words, KEY, MOST_LINES) for each in entries]
    widest = max((text_width(line, KEY) for of_name in lines for line in of_name), default=0.0)
    columns = max(1, min(len(entries), int((WIDTH - 2 * MARGIN) / (widest + SAMPLE))))
    rows = -(-len(entries) // columns) if columns > 1 else sum(map(len, lines))
    height = ABOVE + LINE * rows + BELOW if entries else 0.0
    return Legend(["\n".join(of_name) for of_name in lines], [each.style for each in entries], columns, height)


def draw_legend(figure: Figure, legend: Legend, top: float) -> None:
    """Draw a legend `top` inches below the top of the page."""
    if not legend.names:
        return
    drawn: list[dict[str, Any]] = [{"color": each.colour, "linestyle": each.dashes} for each in legend.styles]
    samples = [Line2D([], [], linewidth=1.8, **each) for each in drawn]
    place = MARGIN / WIDTH, 1 - (top + ABOVE) / figure.get_size_inches()[1]
    figure.legend(
        samples, legend.names, loc="upper left", bbox_to_anchor=place,
        ncols=legend.columns, frameon=False, borderpad=0, borderaxespad=0, handlelength=3, columnspacing=1.6,
        labelspacing=0.4, prop=with_fallbacks(KEY, " ".join(legend.names)),
    )  # fmt: skip
