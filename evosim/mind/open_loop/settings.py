"""What a scenario says of open loops."""

from typing import Annotated

from pydantic import Field

from evosim.scenario.schema.locus import OwnMutation
from evosim.scenario.schema.own_kinds import KindSettings


class OpenLoopMind(KindSettings):
    """A fixed sequence of actions, repeated: it perceives nothing."""

    KIND = "open_loop"
    YOUNGER = ("mutation",)

    length: Annotated[int, Field(ge=1, le=10_000)] = 32
    """Number of actions in the sequence."""
    mutation: OwnMutation = OwnMutation()
    """How these loci mutate, where that differs from `evolution.mutation`."""


SETTINGS = OpenLoopMind
