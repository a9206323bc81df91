"""Futures in the live view: chosen in the panel, made by `evosim branch`, shown side by side; the run is not altered."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pygame
import pytest
from drawn_commands import evosim
from sessions import click, picture, press, session_on
from small_sweeps import Here

from evosim.scenario import load_scenario
from evosim.scenario.loading import plugin_files
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from evosim.system.stopping import program
from evosim.version import __version__
from viz.live.drawing.pen import Pen
from viz.live.futures.parameters import (
    assignment,
    describe_change,
    find_parameters,
    read_value,
    schedule_from,
    stepped,
)
from viz.live.futures.sources import AS_IT_WAS, CHANGED, Futures, plan_both
from viz.live.futures.stored import open_futures
from viz.live.recording.recording import Shot, plan_cues, prepare_session
from viz.live.scenes.sources import words_of
from viz.live.scenes.timeline_events import PARTING
from viz.live.wall.wall import world_boxes
from viz.live.window.branching import Branching
from viz.live.window.layout import lay_out_session
from viz.live.window.screen import render

HOUSE = Path(plugin_files.__file__).parents[3]


class MadeHere:
    """What makes futures, in this process and at once."""

    def __init__(self, words, log):
        done = evosim(*words)
        log.write_text(done.output)
        self.code = done.exit_code

    def poll(self):
        return self.code

    def wait(self, timeout=None):
        return self.code


class Failed(MadeHere):
    """What could not make any."""

    def __init__(self, words, log):
        log.write_text("\nerror: no room\n")
        self.code = 1


class Endless:
    """What makes futures until it is ended."""

    code = None

    def poll(self):
        return self.code

    def terminate(self):
        self.code = -15

    def kill(self):
        self.code = -9

    def wait(self, timeout=None):
        return self.code


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(Branching, "make", MadeHere)
    monkeypatch.setattr("evosim.sweeps.run.LocalWorkers", Here)


def type_in(session, *keys):
    """Press keys, each by its code or as a letter."""
    for key in keys:
        for each in [key] if isinstance(key, int) else key:
            code, letter = (each, "") if isinstance(each, int) else (ord(each), each)
            session.handle(pygame.event.Event(pygame.KEYDOWN, key=code, mod=0, unicode=letter))
            session.advance(0.0)


def passes(session, times=6):
    for _ in range(times):
        session.advance(0.1)


def test_from_here_with_candy(meadow, paths):
    """The run as it was stands beside the same run in which the world changes now, and is not altered by it."""
    before = hashlib.sha256(paths["contraception"].read_bytes()).hexdigest()
    press(meadow, "next", "branch")
    assert meadow.branching.panel.step == 2
    type_in(meadow, pygame.K_RIGHT, pygame.K_RIGHT)
    assert meadow.branching.panel.environment == "modern"
    shown = pygame.image.tobytes(picture(meadow), "RGB")
    type_in(meadow, pygame.K_RETURN)
    assert meadow.branching.is_open
    assert pygame.image.tobytes(picture(meadow), "RGB") != shown
    passes(meadow)
    was, changed = meadow.view.panes
    assert (was.side, changed.side) == (AS_IT_WAS, CHANGED)
    assert changed.name == "in modern"
    assert (was.view.environment, changed.view.environment) == ("ancestral", "modern")
    assert abs(was.view.tick - changed.view.tick) <= 3
    births = meadow.seen.charts[0].curves
    assert [curve.name for curve in births] == ["as it was", "in modern"]
    assert births[0].dashed != births[1].dashed
    for size in ((960, 640), (500, 600), (320, 240)):
        meadow.resize(size)
        picture(meadow)
    with RunFile.open(changed.view.reader.source.path) as future, RunFile.open(paths["contraception"]) as run:
        assert future.digests()[:3] == run.digests()[:3]
        assert future.digests()[3] != run.digests()[3]
    press(meadow, "escape")
    assert not meadow.branching.is_open
    assert meadow.view.retention().moved is False
    assert hashlib.sha256(paths["contraception"].read_bytes()).hexdigest() == before


def test_futures_look_alike_and_one_is_in_focus(meadow):
    press(meadow, "branch")
    type_in(meadow, pygame.K_RIGHT, pygame.K_RIGHT, pygame.K_RETURN)
    passes(meadow)
    picture(meadow)
    press(meadow, "colours", "zoom_in", "zoom_in")
    cameras = {pane.view.viewport.camera for pane in meadow.view.panes}
    assert len(cameras) == 1
    assert [pane.view.colouring for pane in meadow.view.panes] == [1, 1]
    click(meadow, meadow.view.boxes[1].center)
    assert meadow.view.focus == 1
    press(meadow, "agent")
    assert [pane.view.selection.id is None for pane in meadow.view.panes] == [True, False]
    assert meadow.view.portrait is not None
    press(meadow, "deploy")
    assert "Esc" in meadow.message
    press(meadow, "branch")
    type_in(meadow, pygame.K_RIGHT, pygame.K_RIGHT, pygame.K_RETURN)
    passes(meadow)
    assert [pane.view.worker.number for pane in meadow.view.panes] == [2, 3]
    meadow.view.answer("0:live", "of the futures before")


def test_futures_of_generations_with_seeds_of_their_own_have_the_run_beside_each(doors, tmp_path, paths):
    press(doors, "next", "branch")
    type_in(doors, "mutation.rate", "0.9", pygame.K_UP, "2", pygame.K_RETURN)
    passes(doors, 12)
    assert doors.branching.title == "From generation 3 on, evolution.mutation.rate = 0.9"
    names = [pane.name for pane in doors.view.panes]
    assert names == ["as it was, seed 2", "changed, seed 2", "as it was, seed 3", "changed, seed 3"]
    assert doors.reader.troubles == [""] * 4
    assert doors.view.panes[0].view.reader.source.path == paths["red_doors"]
    press(doors, "next")
    passes(doors)
    assert {pane.view.now for pane in doors.view.panes} == {4}
    picture(doors)
    press(doors, "save")
    saved = doors.branching.futures.saved
    assert all(str(path) in doors.message for path in saved)
    assert {path.parent for path in saved} == {paths["red_doors"].parent}
    assert all(evosim("show", path).exit_code == 0 for path in saved)
    press(doors, "escape", "branch")
    assert doors.branching.is_open
    folder = doors.branching.futures.folder
    doors.branching.drop()
    assert not folder.exists()
    assert not doors.branching.is_open


def test_futures_that_could_not_be_made_are_said_and_not_saved(doors, monkeypatch):
    monkeypatch.setattr(Branching, "make", Failed)
    press(doors, "branch")
    doors.branching.panel.choose(99)
    type_in(doors, "evolution.generations=12", pygame.K_RETURN)
    passes(doors)
    assert doors.trouble == "no future was made: error: no room"
    picture(doors)
    press(doors, "save")
    assert doors.message == "Not saved: not all futures were made: error: no room"
    press(doors, "escape")
    assert not doors.branching.is_open


def test_a_folder_of_futures_is_shown_side_by_side(paths, tmp_path):
    made = tmp_path / "futures"
    assert evosim("branch", paths["red_doors"], "--generation", 4, "--futures", 3, "--out", made).exit_code == 0
    futures = open_futures(made)
    assert (futures.step, len(futures.runs), futures.note) == (4, 3, "")
    session = session_on(futures.past.path)
    session.branching.show(futures)
    passes(session, 12)
    assert [pane.name for pane in session.view.panes] == ["seed 1", "seed 2", "seed 3"]
    assert session.branching.title == "From generation 5 on, with other seeds"
    assert {pane.view.now for pane in session.view.panes} == {4}
    assert [mark.kind for mark in session.seen.marks] == [PARTING]
    curves = session.seen.charts[0].curves
    assert [curve.name for curve in curves] == ["seed 1", "seed 2", "seed 3"]
    assert len({(curve.role, curve.number) for curve in curves}) == 3
    for size in ((960, 640), (500, 600), (320, 240)):
        session.resize(size)
        picture(session)
        boxes = session.view.boxes
        assert not any(one.colliderect(other) for i, one in enumerate(boxes) for other in boxes[:i])
    press(session, "save")
    assert str(made) in session.message
    press(session, "branch")
    assert session.branching.panel is None
    assert "evosim watch RUN" in session.message
    press(session, "escape")
    assert not session.branching.is_open
    press(session, "branch")
    assert session.branching.is_open
    session.close()


def test_of_many_futures_some_are_shown_and_that_is_said(paths, tmp_path):
    made = tmp_path / "futures"
    assert evosim("branch", paths["red_doors"], "--generation", 6, "--futures", 7, "--out", made).exit_code == 0
    futures = open_futures(made)
    assert [run.seed for run in futures.runs] == [1, 2, 3, 4, 5, 6]
    session = session_on(futures.past.path)
    session.branching.show(futures)
    assert session.branching.of_files() == "6 of 7 futures in futures · Esc: what they share"
    session.close()


@pytest.mark.parametrize(("name", "places", "least"), [("red_doors", (3, 2), 80), ("contraception", (2, 3), 190)])
def test_six_futures_in_a_small_window_have_worlds_that_can_be_seen(paths, tmp_path, name, places, least):
    made = tmp_path / "futures"
    assert evosim("branch", paths[name], "--generation", 6, "--futures", 6, "--out", made).exit_code == 0
    futures = open_futures(made)
    session = session_on(futures.past.path, size=(1000, 700))
    session.branching.show(futures)
    passes(session, 12)
    picture(session)
    boxes = session.view.boxes
    assert (len({box.top for box in boxes}), len({box.left for box in boxes})) == places
    first = session.view.panes[0].view
    if name == "red_doors":
        pen, frame, shown = session.pen, first.frame(), first.picture
        inner = shown.inner(pen, boxes[0], frame.stage)
        halves = shown.halves(pen, frame, inner)
        assert all(half.is_brief for half in halves)
        assert {"got what counts", "went elsewhere"} <= {item.words for item in shown.legend}
        wide = min(place.width for part in world_boxes(pen, inner, halves, None) for place in part.values())
    else:
        assert not first.is_marked
        wide = min(boxes[0].size)
    assert wide >= least
    words, write = [], session.pen.text
    session.pen.text = lambda surface, said, *rest, **more: words.append(said) or write(surface, said, *rest, **more)
    session.panels.clear()
    picture(session)
    assert not {"deploymen", "t"} & set(words)  # heads of columns are whole words
    assert lay_out_session(session).inspector.height == 0  # nobody is selected, and plots have the room
    press(session, "agent")
    assert lay_out_session(session).inspector.height > 0
    session.close()


def test_of_futures_of_many_states_none_is_shown(paths, tmp_path):
    made = tmp_path / "futures"
    done = evosim("branch", paths["red_doors"], "--generation", "2,4", "--futures", 1, "--out", made)
    assert done.exit_code == 0, done.output
    with pytest.raises(RunFileError, match="has futures of 2 states"):
        open_futures(made)
    refused = evosim("watch", made)
    assert refused.exit_code == 5
    assert "has futures of 2 states" in refused.output


def test_options_of_a_run_are_refused_of_a_folder_of_futures(paths, tmp_path):
    made = tmp_path / "futures"
    assert evosim("branch", paths["red_doors"], "--generation", 4, "--futures", 1, "--out", made).exit_code == 0
    refused = evosim("watch", made, "--agent", "typical", "--seed", 3)
    assert refused.exit_code == 2
    assert "takes no --seed and no --agent" in refused.output


@pytest.mark.parametrize("name", ["red_doors", "contraception"])
def test_a_film_of_futures_goes_from_where_they_part_to_their_end(paths, tmp_path, name, monkeypatch):
    made = tmp_path / "futures"
    assert evosim("branch", paths[name], "--generation", 4, "--futures", 2, "--out", made).exit_code == 0
    shot = Shot(size=(960, 540), seconds=8.0, rate=5.0)
    session, surface, shown, said = prepare_session(made, shot, open_futures(made)), pygame.Surface((960, 540)), [], []
    write = Pen.text

    def text(pen, on, words, *given, **more):
        said.append(words)
        return write(pen, on, words, *given, **more)

    monkeypatch.setattr(Pen, "text", text)
    cues = plan_cues(session, shot)
    for frame in range(40):
        while cues and cues[0].at * 40 <= frame:
            cues.pop(0).deed(session)
        session.advance(0.2)
        render(session, surface)
        shown.append(int(session.view.now))
    assert session.trouble == ""
    assert shown == sorted(shown)
    assert (shown[0], shown[-1]) == (4, session.seen.stored[-1])
    assert {"seed 1", "seed 2"} <= set(said)
    assert f"stored in {made.name}" in said
    assert [words for words in said if re.search(r"Esc|\bB\b|[LC]: |help|[Cc]lick|ticks/s", words)] == []
    session.close()


def test_futures_are_filmed_by_a_command_and_their_options_are_checked(paths, tmp_path):
    made, film = tmp_path / "futures", tmp_path / "film"
    assert evosim("branch", paths["red_doors"], "--generation", 4, "--futures", 2, "--out", made).exit_code == 0
    done = evosim("record", made, "-o", film, "--seconds", 1, "--rate", 4, "--size", "480x320")
    assert (done.exit_code, len(list(film.iterdir()))) == (0, 4), done.output
    lens = evosim("record", made, "-o", tmp_path / "lens", "--seconds", 0.5, "--rate", 2, "--lens", "wanted")
    assert lens.exit_code == 0, lens.output
    early = evosim("record", made, "-o", tmp_path / "early", "--generation", 2)
    assert "generation 2 are not stored; the nearest that are: 4" in early.output
    refused = evosim("record", made, "-o", tmp_path / "story", "--story", "--agent", "typical")
    assert refused.exit_code == 2
    assert "takes no --story and no --agent" in refused.output


def test_nothing_is_left_of_futures_whatever_ends_them(paths, tmp_path, monkeypatch):
    """Neither a process nor a folder: where the second can't be started, and where the window is asked to stop."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(program, "begun", True)
    monkeypatch.setattr(program, "cleanups", [])
    with RunFile.open(paths["red_doors"]) as run:
        plan = plan_both(run, 2, [run.seed, run.seed + 1], ["evolution.mutation.rate=0.9"])
    makers = []

    def make(words, log):
        if len(makers) == 1:
            raise OSError("no more processes")
        makers.append(Endless())
        return makers[-1]

    with pytest.raises(OSError, match="no more processes"):
        Futures(plan, make)
    assert (makers[0].code, [*tmp_path.iterdir()], program.cleanups) == (-15, [], [])
    futures = Futures(plan, lambda words, log: Endless())
    (stop,) = program.cleanups
    stop()
    assert [maker.code for maker in futures.makers.values()] == [-9, -9]
    assert not [*tmp_path.iterdir()]


