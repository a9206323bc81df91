"""Diagnostics: what is wrong with a scenario, and what was probably meant."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

MOST_WORDS = 100  # among which one is looked for that was meant


class Spot(NamedTuple):
    """Where in a text of several lines: the line and the letter in it, both from 0."""

    line: int
    letter: int


class Diagnostic(NamedTuple):
    """What is wrong, and where: a path of keys and positions, and a `spot` in the text that stands there."""

    where: tuple[str | int, ...]
    what: str
    spot: Spot | None = None


def suggest(word: str, allowed: list[str] | tuple[str, ...]) -> str:
    """Say what was probably meant, or else what is allowed; of very many words the first."""
    close = get_close_matches(word, allowed[:MOST_WORDS], n=1, cutoff=0.6)
    more = ", …" if len(allowed) > MOST_WORDS else ""
    listed = ", ".join(allowed[:MOST_WORDS]) or "nothing"
    return f"did you mean {close[0]!r}?" if close else f"allowed: {listed}{more}"


def twins(names: Iterable[str]) -> Iterator[str]:
    """Find names that stand there already but for capitals, which tables don't tell apart."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            yield name
        seen.add(name.lower())
