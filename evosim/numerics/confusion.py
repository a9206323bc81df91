"""Confusion matrices: how often each class is predicted for each true class."""

from collections.abc import Sequence

import numpy as np

from evosim.numerics.arrays import Ids, Reals


def confusion(truth: Sequence[str], said: Sequence[str], classes: Sequence[str]) -> Ids:
    """Return the counts `[C, C]` of agents by true class (rows) and predicted class (columns).

    Raises:
        ValueError: the lengths differ, or a label is not one of the classes.
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


def as_table(counts: Ids, classes: Sequence[str]) -> str:
    """Return a confusion matrix `[C, C]` as a Markdown table."""
    lines = ["| is, said to be | " + " | ".join(classes) + " |", "|---|" + "---:|" * len(classes)]
    rows = zip(classes, counts.tolist(), strict=True)
    return "\n".join([*lines, *(f"| {name} | " + " | ".join(map(str, row)) + " |" for name, row in rows)])


def macro_f1(counts: Reals) -> Reals:
    """Return the mean F1 `[R]` over the classes that occur, from mean counts `[R, true, predicted]`."""
    size = counts.shape[1]
    by_cell = np.ascontiguousarray(counts.reshape(len(counts), -1).T).reshape(
        size, size, -1
    )  # numpy adds long rows fast
    occurring, total = np.zeros(len(counts), np.int64), np.zeros(len(counts))
    for c in range(size):
        predicted, true = by_cell[0, c].copy(), by_cell[c, 0].copy()
        for other in range(1, size):
            predicted += by_cell[other, c]
            true += by_cell[c, other]
        predicted += true
        some = predicted > 0.0
        total += np.divide(2.0 * by_cell[c, c], predicted, out=np.zeros(len(counts)), where=some)
        occurring += some
    return np.asarray(total / np.maximum(occurring, 1))
