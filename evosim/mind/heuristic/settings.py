"""What a scenario says of heuristics."""

from typing import Annotated

from pydantic import Field

from evosim.scenario.schema.base import Range
from evosim.scenario.schema.locus import Evolvable, Initial, Locus, OwnMutation, Spread
from evosim.scenario.schema.own_kinds import KindSettings


class HeuristicMind(KindSettings):
    """A reactive policy with egocentric inputs: linear, or with one hidden layer of tanh units.

    With `distances` it also senses how far it is to what, by the ways on its map. `initial` is a number for all
    weights, or, where there is no hidden layer, a table of them by the names of their loci, all others 0.
    """

    KIND = "heuristic"
    YOUNGER = ("distances", "evolves", "initial", "spread", "mutation")

    hidden: Annotated[int, Field(ge=0, le=256)] = 0
    distances: bool = False
    range: Range = (-1.0, 1.0)
    evolves: bool = True
    initial: Initial | None = None
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()
    temperature: Evolvable = Locus(initial=0.1, range=(0.0, 1.0))


SETTINGS = HeuristicMind
