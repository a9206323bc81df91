"""Planners that optimize one plan, and carry it out until it ends or what they know changes: their kernels."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import STAY, step_of
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import THOUGHT, Percept, Situation, new_room
from evosim.mind.planner.cross_entropy import PlanRoom, new_plan_room, optimize_plan
from evosim.mind.planner.deciding import searches
from evosim.mind.planner.imagination import being_at
from evosim.mind.planner.plans import NO_PLAN, Belief
from evosim.mind.planner.wanting import INDIFFERENT, LAYER, Wants, longest_of, new_wants
from evosim.numerics.arrays import Cells, Ids, Reals
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel
from evosim.numerics.random import fold

OPTIMIZED = -6  # a layer that is none: the plan is a sequence of moves
MADE, LENGTH, EXPECTED = range(3)  # moves made of the plan, its moves, and the cell where they should have led


class PlanOptimizers(NamedTuple):
    """P planners that optimize plans; they imagine that every move succeeds."""

    objective: Reals  # [P, F · (1 + D)] mesa-objective: utility per feature, then per feature times each drive
    discount: Reals  # [P] worth of a utility one step later
    horizon: Cells  # [P] moves of a plan, at most
    iterations: Cells  # [P] in which it is improved
    candidates: int  # tried in each
    persistence: Reals  # [P] believed chance that what is there is still there a step later
    detectors: Reals  # [P, F, F + 1] weights of what is perceived on what can be observed, and bias; [P, 0, 0]: true
    sharpness: float  # of the detectors
    drives: int  # D


class OptimizersRoom(NamedTuple):
    """The room in which one of them thinks."""

    wants: Wants
    progress: Ids  # [3] MADE, LENGTH, EXPECTED
    search: PlanRoom


@implements(new_room, PlanOptimizers)
@allocating_kernel
def new_optimizers_room(minds: PlanOptimizers, rows: Ids, cells: int, plan: Blueprint) -> OptimizersRoom:
    """Return the working memory of planners of some `rows` `[M]`, for the longest of their horizons."""
    longest = longest_of(minds.horizon, rows)
    search = new_plan_room(minds.candidates, longest, plan.type_of.shape[0], plan.types)
    return OptimizersRoom(new_wants(minds.detectors.shape[1] > 0, plan), np.zeros(3, np.int64), search)


@searches(PlanOptimizers)
@inlined_kernel
def carry_out(
    minds: PlanOptimizers,
    p: int,
    plan: Blueprint,
    percept: Percept,
    belief: Belief,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: OptimizersRoom,
) -> int:
    """Return the next move of the plan, or NO_PLAN; optimize one where there is none, or where it led elsewhere.

    There is none any more when hunger or what can be had has changed, be it by the plan itself. Where the plan ends at
    a place that is wanted, the agent stays. The nominal cost of a plan is the number of moves that can be imagined for
    it. It is added to `memory` `[2]`.
    """
    state, progress, cell = room.wants.state, room.progress, now.cell
    as_imagined = state[LAYER] == OPTIMIZED and progress[EXPECTED] == cell
    if not as_imagined or (progress[MADE] == progress[LENGTH] and being_at(cell, belief) == 0.0):
        horizon, iterations = minds.horizon[p], minds.iterations[p]
        memory[THOUGHT] += np.int64(iterations) * minds.candidates * horizon
        state[LAYER] = OPTIMIZED
        progress[MADE], progress[LENGTH], progress[EXPECTED] = 0, 0, cell
        if state[INDIFFERENT] == 1:
            return NO_PLAN
        found = optimize_plan(horizon, iterations, plan, belief, now, fold(key, draw), room.search)
        if found.value <= 0.0:
            return NO_PLAN
        progress[LENGTH] = found.length
    if progress[MADE] == progress[LENGTH]:
        return STAY
    move = int(room.search.plan[progress[MADE]])
    progress[MADE] += 1
    progress[EXPECTED] = cell + step_of(move, belief.columns)
    return move
