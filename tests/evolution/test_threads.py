"""Offspring are the same on any number of threads: every number is drawn for a pair, a row and a locus."""

from typing import Any

import numpy as np
import pytest

from evosim.evolution.crossover import crossover_operator
from evosim.evolution.population import best_rows
from evosim.evolution.selection import selection_operator
from evosim.evolution.variation import mutation_operator
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.scenario.schema.evolution import (
    BlendCrossover,
    GaussianMutation,
    OnePointCrossover,
    PolynomialMutation,
    ResetMutation,
    SimulatedBinaryCrossover,
    Tournament,
    TwoPointCrossover,
    UniformCrossover,
)

PARENTS, LOCI = 4099, 5  # an odd number: the last stays alone
LOW, HIGH = np.full(LOCI, -1.0), np.full(LOCI, 1.0)
CROSSOVERS = [
    UniformCrossover(rate=0.6),
    OnePointCrossover(operator="one_point", rate=0.6),
    TwoPointCrossover(operator="two_point", rate=0.6),
    BlendCrossover(operator="blend", rate=0.6),
    SimulatedBinaryCrossover(operator="sbx", rate=0.6),
]
MUTATIONS = [
    GaussianMutation(rate=0.3),
    PolynomialMutation(operator="polynomial", rate=0.3),
    ResetMutation(operator="reset", rate=0.3),
]


def genomes() -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (PARENTS, LOCI)).astype(np.float32)


def on_one_and_on_three(do: Any) -> list[Any]:
    found = []
    for count in (1, 3):
        with threads.using(count):
            found.append(do())
    return found


@pytest.mark.parametrize("settings", CROSSOVERS, ids=lambda settings: settings.operator)
def test_crossover(settings):
    mate = crossover_operator(settings, LOW, HIGH)
    rows = np.random.default_rng(2).integers(0, PARENTS, PARENTS)
    (one, mated), (other, again) = on_one_and_on_three(lambda: mate(genomes(), rows, key_of(1)))
    assert np.array_equal(one, other)
    assert np.array_equal(mated, again)
    assert 0.5 < mated.mean() < 0.7
    assert np.array_equal(one[-1], genomes()[rows[-1]])


@pytest.mark.parametrize("settings", MUTATIONS, ids=lambda settings: settings.operator)
def test_mutation(settings):
    mutate = mutation_operator(settings, LOW, HIGH)
    one, other = on_one_and_on_three(lambda: mutate(genomes(), key_of(1)))
    assert np.array_equal(one, other)
    assert 0.25 < (one != genomes()).mean() < 0.35


def test_tournaments():
    select = selection_operator(Tournament(operator="tournament"))
    fitness = np.random.default_rng(3).random(PARENTS)
    one, other = on_one_and_on_three(lambda: select(fitness, key_of(1), 3 * PARENTS))
    assert np.array_equal(one, other)


def test_the_best_rows_are_the_first_of_all_in_order():
    rng = np.random.default_rng(4)
    for _ in range(300):
        fitness = rng.integers(-3, 4, int(rng.integers(1, 40))) / 2.0
        for count in (0, 1, 2, 7, len(fitness), 50):
            expected = np.argsort(-fitness, kind="stable")[:count]
            assert best_rows(fitness, count).tolist() == expected.tolist()
