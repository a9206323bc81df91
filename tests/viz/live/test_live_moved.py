"""Experiments and the field in the live view: moving an ecology leaves its run alone."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from functools import partial
from types import SimpleNamespace

import numpy as np
import pygame
import pytest
from sessions import MEADOW, SMALL, press, session_on

from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import DARK
from viz.live.field.changed_world import retention_in_run
from viz.live.panels.gauges import draw_gauges
from viz.live.recording.recording import Shot, prepare_session
from viz.live.worker.reader import RunView


def test_the_field_goes_on_tick_by_tick_and_back(meadow):
    meadow.playing = False
    start = meadow.view.clock()
    press(meadow, "step", "step", "step")
    later = meadow.view.clock()
    assert later != start
    press(meadow, "back", "back", "back")
    assert meadow.view.clock() == start


def test_moving_an_ecology_is_an_experiment_that_leaves_the_run_alone(meadow, paths):
    before = paths["contraception"].read_bytes()
    for _ in range(5):
        meadow.advance(0.1)
    press(meadow, "deploy")
    for _ in range(40):
        meadow.advance(0.1)
    kept = meadow.view.retention()
    assert kept.moved
    assert kept.where == "modern"
    assert paths["contraception"].read_bytes() == before


def test_an_animal_can_be_clicked(meadow):
    meadow.playing = False
    press(meadow, "agent")
    assert meadow.view.portrait is not None
    press(meadow, "escape")
    assert meadow.view.portrait is None


@pytest.fixture(scope="module")
def deadly(tmp_path_factory):
    """Give an ecology in whose second environment all die within a few ticks."""
    path = tmp_path_factory.mktemp("deadly") / "deadly.evosim"
    changes = [*MEADOW, "environments.modern.energy.per_tick=6", "evolution.floor=0"]
    run(load_scenario("contraception", changes), seed=2, out=path).close()
    return path


def test_an_experiment_that_kills_all_ends_and_leads_back_to_the_run(deadly):
    session = session_on(deadly)
    press(session, "deploy")
    for _ in range(40):
        session.advance(0.1)
    kept = session.view.retention()
    assert kept.moved
    assert not kept.waits
    assert "nobody is left" in kept.words
    assert kept.title == "extinct in modern"
    assert "ancestral" in kept.baseline
    press(session, "deploy")
    assert not session.view.retention().moved
    for _ in range(10):
        session.advance(0.1)
    assert session.view.is_alive
    assert session.trouble == ""
    session.close()


def test_in_a_world_where_nobody_lives_nothing_is_changed(deadly):
    session = session_on(deadly)
    press(session, "newest")
    for _ in range(5):
        session.advance(0.1)
    assert not session.view.is_alive
    press(session, "deploy")
    assert session.message == "No agent is left to move"
    kept = session.view.retention()
    assert not kept.moved
    assert not kept.waits
    assert kept.title == "extinct in modern"
    session.close()


@pytest.mark.parametrize("scenario", ["red_doors", "contraception"])
def test_dials_say_what_their_hundred_percent_is_and_when_that_is_another(paths, scenario):
    session = session_on(paths[scenario])
    said = set()
    for action in ("first", "deploy", "deploy", "newest", "deploy", "deploy"):
        press(session, action)
        session.playing = True
        for _ in range(12):
            session.advance(0.2)
        kept = session.view.retention()
        assert kept.baseline
        said.add((kept.baseline, kept.capability == 1.0 == kept.goal))
        surface, words, pen = pygame.Surface((344, 172)), [], Pen(DARK)
        write = pen.text
        pen.text = lambda *given, write=write, words=words, **more: words.append(given[1]) or write(*given, **more)
        draw_gauges(pen, surface, surface.get_rect(), kept, session.needles)
        assert f"100% = {kept.baseline}" in " ".join(words)
    if scenario == "contraception":  # before the change, by an experiment, and after the change
        assert len({baseline for baseline, _ in said}) >= 3
    session.close()


def test_dials_after_a_change_are_of_the_interval_being_lived_not_of_the_one_before():
    scenario = load_scenario("contraception")
    interval, change = scenario.evolution.interval, scenario.evolution.schedule[1].start
    before = change // interval
    seen = SimpleNamespace(births=np.r_[np.ones(before), 0.5, 0.4], utility=np.r_[np.ones(before), 3.0, 3.5])
    seen.rates_at, seen.rates_before = partial(RunView.rates_at, seen), partial(RunView.rates_before, seen)

    def kept(ticks):
        return retention_in_run(scenario, seen, (change + ticks) / interval - 1.0, "modern", alive=True)

    assert (kept(1).goal, kept(1).capability) == (0.5, 3.0)
    assert (kept(interval + 1).goal, kept(interval + 1).capability) == (0.4, 3.5)
    assert (kept(2 * interval).goal, kept(2 * interval).capability) == (0.4, 3.5)  # the last that is known
    seen.births, seen.utility = seen.births[:before], seen.utility[:before]  # it still evolves
    assert np.isnan([kept(1).goal, kept(1).capability]).all()
    assert kept(1).words == "known when the first interval after the change is over"


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Give a run with two environments without selection: first one like training, then that of red_doors."""
    path = tmp_path_factory.mktemp("three") / "three.evosim"
    scenario = load_scenario("red_doors", SMALL)
    worlds = {"training": scenario.environments["training"], "alike": scenario.environments["training"]}
    worlds["deployment"] = scenario.environments["deployment"]
    measure = scenario.measure.model_copy(update={"environments": list(worlds)})
    run(scenario.model_copy(update={"environments": worlds, "measure": measure}), seed=2, out=path).close()
    return path


@pytest.mark.parametrize(("environment", "shown"), [(None, "deployment"), ("alike", "alike")])
def test_a_film_goes_where_least_return_is_kept_or_where_it_is_told_to(three, environment, shown):
    session = prepare_session(three, Shot(size=(480, 320), scale=0.75, environment=environment))
    assert session.view.environments() == ("training", shown)
    press(session, "newest", "deploy")
    assert session.view.retention().where == shown
    session.close()


def test_everybody_is_moved_through_all_environments_and_back(three):
    session, been = session_on(three), []
    for _ in range(3):
        press(session, "deploy")
        kept = session.view.retention()
        been.append((kept.where, kept.note))
    assert been == [("alike", "D moves them on"), ("deployment", ""), ("training", "")]
    session.close()
