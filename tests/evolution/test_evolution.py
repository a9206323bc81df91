"""The base optimizer: selection favours the fit as the textbooks say, and no allele is lost or invented."""

import random
from collections import Counter
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
import reference
from conftest import cases
from deap import base, cma, tools
from evidence import TOO_SURPRISING, kolmogorov, surprise, surprise_of_two
from hypothesis import given
from hypothesis import strategies as st

from evosim.evolution import CovarianceAdaptation, Genetic, toolbox
from evosim.evolution.crossover import (
    blend_crossover,
    crossover_operator,
    point_crossover,
    simulated_binary_crossover,
    uniform_crossover,
)
from evosim.evolution.deap_individuals import Handle, select_with_deap
from evosim.evolution.lexicase import epsilon_lexicase, lexicase
from evosim.evolution.pareto import crowded_merit, crowding, fronts
from evosim.evolution.population import ALONE
from evosim.evolution.selection import roulette, selection_operator, tournament, truncation, universal_sampling
from evosim.evolution.variation import (
    gaussian_mutation,
    mutation_operator,
    polynomial_mutation,
    reset_mutation,
)
from evosim.numerics.random import Stream, key_of, reflect
from evosim.scenario.schema.evolution import (
    BlendCrossover,
    CovarianceMatrixAdaptation,
    DeapSelection,
    EpsilonLexicase,
    Evolution,
    GaussianMutation,
    Lexicase,
    OnePointCrossover,
    ParetoSelection,
    Phase,
    PolynomialMutation,
    ResetMutation,
    SimulatedBinaryCrossover,
    Tournament,
    Truncation,
    TwoPointCrossover,
    UniformCrossover,
)

LOCI = 6
LOW, HIGH = np.array([-1.0, -1, 0, 1, -2, 0]), np.array([1.0, 1, 1, 32, 3, 0.5])


def settings(**changes: object) -> Evolution:
    """Write the settings of a small evolution."""
    schedule = [Phase.model_validate({"from": 0, "environment": "training"})]
    defaults = {"population": 20, "generations": 10, "schedule": schedule}
    return Evolution(**(defaults | changes))


def founders(population: int = 20, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(LOW, HIGH, (population, LOCI)).astype(np.float32)


def optimizer(seed: int = 1, **changes: object) -> Genetic:
    chosen = settings(**changes)
    return Genetic(chosen, founders(chosen.population), LOW, HIGH, seed=seed)


def quadratic(genomes: np.ndarray) -> np.ndarray:
    """Be fit near three quarters of each range."""
    return -((((genomes - LOW) / (HIGH - LOW)) - 0.75) ** 2).sum(axis=1)


# ---------------------------------------------------------------- selection


def test_tournaments_equal_the_twin():
    rng = np.random.default_rng(1)
    for i in range(cases(500, 50)):
        fitness = rng.choice([-1.0, 0.0, 0.5, 2.0, np.inf, -np.inf], rng.integers(1, 30))
        size, count = int(rng.integers(1, 9)), int(rng.integers(0, 40))
        rows = tournament(fitness, key_of(i), count, size=size)
        assert rows.tolist() == reference.tournament(fitness.tolist(), i, count, size)


def test_truncation_equals_the_twin():
    rng = np.random.default_rng(2)
    for i in range(cases(500, 50)):
        fitness = rng.choice([-1.0, 0.0, 0.5, 2.0], rng.integers(1, 30))
        share, count = float(rng.choice([0.01, 0.2, 0.5, 1.0])), int(rng.integers(0, 40))
        rows = truncation(fitness, key_of(i), count, share=share)
        assert rows.tolist() == reference.truncation(fitness.tolist(), i, count, share)


def ranks(rows: np.ndarray, fitness: np.ndarray) -> np.ndarray:
    """Count how often each rank was selected, the best first."""
    rank = np.argsort(np.argsort(-fitness))
    return np.bincount(rank[rows], minlength=len(fitness))


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_tournaments_select_like_those_of_deap(size):
    count, fitness = 20_000, np.random.default_rng(3).permutation(20).astype(float)
    ours = ranks(tournament(fitness, key_of(4, size), count, size=size), fitness)
    deap = DeapSelection(operator="deap.selTournament", tournsize=size)
    theirs = ranks(selection_operator(deap)(fitness, key_of(5, size), count), fitness)
    assert abs(surprise_of_two(ours, theirs)) < TOO_SURPRISING
    better = np.arange(20)
    theory = ((20 - better) / 20) ** size - ((19 - better) / 20) ** size  # the best of `size` has this rank
    assert abs(surprise(ours, theory)) < TOO_SURPRISING


def test_truncation_selects_uniformly_from_those_that_deap_calls_best():
    fitness = np.random.default_rng(6).permutation(40).astype(float)
    rows = truncation(fitness, key_of(7), 20_000, share=0.3)
    best = {handle.row for handle in tools.selBest([Handle(i, f) for i, f in enumerate(fitness)], 12)}
    assert set(rows.tolist()) == best
    assert abs(surprise(np.bincount(rows)[sorted(best)], np.ones(12))) < TOO_SURPRISING


def test_the_settings_of_a_scenario_name_the_operator():
    fitness = np.random.default_rng(8).random(30)
    key = key_of(9)
    by_tournament = selection_operator(Tournament(operator="tournament", size=4))(fitness, key, 50)
    assert np.array_equal(by_tournament, tournament(fitness, key, 50, size=4))
    by_truncation = selection_operator(Truncation(operator="truncation", share=0.1))(fitness, key, 50)
    assert np.array_equal(by_truncation, truncation(fitness, key, 50, share=0.1))


DEAP_OPERATORS = [
    DeapSelection(operator="deap.selTournament", tournsize=3),
    DeapSelection(operator="deap.selRoulette"),
    DeapSelection(operator="deap.selStochasticUniversalSampling"),
    DeapSelection(operator="deap.selRandom"),
    DeapSelection(operator="deap.selLexicase"),
    DeapSelection(operator="deap.selAutomaticEpsilonLexicase"),
    DeapSelection(
        operator="deap.selDoubleTournament", fitness_size=3, parsimony_size=1.4, fitness_first=True
    ),
    DeapSelection(operator="deap.selBest"),
]  # fmt: skip


@pytest.mark.parametrize("chosen", DEAP_OPERATORS, ids=lambda chosen: chosen.operator)
def test_operators_of_deap_are_reproducible_and_leave_the_global_generators_alone(chosen):
    fitness = np.random.default_rng(10).random(25) + 0.1
    select = selection_operator(chosen)
    random.seed(1)
    np.random.seed(2)  # noqa: NPY002
    before, before_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    first = select(fitness, key_of(11), 20)
    assert random.getstate() == before
    assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), before_numpy, strict=True))  # noqa: NPY002
    random.seed(3)
    np.random.seed(4)  # noqa: NPY002
    assert np.array_equal(select(fitness, key_of(11), 20), first)
    assert first.dtype == np.int64
    assert len(first) == 20
    assert ((first >= 0) & (first < 25)).all()
    if chosen.operator not in ("deap.selBest", "deap.selLexicase", "deap.selAutomaticEpsilonLexicase"):
        assert not np.array_equal(select(fitness, key_of(12), 20), first)


