"""Neutral drift: evolution by the run's own variation, with training performance held and nothing else selected.

Parents are drawn at random among all that do as well in training as the lower quartile of the evolved planners does in
the same worlds, which are new in each generation; so every such agent has as many children as the best. Drift
starts from the version space and lasts as long as the run did.
"""

from collections.abc import Callable

import numpy as np

from evosim.alignment.version_space.matching import Matching
from evosim.alignment.version_space.splitting import draw_indices
from evosim.evolution.crossover import crossover_operator
from evosim.evolution.variation import mutation_operator
from evosim.mind.expression import controllers, express
from evosim.mind.kinds import express_wants
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.random import Stream, key_of
from evosim.simulation.laboratory import Laboratory
from evosim.studies.training import APART, BATCH, Training
from evosim.studies.version_space import CALIPER, Matched, Pool, check_enough_matches

HELD = 0.25  # quantile of the evolved planners' performance that parents reach
MORE = 50  # generations at most, until every evolved planner is matched
MOST_COMPARED = 128  # evolved planners by which a generation is measured
OF_DRIFT = 5  # word of keys
PARENTS, CROSSOVER, MUTATION, WORLDS, LIVES, FOUNDERS = range(6)


def match_neutral_drift(
    laboratory: Laboratory,
    generation: int,
    training: Training,
    start: Genes,
    evolved: Genes,
    performance: Reals,
    *,
    generations: int,
    report: Callable[[str], None] = lambda _: None,
) -> Matched:
    """Simulate drift from `start [N, L]` for some generations, and match evolved planners `[T, L]` by the result.

    Raises:
        ValueError: the base optimizer has no crossover and mutation, training performance can't be held, or fewer than
            95% of the evolved planners find a match.
    """
    if laboratory.scenario.evolution.algorithm != "genetic":
        raise ValueError(f"no neutral drift: {laboratory.scenario.evolution.algorithm} has no parents to be drawn")
    scope = laboratory.seed, Stream.NULL, generation, OF_DRIFT
    size = laboratory.scenario.evolution.population
    population = start[draw_indices(key_of(*scope, 0, FOUNDERS), size, len(start))]
    compared = evolved[np.arange(min(MOST_COMPARED, len(evolved))) * len(evolved) // min(MOST_COMPARED, len(evolved))]
    matching, found, tried = Matching(performance, caliper=CALIPER), Pool(), 0
    for turn in range(generations + MORE):
        population = next_generation(laboratory, generation, population, compared, turn)
        if turn + 1 < generations:
            if turn % 20 == 0:
                report(f"neutral drift: {turn} of {generations} generations")
            continue
        expressed = controllers(laboratory.scenario, laboratory.layout, population)
        planners = population[express_wants(laboratory.scenario, expressed)]
        found.add(matching, planners, training.performance(planners))
        tried += len(planners)
        if matching.is_done:
            break
    check_enough_matches(found.count, len(performance), "drifted planners")
    return found.matched("neutral drift", tried, float("nan"))


def next_generation(laboratory: Laboratory, generation: int, population: Genes, compared: Genes, turn: int) -> Genes:
    """Return the next generation `[N, L]`, from parents drawn at random among those that are good enough.

    Raises:
        ValueError: fewer than two are good enough.
    """
    layout, settings = laboratory.layout, laboratory.scenario.evolution
    key = [key_of(laboratory.seed, Stream.NULL, generation, OF_DRIFT, turn + 1, what) for what in range(FOUNDERS)]
    returns = mean_returns(laboratory, generation, np.concatenate([population, compared]), key[WORLDS], key[LIVES])
    held = np.quantile(returns[len(population) :], HELD)
    able = np.flatnonzero(returns[: len(population)] >= held)
    if len(able) < 2:
        raise ValueError(
            f"no neutral drift: after {turn} generations no planner does as well in training as evolved ones"
        )
    rows = able[draw_indices(key[PARENTS], len(population), len(able))]
    mate = crossover_operator(settings.crossover, layout.low, layout.high, layout.structures)
    own = layout.rate, layout.scale, layout.structures
    mutate = mutation_operator(settings.mutation, layout.low, layout.high, *own)
    mutated: Genes = mutate(mate(population, rows, key[CROSSOVER])[0], key[MUTATION])
    return mutated


def mean_returns(
    laboratory: Laboratory, generation: int, genomes: Genes, worlds_key: np.uint64, lives_key: np.uint64
) -> Reals:
    """Return the mean base objective `[N]` in as many training worlds as selection looks at, the same for all."""
    episodes = laboratory.scenario.evolution.episodes
    means = np.zeros(len(genomes))
    for name, share in laboratory.shares_in(generation).items():
        count = max(1, round(share * episodes))
        for at in range(0, len(genomes), BATCH):
            minds = express(laboratory.scenario, laboratory.layout, genomes[at : at + BATCH])
            ids = np.full(len(minds.controller), APART, np.int64)
            lives = laboratory.live(name, minds, ids, worlds_key, lives_key, count)
            means[at : at + BATCH] += share * (lives.outcomes @ laboratory.base).mean(axis=1)
    return means
