"""What minds see of the map that they think in: a number for each cell and input."""

import re
from collections.abc import Sequence
from typing import Literal

InputName = Literal["wall", "features", "thing", "here", "row", "column"]

WALL, FEATURES, THING, HERE = "wall", "features", "thing", "here"
COORDINATES = ROW, COLUMN = "row", "column"  # from 0, at the top and at the left, to 1


def input_names(inputs: Sequence[str], features: Sequence[str], taken: str) -> list[str]:
    """Return the names of all inputs; `features` stands for those of the world, none of which is named as another.

    A pattern says which other names are `taken`, by what a mind computes.
    """
    used = [name for name in COORDINATES if name in inputs]  # they are younger: features had these names before
    others = re.compile("|".join([taken, WALL, THING, HERE, *used]))
    named = [f"feature.{name}" if others.fullmatch(name) else name for name in features]
    return [name for each in inputs for name in (named if each == FEATURES else (each,))]
