"""Rules about minds that climb a map: how often one can be thought over, and that nothing is listed twice."""

from collections.abc import Iterator, Sequence

from evosim.scenario.errors.diagnostic import Diagnostic

MOST_THOUGHTS = 4096


def listed_twice(where: tuple[str, ...], names: Sequence[str]) -> Iterator[Diagnostic]:
    """Yield which of the names of a list at `where` are in it before."""
    for i, name in enumerate(names):
        if name in names[:i]:
            yield Diagnostic((*where, i), f"{name!r} is named twice")
