"""What speed.py times beside evosim: the same work as users of other packages would write it.

A package that is not installed (`pip install 'evosim[bench]'`) is left out. Those that draw numbers of their own have
other offspring; that these are as many, within bounds and as different from their parents is checked here.
"""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.references import new_found
from benchmarks.speed_rows import LOCI, Ground, Row, evaluated, ground, iterate_all, wanting
from evosim.episode.rollout import live
from evosim.evolution.pareto import crowded_merit, crowding, fronts
from evosim.gridworld.actions import ACTIONS, MOVES, STAY, step_of
from evosim.gridworld.shortest_paths import BARRIER, NOTHING
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.random import key_of

SIZE, MATING, RATE, STEP = 3, 0.6, 0.2, 0.1  # as in red_doors


class Individual(list[float]):
    """What DEAP works on: a list, with a fitness."""

    fitness: Any


def check_offspring(genomes: Genes, offspring: Genes) -> None:
    """Check that offspring `[P, L]` are as many as `genomes [P, L]`, finite, and others.

    Raises:
        AssertionError: they are not.
    """
    assert offspring.shape == genomes.shape
    assert np.isfinite(offspring).all()
    assert (offspring != genomes).any(axis=1).mean() > 0.9


def deap_generation(name: str, population: int) -> Row:
    """One generation by DEAP's operators on lists, as its tutorial has it."""
    from deap import base, tools

    optimizer, start = evaluated(population)
    genomes, fitness = start.genomes, start.fitness
    assert fitness is not None
    kind = type("Maximised", (base.Fitness,), {"weights": (1.0,)})
    people = [Individual(genome) for genome in genomes.tolist()]
    for each, value in zip(people, fitness.tolist(), strict=True):
        each.fitness = kind((value,))
    box = base.Toolbox()
    box.register("select", tools.selTournament, tournsize=SIZE)
    box.register("mate", tools.cxUniform, indpb=0.5)
    box.register("mutate", tools.mutGaussian, mu=0.0, sigma=STEP, indpb=RATE)

    def theirs() -> Genes:
        random.seed(1)
        offspring = [box.clone(each) for each in box.select(people, len(people))]
        for one, other in zip(offspring[::2], offspring[1::2], strict=False):
            if random.random() < MATING:
                box.mate(one, other)
        for each in offspring:
            box.mutate(each)
        return np.array(offspring, np.float32)

    check_offspring(genomes, theirs())
    return Row(name, "DEAP", partial(next_of, optimizer, start), theirs, same=False)


def numpy_generation(name: str, population: int) -> Row:
    """One generation by numpy on the whole population."""
    optimizer, start = evaluated(population)
    genomes, fitness = start.genomes, start.fitness
    assert fitness is not None
    rng = np.random.default_rng(1)

    def theirs() -> Genes:
        rivals = rng.integers(0, population, (population, SIZE))
        parents = genomes[rivals[np.arange(population), fitness[rivals].argmax(axis=1)]]
        one, other = parents[::2], parents[1::2]
        swaps = (rng.random((len(other), LOCI)) < 0.5) & (rng.random((len(other), 1)) < MATING)
        offspring = np.empty_like(parents)
        offspring[::2], offspring[1::2] = np.where(swaps, other, one), np.where(swaps, one, other)
        struck = rng.random(offspring.shape) < RATE
        offspring[struck] += rng.normal(0.0, STEP, int(struck.sum())).astype(np.float32)
        beyond = np.abs(offspring) > 1.0
        offspring[beyond] = np.sign(offspring[beyond]) * 2.0 - offspring[beyond]
        return np.asarray(offspring)

    check_offspring(genomes, theirs())
    return Row(name, "numpy", partial(next_of, optimizer, start), theirs, same=False)


def evosax_generation(name: str, population: int) -> Row:
    """One generation by evosax's simple genetic algorithm: what is best survives, and is crossed and mutated."""
    import jax
    from evosax.algorithms import SimpleGA

    optimizer, start = evaluated(population)
    algorithm = SimpleGA(population_size=population, solution=np.zeros(LOCI, np.float32))
    settings, key = algorithm.default_params, jax.random.key(1)
    fitness = -np.asarray(start.fitness, np.float32)  # it minimises
    genomes = jax.numpy.asarray(start.genomes)
    told = jax.jit(algorithm.tell)
    asked = jax.jit(algorithm.ask)
    state = algorithm.init(key, genomes, fitness, settings)

    def theirs() -> Genes:
        after, _ = told(key, genomes, fitness, state, settings)
        return np.asarray(asked(key, after, settings)[0])

    check_offspring(start.genomes, theirs())
    return Row(name, "evosax", partial(next_of, optimizer, start), theirs, same=False)


