"""The help: every key, on a sheet over the window."""

import pygame

from viz.live.drawing.pen import LARGE, NORMAL, SMALL, Pen
from viz.live.drawing.theme import mixed
from viz.live.panels.keys import ACTIONS, GROUPS

MOUSE = (
    "Mouse: click a world or an agent; wheel and drag in the field; drag on the timeline; point at a plot to read it."
)


def draw_help(pen: Pen, surface: pygame.Surface) -> None:
    """Draw the sheet."""
    theme, screen = pen.theme, surface.get_rect()
    veil = pygame.Surface(screen.size)
    veil.fill(theme.paper)
    veil.set_alpha(210)
    surface.blit(veil, (0, 0))
    rows = max(sum(action.group == group for action in ACTIONS) for group in (GROUPS[1],))
    tall = pen.px(58) + (rows + 2) * pen.line() + pen.line(SMALL)
    box = pygame.Rect(0, 0, min(pen.px(1120), screen.width - 8), min(tall, screen.height - 8))
    box.center = screen.center
    pygame.draw.rect(surface, theme.card, box, border_radius=pen.px(8))
    pygame.draw.rect(surface, theme.rule, box, 1, border_radius=pen.px(8))
    pen.text(surface, "Keys", (box.left + pen.px(18), box.top + pen.px(14)), LARGE, bold=True)
    closes = "any key closes this"
    pen.text(surface, closes, (box.right - pen.px(18), box.top + pen.px(16)), SMALL, theme.faint, anchor="topright")
    columns = (GROUPS[:1], GROUPS[1:2], GROUPS[2:])
    wide = (box.width - pen.px(36)) // len(columns)
    size = NORMAL if wide >= pen.px(330) else SMALL
    for at, groups in enumerate(columns):
        left, top = box.left + pen.px(18) + at * wide, box.top + pen.px(44)
        for group in groups:
            pen.text(surface, group, (left, top), size, theme.accent, bold=True)
            top += pen.line(size)
            keys = pen.px(88) if size == NORMAL else pen.px(78)
            for action in (each for each in ACTIONS if each.group == group):
                pen.text(surface, action.written, (left, top), size, bold=True)
                room = wide - keys - pen.px(12)
                ink = mixed(theme.ink, theme.card, 0.15)
                pen.text(surface, action.words, (left + keys, top), size, ink, most=max(room, 1))
                top += pen.line(size)
            top += pen.line(size) // 2
    foot = (box.left + pen.px(18), box.bottom - pen.px(12))
    pen.text(surface, MOUSE, foot, SMALL, theme.faint, anchor="bottomleft", most=box.width - pen.px(36))
