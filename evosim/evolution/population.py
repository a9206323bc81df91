"""A population, the memory of an optimizer, and the hall of fame: what all base optimizers share."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np

from evosim.numerics.arrays import Genes, Ids, Reals

ALONE = -1
FEW = 8  # of the best, for each place in the hall of fame, have enough different genomes most of the time


class Population(NamedTuple):
    """One generation; row i is the individual with id generation · P + i."""

    generation: int
    genomes: Genes  # [P, L]
    parents: Ids  # [P, 2] ids, the one whose place the child took first; ALONE where there is none
    fitness: Reals | None = None  # [P] once it is known

    @property
    def ids(self) -> Ids:
        """The ids `[P]` of the individuals, unique in the run."""
        count = len(self.genomes)
        return self.generation * count + np.arange(count, dtype=np.int64)


Memory = dict[str, Reals]  # what an optimizer needs to go on, beside its population and the hall of fame


class HallOfFameEntry(NamedTuple):
    """A member of the hall of fame."""

    id: int
    fitness: float
    genome: Genes  # [L]


class Optimizer(Protocol):
    """A base optimizer: ask, evaluate, tell; all that happens is a function of the seed and of what it was told."""

    @property
    def population(self) -> Population:
        """The population last asked for, with its fitness once it was told."""

    @property
    def memory(self) -> Memory:
        """The state needed to resume, beside the population and the hall of fame."""

    def ask(self) -> Genes:
        """Return the genomes `[P, L]` to evaluate."""

    def tell(self, fitness: Reals, *, objectives: Reals | None = None, cases: Reals | None = None) -> None:
        """Record fitness `[P]`, objectives `[P, M]` and cases `[P, E]` of the last genomes; larger is better."""

    def restore(self, population: Population, famous: list[HallOfFameEntry], memory: Memory | None = None) -> None:
        """Resume from an evaluated population, its hall of fame, and the memory stored with it.

        Only an optimizer that remembers nothing goes on without a memory.

        Raises:
            ValueError: something is missing in the memory.
        """

    def hall_of_fame(self) -> list[HallOfFameEntry]:
        """Return the best individuals of all generations, best first."""


def check_memory(given: Memory | None, names: Iterable[str]) -> Memory:
    """Return the memory that an optimizer is restored with, if it has all arrays of these names.

    Raises:
        ValueError: one is missing.
    """
    memory = dict(given or {})
    if missing := [name for name in names if name not in memory]:
        what = f"{', '.join(missing)}: this optimizer can't go on without what it remembered"
        raise ValueError(f"restored without {what}; pass the `memory` that it had when the population was evaluated")
    return memory


class HallOfFame:
    """The best individuals of all generations, by the fitness each was measured with: what DEAP's hall of fame is.

    It copies no handles, and needs none of what `deap.tools` imports.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.hall: list[HallOfFameEntry] = []  # best first

    def restore(self, famous: list[HallOfFameEntry]) -> None:
        """Replace the members by those of a checkpoint."""
        self.hall = list(famous)

    def update(self, population: Population, fitness: Reals) -> None:
        """Add the best of a population, by their fitness `[P]`."""
        genomes, ids = population.genomes, population.ids
        best: dict[bytes, int] = {}  # one row of each genome: clones of the best must not keep others out
        for count in (FEW * self.size, len(fitness)):
            for row in best_rows(fitness, count):
                best.setdefault(genomes[row].tobytes(), int(row))
                if len(best) == self.size:
                    break
            if len(best) == self.size:
                break
        for row in best.values():
            self._admit(HallOfFameEntry(int(ids[row]), float(fitness[row]), genomes[row]))

    def _admit(self, entry: HallOfFameEntry) -> None:
        """Add an individual if it is better than the last, and none has its genome; before who is as good."""
        full = len(self.hall) >= self.size
        if full and not (self.hall and entry.fitness > self.hall[-1].fitness):
            return
        if any(np.array_equal(entry.genome, other.genome) for other in self.hall):
            return
        del self.hall[self.size - 1 :]
        place = sum(other.fitness > entry.fitness for other in self.hall)
        self.hall.insert(place, entry._replace(genome=entry.genome.copy()))

    def members(self) -> list[HallOfFameEntry]:
        """Return the members, best first."""
        return list(self.hall)


def best_rows(fitness: Reals, count: int) -> Ids:
    """Return the `count` best rows of fitness `[P]`, best first; in a tie the lower row is better."""
    if 0 < count < len(fitness):
        least = np.partition(fitness, len(fitness) - count)[len(fitness) - count]
        among = np.flatnonzero(fitness >= least)
        return among[np.argsort(-fitness[among], kind="stable")][:count]
    return np.argsort(-fitness, kind="stable")[:count]


def check_fitness(population: Population, given: Reals) -> Reals:
    """Return the fitness `[P]` of a population as float64.

    Raises:
        ValueError: the shape is wrong, or a value is not finite.
    """
    fitness = np.asarray(given, np.float64)
    if fitness.shape != (len(population.genomes),):
        raise ValueError(f"expected fitness for {len(population.genomes)} individuals, got {fitness.shape}")
    if not np.isfinite(fitness).all():
        row = int(np.isfinite(fitness).argmin())
        who = f"individual {population.ids[row]} (row {row})"
        raise ValueError(f"the fitness of {who} is {fitness[row]}, not a finite number")
    return fitness
