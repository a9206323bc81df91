"""Elements of charts: headings, lines with their spread, time axes, edge labels, arrows."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import in_words
from evosim.scenario.schema.evolution import Phase
from viz.palette import FAINT_INK, INK, PAPER, RULE, LineStyle

SMALLEST, SMALL, NORMAL = 7.0, 8.0, 9.5  # points
POINTS_PER_INCH = 72.0
TITLE_UP, NOTE_UP = 17, 5  # points above a chart
LONGEST_NAME = 16  # characters, beside a chart
ELLIPSIS = "…"
LINE_HEIGHT = 1.25  # from one label to the next, of the size of its letters
CHARACTER = 0.065  # inches, of small text
HALO = [withStroke(linewidth=2.5, foreground=PAPER)]


class EdgeLabel(NamedTuple):
    """A label at the edge of a chart, and its height in data coordinates."""

    height: float
    words: str
    colour: str | None  # of the line that leads to it; none, if nothing is drawn that it could lead to
    matters: bool = False


def shorten(name: str, most: int = LONGEST_NAME) -> str:
    """Return a name in words; if it is too long for an edge label without its middle, as names differ at their ends."""
    return cut_middle(in_words(name), most)


def cut_middle(words: str, most: int) -> str:
    """Return words of at most so many characters, with an ellipsis in place of their middle."""
    if len(words) <= most:
        return words
    tail = (most - 1) // 2
    return f"{words[: most - 1 - tail]}{ELLIPSIS}{words[len(words) - tail :]}"


def size_in_inches(axes: Axes) -> tuple[float, float]:
    """Return the width and height of axes in inches."""
    return axes.bbox.width / axes.figure.dpi, axes.bbox.height / axes.figure.dpi


def draw_heading(axes: Axes, title: str, note: str = "") -> None:
    """Draw a panel's title, and below it a note on what its marks are."""
    axes.set_label(title)
    for text, height, points, weight, colour in (
        (title, TITLE_UP, 10.5, "bold", INK),
        (note, NOTE_UP, SMALL, "normal", FAINT_INK),
    ):
        axes.annotate(
            text, (0, 1), (0, height), xycoords="axes fraction", textcoords="offset points", fontsize=points,
            fontweight=weight, color=colour, va="bottom",
        )  # fmt: skip


def widen_point(x: np.ndarray, rows: Reals) -> tuple[np.ndarray, Reals]:
    """Extend a single measurement `[1]` to the width of a generation to make it visible; return others unchanged."""
    if len(x) > 1:
        return x, rows
    return np.array([x[0] - 0.5, x[0] + 0.5]), np.repeat(rows, 2, axis=-1)


def draw_mean_line(axes: Axes, x: np.ndarray, y: Reals, line: LineStyle, label: str) -> None:
    """Draw a line through values `[M]`; a single point becomes a dot."""
    marker = "o" if len(x) == 1 else ""
    axes.plot(x, y, color=line.colour, linestyle=line.dashes, linewidth=1.8, marker=marker, markersize=4, label=label)


def draw_spread(axes: Axes, x: np.ndarray, spread: tuple[Reals, ...], line: LineStyle) -> None:
    """Draw the 5–95% band and, darker, the 25–75% band; `spread` holds the four edges `[M]` in rising order."""
    x, rows = widen_point(x, np.array(spread))
    for low, high, alpha in ((rows[0], rows[3], 0.12), (rows[1], rows[2], 0.22)):
        axes.fill_between(x, low, high, facecolor=line.colour, alpha=alpha, linewidth=0)


def draw_grid_lines(axes: Axes) -> None:
    """Draw faint lines at the ticks of the vertical axis."""
    axes.grid(axis="y", color=RULE, linewidth=0.6)


