"""To act: one kernel from what a mind is and what it perceives to what it does."""

from typing import NamedTuple

import numpy as np

from evosim.chance import uniform
from evosim.jit import allocating_kernel, inlined_kernel, kernel
from evosim.mind.heuristic import NOBODY, notice, react, sense
from evosim.mind.phenotype import HEURISTIC, PLANNER, Phenotypes
from evosim.mind.planner import (
    NO_PLAN,
    Belief,
    Plans,
    best_action,
    best_object,
    best_worth,
    fill_worth,
    value_iteration,
    wander,
    weigh,
)
from evosim.types import Acts, Bytes, Cells, Ids, Reals, Shorts
from evosim.world.actions import ACTIONS, MOVES, STAY, step_of
from evosim.world.atlas import BARRIER, NOTHING

LAST, REMEMBERED, LAYER, THOUGHT = range(4)  # what stands in `Head.memory`
UNPLANNED, FROM_ATLAS = -2, -1  # instead of a layer of `Head.plans`


class Head(NamedTuple):
    """What one agent keeps between ticks, and the room it thinks in. Made once, used for many lives."""

    memory: Ids  # [4] last action, object remembered, layer of the plans, cost of the thinking so far
    worth: Reals  # [horizon + 1, N]
    plans: Plans
    nearest: Cells  # [MOVES]
    senses: Cells  # [S, 3]
    amounts: Reals  # [S]
    sums: Reals  # [MOVES, max(H, 1)]
    scores: Reals  # [ACTIONS]


class Percept(NamedTuple):
    """What there is to perceive in one world; all but the floor is as at the beginning of a life."""

    cells: Cells  # [N] where each object stands
    features: Reals  # [N, F]
    distance: Shorts  # [C, N] from the atlas, as the next two
    first_action: Acts  # [C, N]
    visible: Bytes  # [C, N]
    floor: int  # cells that can be reached


@allocating_kernel
def new_head(longest_horizon: int, cells: int, objects: int, inputs: int, units: int) -> Head:
    """Make a head for minds of at most these sizes."""
    return Head(
        memory=np.zeros(4, np.int64),
        worth=np.zeros((longest_horizon + 1, objects)),
        plans=Plans(np.zeros((2, cells)), np.zeros((2, cells), np.int32), np.zeros((2, cells), np.int32)),
        nearest=np.zeros(MOVES, np.int32),
        senses=np.zeros((inputs, 3), np.int32),
        amounts=np.zeros(inputs),
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


@inlined_kernel
def notice_change(memory: Ids) -> None:
    """Notice that the map has changed: the plan is no longer good."""
    memory[LAYER] = UNPLANNED


@inlined_kernel
def act(
    p: int,
    minds: Phenotypes,
    tick: int,
    cell: int,
    percept: Percept,
    belief: Belief,
    unchanged: bool,
    key: np.uint64,
    draw: int,
    head: Head,
) -> int:
    """Choose the action of individual `p`; `unchanged` says that the map is still that of the atlas."""
    controller = minds.controller[p]
    memory = head.memory
    if controller == PLANNER:
        if memory[LAYER] == UNPLANNED:
            make_plan(minds.horizon[p], percept.floor, belief, unchanged, head)
        if minds.temperature[p] > 0.0:
            weigh_all(minds.horizon[p], cell, percept.distance, belief, head)
            action = choose(head.scores, minds.temperature[p], key, draw)
        else:
            action = NO_PLAN
            if memory[LAYER] == FROM_ATLAS:
                aim = best_object(cell, percept.distance, head.worth, minds.horizon[p])
                if aim != NO_PLAN:
                    action = int(percept.first_action[cell, aim])
            else:
                action = best_action(cell, belief, memory[LAYER], head.plans)
            if action == NO_PLAN:  # nothing within the horizon is worth wanting
                action = wander(cell, memory[LAST], belief, key, draw)
    elif controller == HEURISTIC:
        last = memory[LAST]
        memory[REMEMBERED] = notice(
            cell, belief.columns, percept.cells, belief.present, percept.visible, memory[REMEMBERED], head.nearest
        )
        count = sense(
            cell, last, belief.columns, belief.content, percept.cells, percept.features, head.nearest,
            memory[REMEMBERED], head.senses, head.amounts,
        )  # fmt: skip
        react(p, last, count, head.senses, head.amounts, minds.weights, minds.out, head.sums, head.scores)
        head.scores[STAY] = minds.stay[p]
        action = choose(head.scores, minds.noise[p], key, draw)
    else:
        action = int(minds.sequence[p, tick % minds.sequence.shape[1]])
    memory[LAST] = action
    return action


@kernel
def make_plan(horizon: int, floor: int, belief: Belief, unchanged: bool, head: Head) -> None:
    """Plan for the map as it is; the nominal cost of that is the horizon times the cells that can be reached."""
    head.memory[THOUGHT] += horizon * floor
    if unchanged and belief.slip == 0.0:
        fill_worth(belief.utility, belief.discount, horizon, head.worth)
        head.memory[LAYER] = FROM_ATLAS
    else:
        head.memory[LAYER] = value_iteration(belief, horizon - 1, head.plans)


@kernel
def weigh_all(horizon: int, cell: int, distance: Shorts, belief: Belief, head: Head) -> None:
    """Score each action by the best plan after it; moves against a wall are out of the question."""
    layer = head.memory[LAYER]
    for action in range(ACTIONS):
        other = cell + step_of(action, belief.columns)
        n = belief.content[other]
        if n == BARRIER:
            head.scores[action] = -np.inf
        elif layer != FROM_ATLAS:
            head.scores[action] = weigh(action, cell, belief, layer, head.plans).value
        elif action < MOVES and n != NOTHING and belief.present[n]:
            head.scores[action] = belief.utility[n] * belief.discount
        else:
            head.scores[action] = best_worth(other, distance, head.worth, horizon - 1) * belief.discount


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
