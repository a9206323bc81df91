"""Open loops: a fixed sequence of actions, repeated; they perceive nothing."""

from typing import Any, NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS
from evosim.mind.description import run_bits
from evosim.mind.kind import Genotypes, Kind, Look
from evosim.mind.open_loop.settings import OpenLoopMind
from evosim.mind.phenotype import Phenotypes
from evosim.mind.segments import Segment
from evosim.numerics.arrays import Acts, Reals
from evosim.scenario.schema.scenario import Scenario


class Sequences(NamedTuple):
    """What open loops of P individuals do in T ticks."""

    sequence: Acts  # [P, T]


class OpenLoop(Kind):
    """The kind of mind that does the same whatever happens."""

    name = "open_loop"
    look = Look(
        "open loop",
        "open-loop agents",
        "#6b4f1d",
        "square",
        "Goes through a fixed sequence of actions, whatever it meets.",
    )

    def segments(self, scenario: Scenario) -> list[Segment]:
        """Return one segment: an action for each tick, whose number is cut off to a whole one."""
        settings = scenario.mind.of(OpenLoopMind)
        loci = tuple(f"open_loop.{tick}" for tick in range(settings.length))
        return [Segment("open_loop", loci, 0.0, float(ACTIONS), mutation=settings.mutation)]

    def express(self, scenario: Scenario, genotypes: Genotypes) -> Sequences:
        """Return the actions of all individuals."""
        return Sequences(np.minimum(genotypes.loci("open_loop"), ACTIONS - 1).astype(np.int8))

    def description(self, scenario: Scenario, genotypes: Genotypes) -> Reals:
        """Return how many bits `[P]` it takes to tell each sequence, run by run."""
        return run_bits(self.express(scenario, genotypes).sequence, ACTIONS)

    def minds(self, phenotypes: Phenotypes) -> Any:
        """Return the minds of all individuals, as kernels know them."""
        from evosim.mind.open_loop.policy import OpenLoops

        return OpenLoops(phenotypes.own[self.name].sequence)

    def rate(self, scenario: Scenario) -> float:
        """Estimate how many steps of agents a thread does in a second."""
        return 65e6


KIND = OpenLoop
