"""Planners that search a tree of walks, through several objects: their kernels."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import MOVES, STAY
from evosim.gridworld.shortest_paths import first_step, measure_distances
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import THOUGHT, Percept, Situation, new_room
from evosim.mind.planner.deciding import searches
from evosim.mind.planner.plans import NO_PLAN, Belief
from evosim.mind.planner.tree_search import Walk, new_walk, search_tree
from evosim.mind.planner.wanting import AIM, LAYER, UNPLANNED, Wants, longest_of, new_wants
from evosim.numerics.arrays import Cells, Ids, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel

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


@searches(TreeSearchers)
@inlined_kernel
def follow_tree(
    minds: TreeSearchers,
    p: int,
    plan: Blueprint,
    percept: Percept,
    belief: Belief,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: TreeRoom,
) -> int:
    """Return the next step to the first goal of the best walk, or NO_PLAN; search anew at the goal, or without one.

    The nominal cost of a search is the number of walks of 1 to `horizon` moves: nodes of the tree, unpruned. It is
    added to `memory` `[2]`.
    """
    horizon, cell, state = int(minds.horizon[p]), now.cell, room.wants.state
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
