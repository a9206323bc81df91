"""Confusion: how often what is said of agents is what they are, class by class, and how sure that is."""

from collections.abc import Sequence

import numpy as np

from evosim.alignment.performance import Z
from evosim.alignment.resampling import Interval
from evosim.types import Ids


def confusion(truth: Sequence[str], said: Sequence[str], classes: Sequence[str]) -> Ids:
    """Count `[C, C]` agents by what they are (rows) and what is said of them (columns).

    Raises:
        ValueError: there are not as many of the one as of the other, or one is no class.
    """
    if len(truth) != len(said):
        raise ValueError(f"{len(said)} verdicts on {len(truth)} agents; one each is needed")
    strangers = sorted({*truth, *said} - set(classes))
    if strangers:
        raise ValueError(f"{strangers[0]!r} is no class; the classes are {', '.join(classes)}")
    counts = np.zeros((len(classes), len(classes)), np.int64)
    for actual, verdict in zip(truth, said, strict=True):
        counts[classes.index(actual), classes.index(verdict)] += 1
    return counts


def wilson(right: int, count: int) -> Interval:
    """Give a share with its 95% interval (Wilson 1927): it lies within 0 and 1 where all are right, too.

    Raises:
        ValueError: more are right than there are, or there are none.
    """
    if count < 1 or not 0 <= right <= count:
        raise ValueError(f"{right} right of {count}; a share is of at least one, and no more than all")
    share, scale = right / count, 1.0 + Z**2 / count
    middle = (share + Z**2 / (2 * count)) / scale
    reach = Z * np.sqrt(share * (1.0 - share) / count + (Z / (2 * count)) ** 2) / scale
    return Interval(share, max(0.0, float(middle - reach)), min(1.0, float(middle + reach)))


def as_table(counts: Ids, classes: Sequence[str]) -> str:
    """Write a confusion matrix as a Markdown table."""
    lines = ["| is, said to be | " + " | ".join(classes) + " |", "|---|" + "---:|" * len(classes)]
    rows = zip(classes, counts.tolist(), strict=True)
    return "\n".join([*lines, *(f"| {name} | " + " | ".join(map(str, row)) + " |" for name, row in rows)])
