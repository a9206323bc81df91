"""The pen: what panels draw with. Sizes are in units that a person can enlarge; a unit is a pixel at scale 1."""

import math
from collections import OrderedDict
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pygame
import pygame.freetype

from viz.live.drawing.theme import Colour, Theme

Point = tuple[float, float]
WORDS_KEPT = 600  # rendered lines that are kept, the last used ones
LACKING = "\N{REPLACEMENT CHARACTER}"
TINY, SMALL, NORMAL, LARGE = 10, 11.5, 13, 16  # units of type


class Fonts:
    """The typeface of the pages, in all sizes asked for: it comes with matplotlib, so it is the same everywhere."""

    def __init__(self) -> None:
        spec = find_spec("matplotlib")
        assert spec is not None
        assert spec.origin is not None
        self.folder = Path(spec.origin).parent / "mpl-data/fonts/ttf"
        pygame.freetype.init()
        self.letters = pygame.freetype.Font(self.folder / "DejaVuSans.ttf", LARGE)  # fonts don't say what they lack
        self.drawn: dict[str, str] = {}  # what is drawn for a letter
        self.made: dict[tuple[int, bool], pygame.font.Font] = {}
        self.words: OrderedDict[tuple[str, int, bool, Colour], pygame.Surface] = OrderedDict()

    def font(self, pixels: int, bold: bool) -> pygame.font.Font:
        """Give the font of a height in pixels."""
        key = pixels, bold
        if key not in self.made:
            name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
            self.made[key] = pygame.font.Font(self.folder / name, pixels)
        return self.made[key]

    def drawable(self, words: str) -> str:
        """Replace the letters that the typeface lacks, which would be boxes."""
        if words.isascii():
            return words
        for letter in words:
            if letter not in self.drawn:
                self.drawn[letter] = letter if self.letters.get_metrics(letter)[0] else LACKING
        return "".join(self.drawn[letter] for letter in words)

    def rendered(self, words: str, pixels: int, bold: bool, colour: Colour) -> pygame.Surface:
        """Give a line of words as a picture."""
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
    """Draws on any surface, in one theme and scale.

    pen = Pen(DARK, scale=1.5)
    pen.text(surface, "training", (10, 10))
    """

    def __init__(self, theme: Theme, scale: float = 1.0, fonts: Fonts | None = None) -> None:
        if not pygame.font.get_init():
            pygame.font.init()
        self.theme = theme
        self.scale = scale
        self.fonts = fonts or Fonts()

    def px(self, units: float) -> int:
        """Say how many pixels some units are, at least 1 if they are any."""
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
        """Write one line, its `anchor` (as pygame names it) at a place in pixels; cut to `most` pixels, if given."""
        if most is not None:
            words = self.cut(words, most, size, bold=bold)
        picture = self.fonts.rendered(words, max(6, round(size * self.scale)), bold, colour or self.theme.ink)
        place = picture.get_rect(**{anchor: (round(at[0]), round(at[1]))})
        surface.blit(picture, place)
        return place

    def width(self, words: str, size: float = NORMAL, *, bold: bool = False) -> int:
        """Measure a line in pixels."""
        return self.fonts.font(max(6, round(size * self.scale)), bold).size(self.fonts.drawable(words))[0]

    def line(self, size: float = NORMAL) -> int:
        """Say how far lines are apart, in pixels."""
        return round(1.35 * size * self.scale)

    def cut(self, words: str, most: float, size: float = NORMAL, *, bold: bool = False) -> str:
        """Cut a line to a width in pixels."""
        if self.width(words, size, bold=bold) <= most:
            return words
        while words and self.width(f"{words}…", size, bold=bold) > most:
            words = words[:-1]
        return f"{words.rstrip()}…"

    def broken(self, words: str, most: float, size: float = NORMAL, lines: int = 99) -> list[str]:
        """Break words into lines of a width in pixels, at most so many."""
        found, line = [], ""
        for word in words.split():
            longer = f"{line} {word}".strip()
            if line and self.width(longer, size) > most:
                found.append(line)
                line = word
            else:
                line = longer
        found += [line] if line else []
        if len(found) > lines:
            found = [*found[: lines - 1], self.cut(" ".join(found[lines - 1 :]), most, size)]
        return [self.cut(line, most, size) for line in found]

    def card(self, surface: pygame.Surface, box: pygame.Rect, colour: Colour | None = None) -> None:
        """Lay a panel's ground."""
        pygame.draw.rect(surface, colour or self.theme.card, box, border_radius=self.px(6))

    def chip(
        self, surface: pygame.Surface, words: str, at: Point, ground: Colour, *, anchor: str = "topleft"
    ) -> pygame.Rect:
        """Write a word on a coloured pill."""
        ink = readable_on(ground)
        picture = self.fonts.rendered(words, max(6, round(SMALL * self.scale)), True, ink)
        box = picture.get_rect().inflate(self.px(14), self.px(6))
        setattr(box, anchor, (round(at[0]), round(at[1])))
        pygame.draw.rect(surface, ground, box, border_radius=box.height // 2)
        surface.blit(picture, picture.get_rect(center=box.center))
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
        """Draw one of the shapes that tell kinds apart, with a rim of another colour, if one is given."""
        if halo is not None:
            draw_shape(surface, name, centre, radius + max(1.0, radius * 0.28), halo)
        draw_shape(surface, name, centre, radius, colour)

    def dashed(
        self, surface: pygame.Surface, points: list[Point], colour: Colour, width: int, dash: float = 6.0
    ) -> None:
        """Draw a line of dashes through points."""
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
        """Hatch a box with slanting lines."""
        before, distance = surface.get_clip(), self.px(step)
        surface.set_clip(box.clip(before))
        for x in range(box.left - box.height, box.right, distance):
            pygame.draw.line(surface, colour, (x, box.bottom), (x + box.height, box.top))
        surface.set_clip(before)


def eased(share: float) -> float:
    """Ease a glide in and out: how far it has come at a share of its time."""
    return share * share * (3.0 - 2.0 * share)


def readable_on(ground: Colour) -> Colour:
    """Choose black or white, whichever can be read on a colour."""
    r, g, b = ground
    return (16, 16, 16) if 0.299 * r + 0.587 * g + 0.114 * b > 140 else (255, 255, 255)


def corners(count: int, centre: Point, radius: float, first: float, inner: float = 1.0) -> list[Point]:
    """Give the corners of a regular polygon or, with every second one nearer to the centre, of a star."""
    x, y = centre
    found = []
    for i in range(count):
        angle = first + 2 * math.pi * i / count
        r = radius * (inner if i % 2 else 1.0)
        found.append((x + r * math.cos(angle), y + r * math.sin(angle)))
    return found


def draw_shape(surface: pygame.Surface, name: str, centre: Point, radius: float, colour: Colour) -> None:
    """Draw a shape by its name; each covers about as much as a disc of this radius."""
    x, y = centre
    up = -math.pi / 2
    if name == "disc":
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
    else:
        points = {
            "triangle": lambda: corners(3, (x, y + 0.15 * radius), 1.3 * radius, up),
            "nabla": lambda: corners(3, (x, y - 0.15 * radius), 1.3 * radius, -up),
            "diamond": lambda: corners(4, centre, 1.25 * radius, up),
            "hexagon": lambda: corners(6, centre, 1.1 * radius, up),
            "star": lambda: corners(10, centre, 1.45 * radius, up, 0.46),
        }[name]()
        pygame.draw.polygon(surface, colour, points)
