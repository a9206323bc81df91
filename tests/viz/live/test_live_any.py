"""Whatever is watched and whatever a person does, the live view shows it and nothing breaks."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import resource

import numpy as np
import pygame
import pytest
from effort import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from sessions import SIZE, SMALL, picture, press, session_on, smallest

import scenarios
from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from evosim.simulation.runs import RunFile
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import DARK, LIGHT
from viz.live.panels.gauges import draw_gauges
from viz.live.panels.help_page import draw_help
from viz.live.panels.keys import CONTROLLED, KEY_BINDINGS, SHIFTED
from viz.live.scenes.sources import EvolvingSource, StoredSource
from viz.live.window.layout import lay_out_panels
from viz.live.window.screen import render
from viz.live.window.session import Session
from viz.live.worker.worker import Worker


@pytest.mark.parametrize("size", [(320, 240), (640, 400), (800, 1200), (1920, 1080)])
@pytest.mark.parametrize("scale", [0.75, 1.0, 2.0])
def test_panels_lie_within_the_window_and_beside_each_other(size, scale):
    boxes = [box for box in lay_out_panels(size, Pen(DARK, scale)) if box.width > 1 and box.height > 1]
    for box in boxes:
        assert pygame.Rect(0, 0, *size).contains(box)
    for i, box in enumerate(boxes):
        assert box.collidelist(boxes[:i]) == -1


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("scenario", ["red_doors", "contraception"])
def test_a_session_looks_the_same_whenever_it_is_drawn(paths, scenario, theme):
    pictures = []
    for _ in range(2):
        session = session_on(paths[scenario], theme=theme)
        press(session, "newest", "agent", "lens")
        for _ in range(7):
            session.advance(0.05)
        pictures.append(pygame.image.tobytes(picture(session), "RGB"))
        session.close()
    assert pictures[0] == pictures[1]


def test_ink_can_be_read_on_both_grounds():
    def light(colour):
        linear = [c / 12.92 / 255 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, other):
        high, low = sorted((light(one), light(other)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for theme in (DARK, LIGHT):
        for ground in (theme.paper, theme.card):
            assert contrast(theme.ink, ground) > 10
            assert contrast(theme.faint, ground) > 4.5
            for colour in (theme.wanted, theme.counted, theme.accent, theme.disagree):
                assert contrast(colour, ground) > 3.0, (theme.name, colour)


def test_help_names_every_key():
    surface = pygame.Surface((1280, 800))
    drawn = []
    pen = Pen(DARK)
    write = pen.text
    pen.text = lambda surface, words, *rest, **more: drawn.append(words) or write(surface, words, *rest, **more)
    draw_help(pen, surface)
    for action in KEY_BINDINGS:
        assert action.written in drawn
        assert action.words in " ".join(drawn)  # it may take two lines


def test_needles_that_can_not_be_measured_say_so():
    from viz.live.panels.gauges import Retention

    surface = pygame.Surface((340, 160))
    draw_gauges(Pen(DARK), surface, surface.get_rect(), Retention(np.nan, 0.5, "b", "a", True, "why"), (np.nan, 0.5))


# ---------------------------------------------------------------- whatever is watched


@pytest.mark.compiled
@pytest.mark.parametrize("name", sorted(scenarios.paths()))
def test_every_scenario_that_is_shipped_can_be_watched(name, tmp_path):
    run(load_scenario(name, smallest(name)), seed=1, out=tmp_path / "run.evosim").close()
    session = session_on(tmp_path / "run.evosim")
    for action in ("newest", "agent", "lens", "deploy", "lens", "lens", "lens", "large", "space", "plots", "plots"):
        press(session, action)
        session.advance(0.4)
        picture(session)
    assert session.trouble == ""
    session.close()


def test_worlds_of_other_packages_can_not_be_drawn_but_all_else_is_there(doors, monkeypatch):
    monkeypatch.setitem(doors.reader.run.laboratory.environments, "deployment", object())
    press(doors, "next")
    assert doors.view.stage.scenes == []
    assert "another package" in doors.view.stage.why
    picture(doors)
    assert doors.trouble == ""


def test_a_run_that_nothing_is_stored_of_is_waited_for(tmp_path):
    scenario = load_scenario("red_doors", SMALL)
    with RunFile.create(tmp_path / "new.evosim", scenario, 1):
        session = Session(StoredSource(tmp_path / "new.evosim"), Worker(at_once=True), size=SIZE)
        session.advance(6.0)
        assert session.seen is None
        for action in KEY_BINDINGS:
            press(session, action.name)
        picture(session)
        assert session.trouble == ""
        session.close()


def test_a_run_that_fails_before_its_first_generation_is_reported(tmp_path):
    scenario = load_scenario("red_doors", SMALL)
    source = EvolvingSource(scenario, 1, tmp_path / "none.evosim", ["run", "no_such_scenario"])
    assert source.wait() == 3
    session = Session(source, Worker(at_once=True), size=SIZE)
    session.advance(1.0)
    assert "exit code 3" in session.trouble
    picture(session)
    session.close()


# ---------------------------------------------------------------- whatever a person does


codes = st.sampled_from([key for action in KEY_BINDINGS for key in action.keys])
points = st.tuples(st.integers(-5, SIZE[0] + 5), st.integers(-5, SIZE[1] + 5))
events = st.one_of(
    codes.map(
        lambda key: pygame.event.Event(
            pygame.KEYDOWN,
            key=key.code,
            mod={SHIFTED: pygame.KMOD_LSHIFT, CONTROLLED: pygame.KMOD_LCTRL}.get(key.held, 0),
            unicode="",
        )
    ),
    points.map(lambda at: pygame.event.Event(pygame.MOUSEMOTION, pos=at, rel=(7, -3), buttons=(0, 0, 0))),
    points.map(lambda at: pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=at, button=1)),
    points.map(lambda at: pygame.event.Event(pygame.MOUSEBUTTONUP, pos=at, button=1)),
    st.integers(-3, 3).map(lambda y: pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=y, precise_y=float(y))),
    st.tuples(st.integers(1, 1500), st.integers(1, 1000)).map(
        lambda size: pygame.event.Event(pygame.VIDEORESIZE, w=size[0], h=size[1], size=size)
    ),
    st.just(pygame.event.Event(pygame.WINDOWLEAVE)),
    st.floats(0.0, 1.0),
)


@pytest.mark.parametrize("scenario", ["red_doors", "contraception"])
@given(st.lists(events, max_size=25))
@settings(max_examples=cases(30, 3))
def test_no_sequence_of_events_breaks_a_session(paths, scenario, sequence):
    session = session_on(paths[scenario])
    for event in sequence:
        if isinstance(event, float):
            session.advance(event)
        else:
            session.handle(event)
            session.advance(0.01)
        session.wishes.clear()
    picture(session)
    assert session.trouble == ""
    session.close()


@pytest.mark.compiled
@pytest.mark.parametrize("scenario", ["red_doors", "contraception"])
def test_memory_stays_flat_over_many_frames(paths, scenario):
    """A window that is left open all day: generations go by, everything is looked at in turn."""
    session = session_on(paths[scenario], size=(360, 240))
    surface = pygame.Surface(session.size)
    turns = [
        "lens",
        "agent",
        "theme",
        "next",
        "large",
        "colours",
        "deploy",
        "space",
        "first",
        "zoom_in",
        "plots",
        "escape",
    ]

    def frames(count: int) -> int:
        for frame in range(count):
            if frame % 10 == 0:
                session.perform(turns[frame // 10 % len(turns)])
            session.wishes.clear()
            session.advance(1 / 8)  # much goes by in few frames
            render(session, surface)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    settled = frames(500)
    assert frames(500) - settled < 4_000, "kilobytes more than after 500 frames: 8 a frame"
    session.close()
