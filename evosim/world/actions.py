"""What an agent can do in a grid: four moves, clockwise from north, or stay."""

from enum import IntEnum

from evosim.jit import inlined_kernel


class Action(IntEnum):
    """The actions, as kernels know them."""

    NORTH = 0
    EAST = 1
    SOUTH = 2
    WEST = 3
    STAY = 4


STAY = int(Action.STAY)
MOVES = 4
ACTIONS = 5


@inlined_kernel
def step_of(action: int, columns: int) -> int:
    """Tell how far an action leads in the flat array of cells."""
    if action == 0:
        return -columns
    if action == 1:
        return 1
    if action == 2:
        return columns
    return -1 if action == 3 else 0
