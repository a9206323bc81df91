"""The panels of the report of many runs: a picture for each number, so that they stand abreast or below each other."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evosim.sweeps.comparing.decided import decided_shares
from evosim.sweeps.results import SweepResult
from evosim.sweeps.summary import SweepQuantity
from viz.charts.fitting import fit_labels
from viz.charts.page import EDGE, STYLE
from viz.figures.decided import draw_decided, is_share_known
from viz.figures.sweep import SCALE, draw_panels, legend_of
from viz.figures.sweep_view import DECIDED, DOSE, HEAT, SweepView
from viz.palette import PAPER, LineStyle

WIDTH, HEIGHT, TOP, BOTTOM, RIGHT = 4.8, 3.1, 0.5, 0.5, 0.15  # inches
NAMES = 0.4  # inches, beside a heat map
TREND = 0.15  # inches, of what is said below the axis of doses
DPI = 220  # sharp also where the picture is as wide as a phone that is held upright
SAMPLE = 1.8  # pixels: the width of the line of a legend's sample


class Picture(NamedTuple):
    """A panel as the text of a PNG, and what it shows in words."""

    png: str
    words: str


class KeyEntry(NamedTuple):
    """An entry of the legend: a name, the colour of its line, and its dashes as SVG has them."""

    words: str
    colour: str
    dashes: str


def sweep_pictures(
    result: SweepResult, view: SweepView, quantities: Sequence[SweepQuantity], frame: dict[str, Any]
) -> tuple[list[Picture], bool]:
    """Draw each number in a picture of its own, or in two where it is shown how much of it is decided.

    Return them, and whether an interval over seeds reaches beyond all of these.

    Raises:
        RunFileError: a run can't be read.
    """
    drawn: list[Axes] = []
    beyond = False
    with matplotlib.style.context(["default", STYLE]):
        if view.kind == DECIDED:
            for each in quantities:
                shares = decided_shares(result, [each.name], frame)
                panels = [_panel() for _ in range(1 + is_share_known(shares))]
                draw_decided(panels, result, each, shares, frame)
                drawn += panels
        else:
            names, trend = NAMES * (view.kind == HEAT), TREND * (view.kind == DOSE)
            drawn = [_panel(names, trend) for _ in quantities]
            beyond = draw_panels(drawn, result, view, quantities, frame)
        return [Picture(_png(axes), str(axes.get_label())) for axes in drawn], beyond


def sweep_key(result: SweepResult, view: SweepView) -> list[KeyEntry]:
    """Return the legend of curves; nothing where there is only one."""
    return [KeyEntry(words, style.colour, _dashes(style)) for words, style in legend_of(result, view)]


def _dashes(style: LineStyle) -> str:
    lengths = () if isinstance(style.dashes, str) else style.dashes[1]
    return " ".join(f"{SAMPLE * each:g}" for each in lengths)


def _panel(names: float = 0.0, foot: float = 0.0) -> Axes:
    """Make a picture with room for `names` inches of text on its left, and a `foot` of as many below its axis."""
    high, below = HEIGHT + foot, BOTTOM + foot
    figure = Figure(figsize=(WIDTH, high), dpi=DPI, facecolor=PAPER)
    left = EDGE + SCALE + names
    return figure.add_axes((left / WIDTH, below / high, (WIDTH - left - RIGHT) / WIDTH, (high - TOP - below) / high))


def _png(axes: Axes) -> str:
    file, figure = BytesIO(), axes.get_figure(root=True)
    assert isinstance(figure, Figure)
    fit_labels(figure)
    figure.savefig(file, format="png")
    return b64encode(file.getvalue()).decode()
