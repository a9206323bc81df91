"""Rules of a grid, for the world and for whoever imagines it: what can be had, what becomes of it, what is in sight."""

from evosim.gridworld.spec import Blueprint
from evosim.numerics.arrays import Cells, Flags
from evosim.numerics.compiler import inlined_kernel


@inlined_kernel
def can_have(n: int, plan: Blueprint, there: Flags, inventory: Cells) -> bool:
    """Whether entering object n has an effect: it is `there [N]`, and `inventory [T]` holds what it needs."""
    if not there[n]:
        return False
    if not plan.locked[n]:
        return True
    for kind in range(plan.needs.shape[1]):
        if inventory[kind] < plan.needs[n, kind]:
            return False
    return True


@inlined_kernel
def take(n: int, plan: Blueprint, there: Flags, inventory: Cells, sign: int) -> None:
    """Update `there [N]` and `inventory [T]` as entering object n does; with a `sign` of -1, undo that."""
    for kind in range(plan.needs.shape[1]):
        inventory[kind] -= sign * plan.needs[n, kind]
    if plan.taken[n]:
        there[n] = sign < 0
    if plan.carried[n]:
        inventory[plan.type_of[n]] += sign


@inlined_kernel
def within(vision: int, cell: int, target: int, columns: int) -> bool:
    """Whether a target lies in the visible square, `vision` cells in each direction from a cell."""
    down, across = abs(target // columns - cell // columns), abs(target % columns - cell % columns)
    return down <= vision and across <= vision
