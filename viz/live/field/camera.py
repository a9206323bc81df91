"""The camera: which part of a field is seen, and how large."""

from typing import NamedTuple

import pygame

LARGEST_CELL = 64.0  # pixels


class Camera(NamedTuple):
    """Looks at a place of a field."""

    row: float  # in the middle of the box
    column: float
    cell: float  # pixels


def fit(rows: int, columns: int, box: pygame.Rect) -> Camera:
    """Look at a whole field."""
    return Camera(rows / 2, columns / 2, min(box.width / columns, box.height / rows))


def kept_in(camera: Camera, rows: int, columns: int, box: pygame.Rect) -> Camera:
    """Keep a camera near enough to the field, and neither too near nor too far."""
    whole = fit(rows, columns, box)
    cell = min(max(camera.cell, whole.cell), max(LARGEST_CELL, whole.cell))
    across, down = box.width / cell, box.height / cell

    def within(at: float, size: int, seen: float) -> float:
        low, high = min(seen / 2, size / 2), max(size - seen / 2, size / 2)
        return min(max(at, low), high)

    return Camera(within(camera.row, rows, down), within(camera.column, columns, across), cell)


def zoomed(
    camera: Camera, factor: float, anchor: tuple[float, float], rows: int, columns: int, box: pygame.Rect
) -> Camera:
    """Look nearer or farther; what lies under `anchor` stays there."""
    row, column = place_at(camera, box, anchor)
    cell = min(max(camera.cell * factor, fit(rows, columns, box).cell), LARGEST_CELL)
    moved = Camera(row - (anchor[1] - box.centery) / cell, column - (anchor[0] - box.centerx) / cell, cell)
    return kept_in(moved, rows, columns, box)


def panned(camera: Camera, by: tuple[float, float], rows: int, columns: int, box: pygame.Rect) -> Camera:
    """Move the field by some pixels."""
    moved = camera._replace(row=camera.row - by[1] / camera.cell, column=camera.column - by[0] / camera.cell)
    return kept_in(moved, rows, columns, box)


def place_at(camera: Camera, box: pygame.Rect, point: tuple[float, float]) -> tuple[float, float]:
    """Give the row and column, with fractions, under a point."""
    return (
        camera.row + (point[1] - box.centery) / camera.cell,
        camera.column + (point[0] - box.centerx) / camera.cell,
    )


def point_at(camera: Camera, box: pygame.Rect, row: float, column: float) -> tuple[float, float]:
    """Give the point at which a row and column lie, with fractions: 0.5 is the middle of a cell."""
    return (
        box.centerx + (column - camera.column) * camera.cell,
        box.centery + (row - camera.row) * camera.cell,
    )


def cell_at(
    camera: Camera, box: pygame.Rect, point: tuple[float, float], rows: int, columns: int
) -> tuple[int, int] | None:
    """Give the cell under a point; None beyond the edge of the world."""
    row, column = place_at(camera, box, point)
    inside = 0 <= row < rows and 0 <= column < columns
    return (int(row), int(column)) if inside else None
