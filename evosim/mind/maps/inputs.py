"""What minds see of the map that they think in: a number for each cell and input."""

import re
from collections.abc import Sequence
from typing import Literal

InputName = Literal["wall", "features", "thing", "here"]

WALL, FEATURES, THING, HERE = "wall", "features", "thing", "here"


def input_names(inputs: Sequence[str], features: Sequence[str], taken: str) -> list[str]:
    """Return the names of all inputs; `features` stands for those of the world, none of which is named as another.

    A pattern says which other names are `taken`, by what a mind computes.
    """
    others = re.compile(rf"{taken}|{WALL}|{THING}|{HERE}")
    named = [f"feature.{name}" if others.fullmatch(name) else name for name in features]
    return [name for each in inputs for name in (named if each == FEATURES else (each,))]
