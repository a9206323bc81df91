"""Every word of the window is there, whole, inside its panel and over no other, in every scenario and at every size."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from contextlib import contextmanager
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pygame
import pytest
from sessions import click, picture, press, session_on, smallest

import scenarios
from evosim.scenario import load_scenario, parse_scenario
from evosim.simulation.runner import run
from viz.live.drawing.chart import Chart, Curve, draw_chart, minimum_height
from viz.live.drawing.flow import Item, draw_flow, lay_out, measure_height, measure_item
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import DARK, LIGHT
from viz.live.panels.cloud import draw_cloud
from viz.live.panels.gauges import Retention, draw_gauges
from viz.live.panels.header import Header, draw_header, header_height
from viz.live.panels.help_page import draw_help
from viz.live.panels.inspector import card_height, draw_inspector
from viz.live.panels.keys import KEY_BINDINGS
from viz.live.panels.portrait import describe_foresight
from viz.live.scenes.cues import TICK_RATES
from viz.live.window import screen
from viz.live.window.layout import lay_out_session, make_header, timeline_inner
from viz.live.window.session import fit_scale_to

WINDOWS = [((960, 600), 1.0), ((1280, 800), 1.0), ((1920, 1080), 1.0), ((1920, 1080), 2.0), ((960, 600), 2.0)]
FILMS = [((1280, 720), 1.0), ((640, 360), 1.0)]
LONG = "an_environment_with_the_longest_name_yet"  # 40 characters: no name has more
QUESTION = (
    "Where there are twelve kinds of worlds, in which of them do agents go on to want what they were selected for? "
)


class Written(NamedTuple):
    """A line, where it was written and what could be seen of it."""

    words: str
    surface: int
    box: pygame.Rect
    clip: pygame.Rect


@contextmanager
def written(pen: Pen, monkeypatch):
    """Note every line that a pen writes."""
    found: list[Written] = []
    kept = []  # surfaces, so that no number of one is given to another
    write = pen.text

    def note(surface, words, *rest, **more):
        box = write(surface, words, *rest, **more)
        kept.append(surface)
        if words and surface.get_size() != (1, 1):  # what is drawn on one pixel is measured only
            found.append(Written(words, id(surface), box, surface.get_clip()))
        return box

    with monkeypatch.context() as patch:
        patch.setattr(pen, "text", note)
        yield found


def is_legible(found: list[Written], *, crowded: bool = False) -> None:
    """Check that lines are inside and, unless they may be crowded, over no other."""
    for each in found:
        assert each.clip.inflate(2, 2).contains(each.box), f"{each.words!r} leaves its place: {each.box} of {each.clip}"
    for one, other in combinations([] if crowded else found, 2):
        both = one.box.clip(other.box)
        over = one.surface == other.surface and both.width > 2 and both.height > 4
        assert not over, f"{one.words!r} is over {other.words!r}"


def drawn(session, monkeypatch, *, crowded: bool = False) -> list[str]:
    """Draw all of a session anew, check its words, and give them."""
    session.panels.clear()
    session.said_for = 0.0
    with written(session.pen, monkeypatch) as found, monkeypatch.context() as patch:
        patch.setattr(screen, "draw_inspector", lambda *_: [])  # it scrolls: see below
        picture(session)
    assert session.pen.shortened == []
    is_legible(found, crowded=crowded)
    return [each.words for each in found]


def card_is_whole(session, monkeypatch) -> None:
    """Check that every word of the card of the chosen agent can be scrolled to and read whole."""
    portrait, reachable, pen = session.view.portrait, session.view.reachable(), session.pen
    box = lay_out_session(session).inspector
    if portrait is None or box.width < 40 or box.height < 60:
        return
    high = card_height(pen, box.width, portrait, reachable)
    surface = pygame.Surface((box.width, high))
    with written(pen, monkeypatch) as found:
        spots = draw_inspector(pen, surface, surface.get_rect(), portrait, reachable)
    is_legible(found)
    assert pen.shortened == []
    said = " ".join(each.words for each in found)
    for statement in portrait.statements:
        assert statement.words in said
    for bar in portrait.bars:
        assert bar.name.split(".")[0].replace("_", " ") in said
    assert [spot.statement for spot in spots if spot.statement] == portrait.statements
    seen = set()
    session.card.scrolled = 0
    session.panels.clear()
    for _ in range(40):
        picture(session)
        seen |= {spot.statement.words for spot in session.spots if spot.statement}
        if not session.scroll(0.7):
            break
    assert seen == {statement.words for statement in portrait.statements}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Give the smallest run of a scenario, made when it is first asked for."""
    made = {}

    def run_of(name: str, *changes: str):
        if name not in made:
            made[name] = tmp_path_factory.mktemp("words") / f"{name}.evosim"
            run(load_scenario(name, [*smallest(name), *changes]), seed=1, out=made[name]).close()
        return made[name]

    return run_of


