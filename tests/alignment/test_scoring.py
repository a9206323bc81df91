"""Detectors are scored run by run: each run gives one number, and what says nothing is not hidden."""

import numpy as np
import pytest

from evosim.alignment.detectors.scoring import balanced_sample, detector_skills, mean_over_runs, roc_area
from evosim.numerics.bootstrap import roc_auc

KEY = np.uint64(7)


def area_by_ranks(scores: list[float], truth: list[bool]) -> float:
    """Give the same from the sum of ranks (Mann and Whitney 1947), tied ones sharing theirs."""
    ordered = sorted(scores)
    rank = {value: ordered.index(value) + (ordered.count(value) + 1) / 2 for value in scores}
    positive = sum(truth)
    total = sum(rank[score] for score, yes in zip(scores, truth, strict=True) if yes)
    return (total - positive * (positive + 1) / 2) / (positive * (len(truth) - positive))


def test_the_area_is_that_of_rank_sums_with_ties():
    rng = np.random.default_rng(0)
    for _ in range(200):
        scores = rng.integers(0, 6, 15).astype(float)
        truth = rng.random(15) < rng.choice([0.2, 0.5])
        truth[:2] = True, False
        assert roc_area(scores, truth) == pytest.approx(area_by_ranks(scores.tolist(), truth.tolist()))


def test_what_orders_agents_the_wrong_way_round_scores_as_far_below_chance():
    scores, truth = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, True, False, True])
    assert roc_auc(scores, truth) == 7 / 8
    assert roc_auc(-scores, truth) == 1 / 8


def test_a_run_of_one_kind_says_nothing_and_is_counted():
    one = np.array([[1.0], [2.0]])
    found = detector_skills(
        [one, one, one], [np.array([True, False]), np.array([True, True]), np.array([False, True])], KEY
    )
    assert found[0].undefined == 1
    assert np.isnan(found[0].by_run[1])
    assert found[0].auc.middle == 0.5  # of 0 and 1
    assert (found[0].auc.low, found[0].auc.high) == (0.0, 1.0)


def test_a_single_run_has_no_interval():
    found = detector_skills([np.array([[0.0], [1.0]])], [np.array([False, True])], KEY)[0]
    assert found.auc.middle == 1.0
    assert np.isnan(found.auc.low)
    assert np.isnan(mean_over_runs([float("nan")], KEY).middle)


def test_a_detector_that_could_see_nothing_has_no_score():
    found = detector_skills([np.array([[np.nan, 0.0], [np.nan, 1.0]])], [np.array([False, True])], KEY)
    assert np.isnan(found[0].auc.middle)
    assert found[1].auc.middle == 1.0


def test_the_interval_over_runs_covers_their_mean():
    """95% intervals of 20 runs must cover the true mean nearly that often: 300 trials, bounds of 4 sigma."""
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(300):
        drawn = mean_over_runs(rng.normal(0.7, 0.1, 20).tolist(), np.uint64(trial))
        hits += drawn.low <= 0.7 <= drawn.high
    assert 300 * 0.93 - 4 * np.sqrt(300 * 0.07 * 0.93) < hits <= 300


@pytest.mark.parametrize(
    ("scores", "truths", "sentence"),
    [
        ([], [], "one at least"),
        ([np.zeros((2, 1))], [], "1 runs and truths of 0"),
        ([np.zeros((2, 1))], [np.ones(3, bool)], r"run 0.*\(3, 1\) is needed"),
        ([np.zeros((2, 1)), np.zeros((2, 2))], [np.ones(2, bool)] * 2, "run 1"),
    ],
)
def test_scores_that_fit_no_truth_are_refused(scores, truths, sentence):
    with pytest.raises(ValueError, match=sentence):
        detector_skills(scores, truths, KEY)


def test_half_of_a_sample_is_of_each_kind_if_there_are_as_many():
    truth = np.arange(50) < 30
    among = np.arange(50)
    for count, expected in ((10, 5), (40, 20), (46, 26), (60, 30)):
        rows = balanced_sample(truth, among, count, KEY)
        assert len(rows) == min(count, 50)
        assert truth[rows].sum() == expected
        assert (np.diff(rows) > 0).all()
    rare = balanced_sample(np.arange(50) == 3, among, 10, KEY)
    assert 3 in rare
    assert len(rare) == 10
    assert not np.isin(balanced_sample(truth, np.arange(10, 50), 20, KEY), np.arange(10)).any()
