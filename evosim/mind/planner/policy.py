"""Planners that search by value iteration, or by distances where that finds the same: their kernels."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, MOVES, STAY, step_of
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, UNREACHED, first_step, held, survey
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import THOUGHT, Percept, Situation, choose, new_room
from evosim.mind.planner.deciding import believed_slip, searches, slip_or_truth
from evosim.mind.planner.plans import (
    NO_PLAN,
    Belief,
    LocalRoom,
    Plans,
    best_choice,
    best_goal,
    best_worth,
    fill_worth,
    look_around,
    remain,
    value_iteration,
    weigh,
)
from evosim.mind.planner.wanting import INDIFFERENT, LAYER, UNCHANGED, UNPLANNED, Wants, longest_of, new_wants
from evosim.numerics.arrays import Cells, Ids, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel, kernel, rare_kernel
from evosim.numerics.functions import unsigned

FROM_ATLAS, FROM_HERE, STEP_BY_STEP = -1, -3, -5  # instead of a layer of `PlannerRoom.plans`
MANY = 8  # goals, from which on it takes less time to measure distances at every step than once from everywhere


class Planners(NamedTuple):
    """P planners; F features, D drives."""

    objective: Reals  # [P, F · (1 + D)] mesa-objective: utility per feature, then per feature times each drive
    discount: Reals  # [P] worth of a utility one step later
    horizon: Cells  # [P] steps that it looks ahead
    temperature: Reals  # [P] of its choice among actions; 0: always the best
    slip: Reals  # [P] believed chance that a move goes astray; NaN: as it is
    persistence: Reals  # [P] believed chance that what is there is still there a step later
    detectors: Reals  # [P, F, F + 1] weights of what is perceived on what can be observed, and bias; [P, 0, 0]: true
    sharpness: float  # of the detectors
    drives: int  # D


class PlannerRoom(NamedTuple):
    """The room in which one planner thinks; H steps of the longest horizon."""

    wants: Wants
    worth: Reals  # [H + 1, N + Q]
    plans: Plans
    distance: Shorts  # [C, N + Q] as in the atlas, for the map as it is now
    queue: Cells  # [C]
    near: LocalRoom
    scores: Reals  # [ACTIONS]


@implements(new_room, Planners)
@allocating_kernel
def new_planners_room(minds: Planners, rows: Ids, cells: int, plan: Blueprint) -> PlannerRoom:
    """Return the working memory of planners of some `rows` `[M]`, for the longest of their horizons."""
    goals, longest = plan.fixed.shape[0], longest_of(minds.horizon, rows)
    return PlannerRoom(
        wants=new_wants(minds.detectors.shape[1] > 0, plan),
        worth=np.zeros((longest + 1, goals)),
        plans=Plans(np.zeros((2, cells)), np.zeros((2, cells), np.int32), np.zeros((2, cells), np.int32)),
        distance=np.zeros((cells, goals), np.int16),
        queue=np.zeros(cells, np.int32),
        near=LocalRoom(
            np.full(cells, UNREACHED, np.int16),
            np.zeros(cells, np.int8),
            np.zeros(goals, np.int16),
            np.zeros(goals, np.int8),
        ),
        scores=np.zeros(ACTIONS),
    )


implements(believed_slip, Planners)(slip_or_truth)


@searches(Planners)
@inlined_kernel
def follow_plan(
    minds: Planners,
    p: int,
    plan: Blueprint,
    percept: Percept,
    belief: Belief,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: PlannerRoom,
) -> int:
    """Return the first action of the best plan, or NO_PLAN; plans last until the map changes. `memory` is `[2]`."""
    horizon, temperature, state = minds.horizon[p], minds.temperature[p], room.wants.state
    if state[LAYER] == UNPLANNED:
        make_plan(horizon, temperature > 0.0, percept, belief, memory, room)
    if temperature > 0.0 or state[LAYER] != FROM_ATLAS:
        return follow_otherwise(horizon, temperature, now.cell, percept, belief, key, draw, room)
    if state[INDIFFERENT] == 1:
        return NO_PLAN
    goal = best_goal(now.cell, percept.distance, room.worth, horizon)
    return int(percept.first_action[unsigned(now.cell), unsigned(goal)]) if goal != NO_PLAN else NO_PLAN


@rare_kernel
def follow_otherwise(
    horizon: int,
    temperature: float,
    cell: int,
    percept: Percept,
    belief: Belief,
    key: np.uint64,
    draw: int,
    room: PlannerRoom,
) -> int:
    """Return the first action of the best plan where it isn't simply the way to a goal of the atlas; or NO_PLAN."""
    layer = room.wants.state[LAYER]
    if temperature > 0.0:
        weigh_all(horizon, cell, percept.distance if layer == FROM_ATLAS else room.distance, belief, room)
        return choose(room.scores, temperature, key, draw)
    if room.wants.state[INDIFFERENT] == 1:
        return NO_PLAN
    if layer == STEP_BY_STEP:
        return look_around(cell, horizon, percept.cells, belief, room.worth, room.queue, room.near)
    if layer == FROM_HERE:
        goal = best_goal(cell, room.distance, room.worth, horizon)
        return (
            first_step(cell, goal, belief.columns, belief.content, belief.present, room.distance[:, goal])
            if goal != NO_PLAN
            else NO_PLAN
        )
    return best_choice(cell, belief, layer, room.plans).action


