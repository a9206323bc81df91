"""What a scenario says of networks."""

from typing import Annotated, Literal

from pydantic import Field

from evosim.mind.maps.inputs import InputName
from evosim.scenario.schema.base import Range
from evosim.scenario.schema.locus import Evolvable, Initial, Locus, OwnMutation, Spread
from evosim.scenario.schema.own_kinds import KindSettings

ReadName = Literal["sum", "max"]
READS: tuple[ReadName, ReadName] = ("sum", "max")
SUM, MAX = READS


class NetworkMind(KindSettings):
    """A tiny recurrent network in every cell of the agent's own map, the same in all; the agent climbs its channel 0.

    A cell reads its own channels, `reads` of its four neighbours' channels, and its inputs.
    """

    KIND = "network"

    channels: Annotated[int, Field(ge=1, le=8)] = 2
    """Number of channels of each cell."""
    reads: list[ReadName] = [SUM, MAX]
    """What a channel reads of the four neighbours' channels: their sum, the largest, both or neither."""
    inputs: Annotated[list[InputName], Field(min_length=1)] = ["wall", "features", "thing"]
    """What a cell can read beside its channels."""
    range: Range = (-4.0, 4.0)
    """Lowest and highest weight."""
    initial: Initial = 0.0
    """Weights of founders: one number for all, or a table by locus, others 0."""
    spread: Spread = 0.0
    """Standard deviation of founders around `initial`, in half-widths of the range."""
    mutation: OwnMutation = OwnMutation()
    """How these loci mutate, where that differs from `evolution.mutation`."""
    thoughts: Evolvable = Locus(initial=1.0, range=(1.0, 64.0))
    """How often the network is run each time the agent thinks, 0 to 4,096."""


SETTINGS = NetworkMind
