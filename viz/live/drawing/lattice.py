"""A lattice of marks: what is too small to be drawn one by one, as one mark for each block of cells.

A mark's size is how much of its kind there is. Blocks are anchored to the world, so marks stay where they are while the
view moves. Each kind has a place of its own in a block: none hides another.
"""

from collections.abc import Iterator
from math import ceil, log2, sqrt
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals

PITCH = 8.0  # pixels between marks, at least
SMALLEST, ROOM = 2.0, 0.46  # pixels, the least radius at which a shape can be told; of the pitch, the largest


class LatticeMarks(NamedTuple):
    """The marks of one kind that have one size."""

    kind: int
    radius: float  # pixels
    rows: Reals  # [M] of their middles, in cells
    columns: Reals  # [M]


def block_side(cell: float, kinds: int) -> int:
    """Return how many cells wide a block is, where a cell has so many pixels and there are so many kinds.

    It is a power of two, or one and a half times one: while the view zooms, blocks rarely change.
    """
    least = max(PITCH * _abreast(kinds) / cell, 1.0)
    power = 1 << ceil(log2(least))
    return power * 3 // 4 if power >= 4 and power * 3 // 4 >= least else power


def lattice_marks(what: np.ndarray, cell: float, kinds: int) -> Iterator[LatticeMarks]:
    """Yield the marks for cells that hold the numbers `what` `[R, C]`, of which those from 0 to `kinds` - 1 are marked.

    A mark's radius grows with the root of the share of the block's cells that hold its kind; half pixels are distinct.
    """
    side, abreast = block_side(cell, kinds), _abreast(kinds)
    row, column = (np.arange(0, size, side) for size in what.shape)
    height, width = (np.minimum(side, size - at) for size, at in zip(what.shape, (row, column), strict=True))
    pitch = cell * side / abreast
    for kind in range(kinds):
        held = np.add.reduceat(np.add.reduceat(what == kind, row, axis=0, dtype=np.int64), column, axis=1)
        share = held / (height[:, None] * width[None, :])
        radii = np.round(2.0 * (SMALLEST + (ROOM * pitch - SMALLEST) * np.sqrt(share))) / 2.0
        down, across = _place(kind, abreast)
        for radius in np.unique(radii[held > 0]).tolist():
            i, j = np.nonzero((radii == radius) & (held > 0))
            rows, columns = (down + 0.5) / abreast * height[i], (across + 0.5) / abreast * width[j]
            yield LatticeMarks(kind, radius, row[i] + rows, column[j] + columns)


def _abreast(kinds: int) -> int:
    """Return how many kinds have places beside each other in a block."""
    return max(1, ceil(sqrt(kinds)))


def _place(kind: int, abreast: int) -> tuple[int, int]:
    """Return the row and column of a kind's place in a block: first along its diagonal, then beside it."""
    turn, down = divmod(kind, abreast)
    return down, (down + turn) % abreast
