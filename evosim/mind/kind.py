"""The contract of a kind of mind: all that evosim asks of one, in two halves.

A descriptor (`Kind`) needs no compiler: its name, the segments of its genome, how it is expressed, what it costs, how
it is shown. Its kernels (contract.py) are imported when minds of the kind are first needed. A kind that also lives in
shared worlds is a `SharedKind`, with kernels for these (shared_contract.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from evosim.gridworld.sampling import Worlds
from evosim.gridworld.shortest_paths import Atlas
from evosim.gridworld.spec import Blueprint
from evosim.mind.description import bits_of
from evosim.mind.phenotype import Phenotypes
from evosim.mind.segments import GenomeLayout, Segment
from evosim.numerics.arrays import Cells, Flags, Ids, Reals
from evosim.scenario.schema.locus import Locus
from evosim.scenario.schema.scenario import Scenario

__all__ = ["Genotypes", "Kind", "Look", "SharedKind"]


class Look(NamedTuple):
    """How a kind of mind is shown."""

    label: str  # as in "a planner"
    plural: str
    colour: str  # #rrggbb
    shape: str  # disc, triangle, square, diamond, pentagon or hexagon
    does: str  # what it does, in a sentence, where it has no mesa-objective to be told


class Genotypes(NamedTuple):
    """The genomes of P individuals, as a kind reads them."""

    population: int
    loci: Callable[[str], Reals]  # the numbers [P, n] of a segment, by its name; [P, 0] where there is none

    def value(self, name: str, locus: Locus | None) -> Reals:
        """Return an evolved number `[P]`, or the one that is pinned; NaN where nothing is said."""
        evolved = self.loci(name)
        return evolved[:, 0] if evolved.size else np.full(self.population, pinned_at(locus))


def pinned_at(locus: Locus | None) -> float:
    """Return what a locus stands at that no genome has: its initial number, or the least of its range."""
    if locus is None:
        return float("nan")
    return float(locus.initial if locus.initial is not None else locus.range[0] if locus.range else np.nan)


class Kind(ABC):
    """A kind of mind. It remembers nothing: all that it says is a function of the arguments."""

    name: ClassVar[str]
    look: ClassVar[Look]
    wants: ClassVar[bool] = False  # whether it acts on the mesa-objective that kinds share
    alike: ClassVar[bool] = True  # whether many may be described by the same lines: not where these are real numbers

    @abstractmethod
    def segments(self, scenario: Scenario) -> list[Segment]:
        """Return the segments of its genome, also those that other kinds share (segments.py)."""

    @abstractmethod
    def express(self, scenario: Scenario, genotypes: Genotypes) -> Any:
        """Return what only this kind has, of all P individuals: a NamedTuple of arrays `[P, ...]`."""

    @abstractmethod
    def minds(self, phenotypes: Phenotypes) -> Any:
        """Return the minds of all P individuals, as its kernels know them; import these."""

    @abstractmethod
    def rate(self, scenario: Scenario) -> float:
        """Estimate how many steps of agents in grids a thread does in a second."""

    def description(self, scenario: Scenario, genotypes: Genotypes) -> Reals:
        """Return how many bits `[P]` it takes to tell each mind: by default, the alleles of all its segments."""
        return bits_of(self.segments(scenario), genotypes.loci, genotypes.population)

    def variant(self, scenario: Scenario) -> str:
        """Return the name of the kernels that a scenario needs of it: by default its own, for there are no others."""
        return self.name

    def discount(self, scenario: Scenario) -> Locus | None:
        """Return the locus `<name>.discount` of what a utility is worth a step later; by default it has none."""
        return None

    def horizon(self, scenario: Scenario) -> Locus | None:
        """Return the locus `<name>.horizon` of how many steps it looks ahead; by default it has none."""
        return None

    def prepare(self, minds: Any, rows: Ids, plan: Blueprint, worlds: Worlds, believed: Atlas) -> Any:
        """Return minds, as kernels know them, of which those of `rows` `[M]` are about to live in a batch of worlds.

        What they would think of worlds as these are at the start of a life can be thought here, for all at once. By
        default they are the same.
        """
        return minds

    def describe(self, phenotypes: Phenotypes, row: int) -> list[str]:
        """Return lines that say how an individual decides, if it is of this kind: by default, none."""
        return []

    def has_objective(self, phenotypes: Phenotypes) -> Flags:
        """Return which individuals `[P]` would have a mesa-objective, if they are of this kind: by default, none."""
        return np.zeros(len(phenotypes.controller), np.bool_)

    def with_budget(self, phenotypes: Phenotypes, steps: Cells) -> Phenotypes:
        """Return minds that look as many steps `[P]` ahead, if they are of this kind: by default, the same."""
        return phenotypes

    def largest_budget(self, phenotypes: Phenotypes) -> int | None:
        """Return how many steps it can be asked to look ahead, if more would take longer than anybody can wait."""
        return None

    def traits(self, phenotypes: Phenotypes) -> Mapping[str, Reals]:
        """Return numbers `[P]` to be shown beside an individual of this kind, by name."""
        return {}


class SharedKind(Kind):
    """A kind of mind that also lives in shared worlds."""

    @abstractmethod
    def shared_minds(self, scenario: Scenario, layout: GenomeLayout, vision: int) -> Any:
        """Return what minds of this kind need where agents see `vision` cells each way, as their kernels know it.

        It is a NamedTuple of a class of its own: where loci stand, what is the same for all, and arrays in which one
        mind thinks, one after another. It is made once for each thread. Import the kernels here.
        """
