"""Deciding: every agent chooses what to do, all from the same frozen state, in any order."""

import numpy as np

from evosim.ecology.loci import (
    DISCOUNT,
    HORIZON,
    NOISE,
    PERSISTENCE,
    PLANNER,
    TEMPERATURE,
    Loci,
    perceived,
    reflex,
    scalar,
    wish,
)
from evosim.ecology.rules import Rules
from evosim.ecology.state import Ecology, Mind
from evosim.gridworld.actions import MOVES, STAY
from evosim.mind.contract import LEVELS, choose
from evosim.mind.heuristic.reflexes import react
from evosim.mind.nearby import plan_nearby, sense_nearby, wander_nearby, weigh_nearby
from evosim.mind.planner.plans import NO_PLAN
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.compiler import inlined_kernel, kernel
from evosim.numerics.random import below, fold

WANDER, ROTATION = 0, 6  # draws of an agent at a tick; acting.py has the others


@kernel
def decide(
    first: int, last: int, tick: int, ecology: Ecology, rules: Rules, loci: Loci, acts: np.uint64, mind: Mind
) -> None:
    """Let agents `first` to `last - 1` choose their actions, and whether they would mate and want a child."""
    agents, tick_key = ecology.agents, fold(acts, tick)
    for i in range(first, last):
        key = fold(tick_key, agents.id[i])
        if loci.hunger >= 0:
            agents.levels[i, loci.hunger] = hunger_of(agents.energy[i], rules.most)
        if agents.controller[i] == PLANNER:
            agents.action[i] = deliberate(i, ecology, rules, loci, key, mind)
        else:
            agents.action[i] = respond(i, ecology, rules, loci, key, mind)


@inlined_kernel
def hunger_of(energy: float, most: float) -> float:
    """Tell how hungry an agent is, 0 to 1 in tenths: how much of the energy that there can be is missing."""
    return max(float(np.rint(LEVELS * (1.0 - energy / most)) / LEVELS), 0.0)


@inlined_kernel
def value_of(genome: Genes, levels: Reals, observed: Reals, loci: Loci) -> float:
    """Say what something is worth by a planner's mesa-objective, from what can be observed of it `[F]`."""
    count = observed.shape[0]
    total = 0.0
    for f in range(count):
        weight = wish(genome, f, loci)
        for d in range(levels.shape[0]):
            weight += levels[d] * wish(genome, count * (1 + d) + f, loci)
        total += weight * perceived(genome, f, observed, loci)
    return total


@kernel
def deliberate(i: int, ecology: Ecology, rules: Rules, loci: Loci, key: np.uint64, mind: Mind) -> int:
    """Choose as a planner does."""
    agents, view = ecology.agents, ecology.map
    genome, levels = agents.genome[i], agents.levels[i]
    things = rules.energy.shape[0]
    for kind in range(things + 1):
        mind.worth[kind] = value_of(genome, levels, rules.features[kind], loci)
    agents.courts[i] = agents.able[i] and mind.worth[things] > 0.0
    agents.wants_child[i] = value_of(genome, levels, rules.features[things + 1], loci) > 0.0
    if not agents.able[i]:
        mind.worth[things] = 0.0
    columns = view.across.shape[0] - 2 * view.vision
    row, column, here = int(agents.cell[i]) // columns, int(agents.cell[i]) % columns, view.vision
    horizon = int(np.rint(scalar(genome, HORIZON, loci)))
    discount = scalar(genome, DISCOUNT, loci) * scalar(genome, PERSISTENCE, loci)
    temperature = scalar(genome, TEMPERATURE, loci)
    rotation = below(key, ROTATION, MOVES)
    if temperature > 0.0:
        weigh_nearby(
            row, column, i, horizon, discount, mind.worth, agents.able, view, rotation, mind.window, mind.scores
        )
        return choose(mind.scores, temperature, key, WANDER)
    action = plan_nearby(
        row, column, i, (here, here), horizon, discount, mind.worth, agents.able, view, rotation, mind.window
    ).action
    if action == NO_PLAN:
        return wander_nearby(row, column, i, int(agents.last[i]), mind.worth, agents.able, view, key, WANDER)
    return action


@kernel
def respond(i: int, ecology: Ecology, rules: Rules, loci: Loci, key: np.uint64, mind: Mind) -> int:
    """Choose as a heuristic does."""
    agents, view = ecology.agents, ecology.map
    genome, levels = agents.genome[i], agents.levels[i]
    things, drives, units = rules.energy.shape[0], agents.levels.shape[1], mind.weights.shape[2]
    court, child = np.float64(genome[loci.choices]), np.float64(genome[loci.choices + 1 + drives])
    for d in range(drives):
        court += levels[d] * genome[loci.choices + 1 + d]
        child += levels[d] * genome[loci.choices + 2 + drives + d]
    agents.courts[i] = agents.able[i] and court > 0.0
    agents.wants_child[i] = child > 0.0
    columns = view.across.shape[0] - 2 * view.vision
    last = int(agents.last[i])
    count = sense_nearby(
        int(agents.cell[i]) // columns, int(agents.cell[i]) % columns, i, last, rules.features[: things + 1],
        agents.able, view, mind.nearest, mind.senses, mind.amounts,
    )  # fmt: skip
    at = 0
    for s in range(loci.inputs):
        for h in range(units):
            mind.weights[0, s, h] = reflex(genome, at, loci)
            at += 1
    for h in range(loci.hidden):
        mind.out[0, h] = reflex(genome, at, loci)
        at += 1
    react(0, last, levels, drives, count, mind.senses, mind.amounts, mind.weights, mind.out, mind.sums, mind.scores)
    mind.scores[STAY] = reflex(genome, at, loci)
    return choose(mind.scores, scalar(genome, NOISE, loci), key, WANDER)
