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

    A cell reads its own channels, `reads` of its four neighbours' channels, and its inputs. Founders have `initial`: a
    number for all weights, or a table of them by the names of their loci, all others 0.
    """

    KIND = "network"

    channels: Annotated[int, Field(ge=1, le=8)] = 2
    reads: list[ReadName] = [SUM, MAX]
    inputs: Annotated[list[InputName], Field(min_length=1)] = ["wall", "features", "thing"]
    range: Range = (-4.0, 4.0)
    initial: Initial = 0.0
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()
    thoughts: Evolvable = Locus(initial=1.0, range=(1.0, 64.0))


SETTINGS = NetworkMind
