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
    """How programs vary beside crossover: a constant that mutates moves by a normal step, other fields are redrawn."""

    rate: Share | None = None
    """Probability that a field of an instruction mutates. Default: 0.15 / `instructions`."""
    scale: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Standard deviation of the step of a constant, in half-widths of its range."""
    shifted: Share = STRUCTURAL
    """Share of children in which an instruction is inserted or left out, or a run of them doubled."""
    diverged: Share | None = None
    """Share of doubled runs with an operation replaced by another of its group. Default: 0, from rung 3 on 0.5."""
    regrouped: Share | None = None
    """Share of children with an operation replaced by another of its group. Default: 0, from rung 3 on 0.15."""


class ProgramMind(KindSettings):
    """A short program that every cell of the agent's own map runs, over and over; the agent climbs what comes of it."""

    KIND = "program"

    rung: Annotated[int, Field(ge=1, le=len(LADDER))] = 2
    """Which operations a program may have: the higher the rung, the less each of them does."""
    operations: Annotated[list[OperationName], Field(max_length=17)] = []
    """Names of the operations that a program may have, instead of those of a rung."""
    instructions: Annotated[int, Field(ge=1, le=64)] = 12
    """Number of instructions of each program."""
    registers: Annotated[int, Field(ge=1, le=8)] = 3
    """Number of registers of each cell."""
    inputs: Annotated[list[InputName], Field(min_length=1)] = ["wall", "features", "thing"]
    """What a cell can read beside its registers."""
    thoughts: Evolvable = Locus(initial=32)
    """How often the program is run each time the agent thinks, 0 to 4,096."""
    initial: Annotated[list[Words], Field(max_length=64)] = []
    """Program of all founders, a line for each instruction, such as `r0 = hmax door`. Default: random ones."""
    variation: ProgramVariation = ProgramVariation()
    """How programs vary, beside crossover."""

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
