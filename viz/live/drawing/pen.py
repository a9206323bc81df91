"""The pen: the drawing context of all panels. Sizes are in units, which are pixels at scale 1."""

import math
from collections import OrderedDict
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pygame
import pygame.freetype

from viz.live.drawing.event_marks import EVENT_SHAPES
from viz.live.drawing.theme import Colour, Theme

Point = tuple[float, float]
WORDS_KEPT = 600  # rendered lines that are kept, the last used ones
LACKING = "\N{REPLACEMENT CHARACTER}"
SIZES_KEPT = 4000
SMALLER = (1.0, 0.92, 0.85)  # sizes of type that a line is tried in before it is shortened
LEAST_TYPE = 8  # pixels; type gets no smaller to make a line fit
TINY, SMALL, NORMAL, LARGE = 10, 11.5, 13, 16  # units of type


class Truncated(NamedTuple):
    """A truncated line, which is shown in full while it is pointed at."""

    box: pygame.Rect
    words: str


class Fonts:
    """The typeface in all sizes: it comes with matplotlib, so it is the same everywhere."""

    def __init__(self) -> None:
        spec = find_spec("matplotlib")
        assert spec is not None
        assert spec.origin is not None
        self.folder = Path(spec.origin).parent / "mpl-data/fonts/ttf"
        pygame.freetype.init()
        self.letters = pygame.freetype.Font(self.folder / "DejaVuSans.ttf", LARGE)  # fonts don't say what they lack
        self.drawn: dict[str, str] = {}  # what is drawn for a letter
        self.made: dict[tuple[int, bool], pygame.font.Font] = {}
        self.sizes: dict[tuple[str, int, bool], tuple[int, int]] = {}
        self.words: OrderedDict[tuple[str, int, bool, Colour], pygame.Surface] = OrderedDict()

    def size_of(self, words: str, pixels: int, bold: bool) -> tuple[int, int]:
        """Return the width and height of a line in pixels, cached since most lines recur in every frame."""
        key = words, pixels, bold
        found = self.sizes.get(key)
        if found is None:
            if len(self.sizes) >= SIZES_KEPT:
                self.sizes.clear()
            found = self.sizes[key] = self.font(pixels, bold).size(self.drawable(words))
        return found

    def font(self, pixels: int, bold: bool) -> pygame.font.Font:
        """Return the font of a height in pixels."""
        key = pixels, bold
        if key not in self.made:
            name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
            self.made[key] = pygame.font.Font(self.folder / name, pixels)
        return self.made[key]

    def drawable(self, words: str) -> str:
        """Replace characters that the typeface lacks and would draw as boxes."""
        if words.isascii():
            return words
        for letter in words:
            if letter not in self.drawn:
                self.drawn[letter] = letter if self.letters.get_metrics(letter)[0] else LACKING
        return "".join(self.drawn[letter] for letter in words)

    def rendered(self, words: str, pixels: int, bold: bool, colour: Colour) -> pygame.Surface:
        """Return a line of text as a surface, cached."""
        words = self.drawable(words)
        key = words, pixels, bold, colour
        found = self.words.pop(key, None)
        if found is None:
            found = self.font(pixels, bold).render(words, True, colour)
            if len(self.words) >= WORDS_KEPT:
                self.words.popitem(last=False)
        self.words[key] = found
        return found


