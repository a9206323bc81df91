"""Charts: lines or stacked areas over generations, decimated to the pixels available."""

from typing import NamedTuple

import numpy as np
import pygame

from evosim.numerics.arrays import Reals
from viz.live.drawing.flow import Item, draw_flow, measure_height
from viz.live.drawing.pen import NORMAL, SMALL, TINY, Pen
from viz.live.drawing.theme import Colour, mix_colours

HoverPoint = tuple[int, int]
HEAD, LEAST = 15, 40  # units: a line above a chart, and the least height of its axis
MOST_TICKS = 4  # of the vertical axis
LABEL_WIDTH = 0.45  # of the width, the most that names at the ends of curves take


class Curve(NamedTuple):
    """A quantity over generations."""

    name: str
    x: Reals  # [n]
    y: Reals  # [n] NaN where it is not defined
    role: str  # of which it has its colour: see `curve_colour`
    number: int = 0
    dashed: bool = False


class Chart(NamedTuple):
    """Curves on shared axes, overlaid or stacked."""

    title: str
    note: str  # unit, or what is shown
    curves: list[Curve]
    low: float | None = None  # of the vertical axis, if it is fixed
    high: float | None = None
    stacked: bool = False
    changes: tuple[float, ...] = ()  # generations at which the environment changes
    unit: float = 1.0  # generations are shown times this
    called: str = "generation"


class Scale(NamedTuple):
    """The mapping from data coordinates to pixels."""

    box: pygame.Rect
    left: float
    right: float
    low: float
    high: float

    def across(self, x: Reals | float) -> Reals:
        """Return the horizontal pixel coordinates of generations `[n]`, or of one."""
        width = max(self.right - self.left, 1e-12)
        return np.asarray(self.box.left + (np.asarray(x) - self.left) / width * (self.box.width - 1))

    def down(self, y: Reals | float) -> Reals:
        """Return the vertical pixel coordinates of values `[n]`, or of one."""
        height = max(self.high - self.low, 1e-12)
        return np.asarray(self.box.bottom - 1 - (np.asarray(y) - self.low) / height * (self.box.height - 1))


