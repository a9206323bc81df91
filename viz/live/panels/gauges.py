"""Two gauges: how much capability and how much goal a population retains after it has been moved."""

import math
from typing import NamedTuple

import pygame

from evosim.numerics.formatting import percent
from viz.live.drawing.flow import Item, draw_flow
from viz.live.drawing.pen import LARGE, NORMAL, SMALL, TINY, Pen
from viz.live.drawing.theme import Colour

SCALE_ENDS = (1.25, 2.5, 5.0, 10.0, 25.0, 100.0)  # ends of scales, of which a dial has the first that suffices
NAMED_FROM = 24  # units of a radius, from which on the ends of a scale are named
SWING = 5.0  # how fast needles move, 1/s
SWEEP = math.radians(200)  # of it


class Retention(NamedTuple):
    """The retained shares of two measures, 1 at home and NaN where undefined, and how they were measured."""

    capability: float
    goal: float
    where: str  # the environment they are in now
    home: str
    moved: bool
    words: str
    waits: bool = False  # it is being measured
    title: str = ""  # where they are, if it is neither of the usual
    means: str = "gets what it wants"  # what capability means, in a few words
    baseline: str = ""  # what 100% is
    note: str = ""  # what D does now, if that is neither of the usual


def draw_gauges(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, kept: Retention, shown: tuple[float, float]
) -> None:
    """Draw the two dials; `shown` holds the needles' current positions on their way to the values."""
    pen.card(surface, box)
    theme, pad = pen.theme, pen.px(10)
    title = kept.title or (f"moved to {kept.where}" if kept.moved else f"at home in {kept.where}")
    keys = "" if pen.is_film else kept.note or ("D moves them back" if kept.moved else "D moves everybody")
    note = "measuring …" if kept.waits and not kept.note else keys
    inner = pygame.Rect(box.left + pad, box.top + pen.px(6), box.width - 2 * pad, box.height)
    heads = [Item(title, NORMAL, theme.ink, bold=True), Item(note, SMALL, theme.faint, right=True)]
    low = draw_flow(pen, surface, inner, heads) + pen.px(2)
    said = [(f"100% = {kept.baseline}", theme.ink)] if kept.baseline else []
    said += [(kept.words, theme.faint)] if kept.words else []
    feet = [(line, colour) for words, colour in said for line in pen.wrap(words, inner.width, TINY)]
    foot = box.bottom - pen.px(6) - len(feet) * pen.line(TINY)
    wide = box.width // 2
    dials = (
        ("capability", kept.means, kept.capability, shown[0], theme.wanted),
        ("goal", "gets what evolution counts", kept.goal, shown[1], theme.counted),
    )
    for i, (name, means, value, at, colour) in enumerate(dials):
        part = pygame.Rect(box.left + i * wide, low, wide, foot - low)
        draw_dial(pen, surface, part, name, means, value, at, colour)
    for i, (line, colour) in enumerate(feet):
        pen.text(surface, line, (box.centerx, foot + i * pen.line(TINY)), TINY, colour, anchor="midtop")


def draw_dial(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, name: str, means: str, value: float, at: float, colour: Colour
) -> None:
    """Draw one dial: a scale from 0 to 125%, or farther where the value is beyond that, a needle and the number."""
    theme = pen.theme
    labels = [(line, True) for line in pen.wrap(name, box.width - 4, TINY, bold=True)]
    labels += [(line, False) for line in pen.wrap(means, box.width - 4, TINY)]
    words = len(labels) * pen.line(TINY) + pen.px(2)
    radius = max(min(box.width * 0.36, box.height - words - pen.line(LARGE) - pen.px(7)), pen.px(8))
    centre = (box.centerx, box.top + radius + pen.px(3))
    thick = max(3, round(radius * 0.16))
    end = scale_end(value)
    draw_arc(surface, theme.rule, centre, radius, thick, 1.0)
    if at == at:
        draw_arc(surface, colour, centre, radius, thick, min(max(at / end, 0.0), 1.0))
    beside = pen.width(percent(1.0), TINY) + pen.px(4)
    is_named = radius >= pen.px(NAMED_FROM) and 0.87 * radius + beside <= box.width / 2  # it is not quite at the side
    is_named = is_named and end == SCALE_ENDS[0]  # farther on 100% is at the left, where there is no room
    for mark, anchor in ((0.0, "midright"), (1.0, "bottomleft")):
        inner, outer = (point_on_dial(centre, r, mark / end) for r in (radius - 1.5 * thick, radius + 1))
        pygame.draw.line(surface, theme.faint, inner, outer, pen.px(1.5) if mark == 1.0 else 1)
        if is_named:
            place = point_on_dial(centre, radius + pen.px(3), mark / end)
            pen.text(surface, percent(mark), place, TINY, theme.faint, anchor=anchor)
    if at == at:
        tip = point_on_dial(centre, radius - 0.3 * thick, min(max(at / end, 0.0), 1.0))
        pygame.draw.aaline(surface, theme.ink, centre, tip)
        pygame.draw.line(surface, theme.ink, centre, tip, pen.px(2))
    pygame.draw.aacircle(surface, theme.ink, centre, pen.px(3.5))
    number = percent(value)
    pen.text(surface, number, (centre[0], centre[1] + pen.px(5)), LARGE, colour, bold=True, anchor="midtop")
    foot = box.bottom - words
    for i, (line, bold) in enumerate(labels):
        place = (box.centerx, foot + i * pen.line(TINY))
        pen.text(surface, line, place, TINY, theme.ink if bold else theme.faint, bold=bold, anchor="midtop")


def swing_needles(needles: tuple[float, float], kept: Retention, seconds: float) -> tuple[float, float]:
    """Return where needles are some seconds later, on their way to the retained shares."""
    moved = []
    for at, goal in zip(needles, (kept.capability, kept.goal), strict=True):
        if goal != goal:
            moved.append(at if kept.waits else goal)
            continue
        at = goal if at != at else at
        moved.append(goal if abs(goal - at) < 0.002 else at + (goal - at) * min(1.0, SWING * seconds))
    return moved[0], moved[1]


def scale_end(value: float) -> float:
    """Return the end of the scale of a dial that shows a value; the first end where it is unknown."""
    return next((end for end in SCALE_ENDS if not value > end), SCALE_ENDS[-1])


def point_on_dial(centre: tuple[float, float], radius: float, share: float) -> tuple[float, float]:
    """Return the point in pixels of a share of a dial's scale."""
    angle = -math.pi / 2 - SWEEP / 2 + SWEEP * share
    return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)


def draw_arc(
    surface: pygame.Surface, colour: Colour, centre: tuple[float, float], radius: float, thick: float, end: float
) -> None:
    """Draw a thick arc from the beginning of a dial's scale to a share of it."""
    count = max(2, round(60 * end))
    shares = [end * i / count for i in range(count + 1)]
    outer = [point_on_dial(centre, radius, share) for share in shares]
    inner = [point_on_dial(centre, radius - thick, share) for share in reversed(shares)]
    pygame.draw.polygon(surface, colour, outer + inner)
