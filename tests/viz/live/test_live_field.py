"""The field of the live view: ecologies lived again tick by tick, looked at from far and near."""

import os
from itertools import pairwise

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import re

import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import PLANNER
from test_live_panels import THEMES, canvas, compare

from evosim.ecology.policies import decide, look_everywhere
from evosim.mind.nearby import BODY, moved
from evosim.scenario import load_scenario
from evosim.scenario.schema.ecologies import CAUSES
from evosim.simulation.ecology.checkpoint import checkpoint_at
from evosim.simulation.runner import run
from viz.live.drawing.lattice import lattice_marks
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import DARK, LIGHT, MIND_SHAPES, object_colour, parse_hex
from viz.live.drawing.theme import SHAPES as OBJECT_SHAPES
from viz.live.field.camera import Camera, cell_at, clamp_camera, fit_field, pan_camera, point_at, zoom_camera
from viz.live.field.colouring import COLOURINGS, colour_agents, food_colours, list_legend
from viz.live.field.field import FieldOptions, Sprites, draw_field, find_row, interpolate_positions
from viz.live.field.reader import FieldReader
from viz.live.panels.ecology_portrait import make_ecology_portrait
from viz.live.scenes.field_lens import make_context, misperceived_kinds, perceived_kinds, view_around
from viz.live.scenes.replay import Replay, SnapshotBuffer
from viz.live.scenes.sources import StoredSource
from viz.palette import NAMED_COLOURS

MEADOW = [
    "evolution.population=120", "world.size=[28,28]", "evolution.generations=9", "evolution.interval=20", "measure.every=4",
    'evolution.schedule=[{from=0,environment="ancestral"},{from=120,environment="modern"}]',
    "world.objects.fruit.count=60", "world.objects.fruit.grows=5",
]  # fmt: skip
MIXED = [
    *MEADOW,
    "mind.controllers={ planner = 0.5, heuristic = 0.5 }",
    'mind.heuristic={ initial = { "seen.ahead.nearness" = 0.6, court = 0.5 } }',
]
BOX = pygame.Rect(10, 20, 500, 400)


@pytest.fixture(scope="module")
def meadow(tmp_path_factory):
    made = run(load_scenario("contraception", MEADOW), seed=4, out=tmp_path_factory.mktemp("field") / "meadow.evosim")
    yield made
    made.close()


@pytest.fixture(scope="module")
def replay(meadow):
    made = Replay(meadow.scenario, meadow.seed, checkpoint_at(meadow, 0))
    for _ in range(30):
        made.step()
    return made


# ---------------------------------------------------------------- lived again


def test_what_lies_between_two_states_is_lived_as_it_was(meadow):
    """The environment changes at tick 120, where interval 5 ends."""
    stored = meadow.stored_generations()
    assert stored == [0, 4, 5, 8]
    replay = Replay(meadow.scenario, meadow.seed, checkpoint_at(meadow, 0))
    for before, after in pairwise(stored):
        environments = [replay.step().environment for _ in range((after - before) * 20)]
        state = checkpoint_at(meadow, after)
        genomes, memory = replay.stored()
        assert np.array_equal(genomes, state.genomes)
        assert np.array_equal(replay.parents, state.parents)
        for name, array in memory.items():
            assert np.array_equal(array, state.memory[name]), name
        assert set(environments[:-1]) == {"modern" if after == 8 else "ancestral"}  # each tells of the tick after it


def test_a_tick_is_reported_as_it_is_in_the_run_file(meadow):
    replay = Replay(meadow.scenario, meadow.seed, checkpoint_at(meadow, 0))
    told = [replay.step() for _ in range(20)]
    row = meadow.frame("generations", "generation = 1")
    assert sum(each.counts[0] for each in told) == row["births"][0]
    assert sum(len(each.newborn) for each in told) == row["births"][0]
    assert sum(len(each.events.born) for each in told) == row["births"][0]
    assert sum(len(each.events.died) for each in told) == row["deaths"][0]
    lived = sum(each.counts[1] for each in told)
    for number, cause in enumerate(CAUSES):
        died = sum(int((each.events.causes == number).sum()) for each in told)
        assert died / lived == pytest.approx(row[f"deaths_{cause}_per_capita"][0])
    assert row["births"][0] / lived == pytest.approx(row["births_per_capita"][0])
    planned, utility = sum(each.counts[2] for each in told), sum(each.utility for each in told)
    assert utility / planned == pytest.approx(row["mesa_utility_per_capita"][0])
    assert len(told[-1].id) == row["population"][0]


