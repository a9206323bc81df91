"""Resampling: confidence intervals of numbers over worlds or agents, and permutation tests.

Random numbers come from Philox (Salmon et al. 2011), a counter-based generator: they are a function of the key.
"""

from functools import lru_cache

import numpy as np

from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.numerics.intervals import UNBOUNDED, ConfidenceInterval, OfMeans, identity, interval_of_means
from evosim.numerics.random import subkey

ROUNDS = 2000
SHARE, DIFFERENCE_OF_SHARES = (0.0, 1.0), (-1.0, 1.0)  # what they can't leave


def key_for(key: np.uint64, purpose: int) -> np.uint64:
    """Return the key of one purpose, derived from another."""
    return subkey(key, purpose)


def generator(key: np.uint64) -> np.random.Generator:
    """Return the random generator of a key."""
    return np.random.Generator(np.random.Philox(key=int(key)))


def ratio_of_means(means: Reals) -> Reals:
    """Divide the mean of the first column by that of the second, `[R, 2]` to `[R]`; NaN where that is 0."""
    found = np.full(len(means), np.nan)
    np.divide(means[:, 0], means[:, 1], out=found, where=means[:, 1] != 0.0)
    return found


def bootstrap_interval(
    rows: Reals,
    key: np.uint64,
    function: OfMeans = identity,
    rounds: int = ROUNDS,
    bounds: tuple[float, float] = UNBOUNDED,
) -> ConfidenceInterval:
    """Return a function of the mean of N rows `[N, ...]` with its studentised 95% interval; rows are resampled.

    All is NaN if the function is undefined or there are no rows. The ends are NaN for one row, or if all rows give the
    same value, unless `bounds` limit it: see `interval_of_equal_values`.
    """
    return interval_of_means(rows, function, bounds=bounds, rounds=rounds, seed=int(key))


def share_as_large(observed: float, by_chance: Reals) -> float:
    """Return the p-value of a number beside `by_chance [R]`, (1 + as large) / (1 + R) (Phipson and Smyth 2010).

    Sums in another order differ in the last bits, so values that close count as large.
    """
    if np.isnan(observed):
        return 1.0
    slack = 1e-9 * max(1.0, abs(observed))
    return float((1 + (by_chance >= observed - slack).sum()) / (1 + len(by_chance)))


def permuted_within_rows(values: Reals, key: np.uint64, rounds: int = ROUNDS) -> Reals:
    """Return `rounds` copies `[R, N, B]` of values `[N, B]`, in each of which every row is shuffled by itself."""
    order = orders_within_rows(int(key), rounds, *values.shape)
    shuffled: Reals = np.take_along_axis(np.broadcast_to(values, (rounds, *values.shape)), order, axis=2)
    return shuffled


@lru_cache(maxsize=2)
def orders_within_rows(key: int, rounds: int, rows: int, columns: int) -> Ids:
    """Return `rounds` random orders `[R, N, B]` of the columns of each row: a function of the key."""
    order: Ids = generator(np.uint64(key)).random((rounds, rows, columns)).argsort(axis=2)
    order.flags.writeable = False
    return order


def roc_auc(scores: Reals, positive: Flags) -> float:
    """Return the area under the ROC curve of `scores [N]`; ties count half (Mann and Whitney 1947). NaN for one class.

    Raises:
        ValueError: a score is NaN.
    """
    if np.isnan(scores).any():
        raise ValueError("a score is NaN; a test that says nothing of an agent needs a number that says so")
    ours, theirs = scores[positive], scores[~positive]
    if not ours.size or not theirs.size:
        return float("nan")
    more = ours[:, None] > theirs[None, :]
    same = ours[:, None] == theirs[None, :]
    return float((more + 0.5 * same).mean())
