"""Views: what a measure is called with. Their arrays can be read, and not be written to.

A step is computed from the one before it while this one is measured, so nothing in it may change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

import numpy as np

from evosim.mind.segments import GenomeLayout, suggest_locus
from evosim.numerics.arrays import Flags, Genes, Ids, Reals
from evosim.scenario import Scenario

A = TypeVar("A", bound=np.ndarray)


def readable(array: A) -> A:
    """Return an array that can't be written to, with the same entries."""
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, kw_only=True)
class AgentsView:
    """N agents, whom a generation consists of, or who are alive when an interval of an ecology ends."""

    scenario: Scenario
    seed: int
    number: int  # of the generation or interval; the first is 0
    environment: str  # where they are selected, or the mixture of environments
    ids: Ids  # [N] unique in a run
    parents: Ids  # [N, 2] ids; -1 where there is none
    genomes: Genes  # [N, L]
    layout: GenomeLayout  # which locus stands where: `layout.loci` has their names
    controllers: np.ndarray  # [N] names of the kinds of mind
    is_planner: Flags  # [N] whether it acts on a mesa-objective
    horizon: Reals  # [N] steps that each looks ahead; NaN for who doesn't
    objectives: Mapping[str, Reals]  # [N] weights of mesa-objectives, by feature; NaN for who has none

    def alleles(self, locus: str) -> Reals:
        """Return everybody's number `[N]` at a locus.

        Raises:
            ValueError: genomes have no such locus.
        """
        if locus not in self.layout.loci:
            raise ValueError(f"no locus {locus!r}; {suggest_locus(locus, self.layout)}")
        return self.genomes[:, self.layout.loci.index(locus)].astype(np.float64)

    def rng(self) -> np.random.Generator:
        """Return a generator for what is drawn, say a sample: of each step its own, and always the same."""
        return np.random.default_rng([self.seed, self.number])


@dataclass(frozen=True, kw_only=True)
class GenerationView(AgentsView):
    """A generation of N individuals, who have lived the episodes of selection."""

    fitness: Reals  # [N]
    lives: "Mapping[str, LivesView]"  # in each environment, by name; empty where the generation isn't measured


@dataclass(frozen=True, kw_only=True)
class LivesView:
    """The lives of a generation's N individuals in one environment: E episodes each, in worlds selection never saw."""

    environment: str
    agents: "AgentsView"  # who lived
    outcomes: Mapping[str, Reals]  # [N, E] by name, as objectives have them: `entered_first.door`, `steps`, …
    base_return: Reals  # [N, E] base objective
    intended_return: Reals  # [N, E] intended objective
    mesa_return: Reals  # [N, E] utility to each by its own objective; NaN for who has none, or whose isn't known

    def rng(self) -> np.random.Generator:
        """Return a generator for what is drawn: of each step and environment its own, and always the same."""
        return np.random.default_rng([self.agents.seed, self.agents.number, crc32(self.environment.encode())])


@dataclass(frozen=True, kw_only=True)
class IntervalView(AgentsView):
    """An interval of an ecology: the N agents alive when it ends, and what happened in it. Times are ticks."""

    tick: int  # when it ends
    age: Reals  # [N]
    energy: Reals  # [N]
    children: Ids  # [N] so far
    depth: Reals  # [N] genealogical depth
    rows: Ids  # [N] where each is
    columns: Ids  # [N]
    lived: int  # agent-ticks
    counts: Mapping[str, int]  # births, deaths, matings, conceptions, migrants, deaths_hunger, …
    eaten: Mapping[str, float]  # meals, by kind of food
