"""Boards: where minds compute the map that they climb, and what each kind of them brings to it.

Worlds lie side by side: an array has a line for each row, and in it, column by column, one number for each of W worlds.
A frame of zeros around it spares the loops the question where the border is: beyond it all cells hold 0.

What a kind of mind computes with is a NamedTuple of a class of its own, `thinks`, for which it implements the kernels
below. All else that such minds do is shared (policy.py). Its board is a NamedTuple of a class of its own, too, with

    values    Reals [layers, rows + 2, (columns + 2) · W]
    inputs    Reals [I, rows + 2, (columns + 2) · W] those of the layers that show the worlds
    worlds    int   W
"""

from typing import Any

from evosim.numerics.arrays import Reals
from evosim.numerics.compiler import inlined_kernel, kernel, kernel_by_class

LARGEST, SMALLEST = 1e3, 1e-300


@kernel_by_class(allocates=True)
def new_board(thinks: Any, inputs: int, rows: int, columns: int, worlds: int) -> Any:
    """Return a board with so many inputs, all of it zeros."""
    raise NotImplementedError


@kernel_by_class()
def think(thinks: Any, p: int, thoughts: int, board: Any) -> int:
    """Make so many thoughts of individual `p` about what is on the board; return the layer that it climbs."""
    raise NotImplementedError


@kernel_by_class()
def think_on(thinks: Any, p: int, thoughts: int, climbed: int, board: Any) -> int:
    """Make so many more thoughts, of what is on the board, where layer `climbed` is climbed now; return the new one."""
    raise NotImplementedError


@inlined_kernel
def settled(value: float) -> float:
    """Return a number as it is kept: within ±LARGEST, and 0 if it is nearer to 0 than SMALLEST.

    Numbers below the normal ones would differ between machines, and are slow.
    """
    value = LARGEST if value > LARGEST else value
    value = -LARGEST if value < -LARGEST else value
    return value if abs(value) >= SMALLEST else 0.0


@inlined_kernel
def larger(one: float, other: float) -> float:
    """Return the larger of two numbers."""
    return one if one > other else other


@kernel
def clear(worlds: int, out: Reals) -> None:
    """Write 0 within the frame of `[rows + 2, (columns + 2) · W]`."""
    for row in range(1, out.shape[0] - 1):
        line = out[row, worlds : out.shape[1] - worlds]
        for x in range(line.shape[0]):
            line[x] = 0.0
