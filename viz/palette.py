"""The palette: one colour for each role, told apart by people who see red and green alike.

The colours are Okabe and Ito's (2008) and Tol's muted and bright ones (2021); no colour has two roles. Colour is
never the only cue: lines have dashes, areas have hatches, points have shapes, and all have their name
beside them.
"""

from typing import NamedTuple

INK = "#1f1f1f"
FAINT_INK = "#595959"  # 7:1 on paper: notes and ticks
RULE = "#d9d9d9"  # lines that help the eye
PAPER = "#ffffff"
FOUNDER = "#a6a6a6"


class Line(NamedTuple):
    """How a line is drawn."""

    colour: str
    dashes: str | tuple[float, tuple[float, ...]]


class Area(NamedTuple):
    """How an area is filled."""

    colour: str
    hatch: str


class Mark(NamedTuple):
    """How a point is drawn."""

    colour: str
    shape: str


class Kind(NamedTuple):
    """How a class of agents is drawn, as an area and as a point."""

    colour: str
    hatch: str
    shape: str


ENVIRONMENTS = (
    Line(INK, "-"),
    Line("#d55e00", (0, (4, 1.2))),
    Line("#0072b2", (0, (1, 1))),
    Line("#882255", (0, (6, 1, 1, 1))),
    Line("#117733", (0, (3, 1, 1, 1, 1, 1))),
)
OBJECTS = (
    Area("#009e73", ""),
    Area("#e69f00", "///"),
    Area("#56b4e9", ".."),
    Area("#f0e442", "\\\\\\"),
    Area("#cc79a7", "xx"),
    Area("#999933", "--"),
    Area("#44aa99", "++"),
)
OTHERS = Area("#8c8c8c", "o")  # the rest of many object types, taken together
NOTHING = Area("#e3e3e3", "")
NAMED = {  # features that are named after colours look like them; safe for people who see red and green alike
    "red": "#d9412b",
    "blue": "#4a9fe0",
    "green": "#009e73",
    "yellow": "#f0d13c",
    "orange": "#e69f00",
    "purple": "#9a5fc4",
    "pink": "#cc79a7",
    "white": "#f2f2f2",
    "black": "#2b2b2b",
    "brown": "#8a5a2b",
    "grey": "#8c8c8c",
}
CONTROLLERS = {
    "planner": Mark("#332288", "o"),
    "heuristic": Mark("#aa4466", "^"),
    "open_loop": Mark("#6b4f1d", "s"),
}
CLASSES = {  # beneath is what stays aligned, above what doesn't
    "robustly_aligned": Kind("#4477aa", "", "o"),
    "mixed": Kind("#66ccee", "..", "D"),
    "pseudo_aligned": Kind("#ee6677", "///", "^"),
    "capability_failure": Kind("#aa3377", "xx", "v"),
    "suboptimality_aligned": Kind("#ccbb44", "\\\\\\", "s"),
    "untrained": Kind("#bbbbbb", "--", "P"),
}
COUNTED = Line("#004488", "-")  # births: what evolution counts
GOT = Line("#cc3311", "-")  # what agents get of what they want
CHILD = Line("#33a0dd", "-")  # the weight of what evolution counts
WANTS = (
    Line("#ee7733", "-"),
    Line("#aa3399", (0, (5, 1.2))),
    Line("#117733", (0, (1, 1))),
    Line("#997700", (0, (6, 1, 1, 1))),
    Line("#6e6e6e", (0, (3, 1, 1, 1, 1, 1))),
)
CAUSES = {  # of death, in greys, so that births stand out before them
    "hunger": Area("#a9a9a9", ""),
    "age": Area("#dcdcdc", ""),
    "accident": Area("#c2c2c2", "////"),
    "culled": Area("#7d7d7d", "xx"),
}
CHANGED = "#fdf4e0"  # ground on which the world is another one than it was at first


def want_line(number: int) -> Line:
    """Give the line of a feature that is wanted, by its number; they repeat after five."""
    return WANTS[number % len(WANTS)]


def outcome_line(number: int) -> Line:
    """Give the line of an outcome by its number, in worlds that have no objects to be coloured."""
    return Line(OBJECTS[number % len(OBJECTS)].colour, ENVIRONMENTS[number % len(ENVIRONMENTS)].dashes)


def environment_line(number: int) -> Line:
    """Give the line of a scenario's environment by its number; they repeat after five."""
    return ENVIRONMENTS[number % len(ENVIRONMENTS)]
