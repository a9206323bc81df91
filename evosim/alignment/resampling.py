"""Resampling: how far a number over worlds, or over agents, may be off, and what chance alone would make of it.

Chance comes from Philox (Salmon et al. 2011), a counter-based generator: what is drawn is a function of the key.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from evosim.chance import subkey
from evosim.types import Flags, Ids, Reals

ROUNDS = 2000
Statistic = Callable[[Reals], Reals]  # from rounds of rows [R, N, ...] to one number a round [R]


class Interval(NamedTuple):
    """A number with its 95% interval."""

    middle: float
    low: float
    high: float


def key_for(key: np.uint64, purpose: int) -> np.uint64:
    """Derive the key of one purpose."""
    return subkey(key, purpose)


def generator(key: np.uint64) -> np.random.Generator:
    """Make the generator of a key."""
    return np.random.Generator(np.random.Philox(key=int(key)))


def mean_of_rows(rows: Reals) -> Reals:
    """Average the rows `[R, N]` of each round."""
    means: Reals = rows.mean(axis=1)
    return means


def ratio_of_sums(rows: Reals) -> Reals:
    """Divide the sum of the first column by that of the second, `[R, N, 2]` to `[R]`; NaN where that is 0."""
    sums = rows.sum(axis=1)
    ratio = np.full(len(sums), np.nan)
    np.divide(sums[:, 0], sums[:, 1], out=ratio, where=sums[:, 1] != 0.0)
    return ratio


def interval(rows: Reals, key: np.uint64, statistic: Statistic = mean_of_rows, rounds: int = ROUNDS) -> Interval:
    """Give a statistic of N rows with its bootstrap interval (percentiles; Efron 1979), rows being what is resampled.

    Rounds in which it does not exist are left out; all is NaN if it never does, or there are no rows.
    """
    count = len(rows)
    if count == 0:
        return Interval(np.nan, np.nan, np.nan)
    middle = float(statistic(rows[None])[0])
    drawn = statistic(rows[generator(key).integers(count, size=(rounds, count))])
    known = drawn[~np.isnan(drawn)]
    if np.isnan(middle) or known.size == 0:
        return Interval(np.nan, np.nan, np.nan)
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(middle, float(low), float(high))


def share_as_large(observed: float, by_chance: Reals) -> float:
    """Give the p-value of a number, beside as many as chance made: (1 + as large) / (1 + all); Phipson and Smyth 2010.

    Sums in another order differ in the last bits, so what is that close counts as large.
    """
    if np.isnan(observed):
        return 1.0
    slack = 1e-9 * max(1.0, abs(observed))
    return float((1 + (by_chance >= observed - slack).sum()) / (1 + len(by_chance)))


def permuted_within_rows(values: Reals, key: np.uint64, rounds: int = ROUNDS) -> Reals:
    """Shuffle each row of `[N, B]` by itself, `rounds` times `[R, N, B]`: it does not matter which column is which."""
    order: Ids = generator(key).random((rounds, *values.shape)).argsort(axis=2)
    shuffled: Reals = np.take_along_axis(np.broadcast_to(values, (rounds, *values.shape)), order, axis=2)
    return shuffled


def roc_auc(scores: Reals, positive: Flags) -> float:
    """Give the chance that a positive scores more than a negative, ties half (Mann and Whitney 1947); NaN if one lacks.

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
