"""How often 95% intervals over few units hold the truth, by method, for distributions whose truth is known.

    python benchmarks/interval_coverage.py --sets 10000

A row is a distribution and a number of units; a cell the share of simulated data sets whose interval holds the true
mean (median, share), and in brackets how wide it is on average, as a multiple of Student's t. Methods: percentile
bootstrap and BCa (Efron 1979, 1987), Student's t, and what evosim uses. Correlations along an axis have a table of
their own, over kinds of numbers that seeds may have there, and so have shares of variance between states. The
threshold, said before looking: at least .92 at n = 12 for the means of all distributions.
"""

import argparse
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import stats

from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import number
from evosim.numerics.intervals import (
    interval_of_means,
    mean_interval,
    median_interval,
    resamples,
    share_interval,
    student,
)
from evosim.numerics.statistics.variance import variance_share

COUNTS = (6, 8, 12, 20, 30, 64)
ROUNDS = 2000
Draw = Callable[[np.random.Generator, tuple[int, int]], Reals]


class Case(NamedTuple):
    """A distribution, and what is to be covered."""

    draw: Draw
    mean: float


def bimodal(high: float, spread: float) -> Draw:
    """Draw around 1 with a chance, else around 0."""
    return lambda random, shape: (random.random(shape) < high) + spread * random.standard_normal(shape)


CASES = {
    "normal": Case(lambda random, shape: random.standard_normal(shape), 0.0),
    "lognormal, σ = 0.5": Case(lambda random, shape: random.lognormal(0.0, 0.5, shape), float(np.exp(0.125))),
    "lognormal, σ = 1": Case(lambda random, shape: random.lognormal(0.0, 1.0, shape), float(np.exp(0.5))),
    "bimodal, half at 0 and half at 1, σ = 0.1": Case(bimodal(0.5, 0.1), 0.5),
    "bimodal, a quarter at 1, σ = 0.1": Case(bimodal(0.25, 0.1), 0.25),
    "shares near 0: Beta(0.5, 9.5)": Case(lambda random, shape: random.beta(0.5, 9.5, shape), 0.05),
    "shares near 1: Beta(4.75, 0.25)": Case(lambda random, shape: random.beta(4.75, 0.25, shape), 0.95),
    "shares of 32 lives: binomial, 0.97": Case(lambda random, shape: random.binomial(32, 0.97, shape) / 32, 0.97),
}
Along = Callable[[np.random.Generator, tuple[int, int]], Reals]  # numbers of seeds `[N]` along an axis `[N, V]`
AXIS = np.arange(4.0)
FUTURES = 6  # of each state, whose variance is divided
TRUTH = 100_000  # seeds by which the true mean correlation of a kind is known


def shares_along(chance: Reals, lives: int) -> Along:
    """Draw shares of so many lives, of which there are more along the axis."""
    return lambda random, shape: random.binomial(lives, chance, shape) / lives


def rarely_any(random: np.random.Generator, shape: tuple[int, int]) -> Reals:
    """Draw shares of which most are 0, fewer so along the axis."""
    return np.asarray((random.random(shape) < 0.04 * (1.0 + AXIS)) * random.random(shape))


ALONG: dict[str, Along] = {
    "normal, no trend": lambda random, shape: random.standard_normal(shape),
    "normal, half a σ a step": lambda random, shape: 0.5 * AXIS + random.standard_normal(shape),
    "the same, seeds differ by 3 σ": lambda random, shape: (
        0.5 * AXIS + random.standard_normal(shape) + 3.0 * random.standard_normal((shape[0], 1))
    ),
    "trends that differ by seed": lambda random, shape: (
        random.normal(0.5, 1.0, (shape[0], 1)) * AXIS + random.standard_normal(shape)
    ),
    "lognormal, σ = 1": lambda random, shape: random.lognormal(0.3 * AXIS, 1.0, shape),
    "shares of 8 lives, with ties": shares_along(0.4 + 0.1 * AXIS, 8),
    "shares of 32 lives near 1": shares_along(0.9 + 0.03 * AXIS, 32),
    "shares of which most are 0": rarely_any,
}
METHODS = ("percentile", "BCa", "Student's t", "evosim")


def percentiles(sets: Reals) -> Reals:
    """Give the percentile interval of each data set `[S, N]`, `[S, 2]`."""
    count = sets.shape[1]
    means = sets @ resamples(count, count, ROUNDS, 1).T / count
    return np.asarray(np.quantile(means, [0.025, 0.975], axis=1).T)


