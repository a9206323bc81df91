"""Evidence: how surprising counts would be if a claim about their distribution were true.

The draws of all tests are fixed, so a limit of 4 standard deviations is not a rate of false alarms.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

TOO_SURPRISING = 4.0


def surprise(observed: ArrayLike, expected: ArrayLike, freedom: int | None = None) -> float:
    """Give chi-square as standard deviations above its expectation (Wilson and Hilferty 1931).

    Expected counts are scaled to the total observed; categories expected never must never occur.
    """
    seen, hoped = np.asarray(observed, float).ravel(), np.asarray(expected, float).ravel()
    hoped = hoped * seen.sum() / hoped.sum()
    if (seen[hoped == 0] > 0).any():
        return np.inf
    seen, hoped = seen[hoped > 0], hoped[hoped > 0]
    k = freedom or len(seen) - 1
    chi_square = ((seen - hoped) ** 2 / hoped).sum()
    return float(((chi_square / k) ** (1 / 3) - (1 - 2 / (9 * k))) / np.sqrt(2 / (9 * k)))


def surprise_of_two(first: Sequence[float], second: Sequence[float]) -> float:
    """Give the same for two samples of counts that are claimed to be of one distribution."""
    counts = np.array([first, second], float)
    counts = counts[:, counts.sum(axis=0) > 0]
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return surprise(counts, expected, freedom=counts.shape[1] - 1)


def correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Give the correlation of two samples in standard deviations of what independent ones show."""
    return float(np.corrcoef(first, second)[0, 1] * np.sqrt(len(first)))


def kolmogorov(uniforms: NDArray[np.float64]) -> float:
    """Give the distance of a sample from the uniform distribution, times √n; above 1.95 once in a thousand."""
    ordered, n = np.sort(uniforms), len(uniforms)
    ranks = np.arange(n)
    return float(max((ordered - ranks / n).max(), ((ranks + 1) / n - ordered).max()) * np.sqrt(n))
