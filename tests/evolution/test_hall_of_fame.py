"""The hall of fame holds the members that DEAP's would, though only those are shown to it that can get in."""

import numpy as np
import pytest
from deap import tools

from evosim.evolution.deap_individuals import Handle, same_genome
from evosim.evolution.population import HallOfFame, Population


@pytest.mark.parametrize("size", [1, 3, 10])
def test_a_hall_of_fame_is_that_of_deap(size):
    rng = np.random.default_rng(size)
    fame, plain = HallOfFame(size), tools.HallOfFame(size, similar=same_genome)
    for generation in range(60):
        genomes = rng.integers(0, 3, (24, 3)).astype(np.float32)  # clones, in one generation and from one to another
        fitness = rng.integers(0, 6 + generation, 24).astype(float)  # ties
        population = Population(generation, genomes, np.full((24, 2), -1))
        fame.update(population, fitness)
        first = {genomes[row].tobytes(): row for row in np.argsort(-fitness, kind="stable")[::-1]}
        best = sorted(first.values(), key=lambda row: (-fitness[row], row))[:size]
        plain.update([Handle(row, fitness[row], genomes[row], int(population.ids[row])) for row in best])
        assert [(each.id, each.fitness, each.genome.tolist()) for each in fame.members()] == [
            (each.id, each.fitness.values[0], each.genome.tolist()) for each in plain
        ]
