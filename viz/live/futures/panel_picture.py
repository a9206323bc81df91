"""The picture of the panel: a sheet over the window, in which as many lines are visible as find room."""

import pygame

from viz.live.drawing.pen import LARGE, NORMAL, SMALL, TINY, Pen
from viz.live.futures.panel import FUTURES, BranchPanel

WIDE, EDGE = 680, 16  # units
LEAST_ROWS, MOST_ROWS = 3, 16
HINT = (
    "↑ ↓ choose · ← → change, or type a number · letters find a parameter · Del: as in the run · Enter: begin · "
    "Esc: close"
)
FINDING = "finding out what may be changed …"
STARTING = "The run is played up to there by another process; Esc gives up"
SEVERAL = "Beside each the run as it was, with the same seed"


def draw_panel(pen: Pen, surface: pygame.Surface, panel: BranchPanel) -> list[tuple[pygame.Rect, int]]:
    """Draw the panel over the window, and return the boxes of its lines with their numbers."""
    theme, screen = pen.theme, surface.get_rect()
    veil = pygame.Surface(screen.size)
    veil.fill(theme.paper)
    veil.set_alpha(170)
    surface.blit(veil, (0, 0))
    edge = pen.px(EDGE)
    wide = min(pen.px(WIDE), screen.width - 8)
    inner = wide - 2 * edge
    rows, step = panel.rows(), pen.line(NORMAL)
    head = len(pen.wrap(_title(panel), inner, LARGE, bold=True)) * pen.line(LARGE)
    head += len(pen.wrap(HINT, inner, SMALL)) * pen.line(SMALL) + pen.px(8)
    feet = _feet(pen, panel, inner)
    foot = sum(len(lines) * pen.line(size) for lines, size, _ in feet) + pen.px(8)
    room = max((screen.height - 8 - 2 * edge - head - foot) // step, LEAST_ROWS)
    count = min(len(rows), room, MOST_ROWS)
    box = pygame.Rect(0, 0, wide, min(head + foot + count * step + 2 * edge, screen.height - 4))
    box.center = screen.center
    pygame.draw.rect(surface, theme.card, box, border_radius=pen.px(8))
    pygame.draw.rect(surface, theme.rule, box, 1, border_radius=pen.px(8))
    left, top = box.left + edge, box.top + edge
    top = pen.paragraph(surface, _title(panel), (left, top), inner, LARGE, bold=True)
    top = pen.paragraph(surface, HINT, (left, top), inner, SMALL, theme.faint) + pen.px(8)
    chosen = panel.rows().index(panel.row)
    panel.first = min(max(panel.first, chosen - count + 1, 0), chosen, max(len(rows) - count, 0))
    places = []
    for number in range(panel.first, panel.first + count):
        line = pygame.Rect(left - pen.px(6), top, inner + pen.px(12), step)
        places.append((line, number))
        _draw_row(pen, surface, line, panel, number, is_chosen=number == chosen)
        top += step
    if count < len(rows):
        _draw_position(pen, surface, pygame.Rect(box.right - pen.px(8), top - count * step, pen.px(3), count * step),
                       panel.first / len(rows), count / len(rows))  # fmt: skip
    top += pen.px(8)
    for lines, size, colour in feet:
        for line_of in lines:
            pen.text(surface, line_of, (left, top), size, colour)
            top += pen.line(size)
    return places


def _title(panel: BranchPanel) -> str:
    return f"Futures of this run from {panel.when} on"


def _feet(pen: Pen, panel: BranchPanel, wide: int) -> list[tuple[list[str], float, tuple[int, int, int]]]:
    """Return what stands below the lines: lines of text, with size and colour."""
    theme = pen.theme
    found = []
    if panel.filter:
        found.append((pen.wrap(f"looking for: {panel.filter}", wide, SMALL), SMALL, theme.accent))
    if panel.parameters is None and not panel.trouble:
        found.append(([FINDING], SMALL, theme.faint))
    if panel.futures > 1:
        found.append((pen.wrap(SEVERAL, wide, SMALL), SMALL, theme.faint))
    if panel.is_waiting:
        found.append((pen.wrap(STARTING, wide, SMALL), SMALL, theme.accent))
    if panel.trouble:
        found.append((pen.wrap(panel.trouble, wide, SMALL), SMALL, theme.warning))
    found.append((pen.wrap(f"The same by hand: {panel.command()}", wide, TINY), TINY, theme.faint))
    return found


def _draw_row(
    pen: Pen, surface: pygame.Surface, line: pygame.Rect, panel: BranchPanel, number: int, *, is_chosen: bool
) -> None:
    """Draw a line: its name at the left, its value at the right, and what that was if it is changed."""
    theme, row = pen.theme, panel.rows()[number]
    if is_chosen:
        pygame.draw.rect(surface, theme.rule, line, border_radius=pen.px(4))
    pad = pen.px(6)
    value = f"{panel.typed}_" if is_chosen and panel.typed else row.value
    if row.changed and row.was and not (is_chosen and panel.typed):
        value = f"{row.was} → {row.value}"
    if is_chosen:
        value = f"‹ {value} ›" if row.name == FUTURES or not panel.typed else value
    half = line.width * 0.6
    pen.text(surface, row.words, (line.left + pad, line.centery), NORMAL, anchor="midleft", bold=row.changed,
             most=line.width - pad * 3 - min(pen.width(value, NORMAL, bold=row.changed), half))  # fmt: skip
    pen.text(surface, value, (line.right - pad, line.centery), NORMAL, theme.accent if row.changed else theme.ink,
             anchor="midright", bold=row.changed, most=half)  # fmt: skip


def _draw_position(pen: Pen, surface: pygame.Surface, box: pygame.Rect, first: float, share: float) -> None:
    """Draw how much of all lines is visible, and where."""
    pygame.draw.rect(surface, pen.theme.rule, box)
    part = pygame.Rect(box.left, box.top + round(first * box.height), box.width, max(round(share * box.height), 4))
    pygame.draw.rect(surface, pen.theme.faint, part)
