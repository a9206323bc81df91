"""What programs see of a map: a number for each cell and input."""

import re
from collections.abc import Sequence
from typing import Literal

InputName = Literal["wall", "features", "thing", "here"]

WALL, FEATURES, THING, HERE = "wall", "features", "thing", "here"
TAKEN = re.compile(rf"r\d+|{WALL}|{THING}|{HERE}")


def input_names(inputs: Sequence[str], features: Sequence[str]) -> list[str]:
    """Return the names of all inputs; `features` stands for those of the world, none of which is named as another."""
    named = [f"feature.{name}" if TAKEN.fullmatch(name) else name for name in features]
    return [name for each in inputs for name in (named if each == FEATURES else (each,))]
