"""Heuristics in shared worlds: they react to what is seen from where the agent stands, and to how it feels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, MOVES, STAY
from evosim.mind.alleles import Number, Weights, first_locus, number_in, number_of, weight_of
from evosim.mind.contract import choose
from evosim.mind.heuristic.reflexes import react
from evosim.mind.heuristic.senses import senses_of
from evosim.mind.heuristic.settings import HeuristicMind
from evosim.mind.nearby import sense_nearby
from evosim.mind.segments import GenomeLayout
from evosim.mind.shared_contract import FIRST_DRAW, Decision, SharedAgent, Surroundings, decide_in_shared_world
from evosim.numerics.arrays import Cells, Reals
from evosim.numerics.compiler import implements, inlined_kernel
from evosim.scenario.schema.scenario import Scenario


class SharedHeuristics(NamedTuple):
    """Heuristics in a shared world, and the room in which one of them reacts; I senses, H hidden units."""

    reflex: Weights  # [I · max(H, 1) + H + 1] of senses, of hidden units, and the inclination to stay
    choices: int  # the first of 2 · (1 + D) loci: to court, and to want a child
    noise: Number  # temperature of the choice among actions
    nearest: Cells  # [MOVES, 3]
    senses: Cells  # [I, 3]
    amounts: Reals  # [I]
    weights: Reals  # [1, I, max(H, 1)]
    out: Reals  # [1, H]
    sums: Reals  # [MOVES, max(H, 1)]
    scores: Reals  # [ACTIONS]


def shared_heuristics(scenario: Scenario, layout: GenomeLayout, reflex: Sequence[float]) -> SharedHeuristics:
    """Return what heuristics need; `reflex` `[I · max(H, 1) + H + 1]` are the weights of those that inherit none."""
    heuristic, inputs = scenario.mind.of(HeuristicMind), len(senses_of(scenario))
    units = max(heuristic.hidden, 1)
    return SharedHeuristics(
        reflex=Weights(first_locus(layout, "heuristic.weights"), np.array(reflex)),
        choices=first_locus(layout, "heuristic.choices"),
        noise=number_in(layout, "heuristic.temperature", heuristic.temperature),
        nearest=np.zeros((MOVES, 3), np.int32),
        senses=np.zeros((inputs, 3), np.int32),
        amounts=np.zeros(inputs),
        weights=np.zeros((1, inputs, units)),
        out=np.zeros((1, heuristic.hidden)),
        sums=np.zeros((MOVES, units)),
        scores=np.zeros(ACTIONS),
    )


@implements(decide_in_shared_world, SharedHeuristics)
@inlined_kernel
def decide_by_reflex_nearby(
    mind: SharedHeuristics, agent: SharedAgent, around: Surroundings, key: np.uint64
) -> Decision:
    """React to what is seen and felt now."""
    genome, levels, drives = agent.genome, agent.levels, agent.levels.shape[0]
    court, child = np.float64(genome[mind.choices]), np.float64(genome[mind.choices + 1 + drives])
    for d in range(drives):
        court += levels[d] * genome[mind.choices + 1 + d]
        child += levels[d] * genome[mind.choices + 2 + drives + d]
    count = sense_nearby(
        agent.row, agent.column, agent.last, around.features[: around.features.shape[0] - 1], around.map,
        mind.nearest, mind.senses, mind.amounts,
    )  # fmt: skip
    at = 0
    for s in range(mind.weights.shape[1]):
        for h in range(mind.weights.shape[2]):
            mind.weights[0, s, h] = weight_of(genome, at, mind.reflex)
            at += 1
    for h in range(mind.out.shape[1]):
        mind.out[0, h] = weight_of(genome, at, mind.reflex)
        at += 1
    react(
        0, agent.last, levels, drives, count, mind.senses, mind.amounts, mind.weights, mind.out, mind.sums, mind.scores
    )  # fmt: skip
    mind.scores[STAY] = weight_of(genome, at, mind.reflex)
    action = choose(mind.scores, number_of(genome, mind.noise), key, FIRST_DRAW)
    return Decision(action, bool(court > 0.0), bool(child > 0.0), 0.0)
