"""Loci as a scenario says them: numbers of a mind, and how they are inherited, if they are."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from evosim.scenario.schema.base import Part, Range, Share


class OwnMutation(Part):
    """How the loci of a segment mutate, where that differs from `evolution.mutation`."""

    rate: Share | None = None
    """Probability that a locus mutates. Default: that of `evolution.mutation`."""
    scale: Annotated[float, Field(gt=0, le=1)] | None = None
    """Standard deviation of a step, in half-widths of the range. Default: that of `evolution.mutation`."""


Spread = Annotated[float, Field(ge=0, le=10)]


class Locus(Part):
    """A number in the genome, or with no `range` one that does not evolve."""

    YOUNGER = ("spread", "mutation")

    initial: float | None = None
    """Value of all founders, or, without a range, of all agents. Default: founders are drawn from the range."""
    range: Range | None = None
    """Lowest and highest value; without a range the number doesn't evolve."""
    spread: Spread = 0.0
    """Standard deviation of founders around `initial`, in half-widths of the range."""
    mutation: OwnMutation = OwnMutation()
    """How the number mutates, where that differs from `evolution.mutation`."""


def pinned(value: Any) -> Any:
    """Take a plain number as a locus that does not evolve."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"initial": value} if is_number else value


Evolvable = Annotated[Locus, BeforeValidator(pinned, json_schema_input_type=Locus | float)]
Initial = Annotated[
    Annotated[float, Tag("<number>")] | Annotated[dict[str, float], Tag("<table>")],
    Discriminator(lambda value: "<table>" if isinstance(value, dict) else "<number>"),
]
