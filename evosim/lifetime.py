"""Lifetimes: minds × worlds → outcomes. The hot loop, and the only place that knows both.

Every individual lives once in every world of the batch. A life's randomness is a function of
its key, the individual's id and the number of the episode, so it is the same on any thread and
can be lived again.
"""

from typing import NamedTuple

import numpy as np

from evosim.chance import below, fold, uniform
from evosim.jit import allocating_kernel, in_parallel, inlined_kernel, kernel
from evosim.mind.act import THOUGHT, Head, Percept, act, new_head, notice_change, wake
from evosim.mind.phenotype import Phenotypes
from evosim.mind.planner import Belief
from evosim.types import Ids, Reals
from evosim.world.actions import MOVES, STAY, step_of
from evosim.world.atlas import BARRIER, NOTHING, Atlas
from evosim.world.blueprint import Blueprint
from evosim.world.grid import Worlds

STEPS, MOVED, THINKING, ENTERED = range(4)  # after the scenario's own outcomes
DRAWS = 4  # per tick: the mind's, whether the move slips, where to


class Lives(NamedTuple):
    """What P lives in each of E worlds came to."""

    outcomes: Reals  # [P, E, K] in the order of `outcome_names`
    mesa_return: Reals  # [P, E] utility of all objects entered, by the individual's own objective, undiscounted


def live(
    plan: Blueprint, worlds: Worlds, atlas: Atlas, minds: Phenotypes, ids: Ids, key: np.uint64, types: int
) -> Lives:
    """Let individuals `ids [P]` live one episode in every world; `types` is how many types of object there are."""
    population, episodes = len(ids), len(worlds.start)
    names = plan.outcomes.shape[1] + ENTERED + 2 * types
    lives = Lives(np.zeros((population, episodes, names)), np.zeros((population, episodes)))

    def live_some(first: int, last: int) -> None:
        live_block(first, last, plan, worlds, atlas, minds, ids, np.uint64(key), types, lives)

    in_parallel(live_some, population)
    return lives


@allocating_kernel
def live_block(
    first: int,
    last: int,
    plan: Blueprint,
    worlds: Worlds,
    atlas: Atlas,
    minds: Phenotypes,
    ids: Ids,
    key: np.uint64,
    types: int,
    out_lives: Lives,
) -> None:
    """Live all lives of individuals `first` to `last - 1`; outcomes come as zeros."""
    cells, objects = worlds.wall.shape[1], worlds.cell.shape[1]
    inputs, units = minds.weights.shape[1], minds.weights.shape[2]
    head = new_head(minds.horizon[first:last].max(), cells, objects, inputs, units)
    present = np.zeros(objects, np.bool_)
    utility = np.zeros(objects)
    for e in range(worlds.start.shape[0]):
        percept = Percept(
            worlds.cell[e], worlds.features[e], atlas.distance[e], atlas.first_action[e], atlas.visible[e],
            atlas.floor[e],
        )  # fmt: skip
        content = atlas.content[e]
        for p in range(first, last):
            value_objects(p, minds.objective, percept.features, utility)
            belief = Belief(content, present, utility, plan.columns, plan.slip, minds.discount[p])
            out_lives.mesa_return[p, e] = live_one(
                p, e, plan, worlds.start[e], minds, percept, belief, fold(fold(key, ids[p]), e), types, head,
                out_lives.outcomes,
            )  # fmt: skip


@inlined_kernel
def value_objects(p: int, objective: Reals, features: Reals, out_utility: Reals) -> None:
    """Sum the weights of each object's features; all zero for a mind that has no objective."""
    for n in range(features.shape[0]):
        out_utility[n] = 0.0
        for f in range(objective.shape[1]):
            out_utility[n] += objective[p, f] * features[n, f]


@kernel
def live_one(
    p: int,
    e: int,
    plan: Blueprint,
    start: int,
    minds: Phenotypes,
    percept: Percept,
    belief: Belief,
    key: np.uint64,
    types: int,
    head: Head,
    out_outcomes: Reals,
) -> float:
    """Live one episode, to the end of its steps or the object that ends it; return the mesa-return."""
    own = plan.outcomes.shape[1]
    content, present = belief.content, belief.present
    present[:] = True
    unchanged, entered_any, ended = True, False, False
    mesa_return = 0.0
    cell = int(start)
    wake(head.memory)
    tick = 0
    moves = 0
    while tick < plan.steps and not ended:
        draw = tick * DRAWS
        action = act(p, minds, tick, cell, percept, belief, unchanged, key, draw, head)
        tick += 1
        if plan.slip > 0.0 and action != STAY and uniform(key, draw + 1) < plan.slip:
            action = below(key, draw + 2, MOVES)
        target = cell + step_of(action, plan.columns)
        n = content[target]
        if target == cell or n == BARRIER:
            continue
        cell = target
        moves += 1
        if n == NOTHING or not present[n]:
            continue
        mesa_return += belief.utility[n]
        for outcome in range(own):
            out_outcomes[p, e, outcome] += plan.outcomes[n, outcome]
        out_outcomes[p, e, own + ENTERED + plan.type_of[n]] += 1.0
        if not entered_any:
            out_outcomes[p, e, own + ENTERED + types + plan.type_of[n]] = 1.0
            entered_any = True
        ended = plan.ends[n]
        if plan.consumed[n]:
            present[n] = False
            unchanged = False
            notice_change(head.memory)
    out_outcomes[p, e, own + STEPS] = tick
    out_outcomes[p, e, own + MOVED] = moves
    out_outcomes[p, e, own + THINKING] = head.memory[THOUGHT]
    return mesa_return