def draw_time_axis(axes: Axes, last: float, schedule: list[Phase], *, named: bool = False) -> None:
    """Set up the horizontal axis in generations up to `last`, marking changes of environment."""
    left, right = (0.0, float(last)) if last > 0 else (-0.5, 0.5)
    axes.set_xlim(left, right)
    width, _ = size_in_inches(axes)
    axes.xaxis.set_major_locator(MaxNLocator(max(2, min(6, int(2.2 * width))), integer=True, min_n_ticks=1))
    changes = [phase for phase in schedule[1:] if phase.start <= last]
    free = left
    for phase, end in zip(changes, [*(p.start for p in changes), right][1:], strict=True):
        axes.axvline(phase.start, color=INK, linewidth=1, linestyle=(0, (1, 1.5)), path_effects=HALO)
        name = f"selection:\n{shorten(phase.shown())}"
        need = CHARACTER * (1 + max(map(len, name.split("\n")))) * (right - left) / width
        after, before = end - phase.start >= need, phase.start - free >= need
        if named and (after or before):
            axes.annotate(
                name, (phase.start, 1), (3 if after else -3, -3),
                xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=SMALL,
                ha="left" if after else "right", va="top", path_effects=HALO,
            )  # fmt: skip
        free = phase.start + (need if named and after else 0)


def drop_leader(name: EdgeLabel, low: float) -> EdgeLabel:
    """Return a label as it is, or at the height `low` without a leader if its own height is NaN or infinite."""
    return name if np.isfinite(name.height) else name._replace(height=low, colour=None)


def draw_edge_labels(axes: Axes, names: list[EdgeLabel]) -> None:
    """Draw labels at the right edge without overlap; call it once the limits are set."""
    low, high = axes.get_ylim()
    names = [drop_leader(name, low) for name in names]
    points = size_in_inches(axes)[1] * POINTS_PER_INCH
    size = min(NORMAL, max(SMALLEST, points / LINE_HEIGHT / max(len(names), 1)))
    heights = [(name.height - low) / (high - low) for name in names]
    leader: dict[str, Any] = {"arrowstyle": "-", "linewidth": 2.5, "shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)}
    for name, height, place in zip(names, heights, separate(heights, LINE_HEIGHT * size / points), strict=True):
        axes.annotate(
            name.words, (1, name.height), (14, (place - height) * points), xycoords=("axes fraction", "data"),
            textcoords="offset points", fontsize=size, fontweight="bold" if name.matters else "normal", va="center",
            annotation_clip=False, arrowprops=leader | {"color": name.colour} if name.colour else None,
        )  # fmt: skip


def height_of_labels(count: int) -> float:
    """Return the height in inches that so many labels at an edge need, in letters of normal size."""
    return LINE_HEIGHT * NORMAL * count / POINTS_PER_INCH


def separate(places: list[float], gap: float) -> list[float]:
    """Move positions at least `gap` apart, keeping their order, and within 0 to 1 while there is room."""
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(places))
    lowest = np.maximum.accumulate(np.array(places, float)[order] - steps) + steps  # only ever moved up
    highest = np.minimum.accumulate((np.array(places, float)[order] - steps)[::-1])[::-1] + steps  # only down
    moved = np.clip((lowest + highest) / 2, steps, np.maximum(1 - steps[::-1], steps))
    out = np.empty(len(moved))
    out[order] = moved
    return out.tolist()


def draw_base_arrow(axes: Axes, direction: tuple[float, float], low: float, high: float) -> None:
    """Draw a thin arrow in the base objective's direction, starting where nothing is wanted.

    Its label is behind its tail, away from agents with the same objective, with a halo, so that points under it don't
    make it hard to read.
    """
    start = 0.0 if low < 0 < high else (low + high) / 2
    reach = 0.96 * min(high - start, start - low)
    x, y = direction
    axes.annotate(
        "", (start + reach * x, start + reach * y), (start, start), zorder=5,
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.1, "mutation_scale": 10,
                    "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
    across = "right" if x > 0.3 else "left" if x < -0.3 else "center"
    up = "top" if y > 0.3 else "bottom"
    axes.annotate(
        "base objective", (start, start), (-4 * x, 2 - 6 * y), textcoords="offset points", fontsize=SMALL,
        fontweight="bold", ha=across, va=up, zorder=6, path_effects=HALO,
    )  # fmt: skip
