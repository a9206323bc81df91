"""Confidence intervals for a number over few units: seeds, worlds, runs.

Units are resampled, and the studentised number is compared: how many of its own standard errors each resample is away
(bootstrap-t; Efron 1979, Hall 1988). Three things make it hold over as few as six units:

- a resample has three quarters of the units (m out of n; Politis and Romano 1994), since few units show less than
  all of a tail, and resamples as large as the sample are less skewed than samples are;
- a resample's standard error counts as at least `LEAST_ERROR` of the sample's, so that one which drew the same unit
  again and again does not decide;
- neither end is nearer than that of Student's t: so few units can lengthen a tail, but not prove that one is short.

benchmarks/interval_coverage.py has what that covers, beside the percentile method, BCa and Student's t.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Ids, Reals

ROUNDS = 4000
LEVEL = 0.95
LEAST_ERROR = 0.2  # a resample's standard error is at least this share of the sample's
SIZE = 0.75  # of a resample, as a share of the sample
MOST_KEPT = 2**20  # numbers of resamples that are kept for the next interval over as many units
MOST_AT_ONCE = 2**18  # numbers of means that a function is given
UNBOUNDED = (-np.inf, np.inf)
ALIKE = 1e-12  # a standard error so small, beside the number, is rounding: all units agree

OfMeans = Callable[[Reals], Reals]  # from means of rows [R, ...] to one number for each [R]


class ConfidenceInterval(NamedTuple):
    """A number with its interval; the ends are NaN where there is none."""

    middle: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether both ends are known."""
        return not (np.isnan(self.low) or np.isnan(self.high))


NO_INTERVAL = ConfidenceInterval(float("nan"), float("nan"), float("nan"))


def identity(means: Reals) -> Reals:
    """Return means `[...]` unchanged."""
    return means


