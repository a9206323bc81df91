"""Planners that sample a tree anew at every step, by UCT: their kernels."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import THOUGHT, Percept, Situation, new_room
from evosim.mind.planner.deciding import believed_slip, searches, slip_or_truth
from evosim.mind.planner.plans import NO_PLAN, Belief
from evosim.mind.planner.uct import SearchTree, new_search_tree, search_by_uct
from evosim.mind.planner.wanting import INDIFFERENT, Wants, longest_of, new_wants
from evosim.numerics.arrays import Cells, Ids, Reals
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel
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


implements(believed_slip, TreeSamplers)(slip_or_truth)


@searches(TreeSamplers)
@inlined_kernel
def sample_tree(
    minds: TreeSamplers,
    p: int,
    plan: Blueprint,
    percept: Percept,
    belief: Belief,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: TreeSamplersRoom,
) -> int:
    """Return the action that most simulations chose, or NO_PLAN if none earned anything.

    Its nominal cost is the number of steps that can be imagined in it. It is added to `memory` `[2]`.
    """
    horizon, simulations = minds.horizon[p], minds.simulations[p]
    memory[THOUGHT] += np.int64(simulations) * horizon
    if room.wants.state[INDIFFERENT] == 1:
        return NO_PLAN
    return search_by_uct(horizon, simulations, plan, belief, now, fold(key, draw), room.tree)
