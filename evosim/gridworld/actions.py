"""What an agent can do in a grid: four moves, clockwise from north, or stay."""

from enum import IntEnum

import numpy as np

from evosim.numerics.compiler import inlined_kernel
from evosim.numerics.functions import unsigned
from evosim.numerics.random import below


class Action(IntEnum):
    """The actions, as numbers for kernels."""

    NORTH = 0
    EAST = 1
    SOUTH = 2
    WEST = 3
    STAY = 4


class SlipKind(IntEnum):
    """The directions in which a move may slip."""

    ANY = 0  # in one of the four directions, so in a quarter of the times where it should
    OTHER = 1  # in one of the other three
    SIDEWAYS = 2  # to the left or right of where it should


NORTH, EAST, SOUTH, WEST, STAY = (int(action) for action in Action)
MOVES = 4
ACTIONS = 5
DOWN, ACROSS = np.array([-1, 0, 1, 0, 0], np.int64), np.array([0, 1, 0, -1, 0], np.int64)  # [ACTIONS] of each
ANY_WAY, OTHER_WAY, SIDEWAYS = (int(kind) for kind in SlipKind)


@inlined_kernel
def step_of(action: int, columns: int) -> int:
    """Return the offset of an action in the flat array of cells: from tables, since no processor guesses where to."""
    return int(DOWN[unsigned(action)]) * columns + int(ACROSS[unsigned(action)])


@inlined_kernel
def stray(move: int, kind: int, key: np.uint64, draw: int) -> int:
    """Draw the direction in which a move slips."""
    if kind == OTHER_WAY:
        return (move + 1 + below(key, draw, MOVES - 1)) % MOVES
    if kind == SIDEWAYS:
        return (move + 1 + 2 * below(key, draw, 2)) % MOVES
    return below(key, draw, MOVES)


@inlined_kernel
def strays_to(move: int, way: int, kind: int) -> bool:
    """Whether a move that slips may go in the direction `way`; all such directions are equally likely."""
    if kind == SIDEWAYS:
        return (move + way) % 2 == 1
    return kind == ANY_WAY or way != move
