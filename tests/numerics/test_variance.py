"""The share of variance between groups: a published example, what is not defined, and that its interval covers."""

from math import isnan, sqrt

import numpy as np
import pytest
from scipy import stats

from evosim.numerics.statistics.variance import variance_share

# Six targets rated by four judges (Shrout and Fleiss 1979, table 2); their ICC(1,1) is .17, mean squares 11.24 and 6.26.
RATED = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)


def test_a_published_example():
    found = variance_share(RATED)
    assert (found.groups, found.values) == (6, 24)
    assert found.within**2 == pytest.approx(6.2639, abs=1e-4)
    assert found.between**2 == pytest.approx((11.2417 - 6.2639) / 4, abs=1e-4)
    assert found.share.middle == pytest.approx(0.1657, abs=1e-4)
    assert found.share.low == 0.0  # -0.133, cut off
    assert found.share.high >= 0.7225  # 0.723 if they were known to be normal


def test_the_interval_is_never_narrower_than_that_of_students_t_over_the_groups():
    random = np.random.default_rng(2)
    for _ in range(5):
        groups = random.normal(size=(6, 1)) + random.lognormal(size=(6, 1)) * random.normal(size=(6, 4))
        means, own = groups.mean(axis=1), groups.var(axis=1, ddof=1)
        ratio = 4 * means.var(ddof=1) / own.mean()
        logs = [np.log(np.delete(means, i).var() / np.delete(own, i).mean()) for i in range(6)]
        error = sqrt(5 / 6 * sum((each - np.mean(logs)) ** 2 for each in logs))
        low, high = (
            max(0.0, (each - 1) / (each + 3)) for each in ratio * np.exp(stats.t(5).ppf([0.025, 0.975]) * error)
        )
        found = variance_share(groups).share
        assert found.low <= low + 1e-9
        assert found.high >= high - 1e-9


def test_a_group_of_another_size_counts_as_one_and_what_is_missing_is_left_out():
    missing = [*RATED[:5], np.array([6, 2, np.nan, np.nan]), np.array([5.0]), np.array([np.nan, np.nan])]
    found = variance_share(missing)
    assert (found.groups, found.values) == (6, 22)
    within = np.mean([*RATED[:5].var(axis=1, ddof=1), 8.0])
    assert found.within == pytest.approx(sqrt(within))
    between = np.var([*RATED[:5].mean(axis=1), 4.0], ddof=1) - within * (5 / 4 + 1 / 2) / 6
    assert found.between**2 == pytest.approx(max(0.0, between))


def test_there_is_no_share_where_nothing_differs_and_no_interval_for_two_groups_or_no_variance_within():
    assert isnan(variance_share([np.ones(3), np.ones(4)]).share.middle)
    only = variance_share([np.zeros(3), np.ones(3), np.ones(3)])
    assert only.share.middle == 1.0
    assert not only.share.known
    assert not variance_share(RATED[:2]).share.known
    assert not variance_share([np.array([0.0, 1.0]), np.zeros(2), np.ones(2)]).share.known  # one group alone varies
    one = variance_share(RATED[:1])
    assert isnan(one.share.middle)
    assert isnan(one.between)
    assert one.within == pytest.approx(RATED[0].std(ddof=1))
    assert variance_share([]).groups == 0
    assert variance_share([np.arange(4.0), np.arange(4.0), np.arange(4.0)]).share.middle == 0.0  # and not less


CASES = {
    "normal, nothing between": (lambda random: random.normal(size=(8, 5)), 0.0),
    "normal, most between": (lambda random: 2 * random.normal(size=(8, 1)) + random.normal(size=(8, 5)), 0.8),
    "half of the groups don't vary": (
        lambda random: np.where(
            random.random((8, 1)) < 0.5, random.random((8, 1)) < 0.5, random.random((8, 5)) < 0.5
        ) + 0.05 * random.normal(size=(8, 5)),
        0.125 / 0.2525,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_nineteen_of_twenty_intervals_hold_the_truth(name):
    draw, share = CASES[name]
    random = np.random.default_rng(1)
    found = [variance_share(draw(random)).share for _ in range(150)]
    assert np.mean([each.low <= share <= each.high for each in found]) > 0.92
