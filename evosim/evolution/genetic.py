"""A genetic algorithm with an ask-and-tell interface.

It knows genomes and fitness, never worlds: anything that maps `[P, L]` genomes to `[P]` fitness
can be evolved. Its operators are registered in a DEAP toolbox under DEAP's names, but act on
whole populations. All that happens is a function of the seed and the last population told, so
an optimizer made from a stored population goes on as if it had never stopped.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from deap import base, tools

from evosim.chance import Stream, key_of
from evosim.evolution.handles import Handle, same_genome
from evosim.evolution.selection import selection_operator
from evosim.evolution.variation import ALONE, gaussian_mutation, uniform_crossover
from evosim.scenario.schema import Evolution
from evosim.types import Genes, Ids, Reals


class Population(NamedTuple):
    """One generation; row i is the individual with id generation · P + i."""

    generation: int
    genomes: Genes  # [P, L]
    parents: Ids  # [P, 2] ids, the one whose place the child took first; ALONE where there is none
    fitness: Reals | None = None  # [P] once it is known

    @property
    def ids(self) -> Ids:
        """Number the individuals, uniquely in the whole run `[P]`."""
        count = len(self.genomes)
        return self.generation * count + np.arange(count, dtype=np.int64)


class Famous(NamedTuple):
    """A member of the hall of fame."""

    id: int
    fitness: float
    genome: Genes  # [L]


class Genetic:
    """Evolve a population by selection and variation.

        optimizer = Genetic(settings, founders, low, high, seed=1)
        for _ in range(settings.generations):
            genomes = optimizer.ask()
            optimizer.tell(evaluate(genomes))

    `founders [P, L]` are generation 0; `low` and `high` `[L]` bound the loci.
    """

    def __init__(self, settings: Evolution, founders: Genes, low: Reals, high: Reals, *, seed: int) -> None:
        alone = np.full((len(founders), 2), ALONE, np.int64)
        self.settings = settings
        self.seed = seed
        self.population = Population(0, np.ascontiguousarray(founders, np.float32), alone)
        self.hall = tools.HallOfFame(settings.hall_of_fame, similar=same_genome)
        self.toolbox = base.Toolbox()
        self.toolbox.register("select", selection_operator(settings.selection))
        self.toolbox.register("mate", partial(uniform_crossover, rate=settings.crossover.rate))
        mutation = {"low": low, "high": high, "rate": settings.mutation.rate, "scale": settings.mutation.scale}
        self.toolbox.register("mutate", gaussian_mutation, **mutation)

    def restore(self, population: Population, famous: list[Famous]) -> None:
        """Go on from a population that has been told its fitness."""
        self.population = population
        self.hall.clear()
        # of two with the same fitness, a hall of fame lists the later comer first
        self.hall.update([Handle(-1, f.fitness, f.genome, f.id) for f in reversed(famous)])

    def ask(self) -> Genes:
        """Give the genomes `[P, L]` to evaluate: the founders, or the offspring of the last population told."""
        if self.population.fitness is not None:
            self.population = self._next(self.population, self.population.fitness)
        return self.population.genomes

    def tell(self, fitness: Reals) -> None:
        """Take the fitness `[P]` of the genomes last asked for; larger is better.

        Raises:
            ValueError: a fitness is missing, or is no finite number.
        """
        fitness = np.asarray(fitness, np.float64)
        if fitness.shape != (len(self.population.genomes),):
            raise ValueError(f"expected fitness for {len(self.population.genomes)} individuals, got {fitness.shape}")
        if not np.isfinite(fitness).all():
            row = int(np.isfinite(fitness).argmin())
            who = f"individual {self.population.ids[row]} (row {row})"
            raise ValueError(f"the fitness of {who} is {fitness[row]}, not a finite number")
        self.population = self.population._replace(fitness=fitness)
        genomes, ids = self.population.genomes, self.population.ids
        best: dict[bytes, int] = {}  # one row of each genome: clones of the best must not keep others out
        for row in np.argsort(-fitness, kind="stable"):
            best.setdefault(genomes[row].tobytes(), int(row))
            if len(best) == self.settings.hall_of_fame:
                break
        self.hall.update([Handle(row, fitness[row], genomes[row].copy(), int(ids[row])) for row in best.values()])

    def hall_of_fame(self) -> list[Famous]:
        """List the best individuals of all generations, by the fitness each was measured with, best first."""
        return [Famous(h.id, h.fitness.values[0], h.genome) for h in self.hall]

    def _next(self, last: Population, fitness: Reals) -> Population:
        """Breed a generation: the elites unchanged, then offspring of selected parents."""
        generation, size, elites = last.generation + 1, len(last.genomes), self.settings.elites
        ids = last.ids

        def key(stream: Stream) -> np.uint64:
            return key_of(self.seed, stream, generation)

        best = np.argsort(-fitness, kind="stable")[:elites]
        rows = self.toolbox.select(fitness, key(Stream.SELECTION), size - elites)
        offspring, mated = self.toolbox.mate(last.genomes, rows, key(Stream.CROSSOVER))
        offspring = self.toolbox.mutate(offspring, key(Stream.MUTATION))
        parents = np.full((size, 2), ALONE, np.int64)
        parents[:elites, 0] = ids[best]
        parents[elites:, 0] = ids[rows]
        child = np.arange(2 * len(mated))
        parents[elites + child, 1] = np.where(mated[child // 2], ids[rows[child ^ 1]], ALONE)
        return Population(generation, np.concatenate([last.genomes[best], offspring]), parents)
