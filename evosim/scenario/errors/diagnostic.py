"""Diagnostics: what is wrong with a scenario, and suggestions for what would be right."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple, TypeVar

MOST_WORDS = 100  # among which a suggestion is looked for


Where = TypeVar("Where")


class Spot(NamedTuple):
    """Where in a text of several lines: the line and the letter in it, both from 0."""

    line: int
    letter: int


class Diagnostic(NamedTuple):
    """What is wrong, and where: a path of keys and positions, and a `spot` in the text that stands there."""

    where: tuple[str | int, ...]
    what: str
    spot: Spot | None = None


def suggest(word: str, allowed: Iterable[str], *more: str) -> str:
    """Return a suggestion for a word, or else what is allowed; of very many words the first."""
    words = list(islice((*allowed, *more), MOST_WORDS + 1))
    listed, others = words[:MOST_WORDS], ", …" if len(words) > MOST_WORDS else ""
    close = get_close_matches(word, listed, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"allowed: {', '.join(listed) or 'nothing'}{others}"


def twins(names: Iterable[str]) -> Iterator[str]:
    """Yield names that stand there already but for capitals, which tables don't tell apart."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            yield name
        seen.add(name.lower())


def is_taken(name: str, names: Iterable[str]) -> bool:
    """Whether a name is one of others, but for capitals."""
    return any(name.lower() == other.lower() for other in names)


def respelled(names: Iterable[tuple[Where, str]]) -> Iterator[tuple[Where, str]]:
    """Yield names, each with where it stands, that stand before with other capitals."""
    spelled: dict[str, str] = {}
    for where, name in names:
        if spelled.setdefault(name.lower(), name) != name:
            yield where, name