def test_an_operator_that_draws_from_numpy_is_reproducible_too(monkeypatch):
    def by_numpy(individuals: list[Handle], k: int) -> list[Handle]:
        return [individuals[i] for i in np.random.randint(0, len(individuals), k)]  # noqa: NPY002

    monkeypatch.setattr(tools, "selByNumpy", by_numpy, raising=False)
    select = selection_operator(DeapSelection(operator="deap.selByNumpy"))
    first, again, other = (select(np.ones(25), key_of(key), 20).tolist() for key in (13, 13, 14))
    assert first == again
    assert first != other


def test_the_global_generators_are_restored_after_a_failure():
    random.seed(5)
    before = random.getstate()
    with pytest.raises(ValueError, match=r"deap\.selTournament failed on 4 individuals"):
        select_with_deap(np.ones(4), key_of(1), 2, name="selTournament", arguments={"tournsize": 0})
    assert random.getstate() == before


@pytest.mark.parametrize(
    "settings",
    [{"operator": "deap.selTournament", "tournsize": 0}, {"operator": "deap.selTournamentDCD"}],
)
def test_an_operator_of_deap_that_cannot_select_is_refused_before_anything_happens(settings):
    with pytest.raises(ValueError, match="failed on 12 individuals"):
        selection_operator(DeapSelection(**settings))


@pytest.mark.parametrize("name", ["selRoulette", "selStochasticUniversalSampling"])
@pytest.mark.parametrize(
    "fitness",
    [np.zeros(7), np.full(7, 2.5), np.full(7, -3.0), np.arange(5.0) - 1, np.array([0.1, 0.2, 0.3, 1e-300, 1e9]), np.array([-1e9, 1e-9])],
    ids=["zero", "equal", "equally bad", "some negative", "of all sizes", "far apart"],
)  # fmt: skip
def test_deaps_wheels_turn_whatever_the_fitness(name, fitness):
    select = selection_operator(DeapSelection(operator=f"deap.{name}"))
    chosen = [select(fitness, key_of(seed), 23) for seed in range(20)]
    assert {len(rows) for rows in chosen} == {23}
    if fitness.max() == fitness.min():
        assert {*np.concatenate(chosen).tolist()} == {*range(len(fitness))}
    else:
        assert (fitness[np.concatenate(chosen)] > fitness.min()).all() or fitness.min() > 0


def test_deaps_wheel_does_not_stop_behind_its_last_slice(monkeypatch):
    """DEAP adds slices up in two orders; with fractions the sums differ, and a spin near the end found nobody."""
    fitness = np.array([1.0, 0.9, 0.1, 0.1, 0.8, 0.7, 0.7])
    assert sum(fitness.tolist()) > sum(sorted(fitness.tolist(), reverse=True))
    monkeypatch.setattr("random.random", lambda: 1.0 - 2.0**-53)
    select = selection_operator(DeapSelection(operator="deap.selRoulette"))
    assert len(select(fitness, key_of(1), 9)) == 9


def test_an_operator_of_deap_that_selects_too_few_is_an_error():
    select = selection_operator(DeapSelection(operator="deap.selBest"))
    with pytest.raises(ValueError, match="selected 5 individuals where 9 were asked for"):
        select(np.arange(5.0), key_of(1), 9)


WHEELS = [-1.0, -0.25, 0.0, 0.5, 2.0]


@pytest.mark.parametrize(
    ("select", "twin"), [(roulette, reference.roulette), (universal_sampling, reference.universal_sampling)]
)
def test_wheels_equal_the_twin(select, twin):
    rng = np.random.default_rng(40)
    for i in range(cases(500, 50)):
        fitness = rng.choice(WHEELS[i % 3 :], rng.integers(1, 30))
        count = int(rng.integers(0, 40))
        assert select(fitness, key_of(i), count).tolist() == twin(fitness.tolist(), i, count)


@pytest.mark.parametrize("name", ["roulette", "sus"])
def test_chances_are_in_proportion_to_fitness_above_a_negative_worst(name):
    select = {"roulette": roulette, "sus": universal_sampling}[name]
    count = cases(20_000, 4_000)
    for worst, expected in ((0.0, [0, 1, 2, 3]), (1.0, [1, 2, 3, 4]), (-3.0, [0, 1, 2, 3]), (-1e-9, [0, 1, 2, 3])):
        seen = np.bincount(select(worst + np.arange(4.0), key_of(41), count), minlength=4)
        if name == "sus":  # as often as expected, rounded up or down
            assert (np.abs(seen - count * np.array(expected) / sum(expected)) < 1.001).all()
        else:
            assert abs(surprise(seen[seen > 0], np.array(expected)[seen > 0])) < TOO_SURPRISING
    for equal in (0.0, -2.0, 3.0):
        seen = np.bincount(select(np.full(5, equal), key_of(42), count), minlength=5)
        assert name == "sus" or abs(surprise(seen, np.ones(5))) < TOO_SURPRISING
        assert name == "roulette" or (np.abs(seen - count / 5) <= 1).all()


def test_roulette_selects_like_that_of_deap():
    count, fitness = cases(20_000, 4_000), np.random.default_rng(43).random(20)
    ours = ranks(roulette(fitness, key_of(44), count), fitness)
    theirs = ranks(selection_operator(DeapSelection(operator="deap.selRoulette"))(fitness, key_of(45), count), fitness)
    assert abs(surprise_of_two(ours, theirs)) < TOO_SURPRISING


def test_universal_sampling_selects_whom_that_of_deap_does(monkeypatch):
    """Given the same first pointer; DEAP's wheel has the fittest first."""
    rng = np.random.default_rng(46)
    for i in range(cases(200, 30)):
        fitness = np.sort(rng.random(int(rng.integers(2, 30))))[::-1].copy()
        count = int(rng.integers(1, 40))
        start = reference.uniform(i, 0)
        monkeypatch.setattr(random, "uniform", lambda low, high, start=start: low + start * (high - low))
        deap = tools.selStochasticUniversalSampling([Handle(row, f) for row, f in enumerate(fitness)], count)
        rows = universal_sampling(fitness, key_of(i), count)
        assert sorted(rows.tolist()) == sorted(handle.row for handle in deap)


