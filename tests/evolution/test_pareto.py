"""Selection by several objectives: fronts, crowding and survivors are those of NSGA-II."""

import numpy as np
import pytest
import reference
from deap import tools
from effort import cases
from evidence import TOO_SURPRISING, surprise
from small_evolutions import HIGH, LOCI, LOW, cases_for_deap, optimizer

from evosim.evolution import Genetic
from evosim.evolution.pareto import crowded_merit, crowding, fronts
from evosim.evolution.population import ALONE
from evosim.scenario.schema.evolution import GaussianMutation, ParetoSelection, UniformCrossover


def some_vectors(rng: np.random.Generator) -> np.ndarray:
    """Draw objective vectors: in steps, so that ties and doubles are common, or all different, or all on one front."""
    shape = int(rng.integers(1, 40)), int(rng.integers(1, 5))
    kind = rng.integers(3)
    if kind == 0:
        return rng.integers(0, 4, shape) / 2 - 0.5
    vectors = rng.normal(size=shape)
    return vectors if kind == 1 else np.column_stack([vectors[:, :1], -vectors[:, :1], vectors[:, 1:]])


def test_fronts_and_crowding_equal_the_twins():
    rng = np.random.default_rng(60)
    for _ in range(cases(400, 60)):
        vectors = some_vectors(rng)
        front = fronts(vectors)
        assert front.tolist() == reference.fronts(vectors.tolist())
        np.testing.assert_allclose(crowding(vectors, front), reference.crowding(vectors.tolist()))


def test_fronts_crowding_and_survivors_are_those_of_deap():
    rng = np.random.default_rng(61)
    for _ in range(cases(100, 20)):
        vectors = rng.normal(size=(int(rng.integers(2, 40)), int(rng.integers(2, 5))))
        count = len(vectors)
        handles = cases_for_deap(vectors)
        front = fronts(vectors)
        distance = crowding(vectors, front)
        for number, members in enumerate(tools.sortNondominated(handles, count)):
            assert sorted(handle.row for handle in members) == np.flatnonzero(front == number).tolist()
            tools.emo.assignCrowdingDist(members)
            for handle in members:  # DEAP's is the mean over objectives
                assert distance[handle.row] == pytest.approx(handle.fitness.crowding_dist * vectors.shape[1])
        keep = int(rng.integers(1, count))
        survivors = np.argsort(-crowded_merit(vectors), kind="stable")[:keep]
        chosen = {handle.row for handle in tools.selNSGA2(handles, keep)}
        for row in chosen ^ set(survivors.tolist()):  # only who is as alone as another
            assert (distance[front == front[row]] == distance[row]).sum() > 1


def test_merit_is_the_crowded_comparison():
    rng = np.random.default_rng(62)
    for _ in range(cases(200, 30)):
        vectors = some_vectors(rng)
        merit, front = crowded_merit(vectors), fronts(vectors)
        distance = crowding(vectors, front)
        for one in range(len(vectors)):
            better = (front[one] < front) | ((front[one] == front) & (distance[one] > distance))
            assert ((merit[one] > merit) == better).all()


def two_aims(genomes: np.ndarray) -> np.ndarray:
    """Want every locus near the middle of its range, and near the upper end."""
    shares = (genomes - LOW) / (HIGH - LOW)
    return -np.stack([((shares - 0.5) ** 2).sum(axis=1), ((shares - 1) ** 2).sum(axis=1)], axis=1)


def pareto_optimizer(population: int = 40, **changes: object) -> Genetic:
    return optimizer(population=population, elites=0, selection=ParetoSelection(operator="nsga2"), **changes)


@pytest.mark.parametrize("population", [2, 21, 40])
def test_half_of_the_population_survive_and_have_the_offspring(population):
    genetic = pareto_optimizer(population)
    for _ in range(5):
        genomes = genetic.ask().copy()
        aims, ids = two_aims(genomes), genetic.population.ids
        genetic.tell(aims.sum(axis=1), objectives=aims)
        best = np.argsort(-crowded_merit(aims), kind="stable")[: population // 2]
        following = genetic.ask()
        assert np.array_equal(following[: len(best)], genomes[best])
        parents = genetic.population.parents
        assert parents[: len(best)].tolist() == [[i, ALONE] for i in ids[best]]
        assert set(parents[len(best) :, 0]) <= set(ids[best])
        assert set(parents[len(best) :, 1]) <= {*ids[best].tolist(), ALONE}


def test_parents_are_the_better_of_two_survivors():
    """The survivor of rank r, of n, is the better of two in (2 (n - r) - 1) of n² cases; here there are no ties in merit."""
    vectors = np.array([[float(i), float(i)] for i in range(2000)])  # every individual a front of its own
    genetic = pareto_optimizer(2000, crossover=UniformCrossover(rate=0.0))
    genetic.ask()
    genetic.tell(vectors.sum(axis=1), objectives=vectors)
    genetic.ask()
    rank = 1999 - genetic.population.parents[1000:, 0]
    counts = np.bincount(rank // 100, minlength=10)
    assert abs(surprise(counts, 2 * (10 - np.arange(10)) - 1)) < TOO_SURPRISING


def test_a_front_is_found_and_spread_over():
    """Between the two aims lies the front: all loci alike, each anywhere from the middle to the upper end."""
    genetic = pareto_optimizer(80, mutation=GaussianMutation(rate=0.2, scale=0.2))
    for _ in range(cases(120, 60)):
        aims = two_aims(genetic.ask())
        genetic.tell(aims.sum(axis=1), objectives=aims)
    aims = two_aims(genetic.ask()[:40])
    assert (fronts(aims) == 0).mean() > 0.8
    near = np.sqrt(-aims).sum(axis=1) / np.sqrt(LOCI * 0.25)  # 1 on the front
    assert np.median(near) < 1.15
    assert np.sqrt(-aims[:, 0]).max() - np.sqrt(-aims[:, 0]).min() > 0.8 * np.sqrt(LOCI * 0.25)


def test_a_survivor_that_was_lucky_is_measured_again():
    genetic = pareto_optimizer()
    aims = two_aims(genetic.ask())
    aims[7] = 100.0
    genetic.tell(aims.sum(axis=1), objectives=aims)
    genomes = genetic.ask()
    lucky = np.flatnonzero(genetic.population.parents[:, 0] == 7)[0]
    aims = two_aims(genomes)
    genetic.tell(aims.sum(axis=1), objectives=aims)
    assert genetic.memory["objectives"][lucky].max() < 0