@inlined_kernel
def make_plan(horizon: int, everywhere: bool, percept: Percept, belief: Belief, memory: Ids, room: PlannerRoom) -> None:
    """Plan for the map as it is; the nominal cost of that is the horizon times the cells that can be reached.

    Where the atlas can't be used, distances are measured `everywhere`, or from where the agent stands. `memory` is
    `[2]`.
    """
    memory[THOUGHT] += np.int64(horizon) * percept.floor
    if belief.slip > 0.0 or room.wants.state[UNCHANGED] == 0:
        make_plan_otherwise(horizon, everywhere, percept, belief, room)
    else:
        fill_worth(belief.ending, belief.discount, horizon, room.worth)
        room.wants.state[LAYER] = FROM_ATLAS


@rare_kernel
def make_plan_otherwise(horizon: int, everywhere: bool, percept: Percept, belief: Belief, room: PlannerRoom) -> None:
    """Plan where moves may slip, or where not all objects can be had.

    Distances are measured `everywhere`; or, where there are many goals and they need not be, at every step from where
    the agent stands.
    """
    if belief.slip > 0.0:
        room.wants.state[LAYER] = value_iteration(belief, horizon - 1, room.plans)
        return
    fill_worth(belief.ending, belief.discount, horizon, room.worth)
    many = room.worth.shape[1] - percept.cells.shape[0]
    for n in range(percept.cells.shape[0]):
        many += 1 if belief.present[n] else 0
    if everywhere or many < MANY:
        survey(percept.cells, belief.columns, belief.content, belief.present, belief.place, room.queue, room.distance)
        room.wants.state[LAYER] = FROM_HERE
    else:
        room.wants.state[LAYER] = STEP_BY_STEP


@kernel
def weigh_all(horizon: int, cell: int, distance: Shorts, belief: Belief, room: PlannerRoom) -> None:
    """Score each action by the best plan after it, with `distance` `[C, N + Q]`; moves against a wall are excluded."""
    layer = room.wants.state[LAYER]
    for action in range(ACTIONS):
        other = cell + step_of(action, belief.columns)
        n = held(other, belief.content, belief.present)
        if n == BARRIER:
            room.scores[action] = -np.inf
        elif layer != FROM_ATLAS and layer != FROM_HERE:
            room.scores[action] = weigh(action, cell, belief, layer, room.plans).value
        elif action < MOVES and n != NOTHING:
            room.scores[action] = belief.ending[n] * belief.discount
        else:
            room.scores[action] = best_worth(other, distance, room.worth, horizon - 1) * belief.discount
    room.scores[STAY] = max(room.scores[STAY], remain(cell, belief).value)
