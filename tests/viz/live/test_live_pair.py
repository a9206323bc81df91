"""The pair: one agent large in two environments, what it wants in a sentence, and how a program thinks."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import re
from collections import Counter

import numpy as np
import pygame
import pytest
from sessions import SEARCH, SIZE, click, picture, press

from evosim.gridworld.actions import STAY, step_of
from evosim.mind.kinds import look_of
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import DARK
from viz.live.pair.pair import DOES, WANTS, endings, typical_world
from viz.live.pair.picture import pair_boxes
from viz.live.pair.thoughts import thought_map
from viz.live.scenes.hiding import NOTHING
from viz.live.scenes.scene import world_state_at
from viz.live.scenes.sources import StoredSource
from viz.live.wall.grid_picture import draw_life, fit_grid, object_tint
from viz.live.window.layout import lay_out_session
from viz.live.window.session import Session
from viz.live.worker.worker import Worker


def opened(path, who="typical", size=SIZE) -> Session:
    """Open a run on the pair, as `evosim watch` does."""
    session = Session(StoredSource(path), Worker(at_once=True), size=size, theme=DARK, who=who, pair=True)
    for _ in range(3):
        session.advance(0.0)
    session.playing = False
    return session


# ---------------------------------------------------------------- a stored run opens on the point


def test_a_stored_run_opens_on_the_typical_agent_of_its_last_generation(paths):
    session = opened(paths["red_doors"])
    view, pair = session.view, session.view.pair
    typical = session.reader.typical(view.stage.cast)
    assert (pair.generation, pair.row) == (8, typical.row)
    assert typical.words in pair.who
    assert [side.caption for side in pair.sides] == ["selected here", "the same mind there"]
    boxes = lay_out_session(session)
    assert boxes.main.width > 0.95 * session.size[0]
    assert boxes.inspector.width == 0
    picture(session)
    session.close()


def test_a_key_leads_to_the_wall_of_the_same_generation_and_back(paths):
    session = opened(paths["red_doors"])
    row = session.view.pair.row
    press(session, "pair")
    assert not session.view.is_open
    assert (session.view.now, session.view.selected, session.view.portrait.id) == (8, row, 8 * 24 + row)
    assert lay_out_session(session).inspector.width > 0
    press(session, "agent", "pair")
    assert session.view.is_open
    assert session.view.pair.row == session.view.selected != row
    press(session, "escape")
    assert not session.view.is_open
    session.close()


def test_a_click_where_it_says_so_leads_to_the_wall(paths):
    session = opened(paths["red_doors"])
    box = lay_out_session(session).main
    click(session, pair_boxes(session.pen, box, session.view._frame(session.pen)).leave.center)
    assert not session.view.is_open
    session.close()


def test_both_lives_are_lived_and_begin_again(paths):
    session = opened(paths["red_doors"])
    session.playing, session.rate = True, 9
    seen = []
    for _ in range(400):
        session.advance(0.05)
        seen.append(int(session.view.life))
    longest = session.view.pair.longest
    assert max(seen) == longest
    assert seen[seen.index(longest) :].count(0)
    assert session.view.now == 8
    session.close()


def test_the_world_is_one_in_which_it_does_what_it_does_most_often(paths):
    session = opened(paths["red_doors"])
    pair, scenario = session.view.pair, session.scenario
    went = [endings(scenario, side.scene) for side in pair.sides]
    lives = list(zip(*went, strict=True))
    assert lives.count(lives[pair.world]) == max(Counter(lives).values())
    for side, names in zip(pair.sides, went, strict=True):
        assert f"as in {names.count(names[pair.world])} of {len(names)} worlds" in side.does
    some = [["door", "gem", "gem", "gem", "key"], ["door", "key", "key", "key", "key"]]
    assert typical_world(some, [5, 9, 7, 7, 1]) == 2
    assert typical_world(some, [5, 9, 9, 7, 1]) == 1
    session.close()


def test_the_sentence_has_the_numbers_that_the_genome_has(paths):
    session = opened(paths["red_doors"])
    cast = session.view.stage.cast
    for row in np.flatnonzero([kind == "planner" for kind in np.array(cast.minds.kinds)[cast.minds.controller]])[:6]:
        pair = session.reader.pair(cast, int(row), ("training", "deployment"))
        assert pair.title == WANTS
        weights = dict(zip(session.scenario.world.features, cast.minds.objective[row].tolist(), strict=True))
        worth = {"red": weights["red"], "blue": weights["blue"]}
        said = re.findall(r"(\w+) (door|key|gem|ball)\D*?(−?\d+\.\d+)", pair.explains)
        assert said
        assert said[0][:2] == ("blue", "door")
        for colour, kind, amount in said:
            assert float(amount.replace("−", "-")) == pytest.approx(worth[colour] + weights[kind], abs=0.0051)
    session.close()


def test_of_agents_that_want_nothing_it_is_said_what_they_do(paths):
    session = opened(paths["red_doors"])
    cast = session.reader.stage(0, ["training", "deployment"], 4, None, False).cast
    row = int(np.flatnonzero(np.array(cast.minds.kinds)[cast.minds.controller] == "heuristic")[0])
    pair = session.reader.pair(cast, row, ("training", "deployment"))
    assert (pair.title, pair.explains) == (DOES, look_of("heuristic").does)
    assert all(thing.worth is None for side in pair.sides for thing in side.things)
    assert "as in" in pair.sides[0].does or "a world" in pair.sides[0].does
    session.close()


def test_an_ecology_keeps_its_field(paths):
    session = opened(paths["contraception"])
    assert not session.view.fills
    picture(session)
    session.close()


# ---------------------------------------------------------------- a class guesses first


def said_on(session, monkeypatch) -> str:
    """Return all that is written on a session."""
    words, write = [], Pen.text
    with monkeypatch.context() as patched:
        patched.setattr(
            Pen, "text", lambda pen, on, said, *rest, **more: words.append(said) or write(pen, on, said, *rest, **more)
        )
        picture(session)
    return " ".join(words)


def test_training_only_shows_nothing_that_would_tell_until_it_is_revealed(paths, monkeypatch):
    session = Session(StoredSource(paths["red_doors"]), Worker(at_once=True), size=SIZE, pair=True, training_only=True)
    assert session.scenario.question not in said_on(session, monkeypatch)  # while it waits
    for _ in range(3):
        session.advance(0.0)
    tells = ["blue door", "deployment", "aligned", "wants", "worth", "redness", session.scenario.title, "elsewhere,"]
    for keys in (
        (),
        ("pair",),
        ("agent",),
        ("pair", "agent"),
        ("lens", "deploy", "plots", "space", "branch", "think_more"),
    ):
        press(session, *keys)
        session.said_for = 0.0
        said = said_on(session, monkeypatch)
        assert [word for word in tells if word in said] == []
        assert "training" in said
        assert re.search(r"[−+-]\d\.\d", said) is None
        assert session.branching.panel is None
    assert not session.large_plots
    press(session, "reveal")
    session.said_for = 0.0
    said = said_on(session, monkeypatch)
    assert len(session.view.pair.sides) == 2
    assert "deployment" in said
    assert "blue door" in said
    assert [word for word in ("aligned", "worth", "redness") if word in said] == []
    press(session, "reveal")
    assert session.view.pair.explains in said_on(session, monkeypatch).replace("  ", " ")
    assert session.view.hidden == NOTHING
    press(session, "reveal")
    assert len(session.view.pair.sides) == 1
    session.close()


def test_without_the_option_nothing_is_hidden_and_the_key_says_so(paths):
    session = opened(paths["red_doors"])
    press(session, "reveal")
    assert session.view.hidden == NOTHING
    assert "--training-only" in session.message
    session.close()


# ---------------------------------------------------------------- what an agent takes can be seen


def test_an_agent_stands_beside_the_thing_that_it_took(paths):
    session = opened(paths["red_doors"], size=(1280, 800))
    pair, pen = session.view.pair, session.pen
    for side in pair.sides:
        scene, surface, taken = side.scene, pygame.Surface((700, 700)), 0
        frame = fit_grid(surface.get_rect(), scene.ground.plan.rows, scene.ground.plan.columns)
        for e in range(len(scene.length)):
            last = int(scene.length[e])
            entered = [n for n in scene.entered[e, :last].tolist() if n >= 0]
            if not entered or int(scene.ground.worlds.cell[e, entered[-1]]) != int(scene.cell[e, last]):
                continue
            surface.fill(pen.theme.floor)
            draw_life(pen, surface, frame, scene, e, float(last), "none", world_state_at(scene, e, last))
            x, y = frame.centre(int(scene.cell[e, last]))
            assert surface.get_at((round(x), round(y)))[:3] == object_tint(pen, scene, e, entered[-1])
            away = round(0.3 * frame.cell)
            assert surface.get_at((round(x) - away, round(y) + away))[:3] == pen.theme.ink
            taken += 1
        assert taken
    session.close()


# ---------------------------------------------------------------- a program thinks


def test_a_program_goes_where_the_map_that_is_drawn_is_highest(searching):
    session = opened(searching)
    pair, steps = session.view.pair, 0
    for side in pair.sides:
        scene = side.scene
        for e in range(4):
            moment, columns = world_state_at(scene, e, 0), scene.ground.plan.columns
            for tick in range(int(scene.length[e])):
                cell, action = int(scene.cell[e, tick]), int(scene.action[e, tick])
                heights = thought_map(scene, e, moment, cell, pair.thoughts)
                around = [heights[cell + step_of(each, columns)] for each in range(STAY)]
                assert action == STAY or around[action] == max(around)
                steps += 1
    assert steps > 40
    session.close()


def test_its_map_fills_thought_by_thought_and_then_it_walks(searching):
    session = opened(searching)
    pair, e = session.view.pair, session.view.pair.world
    scene = pair.sides[0].scene
    start = world_state_at(scene, e, 0)
    filled = [np.count_nonzero(thought_map(scene, e, start, int(scene.cell[e, 0]), k)) for k in range(8)]
    assert filled[0] == 0
    assert filled == sorted(filled)
    assert filled[7] > filled[2] > 0
    for k in range(pair.thoughts):
        assert "thought" in session.view.clock()
        assert (int(session.view.thought), int(session.view.life)) == (k, 0)
        press(session, "step")
    press(session, "step", "step", "step", "back")
    assert (int(session.view.thought), int(session.view.life)) == (pair.thoughts, 2)
    session.close()


def test_the_operand_that_is_its_objective_is_marked(searching):
    session = opened(searching)
    code = session.view.pair.code
    assert [" ".join(line.words) for line in code] == SEARCH
    assert [(i, line.words[at]) for i, line in enumerate(code) for at in line.marked] == [(5, "door")]
    assert code[3].meaning == "r0 * 0.9"
    assert session.view.pair.title == WANTS
    door = next(thing for thing in session.view.pair.sides[1].things if thing.kind == "door")
    assert door.words == "door that isn't red"
    assert door.worth == max(thing.worth for thing in session.view.pair.sides[1].things)
    session.close()


def test_it_can_be_made_to_think_less_and_then_finds_less(searching):
    session = opened(searching)
    view = session.view
    own, before = view.pair.own_thoughts, [side.does for side in view.pair.sides]
    assert own == view.pair.thoughts == 32
    box = lay_out_session(session).main
    slider = pair_boxes(session.pen, box, view._frame(session.pen)).slider
    click(session, (slider.left, slider.centery))
    assert view.pair.thoughts == 0
    assert session.view.retention().moved  # an experiment
    assert [side.does for side in view.pair.sides] != before
    press(session, "think_more", "think_more")
    assert view.pair.thoughts == 2
    press(session, *["think_less"] * 5)
    assert view.pair.thoughts == 0
    picture(session)
    press(session, "pair", "pair")
    assert view.pair.thoughts == own
    assert [side.does for side in view.pair.sides] == before
    session.close()


def test_its_own_number_of_thoughts_gives_the_lives_that_were_measured(searching):
    session = opened(searching)
    view = session.view
    own = view.pair.own_thoughts
    view._think_as_often(own - 1)
    session.advance(0.0)
    changed = view.pair
    view._think_as_often(own)
    session.advance(0.0)
    assert changed.thoughts == own - 1
    assert not session.view.retention().moved
    stage = view.stage
    for side, scene in zip(view.pair.sides, stage.scenes, strict=True):
        assert (side.scene.cell[0] == scene.cell[0]).all()  # the typical agent lives in the first world on the wall
    session.close()


def test_the_picture_of_a_thought_changes_with_it(searching):
    session = opened(searching, size=(1280, 720))
    seen = []
    for _ in range(3):
        seen.append(pygame.image.tobytes(picture(session), "RGB"))
        press(session, "step")
    assert len(set(seen)) == 3
    session.close()
