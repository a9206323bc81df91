"""The inspector: one agent on a card."""

from typing import NamedTuple

import pygame

from evosim.numerics.formatting import in_words
from evosim.numerics.formatting import number as written
from viz.live.drawing.pen import LARGE, NORMAL, SMALL, TINY, Pen
from viz.live.drawing.theme import CLASS_SHAPES, MIND_SHAPES, class_colour, mind_colour, mixed
from viz.live.panels.portrait import Bar, Portrait, Statement, spoken

MOST_BARS = 7
PAD = 10  # units
RELATIVES = 4  # that are named


class Spot(NamedTuple):
    """A place on a card that answers when it is pointed at, or clicked."""

    box: pygame.Rect
    statement: Statement | None = None
    agent: int | None = None


def draw_inspector(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, portrait: Portrait | None, reachable: set[int]
) -> list[Spot]:
    """Draw the card of an agent; give the spots on it. Relatives in `reachable` can be gone to."""
    pen.card(surface, box)
    if portrait is None:
        _nobody(pen, surface, box)
        return []
    left, right, top = box.left + pen.px(PAD), box.right - pen.px(PAD), box.top + pen.px(PAD)
    spots: list[Spot] = []
    top = _heading(pen, surface, left, right, top, portrait)
    top = _classes(pen, surface, left, right, top, portrait)
    if portrait.bars:
        room = (box.bottom - pen.px(PAD) - top) * 0.42
        top = draw_bars(
            pen, surface, pygame.Rect(left, top, right - left, round(room)), portrait.bars, portrait.base_fits
        ) + pen.px(4)
    for statement in portrait.statements:
        lines = pen.broken(statement.words, right - left, SMALL)
        if top + len(lines) * pen.line(SMALL) > box.bottom - pen.px(PAD):
            break
        start = top
        for line in lines:
            pen.text(surface, line, (left, top), SMALL)
            top += pen.line(SMALL)
        spots.append(Spot(pygame.Rect(left, start, right - left, top - start), statement))
        top += pen.px(2)
    top += pen.px(4)
    top, more = _relatives(pen, surface, pygame.Rect(left, top, right - left, box.bottom - top), portrait, reachable)
    spots += more
    room = box.bottom - pen.px(PAD) - top
    if portrait.detectors is not None and room > pen.px(50):
        draw_detectors(pen, surface, pygame.Rect(left, top, right - left, room), portrait)
    return spots


def _nobody(pen: Pen, surface: pygame.Surface, box: pygame.Rect) -> None:
    words = "Click an agent, or press Tab, to see what it wants beside what evolution counts."
    lines = pen.broken(words, box.width - pen.px(40), NORMAL)
    for i, line in enumerate(lines):
        place = (box.centerx, box.centery - pen.line() * len(lines) / 2 + i * pen.line())
        pen.text(surface, line, place, NORMAL, pen.theme.faint, anchor="midtop")


def _heading(pen: Pen, surface: pygame.Surface, left: int, right: int, top: int, portrait: Portrait) -> int:
    radius = pen.px(7)
    pen.shape(
        surface,
        MIND_SHAPES[portrait.controller],
        (left + radius, top + pen.line(LARGE) / 2),
        radius,
        mind_colour(portrait.controller, pen.theme),
    )
    name = pen.text(surface, f"Agent {portrait.id}", (left + 3 * radius, top), LARGE, bold=True)
    kind = f"{portrait.controller.replace('_', ' ')} · {portrait.where}"
    pen.text(
        surface, kind, (name.right + pen.px(8), name.bottom - pen.px(2)), SMALL, pen.theme.faint, anchor="bottomleft",
        most=max(right - name.right - pen.px(8), 1),
    )  # fmt: skip
    top += pen.line(LARGE) + pen.px(2)
    if portrait.facts:
        words = " · ".join(f"{name} {value}" for name, value in portrait.facts)
        pen.text(surface, words, (left, top), SMALL, pen.theme.faint, most=right - left)
        top += pen.line(SMALL)
    return top + pen.px(2)


