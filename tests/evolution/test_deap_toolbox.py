"""The toolbox for DEAP users: its algorithms run on evosim's worlds, with the scenario's operators."""

import copy
import random

import numpy as np
import pytest
from deap import algorithms, tools

from evosim import evolution
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import toolbox
from evosim.simulation.laboratory import Laboratory

SMALL = ["evolution.population=12", "evolution.episodes=2", "mind.controllers={heuristic=0.5, planner=0.5}"]
BY_CASES = 'evolution.selection={operator="lexicase"}'
BY_OBJECTIVES = [
    'evolution.selection={operator="nsga2"}',
    "evolution.elites=0",
    "objectives.pareto=[{door_reached=1}, {steps=-1}]",
]


def test_a_list_of_individuals_is_measured_in_the_worlds_of_a_generation():
    scenario = load_scenario("red_doors", SMALL)
    box, laboratory = toolbox(scenario, seed=3), Laboratory(scenario, 3)
    population = box.population()
    founders = draw_founders(scenario, laboratory.layout, 3)
    assert np.array_equal(np.array(population, np.float32), founders)
    minds = express(scenario, laboratory.layout, founders)
    for generation in range(2):
        measured = box.map(box.evaluate, population)
        told = laboratory.evaluate(generation, minds, np.arange(12))
        assert [value for (value,) in measured] == told.fitness.tolist()
    assert box.evaluate(population[0]) == (laboratory.evaluate(2, minds, np.arange(12)).fitness[0],)
    assert list(box.map(abs, [-1, 2])) == [1, 2]
    assert box.map(box.evaluate, []) == []


@pytest.mark.parametrize("overrides", [[], [BY_CASES], BY_OBJECTIVES], ids=["fitness", "cases", "objectives"])
@pytest.mark.parametrize("algorithm", ["eaSimple", "eaMuPlusLambda", "eaMuCommaLambda"])
def test_algorithms_of_deap_run_and_repeat_themselves(algorithm, overrides):
    scenario = load_scenario("red_doors", [*SMALL, *overrides])
    results = []
    for seed in (1, 1, 2):
        random.seed(seed)
        box, best = toolbox(scenario, seed=3), tools.HallOfFame(2)
        sizes = {} if algorithm == "eaSimple" else {"mu": 12, "lambda_": 14}
        population, logbook = getattr(algorithms, algorithm)(
            box.population(n=12), box, cxpb=0.5, mutpb=0.4, ngen=3, halloffame=best, verbose=False, **sizes
        )
        assert len(logbook) == 4
        assert all(each.fitness.valid and len(each) == len(population[0]) for each in population)
        results.append((population, [each.fitness.values for each in best]))
    assert results[0] == results[1]
    assert results[0] != results[2]


def quadratic(genomes: np.ndarray) -> np.ndarray:
    return -(genomes.astype(float) ** 2).sum(axis=1, keepdims=True)


def test_any_function_can_be_evolved_and_copies_are_independent():
    settings = load_scenario("red_doors", ["evolution.crossover.rate=0", "evolution.mutation.rate=1"]).evolution
    low, high = np.full(4, -1.0), np.full(4, 1.0)
    founders = np.random.default_rng(1).uniform(low, high, (40, 4)).astype(np.float32)
    box = evolution.make_toolbox(settings, founders, low, high, quadratic, values=1)
    random.seed(5)
    one, other = box.individual(), box.individual()
    kept = copy.deepcopy(one)
    before = sorted(zip(one, other, strict=True))
    first, second = box.mate(one, other)  # whatever the rate: DEAP decides who mates
    assert (first is one, second is other) == (True, True)
    assert sorted(map(sorted, zip(one, other, strict=True))) == sorted(map(sorted, before))
    (mutant,) = box.mutate(other)
    assert mutant is other
    assert (np.abs(mutant) <= 1).all()
    assert kept in [list(map(float, genome)) for genome in founders]
    population, _ = algorithms.eaMuPlusLambda(box.population(), box, 40, 40, 0.4, 0.5, 25, verbose=False)
    assert max(each.fitness.values[0] for each in population) > -0.02
