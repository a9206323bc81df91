"""Sessions of the live view: a list of events in, a state out; whatever a person does, nothing breaks."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import resource
from pathlib import Path

import numpy as np
import pygame
import pytest
from effort import cases
from hypothesis import given, settings
from hypothesis import strategies as st

import scenarios
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import is_shared
from evosim.simulation.runner import carry_on, run
from evosim.simulation.runs import RunFile
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import DARK, LIGHT
from viz.live.panels.help_page import draw_help
from viz.live.panels.keys import ACTIONS, BY_KEY, CONTROLLED, SHIFTED, action_of, keys_as_markdown
from viz.live.panels.needles import draw_needles
from viz.live.scenes.scene import spread_out
from viz.live.scenes.sources import EvolvingSource, StoredSource
from viz.live.wall.grid_picture import LENSES
from viz.live.window.screen import boxes_for, draw, laid_out
from viz.live.window.session import LOOK_EVERY, RATES, Session
from viz.live.worker.worker import Worker

SMALL = [
    "evolution.population=24", "evolution.generations=9", "evolution.episodes=4", "measure.episodes=12", "measure.every=2",
]  # fmt: skip
MEADOW = [
    "evolution.population=80", "world.size=[24,24]", "evolution.generations=8", "evolution.interval=10", "measure.every=2",
    'evolution.schedule=[{from=0,environment="ancestral"},{from=50,environment="modern"}]',
    "world.objects.fruit.count=40", "world.objects.fruit.grows=4",
]  # fmt: skip
SIZE = (960, 640)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sessions")
    for name, changes in (("red_doors", SMALL), ("contraception", MEADOW)):
        run(load_scenario(name, changes), seed=2, out=folder / f"{name}.evosim").close()
    return {name: folder / f"{name}.evosim" for name in ("red_doors", "contraception")}


def session_on(path: Path, size=SIZE, theme=DARK, scale=1.0, who="typical") -> Session:
    session = Session(StoredSource(path), Worker(at_once=True), size=size, theme=theme, scale=scale, who=who)
    for _ in range(3):
        session.advance(0.0)
    assert session.seen is not None
    return session


@pytest.fixture
def doors(paths):
    session = session_on(paths["red_doors"])
    yield session
    session.close()


@pytest.fixture
def meadow(paths):
    session = session_on(paths["contraception"])
    yield session
    session.close()


def press(session: Session, *names: str) -> None:
    """Press the keys that stand for some actions."""
    for name in names:
        key = next(action for action in ACTIONS if action.name == name).keys[0]
        mod = {SHIFTED: pygame.KMOD_LSHIFT, CONTROLLED: pygame.KMOD_LCTRL}.get(key.held, 0)
        session.handle(pygame.event.Event(pygame.KEYDOWN, key=key.code, mod=mod, unicode=""))
        session.advance(0.0)


def click(session: Session, point) -> None:
    session.handle(pygame.event.Event(pygame.MOUSEMOTION, pos=point, rel=(0, 0), buttons=(0, 0, 0)))
    session.handle(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=point, button=1))
    session.handle(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=point, button=1))
    session.advance(0.0)


def picture(session: Session) -> pygame.Surface:
    surface = pygame.Surface(session.size)
    draw(session, surface)
    return surface


# ---------------------------------------------------------------- keys


def test_no_key_stands_for_two_things():
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys)) == len(BY_KEY)


def test_a_question_mark_is_help_on_any_keyboard():
    assert action_of(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_MINUS, mod=0, unicode="?")) == "help"


def test_the_guide_has_the_table_of_keys():
    page = (Path(__file__).parents[3] / "docs/watching.md").read_text()
    assert keys_as_markdown() in page


def test_the_readme_names_every_key():
    page = (Path(__file__).parents[3] / "README.md").read_text()
    for action in ACTIONS:
        assert f"`{action.written}`" in page, action.name


@pytest.mark.parametrize("name", [action.name for action in ACTIONS])
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
    only_here = {"red_doors": {"colours", "zoom_in", "zoom_out", "whole", "north", "south", "west", "east"}}
    if name in only_here.get(scenario, set()) or (
        scenario == "contraception" and name in ("cast", "more", "fewer", "large")
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
    doors.rate = len(RATES) - 1
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
    assert doors.rate == len(RATES) - 1
    press(doors, *["slower"] * 20)
    assert doors.rate == 0


def test_dragging_on_the_timeline_goes_to_the_nearest_generation(doors):
    box = boxes_for(doors).timeline
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
    from viz.live.wall.wall import boxes_of

    box = doors.view._inner(doors.pen, boxes_for(doors).main)
    places = boxes_of(doors.pen, box, doors.view.halves(doors.pen), None)
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
    press(session, "agent")
    assert not any(each.words.startswith("Typical") for each in session.view.portrait.statements)
    session.close()
    session = session_on(paths["red_doors"], who="fittest")
    fitness = session.view.stage.cast.fitness
    assert session.view.stage.rows[0] == int(np.argmax(fitness))
    assert session.view.stage.rows.tolist() == spread_out(fitness, len(rows)).tolist()
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
    assert doors.view.needles().goal == 1.0
    press(doors, "newest", "deploy")
    kept = doors.view.needles()
    assert kept.moved
    assert kept.where == "deployment"
    halves = doors.view.halves(doors.pen)
    assert [half.left for half in halves] == [True, False]
    for _ in range(60):
        doors.advance(0.05)
    assert doors.needles == pytest.approx((kept.capability, kept.goal), nan_ok=True)
    press(doors, "deploy")
    assert not doors.view.needles().moved


# ---------------------------------------------------------------- the field


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
    kept = meadow.view.needles()
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
    kept = session.view.needles()
    assert kept.moved
    assert not kept.waits
    assert "nobody is left" in kept.words
    assert kept.title == "extinct in modern"
    assert "ancestral" in kept.baseline
    press(session, "deploy")
    assert not session.view.needles().moved
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
    assert session.message == "Nobody is left to be moved"
    kept = session.view.needles()
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
        kept = session.view.needles()
        assert kept.baseline
        said.add((kept.baseline, kept.capability == 1.0 == kept.goal))
        surface, words, pen = pygame.Surface((344, 172)), [], Pen(DARK)
        write = pen.text
        pen.text = lambda *given, write=write, words=words, **more: words.append(given[1]) or write(*given, **more)
        draw_needles(pen, surface, surface.get_rect(), kept, session.needles)
        assert f"100% = {kept.baseline}" in " ".join(words)
    if scenario == "contraception":  # before the change, by an experiment, and after the change
        assert len({baseline for baseline, _ in said}) >= 3
    session.close()


# ---------------------------------------------------------------- what it looks like


@pytest.mark.parametrize("size", [(320, 240), (640, 400), (800, 1200), (1920, 1080)])
@pytest.mark.parametrize("scale", [0.75, 1.0, 2.0])
def test_panels_lie_within_the_window_and_beside_each_other(size, scale):
    boxes = [box for box in laid_out(size, Pen(DARK, scale)) if box.width > 1 and box.height > 1]
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
    for action in ACTIONS:
        assert action.written in drawn
        assert action.words in " ".join(drawn)  # it may take two lines


def test_needles_that_can_not_be_measured_say_so():
    from viz.live.panels.needles import Kept

    surface = pygame.Surface((340, 160))
    draw_needles(Pen(DARK), surface, surface.get_rect(), Kept(np.nan, 0.5, "b", "a", True, "why"), (np.nan, 0.5))


# ---------------------------------------------------------------- whatever is watched


def smallest(name: str) -> list[str]:
    """Make a shipped scenario as small as it can be."""
    if is_shared(load_scenario(name)):
        changes = ["evolution.population=60", "world.size=[24,24]", "evolution.interval=10", "evolution.ticks=30"]
        kinds = load_scenario(name).world.objects
        return [*changes, "measure.every=1", *(f"world.objects.{kind}.count=20" for kind in kinds)]
    return [
        "evolution.population=12",
        "evolution.generations=3",
        "evolution.episodes=2",
        "measure.episodes=3",
        "measure.every=1",
    ]


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
        for action in ACTIONS:
            press(session, action.name)
        picture(session)
        assert session.trouble == ""
        session.close()


def test_a_run_that_fails_before_its_first_generation_is_told_of(tmp_path):
    scenario = load_scenario("red_doors", SMALL)
    source = EvolvingSource(scenario, 1, tmp_path / "none.evosim", ["run", "no_such_scenario"])
    assert source.wait() == 3
    session = Session(source, Worker(at_once=True), size=SIZE)
    session.advance(1.0)
    assert "exit code 3" in session.trouble
    picture(session)
    session.close()


# ---------------------------------------------------------------- whatever a person does

codes = st.sampled_from([key for action in ACTIONS for key in action.keys])
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
def test_memory_stays_flat_over_ten_thousand_frames(paths, scenario):
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
            session.advance(1 / 30)
            draw(session, surface)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    settled = frames(4_000)
    assert frames(6_000) - settled < 24_000, "kilobytes more than after four thousand frames"
    session.close()
