"""Base optimizers of other packages, by the entry point `evosim.optimizers` (docs/extending.md).

Whatever a plugin returns is checked, and errors name the plugin.
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
    """A wrapper of another package's base optimizer that checks that it keeps the contract."""

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
        """The population last asked for."""
        return self.inner.population

    @property
    def memory(self) -> Memory:
        """The plugin's memory.

        Raises:
            PluginError: it is not a table of finite arrays of the shapes it began with.
        """
        memory = self._remembered()
        shapes = {name: array.shape for name, array in memory.items()}
        self._expect(shapes == self.shapes, f"remembers {shapes}, where {self.shapes} was expected")
        return memory

    def restore(self, population: Population, famous: list[HallOfFameEntry], memory: Memory | None = None) -> None:
        """Resume the plugin from an evaluated population and its memory.

        Raises:
            PluginError: it fails, or its population or memory differ from those it was restored from.
        """
        given = memory or {}
        self.number = population.generation
        self._try(self.inner.restore, population, famous, {name: array.copy() for name, array in given.items()})
        same = all(np.array_equal(array, given.get(name)) for name, array in self.memory.items())  # type: ignore[arg-type]
        self._expect(same, "doesn't remember what it was restored from")
        self._expect(self._has(population.genomes, population.fitness), "doesn't go on from where it was restored")

    def ask(self) -> Genes:
        """Return the genomes `[P, L]` to evaluate.

        Raises:
            PluginError: the plugin fails, or its genomes or their parents are invalid.
        """
        self.number += getattr(self.inner.population, "fitness", None) is not None
        genomes = self._genomes(self._try(self.inner.ask))
        self._expect(self._has(genomes, None), f"asks for what is not its population of generation {self.number}")
        parents = np.asarray(self.population.parents)
        is_right = parents.shape == (len(genomes), 2) and parents.dtype.kind == "i"
        is_right = is_right and bool((parents >= ALONE).all() and (parents < self.number * len(genomes)).all())
        self._expect(is_right, f"names parents that are not {len(genomes)} pairs of ids of earlier generations")
        return genomes

    def tell(self, fitness: Reals, *, objectives: Reals | None = None, cases: Reals | None = None) -> None:
        """Pass the fitness `[P]` of the genomes last asked for to the plugin.

        Raises:
            PluginError: it fails, or changes the population.
        """
        genomes = self.population.genomes.copy()
        self._try(self.inner.tell, fitness.copy(), objectives=objectives, cases=cases)
        self._expect(self._has(genomes, fitness), "didn't keep the population with the fitness it was told")

    def hall_of_fame(self) -> list[HallOfFameEntry]:
        """Return the best individuals of all generations, according to the plugin.

        Raises:
            PluginError: it fails, or an entry is invalid.
        """
        members = self._try(self.inner.hall_of_fame)
        is_right = isinstance(members, list) and all(
            isinstance(m, HallOfFameEntry) and np.shape(m.genome) == self.shape[1:] and np.isfinite(m.fitness)
            for m in members
        )
        self._expect(is_right, "has a hall of fame that is not a list of HallOfFameEntry")
        return list(members)

    def _genomes(self, given: Any) -> Genes:
        """Return genomes if they have the right shape and dtype and are within bounds."""
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
        """Whether the plugin's population has these genomes and this fitness."""
        found = self.inner.population
        if not isinstance(found, Population) or found.generation != self.number:
            return False
        same = found.fitness is None if fitness is None else np.array_equal(found.fitness, fitness)  # type: ignore[arg-type]
        return same and np.array_equal(found.genomes, genomes)

    def _remembered(self) -> Memory:
        """Return the plugin's memory if it consists of finite numbers."""
        memory = self._try(getattr, self.inner, "memory")
        self._expect(isinstance(memory, dict), "has a memory that is not a dictionary of arrays")
        arrays = {str(name): self._try(np.array, array, np.float64) for name, array in memory.items()}
        for name, array in arrays.items():
            self._expect(bool(np.isfinite(array).all()), f"has numbers in its memory that are not finite: {name!r}")
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
    """Return the base optimizer of another package that a scenario names, for founders `[P, L]` and bounds `[L]`.

    Raises:
        PluginError: it is not installed, can't be loaded, or fails.
    """
    make = summon(OPTIMIZERS, settings.algorithm, settings.provided_by, "base optimizer")
    return PluginOptimizer(make, settings, founders, low, high, seed=seed)
