"""Intervals over few units: what they cover, what they are in the literature, and what they say at their limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evosim.numerics.intervals import (
    ConfidenceInterval,
    fieller_interval,
    interval_of_means,
    jackknife_interval,
    mean_interval,
    median_interval,
    resamples,
    share_interval,
    student,
)

MEANS = {
    "normal": (lambda random, shape: random.standard_normal(shape), 0.0),
    "lognormal": (lambda random, shape: np.exp(0.5 * random.standard_normal(shape)), math.exp(0.125)),
    "bimodal": (lambda random, shape: (random.random(shape) < 0.5) + 0.1 * random.standard_normal(shape), 0.5),
    "a quarter high": (lambda random, shape: (random.random(shape) < 0.25) + 0.1 * random.standard_normal(shape), 0.25),
    "shares near 0": (lambda random, shape: random.beta(0.5, 9.5, shape), 0.05),
}
FINITE = st.floats(-1e6, 1e6)


def covers(found: ConfidenceInterval, truth: float) -> bool:
    return found.low <= truth <= found.high


@pytest.mark.parametrize("name", MEANS)
def test_the_interval_of_a_mean_over_twelve_seeds_covers_it(name):
    draw, truth = MEANS[name]
    samples = draw(np.random.default_rng(5), (1500, 12))
    covered = np.mean([covers(mean_interval(sample, rounds=1000), truth) for sample in samples])
    assert covered >= 0.92
    percentiles = np.quantile(
        samples[:, np.random.default_rng(6).integers(12, size=(1000, 12))].mean(axis=2), [0.025, 0.975], axis=1
    )
    assert np.mean((percentiles[0] <= truth) & (truth <= percentiles[1])) < covered - 0.02


def test_the_interval_of_a_median_over_twelve_seeds_covers_it():
    samples = np.random.default_rng(7).lognormal(0.0, 1.0, (4000, 12))
    covered = np.mean([covers(median_interval(sample), 1.0) for sample in samples])
    assert 0.94 <= covered <= 0.97


def test_the_interval_of_a_ratio_over_few_worlds_covers_it():
    random = np.random.default_rng(8)
    below = random.exponential(1.0, (1000, 12)) + 0.5
    above = below * random.uniform(0.0, 1.0, below.shape)
    found = [
        interval_of_means(np.stack(pair, axis=1), lambda m: m[:, 0] / m[:, 1], rounds=1000)
        for pair in zip(above, below, strict=True)
    ]
    assert np.mean([covers(each, 0.5) for each in found]) >= 0.92


def test_the_interval_of_a_correlation_over_few_seeds_covers_it():
    random = np.random.default_rng(9)
    sample = random.multivariate_normal([0.0, 0.0], [[1.0, 0.6], [0.6, 1.0]], (500, 12))

    def interval(pairs: np.ndarray) -> ConfidenceInterval:
        return jackknife_interval(
            lambda who: float(np.arctanh(np.corrcoef(pairs[who].T)[0, 1])), len(pairs), rounds=1000
        )

    assert np.mean([covers(interval(pairs), math.atanh(0.6)) for pairs in sample]) >= 0.92


@given(st.lists(FINITE, min_size=2, max_size=30))
def test_no_end_is_nearer_than_that_of_student(values):
    found, sample = mean_interval(values, rounds=500), np.array(values)
    error = sample.std(ddof=1) / math.sqrt(len(sample))
    reach = stats.t.ppf(0.975, len(sample) - 1) * error
    assert found.middle == pytest.approx(sample.mean())
    if found.known:
        slack = 1e-6 * max(1.0, np.abs(sample).max())
        assert found.low <= sample.mean() - reach + slack
        assert found.high >= sample.mean() + reach - slack
    else:
        assert error <= 1e-9 * max(1.0, np.abs(sample).max())


@given(
    st.lists(st.floats(-100.0, 100.0).map(lambda x: round(x, 3)), min_size=2, max_size=12),
    st.floats(0.1, 10.0),
    st.floats(-10.0, 10.0),
)
def test_an_interval_moves_and_stretches_with_the_values(values, scale, shift):
    before = mean_interval(values, rounds=300)
    after = mean_interval([scale * value + shift for value in values], rounds=300)
    if before.known:
        assert after == pytest.approx([scale * each + shift for each in before], rel=1e-6, abs=1e-6)


@given(st.lists(st.floats(-100.0, 100.0).map(lambda x: round(x, 3)), min_size=2, max_size=12))
def test_the_interval_of_a_mean_is_that_of_a_function_of_means_which_is_the_mean(values):
    direct = mean_interval(values, rounds=300)
    function = interval_of_means(np.array(values), lambda means: means + 0.0, rounds=300)
    assert direct == pytest.approx(function, rel=1e-6, abs=1e-6, nan_ok=True)


def test_a_long_tail_lengthens_its_side():
    found = mean_interval([0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 5.0, 0.1, 0.2])
    assert found.high - found.middle > 1.5 * (found.middle - found.low)


def test_the_same_values_give_the_same_interval_and_another_seed_nearly_the_same():
    values = np.random.default_rng(3).exponential(1.0, 20)
    found = mean_interval(values)
    assert found == mean_interval(values)
    assert found != mean_interval(values, seed=1)
    assert found == pytest.approx(mean_interval(values, seed=1), rel=0.1)


def test_a_paired_difference_is_the_interval_of_the_differences():
    random = np.random.default_rng(4)
    common = random.normal(0.0, 10.0, 12)
    here, there = common + 1.0 + random.normal(0.0, 0.1, 12), common
    assert mean_interval(here - there).low > 0.5
    assert mean_interval(here).low < mean_interval(there).high


def test_one_seed_has_no_interval_and_none_has_not_even_a_mean():
    assert mean_interval([0.25])[0] == 0.25
    assert median_interval([0.25])[0] == 0.25
    for found in (
        mean_interval([0.25]),
        median_interval([0.25]),
        mean_interval([]),
        median_interval([]),
        share_interval(0, 0),
    ):
        assert not found.known
    assert all(
        math.isnan(found.middle) for found in (mean_interval([]), median_interval([np.nan]), share_interval(0, 0))
    )


def test_values_that_all_agree_claim_no_certainty():
    assert not mean_interval([0.1] * 20).known
    found = mean_interval([1.0] * 20, bounds=(0.0, 1.0))
    assert found == pytest.approx(share_interval(20, 20))
    rarest = share_interval(12, 12).low
    found = mean_interval([0.5] * 12, bounds=(0.0, 1.0))
    assert found == pytest.approx((0.5, 0.5 * rarest, 1.0 - 0.5 * rarest))
    assert median_interval([0.1] * 6) == (0.1, 0.1, 0.1)


def test_an_interval_stays_within_bounds():
    values = [0.0] * 10 + [0.2, 0.9]
    assert mean_interval(values).low < 0.0
    assert mean_interval(values, bounds=(0.0, 1.0)).low == 0.0


def test_nan_is_left_out_and_never_is_a_value():
    assert mean_interval([1.0, np.nan, 2.0, 4.0]) == mean_interval([1.0, 2.0, 4.0])
    assert mean_interval([1.0, np.inf]).middle == np.inf
    assert not mean_interval([1.0, np.inf, 3.0]).known
    assert math.isnan(mean_interval([-np.inf, np.inf]).middle)
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0, np.inf]) == (3.5, pytest.approx(1.357, abs=1e-3), np.inf)
    assert median_interval([np.nan, *[np.inf] * 8]) == (np.inf, np.inf, np.inf)
    assert math.isnan(median_interval([-np.inf] * 3 + [np.inf] * 3).middle)


def test_up_to_five_values_cannot_cover_a_median_at_95():
    assert not median_interval([1.0, 2.0, 3.0, 4.0, 5.0]).known
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0], level=0.9).known


@pytest.mark.parametrize(("count", "rank"), [(6, 1), (9, 2), (12, 3), (20, 6), (30, 10), (50, 18)])
def test_the_interval_of_a_median_lies_between_the_order_statistics_of_the_sign_test(count, rank):
    """Ranks as in table A of Conover's Practical Nonparametric Statistics: the widest with at least 95%."""
    found = median_interval(range(1, count + 1))
    assert rank <= found.low < rank + 1
    assert found.low + found.high == pytest.approx(count + 1)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_interval_of_a_share_is_that_of_clopper_and_pearson(successes, failures):
    count = successes + failures
    if count:
        exact = stats.binomtest(successes, count).proportion_ci(method="exact")
        assert share_interval(successes, count) == pytest.approx((successes / count, exact.low, exact.high))


