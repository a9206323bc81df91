"""Flow layout: short texts with their marks, in as many lines as they need. Nothing is left out."""

from collections.abc import Sequence
from typing import NamedTuple

import pygame

from viz.live.drawing.badges import draw_badge
from viz.live.drawing.pen import SMALL, Pen
from viz.live.drawing.theme import Colour

GAP, MARK, ROW = 12, 17, 18  # units: between items, for the mark of one, and from line to line


class Item(NamedTuple):
    """A text, and the mark that precedes it."""

    words: str
    size: float
    colour: Colour
    bold: bool = False
    shape: str = ""  # of its mark
    tint: Colour = (0, 0, 0)  # of its mark, or of its pill
    chip: bool = False  # it stands on a coloured pill
    right: bool = False  # at the right end of its line
    close: bool = False  # to the item before it, on the same line
    letter: str = ""  # of the badge that is its mark


class PlacedItem(NamedTuple):
    """An item with its horizontal offset in pixels and its line."""

    item: Item
    left: int
    row: int


def measure_item(pen: Pen, item: Item) -> int:
    """Return the width of an item in pixels."""
    if item.chip:
        return pen.width(item.words, SMALL, bold=True) + pen.px(14)
    return (pen.px(MARK) if has_mark(item) else 0) + pen.width(item.words, item.size, bold=item.bold)


def has_mark(item: Item) -> bool:
    """Whether a mark precedes the words of an item."""
    return bool(item.shape or item.letter)


def lay_out(pen: Pen, items: Sequence[Item], width: int) -> tuple[list[PlacedItem], int]:
    """Lay items out in lines of `width` pixels, and return their placements and the number of lines."""
    placed: list[PlacedItem] = []
    at, row = 0, 0
    for group in _groups(pen, _broken(pen, items, width), width):
        room = _room(pen, group)
        if at and at + room > width:
            at, row = 0, row + 1
        left = max(width - room, 0) if group[0].right else at
        for item in group:
            placed.append(PlacedItem(item, left, row))
            left += measure_item(pen, item) + pen.px(5)
        at = left - pen.px(5) + pen.px(GAP)
    return placed, row + 1 if placed else 0


def _broken(pen: Pen, items: Sequence[Item], width: int) -> list[Item]:
    """Break items that are wider than a line."""
    found = []
    for item in items:
        if item.chip or measure_item(pen, item) <= width:
            found.append(item)
            continue
        room = max(width - (pen.px(MARK) if has_mark(item) else 0), 1)
        lines = pen.wrap(item.words, room, item.size, bold=item.bold)
        found += [item._replace(words=line) if at == 0 else _without_mark(item, line) for at, line in enumerate(lines)]
    return found


def _without_mark(item: Item, words: str) -> Item:
    """Return a line that goes on with the words of an item."""
    return item._replace(words=words, shape="", letter="")


def _groups(pen: Pen, items: Sequence[Item], width: int) -> list[list[Item]]:
    """Group items that belong together, as far as they fit on a line."""
    groups: list[list[Item]] = []
    for item in items:
        if item.close and groups and _room(pen, [*groups[-1], item]) <= width:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _room(pen: Pen, group: list[Item]) -> int:
    return sum(measure_item(pen, item) for item in group) + pen.px(5) * (len(group) - 1)


def measure_height(pen: Pen, items: Sequence[Item], width: int, row: float = ROW) -> int:
    """Return the height in pixels of items laid out in lines of `width` pixels."""
    return lay_out(pen, items, width)[1] * pen.px(row)


def draw_flow(pen: Pen, surface: pygame.Surface, box: pygame.Rect, items: Sequence[Item], row: float = ROW) -> int:
    """Draw items from the top of a box, and return the vertical coordinate of their end in pixels."""
    placed, rows = lay_out(pen, items, box.width)
    for item, left, number in placed:
        x, middle = box.left + left, box.top + round((number + 0.5) * pen.px(row))
        if item.chip:
            pen.chip(surface, item.words, (x, middle), item.tint, anchor="midleft", most=box.width)
            continue
        if item.shape:
            pen.shape(surface, item.shape, (x + pen.px(7), middle), pen.px(5), item.tint)
        if item.letter:
            draw_badge(pen, surface, (x + pen.px(7), middle), pen.px(5), item.letter)
        if has_mark(item):
            x += pen.px(MARK)
        pen.text(
            surface, item.words, (x, middle), item.size, item.colour, bold=item.bold, anchor="midleft",
            most=max(box.right - x, 1),
        )  # fmt: skip
    return box.top + rows * pen.px(row)
