"""What is drawn on a figure: its panels, lines, points, bands and words."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from evosim.simulation.runs import RunFile
from viz.figures.figure import run_figure


@dataclass
class Band:
    """The edges of an area, at each generation."""

    low: list[float]
    high: list[float]


@lru_cache(maxsize=16)
def figure_of(run: RunFile) -> Figure:
    """Draw the figure of a run once for all tests that only look at it."""
    return run_figure(run)


def panel(figure: Figure, title: str) -> Axes:
    return next(axes for axes in figure.axes if axes.get_label() == title)


def line(axes: Axes, label: str) -> np.ndarray:
    return next(np.asarray(each.get_ydata()) for each in axes.get_lines() if each.get_label() == label)


def points(axes: Axes, label: str) -> np.ndarray:
    return next(np.asarray(each.get_offsets()) for each in axes.collections if each.get_label() == label)


def bands(axes: Axes) -> list[Band]:
    found = []
    for area in axes.collections:
        corners = area.get_paths()[0].vertices
        times = np.unique(corners[:, 0])
        heights = [corners[corners[:, 0] == time, 1] for time in times]
        found.append(Band([float(h.min()) for h in heights], [float(h.max()) for h in heights]))
    return found


def texts(figure: Figure) -> list[Text]:
    """Find all words that are seen; ticks beyond the limits of their axis are not."""
    found = list(figure.texts)
    for axes in figure.axes:
        legend = axes.get_legend()
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label, *(legend.get_texts() if legend else [])]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = axis.get_view_interval()
            found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for text in found if text.get_visible() and text.get_text()]


def words(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def check_legible(figure: Figure) -> None:
    """Check that all words are on the page, and none is under another."""
    width, height = figure.get_size_inches() * figure.dpi
    figure.draw_without_rendering()
    boxes = {text: Text.get_window_extent(text) for text in texts(figure)}  # an Annotation's has its arrow in it
    for text, box in boxes.items():
        on_page = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert on_page, f"{text.get_text()!r} leaves the page"
    for (one, box), (other, second) in combinations(boxes.items(), 2):
        across = min(box.x1, second.x1) - max(box.x0, second.x0)
        up = min(box.y1, second.y1) - max(box.y0, second.y0)
        assert across < 2 or up < 4, f"{one.get_text()!r} is under {other.get_text()!r}"