def pymoo_sort(name: str, population: int) -> Row:
    """The better half by fronts and crowding, of two objectives; fronts are the same, and so are crowding distances."""
    from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance
    from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

    objectives = np.random.default_rng(1).random((population, 2))
    sorting = NonDominatedSorting(method="efficient_non_dominated_sort")

    def theirs() -> tuple[Any, Reals]:
        found, rank = sorting.do(-objectives, return_rank=True)
        distance = np.empty(population)
        for front in found:
            distance[front] = calc_crowding_distance(-objectives[front], filter_out_duplicates=False)
        return rank, distance

    rank, distance = theirs()
    own = fronts(objectives)
    assert (own == rank).all()
    others = np.bincount(own)[own] > 1  # who is alone in a front has crowding 0 there, and here infinite
    np.testing.assert_allclose(crowding(objectives, own)[others] / 2, distance[others])  # theirs is the mean
    return Row(name, "pymoo", lambda: crowded_merit(objectives), theirs, same=False)


def jax_lives(name: str) -> Row:
    """Lives of heuristics in JAX, compiled and vectorised, in single precision: nearly all are the same."""
    from benchmarks.jax_lives import lives_of, summary_of

    on, key = ground("mind.controllers={heuristic=1}"), key_of(2)
    theirs = lives_of(on, key)

    def ours() -> Any:
        return live(*on, key).outcomes

    alike = [(mine == its) for mine, its in zip(summary_of(on, ours()), theirs(), strict=True)]
    assert np.logical_and.reduce(alike).mean() > 0.999
    return Row(name, "JAX", ours, theirs, same=False)


def mesa_ticks(name: str, agents: int) -> Row:
    """Ticks of an ecology in Mesa, as its users write them."""
    from benchmarks.speed_ecology import ticks_beside_mesa

    return ticks_beside_mesa(name, agents)


def next_of(optimizer: Any, start: Any) -> Genes:
    """Return the next generation."""
    optimizer.restore(start, [])
    return np.asarray(optimizer.ask())


def quantecon_plans(name: str) -> Row:
    """Plans from all cells by QuantEcon's Bellman operator, on dense matrices; values are equal but for rounding."""
    from quantecon.markov import DiscreteDP

    horizon, discount, slip = 24, 0.95, 0.1
    on = ground(population=2, episodes=4)
    utility, (worlds, cells) = wanting(on), on.worlds.wall.shape
    problems = [DiscreteDP(*matrices(on, e, utility[e], slip, discount), discount) for e in range(worlds)]
    present, place = np.ones(utility.shape[1], np.bool_), np.zeros(0, np.int8)

    def ours() -> Reals:
        found = new_found(worlds, cells)
        iterate_all(on.atlas.content, place, present, utility, on.plan.columns, slip, discount, horizon, *found)
        return found.value[np.arange(worlds), found.layer]

    def theirs() -> Reals:
        found = np.zeros((worlds, cells + 1))
        for e, problem in enumerate(problems):
            for _ in range(horizon):
                found[e] = problem.bellman_operator(found[e])
        return found[:, :cells]

    floor = on.atlas.content != BARRIER
    np.testing.assert_allclose(ours()[floor], theirs()[floor], rtol=1e-9, atol=1e-12)
    return Row(name, "QuantEcon", ours, theirs, same=False)


def matrices(on: Ground, e: int, utility: Reals, slip: float, discount: float) -> tuple[Reals, Reals]:
    """Return rewards `[S, A]` and transitions `[S, A, S]` of a world; the last state is the end."""
    cells, content = on.worlds.wall.shape[1], on.atlas.content[e]
    reward, onward = np.zeros((cells + 1, ACTIONS)), np.zeros((cells + 1, ACTIONS, cells + 1))
    onward[cells, :, cells] = 1.0
    for cell in range(cells):
        for action in range(ACTIONS):
            ways: list[tuple[int, float]] = [(action, 1.0)]
            if action != STAY:
                ways = [(action, 1.0 - slip), *((way, slip / MOVES) for way in range(MOVES))]
            for way, chance in ways:
                other = cell if content[cell] == BARRIER else cell + step_of(way, on.plan.columns)
                n = BARRIER if way == STAY else content[other]
                if n in (BARRIER, NOTHING):
                    onward[cell, action, cell if n == BARRIER else other] += chance
                else:
                    onward[cell, action, cells] += chance
                    reward[cell, action] += chance * discount * utility[n]
    return reward, onward


BESIDE_PEERS: dict[str, tuple[str, Callable[[str], Row]]] = {
    "genetic generation, P = 1,000": ("deap", partial(deap_generation, population=1_000)),
    "genetic generation, P = 1,000, arrays": ("numpy", partial(numpy_generation, population=1_000)),
    "genetic generation, P = 10,000, arrays": ("numpy", partial(numpy_generation, population=10_000)),
    "genetic generation, P = 1,000, in XLA": ("evosax", partial(evosax_generation, population=1_000)),
    "genetic generation, P = 10,000, in XLA": ("evosax", partial(evosax_generation, population=10_000)),
    "NSGA-II sort, P = 1,000": ("pymoo", partial(pymoo_sort, population=1_000)),
    "value iteration, slip .1, matrices": ("quantecon", quantecon_plans),
    "heuristic lives, vectorised": ("jax", jax_lives),
    "ecology ticks, 1,000 agents": ("mesa", partial(mesa_ticks, agents=1_000)),
}
