"""Fonts: which fonts a text needs, and what replaces characters that no installed font has.

DejaVu Sans comes with matplotlib and is the same everywhere. Characters that it lacks are taken from as few other
installed fonts as possible; those that none has are replaced, never drawn as a box.
"""

import logging
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

FAMILY = "DejaVu Sans"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
STRANGE = ("Last Resort", "STIXNonUnicode", "STIXSize", "cm")  # fonts of matplotlib that are not alphabets
POINTS, DPI = 12, 72


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a message of matplotlib's is worth showing; that a font has no bold face isn't."""
    return "font weight" not in record.getMessage()


logging.getLogger("matplotlib.font_manager").addFilter(_is_news)


class Lettering(NamedTuple):
    """A text as it can be drawn, with the fonts that it needs."""

    words: str
    families: tuple[str, ...]  # of fonts, in which each letter is looked for in this order
    replaced: str  # letters that no font has


@cache
def choose_fonts(words: str) -> Lettering:
    """Choose fonts for a text, and replace the characters that none of them has."""
    lacking = [letter for letter in dict.fromkeys(words) if letter != "\n" and not _has(_default(), letter)]
    families = [FAMILY]
    for family, faces in _others() if lacking else ():
        found = [letter for letter in lacking if all(_has(face, letter) for face in faces)]
        if found:
            families.append(family)
            lacking = [letter for letter in lacking if letter not in found]
        if not lacking:
            break
    seen = "".join(letter for letter in lacking if unicodedata.category(letter) not in ("Cf", "Mn"))
    signs = str.maketrans({letter: REPLACEMENT if letter in seen else "" for letter in lacking})
    return Lettering(words.translate(signs), tuple(families), seen)


def with_fallbacks(font: FontProperties, words: str) -> FontProperties:
    """Return a font with the fallback fonts that a text needs."""
    fitting = font.copy()
    fitting.set_family(list(choose_fonts(words).families))
    return fitting


def describe_replacements(words: str) -> str:
    """Describe which characters of a text were replaced; empty if all can be drawn."""
    missing = choose_fonts(words).replaced
    listed = ", ".join(missing[:10]) + (", …" if len(missing) > 10 else "")
    return f"no font on this machine has {listed}; the figure has {REPLACEMENT} instead" if missing else ""


def _default() -> str:
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


def _others() -> Iterator[tuple[str, set[str]]]:
    """Yield the other installed font families with their faces, in a stable order."""
    for family in sorted({entry.name for entry in font_manager.fontManager.ttflist}):
        if family != FAMILY and not family.startswith(STRANGE):
            faces = (FontProperties(family=family, weight=weight) for weight in ("normal", "bold"))
            yield family, {str(font_manager.findfont(face)) for face in faces}


@cache
def _letters(path: str) -> frozenset[int]:
    """Return the characters of a font; none for bitmap fonts, which can't be scaled."""
    try:
        font = FT2Font(path)
        return frozenset(font.get_charmap()) if font.scalable else frozenset()
    except (RuntimeError, OSError):
        return frozenset()


@cache
def _has(path: str, letter: str) -> bool:
    """Whether a font has an outline for a character; listing it alone is not enough."""
    if ord(letter) not in _letters(path):
        return False
    if letter.isspace() or unicodedata.category(letter) in ("Cf", "Mn"):
        return True
    font = FT2Font(path)
    font.set_size(POINTS, DPI)
    return bool(font.load_char(ord(letter)).width)
