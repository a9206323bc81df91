"""Kinds of mind that climb a map which they think: what they are shown, and what can be asked of them.

A mind of such a kind turns the map of its world, as it believes it, into a number for each cell, by so many thoughts,
and goes to the neighbour with the largest. Whatever computes the numbers, they are measured alike.
"""

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np

from evosim.mind.kind import Kind
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Cells, Flags, Ids, Reals

__all__ = ["MapKind", "Push", "ThoughtInputs"]


class ThoughtInputs(NamedTuple):
    """What minds that think in a map are shown of W worlds."""

    walls: Flags  # [W, rows, columns] barriers, as believed
    features: Reals  # [W, F, rows, columns] perceived features of what is in each cell; 0 on empty floor
    things: Flags  # [W, rows, columns] where any object is
    here: Cells  # [W] the agent's cell: row · columns + column


class Push(NamedTuple):
    """What is added to the state of a mind after each of its thoughts, at one cell of each of W worlds."""

    cells: Ids  # [W] row · columns + column
    amounts: Reals  # [C] one for each number that a cell holds


class MapKind(Kind):
    """A kind whose minds climb a map that they think."""

    climbs: ClassVar[str] = "height"  # the name of the number that is climbed

    @abstractmethod
    def thoughts(self, phenotypes: Phenotypes) -> Cells:
        """Return how many thoughts `[P]` each mind makes of a map."""

    @abstractmethod
    def think(self, phenotypes: Phenotypes, individuals: Ids, inputs: ThoughtInputs, thoughts: int | None) -> Reals:
        """Return the maps `[M, W, rows, columns]` that M individuals climb in W worlds.

        They make as many `thoughts` as is said, or by None their own number.
        """

    def states(
        self,
        phenotypes: Phenotypes,
        individual: int,
        inputs: ThoughtInputs,
        thoughts: int | None,
        push: Push | None = None,
    ) -> Reals | None:
        """Return what one individual holds after so many thoughts, `[C, W, rows, columns]`, what it climbs first.

        By default a cell holds what is climbed and nothing else, and nobody can be pushed: then it is None.
        """
        return None if push else self.think(phenotypes, np.array([individual]), inputs, thoughts)