def mean_interval(
    values: Iterable[float],
    *,
    level: float = LEVEL,
    bounds: tuple[float, float] = UNBOUNDED,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> ConfidenceInterval:
    """Return the mean over units with its studentised interval; for a paired difference, pass the differences.

    NaN is left out. There is no interval for one unit, for an infinite value, or where all units are equal, which says
    nothing about how much others would differ. Only where `bounds` limit values (0 and 1 for shares) do equal units
    have an interval: see `interval_of_equal_values`.
    """
    known = known_values(values)
    if not known.size:
        return NO_INTERVAL
    if not np.isfinite(known).all():
        with np.errstate(invalid="ignore"):
            return ConfidenceInterval(float(known.mean()), np.nan, np.nan)
    return interval_of_means(known, level=level, bounds=bounds, rounds=rounds, seed=seed)


def interval_of_equal_values(
    value: float, count: int, bounds: tuple[float, float], level: float = LEVEL
) -> ConfidenceInterval:
    """Return the interval of a mean within `bounds`, from `count` units that all have one value.

    At least p = ((1 − level) / 2)^(1 / count) of all units have that value (Clopper and Pearson 1934); the rest may be
    anywhere within bounds. Without bounds there is no interval.
    """
    rest = 1.0 - ((1.0 - level) / 2.0) ** (1.0 / count)
    low, high = value - rest * (value - bounds[0]), value + rest * (bounds[1] - value)
    return ConfidenceInterval(value, low if np.isfinite(low) else np.nan, high if np.isfinite(high) else np.nan)


def interval_of_means(
    rows: Reals,
    function: OfMeans = identity,
    *,
    level: float = LEVEL,
    bounds: tuple[float, float] = UNBOUNDED,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> ConfidenceInterval:
    """Return a function of the mean of N rows `[N, ...]` with its studentised interval: a ratio, a correlation.

    Standard errors are the jackknife's, of the sample and of every resample. Resamples for which the function does
    not exist (NaN) are left out. The ends are NaN for fewer than two rows and where the function exists no longer if
    one row is left out; where leaving out a row never matters, they are those of `interval_of_equal_values`.
    """
    count = len(rows)
    if not count:
        return NO_INTERVAL
    units = np.asarray(rows, np.float64)
    middle = float(function(units.mean(axis=0)[None])[0])
    if count < 2 or np.isnan(middle):
        return ConfidenceInterval(middle, np.nan, np.nan)
    total = units.sum(axis=0)
    without = function((total[None] - units) / (count - 1))
    error = float(np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum()))
    if np.isnan(error):
        return ConfidenceInterval(middle, np.nan, np.nan)
    if error <= ALIKE * max(abs(middle), float(np.abs(without).max())):
        return interval_of_equal_values(middle, count, bounds, level)
    drawn = _studentised(units, function, middle, error, rounds, seed)
    tail = (1.0 - level) / 2.0
    reach = quantile_of_t(count - 1, 1.0 - tail)
    low, high = np.quantile(drawn, [tail, 1.0 - tail]) if drawn.size else (-reach, reach)
    ends = middle - max(float(high), reach) * error, middle - min(float(low), -reach) * error
    return ConfidenceInterval(middle, max(ends[0], bounds[0]), min(ends[1], bounds[1]))


def _studentised(units: Reals, function: OfMeans, middle: float, error: float, rounds: int, seed: int) -> Reals:
    """Return how many standard errors each resample is away from the sample, for those that have a standard error."""
    count, size = len(units), max(2, int(SIZE * len(units)))
    times = (resamples if count * rounds <= MOST_KEPT else resamples.__wrapped__)(count, size, rounds, seed)
    if function is identity and units.ndim == 1:  # what the jackknife comes to for a mean
        away = units - middle
        found = times @ away / size
        own = np.sqrt(np.maximum(times @ away**2 / size - found**2, 0.0) / (size - 1))
        return np.asarray(found / np.maximum(own, LEAST_ERROR * error * np.sqrt(count / size)))
    sums = (times @ units.reshape(count, -1)).reshape(rounds, *units.shape[1:])
    found = function(sums / size)
    some = max(1, MOST_AT_ONCE // units.size)  # of the resamples: what is near the processor is faster
    without = np.empty((rounds, count))
    for first in range(0, rounds, some):
        fewer = (sums[first : first + some, None] - units[None]) / (size - 1)
        found_without = function(fewer.reshape(-1, *units.shape[1:]))
        without[first : first + some] = found_without.reshape(-1, count)
    without = np.where(times > 0, without, 0.0)  # what was not drawn can't be left out
    centre = (times * without).sum(axis=1, keepdims=True) / size
    own = np.sqrt((size - 1) / size * (times * (without - centre) ** 2).sum(axis=1))
    least = LEAST_ERROR * error * np.sqrt(count / size)
    drawn: Reals = (found - middle) / np.maximum(own, least)
    return drawn[~np.isnan(drawn)]


@lru_cache(maxsize=16)
def resamples(count: int, size: int, rounds: int, seed: int) -> Reals:
    """Return how often `[R, N]` each of N units is in each of R resamples; a function of the seed."""
    random = np.random.Generator(np.random.Philox(key=seed))
    times: Reals = random.multinomial(size, np.full(count, 1.0 / count), size=rounds).astype(np.float64)
    times.flags.writeable = False
    return times


def jackknife_interval(
    statistic: Callable[[Ids], float],
    count: int,
    *,
    level: float = LEVEL,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> ConfidenceInterval:
    """Return a statistic of `count` units that is not a function of means, with the interval of its pseudo-values.

    The statistic is a function of the indices `[M]` of units. Its jackknife pseudo-values (Tukey 1958), how much each
    unit adds to it, are studentised. For a correlation, pass its `arctanh` (Fisher 1915).
    """
    everyone = np.arange(count)
    if not count:
        return NO_INTERVAL
    middle = float(statistic(everyone))
    if count < 2 or np.isnan(middle):
        return ConfidenceInterval(middle, np.nan, np.nan)
    without = np.array([statistic(np.delete(everyone, unit)) for unit in range(count)])
    if np.isnan(without).any():
        return ConfidenceInterval(middle, np.nan, np.nan)
    pseudo = mean_interval(count * middle - (count - 1) * without, level=level, rounds=rounds, seed=seed)
    return ConfidenceInterval(middle, middle + pseudo.low - pseudo.middle, middle + pseudo.high - pseudo.middle)


def fieller_interval(above: Reals, below: Reals, *, level: float = LEVEL) -> ConfidenceInterval:
    """Return the ratio of the means of two independent samples `[N]` and `[M]` with its interval (Fieller 1954).

    All is NaN unless the denominator is significantly above 0: otherwise the ratio is unbounded. The ends are NaN where
    a sample has fewer than two units, or neither varies. Degrees of freedom are those of the smaller sample, which is
    conservative.
    """
    sizes = len(above), len(below)
    if not all(sizes):
        return NO_INTERVAL
    top, bottom = float(np.mean(above)), float(np.mean(below))
    if min(sizes) < 2:
        return ConfidenceInterval(top / bottom, np.nan, np.nan) if bottom > 0.0 else NO_INTERVAL
    variances = [float(np.var(each, ddof=1)) / len(each) for each in (above, below)]
    reach = quantile_of_t(min(sizes) - 1, (1.0 + level) / 2.0)
    rest = bottom**2 - reach**2 * variances[1]
    if not (bottom > 0.0 and rest > 0.0):
        return NO_INTERVAL
    if not any(variances):
        return ConfidenceInterval(top / bottom, np.nan, np.nan)
    spread = reach * np.sqrt(variances[0] * rest + variances[1] * top**2)
    return ConfidenceInterval(top / bottom, float(top * bottom - spread) / rest, float(top * bottom + spread) / rest)


def median_interval(values: Iterable[float], *, level: float = LEVEL) -> ConfidenceInterval:
    """Return the median over units with the interval of its order statistics (Hettmansperger and Sheather 1986).

    It assumes only that units are independent; the ends are interpolated between the order statistics that cover more
    and less than the level. If all units are equal, so are the ends, since a median elsewhere would have put units
    there. NaN is left out; infinity, of what never happened, is a value like others, but is not interpolated. Up to
    five units can't cover 95%: the ends are NaN.
    """
    known = np.sort(known_values(values))
    count = known.size
    if not count:
        return NO_INTERVAL
    middle = _median(known)
    rank, covers = 1, _covered(1, count)
    if covers < level:
        return ConfidenceInterval(middle, np.nan, np.nan)
    while 2 * (rank + 1) <= count and _covered(rank + 1, count) >= level:
        rank += 1
    share = _towards(rank, count, level)
    low = _between(known[rank - 1], known[rank], share)
    high = _between(known[count - rank], known[count - rank - 1], share)
    return ConfidenceInterval(middle, low, high)


def _covered(rank: int, count: int) -> float:
    """Return the coverage of the median by an order statistic and the same one from above."""
    from scipy.special import bdtr

    return 1.0 - 2.0 * float(bdtr(rank - 1, count, 0.5))


def _towards(rank: int, count: int, level: float) -> float:
    """Return the weight between an order statistic and the next (Hettmansperger and Sheather 1986, equation 1.3)."""
    if 2 * rank >= count:
        return 0.0
    more, less = _covered(rank, count), _covered(rank + 1, count)
    share = (more - level) / (more - less)
    return (count - rank) * share / (rank + (count - 2 * rank) * share)


def _between(outer: float, inner: float, share: float) -> float:
    """Interpolate between two values; return the first if either is infinite."""
    if outer == inner or not (np.isfinite(outer) and np.isfinite(inner)):
        return float(outer)
    return float(outer + share * (inner - outer))


def _median(ordered: Reals) -> float:
    """Return the median of ordered values; NaN between infinities of both signs."""
    with np.errstate(invalid="ignore"):
        return float(np.median(ordered))


def share_interval(successes: int, count: int, *, level: float = LEVEL) -> ConfidenceInterval:
    """Return a share of independent units with its exact interval (Clopper and Pearson 1934), which is conservative.

    Where all units agree it still has a width: 20 of 20 give [0.83, 1]. NaN if there are no units.

    Raises:
        ValueError: `successes` is not between 0 and `count`.
    """
    if not 0 <= successes <= count:
        raise ValueError(f"{successes} of {count}; a share is of no fewer than none and no more than all")
    if not count:
        return NO_INTERVAL
    from scipy.special import betaincinv

    tail, failures = (1.0 - level) / 2.0, count - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, failures, 1.0 - tail)) if failures else 1.0
    return ConfidenceInterval(successes / count, low, high)


def student(freedom: int, level: float = LEVEL) -> float:
    """Return the two-sided quantile of Student's t, in standard errors."""
    return quantile_of_t(freedom, (1.0 + level) / 2.0)


def quantile_of_t(freedom: float, share: float) -> float:
    """Return a quantile of Student's t with degrees of freedom that need not be whole."""
    from scipy.special import stdtrit  # which takes as long to import as all of numpy

    return float(stdtrit(freedom, share))


def reaches_beyond(interval: ConfidenceInterval, values: Reals) -> bool:
    """Whether an interval goes beyond all the values `[N]` that it is of, NaN left out, at either end."""
    known = known_values(values)
    return bool(interval.known and known.size and (interval.low < known.min() or interval.high > known.max()))


def known_values(values: Iterable[float]) -> Reals:
    """Return those values `[N]` that are not NaN."""
    found = np.array(list(values), np.float64)
    return found[~np.isnan(found)]
