"""To act: one kernel from what a mind is and what it perceives to what it does."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, MOVES, STAY, step_of
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, UNREACHED, first_step, held, measure, survey
from evosim.gridworld.spec import Blueprint
from evosim.mind.heuristic import NOBODY, notice, react, sense
from evosim.mind.phenotype import HEURISTIC, PLANNER, TREE_SEARCH, Phenotypes
from evosim.mind.planner import (
    NO_PLAN,
    Belief,
    Near,
    Plans,
    best_choice,
    best_goal,
    best_worth,
    fill_worth,
    look_around,
    remain,
    value_iteration,
    wander,
    weigh,
)
from evosim.mind.tree_search import Walk, new_walk, search_tree
from evosim.numerics.arrays import Acts, Bytes, Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, inlined_kernel, kernel
from evosim.numerics.random import uniform

LAST, REMEMBERED, LAYER, THOUGHT, AIM = range(5)  # what stands in `Head.memory`
UNPLANNED, FROM_ATLAS, FROM_HERE, FROM_TREE, STEP_BY_STEP = -2, -1, -3, -4, -5  # instead of a layer of `Head.plans`
MANY = 8  # goals, from which on it takes less time to measure distances at every step than once from everywhere


class Head(NamedTuple):
    """What one agent keeps between ticks, and the room it thinks in. Made once, used for many lives."""

    memory: Ids  # [5] last action, object remembered, where the plan is, cost of the thinking so far, goal of the tree
    worth: Reals  # [horizon + 1, N + Q]
    plans: Plans
    distance: Shorts  # [C, N + Q] as in the atlas, for the map as it is now
    queue: Cells  # [C]
    near: Near
    walk: Walk
    nearest: Cells  # [MOVES]
    senses: Cells  # [S, 3]
    amounts: Reals  # [S]
    levels: Reals  # [1] of hunger
    sums: Reals  # [MOVES, max(H, 1)]
    scores: Reals  # [ACTIONS]


class Percept(NamedTuple):
    """What there is to perceive in one world; all but the floor is as at the beginning of a life."""

    content: Shorts  # [C] the object in the cell, NOTHING, or a BARRIER, as it is, whatever is believed
    cells: Cells  # [N] where each object stands
    features: Reals  # [N + Q, F] as they are perceived
    distance: Shorts  # [C, N + Q] from the atlas, as the next two
    first_action: Acts  # [C, N + Q]
    visible: Bytes  # [C, N]
    floor: int  # cells that can be reached


class Situation(NamedTuple):
    """What an agent knows of itself and of what is left."""

    there: Flags  # [N] objects that it believes to be there
    inventory: Cells  # [T] how many of each type it carries
    energy: float
    hunger: float  # 0 to 1, in tenths
    unchanged: bool  # whether the map is still that of the atlas, and nothing lacks to have all of it


@allocating_kernel
def new_head(longest_horizon: int, cells: int, minds: Phenotypes, plan: Blueprint) -> Head:
    """Make a head for minds with at most this horizon."""
    objects, goals = plan.type_of.shape[0], plan.fixed.shape[0]
    inputs, units = minds.weights.shape[1], minds.weights.shape[2]
    depth = longest_horizon if minds.algorithm == TREE_SEARCH else -1
    return Head(
        memory=np.zeros(5, np.int64),
        worth=np.zeros((longest_horizon + 1, goals)),
        plans=Plans(np.zeros((2, cells)), np.zeros((2, cells), np.int32), np.zeros((2, cells), np.int32)),
        distance=np.zeros((cells, goals), np.int16),
        queue=np.zeros(cells, np.int32),
        near=Near(
            np.full(cells, UNREACHED, np.int16),
            np.zeros(cells, np.int8),
            np.zeros(goals, np.int16),
            np.zeros(goals, np.int8),
        ),
        walk=new_walk(depth, cells, objects, plan.types),
        nearest=np.zeros(MOVES, np.int32),
        senses=np.zeros((inputs, 3), np.int32),
        amounts=np.zeros(inputs),
        levels=np.zeros(1),
        sums=np.zeros((MOVES, units)),
        scores=np.zeros(ACTIONS),
    )


@inlined_kernel
def wake(memory: Ids) -> None:
    """Begin a life: nothing is remembered, nothing is planned."""
    memory[LAST] = STAY
    memory[REMEMBERED] = NOBODY
    memory[LAYER] = UNPLANNED
    memory[THOUGHT] = 0
    memory[AIM] = NO_PLAN


@inlined_kernel
def notice_change(memory: Ids) -> None:
    """Notice that the map has changed, or what is wanted: the plan is no longer good."""
    memory[LAYER] = UNPLANNED


@inlined_kernel
def act(
    p: int,
    minds: Phenotypes,
    tick: int,
    cell: int,
    plan: Blueprint,
    percept: Percept,
    belief: Belief,
    situation: Situation,
    key: np.uint64,
    draw: int,
    head: Head,
) -> int:
    """Choose the action of individual `p`."""
    controller = minds.controller[p]
    memory = head.memory
    if controller == PLANNER:
        if minds.algorithm == TREE_SEARCH:
            action = follow_tree(int(minds.horizon[p]), cell, plan, percept, belief, situation, head)
        else:
            action = follow_plan(
                minds.horizon[p], minds.temperature[p], cell, percept, belief, situation, key, draw, head
            )
        if action == NO_PLAN:  # nothing within the horizon is worth wanting
            action = wander(cell, memory[LAST], belief, key, draw)
    elif controller == HEURISTIC:
        last = memory[LAST]
        memory[REMEMBERED] = notice(
            cell, belief.columns, plan.vision, percept.cells, situation.there, percept.visible, memory[REMEMBERED],
            head.nearest,
        )  # fmt: skip
        count = sense(
            cell, last, belief.columns, percept.content, percept.cells, percept.features, head.nearest,
            memory[REMEMBERED], head.senses, head.amounts,
        )  # fmt: skip
        head.levels[0] = situation.hunger
        react(
            p, last, head.levels, minds.drives, count, head.senses, head.amounts, minds.weights, minds.out,
            head.sums, head.scores,
        )  # fmt: skip
        head.scores[STAY] = minds.stay[p]
        action = choose(head.scores, minds.noise[p], key, draw)
    else:
        action = int(minds.sequence[p, tick % minds.sequence.shape[1]])
    memory[LAST] = action
    return action


@kernel
def act_otherwise(
    p: int,
    minds: Phenotypes,
    tick: int,
    cell: int,
    plan: Blueprint,
    percept: Percept,
    belief: Belief,
    situation: Situation,
    key: np.uint64,
    draw: int,
    head: Head,
) -> int:
    """Choose as `act` does: for what few lives ask, apart from the loop of all."""
    return act(p, minds, tick, cell, plan, percept, belief, situation, key, draw, head)


@inlined_kernel
def follow_plan(
    horizon: int,
    temperature: float,
    cell: int,
    percept: Percept,
    belief: Belief,
    situation: Situation,
    key: np.uint64,
    draw: int,
    head: Head,
) -> int:
    """Choose the first action of the best plan to one goal, or NO_PLAN; a plan is good until the map changes."""
    memory = head.memory
    if memory[LAYER] == UNPLANNED:
        make_plan(horizon, temperature > 0.0, percept, belief, situation, head)
    layer = memory[LAYER]
    if temperature > 0.0:
        weigh_all(horizon, cell, percept.distance if layer == FROM_ATLAS else head.distance, belief, head)
        return choose(head.scores, temperature, key, draw)
    if layer == FROM_ATLAS:
        goal = best_goal(cell, percept.distance, head.worth, horizon)
        return int(percept.first_action[cell, goal]) if goal != NO_PLAN else NO_PLAN
    if layer == STEP_BY_STEP:
        return look_around(cell, horizon, percept.cells, belief, head.worth, head.queue, head.near)
    if layer == FROM_HERE:
        goal = best_goal(cell, head.distance, head.worth, horizon)
        return (
            first_step(cell, goal, belief.columns, belief.content, belief.present, head.distance[:, goal])
            if goal != NO_PLAN
            else NO_PLAN
        )
    return best_choice(cell, belief, layer, head.plans).action


@kernel
def make_plan(
    horizon: int, everywhere: bool, percept: Percept, belief: Belief, situation: Situation, head: Head
) -> None:
    """Plan for the map as it is; the nominal cost of that is the horizon times the cells that can be reached.

    Distances are measured `everywhere`; or, where there are many goals and they need not be, at every step from where
    the agent stands.
    """
    head.memory[THOUGHT] += horizon * percept.floor
    if belief.slip > 0.0:
        head.memory[LAYER] = value_iteration(belief, horizon - 1, head.plans)
        return
    fill_worth(belief.ending, belief.discount, horizon, head.worth)
    if situation.unchanged:
        head.memory[LAYER] = FROM_ATLAS
        return
    many = head.worth.shape[1] - percept.cells.shape[0]
    for n in range(percept.cells.shape[0]):
        many += 1 if belief.present[n] else 0
    if everywhere or many < MANY:
        survey(percept.cells, belief.columns, belief.content, belief.present, belief.place, head.queue, head.distance)
        head.memory[LAYER] = FROM_HERE
    else:
        head.memory[LAYER] = STEP_BY_STEP


@kernel
def follow_tree(
    horizon: int,
    cell: int,
    plan: Blueprint,
    percept: Percept,
    belief: Belief,
    situation: Situation,
    head: Head,
) -> int:
    """Go on to the first goal of the best walk, or NO_PLAN; search anew at the goal, or if there is none.

    The nominal cost of a search is the number of walks of 1 to `horizon` moves: nodes of the tree, unpruned.
    """
    memory = head.memory
    aim = memory[AIM]
    objects = percept.cells.shape[0]
    if memory[LAYER] == UNPLANNED or aim == NO_PLAN or (aim < objects and percept.cells[aim] == cell):
        memory[LAYER] = FROM_TREE
        memory[THOUGHT] += (MOVES ** (horizon + 1) - MOVES) // (MOVES - 1)
        aim = search_tree(
            cell, horizon, plan, percept.cells, belief, situation.there, situation.inventory, situation.energy,
            head.walk,
        ).aim  # fmt: skip
        memory[AIM] = aim
        if aim != NO_PLAN:
            measure(
                int(aim), percept.cells, belief.columns, belief.content, belief.present, belief.place, head.queue,
                head.distance[:, aim],
            )  # fmt: skip
    if aim == NO_PLAN:
        return NO_PLAN
    if head.distance[cell, aim] == 0:
        return STAY
    return first_step(cell, aim, belief.columns, belief.content, belief.present, head.distance[:, aim])


@kernel
def weigh_all(horizon: int, cell: int, distance: Shorts, belief: Belief, head: Head) -> None:
    """Score each action by the best plan after it; moves against a wall are out of the question."""
    layer = head.memory[LAYER]
    for action in range(ACTIONS):
        other = cell + step_of(action, belief.columns)
        n = held(other, belief.content, belief.present)
        if n == BARRIER:
            head.scores[action] = -np.inf
        elif layer != FROM_ATLAS and layer != FROM_HERE:
            head.scores[action] = weigh(action, cell, belief, layer, head.plans).value
        elif action < MOVES and n != NOTHING:
            head.scores[action] = belief.ending[n] * belief.discount
        else:
            head.scores[action] = best_worth(other, distance, head.worth, horizon - 1) * belief.discount
    head.scores[STAY] = max(head.scores[STAY], remain(cell, belief).value)


@kernel
def choose(scores: Reals, temperature: float, key: np.uint64, draw: int) -> int:
    """Draw an action by the softmax of its score, which is used up; at temperature 0 take the best."""
    best = 0
    for action in range(1, ACTIONS):
        if scores[action] > scores[best]:
            best = action
    if temperature <= 0.0:
        return best
    most, total = scores[best], 0.0
    for action in range(ACTIONS):
        scores[action] = np.exp((scores[action] - most) / temperature)
        total += scores[action]
    left = uniform(key, draw) * total
    for action in range(ACTIONS):
        left -= scores[action]
        if left < 0.0:
            return action
    return best