def test_another_process_uses_the_plugin_files_that_this_one_uses(monkeypatch, doors):
    monkeypatch.setattr(plugin_files, "FILES", ["/mine.py", "/mine.py"])
    assert words_of(["run", "red_doors"])[-6:] == ["-m", "evosim", "--plugin", "/mine.py", "run", "red_doors"]
    press(doors, "branch")
    assert doors.branching.panel.command().startswith("evosim --plugin /mine.py branch ")


def test_another_process_is_of_this_evosim_and_not_of_a_folder_of_that_name(monkeypatch, tmp_path):
    (tmp_path / "evosim").mkdir()
    (tmp_path / "evosim" / "__init__.py").write_text("raise SystemExit('another evosim')")
    monkeypatch.setattr(sys, "path", [str(Path(sys.executable).parent), *sys.path[1:]])  # as of the installed command
    monkeypatch.chdir(tmp_path)
    own = {**os.environ, "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(words_of(["--version"]), capture_output=True, text=True, env=own)
    assert (done.returncode, done.stdout) == (0, f"evosim, version {__version__}\n")
    monkeypatch.setattr(sys, "path", [str(HOUSE)])  # as of a clone, by `python -m evosim`
    assert words_of(["run"])[1:] == ["-m", "evosim", "run"]


def test_the_panel_says_what_cannot_be(doors):
    press(doors, "branch")
    panel = doors.branching.panel
    type_in(doors, pygame.K_RETURN)
    assert "Nothing is changed" in panel.trouble
    type_in(doors, "qqq")
    assert "no parameter has" in panel.trouble
    assert panel.filter == ""
    panel.choose(99)
    type_in(doors, "evolution.population=3", pygame.K_RETURN)
    assert "doesn't fit" in panel.trouble
    type_in(doors, *[pygame.K_BACKSPACE] * 30, "evolution.mutation.rate=7", pygame.K_RETURN)
    assert "evolution.mutation.rate" in panel.trouble
    picture(doors)
    type_in(doors, pygame.K_DELETE, pygame.K_ESCAPE)
    assert doors.branching.panel is None
    press(doors, "save")
    assert "B makes some" in doors.message


def test_the_panel_is_used_by_the_mouse(doors):
    press(doors, "branch")
    picture(doors)
    lines = doors.branching.lines
    box, number = next(line for line in lines if doors.branching.panel.rows()[line[1]].name == "futures")
    for _ in range(2):
        click(doors, (box.right - 4, box.centery))
    assert doors.branching.panel.futures == 2
    main = lay_out_session(doors).main
    assert number < len(lines)
    assert main.width


def test_only_what_can_differ_is_offered(paths):
    with RunFile.open(paths["contraception"]) as run:
        found = {each.path: each.value for each in find_parameters(run)}
    assert found["environments.modern.objects.candy.grows"] == 25.0
    assert "evolution.mutation.rate" in found
    for path in ("evolution.population", "evolution.elites", "mind.objective.initial.sweet", "world.energy.most"):
        assert path not in found


def test_values_and_the_command_are_as_set_has_them():
    assert (stepped(8, 1), stepped(20, -1), stepped(0.25, 1), stepped(0.0, 1), stepped(True, 1)) == (
        9, 10, 0.5, 0.1, False,
    )  # fmt: skip
    assert (read_value("3", 1), read_value("3.5", 1), read_value("1e-3", 0.5)) == (3, None, 0.001)
    assert read_value("1", False) is None
    assert assignment("a.b", True) == "a.b=true"
    scenario = load_scenario("contraception")
    override = schedule_from(scenario, 700, "modern")
    assert override == 'evolution.schedule=[{from=0, environment="ancestral"}, {from=700, environment="modern"}]'
    assert describe_change([override, "a.b=0.5"]) == "in modern, a.b = 0.5"
    assert describe_change(["evolution.schedule = [{ from = 7, environment = 'modern' }]"]) == "in modern"
    mixed = "[{from=0, environment={modern=0.5, ancestral=0.5}}]"
    assert describe_change([f"evolution.schedule={mixed}"]) == f"evolution.schedule = {mixed}"
