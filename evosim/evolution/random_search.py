"""Random search: every generation draws founders anew and keeps the best so far; what evolution is compared with.

It evaluates as many genomes as any other base optimizer does with the same settings, and knows nothing of variation:
what it finds is what counting genomes finds.
"""

from collections.abc import Callable

import numpy as np

from evosim.evolution.population import (
    ALONE,
    HallOfFame,
    HallOfFameEntry,
    Memory,
    Population,
    best_rows,
    check_fitness,
    check_memory,
)
from evosim.numerics.arrays import Genes, Ids, Reals
from evosim.scenario.schema.evolution import Evolution

Draw = Callable[[int, int], Genes]  # the founders [N, L] that a generation draws, and how many


class RandomSearch:
    """Draw genomes, and keep the best.

        optimizer = RandomSearch(settings, draw)
        for _ in range(settings.generations):
            genomes = optimizer.ask()
            optimizer.tell(evaluate(genomes))

    `draw(generation, count)` returns founders `[count, L]`, the same for the same generation and count. The `elites`
    of the settings are champions: they are evaluated again in every generation, in its worlds, and stay as long as the
    mean of all their evaluations is among the best. So nobody stays by one lucky evaluation.
    """

    def __init__(self, settings: Evolution, draw: Draw) -> None:
        self.champions = settings.elites
        self.draw = draw
        self.fame = HallOfFame(settings.hall_of_fame)
        size = settings.population
        self.population = self._with_champions(0, np.ascontiguousarray(draw(0, size), np.float32))
        self.memory: Memory = {name: np.zeros(size) for name in memory_shapes(size)}

    def restore(self, population: Population, famous: list[HallOfFameEntry], memory: Memory | None = None) -> None:
        """Resume from an evaluated population, its hall of fame, and the evaluations stored with it.

        Raises:
            ValueError: something is missing in the memory.
        """
        self.memory = {name: array.copy() for name, array in check_memory(memory, self.memory).items()}
        self.population = population
        self.fame.restore(famous)

    def ask(self) -> Genes:
        """Return the genomes `[P, L]` to evaluate: champions first, then founders drawn anew."""
        if self.population.fitness is not None:
            self._next()
        return self.population.genomes

    def tell(self, fitness: Reals, *, objectives: Reals | None = None, cases: Reals | None = None) -> None:
        """Record the fitness `[P]` of the genomes last asked for; larger is better.

        Raises:
            ValueError: a fitness is missing or not finite.
        """
        fitness = check_fitness(self.population, fitness)
        self.memory = {
            "evaluations": self.memory["evaluations"] + 1.0,
            "fitness_sum": self.memory["fitness_sum"] + fitness,
        }
        self.population = self.population._replace(fitness=fitness)
        self.fame.update(self.population, fitness)

    def hall_of_fame(self) -> list[HallOfFameEntry]:
        """Return the best individuals of all generations, by the fitness each was measured with, best first."""
        return self.fame.members()

    def _next(self) -> None:
        """Keep those whose evaluations have the best mean, and draw the others anew."""
        last, size = self.population, len(self.population.genomes)
        kept = best_rows(self.memory["fitness_sum"] / self.memory["evaluations"], self.champions)
        generation = last.generation + 1
        drawn = np.ascontiguousarray(self.draw(generation, size - len(kept)), np.float32)
        self.population = self._with_champions(generation, drawn, last.genomes[kept], last.ids[kept])
        self.memory = {name: np.append(array[kept], np.zeros(len(drawn))) for name, array in self.memory.items()}

    @staticmethod
    def _with_champions(
        generation: int, drawn: Genes, champions: Genes | None = None, ids: Ids | None = None
    ) -> Population:
        genomes = drawn if champions is None else np.concatenate([champions, drawn])
        parents = np.full((len(genomes), 2), ALONE, np.int64)
        if ids is not None:
            parents[: len(ids), 0] = ids
        return Population(generation, genomes, parents)


def memory_shapes(population: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the memory of random search, by name: of each individual, its evaluations and their sum."""
    return {"evaluations": (population,), "fitness_sum": (population,)}
