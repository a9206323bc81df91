"""Plain twin of descriptions: texts of 0s and 1s that can be read again, whose lengths are those of minds."""

from collections.abc import Iterator, Sequence
from itertools import groupby


def gamma(number: int) -> str:
    """Write a whole number from 1 on: as many 0s as it has digits behind the first, then its digits."""
    digits = f"{number:b}"
    return "0" * (len(digits) - 1) + digits


def read_gamma(text: Iterator[str]) -> int:
    zeros = 0
    while next(text) == "0":
        zeros += 1
    return int("1" + "".join(next(text) for _ in range(zeros)), 2)


def write_allele(allele: float, low: float, high: float) -> str:
    """Write how many sixteenths of half the range it lies from what is nearest to 0, positive ones as even numbers."""
    origin = min(max(0.0, low), high)
    steps = round((allele - origin) / ((high - low) / 2) * 16)
    if not low < 0 < high:
        return gamma(1 + abs(steps))
    return gamma(1 if steps == 0 else 2 * steps if steps > 0 else 1 - 2 * steps)


def read_allele(text: Iterator[str], low: float, high: float) -> float:
    """Read it, to the nearest sixteenth."""
    number, origin, step = read_gamma(text), min(max(0.0, low), high), (high - low) / 32
    if not low < 0 < high:
        return origin + (number - 1) * step * (1 if origin == low else -1)
    return (number // 2) * step * (1 if number % 2 == 0 else -1)


def runs(sequence: Sequence[int]) -> list[tuple[int, int]]:
    """List each action with how often it stands there in a row."""
    return [(action, len(list(group))) for action, group in groupby(sequence)]
