"""What a mind is to a life in a grid: what it perceives, and the kernels that every kind of mind brings.

A kind has a class of its own, a NamedTuple of arrays with P rows, and for it the kernels below (`implements`). They are
compiled for that class into the loop of lives, which never asks for a kind.
"""

from typing import Any, NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS
from evosim.gridworld.spec import Blueprint
from evosim.numerics.arrays import Acts, Bytes, Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.compiler import kernel, kernel_by_class, rare_kernel
from evosim.numerics.random import uniform

LAST, THOUGHT = range(2)  # what stands in `memory`: the last action, and the nominal cost of all thinking so far
LEVELS = 10  # of hunger, felt in tenths


class Percept(NamedTuple):
    """What there is to perceive in one world; all but the floor is as at the beginning of a life."""

    content: Shorts  # [C] the object in the cell, NOTHING, or a BARRIER, as it is, whatever is believed
    believed: Shorts  # [C] the same on the map that is believed
    place: Acts  # [C] the place that the cell belongs to, or NOWHERE; [0] where there are none
    cells: Cells  # [N] where each object stands
    features: Reals  # [N + Q, F] of objects and places, as they are
    distance: Shorts  # [C, N + Q] from the atlas of the map that is believed, as the next
    first_action: Acts  # [C, N + Q]
    visible: Bytes  # [C, N]
    floor: int  # cells that can be reached on that map
    world: int  # its number in the batch


class Situation(NamedTuple):
    """What an agent knows of itself and of what is left."""

    tick: int
    cell: int
    there: Flags  # [N] objects that it believes to be there
    inventory: Cells  # [T] how many of each type it carries
    energy: float
    hunger: float  # 0 to 1, in tenths


@kernel_by_class(allocates=True)
def new_room(minds: Any, rows: Ids, cells: int, plan: Blueprint) -> Any:
    """Return the working memory of minds of some `rows` `[M]`, used for one after another: a NamedTuple of arrays."""
    raise NotImplementedError


@kernel_by_class(inline=True)
def wake(minds: Any, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Any) -> None:
    """Begin a life: nothing is remembered, nothing is planned."""


@kernel_by_class(inline=True)
def notice_change(minds: Any, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Any) -> None:
    """Notice that what can be had, or what is carried, is no longer what it was."""


@kernel_by_class(inline=True)
def notice_hunger(minds: Any, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Any) -> bool:
    """Notice that hunger has changed; return whether that may change what is done."""
    return False


@kernel_by_class(inline=True)
def decide(
    minds: Any,
    p: int,
    plan: Blueprint,
    percept: Percept,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: Any,
) -> int:
    """Choose the action of individual `p`; what was thought for it is added to `memory[THOUGHT]`.

    Random numbers are drawn by `key` and `draw`, one: the next are the world's.
    """
    raise NotImplementedError


@kernel_by_class(inline=True)
def utility_of(minds: Any, p: int, goal: int, room: Any) -> float:
    """Return what an object entered, or the place where life ends, pays by the mind's own objective; 0 without one."""
    return 0.0


@kernel
def choose(scores: Reals, temperature: float, key: np.uint64, draw: int) -> int:
    """Return an action drawn by the softmax of scores `[ACTIONS]`, which are overwritten; at temperature 0 the best."""
    best = 0
    for action in range(1, ACTIONS):
        if scores[action] > scores[best]:
            best = action
    if temperature <= 0.0:
        return best
    most, total = scores[best], 0.0
    for action in range(ACTIONS):
        scores[action] = 1.0 if scores[action] == most else np.exp((scores[action] - most) / temperature)
        total += scores[action]
    left = uniform(key, draw) * total
    for action in range(ACTIONS):
        left -= scores[action]
        if left < 0.0:
            return action
    return best


@rare_kernel
def perceive(p: int, features: Reals, detectors: Reals, sharpness: float, out_perceived: Reals) -> None:
    """Write the features `[N + Q, F]` as the detectors `[P, F, F + 1]` of individual `p` perceive them."""
    things, count = features.shape
    for n in range(things):
        for f in range(count):
            total = detectors[p, f, count]
            for observable in range(count):
                total += detectors[p, f, observable] * features[n, observable]
            out_perceived[n, f] = 1.0 / (1.0 + np.exp(-sharpness * total))
