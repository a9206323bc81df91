"""Structured segments: lists of records whose fields are categories or real numbers, and how they vary."""

import numpy as np
import pytest
from effort import cases
from reference.random import fold
from reference.structured import mutated_records, swapped
from small_evolutions import settings

from evosim.evolution import Genetic, make_toolbox
from evosim.evolution.crossover import crossover_operator
from evosim.evolution.variation import mutation_operator
from evosim.numerics.random import key_of
from evosim.numerics.structure import Structure, categories
from evosim.scenario.schema.evolution import GaussianMutation, UniformCrossover

RECORDS = Structure(5, (4, 3, 0), 0.2, 0.3, 0.6, 0.5, 0.4, groups=(0, 0, 0, 1))
FIRST, LOCI = 2, 2 + 5 * 3
LOW = np.concatenate([[-1.0, 0.0], RECORDS.low(-2.0)])
HIGH = np.concatenate([[1.0, 5.0], RECORDS.high(1.0)])
RATE = np.concatenate([[0.5, np.nan], np.zeros(15)])
STRUCTURES = ((FIRST, RECORDS),)


def founders(population: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).uniform(LOW, HIGH, (population, LOCI))
    drawn[:, FIRST:][:, RECORDS.is_category] //= 1
    return drawn.astype(np.float32)


def records(genome: np.ndarray) -> list[list[float]]:
    return genome[FIRST:].reshape(5, 3).tolist()


def test_crossover_of_records_equals_the_twin_and_leaves_other_loci_as_they_were():
    for i in range(cases(60, 10)):
        genomes, rows = founders(7, i), np.random.default_rng(i).integers(7, size=7)
        settings = UniformCrossover(rate=0.7)
        plain, plainly_mated = crossover_operator(settings, LOW, HIGH)(genomes, rows, key_of(i))
        found, mated = crossover_operator(settings, LOW, HIGH, STRUCTURES)(genomes, rows, key_of(i))
        assert (found[:, :FIRST] == plain[:, :FIRST]).all()
        assert (mated == plainly_mated).all()
        for pair in range(3):
            one, other = (records(genomes[row]) for row in rows[2 * pair : 2 * pair + 2])
            expected = swapped(one, other, fold(i, pair), FIRST) if mated[pair] else (one, other)
            assert [records(found[2 * pair]), records(found[2 * pair + 1])] == list(expected)
        assert records(found[6]) == records(genomes[rows[6]])


def test_mutation_of_records_equals_the_twin_and_leaves_other_loci_as_they_were():
    operator = mutation_operator(GaussianMutation(), LOW, HIGH, RATE, None, STRUCTURES)
    plain = mutation_operator(GaussianMutation(), LOW, HIGH, RATE)
    for i in range(cases(60, 10)):
        genomes = founders(9, i)
        found, other = operator(genomes.copy(), key_of(i)), plain(genomes.copy(), key_of(i))
        assert (found[:, :FIRST] == other[:, :FIRST]).all()
        assert (other[:, FIRST:] == genomes[:, FIRST:]).all()
        for row, genome in enumerate(genomes):
            expected = mutated_records(records(genome), RECORDS, fold(i, row), FIRST, -2.0, 1.0)
            assert records(found[row]) == [pytest.approx(record, rel=1e-6, abs=1e-6) for record in expected]


def test_categories_stay_whole_numbers_that_are_possible():
    genetic = Genetic(
        settings(population=40, generations=30), founders(40, 1), LOW, HIGH, seed=3, rate=RATE, structures=STRUCTURES
    )
    for _ in range(30):
        genomes = genetic.ask()
        genetic.tell(genomes[:, FIRST] + genomes[:, -1])
    last = genetic.population.genomes[:, FIRST:].reshape(40, 5, 3)
    assert (last[..., :2] == last[..., :2] // 1).all()
    assert (last[..., 0] < 4).all()
    assert (last[..., 1] < 3).all()
    assert np.median(last[:, 0, 0]) == 3  # the best of four
    assert np.median(last[:, 4, 2]) > 0.0  # of -2 to 1


def test_a_deap_program_varies_records_too():
    toolbox = make_toolbox(
        settings(), founders(20, 1), LOW, HIGH, lambda genomes: genomes[:, :1].astype(float), values=1, rate=RATE,
        structures=STRUCTURES,
    )  # fmt: skip
    one, other = toolbox.individual(), toolbox.individual()
    children = toolbox.mate(one, other)
    assert all(value == value // 1 for value in children[0][FIRST::3])
    assert all(value == value // 1 for value in toolbox.mutate(children[0])[0][FIRST::3])


def test_any_number_in_the_range_of_a_category_stands_for_one():
    assert categories(np.array([0.0, 0.9, 1.0, 2.99, 3.0]), 3).tolist() == [0, 0, 1, 2, 2]