def test_entering_where_one_is_changes_nothing_and_elsewhere_everything(meadow):
    def after(environment, ticks=40):
        replay = Replay(meadow.scenario, meadow.seed, checkpoint_at(meadow, 0))
        if environment:
            replay.enter(environment)
        for _ in range(ticks):
            snapshot = replay.step()
        return snapshot, replay.is_experiment

    as_it_was, same, other = after(None), after("ancestral"), after("modern")
    assert not as_it_was[1]
    assert same[1]
    assert np.array_equal(as_it_was[0].what, same[0].what)
    assert np.array_equal(as_it_was[0].energy, same[0].energy)
    assert not np.array_equal(as_it_was[0].what, other[0].what)
    assert other[0].environment == "modern"


def test_what_was_lived_otherwise_stays_an_experiment(meadow):
    replay = Replay(meadow.scenario, meadow.seed, checkpoint_at(meadow, 0))
    replay.enter("modern")
    replay.enter(None)
    assert not replay.is_experiment  # nothing was lived there
    replay.enter("modern")
    replay.step()
    replay.enter(None)
    assert replay.environment == "ancestral"
    assert replay.is_experiment


def test_an_experiment_begins_at_the_tick_that_is_seen_though_more_was_lived(meadow):
    reader = FieldReader(StoredSource(meadow.path))
    reader.look()
    reader.begin(1, 0, 5)
    reader.live(1, 12)
    entered = reader.enter(2, 0, 25, "modern")
    assert entered.snapshots[0].tick == 25
    back = reader.enter(3, 0, 25, None)
    straight = Replay(meadow.scenario, meadow.seed, checkpoint_at(meadow, 0))
    for _ in range(5):
        straight.step()
    assert np.array_equal(back.snapshots[0].what, straight.snapshot().what)
    reader.close()


def test_objective_space_is_that_of_the_ticks_that_were_lived(meadow):
    """In a film of an ecology it stood still where the replay began, before the change."""
    reader = FieldReader(StoredSource(meadow.path))
    reader.look()
    began = reader.begin(1, 0, 5)
    assert began.cloud.when == "tick 25"
    lived = reader.live(1, 40)
    assert lived.cloud.when == f"tick {lived.snapshots[-1].tick}" == "tick 65"
    rows = lived.snapshots[-1].plans
    assert set(lived.cloud.id.tolist()) == set(lived.snapshots[-1].id[rows].tolist())
    reader.close()


def test_the_reel_keeps_as_much_as_there_is_room_for(replay):
    snapshot = replay.snapshot()
    reel = SnapshotBuffer(room=5 * snapshot.size)
    for tick in range(20):
        reel.add(snapshot._replace(tick=tick))
    assert reel.last == 19
    assert reel.first == 15
    assert reel.at(14) is None
    assert reel.at(17).tick == 17
    reel.add(snapshot._replace(tick=17))
    assert reel.used == sum(each.size for each in reel.kept.values())


# ---------------------------------------------------------------- what an agent sees


def test_plans_that_are_drawn_are_those_that_are_made(replay):
    snapshot, simulation = replay.snapshot(), replay.simulation
    sight = make_context(simulation, replay.rules)
    static = simulation.static
    look_everywhere(simulation.ecology, replay.rules)
    decide(
        0,
        simulation.alive,
        replay.tick,
        simulation.ecology,
        replay.rules,
        static.loci.hunger,
        static.keys.acts,
        simulation.minds(),
    )
    planned = 0
    for row in range(simulation.alive):
        seen = view_around(snapshot, row, sight)
        if len(seen.plan) > 1:
            assert moved(int(simulation.ecology.agents.action[row]), *seen.plan[0]) == seen.plan[1]
            planned += 1
            here = sight.vision
            assert seen.wanted[here, here] > 0.0
    assert planned > 10