def test_mates_by_universal_sampling_are_no_neighbours_on_the_wheel():
    rows = universal_sampling(np.ones(1000), key_of(47), 1000)
    assert sorted(rows.tolist()) == list(range(1000))
    assert (np.abs(np.diff(rows)) == 1).mean() < 0.02


@pytest.mark.parametrize("select", [roulette, universal_sampling])
def test_a_wheel_has_no_infinite_slice(select):
    with pytest.raises(ValueError, match="fitness of row 1 is infinite"):
        select(np.array([1.0, np.inf, 2.0]), key_of(48), 3)


def some_cases(rng: np.random.Generator) -> np.ndarray:
    """Draw cases in steps, so that ties are common, or without any."""
    shape = rng.integers(1, 20), rng.integers(1, 7)
    return rng.integers(0, 4, shape) / 2 if rng.random() < 0.7 else rng.normal(size=shape)


def test_lexicase_equals_the_twin():
    rng = np.random.default_rng(49)
    for i in range(cases(300, 30)):
        told, count = some_cases(rng), int(rng.integers(0, 12))
        rows = lexicase(told, key_of(i), count)
        assert rows.tolist() == reference.lexicase(told.tolist(), [0.0] * told.shape[1], i, count)
        epsilon = [float(np.median([abs(x - np.median(case)) for x in case])) for case in told.T]
        rows = epsilon_lexicase(told, key_of(i), count)
        assert rows.tolist() == reference.lexicase(told.tolist(), epsilon, i, count)


def cases_for_deap(told: np.ndarray) -> list[Handle]:
    """Give every individual a fitness of as many numbers as there are cases."""
    kind = type("Cases", (base.Fitness,), {"weights": (1.0,) * told.shape[1]})
    handles = [Handle(row, 0.0) for row in range(len(told))]
    for handle, values in zip(handles, told.tolist(), strict=True):
        handle.fitness = kind(values)
    return handles


def surprise_beside_deap(rows: np.ndarray, chosen: list[Handle], population: int) -> float:
    theirs = np.bincount([handle.row for handle in chosen], minlength=population)
    ours = np.bincount(rows, minlength=population)
    assert ((ours > 0) | (theirs < 30)).all()
    return abs(surprise_of_two(ours, theirs))


def test_lexicase_selects_like_that_of_deap():
    count, told = cases(3000, 1000), np.random.default_rng(50).integers(0, 3, (15, 4)) / 2
    random.seed(51)
    theirs = tools.selLexicase(cases_for_deap(told), count)
    assert surprise_beside_deap(lexicase(told, key_of(52), count), theirs, 15) < TOO_SURPRISING


def test_epsilon_lexicase_selects_like_those_of_deap():
    """With one case epsilon over all is epsilon over those still in; with the same epsilon in all cases it can be given."""
    count, rng = cases(3000, 1000), np.random.default_rng(53)
    random.seed(54)
    one = rng.normal(size=(15, 1))
    theirs = tools.selAutomaticEpsilonLexicase(cases_for_deap(one), count)
    assert surprise_beside_deap(epsilon_lexicase(one, key_of(55), count), theirs, 15) < TOO_SURPRISING
    several = rng.normal(size=(15, 4))
    several /= np.median(np.abs(several - np.median(several, axis=0)), axis=0)
    theirs = tools.selEpsilonLexicase(cases_for_deap(several), count, 1.0 + 1e-12)
    assert surprise_beside_deap(epsilon_lexicase(several, key_of(56), count), theirs, 15) < TOO_SURPRISING


def test_lexicase_finds_specialists_that_a_mean_hides():
    told = np.array([[3.0, 0.0], [0.0, 3.0], [2.0, 2.0]])
    assert set(lexicase(told, key_of(57), 200).tolist()) == {0, 1}
    assert set(tournament(told.mean(axis=1), key_of(57), 200, size=50).tolist()) == {2}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (None, "lexicase needs to be told cases"),
        (np.ones((19, 2)), "expected cases for 20 individuals"),
        (np.ones(20), "expected cases for 20 individuals"),
        (np.ones((20, 0)), "expected cases for 20 individuals"),
        (np.where(np.arange(40).reshape(20, 2) == 15, np.nan, 1.0), r"cases of individual 7 \(row 7\) are not"),
        (np.where(np.arange(40).reshape(20, 2) == 15, np.inf, 1.0), r"cases of individual 7 \(row 7\) are not"),
    ],
)
def test_cases_that_lexicase_cannot_use_are_refused(told, said):
    genetic = optimizer(selection=Lexicase(operator="lexicase"))
    with pytest.raises(ValueError, match=said):
        genetic.tell(quadratic(genetic.ask()), cases=told)
    assert genetic.population.fitness is None


# ---------------------------------------------------------------- several objectives


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


# ---------------------------------------------------------------- variation


def test_crossover_equals_the_twin():
    rng = np.random.default_rng(20)
    for i in range(cases(400, 40)):
        genomes = founders(int(rng.integers(1, 12)), i)
        rows = rng.integers(0, len(genomes), rng.integers(0, 15))
        rate = float(rng.choice([0.0, 0.3, 0.6, 1.0]))
        children, mated = uniform_crossover(genomes, rows, key_of(i), rate=rate)
        twins, twins_mated = reference.crossover(genomes.tolist(), rows.tolist(), i, rate)
        assert children.tolist() == twins
        assert mated.tolist() == twins_mated


def test_no_allele_is_lost_when_two_parents_mate():
    """Whatever a pair swaps, at every locus the two children have the two alleles of their parents."""
    for i in range(cases(100, 20)):
        genomes = founders(30, i)
        rows = np.random.default_rng(i).permutation(30)
        children, mated = uniform_crossover(genomes, rows, key_of(21, i), rate=0.7)
        for pair in range(15):
            before, after = genomes[rows[2 * pair : 2 * pair + 2]], children[2 * pair : 2 * pair + 2]
            assert np.array_equal(np.sort(before, axis=0), np.sort(after, axis=0))
            if not mated[pair]:
                assert np.array_equal(before, after)
        assert np.array_equal(np.sort(genomes, axis=0), np.sort(children, axis=0))


def test_pairs_mate_at_the_rate_and_swap_half_of_their_loci():
    genomes = np.repeat(np.arange(2, dtype=np.float32)[:, None], 40, axis=1)
    count = cases(5000, 1000)
    children, mated = uniform_crossover(genomes, np.tile([0, 1], count), key_of(22), rate=0.6)
    assert abs(surprise([mated.sum(), (~mated).sum()], [0.6, 0.4])) < TOO_SURPRISING
    swapped = children[::2][mated]  # 1 where the first child has its second parent's allele
    assert abs(surprise(swapped.sum(axis=0), np.ones(40))) < TOO_SURPRISING
    assert abs(surprise([swapped.sum(), (1 - swapped).sum()], [1, 1])) < TOO_SURPRISING
    assert (children[::2][~mated] == 0).all()
    neighbours_agree = (swapped[:, 1:] == swapped[:, :-1]).mean()  # loci are not linked
    assert abs(neighbours_agree - 0.5) < 4 * 0.5 / np.sqrt(swapped[:, 1:].size)


