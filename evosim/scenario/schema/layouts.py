"""Layouts as a scenario says them: where walls stand."""

import textwrap
from typing import Annotated, Literal, get_args

from pydantic import Discriminator, Field

from evosim.scenario.schema.base import Count, Name, Part, Share

SYMBOL = r"^[A-Za-z0-9*+!?$%&]$"  # of an object, in the explicit form
MEANINGS = {"wall": "#", "floor": ".", "start": "@"}  # what a file's legend can say of any sign beside objects


class OpenLayout(Part):
    """One empty room."""

    kind: Literal["open"]
    """Kind of layout."""


class ScatterLayout(Part):
    """Walls on a random share of the cells; pockets that can't be reached are filled in."""

    kind: Literal["scatter"]
    """Kind of layout."""
    density: Annotated[float, Field(ge=0, le=0.6)] = 0.2
    """Probability that a cell is wall, before floor that can't be reached is filled in."""


class RoomsLayout(Part):
    """A grid of rooms; every two neighbouring rooms are joined by a gap in their wall."""

    kind: Literal["rooms"]
    """Kind of layout."""
    rows: Count = 2
    """Number of rooms from north to south."""
    columns: Count = 2
    """Number of rooms from west to east."""


class MazeLayout(Part):
    """A perfect maze, then a share of its inner walls opened."""

    kind: Literal["maze"]
    """Kind of layout."""
    opened: Share = 0.0
    """Probability that an inner wall of the perfect maze is opened."""


class CaveLayout(Part):
    """Walls on a random share of the cells, smoothed into caves; all but the largest is filled in."""

    kind: Literal["cave"]
    """Kind of layout."""
    density: Annotated[float, Field(ge=0, le=0.6)] = 0.4
    """Probability that a cell is wall, before smoothing."""
    smoothing: Annotated[int, Field(ge=0, le=16)] = 4
    """Rounds of smoothing: in each, a cell becomes what most of the nine cells around it, itself included, are."""


class MapLayout(Part):
    """A drawing, one character a cell: `#` wall, `.` floor, `@` where agents may start, and symbols of the legend.

    A symbol marks a cell where an object of its type may stand.
    """

    kind: Literal["map"]
    """Kind of layout."""
    drawing: Annotated[str, Field(max_length=1_100_000)]
    """The map, one character a cell: `#` wall, `.` floor, `@` a start, or a sign of the legend."""
    legend: dict[Annotated[str, Field(pattern=SYMBOL)], Name] = {}
    """What signs of the drawing mean: the name of an object type, or `wall`, `floor` or `start`."""

    def rows(self) -> list[str]:
        """Return the rows of the drawing, without what indents all of them."""
        return rows_of_drawing(self.drawing)


def rows_of_drawing(text: str) -> list[str]:
    """Return the rows of a drawing, without what indents all of them."""
    return textwrap.dedent(text).strip("\n").split("\n")


Layout = Annotated[
    OpenLayout | ScatterLayout | RoomsLayout | MazeLayout | CaveLayout | MapLayout, Discriminator("kind")
]
UNDRAWN = tuple(  # kinds that have no drawing
    kind for part in get_args(get_args(Layout)[0]) for kind in get_args(part.model_fields["kind"].annotation)
    if part is not MapLayout
)  # fmt: skip
