"""Tests over seeds: they are those of the literature, say what was found, and how much could have been."""

import itertools

import numpy as np
import pytest
from scipy import stats

from evosim.numerics.intervals import mean_interval
from evosim.numerics.statistics.comparisons import (
    associate,
    compare_counts,
    compare_pairs,
    compare_samples,
    false_discovery,
    holm,
    rank_correlation,
    rank_test,
)
from evosim.numerics.statistics.power import (
    _power_of_many,
    _power_of_many_ranks,
    least_effect,
    power_of_correlation,
    power_of_difference,
    power_of_shares,
    power_within,
    seeds_needed,
)

RANDOM = np.random.default_rng(3)
FIRST, SECOND = RANDOM.normal(0, 1, 9), RANDOM.normal(1, 2, 12)


def test_pairs_are_compared_by_their_differences():
    """A gain in every unit is found where units differ so much that samples as a whole don't."""
    units = 10.0 * np.arange(8)
    gains = np.array([0.3, 0.5, 0.1, 0.9, 0.7, 0.2, 0.4, 0.6])
    found = compare_pairs(np.append(units, np.nan), np.append(units + gains, 1.0))
    assert found.pairs == 8
    assert found.p == pytest.approx(2 / 2**8)  # all eight signs alike, by enumeration
    assert compare_samples(units, units + gains).p > 0.5
    assert found.difference == pytest.approx(mean_interval(gains))
    assert found.difference.low > 0.0
    assert compare_pairs(units, units).p == 1.0
    assert np.isnan(compare_pairs(units[:2], units[:2] + 1).p)
    assert compare_pairs(units[:0], units[:0]).pairs == 0


def test_two_samples_are_compared_as_scipy_does():
    found = compare_samples(np.append(FIRST, np.nan), SECOND)
    welch = stats.ttest_ind(SECOND, FIRST, equal_var=False)
    ends = welch.confidence_interval(0.95)
    assert found.difference == pytest.approx((SECOND.mean() - FIRST.mean(), ends.low, ends.high))
    u = stats.mannwhitneyu(SECOND, FIRST)
    assert found.superiority == pytest.approx(u.statistic / (9 * 12))
    assert found.p == pytest.approx(stats.mannwhitneyu(FIRST, SECOND, method="asymptotic").pvalue)
    few = compare_samples(FIRST[:4], SECOND[:5])
    assert few.p == pytest.approx(stats.mannwhitneyu(FIRST[:4], SECOND[:5], method="exact").pvalue)


def test_each_of_many_pairs_of_samples_gets_the_test_that_it_would_get_alone():
    first = np.stack([FIRST[:4], np.round(FIRST[:4]), np.ones(4)])  # distinct, with ties, all equal
    second = np.stack([SECOND[:5], np.round(SECOND[:5]), np.ones(5)])
    second[1, :2] = first[1, :2]
    found = rank_test(first, second)
    assert found.tolist() == [float(rank_test(one, other)) for one, other in zip(first, second, strict=True)]
    assert found[0] == pytest.approx(stats.mannwhitneyu(FIRST[:4], SECOND[:5], method="exact").pvalue)
    assert found[1] == pytest.approx(stats.mannwhitneyu(first[1], second[1], method="asymptotic").pvalue)
    assert found[2] == 1.0


def test_samples_that_say_nothing_have_no_interval_or_no_p():
    equal = compare_samples(np.ones(5), np.ones(5))
    assert equal.difference.middle == 0.0
    assert not equal.difference.known
    assert equal.p == 1.0
    assert np.isnan(compare_samples(np.ones(2), np.zeros(9)).p)
    assert np.isnan(compare_samples(np.array([np.nan]), np.zeros(9)).difference.middle)


def test_counts_are_compared_exactly_and_their_difference_is_newcombes():
    found = compare_counts(48, 80, 56, 70)  # Newcombe 1998, table II, (a) by method 10, with the sign reversed
    assert found.difference == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert found.p == pytest.approx(stats.fisher_exact([[48, 32], [56, 14]]).pvalue)
    assert np.isnan(compare_counts(0, 0, 1, 2).p)


def test_a_correlation_is_spearmans_and_its_p_permutes_within_units():
    values, numbers = np.tile([1.0, 2, 3, 4], 3), RANDOM.normal(size=12)
    units = np.repeat([1, 2, 3], 4)
    assert rank_correlation(values, numbers) == pytest.approx(stats.spearmanr(values, numbers).statistic)
    found = associate(values[:4], numbers[:4], units[:4])
    observed = abs(rank_correlation(values[:4], numbers[:4]))
    exact = np.mean([
        abs(rank_correlation(values[:4], np.array(each))) >= observed - 1e-9
        for each in itertools.permutations(numbers[:4])
    ])  # fmt: skip
    assert found.p == pytest.approx(exact, abs=0.02)
    assert not found.correlation.known
    easy = associate(values, numbers + 100 * units, units)  # what units have in common counts for nothing
    assert easy.p == pytest.approx(associate(values, numbers + 1000 * units, units).p)
    known = associate(values, values + 0.01 * numbers, units)
    assert known.p < 0.001
    assert known.correlation.middle == pytest.approx(1.0)
    assert not known.correlation.known  # of three units
    assert np.isnan(associate(values, np.ones(12), units).p)


