"""The help: every key, on a sheet over the window, in type that is as large as lets all of it be there."""

from typing import NamedTuple

import pygame

from viz.live.drawing.pen import LARGE, NORMAL, SMALL, Pen
from viz.live.drawing.theme import mixed
from viz.live.panels.keys import ACTIONS, GROUPS, Action

MOUSE = (
    "Mouse: click a world or an agent; wheel and drag in the field; wheel in the card of an agent; drag on the "
    "timeline; point at a plot to read it."
)
CLOSES = "any key closes this"
SIZES = (NORMAL, SMALL, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0)  # units of type that are tried
COLUMNS = (GROUPS[:1], GROUPS[1:2], GROUPS[2:])
EDGE, GAP, HEAD = 18, 12, 44  # units: around the sheet, between columns, above them


class Sheet(NamedTuple):
    """How the help is laid out: the size of its type, and the height it takes."""

    size: float
    column: int  # pixels, the width of one
    keys: int  # pixels, of the names of keys
    high: int


def draw_help(pen: Pen, surface: pygame.Surface) -> None:
    """Draw the sheet."""
    theme, screen = pen.theme, surface.get_rect()
    veil = pygame.Surface(screen.size)
    veil.fill(theme.paper)
    veil.set_alpha(210)
    surface.blit(veil, (0, 0))
    box = pygame.Rect(0, 0, min(pen.px(1120), screen.width - 8), 0)
    sheet = laid_out(pen, box.width, screen.height - 8)
    box.height = min(sheet.high, screen.height - 8)
    box.center = screen.center
    pygame.draw.rect(surface, theme.card, box, border_radius=pen.px(8))
    pygame.draw.rect(surface, theme.rule, box, 1, border_radius=pen.px(8))
    edge = round(pen.px(EDGE) * _share(sheet.size))
    head = min(LARGE, sheet.size * LARGE / NORMAL)
    pen.text(surface, "Keys", (box.left + edge, box.top + edge * 0.7), head, bold=True)
    closes = (box.right - edge, box.top + edge * 0.8)
    pen.text(surface, CLOSES, closes, min(SMALL, sheet.size), theme.faint, anchor="topright")
    for at, groups in enumerate(COLUMNS):
        left, top = box.left + edge + at * (sheet.column + pen.px(GAP)), box.top + _head(pen, sheet.size)
        for group in groups:
            top = _group(pen, surface, group, (left, top), sheet) + pen.line(sheet.size) // 2
    lines = pen.broken(MOUSE, box.width - 2 * edge, min(SMALL, sheet.size))
    below = box.bottom - edge * 0.6 - len(lines) * pen.line(min(SMALL, sheet.size))
    pen.paragraph(surface, MOUSE, (box.left + edge, below), box.width - 2 * edge, min(SMALL, sheet.size), theme.faint)


def laid_out(pen: Pen, width: int, most: int) -> Sheet:
    """Choose the largest type with which all fits into a sheet of a width and at most so high."""
    sheets = [_sheet(pen, width, size) for size in SIZES]
    return next((sheet for sheet in sheets if sheet.high <= most), sheets[-1])


def _share(size: float) -> float:
    return min(size / SMALL, 1.0)


def _head(pen: Pen, size: float) -> int:
    return round(pen.px(HEAD) * _share(size))


def _sheet(pen: Pen, width: int, size: float) -> Sheet:
    """Lay the help out with type of a size."""
    edge = round(pen.px(EDGE) * _share(size))
    column = (width - 2 * edge - 2 * pen.px(GAP)) // len(COLUMNS)
    keys = max(pen.width(action.written, size, bold=True) for action in ACTIONS) + pen.px(8)
    sheet = Sheet(size, column, keys, 0)
    step = pen.line(size)
    tall = max(sum(_lines(pen, group, sheet) * step + step // 2 for group in groups) for groups in COLUMNS)
    mouse = len(pen.broken(MOUSE, width - 2 * edge, min(SMALL, size))) * pen.line(min(SMALL, size))
    return sheet._replace(high=_head(pen, size) + tall + mouse + edge)


def _of(group: str) -> list[Action]:
    return [action for action in ACTIONS if action.group == group]


def _lines(pen: Pen, group: str, sheet: Sheet) -> int:
    room = max(sheet.column - sheet.keys, 1)
    return 1 + sum(len(pen.broken(action.words, room, sheet.size)) for action in _of(group))


def _group(pen: Pen, surface: pygame.Surface, group: str, at: tuple[int, int], sheet: Sheet) -> int:
    """Write what the keys of a group do; give where that ends."""
    theme, (left, top), size = pen.theme, at, sheet.size
    pen.text(surface, group, (left, top), size, theme.accent, bold=True)
    top += pen.line(size)
    for action in _of(group):
        pen.text(surface, action.written, (left, top), size, bold=True)
        ink, room = mixed(theme.ink, theme.card, 0.15), max(sheet.column - sheet.keys, 1)
        top = pen.paragraph(surface, action.words, (left + sheet.keys, top), room, size, ink)
    return top
