"""Power: how likely an effect of a given size is to be seen with a number of units, and how many are needed for it.

An effect is seen if the test of `comparisons` that belongs to it has a p of at most `alpha`. Power of ranks is by
simulation with fixed random numbers, of counts exact, of correlations by the normal approximation of Fisher's z with
the variance of Bonett and Wright (2000), and of correlations within units by that of their permutations.
"""

from collections.abc import Callable

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.numerics.statistics.comparisons import FEWEST, quantile_of_normal, rank_test

ALPHA, POWER = 0.05, 0.8
MOST = 2_000  # units that are tried
MOST_EXACT = 150  # units up to which power is exact, or simulated
ROUNDS = 2_000  # simulated experiments: the standard error of a power is at most .011


def power_of_difference(effect: float, seeds: int, *, alpha: float = ALPHA, residuals: Reals | None = None) -> float:
    """Return the power of Mann and Whitney's test for a difference of means, with `seeds` units in each sample.

    `residuals` `[N]` are what units differ from their mean by, in the unit of the effect, and are drawn with
    replacement; without them units are normal with standard deviation 1. It is simulated up to MOST_EXACT units, and
    beyond them the normal approximation of Noether (1987).
    """
    if seeds < FEWEST:
        return 0.0
    if seeds > MOST_EXACT:
        return _power_of_many_ranks(effect, seeds, alpha, residuals)
    random = np.random.Generator(np.random.Philox(key=seeds))
    both = random.standard_normal((2, ROUNDS, seeds))
    if residuals is not None:
        drawn = np.floor(random.random((2, ROUNDS, seeds)) * len(residuals)).astype(np.int64)
        both = residuals[np.minimum(drawn, len(residuals) - 1)]
    return float((rank_test(both[0], both[1] + effect) <= alpha).mean())


def _power_of_many_ranks(effect: float, seeds: int, alpha: float, residuals: Reals | None) -> float:
    """Return the power of Mann and Whitney's test by its normal approximation."""
    from scipy.special import ndtr

    if residuals is None:
        superior = float(ndtr(effect / np.sqrt(2.0)))
    else:
        apart = residuals[:, None] + effect - residuals
        superior = float((apart > 0).mean() + 0.5 * (apart == 0).mean())
    away = abs(superior - 0.5) * np.sqrt(12 * seeds**2 / (2 * seeds + 1))
    reach = quantile_of_normal(1 - alpha / 2)
    return float(ndtr(away - reach) + ndtr(-away - reach))


def power_of_shares(first: float, second: float, seeds: int, *, alpha: float = ALPHA) -> float:
    """Return the power of Fisher's test for two shares, with `seeds` units in each sample.

    It is exact up to MOST_EXACT units, and beyond them the normal approximation of Casagrande, Pike and Smith (1978).
    """
    from scipy.stats import binom, hypergeom

    if seeds > MOST_EXACT:
        return _power_of_many(first, second, seeds, alpha)
    counts = np.arange(seeds + 1)
    probabilities = [binom.pmf(counts, seeds, share) for share in (first, second)]
    found = 0.0
    for total in range(2 * seeds + 1):
        here = np.arange(max(0, total - seeds), min(total, seeds) + 1)
        of_null = hypergeom.pmf(here, 2 * seeds, seeds, total)
        ordered = np.sort(of_null)
        as_rare = np.searchsorted(ordered, of_null * (1 + 1e-9), side="right")
        seen = here[np.cumsum(ordered)[as_rare - 1] <= alpha]
        found += float((probabilities[0][seen] * probabilities[1][total - seen]).sum())
    return found


def _power_of_many(first: float, second: float, seeds: int, alpha: float) -> float:
    """Return the power of Fisher's test for two shares by its normal approximation."""
    from scipy.special import ndtr

    away = abs(first - second)
    if not away:
        return 0.0
    less = max(0.0, seeds - 2 / away + 1 / (seeds * away**2))  # a correction for continuity, solved for its units
    mean = (first + second) / 2
    reach = quantile_of_normal(1 - alpha / 2) * np.sqrt(2 * mean * (1 - mean))
    spread = np.sqrt(first * (1 - first) + second * (1 - second))
    return float(ndtr((away * np.sqrt(less) - reach) / spread)) if spread else 1.0


def power_of_correlation(correlation: float, seeds: int, *, alpha: float = ALPHA) -> float:
    """Return the power of a test of Spearman's correlation over `seeds` independent units."""
    from scipy.special import ndtr

    if seeds <= FEWEST:
        return 0.0
    away = abs(float(np.arctanh(correlation))) * np.sqrt((seeds - 3) / (1 + correlation**2 / 2))
    reach = quantile_of_normal(1 - alpha / 2)
    return float(ndtr(away - reach) + ndtr(-away - reach))


def power_within(correlation: float, values: float, seeds: int, *, alpha: float = ALPHA) -> float:
    """Return the power of `associate` for a mean correlation within `seeds` units, each with so many values.

    Permuted, a unit's correlation has the variance 1 / (values - 1), and one that is there about (1 - correlation²)²
    of that (Kendall 1948).
    """
    from scipy.special import ndtr

    if seeds < 1 or values < FEWEST or not abs(correlation) < 1.0:
        return 0.0
    spread = 1.0 / np.sqrt((values - 1) * seeds)
    reach, scale = quantile_of_normal(1 - alpha / 2) * spread, spread * (1 - correlation**2)
    return float(ndtr((correlation - reach) / scale) + ndtr((-correlation - reach) / scale))


def seeds_needed(power_of: Callable[[int], float], power: float = POWER, most: int = MOST) -> int | None:
    """Return the number of units from which on the power is reached; None if `most` are too few.

    `power_of` may fall a little from one number to the next, as that of exact tests does.
    """
    low, high = FEWEST - 1, FEWEST
    while power_of(high) < power:
        if high >= most:
            return None
        low, high = high, min(most, high + max(1, high // 2))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if power_of(middle) < power else (low, middle)
    while high < most and power_of(high + 1) < power:
        high += 1
    return high


def least_effect(power_of: Callable[[float], float], largest: float, power: float = POWER) -> float | None:
    """Return the smallest effect that is seen with a power; None if even the `largest` is not."""
    if power_of(largest) < power:
        return None
    low, high = 0.0, largest
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (middle, high) if power_of(middle) < power else (low, middle)
    return high
