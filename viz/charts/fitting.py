"""Fitting: labels of a drawn figure are measured, and given room; where there is none, they are shortened.

Panels are narrowed until the labels at their right edge neither leave the figure nor reach the next panel. What else is
wider than its place gets smaller letters, and then loses its middle; long names stand in full at the foot of the page.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from evosim.numerics.formatting import in_words
from viz.charts.page import BOUND
from viz.marks import LONGEST_NAME, SMALLEST, cut_middle

GAP = 0.06  # inches between a label and what is right of it, or the edge of the figure
NARROWEST = 0.9  # inches of a panel
BEYOND = 0.35  # inches that the name of an axis may go beyond its ends, on both sides together
FEWEST = 5  # characters of a shortened label


def fit_labels(figure: Figure) -> None:
    """Make room for all labels of a figure beside its panels, and shorten those for which there is none."""
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    figure.draw_without_rendering()
    _keep_left_edge(figure, renderer)
    _narrow_panels(figure, renderer)
    for axes in figure.axes:
        for text in _beside(axes, renderer):
            end = _right_end(figure, axes, text, renderer)
            _shrink(text, partial(_ends_before, text, end, renderer))
        for text in axes.texts:
            if (
                text.get_horizontalalignment() == "right"
                and _box(text, renderer).x1 <= axes.bbox.x1
                and text.get_text()
            ):
                _shrink(text, partial(_begins_after, text, axes.bbox.x0, renderer))
        _fit_axis_names(figure, axes, renderer)
        _fit_ticks(axes, renderer)


def names_in_full(names: Sequence[str]) -> str:
    """Return a sentence with those of some names that are shortened beside panels; empty if none is.

    Lines are not broken within a name.
    """
    long = [name for name in map(in_words, dict.fromkeys(names)) if len(name) > LONGEST_NAME]
    return f"Shortened above: {', '.join(name.replace(' ', BOUND) for name in long)}." if long else ""


def _ends_before(text: Text, end: float, renderer: Any) -> bool:
    return bool(_box(text, renderer).x1 <= end)


def _begins_after(text: Text, begin: float, renderer: Any) -> bool:
    return bool(_box(text, renderer).x0 >= begin)


def _box(text: Text, renderer: Any) -> Bbox:
    """Return the box of a text in pixels, of an annotation without its arrow."""
    return Text.get_window_extent(text, renderer)


def _beside(axes: Axes, renderer: Any) -> Iterator[Text]:
    """Yield the texts of a panel that stand at its right edge or above it, and so may go beyond it."""
    for text in axes.texts:
        if text.get_text() and isinstance(text, Annotation) and text.get_visible():
            box = _box(text, renderer)
            if box.x0 >= axes.bbox.x1 or (box.y0 >= axes.bbox.y1 and text.get_horizontalalignment() == "left"):
                yield text


def _right_end(figure: Figure, axes: Axes, text: Text, renderer: Any) -> float:
    """Return where a text of a panel must end, in pixels: before the next panel beside it, or at the figure's edge."""
    gap, box, end = GAP * figure.dpi, _box(text, renderer), figure.bbox.x1
    for other in figure.axes:
        if other is axes or other.bbox.x0 < axes.bbox.x1:
            continue
        for part in _left_parts(other, renderer):
            if part.y0 < box.y1 and box.y0 < part.y1:
                end = min(end, part.x0)
    return end - gap


def _left_parts(axes: Axes, renderer: Any) -> list[Bbox]:
    """Return the boxes of what stands leftmost in a panel: its axis with numbers and name, and what is above it."""
    vertical = axes.yaxis.get_tightbbox(renderer)
    above = [_box(text, renderer) for text in axes.texts if text.get_text() and text.get_visible()]
    return [axes.bbox.frozen(), *([vertical] if vertical is not None else []), *above]


def _keep_left_edge(figure: Figure, renderer: Any) -> None:
    """Move the left side of panels until the numbers and names of their axes are on the figure."""
    for axes in figure.axes:
        vertical = axes.yaxis.get_tightbbox(renderer)
        lacking = 0.0 if vertical is None else GAP * figure.dpi / 2 - vertical.x0
        if lacking > 0.0:
            _move_sides(figure, axes, left=lacking)
    figure.draw_without_rendering()


def _narrow_panels(figure: Figure, renderer: Any) -> None:
    """Narrow panels until the labels at their right edge end before what is there; those of one size alike."""
    lacking: dict[tuple[int, ...], float] = {}
    for axes in figure.axes:
        for text in _beside(axes, renderer):
            if _box(text, renderer).x0 >= axes.bbox.x1:
                over = _box(text, renderer).x1 - _right_end(figure, axes, text, renderer)
                lacking[_size(axes)] = max(over, lacking.get(_size(axes), 0.0))
    for axes in figure.axes:
        over = min(lacking.get(_size(axes), 0.0), axes.bbox.width - NARROWEST * figure.dpi)
        if over > 0.0:
            _move_sides(figure, axes, right=-over)
    figure.draw_without_rendering()


def _size(axes: Axes) -> tuple[int, ...]:
    return round(axes.bbox.width), round(axes.bbox.height)


def _move_sides(figure: Figure, axes: Axes, *, left: float = 0.0, right: float = 0.0) -> None:
    """Move the sides of a panel by pixels."""
    place, whole = axes.get_position(), figure.bbox.width
    axes.set_position((place.x0 + left / whole, place.y0, place.width + (right - left) / whole, place.height))


def _fit_axis_names(figure: Figure, axes: Axes, renderer: Any) -> None:
    """Shrink the names of both axes until they are hardly longer than these."""
    more = BEYOND * figure.dpi
    across, up = axes.bbox.width + more, axes.bbox.height + more
    _shrink(axes.xaxis.label, lambda: _box(axes.xaxis.label, renderer).width <= across)
    _shrink(axes.yaxis.label, lambda: _box(axes.yaxis.label, renderer).height <= up)


def _fit_ticks(axes: Axes, renderer: Any) -> None:
    """Shorten names at the ticks of the horizontal axis until none reaches the next."""
    labels = [label for label in axes.get_xticklabels() if label.get_text() and label.get_visible()]
    if len(labels) < 2 or any(label.get_rotation() for label in labels):
        return
    places = sorted({float(axes.transData.transform((place, 0))[0]) for place in axes.get_xticks()})
    apart = min((high - low for low, high in pairwise(places)), default=axes.bbox.width) - 4
    words = [_cut(label, partial(_is_within, label, apart, renderer)) for label in labels]
    if len(labels) == len(axes.get_xticks()) and words != [label.get_text() for label in labels]:
        axes.set_xticks(axes.get_xticks(), words)


def _is_within(text: Text, width: float, renderer: Any) -> bool:
    return bool(_box(text, renderer).width <= width)


def _shrink(text: Text, fits: Callable[[], bool]) -> None:
    """Make the letters of a text smaller until it fits, and then take out its middle."""
    size = float(text.get_fontsize())
    while not fits() and size > SMALLEST:
        size = max(size - 0.5, SMALLEST)
        text.set_fontsize(size)
    text.set_text(_cut(text, fits))


def _cut(text: Text, fits: Callable[[], bool]) -> str:
    """Return the words of a text, without as much of the middle of each line as makes it fit."""
    whole = words = text.get_text()
    for most in range(max(map(len, whole.split("\n"))), FEWEST - 1, -1):
        words = "\n".join(cut_middle(line, most) for line in whole.split("\n"))
        text.set_text(words)
        if fits():
            break
    text.set_text(whole)
    return words