def _classes(pen: Pen, surface: pygame.Surface, left: int, right: int, top: int, portrait: Portrait) -> int:
    for environment, name in portrait.classes.items():
        colour, radius = class_colour(name, pen.theme), pen.px(4.5)
        middle = top + pen.line(SMALL) / 2
        pen.shape(surface, CLASS_SHAPES.get(name, "cross"), (left + radius, middle), radius, colour)
        words = f"{environment}: {in_words(name)}"
        pen.text(surface, words, (left + 3 * radius, top), SMALL, bold=True, most=right - left - 3 * radius)
        top += pen.line(SMALL)
    return top + pen.px(4)


def _relatives(
    pen: Pen, surface: pygame.Surface, room: pygame.Rect, portrait: Portrait, reachable: set[int]
) -> tuple[int, list[Spot]]:
    spots = []
    top = room.top
    for title, ids in (("parents", portrait.parents), ("children", portrait.children)):
        if top + pen.line(SMALL) > room.bottom:
            break
        at = pen.text(surface, title, (room.left, top), SMALL, pen.theme.faint).right + pen.px(6)
        if not ids:
            none = "none: a founder" if title == "parents" else "none known"
            pen.text(surface, none, (at, top), SMALL, pen.theme.faint)
        for id in sorted(ids, key=lambda each: each not in reachable)[:RELATIVES]:
            known = id in reachable
            place = pen.text(surface, str(id), (at, top), SMALL, pen.theme.accent if known else pen.theme.faint)
            if known:
                pygame.draw.line(surface, pen.theme.accent, place.bottomleft, place.bottomright)
                spots.append(Spot(place, agent=id))
            at = place.right + pen.px(7)
        if len(ids) > RELATIVES:
            pen.text(surface, f"and {len(ids) - RELATIVES} more", (at, top), SMALL, pen.theme.faint)
        top += pen.line(SMALL)
    return top + pen.px(6), spots


