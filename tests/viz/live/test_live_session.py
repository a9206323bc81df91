"""Sessions of the live view: a list of events in, a state out: keys, time, and the wall."""

import os
import re
import threading
import time

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from pathlib import Path

import numpy as np
import pygame
import pytest
from sessions import SIZE, SMALL, click, picture, press, session_on

from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on, run
from evosim.simulation.runs import RunFile
from viz.live.panels.keys import BY_KEY, KEY_BINDINGS, action_of, keys_as_markdown
from viz.live.scenes.cues import TICK_RATES
from viz.live.scenes.scene import sample_rows
from viz.live.scenes.sources import StoredSource
from viz.live.wall.grid_picture import LENSES
from viz.live.wall.picture import describe_sample
from viz.live.window.layout import lay_out_session
from viz.live.window.session import LOOK_EVERY, Session
from viz.live.worker.worker import Worker

# ---------------------------------------------------------------- keys


def test_no_key_stands_for_two_things():
    keys = [key for action in KEY_BINDINGS for key in action.keys]
    assert len(keys) == len(set(keys)) == len(BY_KEY)


def test_a_question_mark_is_help_on_any_keyboard():
    assert action_of(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_MINUS, mod=0, unicode="?")) == "help"


def test_the_guide_has_the_table_of_keys():
    page = (Path(__file__).parents[3] / "docs/watching.md").read_text()
    assert keys_as_markdown() in page


@pytest.mark.parametrize("name", [action.name for action in KEY_BINDINGS])
@pytest.mark.parametrize("scenario", ["red_doors", "contraception"])
def test_every_key_does_something_that_can_be_seen_or_says_why_not(paths, scenario, name):
    session = session_on(paths[scenario])
    session.playing = False
    press(session, "next", "agent", "zoom_in")
    for _ in range(4):
        session.view.step(2)
        session.advance(0.0)
    session.message, session.said_for = "", 0.0
    before = (pygame.image.tobytes(picture(session), "RGB"), session.view.now, list(session.wishes))
    press(session, name)
    for _ in range(3):
        session.advance(0.1)
    after = (pygame.image.tobytes(picture(session), "RGB"), session.view.now, list(session.wishes))
    only_here = {"red_doors": {"colours", "marks", "zoom_in", "zoom_out", "whole", "north", "south", "west", "east"}}
    if name in only_here.get(scenario, set()) or (
        scenario == "contraception" and name in ("cast", "more", "fewer", "large", "pair", "think_more", "think_less")
    ):
        assert session.trouble == ""
    else:
        assert before != after, name
    session.close()


# ---------------------------------------------------------------- time


def test_space_stops_time(doors):
    press(doors, "play")
    at = doors.view.clock()
    for _ in range(30):
        doors.advance(0.1)
    assert doors.view.clock() == at
    press(doors, "play")
    doors.advance(0.5)
    assert doors.view.clock() != at


def test_arrows_go_a_tick_on_and_back(doors):
    press(doors, "step", "step", "step", "back")
    assert not doors.playing
    assert "tick 2 " in doors.view.clock()


def test_time_leads_through_all_generations_that_are_stored(doors):
    seen = []
    doors.rate = len(TICK_RATES) - 1
    for _ in range(400):
        doors.advance(0.05)
        if not seen or seen[-1] != doors.view.now:
            seen.append(doors.view.now)
    assert seen == [0, 2, 4, 6, 8]
    assert doors.seen.stored == [0, 2, 4, 6, 8]


def test_pages_turn_generations(doors):
    press(doors, "next", "next", "previous")
    assert doors.view.now == 2
    press(doors, "newest")
    assert doors.view.now == 8
    press(doors, "next")
    assert doors.view.now == 8
    assert "newest" in doors.message
    press(doors, "first", "previous")
    assert doors.view.now == 0


def test_speed_has_ends(doors):
    press(doors, *["faster"] * 20)
    assert doors.rate == len(TICK_RATES) - 1
    press(doors, *["slower"] * 20)
    assert doors.rate == 0


def test_dragging_on_the_timeline_goes_to_the_nearest_generation(doors):
    box = lay_out_session(doors).timeline
    click(doors, (box.right - 4, box.centery))
    assert doors.view.now == 8
    doors.handle(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=(box.right - 4, box.centery), button=1))
    doors.handle(
        pygame.event.Event(
            pygame.MOUSEMOTION, pos=(box.left + box.width // 2, box.centery), rel=(-9, 0), buttons=(1, 0, 0)
        )
    )
    doors.advance(0.0)
    assert 0 < doors.view.now < 8
    doors.handle(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=(0, 0), button=1))
    doors.handle(
        pygame.event.Event(pygame.MOUSEMOTION, pos=(box.right - 4, box.centery), rel=(9, 0), buttons=(0, 0, 0))
    )
    doors.advance(0.0)
    assert doors.view.now < 8


def test_a_run_that_goes_on_is_followed(tmp_path):
    path = tmp_path / "growing.evosim"
    scenario = load_scenario("red_doors", SMALL)
    with RunFile.create(path, scenario, 1) as writer:
        source = None
        for generation in carry_on(writer):
            if source is None:
                source = StoredSource(path)
                session = Session(source, Worker(at_once=True), size=SIZE)
                session.advance(0.0)
                press(session, "newest")
            session.advance(LOOK_EVERY)
            session.advance(0.0)
            assert session.seen.standing.done == generation.number + 1
            assert session.view.now == generation.number // 2 * 2
    session.advance(LOOK_EVERY)
    session.advance(0.0)
    assert session.seen.standing.state == "complete"
    session.close()