def test_what_counts_are_mates_and_only_for_who_can_mate(replay):
    snapshot = replay.snapshot()
    sight = make_context(replay.simulation, replay.rules)
    able = np.flatnonzero(snapshot.able)
    unable = np.flatnonzero(~snapshot.able)
    assert len(able)
    assert len(unable)
    for row in unable[:10].tolist():
        assert np.nanmax(view_around(snapshot, row, sight).counted, initial=0.0) == 0.0
    found = [view_around(snapshot, row, sight) for row in able.tolist()]
    assert any(np.nanmax(each.counted, initial=0.0) > 0.0 for each in found)
    for each in found:
        known = each.disagreement[~np.isnan(each.disagreement)]
        assert set(known.tolist()) <= {0.0, 1.0}


def test_sentences_of_animals_have_their_sources(replay):
    snapshot = replay.snapshot()
    for row in range(len(snapshot.id)):
        portrait = make_ecology_portrait(replay.scenario, snapshot, row, replay.parents, None)
        assert portrait.id == snapshot.id[row]
        for statement in portrait.statements:
            numbers = re.findall(r"−?\d+(?:\.\d+)?", statement.words)
            assert numbers == [source.written for source in statement.sources], statement.words
        children = np.flatnonzero((replay.parents == snapshot.id[row]).any(axis=1))
        assert portrait.children == children.tolist()[:64]
        assert [bar.base for bar in portrait.bars if bar.name == "child"] == [1.0]


def test_eyes_that_see_badly_are_found_out(tmp_path):
    changes = [*MEADOW, "evolution.generations=1", "mind.perception.evolves=true"]
    made = run(load_scenario("contraception", changes), seed=1, out=tmp_path / "eyes.evosim")
    replay = Replay(made.scenario, made.seed, checkpoint_at(made, 0))
    snapshot, sight = replay.snapshot(), make_context(replay.simulation, replay.rules)
    first, count = sight.detectors.first, len(made.scenario.world.features)
    blind = snapshot.genome.copy()
    blind[:, first : first + count * (count + 1)] = 0.0
    half = snapshot._replace(genome=blind)
    assert perceived_kinds(half, 0, sight) == pytest.approx(0.5)  # all is perceived as a half
    assert misperceived_kinds(half, 0, sight) == {0, 1}  # in fruit, which is half sweet, there is no company
    heuristic = half._replace(plans=np.zeros_like(snapshot.plans))
    assert misperceived_kinds(heuristic, 0, sight) == frozenset()
    made.close()


# ---------------------------------------------------------------- camera

places = st.tuples(st.integers(0, 27), st.integers(0, 27))
cameras = st.builds(Camera, st.floats(-50, 80), st.floats(-50, 80), st.floats(0.5, 200))


@given(cameras, places)
def test_a_cell_that_is_seen_is_found_where_it_is_drawn(camera, place):
    camera = clamp_camera(camera, 28, 28, BOX)
    point = point_at(camera, BOX, place[0] + 0.5, place[1] + 0.5)
    assert cell_at(camera, BOX, point, 28, 28) == place


@given(cameras, st.floats(0.1, 10), st.tuples(st.integers(10, 509), st.integers(20, 419)))
def test_the_world_can_not_be_lost(camera, factor, anchor):
    for seen in (
        clamp_camera(camera, 28, 28, BOX),
        zoom_camera(clamp_camera(camera, 28, 28, BOX), factor, anchor, 28, 28, BOX),
        pan_camera(clamp_camera(camera, 28, 28, BOX), (9999, -9999), 28, 28, BOX),
    ):
        left, top = point_at(seen, BOX, 0, 0)
        world = pygame.Rect(round(left), round(top), round(28 * seen.cell), round(28 * seen.cell))
        assert world.clip(BOX).width * world.clip(BOX).height >= 0.9 * min(BOX.height, world.height) * min(
            BOX.width, world.width
        )


