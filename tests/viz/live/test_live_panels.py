"""Panels of the live view against pictures of them, kept in tests/golden/live; and what charts do with numbers.

`EVOSIM_GOLDEN=write pytest tests/viz/live/test_live_panels.py` draws them anew: look at each before it is committed.
"""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from itertools import product
from pathlib import Path

import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on, run
from evosim.simulation.runs import RunFile
from viz.live.drawing.chart import Chart, Curve, decimate, draw_chart, fit_scale, round_ticks, value_range, values_at
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import DARK, LIGHT, MIND_SHAPES, SHAPES, object_colour, object_shape, parse_hex, rim_colour
from viz.live.field import charts as field_charts
from viz.live.field import timeline_events as field_events
from viz.live.field.history import FieldHistory
from viz.live.panels.cloud import Cloud, draw_cloud
from viz.live.panels.gauges import Retention, draw_gauges, scale_end
from viz.live.panels.help_page import draw_help
from viz.live.panels.inspector import HitArea, draw_inspector, draw_sources
from viz.live.panels.portrait import Bar, Citation, CitedSentence, Portrait
from viz.live.panels.timeline import draw_timeline, generation_at, position_on_bar, timeline_bar
from viz.live.scenes.scene import read_cast, replay_episodes
from viz.live.scenes.timeline_events import CHANGE, EXTINCT, FIRST, PLANNERS, PSEUDO, TimelineEvent
from viz.live.wall import charts as wall_charts
from viz.live.wall import timeline_events as wall_events
from viz.live.wall.history import WallHistory
from viz.live.wall.wall import GroundCache, Half, WallOptions, draw_wall
from viz.looks import type_area_style
from viz.palette import NAMED_COLOURS

GOLDEN = Path(__file__).parents[2] / "golden/live"
THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
SMALL = [
    "evolution.population=16", "evolution.generations=6", "evolution.episodes=2", "measure.episodes=6", "measure.every=2",
]  # fmt: skip


