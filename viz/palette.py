"""The palette: one colour for each role, distinguishable with red-green colour blindness.

Most colours are Okabe and Ito's (2008) and Tol's muted and bright ones (2021). None has two roles on one page; `ROLES`
has them all. Colour is never the only cue: lines have dashes, areas have hatches, points have shapes, and all are
labelled.
"""

from collections.abc import Iterable
from typing import NamedTuple

from evosim.mind.kinds import OWN, look_of

INK = "#1f1f1f"
FAINT_INK = "#595959"  # 7:1 on paper: notes and ticks
RULE = "#d9d9d9"  # lines that help the eye
PAPER = "#ffffff"
FOUNDER = "#a6a6a6"


class LineStyle(NamedTuple):
    """The style of a line."""

    colour: str
    dashes: str | tuple[float, tuple[float, ...]]


class AreaStyle(NamedTuple):
    """The fill of an area."""

    colour: str
    hatch: str


class MarkerStyle(NamedTuple):
    """The style of a point."""

    colour: str
    shape: str


class ClassStyle(NamedTuple):
    """The style of a class of agents, as an area and as a point."""

    colour: str
    hatch: str
    shape: str


ENVIRONMENTS = (
    LineStyle(INK, "-"),
    LineStyle("#d55e00", (0, (4, 1.2))),
    LineStyle("#0072b2", (0, (1, 1))),
    LineStyle("#882255", (0, (6, 1, 1, 1))),
    LineStyle("#117733", (0, (3, 1, 1, 1, 1, 1))),
)
BASELINE = LineStyle("#767676", (0, (5, 2)))  # what conditions are compared with
OBJECTS = (
    AreaStyle("#009e73", ""),
    AreaStyle("#e69f00", "///"),
    AreaStyle("#56b4e9", ".."),
    AreaStyle("#f0e442", "\\\\\\"),
    AreaStyle("#cc79a7", "xx"),
    AreaStyle("#999933", "--"),
    AreaStyle("#44aa99", "++"),
)
OTHERS = AreaStyle("#8c8c8c", "o")  # the rest of many object types, taken together
NO_ENTRY = AreaStyle("#e3e3e3", "")
NAMED_COLOURS = {  # features that are named after colours look like them; safe for people who see red and green alike
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
SHAPES = {  # as matplotlib has them
    "disc": "o",
    "triangle": "^",
    "square": "s",
    "diamond": "D",
    "pentagon": "p",
    "hexagon": "H",
}


def mind_mark(kind: str) -> MarkerStyle:
    """Return how an agent with a kind of mind is drawn as a point."""
    look = look_of(kind)
    return MarkerStyle(look.colour, SHAPES[look.shape])


CONTROLLERS = {kind: mind_mark(kind) for kind in reversed(OWN)}  # evosim's own kinds of mind
MESA_OPTIMIZER = mind_mark(next(name for name, kind in OWN.items() if kind.wants))


def mind_marks(kinds: Iterable[str]) -> dict[str, MarkerStyle]:
    """Return how agents with some kinds of mind are drawn, evosim's own first."""
    others = sorted(set(kinds) - set(CONTROLLERS))
    return {**CONTROLLERS, **{kind: mind_mark(kind) for kind in others}}


CLASS_STYLES = {  # beneath is what stays aligned, above what doesn't
    "robustly_aligned": ClassStyle("#4477aa", "", "o"),
    "mixed": ClassStyle("#66ccee", "..", "D"),
    "pseudo_aligned": ClassStyle("#ee6677", "///", "^"),
    "capability_failure": ClassStyle("#aa3377", "xx", "v"),
    "suboptimality_aligned": ClassStyle("#ccbb44", "\\\\\\", "s"),
    "untrained": ClassStyle("#bbbbbb", "--", "P"),
}
COUNTED = LineStyle("#004488", "-")  # births: what evolution counts
GOT = LineStyle("#cc3311", "-")  # what agents get of what they want
AVOIDED = "#882255"  # of agents: a negative weight of what evolution counts
FAMILIES = ("#2c455f", "#c181a9", "#72b258", "#c3d04a", "#3e7658")  # lines of founders, the largest first
CHILD = LineStyle("#33a0dd", "-")  # the weight of what evolution counts
WANTS = (
    LineStyle("#ee7733", "-"),
    LineStyle("#aa3399", (0, (5, 1.2))),
    LineStyle("#117733", (0, (1, 1))),
    LineStyle("#997700", (0, (6, 1, 1, 1))),
    LineStyle("#6e6e6e", (0, (3, 1, 1, 1, 1, 1))),
)
DEATH_STYLES = {  # of death, in greys, so that births stand out before them
    "hunger": AreaStyle("#a9a9a9", ""),
    "age": AreaStyle("#dcdcdc", ""),
    "accident": AreaStyle("#c2c2c2", "////"),
    "culled": AreaStyle("#7d7d7d", "xx"),
}
CHANGED = "#fdf4e0"  # ground on which the world is another one than it was at first


ROLES = {  # what a colour stands for: which ones there are
    "environments": tuple(line.colour for line in ENVIRONMENTS),  # in figures of several runs: conditions
    "things": (*(area.colour for area in OBJECTS), OTHERS.colour, NO_ENTRY.colour),  # without a colour among features
    "minds": tuple(mark.colour for mark in CONTROLLERS.values()),  # and what is about planners
    "classes": tuple(style.colour for style in CLASS_STYLES.values()),
    "what evolution counts": (COUNTED.colour,),
    "what agents get": (GOT.colour,),
    "weights of features": tuple(line.colour for line in WANTS),
    "the weight of a child": (CHILD.colour, AVOIDED),  # wanted, disliked
    "families": FAMILIES,
    "causes of death": tuple(area.colour for area in DEATH_STYLES.values()),
}
PAGES = {  # roles that meet in one figure or report
    "of generations": ("environments", "things", "minds"),
    "of classes": ("classes", "minds"),
    "of an ecology": (
        "what evolution counts", "what agents get", "weights of features", "the weight of a child", "families",
        "minds",
    ),
}  # fmt: skip


def want_style(number: int) -> LineStyle:
    """Return the line style of a wanted feature by its number; styles repeat after five."""
    return WANTS[number % len(WANTS)]


def outcome_style(number: int) -> LineStyle:
    """Return the line style of an outcome by its number, in worlds without objects."""
    return LineStyle(OBJECTS[number % len(OBJECTS)].colour, ENVIRONMENTS[number % len(ENVIRONMENTS)].dashes)


def environment_style(number: int) -> LineStyle:
    """Return the line style of a scenario's environment by its number; styles repeat after five."""
    return ENVIRONMENTS[number % len(ENVIRONMENTS)]