@pytest.mark.parametrize(
    ("right", "count", "low", "high"), [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684)]
)  # Newcombe 1998, Statistics in Medicine 17, table I, method 5
def test_the_interval_of_a_share_is_that_of_the_literature(right, count, low, high):
    share, *ends = share_interval(right, count)
    assert share == right / count
    assert ends == pytest.approx([low, high], abs=5e-5)


def test_twenty_of_twenty_seeds_leave_room_for_a_sixth_of_them():
    assert share_interval(20, 20) == pytest.approx((1.0, 0.8316, 1.0), abs=1e-4)
    assert share_interval(0, 12) == pytest.approx((0.0, 0.0, 0.2646), abs=1e-4)


@pytest.mark.parametrize(("successes", "count"), [(3, 2), (-1, 5)])
def test_an_impossible_share_is_refused(successes, count):
    with pytest.raises(ValueError, match="no more than all"):
        share_interval(successes, count)


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.7062), (2, 4.3027), (5, 2.5706), (10, 2.2281), (30, 2.0423), (63, 1.9983)]
)
def test_the_quantiles_are_those_of_the_tables(freedom, quantile):
    assert student(freedom) == pytest.approx(quantile, abs=5e-5)


def test_the_ratio_of_two_samples_is_covered_and_a_ratio_to_nothing_is_none():
    random = np.random.default_rng(10)
    hits = [
        covers(fieller_interval(random.normal(1.0, 0.5, 20), random.normal(2.0, 0.8, 20)), 0.5) for _ in range(1000)
    ]
    assert 0.93 <= np.mean(hits) <= 0.98
    assert math.isnan(fieller_interval(np.ones(8), random.normal(0.0, 1.0, 8)).middle)
    assert fieller_interval(np.array([1.0]), np.array([2.0, 2.0]))[0] == 0.5
    assert not fieller_interval(np.ones(8), np.full(8, 2.0)).known


def test_a_ratio_that_one_unit_decides_has_no_interval():
    rows = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 2.0]])
    with np.errstate(invalid="ignore"):
        found = interval_of_means(rows, lambda means: means[:, 0] / means[:, 1])
    assert found.middle == 0.5
    assert not found.known


def test_resamples_of_few_units_are_kept_and_those_of_many_are_not():
    random = np.random.default_rng(8)
    resamples.cache_clear()
    for units, kept in ((20, 1), (3000, 1), (20, 1), (21, 2)):
        assert mean_interval(random.standard_normal(units), rounds=400).known
        assert resamples.cache_info().currsize == kept
