"""The hall of fame holds the members that DEAP's would."""

import numpy as np
import pytest
from deap import tools

from evosim.evolution.deap_individuals import MaximizedFitness
from evosim.evolution.population import HallOfFame, Population


class Member:
    """What DEAP's hall of fame takes."""

    def __init__(self, genome, fitness, id):
        self.genome, self.fitness, self.id = genome, MaximizedFitness((fitness,)), id


def have_same_genome(one, other):
    return np.array_equal(one.genome, other.genome)


@pytest.mark.parametrize("size", [1, 3, 10])
def test_a_hall_of_fame_is_that_of_deap(size):
    rng = np.random.default_rng(size)
    fame, plain = HallOfFame(size), tools.HallOfFame(size, similar=have_same_genome)
    for generation in range(60):
        genomes = rng.integers(0, 3, (24, 3)).astype(np.float32)  # clones, in one generation and from one to another
        fitness = rng.integers(0, 6 + generation, 24).astype(float)  # ties
        population = Population(generation, genomes, np.full((24, 2), -1))
        fame.update(population, fitness)
        first = {genomes[row].tobytes(): row for row in np.argsort(-fitness, kind="stable")[::-1]}
        best = sorted(first.values(), key=lambda row: (-fitness[row], row))[:size]
        plain.update([Member(genomes[row], fitness[row], int(population.ids[row])) for row in best])
        assert [(each.id, each.fitness, each.genome.tolist()) for each in fame.members()] == [
            (each.id, each.fitness.values[0], each.genome.tolist()) for each in plain
        ]
    again = HallOfFame(size)
    again.restore(fame.members())
    assert again.members() == fame.members()
