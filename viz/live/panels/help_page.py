"""The help: every key, on an overlay in the largest type that fits."""

from typing import NamedTuple

import pygame

from viz.live.drawing.pen import LARGE, NORMAL, SMALL, Pen
from viz.live.drawing.theme import mix_colours
from viz.live.panels.keys import GROUPS, KEY_BINDINGS, KeyBinding

MOUSE = (
    "Mouse: click a world or an agent; wheel and drag in the field; wheel in the card of an agent; drag on the "
    "timeline; point at a plot to read it."
)
CLOSES = "any key closes this"
SIZES = (NORMAL, SMALL, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0)  # units of type that are tried
GROUP_COLUMNS = (GROUPS[:1], GROUPS[1:2], GROUPS[2:])
EDGE, GAP, HEAD = 18, 12, 44  # units: around the sheet, between columns, above them


class HelpLayout(NamedTuple):
    """The layout of the help: the size of its type, and its height in pixels."""

    size: float
    column: int  # pixels, the width of one
    keys: int  # pixels, of the names of keys
    high: int


def draw_help(pen: Pen, surface: pygame.Surface) -> None:
    """Draw the help over the window."""
    theme, screen = pen.theme, surface.get_rect()
    veil = pygame.Surface(screen.size)
    veil.fill(theme.paper)
    veil.set_alpha(210)
    surface.blit(veil, (0, 0))
    box = pygame.Rect(0, 0, min(pen.px(1120), screen.width - 8), 0)
    sheet = fit_help(pen, box.width, screen.height - 8)
    box.height = min(sheet.high, screen.height - 8)
    box.center = screen.center
    pygame.draw.rect(surface, theme.card, box, border_radius=pen.px(8))
    pygame.draw.rect(surface, theme.rule, box, 1, border_radius=pen.px(8))
    edge = round(pen.px(EDGE) * _share(sheet.size))
    head = min(LARGE, sheet.size * LARGE / NORMAL)
    pen.text(surface, "Keys", (box.left + edge, box.top + edge * 0.7), head, bold=True)
    closes = (box.right - edge, box.top + edge * 0.8)
    pen.text(surface, CLOSES, closes, min(SMALL, sheet.size), theme.faint, anchor="topright")
    for at, groups in enumerate(GROUP_COLUMNS):
        left, top = box.left + edge + at * (sheet.column + pen.px(GAP)), box.top + _head(pen, sheet.size)
        for group in groups:
            top = _group(pen, surface, group, (left, top), sheet) + pen.line(sheet.size) // 2
    lines = pen.wrap(MOUSE, box.width - 2 * edge, min(SMALL, sheet.size))
    below = box.bottom - edge * 0.6 - len(lines) * pen.line(min(SMALL, sheet.size))
    pen.paragraph(surface, MOUSE, (box.left + edge, below), box.width - 2 * edge, min(SMALL, sheet.size), theme.faint)


def fit_help(pen: Pen, width: int, most: int) -> HelpLayout:
    """Choose the largest type in which the help fits a width and a height in pixels."""
    sheets = [_sheet(pen, width, size) for size in SIZES]
    return next((sheet for sheet in sheets if sheet.high <= most), sheets[-1])


def _share(size: float) -> float:
    return min(size / SMALL, 1.0)


def _head(pen: Pen, size: float) -> int:
    return round(pen.px(HEAD) * _share(size))


def _sheet(pen: Pen, width: int, size: float) -> HelpLayout:
    """Lay the help out in type of a size."""
    edge = round(pen.px(EDGE) * _share(size))
    column = (width - 2 * edge - 2 * pen.px(GAP)) // len(GROUP_COLUMNS)
    keys = max(pen.width(action.written, size, bold=True) for action in KEY_BINDINGS) + pen.px(8)
    sheet = HelpLayout(size, column, keys, 0)
    step = pen.line(size)
    tall = max(sum(_lines(pen, group, sheet) * step + step // 2 for group in groups) for groups in GROUP_COLUMNS)
    mouse = len(pen.wrap(MOUSE, width - 2 * edge, min(SMALL, size))) * pen.line(min(SMALL, size))
    return sheet._replace(high=_head(pen, size) + tall + mouse + edge)


def _of(group: str) -> list[KeyBinding]:
    return [action for action in KEY_BINDINGS if action.group == group]


def _lines(pen: Pen, group: str, sheet: HelpLayout) -> int:
    room = max(sheet.column - sheet.keys, 1)
    return 1 + sum(len(pen.wrap(action.words, room, sheet.size)) for action in _of(group))


def _group(pen: Pen, surface: pygame.Surface, group: str, at: tuple[int, int], sheet: HelpLayout) -> int:
    """Draw the keys of a group, and return the vertical coordinate of its end in pixels."""
    theme, (left, top), size = pen.theme, at, sheet.size
    pen.text(surface, group, (left, top), size, theme.accent, bold=True)
    top += pen.line(size)
    for action in _of(group):
        pen.text(surface, action.written, (left, top), size, bold=True)
        ink, room = mix_colours(theme.ink, theme.card, 0.15), max(sheet.column - sheet.keys, 1)
        top = pen.paragraph(surface, action.words, (left + sheet.keys, top), room, size, ink)
    return top