def compare(surface: pygame.Surface, name: str) -> None:
    """Hold a picture to the one that is kept, letters drawn a little otherwise allowed."""
    path = GOLDEN / f"{name}.png"
    if os.environ.get("EVOSIM_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        pygame.image.save(surface, path)
    kept = pygame.image.load(path)
    assert kept.get_size() == surface.get_size()
    one, other = (np.frombuffer(pygame.image.tobytes(each, "RGB"), np.uint8).astype(int) for each in (surface, kept))
    apart = np.abs(one - other).reshape(-1, 3).max(axis=1)
    assert (apart > 48).mean() < 0.01, f"{name}: {(apart > 48).mean():.1%} of pixels are others"
    assert apart.mean() < 2.0, f"{name}: pixels are {apart.mean():.1f} apart on average"


def canvas(pen: Pen, width: int, height: int) -> pygame.Surface:
    surface = pygame.Surface((width, height))
    surface.fill(pen.theme.paper)
    return surface


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    made = run(load_scenario("red_doors", SMALL), seed=2, out=tmp_path_factory.mktemp("panels") / "doors.evosim")
    yield made
    made.close()


def lines() -> Chart:
    x = np.arange(0.0, 100.0, 5.0)
    rising, falling = 1 - np.exp(-x / 15), 0.3 * np.exp(-x / 30)
    curves = [Curve("training", x, rising, "environment", 0), Curve("deployment", x, falling, "environment", 1, True)]
    return Chart("Base objective", "mean per episode", curves, changes=(40.0,))


def areas() -> Chart:
    x = np.arange(0.0, 100.0, 5.0)
    pseudo = x / 120
    names = (("robustly aligned", 0.7 * (1 - pseudo)), ("mixed", 0.3 * (1 - pseudo)), ("pseudo aligned", pseudo))
    return Chart("Classes", "share", [Curve(n, x, y, "class") for n, y in names], 0.0, 1.0, stacked=True)


def cloud() -> Cloud:
    angle = np.linspace(0, 6, 60)
    x, y = 0.6 * np.cos(angle) * angle / 6, 0.6 * np.sin(angle) * angle / 6
    kind = np.arange(60) % 6
    return Cloud(x, y, kind, np.arange(60), "door", "red", -1.0, 1.0, 1.0, -1.0, (1.0, 0.0), "deployment")


def portrait() -> Portrait:
    source = (Citation("8", 8.0, "planner.horizon"), Citation("0.95", 0.95, "planner.discount"))
    said = [
        CitedSentence("Plans 8 steps ahead; each step of distance multiplies the worth of a thing by 0.95.", source),
        CitedSentence("Wants red (0.87) as much as door (0.88).", (Citation("0.87", 0.87, "objective.red"),)),
    ]
    bars = [Bar("red", 0.87, None), Bar("blue", -0.3, None), Bar("door", 0.88, 1.0)]
    detectors = np.array([[1.0, 0.2, 0.0, -0.5], [0.0, 0.9, -0.8, -0.5], [0.1, 0.0, 1.0, -0.4]])
    return Portrait(
        41, "generation 7", "planner", 8, 0.95, bars, True, detectors, ["red", "blue", "door"],
        {"training": "robustly_aligned", "deployment": "pseudo_aligned"}, [12, 30], [55, 56, 57, 58, 59, 60], said,
        [("fitness", "0.91")],
    )  # fmt: skip


# ---------------------------------------------------------------- pictures


@THEMES
def test_lines_and_areas(theme):
    pen = Pen(theme)
    surface = canvas(pen, 640, 170)
    for left, chart in ((0, lines()), (320, areas())):
        draw_chart(pen, surface, pygame.Rect(left + 4, 4, 312, 162), chart, 60.0, (left + 150, 80) if left else None)
    compare(surface, f"charts_{theme.name}")


@THEMES
def test_objective_space(theme):
    pen = Pen(theme)
    surface = canvas(pen, 420, 260)
    draw_cloud(pen, surface, surface.get_rect(), cloud(), None, 1.0, None)
    compare(surface, f"cloud_{theme.name}")


@THEMES
def test_inspector(theme):
    pen = Pen(theme)
    surface = canvas(pen, 344, 420)
    spots = draw_inspector(pen, surface, surface.get_rect(), portrait(), {12, 55})
    compare(surface, f"inspector_{theme.name}")
    assert {spot.agent for spot in spots if spot.agent is not None} == {12, 55}
    assert [spot.statement for spot in spots if spot.statement] == portrait().statements


@THEMES
def test_needles(theme):
    pen = Pen(theme)
    surface = canvas(pen, 344, 172)
    kept = Retention(0.97, 0.12, "deployment", "training", True, "512 agents, the same 64 worlds and draws")
    kept = kept._replace(baseline="what they do at home, in training")
    draw_gauges(pen, surface, surface.get_rect(), kept, (0.97, 0.12))
    compare(surface, f"needles_{theme.name}")


@pytest.mark.parametrize(("value", "end"), [(0.4, 1.25), (1.25, 1.25), (2.73, 5.0), (300.0, 100.0), (np.nan, 1.25)])
def test_a_needle_stays_within_a_scale_that_reaches_its_value(value, end):
    assert scale_end(value) == end


@THEMES
def test_timeline(theme):
    pen = Pen(theme)
    surface = canvas(pen, 900, 56)
    marks = [
        TimelineEvent(3.0, FIRST, "generation 3: the first planner"), TimelineEvent(30.0, PSEUDO, "pseudo"),
        TimelineEvent(60.0, CHANGE, "generation 60: the environment becomes deployment"), TimelineEvent(80.0, EXTINCT, "the last dies"),
    ]  # fmt: skip
    places = [(0.0, "training"), (60.0, "deployment")]
    draw_timeline(
        pen, surface, surface.get_rect(), 80, 120, 42.0, marks, places, range(0, 81, 5), (620, 30), "generation"
    )
    compare(surface, f"timeline_{theme.name}")


@THEMES
def test_help(theme):
    pen = Pen(theme)
    surface = canvas(pen, 1200, 560)
    draw_help(pen, surface)
    compare(surface, f"help_{theme.name}")


@THEMES
@pytest.mark.parametrize("lens", ["none", "wanted", "disagreement"])
def test_wall(doors, theme, lens):
    pen = Pen(theme)
    surface = canvas(pen, 640, 260)
    cast = read_cast(doors, 0)
    planner = int(np.flatnonzero(cast.minds.controller == 2)[0])
    scenes = [replay_episodes(doors.laboratory, cast, name, np.full(6, planner)) for name in ("training", "deployment")]
    halves = [Half(scene.environment, "", theme.accent, scene) for scene in scenes]
    draw_wall(
        pen, surface, surface.get_rect().inflate(-8, -8), halves, WallOptions(9.5, lens, None, planner), GroundCache()
    )
    compare(surface, f"wall_{lens}_{theme.name}")


def test_shapes_are_about_as_large_as_each_other():
    pen, covered = Pen(DARK), {}
    for name in (*SHAPES, "nabla"):
        surface = pygame.Surface((60, 60))
        pen.shape(surface, name, (30, 30), 12, (255, 255, 255))
        covered[name] = int((pygame.surfarray.array3d(surface)[..., 0] > 128).sum())
    assert max(covered.values()) < 1.9 * min(covered.values()), covered


def mask(name: str, radius: float, turn: float = 0.0) -> np.ndarray:
    """Draw a shape alone; give which pixels it covers."""
    surface = pygame.Surface((64, 64))
    Pen(DARK).shape(surface, name, (32, 32), radius, (255, 255, 255))
    turned = pygame.transform.rotate(surface, turn) if turn else surface
    middle = turned.get_rect().center
    part = turned.subsurface(pygame.Rect(middle[0] - 24, middle[1] - 24, 48, 48))
    return pygame.surfarray.array3d(part)[..., 0] > 128


@pytest.mark.parametrize("radius", [2.0, 3.0, 5.0, 8.0, 14.0])
def test_no_object_can_be_taken_for_a_mind_at_any_zoom(radius):
    assert not {object_shape(number) for number in range(60)} & {*MIND_SHAPES.values()}
    for thing in SHAPES:
        for mind in MIND_SHAPES.values():
            one, alike = mask(thing, radius), 0.0
            for other in (mask(mind, size * radius) for size in (0.8, 0.9, 1.0, 1.1)):
                for down, across in product((-1, 0, 1), repeat=2):
                    moved = np.roll(other, (down, across), (0, 1))
                    alike = max(alike, float((one & moved).sum() / (one | moved).sum()))
            assert alike < 0.8, (thing, mind, alike)


def test_a_type_keeps_a_pair_of_colour_and_shape_of_its_own():
    pairs = {(object_colour(number, DARK), object_shape(number)) for number in range(49)}
    assert len(pairs) == 49
    assert len({type_area_style(number) for number in range(49)}) == 49


@THEMES
def test_what_looks_like_its_ground_has_a_rim(theme):
    for colour in map(parse_hex, NAMED_COLOURS.values()):
        rim = rim_colour(colour, theme.floor, theme)
        assert sum(abs(a - b) for a, b in zip(colour, theme.floor, strict=True)) >= 120 or rim == theme.faint


def test_the_first_colours_of_objects_differ():
    for theme in (DARK, LIGHT):
        colours = [object_colour(number, theme) for number in range(7)]
        for i, one in enumerate(colours):
            for other in colours[:i]:
                assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 60


def test_pointing_at_a_sentence_tells_where_its_numbers_come_from():
    pen = Pen(DARK)
    surface = canvas(pen, 600, 200)
    before = pygame.image.tobytes(surface, "RGB")
    draw_sources(pen, surface, HitArea(pygame.Rect(100, 40, 200, 20), portrait().statements[0]))
    assert pygame.image.tobytes(surface, "RGB") != before


# ---------------------------------------------------------------- numbers

numbers = st.one_of(st.floats(-1e6, 1e6), st.just(np.nan))


@given(arrays(np.float64, st.integers(0, 400), elements=numbers), st.integers(1, 40))
def test_fewer_points_keep_the_extremes_of_every_column(y, columns):
    x = np.arange(len(y), dtype=float)
    kept_x, kept_y = decimate(x, y, columns)
    known = y[~np.isnan(y)]
    assert len(kept_x) <= max(2 * columns, len(known) if len(known) <= 2 * columns else 0)
    assert (np.diff(kept_x) > 0).all()
    if len(known):
        assert kept_y.min() == known.min()
        assert kept_y.max() == known.max()
    for at, value in zip(kept_x, kept_y, strict=True):
        assert y[int(at)] == value


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 8))
def test_ticks_are_few_and_within_their_range(low, span, most):
    ticks = round_ticks(low, low + span, most)
    assert len(ticks) <= most + 1
    for tick in ticks:
        assert low - 1e-6 * span - 1e-6 <= tick <= low + span + 1e-6 * span + 1e-6


