"""Measures of one's own are drawn below the other charts, and defined on the page of a report."""

import numpy as np
import pytest
from berries import BERRIES

import evosim
from evosim.measures import measure
from evosim.measures.curves import read_own
from evosim.scenario import load_scenario, parse_scenario
from evosim.scenario.schema import entry_points
from viz.figures.figure import run_figure
from viz.report.page import render_report


@measure(unit="share", table="measurements", definition="Share of episodes <in> which something was eaten. " * 3)
def fed(seen):
    return (seen.outcomes["eaten"] > 0).mean()


@measure(unit="utility", table="individuals", definition="Weight of sweet.")
def sweetness(seen):
    return seen.objectives["sweet"]


@measure(unit="name", kind="text", definition="Not drawn.")
def said(seen):
    return "word"


@measure(unit="agents", kind="integer", definition="How many there are.")
def number(seen):
    return len(seen.ids)


@measure(unit="share", may_be_empty=True, definition="Never known, so not drawn.")
def unknown(seen):
    return None


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    monkeypatch.setattr(entry_points, "LOCAL", {})


def test_a_grid_has_a_chart_for_each_and_a_definition_on_its_page(tmp_path):
    planners = ["mind.controllers={planner=1}", "evolution.generations=3", "measure.alignment=true"]
    scenario = parse_scenario(BERRIES, overrides=planners)
    run = evosim.run(scenario, 1, tmp_path / "run.evosim", measures=[fed, sweetness, said, number, unknown])
    charts = {axes.get_label(): axes for axes in run_figure(run).axes}
    assert {"Fed", "Sweetness", "Number"} <= set(charts)
    assert not {"Said", "Unknown"} & set(charts)
    lines = {line.get_label(): line.get_ydata() for line in charts["Fed"].lines}
    assert lines["deployment"].tolist() == pytest.approx(
        run.frame("measurements", "environment = ?", ("deployment",))["own.fed"].tolist()
    )
    curve = {each.name: each for each in read_own(run, 2)}["sweetness"]
    weights = run.frame("individuals", "generation = ?", (2,))["own.sweetness"]
    assert curve.lines[""].values[-1] == pytest.approx(weights.mean())
    assert curve.spread is not None
    assert curve.spread[:, -1] == pytest.approx(np.quantile(weights, (0.05, 0.25, 0.75, 0.95)))
    page = render_report(run)
    assert "Measures added to this run" in page
    assert "&lt;in&gt; which something" in page
    assert "<in>" not in page


def test_an_ecology_has_a_chart_for_each_over_ticks(tmp_path):
    small = ["evolution.population=40", "evolution.generations=3", "evolution.interval=20"]
    run = evosim.run(load_scenario("ancestral", small), 1, tmp_path / "run.evosim", measures=[number, sweetness])
    (chart,) = [axes for axes in run_figure(run).axes if axes.get_label() == "Number"]
    assert chart.lines[0].get_xdata().tolist() == [20, 40, 60]
    assert chart.lines[0].get_ydata().tolist() == run.frame("generations")["population"].tolist()