# ---------------------------------------------------------------- the wall


def test_the_lens_goes_round(doors):
    shown = []
    for _ in LENSES:
        press(doors, "lens")
        shown.append(LENSES[doors.view.lens])
    assert shown == [*LENSES[1:], "none"]
    press(doors, "lens_back")
    assert LENSES[doors.view.lens] == "perception"


def test_clicking_a_world_chooses_its_agent_and_again_makes_it_large(doors):
    from viz.live.wall.wall import world_boxes

    shown, frame = doors.view.picture, doors.view.frame()
    box = shown.inner(doors.pen, lay_out_session(doors).main, frame.stage)
    places = world_boxes(doors.pen, box, shown.halves(doors.pen, frame), None)
    e = 3
    click(doors, places[1][e].center)
    row = int(doors.view.stage.rows[e])
    assert doors.view.selected == row
    assert doors.view.portrait.id == int(doors.view.stage.cast.ids[row])
    click(doors, places[1][e].center)
    assert doors.view.large == e
    press(doors, "escape")
    assert doors.view.large is None
    press(doors, "escape")
    assert doors.view.selected is None


def test_one_agent_can_be_in_all_worlds(doors):
    press(doors, "cast")
    assert len(set(doors.view.stage.rows.tolist())) == 1
    cast = doors.view.stage.cast
    typical = doors.reader.typical(cast).row
    assert doors.view.stage.rows[0] == doors.view.selected == typical
    press(doors, "agent")
    order = np.argsort(-cast.fitness, kind="stable").tolist()
    assert set(doors.view.stage.rows.tolist()) == {order[(order.index(typical) + 1) % len(order)]}


def test_the_typical_agent_is_first_and_says_so_unless_another_is_asked_for(paths):
    session = session_on(paths["red_doors"])
    typical = session.reader.typical(session.view.stage.cast)
    rows = session.view.stage.rows
    assert rows[0] == typical.row
    assert len(set(rows.tolist())) == len(rows)
    press(session, "agent")
    assert session.view.selected == typical.row
    assert session.view.portrait.statements[0].words.lower() == f"{typical.words}.".lower()
    assert re.search(rf"\({len(rows)} of 24 agents\)|\(24 agents\)", describe_sample(session.view.stage))
    press(session, "agent")
    assert not any(each.words.startswith("Typical") for each in session.view.portrait.statements)
    session.close()
    session = session_on(paths["red_doors"], who="fittest")
    fitness = session.view.stage.cast.fitness
    assert session.view.stage.rows[0] == int(np.argmax(fitness))
    kinds = session.view.stage.cast.individuals.get("class.deployment")
    assert session.view.stage.rows.tolist() == sample_rows(fitness, len(rows), int(fitness.argmax()), kinds).tolist()
    press(session, "cast")
    assert set(session.view.stage.rows.tolist()) == {int(np.argmax(fitness))}
    session.close()


def test_an_agent_by_its_id_is_gone_to(paths):
    id = 4 * 24 + 7
    session = session_on(paths["red_doors"], who=id)
    assert session.view.now == 4
    assert (session.view.selected, session.view.portrait.id) == (7, id)
    assert 7 in session.view.stage.rows
    session.close()


def test_tab_goes_through_the_agents_on_the_wall(doors):
    first = [doors.view.selected]
    for _ in range(len(doors.view.stage.rows)):
        press(doors, "agent")
        first.append(doors.view.selected)
    assert first[1:] == list(dict.fromkeys(doors.view.stage.rows.tolist()))[: len(first) - 1]


def test_relatives_can_be_gone_to(paths, tmp_path):
    every = [change for change in SMALL if not change.startswith("measure.every")]
    run(load_scenario("red_doors", [*every, "measure.every=1"]), seed=2, out=tmp_path / "all.evosim").close()
    session = session_on(tmp_path / "all.evosim")
    press(session, "next", "next", "agent")
    parents = session.view.portrait.parents
    press(session, "parent")
    assert session.view.now == 1
    assert session.view.portrait.id in parents
    assert session.view.portrait.children
    press(session, "child")
    assert session.view.now == 2
    session.close()


def test_moving_everybody_empties_the_left_and_moves_the_needles(doors):
    assert doors.view.retention().goal == 1.0
    press(doors, "newest", "deploy")
    kept = doors.view.retention()
    assert kept.moved
    assert kept.where == "deployment"
    halves = doors.view.picture.halves(doors.pen, doors.view.frame())
    assert [half.left for half in halves] == [True, False]
    for _ in range(60):
        doors.advance(0.05)
    assert doors.needles == pytest.approx((kept.capability, kept.goal), nan_ok=True)
    press(doors, "deploy")
    assert not doors.view.retention().moved


def test_who_is_asked_to_stop_in_a_long_replay_leaves_nothing_beside_a_run(tmp_path):
    """The worker computes, and can't close what it has read before; the run has ended meanwhile, or does so then."""
    path, go = tmp_path / "run.evosim", threading.Event()
    with RunFile.create(path, load_scenario("red_doors", SMALL), 1) as run:
        next(carry_on(run))
        session = Session(StoredSource(path), Worker(), size=SIZE)
        while session.worker.is_busy("look") and session.seen is None:
            session.advance(0.01)
        session.worker.ask("replay", lambda: go.wait(10))
        while session.worker.doing != "replay":
            time.sleep(0.001)
    assert len([*tmp_path.iterdir()]) > 1  # it is being read
    session.close_at_once()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    go.set()
    session.worker.thread.join()
