"""Paths of the values that rules read, and which of them are unreliable.

A path is written with dots, as `world.objects.*.count`. `*` stands for any name, `{name}` for one that is bound when
the rule is evaluated, and `?` at the end for less than the value: whether it is present, and of which kind.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache
from typing import Final, TypeAlias


class Sign(Enum):
    """A placeholder in a pattern for a name in a path."""

    ANY = "*"
    PRESENT = "?"


ANY: Final = Sign.ANY
PRESENT: Final = Sign.PRESENT
Path: TypeAlias = "tuple[str | int, ...]"
Pattern: TypeAlias = "tuple[str | int | Sign, ...]"


def is_bound(part: str) -> bool:
    """Whether a part of a pattern stands for a name that is bound when the rule is evaluated."""
    return part.startswith("{") and part.endswith("}")


@lru_cache(maxsize=1024)
def parse_pattern(text: str) -> Pattern:
    """Return the parts of a path with dots; bound names stay `"{name}"`."""
    parts = text.removesuffix("?").split(".") if text.removesuffix("?") else []
    pattern: list[str | int | Sign] = [ANY if part == "*" else part for part in parts]
    return (*pattern, PRESENT) if text.endswith("?") else tuple(pattern)


def bind(pattern: Pattern, names: Mapping[str, str | int]) -> Pattern:
    """Return a pattern in which names replace `"{name}"`."""
    return tuple(names.get(part, part) if isinstance(part, str) else part for part in pattern)


class Unreliable:
    """Paths of a scenario whose values are unreliable: malformed, missing, or refused by a rule."""

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        """Begin with some paths; of unknown fields each may be a misspelling of one that is read."""
        self.paths, self.unknown = set(paths), set[Path]()

    def __bool__(self) -> bool:
        return bool(self.paths)

    def add(self, path: Path, *, is_unknown: bool = False) -> None:
        """Add a path."""
        self.paths.add(path)
        if is_unknown:
            self.unknown.add(path)

    def touches(self, read: Pattern) -> bool:
        """Whether any of these paths lies inside what is read, or contains it."""
        return any(_overlap(read, path, is_unknown=path in self.unknown) for path in self.paths)


def covers(declared: Pattern, read: Pattern) -> bool:
    """Whether a declared pattern covers all that was read; that the values above it are present is implied."""
    if read[-1:] == (PRESENT,):
        declared = declared[: len(read) - 1]
        read = read[:-1]
    elif declared[-1:] == (PRESENT,):
        return False
    return len(declared) <= len(read) and all(d in (r, ANY) for d, r in zip(declared, read, strict=False))


def _overlap(read: Pattern, path: Path, *, is_unknown: bool) -> bool:
    pairs = list(zip(read, path, strict=False))
    if is_unknown and len(read) >= len(path) and pairs and isinstance(pairs[-1][0], str | int):
        field, misspelt = map(str, pairs.pop())
        if field != misspelt and not get_close_matches(misspelt, [field]):
            return False
    return all(mine in (its, ANY) for mine, its in pairs)
