"""Planners that search a tree of walks, through several objects: their kernels."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import MOVES, STAY
from evosim.gridworld.shortest_paths import first_step, measure_distances
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
from evosim.mind.planner.tree_search import Walk, new_walk, search_tree
from evosim.mind.planner.wanting import (
    AIM,
    LAYER,
    UNPLANNED,
    Wants,
    begin_wanting,
    belief_of,
    hunger_changed,
    longest_of,
    mesa_utility,
    new_wants,
    usable_changed,
)
from evosim.numerics.arrays import Cells, Ids, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel, kernel

FROM_TREE = -4  # a layer that is none: the plan is a walk


class TreeSearchers(NamedTuple):
    """P planners that search trees; they imagine that every move succeeds, and always take the best walk."""

    objective: Reals  # [P, F · (1 + D)] mesa-objective: utility per feature, then per feature times each drive
    discount: Reals  # [P] worth of a utility one step later
    horizon: Cells  # [P] moves that it looks ahead
    persistence: Reals  # [P] believed chance that what is there is still there a step later
    detectors: Reals  # [P, F, F + 1] weights of what is perceived on what can be observed, and bias; [P, 0, 0]: true
    sharpness: float  # of the detectors
    drives: int  # D


class TreeRoom(NamedTuple):
    """The room in which one of them thinks."""

    wants: Wants
    distance: Shorts  # [C, N + Q] to the goal of the walk, for the map as it is now
    queue: Cells  # [C]
    walk: Walk


@implements(new_room, TreeSearchers)
@allocating_kernel
def new_tree_room(minds: TreeSearchers, rows: Ids, cells: int, plan: Blueprint) -> TreeRoom:
    """Return the working memory of planners of some `rows` `[M]`, for the longest of their horizons."""
    goals, longest = plan.fixed.shape[0], longest_of(minds.horizon, rows)
    return TreeRoom(
        wants=new_wants(minds.detectors.shape[1] > 0, plan),
        distance=np.zeros((cells, goals), np.int16),
        queue=np.zeros(cells, np.int32),
        walk=new_walk(longest, cells, plan.type_of.shape[0], plan.types),
    )


@implements(wake, TreeSearchers)
@inlined_kernel
def wake_tree_searcher(
    minds: TreeSearchers, p: int, plan: Blueprint, percept: Percept, now: Situation, room: TreeRoom
) -> None:
    """Begin a life: look at what there is, and plan nothing yet."""
    begin_wanting(minds, p, 0.0, plan, percept, now, room.wants)
    room.wants.state[AIM] = NO_PLAN


implements(notice_change, TreeSearchers)(usable_changed)
implements(notice_hunger, TreeSearchers)(hunger_changed)
implements(utility_of, TreeSearchers)(mesa_utility)


@implements(decide, TreeSearchers)
@inlined_kernel
def decide_by_tree_search(
    minds: TreeSearchers,
    p: int,
    plan: Blueprint,
    percept: Percept,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: TreeRoom,
) -> int:
    """Return the next step of the best walk; wander if nothing within the horizon is wanted. `memory` is `[2]`."""
    belief = belief_of(plan, percept, room.wants)
    action = follow_tree(int(minds.horizon[p]), plan, percept, belief, now, memory, room)
    return wander(now.cell, memory[LAST], belief, key, draw) if action == NO_PLAN else action


@kernel
def follow_tree(
    horizon: int,
    plan: Blueprint,
    percept: Percept,
    belief: Belief,
    now: Situation,
    memory: Ids,
    room: TreeRoom,
) -> int:
    """Return the next step to the first goal of the best walk, or NO_PLAN; search anew at the goal, or without one.

    The nominal cost of a search is the number of walks of 1 to `horizon` moves: nodes of the tree, unpruned. It is
    added to `memory` `[2]`.
    """
    cell, state = now.cell, room.wants.state
    aim = state[AIM]
    objects = percept.cells.shape[0]
    if state[LAYER] == UNPLANNED or aim == NO_PLAN or (aim < objects and percept.cells[aim] == cell):
        state[LAYER] = FROM_TREE
        memory[THOUGHT] += (MOVES ** (horizon + 1) - MOVES) // (MOVES - 1)
        aim = search_tree(
            cell, horizon, plan, percept.cells, belief, now.there, now.inventory, now.energy,
            room.walk,
        ).aim  # fmt: skip
        state[AIM] = aim
        if aim != NO_PLAN:
            measure_distances(
                int(aim), percept.cells, belief.columns, belief.content, belief.present, belief.place, room.queue,
                room.distance[:, aim],
            )  # fmt: skip
    if aim == NO_PLAN:
        return NO_PLAN
    if room.distance[cell, aim] == 0:
        return STAY
    return first_step(cell, aim, belief.columns, belief.content, belief.present, room.distance[:, aim])