def test_a_chart_reads_the_values_at_the_nearest_generation():
    generation, values = values_at(lines(), 61.0)
    assert generation == 60.0
    assert [curve.name for curve, _ in values] == ["training", "deployment"]
    assert values[0][1] == pytest.approx(1 - np.exp(-4))


def test_charts_with_nothing_in_them_can_be_drawn():
    pen, surface = Pen(LIGHT), pygame.Surface((300, 150))
    nothing, one = np.zeros(0), np.ones(1)
    for x, y in ((nothing, nothing), (one, one), (one, np.full(1, np.nan)), (np.arange(3.0), np.full(3, 2.0))):
        for stacked in (False, True):
            chart = Chart("t", "", [Curve("a", x, y, "ink"), Curve("b", x, y, "ink")], stacked=stacked)
            low, high = value_range(chart)
            assert low < high
            draw_chart(pen, surface, surface.get_rect(), chart, 0.0, (150, 70))


def test_lines_are_drawn_where_their_values_are():
    pen, surface = Pen(DARK), pygame.Surface((400, 200))
    x = np.arange(11.0)
    chart = Chart("t", "", [Curve("a", x, x / 10, "wanted")], 0.0, 1.0)
    draw_chart(pen, surface, surface.get_rect(), chart, -1.0, None)
    scale = fit_scale(pen, surface.get_rect(), chart)
    at = round(float(scale.across(5.0))), round(float(scale.down(0.5)))
    assert tuple(surface.get_at(at))[:3] == DARK.wanted


