"""Planners that sample a tree anew at every step, by UCT: their kernels."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import (
    LAST,
    THOUGHT,
    Percept,
    Situation,
    decide,
    new_room,
    notice_change,
    notice_hunger,
    utility_of,
    wake,
)
from evosim.mind.planner.plans import NO_PLAN, Belief, wander
from evosim.mind.planner.uct import SearchTree, new_search_tree, search_by_uct
from evosim.mind.planner.wanting import (
    INDIFFERENT,
    Wants,
    begin_wanting,
    belief_of,
    believed_slip,
    hunger_changed,
    longest_of,
    mesa_utility,
    new_wants,
    usable_changed,
)
from evosim.numerics.arrays import Cells, Ids, Reals
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel, kernel
from evosim.numerics.random import fold


class TreeSamplers(NamedTuple):
    """P planners that sample trees."""

    objective: Reals  # [P, F · (1 + D)] mesa-objective: utility per feature, then per feature times each drive
    discount: Reals  # [P] worth of a utility one step later
    horizon: Cells  # [P] steps that a simulation goes, at most
    simulations: Cells  # [P] of a search
    slip: Reals  # [P] believed chance that a move goes astray; NaN: as it is
    persistence: Reals  # [P] believed chance that what is there is still there a step later
    detectors: Reals  # [P, F, F + 1] weights of what is perceived on what can be observed, and bias; [P, 0, 0]: true
    sharpness: float  # of the detectors
    drives: int  # D


class TreeSamplersRoom(NamedTuple):
    """The room in which one of them thinks."""

    wants: Wants
    tree: SearchTree


@implements(new_room, TreeSamplers)
@allocating_kernel
def new_sampling_room(minds: TreeSamplers, rows: Ids, cells: int, plan: Blueprint) -> TreeSamplersRoom:
    """Return the working memory of planners of some `rows` `[M]`, for the largest of their trees."""
    most = longest_of(minds.simulations, rows)
    tree = new_search_tree(most, longest_of(minds.horizon, rows), plan.type_of.shape[0], plan.types)
    return TreeSamplersRoom(new_wants(minds.detectors.shape[1] > 0, plan), tree)


@implements(wake, TreeSamplers)
@inlined_kernel
def wake_tree_sampler(
    minds: TreeSamplers, p: int, plan: Blueprint, percept: Percept, now: Situation, room: TreeSamplersRoom
) -> None:
    """Begin a life: look at what there is."""
    begin_wanting(minds, p, believed_slip(minds, p, plan), plan, percept, now, room.wants)


implements(notice_change, TreeSamplers)(usable_changed)
implements(notice_hunger, TreeSamplers)(hunger_changed)
implements(utility_of, TreeSamplers)(mesa_utility)


@implements(decide, TreeSamplers)
@inlined_kernel
def decide_by_sampling(
    minds: TreeSamplers,
    p: int,
    plan: Blueprint,
    percept: Percept,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: TreeSamplersRoom,
) -> int:
    """Return the action that most simulations chose; wander if none earned anything. `memory` is `[2]`."""
    belief = belief_of(plan, percept, room.wants)
    action = sample_tree(minds.horizon[p], minds.simulations[p], plan, belief, now, fold(key, draw), memory, room)
    return wander(now.cell, memory[LAST], belief, key, draw) if action == NO_PLAN else action


@kernel
def sample_tree(
    horizon: int,
    simulations: int,
    plan: Blueprint,
    belief: Belief,
    now: Situation,
    key: np.uint64,
    memory: Ids,
    room: TreeSamplersRoom,
) -> int:
    """Return the action that a search chooses, or NO_PLAN.

    Its nominal cost is the number of steps that can be imagined in it. It is added to `memory` `[2]`.
    """
    memory[THOUGHT] += simulations * horizon
    if room.wants.state[INDIFFERENT] == 1:
        return NO_PLAN
    return search_by_uct(horizon, simulations, plan, belief, now, key, room.tree)
