"""What a scenario says of heuristics."""

from typing import Annotated

from pydantic import Field

from evosim.scenario.schema.base import Range
from evosim.scenario.schema.locus import Evolvable, Initial, Locus, OwnMutation, Spread
from evosim.scenario.schema.own_kinds import KindSettings


class HeuristicMind(KindSettings):
    """A reactive policy with egocentric inputs: linear, or with one hidden layer of tanh units."""

    KIND = "heuristic"
    YOUNGER = ("distances", "evolves", "initial", "spread", "mutation")

    hidden: Annotated[int, Field(ge=0, le=256)] = 0
    """Number of hidden tanh units; 0: the function is linear."""
    distances: bool = False
    """Whether heuristics in grids also sense how near each feature is by the ways on their map."""
    range: Range = (-1.0, 1.0)
    """Lowest and highest weight."""
    evolves: bool = True
    """Whether the weights evolve; if not, all agents have `initial`."""
    initial: Initial | None = None
    """Founders' weights: a number for all, or, if linear, a table by locus, others 0. Default: drawn from the range."""
    spread: Spread = 0.0
    """Standard deviation of founders around `initial`, in half-widths of the range."""
    mutation: OwnMutation = OwnMutation()
    """How these loci mutate, where that differs from `evolution.mutation`."""
    temperature: Evolvable = Locus(initial=0.1, range=(0.0, 1.0))
    """Temperature of the softmax over actions; 0 always takes the best."""


SETTINGS = HeuristicMind
