"""The genetic algorithm: elites, parents and the hall of fame, generation after generation."""

from itertools import pairwise

import numpy as np
import pytest
import reference
from effort import cases
from small_evolutions import HIGH, LOCI, LOW, founders, noisy, optimizer, quadratic

from evosim.evolution import Genetic
from evosim.evolution.population import ALONE
from evosim.numerics.random import Stream
from evosim.scenario.schema.evolution import (
    DeapSelection,
    EpsilonLexicase,
    GaussianMutation,
    Lexicase,
    ParetoSelection,
    Tournament,
    Truncation,
    UniformCrossover,
)


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
    if straight.memory:
        with pytest.raises(ValueError, match="can't go on without what it remembered"):
            optimizer(selection=selection).restore(straight.population, [])


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
