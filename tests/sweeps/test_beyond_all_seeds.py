"""Intervals over seeds that reach beyond all of these: no farther than is possible, and a sentence says so."""

import matplotlib.style
import numpy as np
import pytest
from matplotlib.figure import Figure

from evosim.numerics.intervals import ConfidenceInterval, reaches_beyond
from evosim.studies.null_rows import VERSION_SPACE, NullRow
from evosim.studies.over_seeds import over_seeds
from evosim.sweeps.comparing.tables import tables_of
from evosim.sweeps.summary import (
    BEYOND,
    Curves,
    SweepQuantity,
    choose_quantities,
    condition_means,
    interval_over_seeds,
)
from viz.charts.page import STYLE
from viz.charts.sweeps import curves_chart, styles_of
from viz.figures import sweep
from viz.figures.sweep import sweep_figure
from viz.report.sweep.page import render_sweep_report

UNEVEN = np.array([0.7, 0.71, 0.69, 0.72, 0.7, 0.71, 0.73, 0.7, 0.3, 0.1])


def test_it_is_known_which_intervals_reach_beyond_all_seeds():
    assert reaches_beyond(interval_over_seeds(UNEVEN), UNEVEN)
    even = np.linspace(0, 1, 10)
    assert not reaches_beyond(interval_over_seeds(even), even)
    assert not reaches_beyond(ConfidenceInterval(0.5, np.nan, np.nan), np.array([0.5, 0.5, np.nan]))


def test_no_count_and_no_standard_deviation_is_below_nothing(rates):
    names = ["deployment.entered.door", "planning_mean", "deployment.inner_gap_std", "deployment.base_mean"]
    lows = [each.bounds[0] for each in choose_quantities(rates, names)]
    assert lows == [0.0, 0.0, 0.0, -np.inf]
    assert interval_over_seeds(np.array([0.0, 0.0, 0.0, 3.0]), (lows[0], np.inf)).low == 0.0


def test_a_sentence_stands_below_the_means_if_one_does(rates):
    frame, name = rates.frame(), "deployment.base_mean"
    quantities = choose_quantities(rates, [name])
    frame[name] = np.where(frame["seed"] == 3, 1.0, frame["seed"] * 0.01)
    assert all(each.reaches_beyond for each in condition_means(rates, name, frame))
    assert next(tables_of(rates, quantities, frame)).note == f"{BEYOND}."
    frame[name] = np.where(frame["seed"] == 3, np.nan, frame["seed"] * 0.01)  # two seeds have no interval
    assert next(tables_of(rates, quantities, frame)).note == ""


@pytest.mark.parametrize("uneven", [True, False])
def test_a_chart_knows_whether_a_band_does(uneven):
    values = np.stack([UNEVEN if uneven else np.linspace(0, 1, 10)] * 2, axis=1)
    curves = [Curves(1, np.arange(2), values, tuple(range(10)))]
    axes = Figure().add_axes((0.1, 0.1, 0.8, 0.8))
    quantity = SweepQuantity("it", "", "", is_share=False)
    assert curves_chart(axes, curves, styles_of([1]), quantity) == uneven


@pytest.mark.parametrize("beyond", [True, False])
def test_figures_and_reports_say_so_if_one_does(rates, beyond, monkeypatch):
    monkeypatch.setattr(sweep, "_draw", lambda *_: beyond)
    with matplotlib.style.context(["default", STYLE]):
        words = [text.get_text() for text in sweep_figure(rates, ["fitness_mean"], kind="curves").texts]
    assert (f"{BEYOND}." in words) == beyond
    page = render_sweep_report(rates, ("fitness_mean",))
    assert page.count(f'<p class="note">{BEYOND}.</p>\n</section>\n<section>') == beyond


def test_of_nulls_it_is_known_too():
    def rows(differences):
        kind = (5, VERSION_SPACE, "deployment", "capability")
        return [[NullRow(*kind, each, 0.0, 10, 10, 100, "rejection")] for each in differences]

    assert [each.reaches_beyond for each in over_seeds(rows(UNEVEN))] == [True]
    assert [each.reaches_beyond for each in over_seeds(rows(np.linspace(0, 1, 10)))] == [False]