def decimate(x: Reals, y: Reals, columns: int) -> tuple[Reals, Reals]:
    """Return the minimum and maximum of each pixel column `[≤ 2 · columns]`, in their original order."""
    known = ~np.isnan(y)
    x, y = x[known], y[known]
    if len(x) <= 2 * columns or columns < 1:
        return x, y
    span = max(float(x[-1] - x[0]), 1e-12)
    column = np.minimum(((x - x[0]) / span * columns).astype(np.int64), columns - 1)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    order = np.lexsort((y, column))
    ends = np.append(starts[1:], len(x)) - 1
    pair = np.sort(np.stack([order[starts], order[ends]], axis=1), axis=1).ravel()
    kept = pair[np.append(True, np.diff(pair) != 0)]
    return x[kept], y[kept]


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` round numbers within a range."""
    span = high - low
    if not span > 0.0 or most < 1:
        return [low]
    power = 10.0 ** np.floor(np.log10(span / most))
    step = next(power * m for m in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0) if span / (power * m) <= most)
    first = np.ceil(low / step - 1e-9)
    return [float(round(step * k, 10)) for k in range(int(first), int(np.floor(high / step + 1e-9)) + 1)]


def value_range(chart: Chart) -> tuple[float, float]:
    """Return the range of the vertical axis."""
    values = np.concatenate([curve.y for curve in chart.curves]) if chart.curves else np.zeros(0)
    known = values[np.isfinite(values)]
    low = chart.low if chart.low is not None else float(known.min()) if known.size else 0.0
    high = chart.high if chart.high is not None else float(known.max()) if known.size else 1.0
    if chart.low is None and 0.0 < low < 0.5 * high:
        low = 0.0
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    pad = 0.06 * (high - low)
    return (low if chart.low is not None else low - pad), (high if chart.high is not None else high + pad)


def fit_scale(pen: Pen, box: pygame.Rect, chart: Chart) -> Scale:
    """Fit a chart into a box, leaving room for its title, ticks and labels."""
    low, high = value_range(chart)
    names = max((pen.width(curve.name, TINY, bold=True) for curve in chart.curves), default=0) + pen.px(8)
    names = min(names, round(box.width * LABEL_WIDTH))
    numbers = [format_tick(tick) for most in range(1, MOST_TICKS + 1) for tick in round_ticks(low, high, most)]
    ticks = max(pen.width(number, TINY) for number in numbers) + pen.px(6)
    left = box.left + pen.px(8) + ticks
    top = box.top + pen.px(6) + measure_height(pen, chart_heading(pen, chart), box.width - pen.px(16), HEAD) + pen.px(3)
    inner = pygame.Rect(
        left, top, max(box.right - names - pen.px(6) - left, 8), max(box.bottom - pen.px(6) - pen.line(TINY) - top, 8)
    )
    ends = [(float(curve.x[0]), float(curve.x[-1])) for curve in chart.curves if len(curve.x)]
    first, last = min((a for a, _ in ends), default=0.0), max((b for _, b in ends), default=1.0)
    return Scale(inner, first, max(last, first + 1.0), low, high)


def chart_heading(pen: Pen, chart: Chart) -> list[Item]:
    """Return the items above a chart: its title and what it shows."""
    note = [Item(words, TINY, pen.theme.faint) for words in chart.note.split("; ") if words]
    return [Item(chart.title, SMALL, pen.theme.ink, bold=True), *note]


def minimum_height(pen: Pen, chart: Chart, width: int) -> int:
    """Return the height in pixels that a chart needs to label each of its curves."""
    head = measure_height(pen, chart_heading(pen, chart), width - pen.px(16), HEAD)
    names = len(chart.curves) * label_step(pen)
    return head + max(names, pen.px(LEAST)) + pen.px(15) + pen.line(TINY)


def label_step(pen: Pen) -> int:
    """Return the distance between labels in pixels."""
    return pen.line(TINY) - pen.px(1)


def format_tick(value: float) -> str:
    """Format a number for a tick."""
    if abs(value) >= 10_000:
        return f"{value / 1000:g}k".replace("-", "−")
    return f"{value:g}".replace("-", "−")


def curve_colour(pen: Pen, curve: Curve) -> Colour:
    """Return the colour of a curve's role."""
    from viz.live.drawing import theme as themes

    theme, number = pen.theme, curve.number
    match curve.role:
        case "environment":
            return themes.environment_colour(number, theme)
        case "class":
            return themes.class_colour(curve.name.replace(" ", "_").replace("-", "_"), theme)
        case "want":
            return themes.want_colour(number, theme)
        case "counted":
            return theme.counted
        case "wanted":
            return theme.wanted
        case "food":
            return themes.object_colour(number, theme)
        case "future":
            return theme.accent
        case "planner":
            return themes.mind_colour("planner", theme)
    return theme.ink


def draw_chart(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, chart: Chart, now: float, hover: HoverPoint | None
) -> None:
    """Draw a chart with a line at the current generation `now`, and a tooltip with values at `hover`."""
    theme, scale = pen.theme, fit_scale(pen, box, chart)
    above = pygame.Rect(box.left + pen.px(8), box.top + pen.px(4), box.width - pen.px(16), 1)
    draw_flow(pen, surface, above, chart_heading(pen, chart), HEAD)
    _axes(pen, surface, scale, chart)
    (_areas if chart.stacked else _lines)(pen, surface, scale, chart)
    if scale.left <= now <= scale.right:
        x = float(scale.across(now))
        pygame.draw.line(surface, theme.accent, (x, scale.box.top), (x, scale.box.bottom - 1), pen.px(1.5))
    if hover is not None and scale.box.inflate(pen.px(8), pen.px(8)).collidepoint(hover):
        _draw_tooltip(pen, surface, box, scale, chart, hover)


def _axes(pen: Pen, surface: pygame.Surface, scale: Scale, chart: Chart) -> None:
    theme, box = pen.theme, scale.box
    for tick in round_ticks(scale.low, scale.high, max(1, min(MOST_TICKS, box.height // pen.px(24)))):
        y = float(scale.down(tick))
        pygame.draw.line(surface, theme.rule, (box.left, y), (box.right - 1, y))
        y = min(y, box.bottom - pen.px(4))  # not under the first number across
        pen.text(surface, format_tick(tick), (box.left - pen.px(4), y), TINY, theme.faint, anchor="midright")
    unit = chart.unit
    for tick in round_ticks(scale.left * unit, scale.right * unit, max(1, min(5, box.width // pen.px(60)))):
        x = float(scale.across(tick / unit))
        pen.text(surface, format_tick(tick), (x, box.bottom + pen.px(1)), TINY, theme.faint, anchor="midtop")
    for change in chart.changes:
        if scale.left < change <= scale.right:
            x = float(scale.across(change))
            pen.dashed(surface, [(x, box.top), (x, box.bottom)], theme.faint, 1, 3)


def _lines(pen: Pen, surface: pygame.Surface, scale: Scale, chart: Chart) -> None:
    ends = []
    for curve in chart.curves:
        x, y = decimate(curve.x, curve.y, scale.box.width)
        if not len(x):
            continue
        colour = curve_colour(pen, curve)
        points = list(
            zip(scale.across(x).tolist(), scale.down(np.clip(y, scale.low, scale.high)).tolist(), strict=True)
        )
        width = pen.px(1.7)
        if len(points) == 1:
            pygame.draw.circle(surface, colour, points[0], pen.px(2.5))
        elif curve.dashed:
            pen.dashed(surface, points, colour, width, 4)
        else:
            pygame.draw.lines(surface, colour, False, points, width)
        ends.append((points[-1][1], curve.name, colour))
    _names(pen, surface, scale, ends)


def _names(pen: Pen, surface: pygame.Surface, scale: Scale, ends: list[tuple[float, str, Colour]]) -> None:
    """Draw labels at the ends of curves without overlap, beside the axis where there is room."""
    step, left = label_step(pen), scale.box.right + pen.px(4)
    order = sorted(ends)
    low = float(scale.box.top)
    places: list[float] = []
    for y, _, _ in order:
        places.append(max(y, low))
        low = places[-1] + step
    high = float(max(scale.box.bottom - pen.px(5), scale.box.top + step * (len(order) - 1)))  # not on the ticks below
    for at in range(len(places) - 1, -1, -1):
        places[at] = min(places[at], high)
        high = places[at] - step
    for y, (_, name, colour) in zip(places, order, strict=True):
        room = surface.get_width() - left - pen.px(2)
        pen.text(surface, name, (left, y), TINY, colour, bold=True, anchor="midleft", most=max(room, 1))


def _areas(pen: Pen, surface: pygame.Surface, scale: Scale, chart: Chart) -> None:
    """Stack the curves, the first at the bottom."""
    if not chart.curves or not len(chart.curves[0].x):
        return
    x = chart.curves[0].x
    keep = np.linspace(0, len(x) - 1, min(len(x), scale.box.width)).astype(int)
    across = scale.across(x[keep])
    if len(across) == 1:
        across = np.array([scale.box.left, scale.box.right - 1], float)
        keep = np.repeat(keep, 2)
    floor, ends = np.zeros(len(keep)), []
    for number, curve in enumerate(chart.curves):
        top = floor + np.nan_to_num(curve.y[keep])
        if (top - floor).max(initial=0.0) > 0.0:
            colour = curve_colour(pen, curve)
            points = list(zip(across.tolist(), scale.down(top).tolist(), strict=True))
            back = list(zip(across[::-1].tolist(), scale.down(floor[::-1]).tolist(), strict=True))
            pygame.draw.polygon(surface, colour, points + back)
            pygame.draw.lines(surface, mix_colours(colour, pen.theme.card, 0.6), False, points)
            if number % 2:  # a second cue
                for (ax, ay), (_, by) in list(zip(points, reversed(back), strict=True))[:: max(1, pen.px(5))]:
                    pygame.draw.line(surface, mix_colours(colour, pen.theme.card, 0.4), (ax, ay), (ax, by))
            if top[-1] - floor[-1] > 0.06:
                ends.append((float(scale.down((top[-1] + floor[-1]) / 2)), curve.name, colour))
        floor = top
    _names(pen, surface, scale, ends)


def values_at(chart: Chart, generation: float) -> tuple[float, list[tuple[Curve, float]]]:
    """Return the nearest generation that has values, and the values of all curves there."""
    known = [curve for curve in chart.curves if len(curve.x)]
    if not known:
        return generation, []
    x = known[0].x
    nearest = float(x[int(np.abs(x - generation).argmin())])
    return nearest, [(curve, float(curve.y[int(np.abs(curve.x - nearest).argmin())])) for curve in known]


def _draw_tooltip(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, scale: Scale, chart: Chart, hover: HoverPoint
) -> None:
    wished = scale.left + (hover[0] - scale.box.left) / max(scale.box.width - 1, 1) * (scale.right - scale.left)
    generation, values = values_at(chart, wished)
    if not values:
        return
    x = float(scale.across(generation))
    pygame.draw.line(surface, pen.theme.faint, (x, scale.box.top), (x, scale.box.bottom))
    head = f"{chart.called} {generation * chart.unit:,.0f}"
    rows = [(curve, f"{curve.name}  {format_tooltip(value)}") for curve, value in values]
    wide = max(pen.width(head, TINY, bold=True), *(pen.width(words, TINY) for _, words in rows)) + pen.px(22)
    tip = pygame.Rect(0, 0, wide, pen.line(TINY) * (len(rows) + 1) + pen.px(8))
    tip.midleft = (round(x) + pen.px(8), scale.box.centery)
    if tip.right > box.right:
        tip.right = round(x) - pen.px(8)
    tip.clamp_ip(surface.get_rect())
    pygame.draw.rect(surface, pen.theme.ink, tip, border_radius=pen.px(4))
    at = tip.top + pen.px(4)
    pen.text(surface, head, (tip.left + pen.px(6), at), TINY, pen.theme.paper, bold=True)
    for curve, words in rows:
        at += pen.line(TINY)
        mark = pygame.Rect(tip.left + pen.px(6), at + pen.line(TINY) // 2 - pen.px(2), pen.px(6), pen.px(4))
        pygame.draw.rect(surface, curve_colour(pen, curve), mark)
        pen.text(surface, words, (tip.left + pen.px(16), at), TINY, pen.theme.paper)


def format_tooltip(value: float) -> str:
    """Format a value for a tooltip."""
    if value != value:
        return "–"
    return (f"{value:,.0f}" if abs(value) >= 100 else f"{value + 0.0:.3g}").replace("-", "−")  # no −0


__all__ = ["NORMAL", "Chart", "Curve", "Scale", "decimate", "draw_chart", "round_ticks", "values_at"]