def test_an_odd_parent_stays_alone():
    genomes = founders(5)
    children, mated = uniform_crossover(genomes, np.array([0, 1, 4]), key_of(23), rate=1.0)
    assert len(mated) == 1
    assert np.array_equal(children[2], genomes[4])


def test_mutation_equals_the_twin():
    rng = np.random.default_rng(24)
    for i in range(cases(200, 20)):
        genomes = founders(6, i)
        rate, scale = float(rng.choice([0.0, 0.2, 1.0])), float(rng.choice([0.05, 0.5, 1.0]))
        mutants = gaussian_mutation(genomes.copy(), key_of(i), LOW, HIGH, rate=rate, scale=scale)
        for row, genome in enumerate(genomes.tolist()):
            twin = reference.mutated(genome, reference.fold(i, row), LOW, HIGH, rate, scale)
            assert mutants[row].tolist() == pytest.approx(twin, rel=1e-6, abs=1e-6)
            untouched = [a == b for a, b in zip(genome, twin, strict=True)]
            assert (mutants[row] == genomes[row]).tolist() == untouched


def test_loci_mutate_at_the_rate_by_steps_of_scaled_half_widths():
    middle = np.tile(((LOW + HIGH) / 2).astype(np.float32), (cases(20_000, 2_000), 1))
    mutants = gaussian_mutation(middle.copy(), key_of(25), LOW, HIGH, rate=0.2, scale=0.1)
    for locus in range(LOCI):
        moved = mutants[:, locus] != middle[:, locus]
        assert abs(surprise([moved.sum(), (~moved).sum()], [0.2, 0.8])) < TOO_SURPRISING
        steps = (mutants[moved, locus].astype(float) - middle[0, locus]) / (0.1 * (HIGH[locus] - LOW[locus]) / 2)
        assert kolmogorov(np.array([NormalDist().cdf(step) for step in steps])) < 1.95
    together = Counter((mutants != middle).sum(axis=1).tolist())  # loci mutate independently of each other
    binomial = [0.262144, 0.393216, 0.24576, 0.08192, 0.01536, 0.001536, 0.000064]
    assert abs(surprise([together[n] for n in range(4)], binomial[:4])) < TOO_SURPRISING


def test_mutants_stay_within_bounds_and_without_selection_every_allele_is_as_likely():
    genomes = founders(cases(4000, 400), 1)
    for generation in range(40):
        gaussian_mutation(genomes, key_of(26, generation), LOW, HIGH, rate=1.0, scale=1.0)
        assert (genomes >= LOW.astype(np.float32)).all()
        assert (genomes <= HIGH.astype(np.float32)).all()
    for locus in range(LOCI):
        assert kolmogorov((genomes[:, locus].astype(float) - LOW[locus]) / (HIGH - LOW)[locus]) < 1.95


@pytest.mark.parametrize("points", [1, 2])
def test_crossover_at_points_equals_the_twin(points):
    rng = np.random.default_rng(27)
    for i in range(cases(400, 40)):
        genomes = founders(int(rng.integers(1, 12)), i)[:, : rng.integers(1, LOCI + 1)]
        rows, rate = rng.integers(0, len(genomes), rng.integers(0, 15)), float(rng.choice([0.0, 0.6, 1.0]))
        children, mated = point_crossover(genomes, rows, key_of(i), rate=rate, points=points)
        twins, twins_mated = reference.point_crossover(genomes.tolist(), rows.tolist(), i, rate, points)
        assert children.tolist() == twins
        assert mated.tolist() == twins_mated


@pytest.mark.parametrize(
    ("points", "by_deap", "kinds"), [(1, tools.cxOnePoint, 6), (2, tools.cxTwoPoint, 21)], ids=["one", "two"]
)
def test_cuts_lie_where_deap_puts_them(points, by_deap, kinds):
    """Which loci come from which parent is as often the same."""
    count, loci = cases(6000, 1500), 7
    genomes = np.repeat(np.arange(2, dtype=np.float32)[:, None], loci, axis=1)
    children, _ = point_crossover(genomes, np.tile([0, 1], count), key_of(28, points), rate=1.0, points=points)
    assert np.array_equal(children[::2], 1 - children[1::2])
    ours = Counter(map(tuple, children[::2].astype(int).tolist()))
    random.seed(29)
    theirs = Counter(tuple(by_deap([0] * loci, [1] * loci)[0]) for _ in range(count))
    assert ours.keys() == theirs.keys()
    assert len(ours) == kinds
    patterns = sorted(ours)
    assert abs(surprise_of_two([ours[p] for p in patterns], [theirs[p] for p in patterns])) < TOO_SURPRISING


MIXING = [
    (blend_crossover, {"alpha": 0.0}, reference.blend_spread(0.0), tools.cxBlend),
    (blend_crossover, {"alpha": 0.5}, reference.blend_spread(0.5), tools.cxBlend),
    (simulated_binary_crossover, {"eta": 0.0}, reference.binary_spread(0.0), tools.cxSimulatedBinary),
    (simulated_binary_crossover, {"eta": 15.0}, reference.binary_spread(15.0), tools.cxSimulatedBinary),
]
NAMES = ["blend 0", "blend 0.5", "sbx 0", "sbx 15"]


@pytest.mark.parametrize(("operator", "arguments", "spread", "_"), MIXING, ids=NAMES)
def test_crossover_by_mixing_equals_the_twin(operator, arguments, spread, _):
    rng = np.random.default_rng(30)
    for i in range(cases(300, 30)):
        genomes = founders(int(rng.integers(1, 12)), i)
        rows, rate = rng.integers(0, len(genomes), rng.integers(0, 15)), float(rng.choice([0.0, 0.6, 1.0]))
        children, mated = operator(genomes, rows, key_of(i), LOW, HIGH, rate=rate, **arguments)
        twins, twins_mated = reference.mixed(genomes.tolist(), rows.tolist(), i, LOW, HIGH, rate, spread)
        assert mated.tolist() == twins_mated
        np.testing.assert_allclose(children, np.reshape(twins, children.shape), rtol=1e-5, atol=1e-5)
        alone = np.ones(len(rows), bool)
        alone[: 2 * len(mated)] = ~np.repeat(mated, 2)
        assert np.array_equal(children[alone], genomes[rows[alone]])


