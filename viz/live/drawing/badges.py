"""Badges on things: letters in their corners, or dots where cells are too small for letters."""

from collections.abc import Sequence

import pygame

from viz.badges import Badge
from viz.live.drawing.pen import Pen, Point

OUT, SIZE = 0.3, 0.2  # of a cell: from its centre to a badge, and the radius of one
LETTERED_FROM = 5.0  # pixels of a radius, from which on a letter can be read
LETTER = 1.7  # of a radius


def draw_badges(pen: Pen, surface: pygame.Surface, centre: Point, cell: float, badges: Sequence[Badge]) -> None:
    """Draw the badges of a thing in a cell of so many pixels."""
    for badge in badges:
        place = centre[0] + OUT * cell * badge.across, centre[1] + OUT * cell * badge.down
        draw_badge(pen, surface, place, max(1.5, SIZE * cell), badge.letter)


def draw_badge(pen: Pen, surface: pygame.Surface, centre: Point, radius: float, letter: str) -> None:
    """Draw a badge, with its letter if that can be read."""
    pen.shape(surface, "disc", centre, radius, pen.theme.paper, pen.theme.ink)
    if radius >= LETTERED_FROM:
        pen.text(surface, letter, centre, LETTER * radius / pen.scale, bold=True, anchor="center")