class Pen:
    """Draws on any surface in one theme and scale.

    pen = Pen(DARK, scale=1.5)
    pen.text(surface, "training", (10, 10))
    """

    def __init__(
        self, theme: Theme, scale: float = 1.0, fonts: Fonts | None = None, *, is_film: bool = False
    ) -> None:  # fmt: skip
        if not pygame.font.get_init():
            pygame.font.init()
        self.theme = theme
        self.scale = scale
        self.fonts = fonts or Fonts()
        self.is_film = is_film  # nobody can press a key or click: nothing drawn says how
        self.shortened: list[Truncated] = []  # since somebody emptied it

    def px(self, units: float) -> int:
        """Convert units to pixels, at least 1 for any positive number."""
        return max(1, round(units * self.scale)) if units > 0 else round(units * self.scale)

    def text(
        self,
        surface: pygame.Surface,
        words: str,
        at: Point,
        size: float = NORMAL,
        colour: Colour | None = None,
        *,
        bold: bool = False,
        anchor: str = "topleft",
        most: float | None = None,
    ) -> pygame.Rect:
        """Draw one line with its `anchor`, as pygame names it, at a position in pixels, and return its rectangle.

        A line wider than `most` pixels is set in smaller type; if it is still too wide, it is truncated and recorded in
        `shortened` with its full text.
        """
        full = words
        if most is not None:
            words, size = self.fit(words, most, size, bold=bold)
        picture = self.fonts.rendered(words, max(6, round(size * self.scale)), bold, colour or self.theme.ink)
        place = picture.get_rect(**{anchor: (round(at[0]), round(at[1]))})
        surface.blit(picture, place)
        if words != full:
            self.shortened.append(Truncated(place, full))
        return place

    def paragraph(
        self,
        surface: pygame.Surface,
        words: str,
        at: Point,
        width: float,
        size: float = NORMAL,
        colour: Colour | None = None,
        *,
        bold: bool = False,
        anchor: str = "topleft",
    ) -> int:
        """Draw text in as many lines as it needs, and return the vertical coordinate of its end in pixels."""
        top = round(at[1])
        for line in self.wrap(words, width, size, bold=bold):
            self.text(surface, line, (at[0], top), size, colour, bold=bold, anchor=anchor)
            top += self.line(size)
        return top

    def width(self, words: str, size: float = NORMAL, *, bold: bool = False) -> int:
        """Return the width of a line in pixels."""
        return self.fonts.size_of(words, max(6, round(size * self.scale)), bold)[0]

    def line(self, size: float = NORMAL) -> int:
        """Return the line spacing in pixels."""
        return round(1.35 * size * self.scale)

    def fit(self, words: str, most: float, size: float = NORMAL, *, bold: bool = False) -> tuple[str, float]:
        """Fit a line into a width in pixels, and return the text to draw and its size."""
        for share in SMALLER:
            if share < 1.0 and share * size * self.scale < LEAST_TYPE:
                break
            if self.width(words, share * size, bold=bold) <= most:
                return words, share * size
        return self.truncate(words, most, size, bold=bold), size

    def truncate(self, words: str, most: float, size: float = NORMAL, *, bold: bool = False) -> str:
        """Truncate a line to a width in pixels."""
        if self.width(words, size, bold=bold) <= most:
            return words
        while words and self.width(f"{words}…", size, bold=bold) > most:
            words = words[:-1]
        return f"{words.rstrip()}…"

    def wrap(self, words: str, most: float, size: float = NORMAL, *, bold: bool = False) -> list[str]:
        """Wrap text into lines of a width in pixels, breaking words that are wider than a line."""
        found, line = [], ""
        for word in words.split():
            longer = f"{line} {word}".strip()
            if line and self.width(longer, size, bold=bold) > most:
                found.append(line)
                line = word
            else:
                line = longer
            while len(line) > 1 and self.width(line, size, bold=bold) > most:
                at = next(
                    n for n in range(len(line) - 1, 0, -1) if n == 1 or self.width(line[:n], size, bold=bold) <= most
                )
                found.append(line[:at])
                line = line[at:]
        return [*found, line] if line else found

    def card(self, surface: pygame.Surface, box: pygame.Rect, colour: Colour | None = None) -> None:
        """Draw the background of a panel."""
        pygame.draw.rect(surface, colour or self.theme.card, box, border_radius=self.px(6))

    def chip(
        self,
        surface: pygame.Surface,
        words: str,
        at: Point,
        ground: Colour,
        *,
        anchor: str = "topleft",
        most: float | None = None,
    ) -> pygame.Rect:
        """Draw a word on a coloured pill, at most `most` pixels wide, and return its rectangle."""
        margin = self.px(14)
        size = SMALL if most is None else self.fit(words, max(most - margin, 1), SMALL, bold=True)[1]
        high = self.fonts.font(max(6, round(SMALL * self.scale)), True).get_height() + self.px(6)
        wide = self.width(words, size, bold=True) + margin
        box = pygame.Rect(0, 0, wide if most is None else min(wide, round(most)), high)
        setattr(box, anchor, (round(at[0]), round(at[1])))
        pygame.draw.rect(surface, ground, box, border_radius=box.height // 2)
        self.text(
            surface, words, box.center, size, choose_ink(ground), bold=True, anchor="center", most=box.width - margin
        )
        return box

    def shape(
        self,
        surface: pygame.Surface,
        name: str,
        centre: Point,
        radius: float,
        colour: Colour,
        halo: Colour | None = None,
    ) -> None:
        """Draw one of the shapes that distinguish kinds, with an outline if a `halo` is given."""
        if halo is not None:
            draw_shape(surface, name, centre, radius + max(1.0, radius * 0.28), halo)
        draw_shape(surface, name, centre, radius, colour)

    def dashed(
        self, surface: pygame.Surface, points: list[Point], colour: Colour, width: int, dash: float = 6.0
    ) -> None:
        """Draw a dashed line through points."""
        length, drawn = self.px(dash), 0.0
        for (x, y), (u, v) in pairwise(points):
            whole = math.hypot(u - x, v - y)
            at = 0.0
            while at < whole:
                left = length - drawn % length
                to = min(whole, at + left)
                if int(drawn / length) % 2 == 0:
                    start = (x + (u - x) * at / whole, y + (v - y) * at / whole)
                    end = (x + (u - x) * to / whole, y + (v - y) * to / whole)
                    pygame.draw.line(surface, colour, start, end, width)
                drawn += to - at
                at = to

    def hatch(self, surface: pygame.Surface, box: pygame.Rect, colour: Colour, step: float = 6.0) -> None:
        """Fill a box with diagonal lines."""
        before, distance = surface.get_clip(), self.px(step)
        surface.set_clip(box.clip(before))
        for x in range(box.left - box.height, box.right, distance):
            pygame.draw.line(surface, colour, (x, box.bottom), (x + box.height, box.top))
        surface.set_clip(before)


def ease(share: float) -> float:
    """Return the eased progress of an animation, slow at both ends, for progress from 0 to 1."""
    return share * share * (3.0 - 2.0 * share)


def choose_ink(ground: Colour) -> Colour:
    """Return black or white, whichever is readable on a colour."""
    r, g, b = ground
    return (16, 16, 16) if 0.299 * r + 0.587 * g + 0.114 * b > 140 else (255, 255, 255)


def polygon_corners(count: int, centre: Point, radius: float, first: float, inner: float = 1.0) -> list[Point]:
    """Return the corners of a regular polygon or, with `inner` below 1, of a star."""
    x, y = centre
    found = []
    for i in range(count):
        angle = first + 2 * math.pi * i / count
        r = radius * (inner if i % 2 else 1.0)
        found.append((x + r * math.cos(angle), y + r * math.sin(angle)))
    return found


def draw_shape(surface: pygame.Surface, name: str, centre: Point, radius: float, colour: Colour) -> None:
    """Draw a shape by its name; all shapes cover about the area of a disc of this radius in pixels."""
    x, y = centre
    if name in EVENT_SHAPES:
        EVENT_SHAPES[name](surface, centre, radius, colour)
    elif name == "disc":
        pygame.draw.aacircle(surface, colour, (x, y), max(1.0, radius))
    elif name == "square":
        side = 1.75 * radius
        pygame.draw.rect(
            surface, colour, pygame.Rect(round(x - side / 2), round(y - side / 2), round(side), round(side))
        )
    elif name == "cross":
        bar, arm = max(1.0, 0.62 * radius), 1.1 * radius
        pygame.draw.rect(surface, colour, pygame.Rect(round(x - arm), round(y - bar / 2), round(2 * arm), round(bar)))
        pygame.draw.rect(surface, colour, pygame.Rect(round(x - bar / 2), round(y - arm), round(bar), round(2 * arm)))
    elif name == "saltire":
        bar, arm = 0.31 * radius, 1.1 * radius
        for turn in (math.pi / 4, -math.pi / 4):
            along, aside = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))
            ends = [(a, b) for a, b in ((-arm, -bar), (arm, -bar), (arm, bar), (-arm, bar))]
            points = [(x + a * along[0] + b * aside[0], y + a * along[1] + b * aside[1]) for a, b in ends]
            pygame.draw.polygon(surface, colour, points)
    elif name == "bar":
        wide, high = 2.8 * radius, max(1.0, 1.0 * radius)
        pygame.draw.rect(
            surface, colour, pygame.Rect(round(x - wide / 2), round(y - high / 2), round(wide), round(high))
        )
    else:
        pygame.draw.polygon(surface, colour, OUTLINES[name](centre, radius))


