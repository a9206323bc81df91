"""Badges on things: letters in their corners, or brackets around the corners where cells are too small for letters."""

from collections.abc import Sequence

import pygame

from viz.badges import Badge
from viz.live.drawing.pen import Pen, Point

OUT, SIZE = 0.3, 0.2  # of a cell: from its centre to a badge, and the radius of one
LETTERED_FROM = 5.0  # pixels of a radius, from which on a letter can be read
LETTER = 1.7  # of a radius
BRACKET, ARM = 0.46, 0.34  # of a cell: from its centre to the corner of a bracket, and the length of its arms


def draw_badges(pen: Pen, surface: pygame.Surface, centre: Point, cell: float, badges: Sequence[Badge]) -> None:
    """Draw the badges of a thing in a cell of so many pixels.

    Where a letter can't be read a badge is a bracket, which is like no mind: a small disc would look like a planner.
    """
    for badge in badges:
        if SIZE * cell < LETTERED_FROM:
            _draw_bracket(pen, surface, centre, cell, badge)
            continue
        place = centre[0] + OUT * cell * badge.across, centre[1] + OUT * cell * badge.down
        draw_badge(pen, surface, place, SIZE * cell, badge.letter)


def _draw_bracket(pen: Pen, surface: pygame.Surface, centre: Point, cell: float, badge: Badge) -> None:
    x, y = centre[0] + BRACKET * cell * badge.across, centre[1] + BRACKET * cell * badge.down
    arm = max(ARM * cell, 2.0)
    points = [(x - arm * badge.across, y), (x, y), (x, y - arm * badge.down)]
    pygame.draw.lines(surface, pen.theme.ink, False, points, max(1, round(cell / 10)))


def draw_badge(pen: Pen, surface: pygame.Surface, centre: Point, radius: float, letter: str) -> None:
    """Draw a badge, with its letter if that can be read."""
    pen.shape(surface, "disc", centre, radius, pen.theme.paper, pen.theme.ink)
    if radius >= LETTERED_FROM:
        pen.text(surface, letter, centre, LETTER * radius / pen.scale, bold=True, anchor="center")