def accelerated(sets: Reals) -> Reals:
    """Give the BCa interval of the mean of each data set (Efron 1987), the acceleration from the jackknife."""
    count = sets.shape[1]
    means = sets @ resamples(count, count, ROUNDS, 1).T / count
    middle = sets.mean(axis=1, keepdims=True)
    below = (means < middle).mean(axis=1) + 0.5 * (means == middle).mean(axis=1)
    bias = stats.norm.ppf(np.clip(below, 1 / ROUNDS, 1 - 1 / ROUNDS))
    away = middle - sets
    scale = 6.0 * (away**2).sum(axis=1) ** 1.5
    bend = np.divide(-(away**3).sum(axis=1), scale, out=np.zeros(len(sets)), where=scale > 0.0)
    found = np.empty((len(sets), 2))
    for end, z in enumerate(stats.norm.ppf([0.025, 0.975])):
        levels = stats.norm.cdf(bias + (bias + z) / (1.0 - bend * (bias + z)))
        found[:, end] = [np.quantile(row, level) for row, level in zip(means, levels, strict=True)]
    return found


def students(sets: Reals) -> Reals:
    """Give Student's interval of each data set."""
    count = sets.shape[1]
    reach = student(count - 1) * sets.std(axis=1, ddof=1) / np.sqrt(count)
    return np.stack([sets.mean(axis=1) - reach, sets.mean(axis=1) + reach], axis=1)


def ours(sets: Reals) -> Reals:
    """Give the interval that evosim uses; NaN where all units agree, which covers nothing."""
    return np.array([mean_interval(values, rounds=ROUNDS)[1:] for values in sets])


def covered(found: Reals, truth: float) -> float:
    """Give the share of intervals `[S, 2]` that hold the truth."""
    return float(((found[:, 0] <= truth) & (truth <= found[:, 1])).mean())


def of_means(sets: int, counts: tuple[int, ...]) -> None:
    """Print coverage and width of intervals of means."""
    print(f"\n| distribution | n | {' | '.join(METHODS)} |\n|---|---:|{'---:|' * len(METHODS)}")
    for name, case in CASES.items():
        for count in counts:
            drawn = case.draw(np.random.default_rng([count, *name.encode()]), (sets, count))
            found = [percentiles(drawn), accelerated(drawn), students(drawn), ours(drawn)]
            usual = np.diff(found[2]).mean()
            cells = [f"{covered(each, case.mean):.3f} ({np.nanmean(np.diff(each)) / usual:.2f})" for each in found]
            print(f"| {name} | {count} | {' | '.join(cells)} |", flush=True)


