"""Figures of worlds in which something else matters than what is entered first: places, hunger, how often, how far."""

from pathlib import Path

import numpy as np
import pytest
from drawn import bands, panel, points, texts, words
from reported_runs import column, record

from evosim.numerics.formatting import percent
from evosim.scenario import load_scenario
from viz.answers.generational import answer_generational, first_entry_shares
from viz.answers.objectives.plane import choose_plane
from viz.answers.reading import read_run
from viz.figures.figure import run_figure

SMALL = ("evolution.population=16", "evolution.generations=3", "measure.episodes=4", "measure.every=1")


def test_who_entered_nothing_and_ended_at_a_place_did_not_get_nothing(tmp_path: Path) -> None:
    wants = ["mind.objective.initial={corner=0.9, cheese=0.3}", "mind.objective.spread=0.05", "world.vision=13"]
    with record(tmp_path / "mice.evosim", load_scenario("cheese_corner", [*SMALL, *wants])) as run:
        reading, figure = read_run(run), run_figure(run)
    said, frame = answer_generational(reading), reading.measurements["deployment"]
    share = frame["entered_nothing.corner"][-1]
    assert share > 0.2
    assert f"corner {percent(share)}" in said
    assert (frame["entered_nothing.corner"] <= frame["ended_at.corner"]).all()
    assert (frame["entered_nothing.corner"] <= frame["entered_first.nothing"] + 1e-12).all()
    shares = first_entry_shares(reading, "deployment")
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["nothing"] == pytest.approx(frame["entered_first.nothing"][-1] - share)
    axes = panel(figure, "Entered first, or ended at · deployment")
    labels = [str(area.get_label()) for area in axes.collections]
    assert labels[-2:] == ["corner", "nothing"]
    band = bands(axes)[-2]
    np.testing.assert_allclose(np.subtract(band.high, band.low), frame["entered_nothing.corner"], atol=1e-12)
    assert choose_plane(reading)[:2] == ("cheese", "corner")


def test_where_selection_moves_the_proxy_is_still_that_of_training(tmp_path: Path) -> None:
    with record(tmp_path / "moved.evosim", load_scenario("retrained", [*SMALL, "evolution.schedule.1.from=1"])) as run:
        assert choose_plane(read_run(run))[:2] == ("door", "red")


def test_where_things_do_not_end_the_episode_it_is_reported_and_drawn_how_often_each_is_entered(tmp_path: Path) -> None:
    with record(tmp_path / "keys.evosim", load_scenario("keys_and_chests", SMALL)) as run:
        said, figure = answer_generational(read_run(run)), run_figure(run)
        chests = column(run, "measurements", "entered.chest", "environment = 'deployment' and generation = 2")[0]
    assert said.startswith("Entered per episode · training: chest ")
    assert f"deployment: chest {chests:.2f}, key" in said
    assert {"Entered · training", "Entered · deployment"} <= {text.get_text() for text in texts(figure)}


def test_where_it_is_counted_places_are_reported_and_drawn_too(tmp_path: Path) -> None:
    corner = 'world.places={den={place={kind="corner",of="northeast",size=2},features={}}}'
    with record(tmp_path / "den.evosim", load_scenario("keys_and_chests", [*SMALL, corner])) as run:
        said, figure = answer_generational(read_run(run)), run_figure(run)
        visits = column(run, "measurements", "entered.den", "environment = 'training'")
        ended = column(run, "measurements", "ended_at.den", "environment = 'training'")
    assert f"(ended at the den {percent(ended[-1])}); deployment" in said
    axes = panel(figure, "Entered · training")
    assert str(axes.collections[-1].get_label()) == "den"
    band = bands(axes)[-1]
    np.testing.assert_allclose(np.subtract(band.high, band.low), visits, atol=1e-9)


def test_where_hunger_counts_the_wish_for_food_is_drawn_as_it_is_always_and_when_starving(tmp_path: Path) -> None:
    with record(tmp_path / "animals.evosim", load_scenario("hungry", SMALL)) as run:
        across, up, direction = choose_plane(read_run(run))
        axes = panel(run_figure(run), "What planners want")
        expected = [column(run, "individuals", f"objective.{name}", "generation = 2") for name in (across, up)]
    assert across in ("food", "sweet")
    assert (up, direction) == (f"{across}.hunger", None)
    assert axes.get_xlabel() == f"← dislikes · {across}, always · wants →"
    assert axes.get_ylabel() == f"← less · {across} when starving · more →"
    np.testing.assert_array_equal(points(axes, "generation 2"), np.transpose(expected))


def test_where_what_is_wanted_is_given_it_is_drawn_who_looks_how_far_ahead(tmp_path: Path) -> None:
    with record(tmp_path / "mazes.evosim", load_scenario("many_mazes", SMALL)) as run:
        figure = run_figure(run)
        bases = column(run, "individuals", "base_mean.training", "generation = 2 and controller = 'planner'")
    drawn = [
        scatter.get_offsets()[:, 1]
        for axes in figure.axes
        for scatter in axes.collections
        if axes.get_xlabel().startswith("planning horizon") and scatter.get_label() == "planner"
    ]
    assert np.allclose(np.sort(drawn[0]), np.sort(bases))


def test_where_all_plan_no_zero_is_explained_and_no_sample_point_stands_by_the_data(tmp_path: Path) -> None:
    with record(tmp_path / "seen.evosim", load_scenario("many_mazes", [*SMALL, "mind.controllers={planner=1}"])) as run:
        axes = panel(run_figure(run), "Performance by planning horizon")
    assert axes.get_legend() is None
    assert "each a planner of generation 2" in words(axes)
    assert (axes.get_xlabel() == "planning horizon") == (axes.get_xlim()[0] > 0)