@pytest.mark.parametrize(("operator", "arguments", "_", "by_deap"), MIXING, ids=NAMES)
def test_children_lie_where_those_of_deap_do(operator, arguments, _, by_deap):
    """Far from all bounds; the parents are at 0 and 1."""
    pairs, loci = cases(3000, 300), 3
    genomes = np.repeat(np.arange(2, dtype=np.float32)[:, None], loci, axis=1)
    far = np.full(loci, 1e9)
    children, _ = operator(genomes, np.tile([0, 1], pairs), key_of(31), -far, far, rate=1.0, **arguments)
    random.seed(32)
    (argument,) = arguments.values()
    theirs = np.array([by_deap([0.0] * loci, [1.0] * loci, argument) for _ in range(pairs)])
    borders = np.quantile(theirs[:, 0], np.linspace(0, 1, 21)[1:-1])  # half of SBX's lie between the parents
    ours = np.bincount(np.searchsorted(borders, children[::2].ravel()), minlength=20)
    assert abs(surprise_of_two(ours, np.bincount(np.searchsorted(borders, theirs[:, 0].ravel())))) < TOO_SURPRISING
    near = np.abs(children).max(axis=1) < 1e3
    near = near[::2] & near[1::2]
    np.testing.assert_allclose((children[::2] + children[1::2])[near], 1.0, atol=1e-3)


CROSSOVERS = [
    UniformCrossover(rate=1.0),
    OnePointCrossover(operator="one_point", rate=1.0),
    TwoPointCrossover(operator="two_point", rate=1.0),
    BlendCrossover(operator="blend", rate=1.0, alpha=2.0),
    SimulatedBinaryCrossover(operator="sbx", rate=1.0, eta=1.0),
]
MUTATIONS = [
    GaussianMutation(rate=1.0, scale=1.0),
    PolynomialMutation(operator="polynomial", rate=1.0, eta=0.0),
    PolynomialMutation(operator="polynomial", rate=1.0, eta=20.0),
    ResetMutation(operator="reset", rate=1.0),
]


def kind_of(chosen):
    return f"{chosen.operator} {getattr(chosen, 'eta', '')}".strip()


@pytest.mark.parametrize("chosen", CROSSOVERS, ids=kind_of)
def test_children_stay_within_bounds(chosen):
    genomes = founders(cases(1000, 100), 2)
    mate = crossover_operator(chosen, LOW, HIGH)
    for generation in range(5):
        genomes, mated = mate(genomes, np.random.default_rng(generation).permutation(len(genomes)), key_of(generation))
        assert mated.all()
        assert genomes.dtype == np.float32
        assert (genomes >= LOW.astype(np.float32)).all()
        assert (genomes <= HIGH.astype(np.float32)).all()


@pytest.mark.parametrize("chosen", CROSSOVERS, ids=kind_of)
def test_every_crossover_records_the_parents(chosen):
    genetic = optimizer(crossover=chosen, mutation=GaussianMutation(rate=0.0, scale=0.1), elites=0)
    founding = genetic.ask().copy()
    genetic.tell(quadratic(founding))
    children, parents = genetic.ask(), genetic.population.parents
    assert (parents >= 0).all()
    assert np.array_equal(parents[::2], parents[1::2, ::-1])
    if chosen.operator in ("uniform", "one_point", "two_point"):
        from_either = (children[:, None] == founding[parents]).any(axis=1)
        assert from_either.all()
    same = parents[:, 0] == parents[:, 1]  # who mates with itself has itself as child
    np.testing.assert_allclose(children[same], founding[parents[same, 0]], rtol=1e-6)


@pytest.mark.parametrize("eta", [0.0, 3.0, 20.0])
def test_polynomial_mutation_equals_the_twin(eta):
    for i in range(cases(100, 10)):
        genomes, rate = founders(6, i), (0.0, 0.3, 1.0)[i % 3]
        mutants = polynomial_mutation(genomes.copy(), key_of(i), LOW, HIGH, rate=rate, eta=eta)
        for row, genome in enumerate(genomes.tolist()):
            twin = reference.polynomially_mutated(genome, reference.fold(i, row), LOW, HIGH, rate, eta)
            assert mutants[row].tolist() == pytest.approx(twin, rel=1e-5, abs=1e-5)
            if rate == 0:
                assert mutants[row].tolist() == genome


def test_reset_mutation_equals_the_twin():
    for i in range(cases(100, 10)):
        genomes, rate = founders(6, i), (0.0, 0.3, 1.0)[i % 3]
        mutants = reset_mutation(genomes.copy(), key_of(i), LOW, HIGH, rate=rate)
        for row, genome in enumerate(genomes.tolist()):
            twin = reference.reset(genome, reference.fold(i, row), LOW, HIGH, rate)
            assert mutants[row].tolist() == pytest.approx(twin, rel=1e-6, abs=1e-6)


def test_polynomial_steps_are_those_of_deap_far_from_bounds():
    """In the middle, where the bounds change DEAP's steps by a millionth."""
    count = cases(4000, 400)
    middle = ((LOW + HIGH) / 2).astype(np.float32)
    mutants = polynomial_mutation(np.tile(middle, (count, 1)), key_of(33), LOW, HIGH, rate=1.0, eta=20.0)
    ours = ((mutants - middle) / (HIGH - LOW)).ravel()
    random.seed(34)
    low, high, start = LOW.tolist(), HIGH.tolist(), middle.tolist()
    theirs = np.array([tools.mutPolynomialBounded(start.copy(), 20.0, low, high, 1.0)[0] for _ in range(count)])
    theirs = ((theirs - middle) / (HIGH - LOW)).ravel()
    borders = np.quantile(theirs, np.linspace(0, 1, 21)[1:-1])
    counts = [np.bincount(np.searchsorted(borders, each), minlength=20) for each in (ours, theirs)]
    assert abs(surprise_of_two(*counts)) < TOO_SURPRISING


@pytest.mark.parametrize("chosen", MUTATIONS, ids=kind_of)
def test_without_selection_every_mutation_makes_every_allele_as_likely(chosen):
    genomes = founders(cases(4000, 200), 3)
    mutate = mutation_operator(chosen, LOW, HIGH)
    for generation in range(20):
        genomes = mutate(genomes, key_of(35, generation))
        assert (genomes >= LOW.astype(np.float32)).all()
        assert (genomes <= HIGH.astype(np.float32)).all()
    for locus in range(LOCI):
        assert kolmogorov((genomes[:, locus].astype(float) - LOW[locus]) / (HIGH - LOW)[locus]) < 1.95