def _triangles(centre: Point, radius: float, *, upright: bool) -> list[Point]:
    """Return the corners of two triangles that meet in the centre, stacked or side by side."""
    r = 1.2 * radius
    ends = [(-r, -r), (r, -r), (-r, r), (r, r)] if upright else [(-r, -r), (-r, r), (r, -r), (r, r)]
    return [(centre[0] + a, centre[1] + b) for a, b in ends]


def _lozenge(centre: Point, radius: float) -> list[Point]:
    """Return the corners of a lozenge."""
    x, y = centre
    return [(x, y - 1.6 * radius), (x + 0.85 * radius, y), (x, y + 1.6 * radius), (x - 0.85 * radius, y)]


UP = -math.pi / 2
OUTLINES: dict[str, Callable[[Point, float], list[Point]]] = {
    "triangle": lambda centre, radius: polygon_corners(3, (centre[0], centre[1] + 0.15 * radius), 1.3 * radius, UP),
    "nabla": lambda centre, radius: polygon_corners(3, (centre[0], centre[1] - 0.15 * radius), 1.3 * radius, -UP),
    "diamond": lambda centre, radius: polygon_corners(4, centre, 1.25 * radius, UP),
    "pentagon": lambda centre, radius: polygon_corners(5, centre, 1.2 * radius, -UP),
    "hexagon": lambda centre, radius: polygon_corners(6, centre, 1.1 * radius, 0.0),
    "star": lambda centre, radius: polygon_corners(10, centre, 1.45 * radius, UP, 0.46),
    "lozenge": _lozenge,
    "hourglass": lambda centre, radius: _triangles(centre, radius, upright=True),
    "bowtie": lambda centre, radius: _triangles(centre, radius, upright=False),
}
