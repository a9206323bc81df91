"""Marks of events in the field: open signs, where things and agents are filled shapes, so that none is another's.

They are told by shape; colour says the same a second time.
"""

import math
from collections.abc import Callable

import pygame

Point = tuple[float, float]
Colour = tuple[int, int, int]
BIRTH, MATING, PROTECTED = "birth", "mating", "contraception"
STROKE = 0.28  # of a radius


def _width(radius: float) -> int:
    return max(1, round(STROKE * radius))


def _birth(surface: pygame.Surface, at: Point, radius: float, colour: Colour) -> None:
    """Draw a ring around a dot."""
    pygame.draw.circle(surface, colour, at, 1.3 * radius, _width(radius))
    pygame.draw.circle(surface, colour, at, max(1.0, 0.35 * radius))


def _mating(surface: pygame.Surface, at: Point, radius: float, colour: Colour) -> None:
    """Draw two rings that overlap."""
    for side in (-1, 1):
        pygame.draw.circle(surface, colour, (at[0] + side * 0.6 * radius, at[1]), radius, _width(radius))


def _protected(surface: pygame.Surface, at: Point, radius: float, colour: Colour) -> None:
    """Draw two rings that a bar keeps apart."""
    for side in (-1, 1):
        pygame.draw.circle(surface, colour, (at[0] + side * 1.1 * radius, at[1]), 0.8 * radius, _width(radius))
    top, bottom = (at[0], at[1] - 1.5 * radius), (at[0], at[1] + 1.5 * radius)
    pygame.draw.line(surface, colour, top, bottom, _width(radius) + 1)


def _strokes(*strokes: tuple[float, float, float, float]) -> Callable[[pygame.Surface, Point, float, Colour], None]:
    """Return a function that draws lines, each from one point to another in radii."""

    def draw(surface: pygame.Surface, at: Point, radius: float, colour: Colour) -> None:
        for x, y, u, v in strokes:
            ends = [(at[0] + a * radius, at[1] + b * radius) for a, b in ((x, y), (u, v))]
            pygame.draw.line(surface, colour, ends[0], ends[1], _width(radius) + 1)

    return draw


def _accident(surface: pygame.Surface, at: Point, radius: float, colour: Colour) -> None:
    """Draw a bolt."""
    points = [(0.5, -1.3), (-0.5, 0.1), (0.4, 0.1), (-0.5, 1.3)]
    pygame.draw.lines(surface, colour, False, [(at[0] + a * radius, at[1] + b * radius) for a, b in points],
                      _width(radius) + 1)  # fmt: skip


def _age(surface: pygame.Surface, at: Point, radius: float, colour: Colour) -> None:
    """Draw a clock: a ring with hands."""
    pygame.draw.circle(surface, colour, at, 1.3 * radius, _width(radius))
    for angle, long in ((-math.pi / 2, 0.95), (0.0, 0.7)):
        tip = at[0] + long * radius * math.cos(angle), at[1] + long * radius * math.sin(angle)
        pygame.draw.line(surface, colour, at, tip, _width(radius))


EVENT_SHAPES: dict[str, Callable[[pygame.Surface, Point, float, Colour], None]] = {
    BIRTH: _birth,
    MATING: _mating,
    PROTECTED: _protected,
    "hunger": _strokes((-1.1, -1.1, 1.1, 1.1), (-1.1, 1.1, 1.1, -1.1)),
    "age": _age,
    "accident": _accident,
    "culled": _strokes((-1.2, -0.5, 1.2, -0.5), (-1.2, 0.5, 1.2, 0.5)),
}
