"""Objective space: every planner as a point by its mesa-objective, marked by its class."""

from typing import NamedTuple

import numpy as np
import pygame

from evosim.mind.kinds import horizon_in, which_want
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario
from viz.answers.objectives.plane import Plane
from viz.answers.reading import Frame
from viz.live.drawing.chart import format_tick, round_ticks
from viz.live.drawing.flow import Item, draw_flow
from viz.live.drawing.pen import SMALL, TINY, Pen, ease
from viz.live.drawing.theme import CLASS_SHAPES, Colour, class_colour, mix_colours
from viz.palette import CLASS_STYLES

MOST_POINTS = 400  # points that are drawn
CLASS_WORDS = list(CLASS_STYLES)
HEAD = 15  # units of a line above the points
NEAR_UNITS = 12.0  # units, in which a point answers


class Cloud(NamedTuple):
    """The positions of N planners in objective space."""

    x: Reals  # [N]
    y: Reals  # [N]
    kind: Ids  # [N] number of the class, -1 without one
    id: Ids  # [N]
    across: str
    up: str
    low: float
    high: float
    top: float  # of the vertical axis, which begins at `bottom`
    bottom: float
    direction: tuple[float, float] | None  # in which the base objective points
    where: str  # the environment of the classes
    when: str = ""  # the moment that it shows, where that isn't a generation


