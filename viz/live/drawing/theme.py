"""Themes: the colour of each role on screen, light and dark, and the shapes that carry the same without colour."""

from typing import NamedTuple

from evosim.mind.kinds import OWN, look_of
from viz import palette
from viz.looks import named_colour, type_area_style

Colour = tuple[int, int, int]
SHAPES = ("lozenge", "star", "cross", "hourglass", "saltire", "bowtie", "bar")  # of object types, by number
MIND_SHAPES = {name: kind.look.shape for name, kind in OWN.items()}
LEAST_APART = 120  # of 765, from where on a thing stands out from its ground without a rim
CLASS_SHAPES = {
    "robustly_aligned": "disc",
    "mixed": "diamond",
    "pseudo_aligned": "triangle",
    "capability_failure": "nabla",
    "suboptimality_aligned": "square",
    "untrained": "cross",
}


def parse_hex(written: str) -> Colour:
    """Parse a colour written as #rrggbb."""
    return int(written[1:3], 16), int(written[3:5], 16), int(written[5:7], 16)


def mix_colours(one: Colour, other: Colour, share: float) -> Colour:
    """Blend a share of another colour into one."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(one, other, strict=True))
    return r, g, b


class Theme(NamedTuple):
    """The colours of all roles."""

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
    ink=parse_hex(palette.INK),
    faint=(92, 92, 92),
    rule=(222, 221, 217),
    wall=(84, 86, 94),
    floor=(250, 249, 246),
    wanted=parse_hex("#dd6611"),
    counted=parse_hex(palette.COUNTED.colour),
    disagree=parse_hex("#aa1f7a"),
    accent=parse_hex("#0072b2"),
    warning=parse_hex("#b3420a"),
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
    wanted=parse_hex("#ff9a3c"),
    counted=parse_hex("#5aa9f5"),
    disagree=parse_hex("#f06ac0"),
    accent=parse_hex("#56b4e9"),
    warning=parse_hex("#ff9a5c"),
    lift=0.3,
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
WHITE: Colour = (255, 255, 255)


def adapt_colour(written: str, theme: Theme) -> Colour:
    """Adapt a colour of the palette to the theme's background."""
    return mix_colours(parse_hex(written), WHITE, theme.lift)


def object_colour(number: int, theme: Theme) -> Colour:
    """Return the colour of an object type that names none, by its number; the same as in reports."""
    return adapt_colour(type_area_style(number).colour, theme)


def feature_colour(features: dict[str, float]) -> Colour | None:
    """Return the colour of the strongest feature that names one; None if none does."""
    named = named_colour(features)
    return parse_hex(named) if named else None


def object_shape(number: int) -> str:
    """Return the shape of an object type by its number; no kind of mind shares it."""
    return SHAPES[(number + number // len(SHAPES)) % len(SHAPES)]


def rim_colour(colour: Colour, ground: Colour, theme: Theme) -> Colour:
    """Return the outline colour of a thing on a background: the background's unless the contrast is too low."""
    return theme.faint if sum(abs(a - b) for a, b in zip(colour, ground, strict=True)) < LEAST_APART else ground


def mind_colour(controller: str, theme: Theme) -> Colour:
    """Return the colour of a kind of mind."""
    return mix_colours(parse_hex(look_of(controller).colour), WHITE, 0.45 if theme.lift else 0.0)


def class_colour(name: str, theme: Theme) -> Colour:
    """Return the colour of a class of agents; that of untrained agents for none."""
    return adapt_colour(palette.CLASS_STYLES.get(name, palette.CLASS_STYLES["untrained"]).colour, theme)


def environment_colour(number: int, theme: Theme) -> Colour:
    """Return the colour of an environment by its number among the measured ones; the first is that of text."""
    return theme.ink if number == 0 else adapt_colour(palette.environment_style(number).colour, theme)


def want_colour(number: int, theme: Theme) -> Colour:
    """Return the colour of a wanted feature by its number."""
    return adapt_colour(palette.want_style(number).colour, theme)