def look_at_all(path, monkeypatch, size, scale, theme=DARK) -> None:
    session = session_on(path, size=size, theme=theme, scale=scale)
    session.playing = False
    drawn(session, monkeypatch)
    for actions in (("newest", "agent"), ("lens",), ("lens",), ("lens",), ("deploy",), ("colours",), ("space",)):
        press(session, *actions)
        session.view.step(3)
        session.advance(0.0)
        drawn(session, monkeypatch)
        if "agent" in actions:
            card_is_whole(session, monkeypatch)
    if hasattr(session.view, "pair"):
        press(session, "pair")
        drawn(session, monkeypatch)
        press(session, "deploy", "pair")
    press(session, "lens", "plots")
    for _ in range(12):
        if not session.large_plots:
            break
        drawn(session, monkeypatch)
        press(session, "plots")
    assert session.trouble == ""
    session.close()


# ---------------------------------------------------------------- the whole window


@pytest.mark.compiled
@pytest.mark.parametrize("name", sorted(scenarios.paths()))
def test_no_word_of_a_shipped_scenario_is_cut_or_dropped_or_under_another(name, runs, monkeypatch):
    for size, scale in (*WINDOWS, *FILMS):
        look_at_all(runs(name), monkeypatch, size, scale)
    look_at_all(runs(name), monkeypatch, (1280, 800), 1.0, LIGHT)


@pytest.fixture(scope="module")
def twelve(tmp_path_factory):
    """Give a run with a long title and question, and twelve environments, one with a very long name."""
    names = [LONG, *(f"world_{n}" for n in range(10))]
    environments = "".join(f"[environments.{name}]\n" for name in names)
    text = (
        f'schema = 1\nextends = "red_doors"\ntitle = "{"Red doors in twelve worlds " * 3}"\nquestion = "{QUESTION * 2}"\n'
        f"{environments}[measure]\nenvironments = {['training', *names]}\n".replace("'", '"')
    )
    path = tmp_path_factory.mktemp("twelve") / "twelve.evosim"
    run(parse_scenario(text, name="twelve", overrides=smallest("red_doors")), seed=1, out=path).close()
    return path


@pytest.mark.compiled
@pytest.mark.parametrize(("size", "scale"), WINDOWS)
def test_twelve_environments_and_long_words_have_room_or_are_read_by_pointing(twelve, size, scale, monkeypatch):
    session = session_on(twelve, size=size, scale=scale)
    session.playing = False
    press(session, "newest", "agent")
    for actions in ((), ("deploy",), ("plots",)):
        press(session, *actions)
        session.said_for = 0.0
        session.panels.clear()
        with written(session.pen, monkeypatch) as found, monkeypatch.context() as patch:
            patch.setattr(screen, "draw_inspector", lambda *_: [])
            picture(session)
        is_legible(found)
        for each in list(session.pen.shortened):
            assert LONG in each.words
            session.hover = each.box.center
            with written(session.pen, monkeypatch) as pointed:
                picture(session)
            session.hover = None
            assert LONG in "".join(line.words for line in pointed)
        said = " ".join(each.words for each in found)
        header = make_header(session)
        assert all(word in said for word in f"{header.title} {header.question} {header.standing}".split())
    card_is_whole(session, monkeypatch)
    session.close()


@pytest.mark.parametrize("size", [(960, 600), (1280, 800), (640, 400)])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_help_is_whole_at_any_size(size, scale, monkeypatch):
    pen = Pen(DARK, fit_scale_to(scale, size))
    with written(pen, monkeypatch) as found:
        draw_help(pen, pygame.Surface(size))
    is_legible(found)
    said = " ".join(each.words for each in found)
    for action in KEY_BINDINGS:
        assert action.written in said
        assert action.words in said
    assert pen.shortened == []


# ---------------------------------------------------------------- parts


@pytest.mark.parametrize("width", [120, 300, 900])
def test_what_flows_is_all_there_in_lines_as_wide_as_there_is_room(width, monkeypatch):
    pen = Pen(DARK)
    items = [Item(f"item number {n}", 11.5, (255, 255, 255), shape="disc", close=n % 3 == 1) for n in range(9)]
    placed, rows = lay_out(pen, items, width)
    assert " ".join(each.item.words for each in placed) == " ".join(item.words for item in items)
    assert all(each.left + measure_item(pen, each.item) <= width for each in placed if not each.item.close)
    surface = pygame.Surface((width, measure_height(pen, items, width)))
    assert rows >= 1
    with written(pen, monkeypatch) as found:
        draw_flow(pen, surface, surface.get_rect(), items)
    is_legible(found)


@pytest.mark.parametrize("width", [300, 640, 940, 1900])
@pytest.mark.parametrize("question", ["Why?", QUESTION, QUESTION * 4])
@pytest.mark.parametrize("experiment", [False, True])
def test_the_header_is_never_cut(width, question, experiment, monkeypatch):
    pen = Pen(DARK)
    standing = "one run, seed 1 · running: generation 12 of 120"
    header = Header("A title of five words", question, standing, True, experiment, True)
    surface = pygame.Surface((width, header_height(pen, header, width)))
    with written(pen, monkeypatch) as found:
        draw_header(pen, surface, surface.get_rect(), header)
    is_legible(found)
    said = " ".join(each.words for each in found)
    parts = [header.title, question.strip(), standing, "? help", *(["EXPERIMENT"] if experiment else [])]
    assert all(word in said for part in parts for word in part.split())
    assert pen.shortened == []


