"""The terrain of an ecology: its walls, and a map that can be viewed from any cell."""

import numpy as np

from evosim.gridworld.layouts import LayoutKind, draw_layout
from evosim.mind.nearby import EMPTY, WALL, MapView
from evosim.numerics.arrays import Bytes, Cells
from evosim.numerics.random import subkey
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.layouts import OpenLayout, RoomsLayout, ScatterLayout


def terrain(world: EcologyWorld, key: np.uint64) -> Bytes:
    """Draw where walls stand `[C]`: on a torus, without the outer wall that layouts have."""
    rows, columns = world.size
    around = 2 if world.edges == "torus" else 0
    first, second = 0.0, 0.0
    match world.layout:
        case ScatterLayout(density=density):
            first = density
        case RoomsLayout(rows=down, columns=across):
            first, second = down, across
        case OpenLayout():
            pass
    tall, wide = rows + around, columns + around
    wall, scratch = np.empty(tall * wide, np.uint8), np.empty(tall * wide, np.int32)
    kind = int(LayoutKind[world.layout.kind.upper()])
    draw_layout(kind, float(first), float(second), tall, wide, subkey(key, 0), scratch, wall)
    inner = wall.reshape(tall, wide)
    return np.ascontiguousarray(inner[1:-1, 1:-1] if around else inner).ravel()


def view_of(world: EcologyWorld, wall: Bytes) -> MapView:
    """Return an empty map with walls `[C]`."""
    (rows, columns), vision = world.size, world.vision

    def lines(count: int) -> Cells:
        """Number rows or columns from `vision` before the first: on at the other side, or wall after wall."""
        number = np.arange(-vision, count + vision)
        return (number % count if world.edges == "torus" else number.clip(0, count - 1)).astype(np.int32)

    what = np.where(wall > 0, WALL, EMPTY).astype(np.int32)
    down, across = lines(rows) * np.int32(columns), lines(columns)
    return MapView(what, down, across, np.full(len(down) * len(across), WALL, np.int16), vision)
