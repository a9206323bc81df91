"""Imagination: a life step by step in the world as a planner believes it to be, for searches that sample.

It is the world of tree search (tree_search.py), in which moves may also slip: an object entered pays its utility, what
is taken is gone and doesn't come back, what is carried opens what needs it, energy runs out and is filled up. A walk
may end anywhere, and is then worth what it is to be there.
"""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import MOVES, step_of, stray
from evosim.gridworld.rules import can_have, take
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import BARRIER, NOTHING
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import Situation
from evosim.mind.planner.plans import BACK, Belief
from evosim.numerics.arrays import Cells, Flags
from evosim.numerics.compiler import allocating_kernel, inlined_kernel, kernel
from evosim.numerics.functions import unsigned
from evosim.numerics.random import uniform

ALL_WAYS = (1 << MOVES) - 1


class Imagined(NamedTuple):
    """What is left in imagination, at some step of it."""

    there: Flags  # [N] which objects have not been taken
    inventory: Cells  # [T] what is carried


class ImaginedStep(NamedTuple):
    """What comes of a move in imagination."""

    way: int  # in which it went, if it slipped another than it was meant to
    cell: int
    energy: float
    pays: float  # the utility of what was entered
    enters: bool
    over: bool  # whether life ends there


@allocating_kernel
def new_imagined(objects: int, types: int) -> Imagined:
    """Make room for what is left in imagination."""
    return Imagined(np.zeros(objects, np.bool_), np.zeros(types, np.int32))


@inlined_kernel
def imagine_anew(now: Situation, out_imagined: Imagined) -> None:
    """Begin where the agent is: with all that it believes to be there, and what it carries."""
    for n in range(now.there.shape[0]):
        out_imagined.there[n] = now.there[n]
    for kind in range(now.inventory.shape[0]):
        out_imagined.inventory[kind] = now.inventory[kind]


@inlined_kernel
def cost_of(plan: Blueprint) -> float:
    """Return how much energy a move costs."""
    return plan.supply.per_tick + plan.supply.per_move


@kernel
def being_at(cell: int, belief: Belief) -> float:
    """Return what it is worth to be in a cell: something if it belongs to a place that is wanted."""
    if belief.place.shape[0] == 0 or belief.place[cell] == NOWHERE:
        return 0.0
    return max(0.0, float(belief.utility[belief.present.shape[0] + int(belief.place[cell])]))


@inlined_kernel
def ways_on(cell: int, last: int, belief: Belief) -> int:
    """Return a bit for each move that may be worth a thought after the `last` one.

    Where moves are believed certain, that is none against a wall, nor straight back to empty floor unless there is no
    other; after something was entered `last` is STAY, and any may be.
    """
    if belief.slip > 0.0:
        return ALL_WAYS
    ways, onward = 0, 0
    for action in range(MOVES):
        n = belief.content[unsigned(cell + step_of(action, belief.columns))]
        if n != BARRIER:
            ways |= 1 << action
            onward |= 1 << action if n != NOTHING or not (BACK[unsigned(last)] >> action) & 1 else 0
    return onward if onward != 0 else ways


@inlined_kernel
def welcome_ways(cell: int, plan: Blueprint, belief: Belief, imagined: Imagined) -> int:
    """Return a bit for each move into floor, or into an object that has no effect or isn't unwanted."""
    ways = 0
    for action in range(MOVES):
        n = int(belief.content[unsigned(cell + step_of(action, belief.columns))])
        if n == NOTHING or (
            n >= 0 and (belief.utility[n] >= 0.0 or not can_have(n, plan, imagined.there, imagined.inventory))
        ):
            ways |= 1 << action
    return ways


@inlined_kernel
def imagine_move(
    move: int,
    cell: int,
    energy: float,
    plan: Blueprint,
    belief: Belief,
    key: np.uint64,
    draw: int,
    imagined: Imagined,
) -> ImaginedStep:
    """Imagine a move, which slips by chance: whether is drawn by `draw`, and where to by the next."""
    way = int(np.int64(move))
    if belief.slip > 0.0 and uniform(key, draw) < belief.slip:
        way = stray(move, belief.slip_kind, key, draw + 1)
    other, n = int(np.int64(cell + step_of(way, belief.columns))), NOTHING
    if belief.content[unsigned(other)] == BARRIER:
        other = int(np.int64(cell))
        energy -= plan.supply.per_tick
    else:
        n = int(belief.content[unsigned(other)])
        energy -= cost_of(plan)
    pays, enters, over = 0.0, False, False
    if n >= 0 and can_have(n, plan, imagined.there, imagined.inventory):
        pays, enters, over = belief.utility[n], True, plan.ends[n]
        energy = min(energy + plan.energy[n], plan.supply.most)
        take(n, plan, imagined.there, imagined.inventory, 1)
    over |= plan.supply.initial > 0.0 and energy <= 0.0
    return ImaginedStep(way, other, energy, pays, enters, over)