def of_medians(sets: int, counts: tuple[int, ...]) -> None:
    """Print coverage of intervals of medians, and of resampled ones."""
    print("\n| median of | n | percentile | evosim |\n|---|---:|---:|---:|")
    truths = {"normal": 0.0, "lognormal, σ = 1": 1.0, "bimodal, a quarter at 1, σ = 0.1": 0.1 * stats.norm.ppf(2 / 3)}
    for name, truth in truths.items():
        for count in counts:
            random = np.random.default_rng([count, *name.encode(), 1])
            drawn = CASES[name].draw(random, (sets, count))
            picked = random.integers(count, size=(ROUNDS // 4, count))
            by_chance = np.array([np.quantile(np.median(row[picked], axis=1), [0.025, 0.975]) for row in drawn])
            found = np.array([median_interval(row)[1:] for row in drawn])
            print(f"| {name} | {count} | {covered(by_chance, truth):.3f} | {covered(found, truth):.3f} |", flush=True)


def of_ratios(sets: int, counts: tuple[int, ...]) -> None:
    """Print coverage of intervals of a ratio of means, of worlds in which there is much to be had and little."""
    print("\n| ratio of means | n | percentile | evosim |\n|---|---:|---:|---:|")
    for count in counts:
        random = np.random.default_rng(count)
        room = random.lognormal(0.0, 1.0, (sets, count))
        rows = np.stack([room * random.beta(2.0, 1.0, room.shape), room], axis=2)
        times = resamples(count, count, ROUNDS, 1)
        sums = np.einsum("rn,snk->srk", times, rows)
        by_chance = np.quantile(sums[:, :, 0] / sums[:, :, 1], [0.025, 0.975], axis=1).T
        found = np.array([interval_of_means(each, lambda m: m[:, 0] / m[:, 1], rounds=ROUNDS)[1:] for each in rows])
        print(f"| lognormal, σ = 1, times Beta(2, 1) | {count} | {covered(by_chance, 2 / 3):.3f} | "
              f"{covered(found, 2 / 3):.3f} |", flush=True)  # fmt: skip


def of_shares(counts: tuple[int, ...]) -> None:
    """Print, exactly, how often Clopper and Pearson's interval of a share of seeds holds it."""
    print("\n| share of seeds | n | evosim |\n|---:|---:|---:|")
    for share in (0.5, 0.8, 0.95, 0.99):
        for count in counts:
            chances = stats.binom.pmf(np.arange(count + 1), count, share)
            found = np.array([share_interval(k, count)[1:] for k in range(count + 1)])
            held = (found[:, 0] <= share) & (share <= found[:, 1])
            print(f"| {share} | {count} | {float(chances @ held):.3f} |")


def of_correlations(sets: int, counts: tuple[int, ...]) -> None:
    """Print coverage of intervals of the mean correlation along an axis of four values, and how many exclude 0."""
    print("\n| correlation along an axis | n | truth | evosim | excludes 0 |\n|---|---:|---:|---:|---:|")
    for name, draw in ALONG.items():
        random = np.random.default_rng([*name.encode()])
        truth = float(correlations(draw(random, (TRUTH, len(AXIS)))).mean())
        for count in counts:
            within = correlations(draw(random, (sets * count, len(AXIS)))).reshape(sets, count)
            found = np.array([mean_interval(row, bounds=(-1.0, 1.0), rounds=ROUNDS)[1:] for row in within])
            unlike = float(((found[:, 0] > 0.0) | (found[:, 1] < 0.0)).mean())
            print(f"| {name} | {count} | {number(truth)} | {covered(found, truth):.3f} | {unlike:.3f} |", flush=True)


def of_variance_shares(sets: int, counts: tuple[int, ...]) -> None:
    """Print coverage of intervals of the share of variance between states, of which each has FUTURES values."""
    print("\n| share between states | futures | n | evosim | known | width |\n|---:|---|---:|---:|---:|---:|")
    for share in (0.0, 0.1, 0.5, 0.9):
        for name, spread in (("all states alike", 0.0), ("states differ in spread", 0.5)):
            random = np.random.default_rng([*name.encode(), int(10 * share)])
            for count in counts:
                states = random.standard_normal((sets, count, 1)) * np.sqrt(share)
                within = random.lognormal(-(spread**2), spread, (sets, count, 1))  # of mean square 1
                values = states + within * random.standard_normal((sets, count, FUTURES)) * np.sqrt(1.0 - share)
                found = np.array([variance_share(list(each)).share[1:] for each in values])
                known = found[~np.isnan(found).any(axis=1)]
                width = float((known[:, 1] - known[:, 0]).mean())
                print(f"| {share} | {name} | {count} | {covered(known, share):.3f} | {len(known) / sets:.2f} | "
                      f"{width:.2f} |", flush=True)  # fmt: skip


def correlations(numbers: Reals) -> Reals:
    """Give Spearman's correlation of each seed's numbers `[N, V]` with the axis `[N]`, as evosim does."""
    ranks = stats.rankdata(numbers, axis=1) - (len(AXIS) + 1) / 2
    along = AXIS - AXIS.mean()
    length = np.sqrt((ranks**2).sum(axis=1) * (along**2).sum())
    return np.asarray(np.divide(ranks @ along, length, out=np.zeros(len(numbers)), where=length > 0.0))


def main() -> None:
    """Print the six tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=10_000, help="simulated data sets for each cell (default: 10000)")
    parser.add_argument("--counts", type=int, nargs="+", default=list(COUNTS), help="units in each")
    arguments = parser.parse_args()
    counts = tuple(arguments.counts)
    of_means(arguments.sets, counts)
    of_medians(arguments.sets, counts)
    of_ratios(min(arguments.sets, 2000), counts)
    of_shares(counts)
    of_correlations(min(arguments.sets, 1000), counts)
    of_variance_shares(min(arguments.sets, 1000), counts)


if __name__ == "__main__":
    main()