def test_the_timeline_gives_back_the_generation_that_it_draws():
    pen, box = Pen(DARK), pygame.Rect(260, 700, 1000, 56)
    for generation in range(0, 120, 7):
        x = round(position_on_bar(timeline_bar(pen, box), generation, 120))
        assert generation_at(pen, box, x, 119, 120) == generation
    assert generation_at(pen, box, 1250, 50, 120) == 50
    assert generation_at(pen, box, -5, 50, 120) == 0


def test_marks_on_the_timeline_and_on_dials_are_explained_where_they_stand():
    pen, words = Pen(DARK), []
    write = pen.text
    pen.text = lambda surface, said, *rest, **more: words.append(said) or write(surface, said, *rest, **more)
    marks = [TimelineEvent(2.0, kind, "") for kind in (FIRST, PLANNERS, PSEUDO)]
    for wide, explained in ((900, True), (200, False)):
        words.clear()
        surface = pygame.Surface((wide, 57))
        draw_timeline(
            pen, surface, surface.get_rect(), 9, 10, 3.0, marks, [(0.0, "training")], range(10), None, "generation"
        )
        assert ("first planner, then most plan" in words) is explained
        assert ("most planners pseudo-aligned" in words) is explained
    words.clear()
    draw_timeline(pen, surface, surface.get_rect(), 9, 10, 3.0, [], [(0.0, "training")], range(10), None, "generation")
    assert words == ["9"]
    words.clear()
    kept = Retention(0.9, 0.5, "b", "a", True, "")
    draw_gauges(pen, pygame.Surface((344, 186)), pygame.Rect(0, 0, 344, 186), kept, (0.9, 0.5))
    assert [each for each in words if each.endswith("%")] == ["0%", "100%", "90%", "0%", "100%", "50%"]