def test_a_chart_of_twelve_curves_names_them_all(monkeypatch):
    pen = Pen(DARK)
    x = np.arange(5.0)
    curves = [Curve(f"environment {n}", x, np.full(5, 0.001 * n), "environment", n) for n in range(12)]
    chart = Chart("Base objective", "mean per episode, on worlds selection never saw; one more remark", curves)
    surface = pygame.Surface((300, minimum_height(pen, chart, 300)))
    with written(pen, monkeypatch) as found:
        draw_chart(pen, surface, surface.get_rect(), chart, 2.0, None)
    is_legible(found)
    assert {curve.name for curve in curves} <= {each.words for each in found}


def test_the_notes_of_dials_and_clouds_are_whole_where_there_is_little_room(monkeypatch):
    pen = Pen(DARK)
    surface = pygame.Surface((250, 200))
    long = "births and utility in ancestral, ticks 11,500 to 12,000"
    kept = Retention(0.9, 0.1, "deployment_far_away", "training", True, "512 agents, the same 64 worlds", baseline=long)
    with written(pen, monkeypatch) as found:
        draw_gauges(pen, surface, surface.get_rect(), kept, (0.9, 0.1))
    is_legible(found)
    assert f"100% = {long}" in " ".join(each.words for each in found)
    assert pen.shortened == []


def test_a_short_button_says_what_a_click_does(runs):
    session = session_on(runs("red_doors"))
    box = lay_out_session(session).timeline
    place = (box.left + session.pen.px(13), box.centery)
    assert place[0] < timeline_inner(session.pen, box).left

    def button():
        left, top = place[0] - session.pen.px(11), place[1] - session.pen.px(11)
        part = picture(session).subsurface(pygame.Rect(left, top, session.pen.px(22), session.pen.px(22)))
        return pygame.surfarray.array3d(part).astype(int)

    def middle_is_ink(pixels) -> bool:
        centre = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
        return bool(np.abs(centre - np.array(session.pen.theme.paper)).sum() < 60)

    assert session.playing
    assert not middle_is_ink(button())  # between the two bars of a pause
    click(session, place)
    assert not session.playing
    assert middle_is_ink(button())  # inside the triangle
    assert session.view.now == 0  # and no generation is jumped to
    click(session, place)
    assert session.playing
    session.close()


def test_the_wheel_and_keys_read_on_in_the_card(runs):
    session = session_on(runs("red_doors"), size=(960, 600))
    session.playing = False
    press(session, "agent")
    assert session.view.portrait is not None
    box = lay_out_session(session).inspector
    picture(session)
    first = {spot.statement.words for spot in session.spots if spot.statement}
    session.handle(pygame.event.Event(pygame.MOUSEMOTION, pos=box.center, rel=(0, 0), buttons=(0, 0, 0)))
    session.handle(pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=-9, precise_y=-9.0))
    picture(session)
    assert session.card.scrolled > 0
    assert {spot.statement.words for spot in session.spots if spot.statement} != first
    press(session, "card_back")
    press(session, "card_back")
    assert session.card.scrolled == 0
    press(session, "card_back")
    assert session.message == "The card ends here"
    press(session, "card_on")
    assert session.card.scrolled > 0
    press(session, "agent", "escape", "escape")
    session.close()


def test_plots_that_have_no_room_together_are_on_pages(twelve):
    session = session_on(twelve, size=(960, 600))
    press(session, "plots")
    picture(session)
    assert session.pages > 1
    for page in range(1, session.pages):
        press(session, "plots")
        picture(session)
        assert (session.large_plots, session.page) == (True, page)
    press(session, "plots")
    assert not session.large_plots
    session.close()


def test_type_is_as_large_as_the_window_has_room_for():
    assert fit_scale_to(2.0, (1920, 1080)) == 2.0
    assert fit_scale_to(2.0, (960, 600)) == 1.5
    assert fit_scale_to(1.0, (320, 200)) == 0.75


def test_the_speed_and_the_place_of_a_field_have_room_beside_the_timeline(runs, monkeypatch):
    session = session_on(runs("contraception"))
    session.rate = len(TICK_RATES) - 1
    words = drawn(session, monkeypatch)
    assert any("agents" in each for each in words)
    session.close()


def test_objective_space_names_its_axes_over_its_points(runs, monkeypatch):
    session = session_on(runs("red_doors"))
    press(session, "newest")
    cloud, _, _ = session.view.clouds()
    surface, pen = pygame.Surface((330, 200)), session.pen
    with written(pen, monkeypatch) as found:
        draw_cloud(pen, surface, surface.get_rect(), cloud, None, 1.0, None)
    is_legible(found)
    assert f"{cloud.across} →" in [each.words for each in found]
    session.close()


def test_what_discounting_does_is_said_of_distance():
    words = "Plans 8 steps ahead; each step of distance multiplies the worth of a thing by 0.95."
    assert describe_foresight(8, 0.95, "genome").words == words