def test_what_is_under_the_mouse_stays_there():
    camera = zoom_camera(fit_field(28, 28, BOX), 3.0, BOX.center, 28, 28, BOX)
    anchor = (BOX.centerx + 40, BOX.centery - 30)
    nearer = zoom_camera(camera, 1.5, anchor, 28, 28, BOX)
    assert cell_at(nearer, BOX, anchor, 28, 28) == cell_at(camera, BOX, anchor, 28, 28)


# ---------------------------------------------------------------- pictures


def drawn(snapshot, camera, colouring="mind", theme=DARK, before=None, share=1.0, **more):
    pen = Pen(theme)
    surface = canvas(pen, 520, 440)
    colours = colour_agents(pen, snapshot, colouring, load_scenario("contraception", MEADOW))
    draw_field(pen, surface, BOX, snapshot, before, FieldOptions(camera, share, **more), colours, Sprites())
    return surface, colours


def test_from_far_food_has_its_shape_in_blocks_and_agents_have_those_of_minds(replay):
    snapshot, camera = replay.snapshot(), fit_field(28, 28, pygame.Rect(10, 20, 140, 140))._replace(cell=2.0)
    surface, colours = drawn(snapshot, camera)
    for cell in np.flatnonzero(snapshot.what >= BODY).tolist():
        point = point_at(camera, BOX, cell // 28 + 0.5, cell % 28 + 0.5)
        around = [(int(point[0]) + i, int(point[1]) + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        assert {tuple(surface.get_at(each))[:3] for each in around} & {tuple(each) for each in colours.colours.tolist()}
    empty = snapshot._replace(what=np.where(snapshot.what >= 0, -1, snapshot.what))
    bare = pygame.surfarray.array3d(drawn(empty, camera)[0])
    fed = pygame.surfarray.array3d(surface)
    apart = (fed != bare).any(axis=2)
    marks = list(lattice_marks(snapshot.what.reshape(28, 28), 2.0, len(colours.things)))
    assert marks
    for mark in marks:
        for row, column in zip(mark.rows, mark.columns, strict=True):
            x, y = map(int, point_at(camera, BOX, row, column))
            assert apart[x - 2 : x + 3, y - 2 : y + 3].any() or (bare[x, y] != DARK.floor).any()


@pytest.mark.parametrize("cell", [1.5, 3.0, 5.0, 9.0, 30.0])
def test_an_agent_has_the_shape_of_its_mind_at_any_zoom_and_food_has_not(replay, cell, monkeypatch):
    shapes = []
    get = Sprites.get

    def note(self, pen, shape, radius, colour, rim):
        shapes.append((shape, radius))
        return get(self, pen, shape, radius, colour, rim)

    monkeypatch.setattr(Sprites, "get", note)
    drawn(replay.snapshot(), Camera(14, 14, cell))
    minds = {radius for shape, radius in shapes if shape in MIND_SHAPES.values()}
    foods = {radius for shape, radius in shapes if shape in OBJECT_SHAPES}
    assert minds
    assert foods
    assert min(foods) >= 2.0 if cell < 3.0 else min(minds) > max(foods)  # from far a mark is that of a block


def test_food_is_coloured_as_it_looks_in_the_world_that_there_is(replay):
    scenario = load_scenario("contraception", [*MEADOW, 'world.features=["sweet","company","child","red","blue"]'])
    scenario.environments["ancestral"].objects["fruit"].features["red"] = 1.0
    scenario.environments["modern"].objects["fruit"].features["blue"] = 1.0
    pen = Pen(DARK)
    assert food_colours(pen, scenario, "ancestral")[0] == parse_hex(NAMED_COLOURS["red"])
    assert food_colours(pen, scenario, "modern")[0] == parse_hex(NAMED_COLOURS["blue"])
    assert food_colours(pen, load_scenario("contraception"), "modern")[0] == object_colour(0, DARK)
    snapshot = replay.snapshot()._replace(environment="modern")
    legend = list_legend(pen, "mind", colour_agents(pen, snapshot, "mind", scenario), scenario, "")
    assert legend[0].words == "fruit"
    assert legend[0].tint == parse_hex(NAMED_COLOURS["blue"])


def test_from_near_agents_are_where_they_are(replay):
    snapshot, camera = replay.snapshot(), clamp_camera(Camera(14, 14, 20.0), 28, 28, BOX)
    surface, colours = drawn(snapshot, camera)
    seen = 0
    for row, cell in enumerate(snapshot.cell.tolist()):
        point = point_at(camera, BOX, cell // 28 + 0.5, cell % 28 + 0.5)
        if BOX.inflate(-40, -40).collidepoint(point):
            assert tuple(surface.get_at((int(point[0]), int(point[1]))))[:3] == tuple(colours.colours[row].tolist())
            seen += 1
    assert seen > 5


def test_agents_glide_from_where_they_were_but_not_around_the_world(meadow):
    replay = Replay(meadow.scenario, meadow.seed, checkpoint_at(meadow, 0))
    before, after = replay.snapshot(), replay.step()
    start, half, end = (interpolate_positions(after, before, share) for share in (1e-9, 0.5, 1.0))
    now = np.stack(np.divmod(after.cell, 28), axis=1)
    assert np.array_equal(end, now)
    moved_rows = 0
    for row, id in enumerate(after.id.tolist()):
        was = find_row(before, id)
        if was is None:
            continue
        old = np.array(divmod(int(before.cell[was]), 28))
        if np.abs(old - now[row]).sum() == 1:
            assert start[row] == pytest.approx(old, abs=1e-6)
            assert half[row] == pytest.approx((old + now[row]) / 2)
            moved_rows += 1
        elif np.abs(old - now[row]).sum() > 2:
            assert half[row] == pytest.approx(now[row])
    assert moved_rows > 20


def test_a_landscape_stays_where_it_was_seen_while_its_agent_glides(meadow):
    replay = Replay(meadow.scenario, meadow.seed, checkpoint_at(meadow, 0))
    before, after = replay.snapshot(), replay.step()
    inside = BOX.inflate(-200, -200)
    camera = clamp_camera(Camera(14, 14, 30.0), 28, 28, BOX)
    shown_moves = 0
    for id in np.intersect1d(before.id, after.id).tolist():
        old, new = (divmod(int(each.cell[find_row(each, id)]), 28) for each in (before, after))
        corner = point_at(camera, BOX, old[0] - 3.5, old[1] - 3.5)  # the middle of a cell of its window
        if abs(old[0] - new[0]) + abs(old[1] - new[1]) != 1 or not inside.collidepoint(corner):
            continue
        tints = np.zeros((9, 9))
        tints[0, 0] = 1.0  # only this corner of what it saw
        more = {"selected": id, "vision": 4, "before": before, "share": 0.5}
        plain, _ = drawn(after, camera, **more)
        tinted, _ = drawn(after, camera, tints=tints, tint=(255, 0, 0), **more)
        apart = (pygame.surfarray.array3d(plain) != pygame.surfarray.array3d(tinted)).any(axis=2)
        x, y = np.nonzero(apart)
        assert x.mean() == pytest.approx(corner[0], abs=6)
        assert y.mean() == pytest.approx(corner[1], abs=6)
        shown_moves += 1
    assert shown_moves


@pytest.mark.parametrize("colour", [(240, 240, 240), (200, 90, 20)])
def test_sprites_have_no_dark_fringe(colour):
    sprite = Sprites().get(Pen(LIGHT), "disc", 12.0, colour, colour)
    solid = pygame.surfarray.array_alpha(sprite) > 0
    assert np.abs(pygame.surfarray.array3d(sprite)[solid].astype(int) - colour).max() <= 2


@pytest.mark.parametrize("colouring", COLOURINGS)
def test_all_colourings_have_a_legend_and_a_colour_for_each(replay, colouring):
    snapshot = replay.snapshot()
    found = colour_agents(Pen(DARK), snapshot, colouring, replay.scenario)
    assert found.colours.shape == (len(snapshot.id), 3)
    assert found.legend


def test_a_world_that_nobody_lives_in_can_be_drawn(replay):
    snapshot = replay.snapshot()
    nobody = snapshot._replace(
        what=np.where(snapshot.what >= BODY, -1, snapshot.what),
        **{name: getattr(snapshot, name)[:0] for name in ("id", "cell", "controller", "plans", "energy", "age", "levels", "children", "able", "courts", "objective", "horizon", "genome")},
    )  # fmt: skip
    for colouring in COLOURINGS:
        for cell in (5.0, 20.0):
            drawn(nobody, clamp_camera(Camera(14, 14, cell), 28, 28, BOX), colouring, selected=3)


def test_the_lens_of_perception_veils_what_is_not_seen_and_rings_what_is_mistaken(replay):
    snapshot = replay.snapshot()
    food = np.flatnonzero((snapshot.what >= 0) & (snapshot.what < BODY))
    apart = np.abs(food[:, None] // 28 - snapshot.cell // 28) + np.abs(food[:, None] % 28 - snapshot.cell % 28)
    row = int(np.argmin(apart.min(axis=0)))  # who stands nearest to something to eat
    assert apart[:, row].min() <= 4
    id, place = int(snapshot.id[row]), divmod(int(snapshot.cell[row]), 28)
    camera = clamp_camera(Camera(place[0], place[1], 20.0), 28, 28, BOX)
    plain, _ = drawn(snapshot, camera, selected=id, vision=4)
    veiled, _ = drawn(snapshot, camera, selected=id, vision=4, mistaken=frozenset())
    ringed, _ = drawn(snapshot, camera, selected=id, vision=4, mistaken=frozenset({0, 1}))
    for cell in np.flatnonzero(snapshot.what == -1).tolist():
        row, column = divmod(cell, 28)
        point = tuple(int(x) for x in point_at(camera, BOX, row + 0.5, column + 0.5))
        if BOX.inflate(-60, -60).collidepoint(point) and veiled.get_at(point) == plain.get_at(point):
            assert max(abs(row - place[0]), abs(column - place[1])) <= 4
    middle = tuple(int(x) for x in point_at(camera, BOX, place[0] + 0.5, place[1] + 0.5))
    assert veiled.get_at(middle) == plain.get_at(middle)
    assert (pygame.surfarray.array3d(veiled) != pygame.surfarray.array3d(plain)).any(axis=2).mean() > 0.3
    assert pygame.image.tobytes(ringed, "RGB") != pygame.image.tobytes(veiled, "RGB")


@THEMES
def test_fields_look_as_they_did(meadow, theme):
    replay = Replay(meadow.scenario, meadow.seed, checkpoint_at(meadow, 0))
    snapshot = replay.step()
    far, _ = drawn(snapshot, fit_field(28, 28, BOX), "child", theme)
    compare(far, f"field_far_{theme.name}")
    row = int(np.flatnonzero((snapshot.plans) & snapshot.able)[0])
    seen = view_around(snapshot, row, make_context(replay.simulation, replay.rules))
    place = divmod(int(snapshot.cell[row]), 28)
    camera = clamp_camera(Camera(place[0] + 0.5, place[1] + 0.5, 28.0), 28, 28, BOX)
    near, _ = drawn(
        snapshot, camera, "wants", theme, selected=int(snapshot.id[row]), vision=4, tint=theme.wanted,
        tints=seen.wanted / max(float(np.nanmax(seen.wanted)), 1e-9), plan=tuple(map(tuple, np.array(seen.plan, float).tolist())),
    )  # fmt: skip
    compare(near, f"field_near_{theme.name}")


def test_planners_and_heuristics_have_shapes_of_their_own(tmp_path):
    made = run(load_scenario("contraception", [*MIXED, "evolution.generations=1"]), seed=1, out=tmp_path / "m.evosim")
    snapshot = Replay(made.scenario, made.seed, checkpoint_at(made, 0)).snapshot()
    assert len(set(snapshot.controller.tolist())) == 2
    camera = clamp_camera(Camera(14, 14, 30.0), 28, 28, BOX)
    one, _ = drawn(snapshot, camera)
    other, _ = drawn(snapshot._replace(controller=np.full_like(snapshot.controller, PLANNER)), camera)
    assert pygame.image.tobytes(one, "RGB") != pygame.image.tobytes(other, "RGB")
    made.close()
