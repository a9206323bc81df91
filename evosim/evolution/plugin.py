"""Guests: base optimizers of other packages, found by the entry point `evosim.optimizers` (docs/extending.md).

A guest is not trusted to do what it should: whatever it gives is looked at, and what is wrong is told with its name.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from evosim.evolution.population import ALONE, HallOfFameEntry, Memory, Optimizer, Population
from evosim.numerics.arrays import Genes, Reals
from evosim.scenario.schema.entry_points import OPTIMIZERS, PluginError, summon
from evosim.scenario.schema.evolution import Evolution

Make = Callable[..., Optimizer]  # (settings, founders [P, L], low [L], high [L], *, seed)


class PluginOptimizer:
    """A base optimizer of another package, as an optimizer that keeps the contract or says what is broken."""

    def __init__(
        self,
        make: Callable[..., Optimizer],
        settings: Evolution,
        founders: Genes,
        low: Reals,
        high: Reals,
        *,
        seed: int,
    ) -> None:
        provider = f" of {settings.provided_by}" if settings.provided_by else ""
        self.name = f"the base optimizer {settings.algorithm!r}{provider}"
        self.shape, self.number = founders.shape, 0
        self.low, self.high = low.astype(np.float32), high.astype(np.float32)
        self.inner: Optimizer = self._try(make, settings, founders.copy(), low.copy(), high.copy(), seed=seed)
        self.shapes = {name: array.shape for name, array in self._remembered().items()}

    @property
    def population(self) -> Population:
        """Give the population last asked for."""
        return self.inner.population

    @property
    def memory(self) -> Memory:
        """Give what the guest remembers, as arrays of the shapes it began with."""
        memory = self._remembered()
        shapes = {name: array.shape for name, array in memory.items()}
        self._expect(shapes == self.shapes, f"remembers {shapes}, where {self.shapes} was expected")
        return memory

    def restore(self, population: Population, famous: list[HallOfFameEntry], memory: Memory | None = None) -> None:
        """Have the guest go on from a population that has been told its fitness, and from its memory."""
        given = memory or {}
        self.number = population.generation
        self._try(self.inner.restore, population, famous, {name: array.copy() for name, array in given.items()})
        same = all(np.array_equal(array, given.get(name)) for name, array in self.memory.items())  # type: ignore[arg-type]
        self._expect(same, "doesn't remember what it was restored from")
        self._expect(self._has(population.genomes, population.fitness), "doesn't go on from where it was restored")

    def ask(self) -> Genes:
        """Give the genomes `[P, L]` to evaluate."""
        self.number += getattr(self.inner.population, "fitness", None) is not None
        genomes = self._genomes(self._try(self.inner.ask))
        self._expect(self._has(genomes, None), f"asks for what is not its population of generation {self.number}")
        parents = np.asarray(self.population.parents)
        is_right = parents.shape == (len(genomes), 2) and parents.dtype.kind == "i"
        is_right = is_right and bool((parents >= ALONE).all() and (parents < self.number * len(genomes)).all())
        self._expect(is_right, f"names parents that are not {len(genomes)} pairs of ids of earlier generations")
        return genomes

    def tell(self, fitness: Reals, *, objectives: Reals | None = None, cases: Reals | None = None) -> None:
        """Tell the guest the fitness `[P]` of the genomes last asked for."""
        genomes = self.population.genomes.copy()
        self._try(self.inner.tell, fitness.copy(), objectives=objectives, cases=cases)
        self._expect(self._has(genomes, fitness), "didn't keep the population with the fitness it was told")

    def hall_of_fame(self) -> list[HallOfFameEntry]:
        """List whom the guest holds for the best individuals of all generations."""
        members = self._try(self.inner.hall_of_fame)
        is_right = isinstance(members, list) and all(
            isinstance(m, HallOfFameEntry) and np.shape(m.genome) == self.shape[1:] and np.isfinite(m.fitness)
            for m in members
        )
        self._expect(is_right, "has a hall of fame that is no list of HallOfFameEntry")
        return list(members)

    def _genomes(self, given: Any) -> Genes:
        """Take genomes, if they are of the right shape and within bounds."""
        genomes = np.asarray(given)
        right = self.shape
        self._expect(genomes.shape == right, f"asks for genomes of shape {genomes.shape}, where {right} was expected")
        self._expect(genomes.dtype == np.float32, f"asks for genomes of {genomes.dtype}, where float32 was expected")
        inside = (genomes >= self.low) & (genomes <= self.high)  # NaN is not
        if not inside.all():
            row, locus = (int(n) for n in np.argwhere(~inside)[0])
            bounds = f"{self.low[locus]:g} to {self.high[locus]:g}"
            self._expect(False, f"asks for {genomes[row, locus]} at locus {locus} of row {row}, outside {bounds}")
        return genomes

    def _has(self, genomes: Genes, fitness: Reals | None) -> bool:
        """Tell whether the guest's population is this one."""
        found = self.inner.population
        if not isinstance(found, Population) or found.generation != self.number:
            return False
        told = found.fitness is None if fitness is None else np.array_equal(found.fitness, fitness)  # type: ignore[arg-type]
        return told and np.array_equal(found.genomes, genomes)

    def _remembered(self) -> Memory:
        """Take the guest's memory, if it consists of finite numbers."""
        memory = self._try(getattr, self.inner, "memory")
        self._expect(isinstance(memory, dict), "has a memory that is no table of arrays")
        arrays = {str(name): self._try(np.array, array, np.float64) for name, array in memory.items()}
        for name, array in arrays.items():
            self._expect(bool(np.isfinite(array).all()), f"remembers something that is no finite number: {name!r}")
        return arrays

    def _try(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise PluginError(f"{self.name} failed in generation {self.number}: {what}") from error

    def _expect(self, right: bool, what: str) -> None:
        if not right:
            raise PluginError(f"{self.name} {what} (generation {self.number})")


def load_optimizer(settings: Evolution, founders: Genes, low: Reals, high: Reals, *, seed: int) -> PluginOptimizer:
    """Make the base optimizer that a scenario names and another package provides.

    Raises:
        PluginError: it is not installed, can't be loaded, or fails.
    """
    make = summon(OPTIMIZERS, settings.algorithm, settings.provided_by, "base optimizer")
    return PluginOptimizer(make, settings, founders, low, high, seed=seed)
