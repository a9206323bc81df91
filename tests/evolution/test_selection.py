"""Selection favours the fit as the textbooks say, by operators of our own and by those of DEAP."""

import random

import numpy as np
import pytest
import reference
from deap import tools
from effort import cases
from evidence import TOO_SURPRISING, surprise, surprise_of_two

from evosim.evolution.deap_individuals import Handle, select_with_deap
from evosim.evolution.selection import roulette, selection_operator, tournament, truncation, universal_sampling
from evosim.numerics.random import key_of
from evosim.scenario.schema.evolution import DeapSelection, Tournament, Truncation


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
