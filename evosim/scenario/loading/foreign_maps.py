"""Maps of other programs: their signs for wall, floor and start, and for things, become evosim's own.

A legend may say what any sign means: `legend = { X = "wall", "-" = "floor", S = "start", "$" = "key" }`. The explicit
form has the map as evosim writes it, so such a map is the same world as one that was drawn here.
"""

import re
import textwrap
from string import ascii_letters
from typing import Any

from evosim.scenario.schema.layouts import MEANINGS, SYMBOL


def in_own_signs(layout: dict[str, Any], objects: Any) -> dict[str, Any]:
    """Return a layout whose drawing has evosim's signs, and in whose legend nothing stands but objects.

    An object that is itself called wall, floor or start is that object. A thing whose sign is none that a legend can
    have, such as `.`, gets a letter that the map doesn't have.
    """
    drawing, legend = layout.get("drawing"), layout.get("legend")
    if not isinstance(drawing, str) or not isinstance(legend, dict):
        return layout
    others = objects if isinstance(objects, dict) else {}
    signs = {sign: name for sign, name in legend.items() if len(sign) == 1 and sign.isprintable()}
    ground = {
        sign: MEANINGS[name]
        for sign, name in signs.items()
        if isinstance(name, str) and name in MEANINGS and name not in others
    }
    free = (letter for letter in ascii_letters if letter not in drawing and letter not in legend)
    things = {sign: next(free, sign) for sign in signs if sign not in ground and not re.fullmatch(SYMBOL, sign)}
    if not ground and not things:
        return layout
    changed = str.maketrans({**ground, **things})
    lines = zip(drawing.split("\n"), textwrap.dedent(drawing).split("\n"), strict=True)
    drawn = [written[: len(written) - len(row)] + row.translate(changed) for written, row in lines]
    kept = {things.get(sign, sign): name for sign, name in legend.items() if sign not in ground}
    return {**layout, "drawing": "\n".join(drawn), "legend": kept}
