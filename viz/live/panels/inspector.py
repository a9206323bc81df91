"""The inspector: a card about one agent."""

from typing import NamedTuple

import pygame

from evosim.mind.kinds import look_of
from evosim.numerics.formatting import in_words
from evosim.numerics.formatting import number as written
from viz.live.drawing.flow import ROW, Item, draw_flow, lay_out, measure_item
from viz.live.drawing.pen import LARGE, NORMAL, SMALL, TINY, Pen
from viz.live.drawing.theme import CLASS_SHAPES, Colour, class_colour, mind_colour, mix_colours
from viz.live.panels.portrait import Bar, CitedSentence, Portrait, feature_words

PAD, BAR, HEAD, MORE = (
    10,
    7,
    22,
    18,
)  # units: around the card, its scrollbar, its first line, what says that there is more
RELATIVES = 4  # that are named
FILM_TYPE = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75)  # shares of the size of type that a card in a film is tried in


class HitArea(NamedTuple):
    """A rectangle of the card that reacts to the mouse."""

    box: pygame.Rect
    statement: CitedSentence | None = None
    agent: int | None = None


def draw_inspector(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, portrait: Portrait | None, reachable: set[int],
    scrolled: int = 0,
) -> list[HitArea]:  # fmt: skip
    """Draw an agent's card, scrolled by a number of pixels, and return its visible hit areas.

    Relatives in `reachable` are links.
    """
    pen.card(surface, box)
    if portrait is None:
        if not pen.is_film:
            _nobody(pen, surface, box)
        return []
    if pen.is_film:
        _film_card(pen, surface, box, portrait)
        return []
    high, inner = card_height(pen, box.width, portrait, reachable), visible_part(pen, box, portrait, reachable)
    before = surface.get_clip()
    surface.set_clip(inner.clip(before))
    card = pygame.Rect(box.left, box.top - scrolled, box.width, high)
    _, spots = _contents(pen, surface, card, portrait, reachable)
    surface.set_clip(before)
    if inner != box:
        _scrollbar(pen, surface, inner, high, scrolled)
    return [spot._replace(box=spot.box.clip(inner)) for spot in spots if spot.box.colliderect(inner)]


def visible_part(pen: Pen, box: pygame.Rect, portrait: Portrait, reachable: set[int]) -> pygame.Rect:
    """Return the part of a box that shows the card: all of it, unless a line must announce that there is more."""
    if card_height(pen, box.width, portrait, reachable) <= box.height:
        return box
    return pygame.Rect(box.left, box.top, box.width, max(box.height - pen.px(MORE), 1))


def card_height(pen: Pen, width: int, portrait: Portrait, reachable: set[int]) -> int:
    """Return the height in pixels of a whole card of a given width."""
    nothing, before = pygame.Surface((1, 1)), len(pen.shortened)
    bottom, _ = _contents(pen, nothing, pygame.Rect(0, 0, width, 1), portrait, reachable)
    del pen.shortened[before:]
    return bottom


def _contents(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, portrait: Portrait, reachable: set[int]
) -> tuple[int, list[HitArea]]:
    """Draw the whole card from the top of a box, and return the vertical coordinate of its end and its hit areas."""
    left, right, top = box.left + pen.px(PAD), box.right - pen.px(PAD + BAR), box.top + pen.px(PAD)
    spots: list[HitArea] = []
    top = _heading(pen, surface, left, right, top, portrait)
    top = _classes(pen, surface, left, right, top, portrait)
    if portrait.bars:
        inner = pygame.Rect(left, top, right - left, 1)
        top = draw_bars(pen, surface, inner, portrait.bars, portrait.base_fits) + pen.px(4)
    for statement in portrait.statements:
        start = top
        top = pen.paragraph(surface, statement.words, (left, top), right - left, SMALL)
        spots.append(HitArea(pygame.Rect(left, start, right - left, top - start), statement))
        top += pen.px(2)
    top += pen.px(4)
    more: list[HitArea] = []
    if not pen.is_film:  # where they can't be gone to
        top, more = _relatives(pen, surface, left, right, top, portrait, reachable)
    if portrait.detectors is not None:
        top = draw_detectors(pen, surface, pygame.Rect(left, top, right - left, 1), portrait)
    return top + pen.px(PAD), spots + more