def draw_bars(pen: Pen, surface: pygame.Surface, box: pygame.Rect, bars: list[Bar], fits: bool) -> int:
    """Draw what is wanted above what counts, weight by weight, each as a share of its largest; give where they end.

    Where what counts can't be said by weights of features (it `fits` not), it is drawn as nearly as it can be.
    """
    theme = pen.theme
    shown = sorted(bars, key=lambda bar: -max(abs(bar.mesa or 0.0), abs(bar.base or 0.0)))
    step = pen.line(SMALL)
    count = min(len(shown), MOST_BARS, max(1, (box.height - pen.line(TINY)) // step))
    kept = {bar.name for bar in shown[:count]}
    rows = [bar for bar in bars if bar.name in kept]
    names = max(pen.width(spoken(bar.name), SMALL) for bar in rows) + pen.px(8)
    names = min(names, box.width // 2)
    zero = box.left + names
    span = box.right - zero - pen.px(44)
    negative = any((bar.mesa or 0.0) < 0 or (bar.base or 0.0) < 0 for bar in rows)
    middle = zero + (span // 2 if negative else 0)
    reach = span // 2 if negative else span
    counts = "evolution counts" if fits else "evolution counts, nearly"
    wants = "wants; left: dislikes" if any((bar.mesa or 0.0) < 0 for bar in rows) else "wants"
    at = pen.text(surface, wants, (zero, box.top), TINY, theme.wanted, bold=True).right
    pen.text(surface, counts, (at + pen.px(10), box.top), TINY, theme.counted, bold=True)
    top = box.top + pen.line(TINY) + pen.px(2)
    tops = [max((abs(v) for v in each if v is not None), default=0.0) for each in _columns(bars)]
    for bar in rows:
        pen.text(surface, spoken(bar.name), (zero - pen.px(6), top + pen.px(1)), SMALL, anchor="topright", most=names)
        height = (step - pen.px(4)) // 2
        for i, (value, colour) in enumerate(((bar.mesa, theme.wanted), (bar.base, theme.counted))):
            if value is None:
                continue
            length = round(reach * value / tops[i]) if tops[i] > 0 else 0
            place = pygame.Rect(min(middle, middle + length), top + pen.px(1) + i * (height + 1), abs(length), height)
            pygame.draw.rect(surface, colour, place, border_radius=pen.px(1.5))
            if i == 1:
                pen.hatch(surface, place, mixed(colour, theme.card, 0.45), 4)
        if bar.mesa is not None:
            pen.text(surface, written(bar.mesa), (box.right, top + pen.px(1)), SMALL, theme.faint, anchor="topright")
        top += step
    pygame.draw.line(surface, theme.faint, (middle, box.top + pen.line(TINY)), (middle, top - pen.px(4)))
    return top


def _columns(bars: list[Bar]) -> tuple[list[float | None], list[float | None]]:
    return [bar.mesa for bar in bars], [bar.base for bar in bars]


def draw_detectors(pen: Pen, surface: pygame.Surface, box: pygame.Rect, portrait: Portrait) -> None:
    """Draw the perception matrix: what is perceived (rows) by what is there (columns, the last the bias)."""
    assert portrait.detectors is not None
    theme, matrix = pen.theme, portrait.detectors
    pen.text(
        surface, "perceives (row) by what is there (column; last: bias)", box.topleft, TINY, theme.faint, most=box.width
    )
    top = box.top + pen.line(TINY)
    names = min(box.width // 3, max(pen.width(name, TINY) for name in portrait.features) + pen.px(6))
    cell = min((box.width - names) / matrix.shape[1], (box.bottom - top) / matrix.shape[0], pen.px(22))
    most = max(float(abs(matrix).max()), 1e-9)
    for row in range(matrix.shape[0]):
        if cell >= pen.px(TINY):
            place = (box.left + names - pen.px(4), top + (row + 0.5) * cell)
            pen.text(surface, portrait.features[row], place, TINY, theme.faint, anchor="midright", most=names)
        for column in range(matrix.shape[1]):
            value = float(matrix[row, column])
            colour = mixed(theme.card, theme.wanted if value > 0 else theme.counted, abs(value) / most)
            place_of = pygame.Rect(
                round(box.left + names + column * cell), round(top + row * cell), int(cell) - 1, int(cell) - 1
            )
            pygame.draw.rect(surface, colour, place_of)
            if value < 0:  # a sign that needs no colour
                y = place_of.centery
                pygame.draw.line(surface, theme.ink, (place_of.left + 2, y), (place_of.right - 3, y))
            if row == column:
                pygame.draw.rect(surface, theme.faint, place_of, 1)


def draw_sources(pen: Pen, surface: pygame.Surface, spot: Spot) -> None:
    """Say beside a sentence where its numbers come from."""
    if spot.statement is None or not spot.statement.sources:
        return
    lines = [f"{source.written}  ←  {source.where}" for source in spot.statement.sources]
    wide = max(pen.width(line, SMALL) for line in lines) + pen.px(16)
    box = pygame.Rect(0, 0, wide, len(lines) * pen.line(SMALL) + pen.px(10))
    box.topright = (spot.box.right, spot.box.bottom + pen.px(2))
    box.clamp_ip(surface.get_rect())
    draw_tip(pen, surface, box, lines)


def draw_tip(pen: Pen, surface: pygame.Surface, box: pygame.Rect, lines: list[str]) -> None:
    """Draw a few lines in a box that lies over all else."""
    pygame.draw.rect(surface, pen.theme.ink, box, border_radius=pen.px(4))
    for i, line in enumerate(lines):
        place = (box.left + pen.px(8), box.top + pen.px(5) + i * pen.line(SMALL))
        pen.text(surface, line, place, SMALL, pen.theme.paper, most=box.width - pen.px(12))
