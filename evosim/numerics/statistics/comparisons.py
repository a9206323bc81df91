"""Tests over independent units, of which the seeds of a sweep are an example, and corrections for many of them.

Two samples are compared by ranks (Mann and Whitney 1947), or pair by pair (Wilcoxon 1945), two counts exactly (Fisher
1922), a number along the values of another by the correlation of ranks (Spearman 1904). All p-values are two-sided.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.intervals import LEVEL, NO_INTERVAL, ConfidenceInterval, mean_interval, quantile_of_t

ROUNDS = 9_999  # permutations
MOST_EXACT = 8  # units of the smaller sample up to which ranks have an exact distribution, if none are equal
FEWEST = 3  # units of a sample
FEWEST_CORRELATED = 6  # units for an interval of a correlation: with fewer, not even units that all agree exclude 0


class Comparison(NamedTuple):
    """Two samples, the second beside the first."""

    difference: ConfidenceInterval  # of means; without equal variances (Welch 1947)
    superiority: float  # probability that one of the second is larger than one of the first, equal ones by half
    p: float  # Mann and Whitney's; NaN for fewer than FEWEST units in either


class PairedComparison(NamedTuple):
    """Two samples of the same units, the second beside the first."""

    pairs: int  # units that both have
    difference: ConfidenceInterval  # mean over pairs, second minus first; the ends are NaN for fewer than FEWEST
    p: float  # Wilcoxon's signed ranks; NaN for fewer than FEWEST pairs


class CountComparison(NamedTuple):
    """Two counts, the second beside the first."""

    difference: ConfidenceInterval  # of shares (Newcombe 1998, method 10)
    p: float  # Fisher's exact


class Association(NamedTuple):
    """How a number goes along with another, over ranks."""

    correlation: ConfidenceInterval  # Spearman's, mean over units; the ends are NaN for fewer than FEWEST_CORRELATED
    p: float  # of permutations within units


def compare_samples(first: Reals, second: Reals) -> Comparison:
    """Return how a sample `[M]` differs from another `[N]`, NaN left out; both are taken to be independent."""
    first, second = (each[~np.isnan(each)] for each in (first, second))
    if not (len(first) and len(second)):
        return Comparison(NO_INTERVAL, float("nan"), float("nan"))
    above = (second[:, None] > first).mean() + 0.5 * (second[:, None] == first).mean()
    if min(len(first), len(second)) < FEWEST:
        difference = ConfidenceInterval(float(second.mean() - first.mean()), float("nan"), float("nan"))
        return Comparison(difference, float(above), float("nan"))
    return Comparison(welch_interval(first, second), float(above), float(rank_test(first, second)))


def compare_pairs(first: Reals, second: Reals) -> PairedComparison:
    """Return how a sample `[N]` differs from another of the same units `[N]`; a pair with a NaN is left out.

    Wilcoxon's test leaves out pairs that don't differ. It is exact for up to 50 of the others, if no two differences
    are equally large.
    """
    from scipy.stats import wilcoxon

    differences = second - first
    differences = differences[~np.isnan(differences)]
    if not len(differences):
        return PairedComparison(0, NO_INTERVAL, float("nan"))
    if len(differences) < FEWEST:
        middle = ConfidenceInterval(float(differences.mean()), float("nan"), float("nan"))
        return PairedComparison(len(differences), middle, float("nan"))
    nonzero = differences[differences != 0.0]
    p = float(wilcoxon(nonzero).pvalue) if len(nonzero) else 1.0
    return PairedComparison(len(differences), mean_interval(differences), p)


def welch_interval(first: Reals, second: Reals, *, level: float = LEVEL) -> ConfidenceInterval:
    """Return the difference of means of samples `[M]` and `[N]`, second minus first (Welch 1947).

    The ends are NaN where neither sample varies.
    """
    middle = float(second.mean() - first.mean())
    parts = [float(each.var(ddof=1)) / len(each) for each in (first, second)]
    if not sum(parts) > 0.0:
        return ConfidenceInterval(middle, float("nan"), float("nan"))
    below = sum(part**2 / (len(each) - 1) for part, each in zip(parts, (first, second), strict=True))
    reach = quantile_of_t(sum(parts) ** 2 / below, (1.0 + level) / 2.0) * sqrt(sum(parts))
    return ConfidenceInterval(middle, middle - reach, middle + reach)


def rank_test(first: Reals, second: Reals) -> Reals:
    """Return p `[...]` of Mann and Whitney's test of samples `[..., M]` and `[..., N]`, along the last axis.

    Of each pair of samples it is exact if they are small and without equal values, and else normal, corrected for
    continuity and ties: a pair with ties changes nothing for the others.
    """
    from scipy.stats import mannwhitneyu

    both = np.sort(np.concatenate([first, second], axis=-1), axis=-1)
    small = min(first.shape[-1], second.shape[-1]) <= MOST_EXACT
    exact = (both[..., 1:] != both[..., :-1]).all(axis=-1) & small
    found = np.ones(both.shape[:-1])
    for method, rows in (("exact", exact), ("asymptotic", ~exact)):
        if rows.any():
            with np.errstate(invalid="ignore", divide="ignore"):  # where all are equal there is no spread
                found[rows] = mannwhitneyu(first[rows], second[rows], axis=-1, method=method).pvalue
    return np.where(np.isnan(found), 1.0, np.minimum(found, 1.0))


def compare_counts(first: int, of_first: int, second: int, of_second: int) -> CountComparison:
    """Return how a count of units differs from another, such as 3 of 20 from 11 of 20."""
    from scipy.stats import fisher_exact

    if not (of_first and of_second):
        return CountComparison(NO_INTERVAL, float("nan"))
    p = float(fisher_exact([[first, of_first - first], [second, of_second - second]]).pvalue)
    shares = first / of_first, second / of_second
    (low_1, high_1), (low_2, high_2) = wilson_ends(first, of_first), wilson_ends(second, of_second)
    middle = shares[1] - shares[0]
    low = middle - np.hypot(shares[1] - low_2, high_1 - shares[0])
    high = middle + np.hypot(high_2 - shares[1], shares[0] - low_1)
    return CountComparison(ConfidenceInterval(middle, float(low), float(high)), p)


def wilson_ends(successes: int, count: int, *, level: float = LEVEL) -> tuple[float, float]:
    """Return the score interval of a share (Wilson 1927), of which that of a difference is made."""
    from scipy.stats import binomtest

    ends = binomtest(successes, count).proportion_ci(level, method="wilson")
    return float(ends.low), float(ends.high)


def quantile_of_normal(share: float) -> float:
    """Return a quantile of the standard normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(share))