@pytest.mark.parametrize("chosen", MUTATIONS, ids=kind_of)
def test_a_locus_mutates_at_its_own_rate_and_scale_as_if_all_had_it(chosen):
    own_rate, own_scale = np.array([np.nan, 0, 1, 0.5, np.nan, 0.2]), np.array([0.5, np.nan, 1, 0.01, np.nan, 0.3])
    has_scale = isinstance(chosen, GaussianMutation)
    mutants = mutation_operator(chosen, LOW, HIGH, own_rate, own_scale if has_scale else None)(founders(40), key_of(36))
    for locus in range(LOCI):
        own = {"rate": own_rate[locus]} | ({"scale": own_scale[locus]} if has_scale else {})
        for_all = chosen.model_copy(update={key: float(value) for key, value in own.items() if not np.isnan(value)})
        alone = mutation_operator(for_all, LOW, HIGH)(founders(40), key_of(36))
        assert np.array_equal(mutants[:, locus], alone[:, locus])
    none = np.full(LOCI, np.nan)
    expected = mutation_operator(chosen, LOW, HIGH)(founders(40), key_of(37))
    assert np.array_equal(mutation_operator(chosen, LOW, HIGH, none, none)(founders(40), key_of(37)), expected)


@pytest.mark.parametrize("chosen", [m for m in MUTATIONS if not isinstance(m, GaussianMutation)], ids=kind_of)
def test_scales_of_loci_need_an_operator_that_has_a_scale(chosen):
    with pytest.raises(ValueError, match=f"mutation by {chosen.operator} has no scale"):
        mutation_operator(chosen, LOW, HIGH, scale=np.full(LOCI, 0.1))


def test_a_locus_of_rate_0_never_mutates():
    rate = np.array([0.0, 1, 0, 1, 0, 1])
    chosen = settings(mutation=GaussianMutation(rate=0.5), crossover=UniformCrossover(rate=0.0))
    genetic = Genetic(chosen, founders(), LOW, HIGH, seed=1, rate=rate, scale=np.full(LOCI, 0.5))
    box = toolbox(chosen, founders(), LOW, HIGH, quadratic, values=1, rate=rate)
    genetic.tell(quadratic(genetic.ask()))
    children = genetic.ask()[1:]
    parents = founders()[genetic.population.parents[1:, 0]]
    assert ((children == parents) == (rate == 0)).all()
    one = box.individual()
    (mutant,) = box.mutate(box.clone(one))
    assert ((np.array(mutant) == np.array(one)) == (rate == 0)).all()


@given(value=st.floats(-50, 50), low=st.floats(-3, 3), width=st.floats(0.25, 10))
def test_reflection_is_bouncing_between_two_mirrors(value, low, width):
    high = low + width
    inside = reflect(value, low, high)
    assert low - 1e-12 <= inside <= high + 1e-12
    assert inside == pytest.approx(reference.reflect(value, low, high), abs=1e-9)
    if low <= value <= high:
        assert inside == pytest.approx(value, abs=1e-12)


# ---------------------------------------------------------------- ask and tell


def test_founders_are_generation_zero():
    genetic = optimizer()
    assert np.array_equal(genetic.ask(), founders())
    assert genetic.population.generation == 0
    assert genetic.population.ids.tolist() == list(range(20))
    assert (genetic.population.parents == ALONE).all()


def test_asking_twice_gives_the_same_genomes():
    genetic = optimizer()
    for _ in range(3):
        genomes = genetic.ask()
        assert np.array_equal(genetic.ask(), genomes)
        genetic.tell(quadratic(genomes))


def test_elites_pass_unchanged_and_are_their_own_parents():
    genetic = optimizer(elites=3, mutation=GaussianMutation(rate=1.0, scale=0.5))
    for _ in range(5):
        genomes = genetic.ask().copy()
        fitness, ids = quadratic(genomes), genetic.population.ids
        genetic.tell(fitness)
        best = np.argsort(-fitness, kind="stable")[:3]
        offspring = genetic.ask()
        assert np.array_equal(offspring[:3], genomes[best])
        assert genetic.population.parents[:3].tolist() == [[i, ALONE] for i in ids[best]]
        assert not (offspring[3:, None] == genomes[None]).all(axis=2).any()


@pytest.mark.parametrize(("population", "elites"), [(20, 0), (21, 1), (20, 1), (2, 1), (7, 6)])
def test_every_allele_of_a_child_comes_from_its_recorded_parents(population, elites):
    rare = GaussianMutation(rate=0.0, scale=0.1)
    genetic = optimizer(population=population, elites=elites, mutation=rare, crossover=UniformCrossover(rate=0.6))
    mated = 0
    for generation in range(1, 12):
        # alleles are made unique, so that each tells whose it is
        unique = np.arange(population * LOCI, dtype=np.float32).reshape(population, LOCI)
        genetic.ask()
        genetic.population = genetic.population._replace(genomes=unique)
        genetic.tell(np.random.default_rng(generation).random(population))
        children, parents = genetic.ask(), genetic.population.parents
        first_id = (generation - 1) * population
        assert genetic.population.generation == generation
        assert genetic.population.ids[0] == generation * population
        assert children.shape == (population, LOCI)
        for child, (one, other) in zip(children, (parents - first_id).tolist(), strict=True):
            alone = other == ALONE - first_id
            allowed = np.stack([unique[one], unique[one if alone else other]])
            assert (child == allowed).any(axis=0).all()
            if alone:
                assert np.array_equal(child, unique[one])
            mated += not alone
    assert population < 7 or elites == 6 or mated > 0


def test_mates_have_each_other_as_second_parents():
    genetic = optimizer(elites=1, crossover=UniformCrossover(rate=1.0))
    genetic.tell(quadratic(genetic.ask()))
    genetic.ask()
    parents = genetic.population.parents[1:]  # 19: the last has no mate
    for first, second in zip(parents[0:18:2].tolist(), parents[1:18:2].tolist(), strict=True):
        assert first == second[::-1]
    assert parents[18, 1] == ALONE


def test_the_selected_are_the_parents():
    genetic = optimizer(elites=2, selection=Truncation(operator="truncation", share=0.1))
    genetic.tell(fitness := quadratic(genetic.ask()))
    genetic.ask()
    best = set(np.argsort(-fitness)[:2].tolist())
    assert set(genetic.population.parents[2:, 0].tolist()) <= best


def test_fitness_that_is_no_number_names_the_individual():
    genetic = optimizer()
    genetic.tell(quadratic(genetic.ask()))
    fitness = quadratic(genetic.ask())
    fitness[7] = np.nan
    with pytest.raises(ValueError, match=r"individual 27 \(row 7\) is nan, not a finite number"):
        genetic.tell(fitness)
    assert genetic.population.fitness is None  # nothing has been told


@pytest.mark.parametrize("fitness", [np.ones(19), np.ones((20, 1)), np.float64(1.0), np.ones(0)])
def test_fitness_of_a_wrong_shape_is_refused(fitness):
    genetic = optimizer()
    genetic.ask()
    with pytest.raises(ValueError, match="expected fitness for 20 individuals"):
        genetic.tell(fitness)


