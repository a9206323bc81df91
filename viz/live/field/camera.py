"""The camera: the visible part of the field, and its magnification."""

from typing import NamedTuple

import pygame

LARGEST_CELL = 64.0  # pixels


class Camera(NamedTuple):
    """The centre of the view in cells, and the size of a cell in pixels."""

    row: float  # in the middle of the box
    column: float
    cell: float  # pixels


def fit_field(rows: int, columns: int, box: pygame.Rect) -> Camera:
    """Return a camera that shows the whole field."""
    return Camera(rows / 2, columns / 2, min(box.width / columns, box.height / rows))


def clamp_camera(camera: Camera, rows: int, columns: int, box: pygame.Rect) -> Camera:
    """Clamp a camera to the field and to its zoom limits."""
    whole = fit_field(rows, columns, box)
    cell = min(max(camera.cell, whole.cell), max(LARGEST_CELL, whole.cell))
    across, down = box.width / cell, box.height / cell

    def within(at: float, size: int, seen: float) -> float:
        low, high = min(seen / 2, size / 2), max(size - seen / 2, size / 2)
        return min(max(at, low), high)

    return Camera(within(camera.row, rows, down), within(camera.column, columns, across), cell)


def zoom_camera(
    camera: Camera, factor: float, anchor: tuple[float, float], rows: int, columns: int, box: pygame.Rect
) -> Camera:
    """Zoom by a factor, keeping the point under `anchor` fixed."""
    row, column = position_at(camera, box, anchor)
    cell = min(max(camera.cell * factor, fit_field(rows, columns, box).cell), LARGEST_CELL)
    moved = Camera(row - (anchor[1] - box.centery) / cell, column - (anchor[0] - box.centerx) / cell, cell)
    return clamp_camera(moved, rows, columns, box)


def pan_camera(camera: Camera, by: tuple[float, float], rows: int, columns: int, box: pygame.Rect) -> Camera:
    """Move the view by a distance in pixels."""
    moved = camera._replace(row=camera.row - by[1] / camera.cell, column=camera.column - by[0] / camera.cell)
    return clamp_camera(moved, rows, columns, box)


def position_at(camera: Camera, box: pygame.Rect, point: tuple[float, float]) -> tuple[float, float]:
    """Return the fractional row and column under a point in pixels."""
    return (
        camera.row + (point[1] - box.centery) / camera.cell,
        camera.column + (point[0] - box.centerx) / camera.cell,
    )


def point_at(camera: Camera, box: pygame.Rect, row: float, column: float) -> tuple[float, float]:
    """Return the point in pixels of a fractional row and column; 0.5 is the middle of a cell."""
    return (
        box.centerx + (column - camera.column) * camera.cell,
        box.centery + (row - camera.row) * camera.cell,
    )


def cell_at(
    camera: Camera, box: pygame.Rect, point: tuple[float, float], rows: int, columns: int
) -> tuple[int, int] | None:
    """Return the cell under a point in pixels; None outside the world."""
    row, column = position_at(camera, box, point)
    inside = 0 <= row < rows and 0 <= column < columns
    return (int(row), int(column)) if inside else None
