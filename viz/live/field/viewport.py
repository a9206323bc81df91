"""The viewport: a camera with the box that it fills, moved by keys and the mouse, and following the selected agent."""

import numpy as np
import pygame

from viz.live.field.camera import Camera, cell_at, clamp_camera, fit_field, pan_camera, position_at, zoom_camera

STEP = 1.35  # of a zoom
PAN = 0.12  # of the box, by a key
CLOSE, LAG = 10.0, 0.25  # pixels of a cell, from which on it follows; seconds that it is behind
MOST_TURNS = 6.0  # of the wheel at once


class Viewport:
    """A view of a field of `rows` × `columns` cells."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.box = pygame.Rect(10, 46, 900, 640)  # until it is drawn
        self.camera: Camera = fit_field(rows, columns, self.box)
        self.following = False

    def fill(self, box: pygame.Rect) -> None:
        """Move to another box; a view of the whole field stays one."""
        if box == self.box:
            return
        whole = self.camera == fit_field(self.rows, self.columns, self.box)
        self.box = box
        self._look(fit_field(self.rows, self.columns, box) if whole else self.camera)

    def move(self, action: str) -> None:
        """Perform the action of a key."""
        pan = (PAN * self.box.width, PAN * self.box.height)
        by = {"north": (0.0, pan[1]), "south": (0.0, -pan[1]), "west": (pan[0], 0.0), "east": (-pan[0], 0.0)}
        if action == "whole":
            self.camera = fit_field(self.rows, self.columns, self.box)
        elif action in ("zoom_in", "zoom_out"):
            self.zoom(STEP if action == "zoom_in" else 1 / STEP, self.box.center)
        else:
            self.drag(by[action])

    def zoom(self, factor: float, anchor: tuple[float, float]) -> None:
        """Zoom by a factor around a point."""
        self.camera = zoom_camera(self.camera, factor, anchor, self.rows, self.columns, self.box)

    def wheel(self, turns: float, anchor: tuple[float, float]) -> None:
        """Zoom by turns of the mouse wheel around a point."""
        self.zoom(STEP ** max(min(turns, MOST_TURNS), -MOST_TURNS), anchor)

    def drag(self, by: tuple[float, float]) -> None:
        """Move the view by a distance in pixels, and stop following."""
        self.camera = pan_camera(self.camera, by, self.rows, self.columns, self.box)
        self.following = False

    def go_to(self, cell: int, share: float = 1.0) -> None:
        """Centre the view on a cell, or move a share of the way there."""
        row, column = divmod(cell, self.columns)
        camera = self.camera
        self._look(
            camera._replace(
                row=camera.row + share * (row + 0.5 - camera.row),
                column=camera.column + share * (column + 0.5 - camera.column),
            )
        )

    def follow(self, cell: int, seconds: float) -> None:
        """Follow a cell smoothly, `seconds` after the last frame, when zoomed in."""
        if self.following and self.camera.cell >= CLOSE:
            self.go_to(cell, 1.0 - float(np.exp(-seconds / LAG)))

    def sees(self, point: tuple[int, int]) -> bool:
        """Whether a point lies on a cell."""
        return (
            self.box.collidepoint(point) and cell_at(self.camera, self.box, point, self.rows, self.columns) is not None
        )

    def place(self, point: tuple[int, int]) -> tuple[float, float]:
        """Return the fractional row and column under a point; whole numbers are the middle of cells."""
        row, column = position_at(self.camera, self.box, point)
        return row - 0.5, column - 0.5

    def _look(self, camera: Camera) -> None:
        self.camera = clamp_camera(camera, self.rows, self.columns, self.box)