def test_six_seeds_with_ties_have_an_interval_that_agrees_with_its_p():
    shares = np.array([
        [0.913, 0.641, 0, 0], [0.672, 0.016, 0, 0], [0.578, 0, 0, 0],
        [0.756, 0.008, 0, 0], [0.82, 0, 0, 0.008], [0.594, 0, 0, 0],
    ])  # fmt: skip
    values, units = np.tile([0.0, 0.05, 0.2, 0.5], 6), np.repeat(np.arange(6), 4)
    found = associate(values, shares.ravel(), units)
    each = [stats.spearmanr(values[:4], row).statistic for row in shares]
    assert found.correlation.middle == pytest.approx(np.mean(each))
    assert found.p < 0.001
    assert -1.0 <= found.correlation.low < found.correlation.high < 0.0
    agree = associate(values, values, units).correlation
    assert agree.high == pytest.approx(1.0)
    assert 0.0 < agree.low < 0.1
    flat = associate(values, np.where(units < 3, values, 0.0), units)
    assert flat.correlation.middle == pytest.approx(0.5)  # seeds in which nothing varies count as 0


def test_many_p_values_are_corrected():
    p = [0.01, 0.04, float("nan"), 0.03, 0.005]  # Holm: 4 × .005, 3 × .01, 2 × .03, and no less than those before
    assert holm(p) == pytest.approx([0.03, 0.06, float("nan"), 0.06, 0.02], nan_ok=True)
    assert false_discovery(p) == pytest.approx([0.02, 0.04, float("nan"), 0.04, 0.02], nan_ok=True)
    assert holm([]) == []


def test_power_is_what_tables_say():
    assert seeds_needed(lambda n: power_of_shares(0.2, 0.6, n)) == 27  # exact, as of statmod's power.fisher.test
    assert abs(seeds_needed(lambda n: power_of_difference(1.0, n)) - 18) <= 1  # 17 by t, over its efficiency of .955
    assert abs(seeds_needed(lambda n: power_of_correlation(0.5, n)) - 33) <= 1


@pytest.mark.parametrize(("conditions", "seeds", "slope"), [(4, 12, 0.35), (5, 6, 0.5), (12, 3, 0.2)])
def test_power_within_seeds_is_how_often_simulated_sweeps_show_a_correlation(conditions, seeds, slope):
    random = np.random.Generator(np.random.Philox(key=1))
    values, units = np.tile(np.arange(conditions), seeds), np.repeat(np.arange(seeds), conditions)
    found = [
        associate(values, slope * values + random.standard_normal(len(values)), units, rounds=199) for _ in range(300)
    ]
    correlation = float(np.mean([each.correlation.middle for each in found]))
    seen = float(np.mean([each.p <= 0.05 for each in found]))
    assert power_within(correlation, conditions, seeds) == pytest.approx(seen, abs=0.08)
    assert power_within(0.0, conditions, seeds) == pytest.approx(0.05)
    assert power_within(-correlation, conditions, seeds) == pytest.approx(power_within(correlation, conditions, seeds))


def test_power_without_an_effect_is_an_error_no_more_often_than_alpha():
    assert power_of_difference(0.0, 10) <= 0.06
    assert power_of_shares(0.3, 0.3, 20) <= 0.05
    assert power_of_correlation(0.0, 20) == pytest.approx(0.05)
    assert power_of_difference(9.0, 2) == 0.0


def test_approximations_for_many_seeds_continue_what_is_exact_for_few():
    assert power_of_shares(0.5, 0.7, 100) == pytest.approx(_power_of_many(0.5, 0.7, 100, 0.05), abs=0.02)
    assert power_of_difference(0.4, 100) == pytest.approx(_power_of_many_ranks(0.4, 100, 0.05, None), abs=0.04)


def test_what_is_out_of_reach_is_said_to_be():
    assert seeds_needed(lambda n: power_of_shares(0.5, 0.51, n)) is None
    assert least_effect(lambda effect: 0.5, 10.0) is None
    found = least_effect(lambda effect: power_of_correlation(effect, 33), 0.999)
    assert found == pytest.approx(0.5, abs=0.01)


def test_the_spread_of_runs_takes_the_place_of_a_normal_one():
    skewed = RANDOM.exponential(size=200)
    skewed -= skewed.mean()
    assert power_of_difference(0.5, 30, residuals=skewed) > power_of_difference(0.5, 30)  # ranks like long tails
