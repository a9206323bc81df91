"""Variance between groups beside variance within: how much of what differs is settled by the group.

Groups are independent units (states of runs), each with several values (its futures). The share of variance between
groups is the intraclass correlation of a one-way layout (Fisher 1925).
"""

from collections.abc import Sequence
from math import exp, isnan, nan, sqrt
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import LEVEL, NO_INTERVAL, ConfidenceInterval, interval_of_means

FEWEST_GROUPS = 3  # for an interval
FEWEST_VALUES = 2  # of a group, to count
LARGEST_LOG = 300.0  # of a ratio, beyond which a share is 1


class VarianceShare(NamedTuple):
    """How much values differ between groups and within them."""

    groups: int  # with at least FEWEST_VALUES values
    values: int  # of these
    between: float  # standard deviation of the groups' true means; NaN for fewer than two groups
    within: float  # standard deviation of values in a group, over all groups; NaN if there are none
    share: ConfidenceInterval  # of variance that is between groups, 0 to 1; the ends are NaN for too few groups


def variance_share(groups: Sequence[Reals], *, level: float = LEVEL) -> VarianceShare:
    """Return the share of variance that is between groups of values `[M]`, with an interval.

    All groups count alike, also where their sizes differ (Thomas and Hultquist 1978). The interval is that of the
    logarithm of the ratio of mean squares, studentised over groups (intervals.py; Arvesen and Schmitz 1970), so it
    allows for groups that vary more than others, which the ratio's F distribution doesn't. NaN is left out. An estimate
    below 0 is 0. Where all values are equal there is no share, and where nothing varies within groups no interval.
    """
    known = [values[~np.isnan(values)] for values in groups]
    known = [values for values in known if len(values) >= FEWEST_VALUES]
    count, total = len(known), sum(map(len, known))
    if not count:
        return VarianceShare(0, 0, nan, nan, NO_INTERVAL)
    means = np.array([values.mean() for values in known])
    own = np.array([values.var(ddof=1) for values in known])
    size = 1.0 / float(np.mean([1.0 / len(values) for values in known]))
    within = float(own.mean())
    if count < 2:
        return VarianceShare(count, total, nan, sqrt(within), NO_INTERVAL)
    between = max(0.0, float(means.var(ddof=1)) - within / size)
    share = between / (between + within) if between + within > 0.0 else nan
    ends = nan, nan
    if count >= FEWEST_GROUPS and within > 0.0:
        away = means - means.mean()
        rows = np.stack([away, away**2, own, [1.0 / len(values) for values in known]], axis=1)
        found = interval_of_means(rows, log_ratio, level=level)
        ends = _share_of(found.low, count, size), _share_of(found.high, count, size)
    return VarianceShare(count, total, sqrt(between), sqrt(within), ConfidenceInterval(share, *ends))


def log_ratio(means: Reals) -> Reals:
    """Return the logarithm `[R]` of the variance of groups' means over that of values, by how many there are.

    It is a function of the means `[R, 4]` over groups of: the mean, its square, the variance within, one by the number
    of values. NaN where either variance is 0.
    """
    between, within = means[:, 1] - means[:, 0] ** 2, means[:, 2] * means[:, 3]
    known = (between > 0.0) & (within > 0.0)
    return np.where(known, np.log(np.where(known, between, 1.0)) - np.log(np.where(known, within, 1.0)), nan)


def _share_of(log: float, count: int, size: float) -> float:
    """Return the share of variance between groups that follows from the logarithm of a ratio over `count` groups."""
    if isnan(log):
        return nan
    ratio = exp(min(log, LARGEST_LOG)) * count / (count - 1)
    return max(0.0, (ratio - 1.0) / (ratio + size - 1.0))
