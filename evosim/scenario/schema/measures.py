"""Measures of a person's own, as a run keeps them: where their numbers stand, and what these are."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from evosim.scenario.schema.base import Part, Words

OWN = "own."  # before the names of their columns, so that none is another's
Table = Literal["generations", "measurements", "individuals"]
Kind = Literal["real", "integer", "text"]
TABLES, KINDS = get_args(Table), get_args(Kind)


class OwnMeasure(Part):
    """The definition of a measure of one's own, with the package or file that provides it.

    With it a run can be read where that is missing.
    """

    table: Table = "generations"
    """Table of the run file in which the measure has its column."""
    unit: Annotated[Words, Field(min_length=1, max_length=40)]
    """Unit of its values, such as `share`."""
    definition: Annotated[Words, Field(min_length=1)]
    """Definition of the measure, in a sentence."""
    kind: Kind = "real"
    """Type of its values: `real` numbers, integers or text."""
    may_be_empty: bool = False
    """Whether values may be missing."""
    provided_by: Words = ""
    """Name and version of the package or file that provides the measure."""