def associate(values: Reals, numbers: Reals, units: Ids, *, rounds: int = ROUNDS) -> Association:
    """Return how numbers `[N]` go along with values `[N]`, each of a unit `[N]`; NaN is left out.

    The correlation is the mean over units of Spearman's within each, so that what is common to a unit, such as an easy
    seed, counts for nothing. A unit whose numbers are all equal counts as 0; one that has a single value is left out.
    The interval is that of the mean over units, and p is of permutations of the numbers within each unit.
    """
    known = ~np.isnan(numbers)
    values, numbers, units = values[known], numbers[known], units[known]
    parts = [(values[units == unit], numbers[units == unit]) for unit in np.unique(units)]
    ranks = [standard_ranks(*part) for part in parts if len(np.unique(part[0])) > 1]
    if not any(of_number.any() for _, of_number in ranks):
        return Association(NO_INTERVAL, float("nan"))
    within = np.array([of_value @ of_number for of_value, of_number in ranks])
    p = _permuted(ranks, rounds)
    if len(ranks) < FEWEST_CORRELATED:
        return Association(ConfidenceInterval(float(within.mean()), float("nan"), float("nan")), p)
    return Association(mean_interval(within, bounds=(-1.0, 1.0)), p)


def standard_ranks(values: Reals, numbers: Reals) -> tuple[Reals, Reals]:
    """Return the ranks of values `[N]` and of numbers `[N]`, centred and of length 1; all 0 where they don't vary."""
    from scipy.stats import rankdata

    centred = [rankdata(each) - (len(each) + 1) / 2 for each in (values, numbers)]
    first, second = (each / (float(np.sqrt(each @ each)) or 1.0) for each in centred)
    return first, second


def rank_correlation(values: Reals, numbers: Reals) -> float:
    """Return Spearman's correlation of values `[N]` and numbers `[N]`; NaN where one of them doesn't vary."""
    first, second = standard_ranks(values, numbers)
    return float(first @ second) if first.any() and second.any() else float("nan")


def _permuted(ranks: Sequence[tuple[Reals, Reals]], rounds: int) -> float:
    """Return the share of permutations within units in which ranks agree as much, the one observed included."""
    observed = abs(sum(float(of_value @ of_number) for of_value, of_number in ranks))
    random = np.random.Generator(np.random.Philox(key=0))
    sums = np.zeros(rounds)
    for of_value, of_number in ranks:
        order = random.random((rounds, len(of_number))).argsort(axis=1)
        sums += of_number[order] @ of_value
    return float(1 + (np.abs(sums) >= observed - 1e-9).sum()) / (1 + rounds)


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values such that one error in the whole family is as rare as the level says (Holm 1979); NaN stays."""
    known = [i for i, each in enumerate(p) if not np.isnan(each)]
    adjusted, highest = list(p), 0.0
    for place, i in enumerate(sorted(known, key=lambda i: p[i])):
        highest = max(highest, min(1.0, (len(known) - place) * p[i]))
        adjusted[i] = highest
    return adjusted


def false_discovery(p: Sequence[float]) -> list[float]:
    """Return p-values such that few of those called significant are errors (Benjamini and Hochberg 1995); NaN stays."""
    from scipy.stats import false_discovery_control

    found = np.array(p, np.float64)
    known = ~np.isnan(found)
    if known.any():
        found[known] = false_discovery_control(found[known])
    return [float(each) for each in found]
