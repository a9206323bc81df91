"""Numbers of a sweep as text and as lines: small rates have their digits, and a mean is where the seeds are."""

import numpy as np
from matplotlib.figure import Figure

from evosim.numerics.intervals import ConfidenceInterval
from evosim.sweeps.comparing.tables import format_mean, signed_between
from evosim.sweeps.summary import ConditionMean, Curves, SweepQuantity, interval_over_seeds
from viz.charts.sweeps import curves_chart, heat_chart, styles_of

RATE = SweepQuantity("births_per_capita", "births per agent-tick", "", False)


def test_small_rates_are_printed_with_digits_of_their_own():
    mean = ConditionMean(1, ConfidenceInterval(0.0012, 0.0009, 0.0015), (1, 2, 3), (0.0009, 0.0012, 0.0015))
    assert format_mean(mean, RATE) == "0.0012 [0.0009, 0.0015]"
    alone = ConfidenceInterval(0.0012, np.nan, np.nan)
    assert format_mean(mean._replace(mean=alone), RATE) == "0.0012"
    assert signed_between(ConfidenceInterval(0.0004, 0.0001, 0.0008)) == "+0.0004 [0.0001 to 0.0008]"
    assert signed_between(alone) == "+0.0012"
    axes = Figure(figsize=(6, 3)).add_axes((0, 0, 1, 1))
    heat_chart(axes, [1], [1, 2], [[mean.mean, alone]])
    assert {each.get_text() for each in axes.texts} == {"0.0012", "0.0009 to 0.0015"}


def test_the_line_of_a_mean_has_every_step_of_its_seeds():
    values = np.zeros((3, 500))
    values[:, 333:] = [[1.0], [2.0], [3.0]]
    values[2, 450:] = np.nan
    axes = Figure().add_subplot()
    curves_chart(axes, [Curves(1, np.arange(500), values, (1, 2, 3))], styles_of([1]), RATE)
    steps, mean = axes.lines[-1].get_data()
    assert steps.tolist() == list(range(500))
    assert (mean == np.repeat([0.0, 2.0, 1.5], [333, 117, 50])).all()


def test_a_share_that_is_alike_in_all_seeds_has_no_interval_and_no_ribbon():
    share = SweepQuantity("optimizer_fraction", "share", "", True, (0.0, 1.0))
    for quantity, values, written in (
        (share, (1.0,) * 4, "100%, all 4 alike"),
        (RATE, (0.0012,) * 3, "0.0012, all 3 alike"),
        (share, (1.0,) * 2, "100%"),
        (share, (np.nan,) * 3, "–"),
    ):
        mean = interval_over_seeds(np.array(values), quantity.bounds)
        assert not mean.known
        known = tuple(value for value in values if not np.isnan(value))
        assert format_mean(ConditionMean(1, mean, (1, 2, 3), known), quantity) == written
    assert interval_over_seeds(np.array([1.0, 1.0, 1.0, 0.99]), share.bounds).known
    values = np.zeros((4, 10))
    values[:, 5:] = [[0.1], [0.2], [0.3], [0.4]]
    axes = Figure().add_subplot()
    curves_chart(axes, [Curves(1, np.arange(10), values, (1, 2, 3, 4))], styles_of([1]), share)
    assert min(path.vertices[:, 0].min() for path in axes.collections[0].get_paths()) == 5