def make_cloud(individuals: Frame, scenario: Scenario, environment: str, plane: Plane) -> Cloud:
    """Lay out the planners of a generation in a plane of two weights."""
    rows = np.flatnonzero(which_want(individuals["controller"]))
    rows = rows if len(rows) <= MOST_POINTS else rows[np.arange(MOST_POINTS) * len(rows) // MOST_POINTS]
    low, high = scenario.mind.objective.range
    up = f"objective.{plane.up}" if plane.up else "horizon"
    horizon = horizon_in(scenario)
    bottom, top = (
        (low, high) if plane.up else (0.0, float(horizon.range[1] if horizon.range else 2 * (horizon.initial or 1)))
    )
    named = individuals.get(f"class.{environment}", np.full(len(individuals["id"]), ""))[rows]
    kind = np.array([CLASS_WORDS.index(str(name)) if str(name) in CLASS_WORDS else -1 for name in named], np.int64)
    return Cloud(
        individuals[f"objective.{plane.across}"][rows].astype(float), individuals[up][rows].astype(float), kind,
        individuals["id"][rows].astype(np.int64), plane.across, plane.up or "planning horizon", low, high, top, bottom,
        plane.direction if plane.up else None, environment,
    )  # fmt: skip


def make_weight_cloud(
    weights: Reals,
    ids: Ids,
    scenario: Scenario,
    names: list[str],
    plane: tuple[str, str],
    when: str,
) -> Cloud:
    """Lay out planners by their weights `[N, W]`, as in an ecology, where there are no classes."""
    rows = np.arange(len(ids)) if len(ids) <= MOST_POINTS else np.arange(MOST_POINTS) * len(ids) // MOST_POINTS
    low, high = scenario.mind.objective.range
    x, y = (weights[rows, names.index(name)].astype(float) for name in plane)
    return Cloud(x, y, np.full(len(rows), -1), ids[rows], plane[0], plane[1], low, high, high, low, None, "", when)


def draw_cloud(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, cloud: Cloud, before: Cloud | None, share: float,
    hover: tuple[int, int] | None,
) -> None:  # fmt: skip
    """Draw objective space, interpolated from `before` by a share from 0 to 1, with a tooltip at `hover`."""
    theme = pen.theme
    classes = f": classes in {cloud.where}" if cloud.where and (cloud.kind >= 0).any() else ""
    said = [f"{len(cloud.x)} planners{classes}", *([cloud.when] if cloud.when else [])]
    heads = [Item("Objective space", SMALL, theme.ink, bold=True), *(Item(each, TINY, theme.faint) for each in said)]
    above = pygame.Rect(box.left + pen.px(8), box.top + pen.px(4), box.width - pen.px(16), 1)
    below = draw_flow(pen, surface, above, heads, HEAD)
    rows = _key_of(pen, cloud)
    keys = max((pen.width(words, TINY) for _, _, words in rows), default=0) + pen.px(22)
    keys = keys if box.width > pen.px(300) and (cloud.kind >= 0).any() else 0
    inner = pygame.Rect(
        box.left + pen.px(34), below + pen.px(6), box.width - pen.px(46) - keys, box.bottom - pen.px(30) - below
    )
    if inner.width < 20 or inner.height < 20:
        return
    _grid(pen, surface, inner, cloud)
    places = _places(inner, cloud)
    if before is not None and share < 1.0 and len(before.x) and len(cloud.x) and before.across == cloud.across:
        old = _places(inner, before)[np.argsort(before.x, kind="stable")]
        order = np.argsort(cloud.x, kind="stable")  # the like go to the like
        start = np.empty_like(places)
        start[order] = old[np.arange(len(order)) * len(old) // len(order)]
        places = start + (places - start) * ease(share)
    radius = pen.px(2.6)
    for at in np.argsort(cloud.kind >= 0, kind="stable").tolist():  # those without a class lie below
        shape, colour = _mark(pen, cloud, int(cloud.kind[at]))
        pen.shape(surface, shape, tuple(places[at].tolist()), radius, mix_colours(colour, theme.card, 0.12))
    _axis_names(pen, surface, inner, cloud)
    if keys:
        _key(pen, surface, pygame.Rect(inner.right + pen.px(10), inner.top, keys, inner.height), rows)
    if hover is not None and len(places):
        _draw_tooltip(pen, surface, box, cloud, places, hover)


def _mark(pen: Pen, cloud: Cloud, kind: int) -> tuple[str, Colour]:
    """Choose the shape and colour of a point: faint without a class, where others have one."""
    if kind >= 0:
        return CLASS_SHAPES[CLASS_WORDS[kind]], class_colour(CLASS_WORDS[kind], pen.theme)
    return "disc", pen.theme.faint if (cloud.kind >= 0).any() else pen.theme.wanted


def _places(inner: pygame.Rect, cloud: Cloud) -> Reals:
    """Return the pixel coordinates of points `[N, 2]`."""
    x = inner.left + (cloud.x - cloud.low) / (cloud.high - cloud.low) * inner.width
    y = inner.bottom - (cloud.y - cloud.bottom) / (cloud.top - cloud.bottom) * inner.height
    return np.stack([np.clip(x, inner.left, inner.right), np.clip(y, inner.top, inner.bottom)], axis=1)


def _grid(pen: Pen, surface: pygame.Surface, inner: pygame.Rect, cloud: Cloud) -> None:
    theme = pen.theme
    pygame.draw.rect(surface, theme.rule, inner, 1)
    for value in round_ticks(cloud.low, cloud.high, 4):
        x = inner.left + (value - cloud.low) / (cloud.high - cloud.low) * inner.width
        pygame.draw.line(surface, theme.rule, (x, inner.top), (x, inner.bottom))
        pen.text(surface, format_tick(value), (x, inner.bottom + 1), TINY, theme.faint, anchor="midtop")
    for value in round_ticks(cloud.bottom, cloud.top, 4):
        y = inner.bottom - (value - cloud.bottom) / (cloud.top - cloud.bottom) * inner.height
        pygame.draw.line(surface, theme.rule, (inner.left, y), (inner.right, y))
        y = min(y, inner.bottom - pen.px(4))  # not under the first number across
        pen.text(surface, format_tick(value), (inner.left - pen.px(3), y), TINY, theme.faint, anchor="midright")
    tip = _tip_of(inner, cloud)
    if tip is not None:
        origin = _places(inner, cloud._replace(x=np.zeros(1), y=np.zeros(1)))[0]
        pygame.draw.line(surface, theme.counted, origin, tip, pen.px(3))
        pygame.draw.circle(surface, theme.counted, tip, pen.px(5))


def _axis_names(pen: Pen, surface: pygame.Surface, inner: pygame.Rect, cloud: Cloud) -> None:
    """Label the axes and the arrow inside the square, on backgrounds of their own."""
    names = (
        (f"{cloud.across} →", (inner.right - 1, inner.bottom - 1), "bottomright"),
        (f"↑ {cloud.up}", (inner.left + 1, inner.top + 1), "topleft"),
    )
    for words, corner, anchor in names:
        most = inner.width - pen.px(6)
        ground = pygame.Rect(0, 0, min(pen.width(words, TINY, bold=True), most) + pen.px(4), pen.line(TINY))
        setattr(ground, anchor, corner)
        pygame.draw.rect(surface, pen.theme.card, ground)
        pen.text(surface, words, ground.center, TINY, bold=True, anchor="center", most=most)
    tip = _tip_of(inner, cloud)
    if tip is not None:
        ground = pygame.Rect(0, 0, pen.width("counts", TINY, bold=True) + pen.px(4), pen.line(TINY))
        ground.midbottom = (round(tip[0]), round(tip[1]) - pen.px(6))
        ground.clamp_ip(inner)
        pygame.draw.rect(surface, pen.theme.card, ground)
        pen.text(surface, "counts", ground.center, TINY, pen.theme.counted, bold=True, anchor="center")


def _tip_of(inner: pygame.Rect, cloud: Cloud) -> tuple[float, float] | None:
    """Return the tip of the base objective's arrow in pixels; None if there is none."""
    if cloud.direction is None or not cloud.low < 0.0 < cloud.high:
        return None
    x, y = (np.array([0.9 * cloud.high * part]) for part in cloud.direction)
    place = _places(inner, cloud._replace(x=x, y=y))[0]
    return float(place[0]), float(place[1])


def _key_of(pen: Pen, cloud: Cloud) -> list[tuple[str, Colour, str]]:
    """Return the shape, colour and label of each class that occurs."""
    found = []
    for kind in [*np.unique(cloud.kind[cloud.kind >= 0]).tolist(), *([-1] if (cloud.kind < 0).any() else [])]:
        shape, colour = _mark(pen, cloud, kind)
        count = int((cloud.kind == kind).sum())
        found.append((shape, colour, f"{in_words(CLASS_WORDS[kind]) if kind >= 0 else 'without a class'} {count}"))
    return found


def _key(pen: Pen, surface: pygame.Surface, box: pygame.Rect, rows: list[tuple[str, Colour, str]]) -> None:
    top = box.top
    for shape, colour, words in rows:
        pen.shape(surface, shape, (box.left + pen.px(4), top + pen.line(TINY) / 2), pen.px(4), colour)
        pen.text(surface, words, (box.left + pen.px(12), top), TINY, pen.theme.faint, most=box.width - pen.px(16))
        top += pen.line(TINY)


def _draw_tooltip(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, cloud: Cloud, places: Reals, hover: tuple[int, int]
) -> None:
    apart = np.hypot(places[:, 0] - hover[0], places[:, 1] - hover[1])
    nearest = int(apart.argmin())
    if apart[nearest] > pen.px(NEAR_UNITS):
        return
    kind = int(cloud.kind[nearest])
    numbers = (
        f"agent {cloud.id[nearest]}: {cloud.across} {cloud.x[nearest]:.2f}, {cloud.up} {cloud.y[nearest]:.2f}".replace(
            "-", "−"
        )
    )
    lines = [numbers, *([in_words(CLASS_WORDS[kind])] if kind >= 0 else [])]
    wide = max(pen.width(line, TINY) for line in lines) + pen.px(14)
    tip = pygame.Rect(0, 0, wide, len(lines) * pen.line(TINY) + pen.px(8))
    tip.midbottom = (round(places[nearest, 0]), round(places[nearest, 1]) - pen.px(6))
    tip.clamp_ip(box)
    pygame.draw.rect(surface, pen.theme.ink, tip, border_radius=pen.px(4))
    for i, line in enumerate(lines):
        pen.text(surface, line, (tip.left + pen.px(7), tip.top + pen.px(4) + i * pen.line(TINY)), TINY, pen.theme.paper)
