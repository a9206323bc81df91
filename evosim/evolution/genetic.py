"""A genetic algorithm with an ask-and-tell interface.

It knows genomes and fitness, never worlds: anything that maps `[P, L]` genomes to `[P]` fitness
can be evolved. Its operators are registered in a DEAP toolbox under DEAP's names, but act on
whole populations. Everything is a function of the seed and the last evaluated population,
so an optimizer restored from a checkpoint continues as if it had never stopped. A population can live on
islands, each of which breeds as a population of its own (islands.py).
"""

import numpy as np
from deap import base

from evosim.evolution.crossover import crossover_operator
from evosim.evolution.islands import Breeders, island_seed, migrate, split
from evosim.evolution.pareto import crowded_merit
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
from evosim.evolution.selection import selection_input, selection_operator
from evosim.evolution.structured import Structures
from evosim.evolution.variation import mutation_operator
from evosim.numerics.arrays import Genes, Ids, Reals
from evosim.numerics.random import Stream, key_of
from evosim.scenario.schema.evolution import Evolution


class Genetic:
    """Evolve a population by selection and variation.

        optimizer = Genetic(settings, founders, low, high, seed=1)
        for _ in range(settings.generations):
            genomes = optimizer.ask()
            optimizer.tell(evaluate(genomes))

    `founders [P, L]` are generation 0; `low` and `high` `[L]` bound the loci. Loci may have a mutation
    `rate [L]` and `scale [L]` of their own, NaN where the settings hold, and segments a structure (structured.py).
    """

    def __init__(
        self,
        settings: Evolution,
        founders: Genes,
        low: Reals,
        high: Reals,
        *,
        seed: int,
        rate: Reals | None = None,
        scale: Reals | None = None,
        structures: Structures = (),
    ) -> None:
        alone = np.full((len(founders), 2), ALONE, np.int64)
        self.settings = settings
        self.seed = seed
        self.population = Population(0, np.ascontiguousarray(founders, np.float32), alone)
        self.memory: Memory = {}
        self.fame = HallOfFame(settings.hall_of_fame)
        self.sees = selection_input(settings.selection)
        self.toolbox = base.Toolbox()
        self.toolbox.register("select", selection_operator(settings.selection))
        self.toolbox.register("mate", crossover_operator(settings.crossover, low, high, structures))
        self.toolbox.register("mutate", mutation_operator(settings.mutation, low, high, rate, scale, structures))

    def restore(self, population: Population, famous: list[HallOfFameEntry], memory: Memory | None = None) -> None:
        """Resume from an evaluated population, its hall of fame, and the memory stored with it.

        Raises:
            ValueError: selection uses more than fitness, and the memory doesn't have it.
        """
        self.memory = check_memory(memory, () if self.sees == "fitness" else (self.sees,))
        self.population = population
        self.fame.restore(famous)

    def ask(self) -> Genes:
        """Return the genomes `[P, L]` to evaluate: the founders, or the offspring of the last evaluated population."""
        if self.population.fitness is not None:
            self.population = self._next(self.population, self.population.fitness)
        return self.population.genomes

    def tell(self, fitness: Reals, *, objectives: Reals | None = None, cases: Reals | None = None) -> None:
        """Record the fitness `[P]` of the genomes last asked for, and what else selection uses.

        Lexicase uses `cases [P, E]`, NSGA-II `objectives [P, M]`. Larger is better.

        Raises:
            ValueError: a value that selection uses is missing or not finite.
        """
        fitness = check_fitness(self.population, fitness)
        if self.sees == "fitness":
            self.memory = {}
        else:
            given = cases if self.sees == "cases" else objectives
            self.memory = {self.sees: self._checked(self.sees, given)}
        self.population = self.population._replace(fitness=fitness)
        self.fame.update(self.population, fitness)

    def _checked(self, name: str, given: Reals | None) -> Reals:
        """Return the input of selection if it is a matrix of finite numbers with a row for each individual."""
        operator, count = self.settings.selection.operator, len(self.population.genomes)
        if given is None:
            raise ValueError(f"selection by {operator} needs to be told {name}")
        seen = np.ascontiguousarray(given, np.float64)
        if seen.ndim != 2 or len(seen) != count or seen.shape[1] < 1:
            raise ValueError(f"expected {name} for {count} individuals, got {seen.shape}")
        if not np.isfinite(seen).all():
            row = int(np.isfinite(seen).all(axis=1).argmin())
            raise ValueError(f"{name} of individual {self.population.ids[row]} (row {row}) are not all finite numbers")
        return seen

    def hall_of_fame(self) -> list[HallOfFameEntry]:
        """Return the best individuals of all generations, by the fitness each was measured with, best first."""
        return self.fame.members()

    def _next(self, last: Population, fitness: Reals) -> Population:
        """Return the next generation; of islands, that of one after the other."""
        generation = last.generation + 1
        seen = fitness if self.sees == "fitness" else self.memory[self.sees]
        everybody = Breeders(last.ids, last.genomes, fitness, seen)
        bred = [self._breed(part, seed, generation) for part, seed in self._parts(everybody, generation)]
        genomes, parents = zip(*bred, strict=True)
        return Population(generation, np.concatenate(genomes), np.concatenate(parents))

    def _parts(self, everybody: Breeders, generation: int) -> list[tuple[Breeders, int]]:
        """Return those who breed among themselves, with the seed that they breed by: everybody, or each island."""
        islands = self.settings.islands
        if islands is None:
            return [(everybody, self.seed)]
        parts = split(everybody, islands.count)
        if generation % islands.every == 0:
            parts = migrate(parts, [self._merit(part) for part in parts], islands, self.seed, generation)
        return [(part, island_seed(self.seed, i)) for i, part in enumerate(parts)]

    def _merit(self, breeders: Breeders) -> Reals:
        """Return what orders breeders `[N]`: their fitness, or in NSGA-II front and crowding."""
        return crowded_merit(breeders.seen) if self.sees == "objectives" else breeders.fitness

    def _breed(self, breeders: Breeders, seed: int, generation: int) -> tuple[Genes, Ids]:
        """Return genomes `[N, L]` and parents `[N, 2]`: survivors first, then offspring of selected parents."""

        def key(stream: Stream) -> np.uint64:
            return key_of(seed, stream, generation)

        kept, rows = self._select(breeders, key(Stream.SELECTION))
        offspring, mated = self.toolbox.mate(breeders.genomes, rows, key(Stream.CROSSOVER))
        offspring = self.toolbox.mutate(offspring, key(Stream.MUTATION))
        parents = np.full((len(breeders.ids), 2), ALONE, np.int64)
        parents[: len(kept), 0] = breeders.ids[kept]
        parents[len(kept) :, 0] = breeders.ids[rows]
        child = np.arange(2 * len(mated))
        parents[len(kept) + child, 1] = np.where(mated[child // 2], breeders.ids[rows[child ^ 1]], ALONE)
        return np.concatenate([breeders.genomes[kept], offspring]), parents

    def _select(self, breeders: Breeders, key: np.uint64) -> tuple[Ids, Ids]:
        """Return the rows that survive unchanged, and those that become parents of the others.

        In NSGA-II half of the population survive, and only they become parents. They are evaluated again beside their
        offspring, in the same worlds: nobody survives by one lucky evaluation, and all that are compared were evaluated
        alike.
        """
        size, elites = len(breeders.ids), self.settings.elites
        if self.sees == "objectives":
            merit = self._merit(breeders)
            survivors = np.argsort(-merit, kind="stable")[: size // 2]
            return survivors, survivors[self.toolbox.select(merit[survivors], key, size - size // 2)]
        return best_rows(breeders.fitness, elites), self.toolbox.select(breeders.seen, key, size - elites)
