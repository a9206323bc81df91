"""Themes: the colours of each role on a screen, light and dark; the shapes that say the same without colour."""

from typing import NamedTuple

from viz import palette
from viz.looks import named_colour, type_area_style

Colour = tuple[int, int, int]
SHAPES = ("lozenge", "star", "cross", "hourglass", "saltire", "bowtie", "bar")  # of object types, by number
MIND_SHAPES = {"planner": "disc", "heuristic": "triangle", "open_loop": "square"}
LEAST_APART = 120  # of 765, from where on a thing stands out from its ground without a rim
CLASS_SHAPES = {
    "robustly_aligned": "disc",
    "mixed": "diamond",
    "pseudo_aligned": "triangle",
    "capability_failure": "nabla",
    "suboptimality_aligned": "square",
    "untrained": "cross",
}


def rgb(written: str) -> Colour:
    """Read a colour written as #rrggbb."""
    return int(written[1:3], 16), int(written[3:5], 16), int(written[5:7], 16)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Mix a share of another colour into one."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(one, other, strict=True))
    return r, g, b


class Theme(NamedTuple):
    """What every role looks like."""

    name: str
    paper: Colour  # behind all
    card: Colour  # behind a panel
    ink: Colour
    faint: Colour  # notes, ticks
    rule: Colour  # lines that help the eye
    wall: Colour
    floor: Colour
    wanted: Colour  # what an agent wants
    counted: Colour  # what evolution counts
    disagree: Colour  # where they come apart
    accent: Colour  # what has the focus
    warning: Colour  # an experiment is on; something is wrong
    lift: float  # how much lighter colours of roles are than in print


LIGHT = Theme(
    name="light",
    paper=(244, 243, 240),
    card=(255, 255, 255),
    ink=rgb(palette.INK),
    faint=(92, 92, 92),
    rule=(222, 221, 217),
    wall=(84, 86, 94),
    floor=(250, 249, 246),
    wanted=rgb("#dd6611"),
    counted=rgb(palette.COUNTED.colour),
    disagree=rgb("#aa1f7a"),
    accent=rgb("#0072b2"),
    warning=rgb("#b3420a"),
    lift=0.0,
)
DARK = Theme(
    name="dark",
    paper=(20, 22, 27),
    card=(30, 33, 40),
    ink=(236, 236, 232),
    faint=(160, 164, 172),
    rule=(58, 62, 72),
    wall=(94, 100, 114),
    floor=(38, 42, 51),
    wanted=rgb("#ff9a3c"),
    counted=rgb("#5aa9f5"),
    disagree=rgb("#f06ac0"),
    accent=rgb("#56b4e9"),
    warning=rgb("#ff9a5c"),
    lift=0.3,
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
WHITE: Colour = (255, 255, 255)


def in_theme(written: str, theme: Theme) -> Colour:
    """Give a colour of the palette as it is on this theme's ground."""
    return mixed(rgb(written), WHITE, theme.lift)


def object_colour(number: int, theme: Theme) -> Colour:
    """Give the colour of an object type that looks like none, by its number; the same as on the pages."""
    return in_theme(type_area_style(number).colour, theme)


def looks_like(features: dict[str, float]) -> Colour | None:
    """Give the colour of a thing whose features name one, the strongest; None if none does."""
    named = named_colour(features)
    return rgb(named) if named else None


def object_shape(number: int) -> str:
    """Give the shape of an object type by its number; no mind has it."""
    return SHAPES[(number + number // len(SHAPES)) % len(SHAPES)]


def rim_of(colour: Colour, ground: Colour, theme: Theme) -> Colour:
    """Give the rim of a thing on a ground: that of the ground, unless the thing could hardly be seen on it."""
    return theme.faint if sum(abs(a - b) for a, b in zip(colour, ground, strict=True)) < LEAST_APART else ground


def mind_colour(controller: str, theme: Theme) -> Colour:
    """Give the colour of a kind of mind."""
    return mixed(rgb(palette.CONTROLLERS[controller].colour), WHITE, 0.45 if theme.lift else 0.0)


def class_colour(name: str, theme: Theme) -> Colour:
    """Give the colour of a class of agents; who has none is as one who is untrained."""
    return in_theme(palette.CLASS_STYLES.get(name, palette.CLASS_STYLES["untrained"]).colour, theme)


def environment_colour(number: int, theme: Theme) -> Colour:
    """Give the colour of an environment by its number among those measured in; the first is that of ink."""
    return theme.ink if number == 0 else in_theme(palette.environment_style(number).colour, theme)


def want_colour(number: int, theme: Theme) -> Colour:
    """Give the colour of a wanted feature by its number."""
    return in_theme(palette.want_style(number).colour, theme)