def test_history_reads_on_as_a_run_goes_on(tmp_path):
    scenario = load_scenario("red_doors", SMALL)
    growing = WallHistory(scenario)
    with RunFile.create(tmp_path / "run.evosim", scenario, 1) as writer:
        assert not growing.update(writer)
        for generation in carry_on(writer):
            assert growing.update(writer)
            assert growing.last == generation.number
            assert not growing.update(writer)
        whole = WallHistory(scenario)
        whole.update(writer)
        for name in ("fitness_mean", "optimizer_fraction"):
            for one, other in zip(growing.generation(name), whole.generation(name), strict=True):
                assert np.array_equal(one, other, equal_nan=True)
            stored = writer.frame("generations")[name]
            assert np.array_equal(growing.generation(name)[1], stored)
        assert growing.measured("deployment", "base_mean")[0].tolist() == [0, 2, 4, 5]
        assert list(growing.text("environment")) == ["training"] * 6
        assert (
            wall_charts.make_charts(growing, scenario)[0].curves[0].y.tolist()
            == growing.measured("training", "base_mean")[1].tolist()
        )


def test_births_and_what_they_get_are_plots_with_axes_of_their_own():
    scenario = load_scenario("contraception")
    history, count = FieldHistory(), 120
    ones = np.ones(count)
    births, utility = np.where(np.arange(count) < 60, 0.004, 0.002), np.where(np.arange(count) < 60, 0.1, 0.9)
    history.generations.append(
        {
            "generation": np.arange(count), "population": 500 * ones, "births_per_capita": births,
            "mesa_utility_per_capita": utility, "deaths_per_capita": births, "optimizer_fraction": ones,
        }
    )  # fmt: skip
    first, second = field_charts.make_charts(history, scenario)[:2]
    assert [curve.name for curve in first.curves] == ["births"]
    assert [curve.name for curve in second.curves] == ["utility"]
    assert first.curves[0].y[[59, -1]] == pytest.approx([1.0, 0.5])
    assert second.curves[0].y[[59, -1]] == pytest.approx([1.0, 9.0])
    assert value_range(first)[1] < 2 < 9 < value_range(second)[1]
    assert all("ticks 5,500 to 6,000 = 1" in chart.note for chart in (first, second))


def test_what_happened_is_found_in_the_numbers():
    scenario = load_scenario("red_doors", ["evolution.generations=6"])
    history = WallHistory(scenario)
    frame = {"generation": np.arange(6), "optimizer_fraction": np.array([0.0, 0.0, 0.2, 0.6, 0.9, 1.0])}
    history.generations.append(frame)
    history.measurements["deployment"].append({"generation": np.array([0, 5]), "pseudo_aligned": np.array([0.1, 0.7])})
    found = wall_events.find_events(history, scenario)
    assert [(each.generation, each.kind) for each in found] == [(2.0, "first"), (3.0, "planners"), (5.0, "pseudo")]
    assert found[1].words == "generation 3: planners are 60% of the population"
    assert found[2].words == "generation 5: 70% of planners are pseudo-aligned in deployment"


def test_changes_and_extinction_are_events_of_an_ecology():
    scenario = load_scenario("contraception")
    history = FieldHistory()
    population = np.full(80, 500.0)
    population[-1] = 0
    history.generations.append(
        {"generation": np.arange(80), "optimizer_fraction": np.ones(80), "population": population}
    )
    found = field_events.find_events(history, scenario)
    assert [(each.generation, each.kind) for each in found] == [(60.0, CHANGE), (79.0, EXTINCT)]
    assert "modern" in found[0].words