def _film_card(pen: Pen, surface: pygame.Surface, box: pygame.Rect, portrait: Portrait) -> None:
    """Draw a card that nobody can scroll, in the largest type in which all of it fits.

    In the smallest there is, sentences that don't fit whole are left out.
    """
    before = pen.scale
    for share in FILM_TYPE:
        pen.scale = share * before
        if card_height(pen, box.width, portrait, set()) <= box.height:
            break
    _, spots = _contents(pen, surface, box, portrait, set())
    ends = [spot.box.bottom for spot in spots if spot.box.bottom <= box.bottom] or [box.bottom]
    if len(ends) < len(spots):
        below = pygame.Rect(box.left + pen.px(PAD), ends[-1], box.width - 2 * pen.px(PAD), box.bottom - ends[-1])
        pygame.draw.rect(surface, pen.theme.card, below)
    pen.scale = before


def _scrollbar(pen: Pen, surface: pygame.Surface, seen: pygame.Rect, high: int, scrolled: int) -> None:
    """Draw the scrollbar and, below the visible part, how to scroll."""
    long = max(seen.height * seen.height // high, pen.px(16))
    bar = pygame.Rect(seen.right - pen.px(BAR), 0, pen.px(BAR - 3), long)
    bar.top = seen.top + pen.px(4) + round((seen.height - long - pen.px(4)) * scrolled / max(high - seen.height, 1))
    pygame.draw.rect(surface, pen.theme.faint, bar, border_radius=pen.px(2))
    pygame.draw.line(surface, pen.theme.rule, (seen.left, seen.bottom), (seen.right, seen.bottom))
    words = "↓ more: Ctrl ↓, or the wheel" if scrolled < high - seen.height else "↑ back: Ctrl ↑, or the wheel"
    place = (seen.centerx, seen.bottom + pen.px(MORE) // 2)
    pen.text(surface, words, place, TINY, pen.theme.accent, bold=True, anchor="center", most=seen.width - pen.px(8))


def _nobody(pen: Pen, surface: pygame.Surface, box: pygame.Rect) -> None:
    words = "Click an agent, or press Tab, to see what it wants beside what evolution counts."
    width = box.width - pen.px(40)
    top = box.centery - pen.line() * len(pen.wrap(words, width, NORMAL)) // 2
    pen.paragraph(surface, words, (box.centerx, top), width, NORMAL, pen.theme.faint, anchor="midtop")


def _heading(pen: Pen, surface: pygame.Surface, left: int, right: int, top: int, portrait: Portrait) -> int:
    """Draw the kind of mind, the id and the time, and below them a few numbers."""
    faint, mind = pen.theme.faint, portrait.controller
    kind = f"{mind.replace('_', ' ')} · {portrait.where}"
    name = Item(f"Agent {portrait.id}", LARGE, pen.theme.ink, bold=True, shape=look_of(mind).shape,
                tint=mind_colour(mind, pen.theme))  # fmt: skip
    box = pygame.Rect(left, top, right - left, 1)
    box.top = draw_flow(pen, surface, box, [name, *_words(kind, faint)], HEAD)
    facts = [Item(f"{name} {value}", SMALL, faint) for name, value in portrait.facts]
    return draw_flow(pen, surface, box, facts) + pen.px(2)


def _words(words: str, colour: Colour) -> list[Item]:
    """Split text into items, so that lines break at dots and colons."""
    return [Item(part, SMALL, colour) for part in words.split(" · ")]


def _classes(pen: Pen, surface: pygame.Surface, left: int, right: int, top: int, portrait: Portrait) -> int:
    """Draw the agent's class in each environment."""
    for environment, name in portrait.classes.items():
        colour, radius = class_colour(name, pen.theme), pen.px(4.5)
        pen.shape(surface, CLASS_SHAPES.get(name, "cross"), (left + radius, top + pen.line(SMALL) / 2), radius, colour)
        words, indent = f"{environment}: {in_words(name)}", 3 * radius
        top = pen.paragraph(surface, words, (left + indent, top), right - left - indent, SMALL, bold=True)
    return top + pen.px(4)


def _relatives(
    pen: Pen, surface: pygame.Surface, left: int, right: int, top: int, portrait: Portrait, reachable: set[int]
) -> tuple[int, list[HitArea]]:
    """Draw the ids of parents and children; reachable ones are underlined."""
    theme, spots = pen.theme, []
    for title, ids in (("parents", portrait.parents), ("children", portrait.children)):
        order = sorted(ids, key=lambda each: each not in reachable)
        none = "none: a founder" if title == "parents" else "none known"
        items = [Item(title, SMALL, theme.faint), *([] if ids else [Item(none, SMALL, theme.faint)])]
        items += [Item(str(id), SMALL, theme.accent if id in reachable else theme.faint) for id in order[:RELATIVES]]
        if len(ids) > RELATIVES:
            items.append(Item(f"and {len(ids) - RELATIVES} more", SMALL, theme.faint))
        placed, _ = lay_out(pen, items, right - left)
        for each in placed:
            if each.item.colour == theme.accent:
                place = pygame.Rect(
                    left + each.left, top + each.row * pen.px(ROW), measure_item(pen, each.item), pen.px(ROW)
                )
                y = place.bottom - pen.px(2)
                pygame.draw.line(surface, theme.accent, (place.left, y), (place.right, y))
                spots.append(HitArea(place, agent=int(each.item.words)))
        top = draw_flow(pen, surface, pygame.Rect(left, top, right - left, 1), items)
    return top + pen.px(6), spots


def draw_bars(pen: Pen, surface: pygame.Surface, box: pygame.Rect, bars: list[Bar], fits: bool) -> int:
    """Draw the mesa-objective above the base objective, weight by weight, and return the end in pixels.

    Each bar is a share of its objective's largest weight. If weights of features can't express the base objective
    exactly (it `fits` not), their best approximation is drawn.
    """
    theme, step = pen.theme, pen.line(SMALL)
    names = max(pen.width(feature_words(bar.name), SMALL) for bar in bars) + pen.px(8)
    names = min(names, box.width // 2)
    zero = box.left + names
    span = box.right - zero - pen.px(44)
    negative = any((bar.mesa or 0.0) < 0 or (bar.base or 0.0) < 0 for bar in bars)
    middle = zero + (span // 2 if negative else 0)
    reach = span // 2 if negative else span
    wants = "wants; left: dislikes" if any((bar.mesa or 0.0) < 0 for bar in bars) else "wants"
    known = any(bar.mesa is not None for bar in bars)
    heads = [Item(wants, TINY, theme.wanted, bold=True)] if known else []
    heads.append(Item("evolution counts" if fits else "evolution counts, nearly", TINY, theme.counted, bold=True))
    above = draw_flow(pen, surface, pygame.Rect(box.left, box.top, box.width, 1), heads, 1.35 * TINY)
    top = above + pen.px(2)
    tops = [max((abs(v) for v in each if v is not None), default=0.0) for each in _columns(bars)]
    for bar in bars:
        place = (zero - pen.px(6), top + pen.px(1))
        pen.text(surface, feature_words(bar.name), place, SMALL, anchor="topright", most=names - pen.px(6))
        height = (step - pen.px(4)) // 2
        for i, (value, colour) in enumerate(((bar.mesa, theme.wanted), (bar.base, theme.counted))):
            if value is None:
                continue
            length = round(reach * value / tops[i]) if tops[i] > 0 else 0
            drawn = pygame.Rect(min(middle, middle + length), top + pen.px(1) + i * (height + 1), abs(length), height)
            pygame.draw.rect(surface, colour, drawn, border_radius=pen.px(1.5))
            if i == 1:
                pen.hatch(surface, drawn, mix_colours(colour, theme.card, 0.45), 4)
        if bar.mesa is not None:
            pen.text(surface, written(bar.mesa), (box.right, top + pen.px(1)), SMALL, theme.faint, anchor="topright")
        top += step
    pygame.draw.line(surface, theme.faint, (middle, above), (middle, top - pen.px(4)))
    return top


def _columns(bars: list[Bar]) -> tuple[list[float | None], list[float | None]]:
    return [bar.mesa for bar in bars], [bar.base for bar in bars]


def draw_detectors(pen: Pen, surface: pygame.Surface, box: pygame.Rect, portrait: Portrait) -> int:
    """Draw the perception matrix, perceived (rows) by actual (columns, then the bias), and return its end in pixels."""
    assert portrait.detectors is not None
    theme, matrix = pen.theme, portrait.detectors
    words = "perceived (rows) by actual (columns; last: bias)"
    top = pen.paragraph(surface, words, box.topleft, box.width, TINY, theme.faint)
    names = min(box.width // 2, max(pen.width(name, TINY) for name in portrait.features) + pen.px(6))
    cell = max(min((box.width - names) / matrix.shape[1], pen.px(22)), 3)
    row_high = max(cell, pen.line(TINY))
    most = max(float(abs(matrix).max()), 1e-9)
    for row in range(matrix.shape[0]):
        place = (box.left + names - pen.px(4), top + (row + 0.5) * row_high)
        pen.text(surface, portrait.features[row], place, TINY, theme.faint, anchor="midright", most=names - pen.px(4))
        for column in range(matrix.shape[1]):
            value = float(matrix[row, column])
            colour = mix_colours(theme.card, theme.wanted if value > 0 else theme.counted, abs(value) / most)
            left, above = round(box.left + names + column * cell), round(top + row * row_high)
            place_of = pygame.Rect(left, above, int(cell) - 1, int(row_high) - 1)
            pygame.draw.rect(surface, colour, place_of)
            if value < 0:  # a sign that needs no colour
                y = place_of.centery
                pygame.draw.line(surface, theme.ink, (place_of.left + 2, y), (place_of.right - 3, y))
            if row == column:
                pygame.draw.rect(surface, theme.faint, place_of, 1)
    return top + round(len(matrix) * float(row_high))


def draw_sources(pen: Pen, surface: pygame.Surface, spot: HitArea) -> None:
    """Draw a tooltip with the sources of a sentence's numbers."""
    if spot.statement is None or not spot.statement.sources:
        return
    lines = [f"{source.written}  ←  {source.where}" for source in spot.statement.sources]
    draw_words(pen, surface, spot.box.bottomright, lines, anchor="topright")


def draw_words(
    pen: Pen, surface: pygame.Surface, place: tuple[int, int], words: list[str], anchor: str = "midtop"
) -> None:
    """Draw lines of text in a box on top, wrapped if the surface is too narrow."""
    screen = surface.get_rect()
    lines = [line for each in words for line in pen.wrap(each, screen.width - pen.px(20), SMALL)]
    wide = max((pen.width(line, SMALL) for line in lines), default=0) + pen.px(16)
    box = pygame.Rect(0, 0, wide, len(lines) * pen.line(SMALL) + pen.px(10))
    setattr(box, anchor, place)
    box.clamp_ip(screen)
    pygame.draw.rect(surface, pen.theme.ink, box, border_radius=pen.px(4))
    for i, line in enumerate(lines):
        at = (box.left + pen.px(8), box.top + pen.px(5) + i * pen.line(SMALL))
        pen.text(surface, line, at, SMALL, pen.theme.paper)