def noisy(genomes: np.ndarray, generation: int) -> np.ndarray:
    """Measure in steps, so that many are equally fit, and with luck."""
    luck = np.random.default_rng(generation).integers(0, 2, len(genomes)) / 4
    return np.round(quadratic(genomes) * 2) / 2 + luck


def tell_all(genetic: Genetic, measure, generation: int) -> None:
    """Tell fitness and three cases of which it is the mean."""
    fitness = measure(genetic.ask(), generation)
    luck = np.random.default_rng(generation).integers(0, 3, (len(fitness), 3)) / 2
    cases = fitness[:, None] + luck - luck.mean(axis=1, keepdims=True)
    genetic.tell(fitness, cases=cases, objectives=cases)


@pytest.mark.parametrize("measure", [lambda genomes, generation: quadratic(genomes), noisy])
@pytest.mark.parametrize(
    "selection",
    [
        Tournament(operator="tournament"),
        DeapSelection(operator="deap.selTournament", tournsize=2),
        Lexicase(operator="lexicase"),
        EpsilonLexicase(operator="epsilon_lexicase"),
        ParetoSelection(operator="nsga2"),
    ],
    ids=lambda selection: selection.operator,
)
def test_an_optimizer_restored_goes_on_as_if_it_had_never_stopped(measure, selection):
    straight = optimizer(selection=selection, hall_of_fame=5)
    for generation in range(12):
        tell_all(straight, measure, generation)
        again = optimizer(selection=selection, hall_of_fame=5)
        again.restore(straight.population, straight.hall_of_fame(), straight.memory)
        stopped = [(f.id, f.fitness, f.genome.tolist()) for f in again.hall_of_fame()]
        assert stopped == [(f.id, f.fitness, f.genome.tolist()) for f in straight.hall_of_fame()]
        if generation % 3 == 2:
            straight = again
    never_stopped = optimizer(selection=selection, hall_of_fame=5)
    for generation in range(12):
        tell_all(never_stopped, measure, generation)
    for one, other in zip(never_stopped.population, straight.population, strict=True):
        assert np.array_equal(one, other)
    assert [f.id for f in never_stopped.hall_of_fame()] == [f.id for f in straight.hall_of_fame()]


def test_evolution_is_a_function_of_the_seed():
    def evolved(seed: int) -> np.ndarray:
        genetic = optimizer(seed=seed)
        for _ in range(5):
            genetic.tell(quadratic(genetic.ask()))
        return genetic.ask()

    assert np.array_equal(evolved(1), evolved(1))
    assert not np.array_equal(evolved(1), evolved(2))


def test_the_hall_of_fame_lists_the_best_ever_sorted_and_nobody_twice():
    genetic = optimizer(hall_of_fame=8, elites=4)
    ever: dict[bytes, float] = {}
    for generation in range(15):
        genomes = genetic.ask()
        fitness = quadratic(genomes)
        genetic.tell(fitness)
        ids = genetic.population.ids
        ever |= {genome.tobytes(): float(f) for genome, f in zip(genomes, fitness, strict=True)}
        fame = genetic.hall_of_fame()
        assert all(better.fitness >= worse.fitness for better, worse in pairwise(fame))
        assert len({member.genome.tobytes() for member in fame}) == len(fame) == 8
        assert [member.fitness for member in fame] == sorted(ever.values(), reverse=True)[:8]
        for member in fame:
            assert quadratic(member.genome[None])[0] == member.fitness
            if member.id in ids:
                assert np.array_equal(genomes[member.id - ids[0]], member.genome)
            assert member.id // 20 <= generation


def test_the_hall_of_fame_is_full_although_most_are_clones():
    """Ten copies of the best leave room for others that are worse but different."""
    genetic = optimizer(hall_of_fame=5)
    genomes = genetic.ask()
    genomes[:16] = genomes[0]
    genetic.tell(np.where(np.arange(20) < 16, 10.0, -np.arange(20.0)))
    assert [member.fitness for member in genetic.hall_of_fame()] == [10.0, -16.0, -17.0, -18.0, -19.0]


def test_who_is_famous_keeps_the_genome_as_it_was():
    genetic = optimizer(hall_of_fame=3)
    genomes = genetic.ask()
    genetic.tell(quadratic(genomes))
    famous = [member.genome.copy() for member in genetic.hall_of_fame()]
    genomes[:] = 0
    assert all(np.array_equal(m.genome, kept) for m, kept in zip(genetic.hall_of_fame(), famous, strict=True))


def test_a_simple_quadratic_is_optimised():
    genetic = optimizer(population=60, mutation=GaussianMutation(rate=0.3, scale=0.1))
    before = quadratic(genetic.ask()).mean()
    for _ in range(60):
        genetic.tell(quadratic(genetic.ask()))
    best = genetic.hall_of_fame()[0]
    assert before < -0.5
    assert best.fitness > -0.01
    assert (best.genome - LOW) / (HIGH - LOW) == pytest.approx([0.75] * LOCI, abs=0.1)


def test_without_selection_nothing_is_optimised():
    genetic = optimizer(population=200, elites=0, selection=Tournament(operator="tournament", size=1))
    for _ in range(20):
        genetic.tell(quadratic(genetic.ask()))
    shares = (genetic.ask() - LOW) / (HIGH - LOW)
    assert abs(shares.mean() - 0.5) < 0.1


def test_a_generation_equals_the_twin():
    """Elites, then tournaments, crossover and mutation, each with a stream of random numbers of its own."""
    for seed in range(cases(20, 5)):
        genetic = optimizer(seed=seed, elites=2, mutation=GaussianMutation(rate=0.3, scale=0.2))
        for generation in range(1, 4):
            genomes = genetic.ask().copy()
            fitness = quadratic(genomes)
            genetic.tell(fitness)
            keys = {s.name: reference.key_of(seed, int(s), generation) for s in Stream}
            best = sorted(range(20), key=lambda row: -fitness[row])[:2]
            rows = reference.tournament(fitness.tolist(), keys["SELECTION"], 18, 3)
            children, mated = reference.crossover(genomes.tolist(), rows, keys["CROSSOVER"], 0.6)
            mutants = [
                reference.mutated(child, reference.fold(keys["MUTATION"], i), LOW, HIGH, 0.3, 0.2)
                for i, child in enumerate(children)
            ]
            first_id = 20 * (generation - 1)
            pairs = [(rows[i], rows[i + 1], mates) for i, mates in zip(range(0, 18, 2), mated, strict=True)]
            parents = [[first_id + row, ALONE] for row in best]
            for one, other, mates in pairs:
                parents += [[first_id + one, first_id + other if mates else ALONE]]
                parents += [[first_id + other, first_id + one if mates else ALONE]]
            np.testing.assert_allclose(genetic.ask(), [*genomes[best].tolist(), *mutants], rtol=1e-6, atol=1e-6)
            assert genetic.population.parents.tolist() == parents


