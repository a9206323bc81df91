"""What a scenario says of programs."""

from typing import Annotated

from pydantic import Field

from evosim.mind.maps.inputs import InputName
from evosim.mind.program.operations import LADDER, OperationName
from evosim.scenario.schema.base import Part, Share, Words
from evosim.scenario.schema.locus import Evolvable, Locus
from evosim.scenario.schema.own_kinds import KindSettings

STRUCTURAL, EXPECTED = 0.15, 0.15  # share of children whose instructions shift; fields of a child's code that mutate
ONE_WAY = 3  # from this rung on directions are apart, and copies diverge


class ProgramVariation(Part):
    """How programs vary beside crossover: shares of children, but for `rate`, the chance of each field to mutate.

    A constant moves by a normal step of `scale` half-widths of its range, any other field is redrawn. What is not said
    depends on the number of instructions and on the rung.
    """

    rate: Share | None = None
    scale: Annotated[float, Field(gt=0, le=1)] = 0.2
    shifted: Share = STRUCTURAL
    diverged: Share | None = None
    regrouped: Share | None = None


class ProgramMind(KindSettings):
    """A short program that every cell of the agent's own map runs, over and over; the agent climbs what comes of it.

    `operations` replace those of the rung. Founders have the program that `initial` lists, line by line, or each a
    random one.
    """

    KIND = "program"

    rung: Annotated[int, Field(ge=1, le=len(LADDER))] = 2
    operations: Annotated[list[OperationName], Field(max_length=17)] = []
    instructions: Annotated[int, Field(ge=1, le=64)] = 12
    registers: Annotated[int, Field(ge=1, le=8)] = 3
    inputs: Annotated[list[InputName], Field(min_length=1)] = ["wall", "features", "thing"]
    thoughts: Evolvable = Locus(initial=32)
    initial: Annotated[list[Words], Field(max_length=64)] = []
    variation: ProgramVariation = ProgramVariation()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its operations, in the order of their alleles."""
        return tuple(self.operations) or LADDER[self.rung - 1]

    @property
    def own_variation(self) -> ProgramVariation:
        """The variation, with what is not said."""
        said, apart = self.variation, not self.operations and self.rung >= ONE_WAY
        unsaid = {
            "rate": EXPECTED / self.instructions,
            "diverged": 0.5 if apart else 0.0,
            "regrouped": STRUCTURAL if apart else 0.0,
        }
        return said.model_copy(update={name: value for name, value in unsaid.items() if getattr(said, name) is None})


SETTINGS = ProgramMind