# ---------------------------------------------------------------- CMA-ES


def adaptation(seed: int = 1, population: int = 24, sigma: float = 0.3, **changes: object) -> CovarianceAdaptation:
    chosen = settings(population=population, cma_es=CovarianceMatrixAdaptation(sigma=sigma), **changes)
    return CovarianceAdaptation(chosen, founders(population), LOW, HIGH, seed=seed)


def test_a_distribution_adapts_like_that_of_deap():
    """DEAP's strategy in widths of the ranges, far from all bounds, on the same draws."""
    ours = adaptation(sigma=0.01)
    start = ((founders(24) - LOW) / (HIGH - LOW)).mean(axis=0)
    theirs = cma.Strategy(start, 0.01, lambda_=24)
    for generation in range(8):
        np.random.seed(int(key_of(1, Stream.MUTATION, generation)) % 2**32)  # noqa: NPY002
        points = theirs.generate(np.asarray)
        np.testing.assert_allclose(ours.ask(), LOW + np.array(points) * (HIGH - LOW), rtol=1e-4, atol=1e-4)
        fitness = -np.abs(np.array(points) - start - 0.1 * (-1.0) ** np.arange(LOCI)).sum(axis=1)
        individuals = [Handle(row, value) for row, value in enumerate(fitness)]
        ordered = sorted(individuals, key=lambda handle: handle.fitness, reverse=True)
        population = [Placed(points[handle.row], handle.fitness) for handle in ordered]
        theirs.update(population)
        ours.tell(fitness)
    np.testing.assert_allclose(ours.memory["centroid"], theirs.centroid, atol=1e-5)
    np.testing.assert_allclose(ours.memory["covariance"], theirs.C, rtol=1e-3, atol=1e-4)
    assert float(ours.memory["sigma"]) == pytest.approx(theirs.sigma, rel=1e-3)
    assert theirs.sigma > 0.011  # it had far to go


class Placed(list):
    def __init__(self, place, fitness):
        super().__init__(place)
        self.fitness = fitness


def test_adaptation_optimises_a_quadratic():
    optimizer = adaptation()
    for _ in range(60):
        optimizer.tell(quadratic(optimizer.ask()))
    best = optimizer.hall_of_fame()[0]
    assert best.fitness > -1e-6
    assert (optimizer.population.parents == ALONE).all()
    assert optimizer.population.generation == 59


@pytest.mark.parametrize("optimum", [0.0, 1.0, 0.5])
def test_adaptation_stays_within_bounds_however_long(optimum):
    """Also when it has converged, or nothing is to be learned: no step vanishes, no number overflows."""
    for fitness_of in (lambda x: -np.abs(x - optimum).sum(axis=1), lambda x: np.zeros(len(x))):
        optimizer = adaptation(population=12)
        for _ in range(cases(600, 100)):
            genomes = optimizer.ask()
            assert (genomes >= LOW.astype(np.float32)).all()
            assert (genomes <= HIGH.astype(np.float32)).all()
            optimizer.tell(fitness_of((genomes - LOW) / (HIGH - LOW)))
        assert all(np.isfinite(array).all() for array in optimizer.memory.values())
        assert len(np.unique(optimizer.ask(), axis=0)) > 1


@pytest.mark.parametrize("measure", [lambda genomes, generation: quadratic(genomes), noisy])
def test_an_adaptation_restored_goes_on_as_if_it_had_never_stopped(measure):
    straight, stopping = adaptation(), adaptation()
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    for generation in range(12):
        straight.tell(measure(straight.ask(), generation))
        stopping.tell(measure(stopping.ask(), generation))
        again = adaptation()
        again.restore(stopping.population, stopping.hall_of_fame(), stopping.memory)
        stopping = again
    assert np.array_equal(straight.ask(), stopping.ask())
    assert all(np.array_equal(straight.memory[name], array) for name, array in stopping.memory.items())
    assert [f.id for f in straight.hall_of_fame()] == [f.id for f in stopping.hall_of_fame()]
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    assert not np.array_equal(adaptation(seed=2).ask(), adaptation(seed=3).ask())


def test_adaptation_refuses_what_is_no_fitness():
    optimizer = adaptation()
    with pytest.raises(ValueError, match=r"individual 0 \(row 0\) is nan, not a finite number"):
        optimizer.tell(np.full(24, np.nan))
    assert optimizer.population.fitness is None


HOSTILE = {
    "flat": lambda genomes, chance: np.zeros(len(genomes)),
    "luck": lambda genomes, chance: chance.normal(size=len(genomes)),
    "luck in steps": lambda genomes, chance: np.rint(chance.normal(size=len(genomes))),
    "away for ever": lambda genomes, chance: genomes[:, 0].astype(float),
    "of any size": lambda genomes, chance: (genomes[:, 0] > 0) * 10.0 ** chance.uniform(-300, 300),
}


@pytest.mark.parametrize("fitness", HOSTILE)
@pytest.mark.parametrize(("population", "sigma"), [(2, 1e-7), (3, 1.0), (8, 0.3), (24, 1.0)])
def test_a_distribution_stays_finite_and_can_be_gone_on_from_whatever_it_is_told(fitness, population, sigma):
    chance = np.random.default_rng(population)
    ours = adaptation(population=population, sigma=sigma)
    for _ in range(400):
        ours.tell(HOSTILE[fitness](ours.ask(), chance))
        assert all(np.isfinite(array).all() for array in ours.memory.values())
    again = adaptation(population=population, sigma=sigma)
    again.restore(ours.population, ours.hall_of_fame(), ours.memory)
    assert np.array_equal(again.ask(), ours.ask())


@pytest.mark.parametrize("scale", [1e290, 1e-290])
def test_covariance_and_step_size_that_have_drifted_apart_find_together(scale):
    ours, chance = adaptation(population=8), np.random.default_rng(1)
    ours.tell(chance.normal(size=8))
    drawn = ours.memory
    drawn["covariance"], drawn["covariance_path"] = drawn["covariance"] * scale, drawn["covariance_path"] * scale**0.5
    drawn["sigma"] = drawn["sigma"] / scale**0.5
    ours.restore(ours.population, ours.hall_of_fame(), drawn)
    for _ in range(200):
        ours.tell(chance.normal(size=len(ours.ask())))
        assert all(np.isfinite(array).all() for array in ours.memory.values())
    assert 1e-12 < np.linalg.eigvalsh(ours.memory["covariance"])[-1] < 1e12
