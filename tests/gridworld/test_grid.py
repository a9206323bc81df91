"""Worlds: every object can be reached that must be, nothing stands on anything, and all is a function of the key."""

import textwrap

import numpy as np
import pytest
import reference
from effort import cases
from evidence import TOO_SURPRISING, surprise
from hypothesis import given
from hypothesis import strategies as st
from samples import plan_of, twin_world

from evosim.gridworld.layouts import CAVE, MAZE, OPEN, ROOMS, SCATTER
from evosim.gridworld.sampling import CrowdedWorldError, draw_worlds
from evosim.gridworld.spec import Blueprint, blueprint
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario, parse_scenario

RNG = np.random.default_rng(0)


@st.composite
def plans(draw: st.DrawFn) -> Blueprint:
    """Draw an environment of any layout, with objects that end the episode and others."""
    kind = draw(st.sampled_from([OPEN, SCATTER, ROOMS, MAZE, CAVE]))
    rows, columns = draw(st.integers(5, 14)), draw(st.integers(5, 14))
    first = second = 0.0
    if kind == SCATTER:
        first = draw(st.sampled_from([0.1, 0.25, 0.4]))
    if kind == CAVE:
        first, second = 0.4, 2.0
    if kind == ROOMS:
        first, second = (float(draw(st.integers(1, (length - 1) // 2))) for length in (rows, columns))
    if kind == MAZE:
        rows, columns = rows | 1, columns | 1
        first = draw(st.sampled_from([0.0, 0.3, 1.0]))
    objects = draw(st.integers(1, 6))
    flags = st.lists(st.booleans(), min_size=objects, max_size=objects)
    return plan_of(
        rows, columns, objects, np.random.default_rng(1), layout=kind, layout_first=first, layout_second=second,
        steps=draw(st.integers(4, 60)), ends=np.array(draw(flags)), taken=np.array(draw(flags)),
        must_reach=np.array(draw(flags)) | draw(st.booleans()),
    )  # fmt: skip


def check_solvable(plan: Blueprint, world: reference.TwinWorld) -> None:
    """Check by our own search that everything in a world is as promised."""
    assert world.start in world.floor
    assert len(set(world.cells)) == len(world.cells)
    assert world.start not in world.cells
    assert set(world.cells) <= world.floor
    enders = {cell for cell, ends in zip(world.cells, plan.ends, strict=True) if ends}
    steps = reference.steps_from(world.start, world.floor, enders)
    sought = [cell for cell, must in zip(world.cells, plan.must_reach, strict=True) if must]
    assert all(steps.get(cell, 10**9) <= plan.steps for cell in sought)


@given(plan=plans(), seed=st.integers(0, 2**32))
def test_every_object_that_must_be_can_be_reached_past_those_that_end_the_episode(plan, seed):
    try:
        worlds = draw_worlds(plan, key_of(seed), 5)
    except CrowdedWorldError:
        with pytest.raises(ValueError, match="crowded"):  # the twin finds no way either
            [reference.draw_world(plan, seed, e) for e in range(5)]
        return
    for e in range(5):
        check_solvable(plan, twin_world(plan, worlds, e))


@given(plan=plans(), seed=st.integers(0, 2**32), begin=st.integers(0, 5))
def test_worlds_equal_those_of_the_twin(plan, seed, begin):
    try:
        worlds = draw_worlds(plan, key_of(seed), 2, begin)
    except CrowdedWorldError:
        return  # see above
    for e in range(2):
        assert twin_world(plan, worlds, e) == reference.draw_world(plan, seed, begin + e)


@pytest.mark.parametrize("layout", [OPEN, SCATTER, ROOMS, MAZE, CAVE])
def test_hundreds_of_worlds_of_each_layout_can_be_solved(layout):
    for consumed, ends in [(False, True), (True, False), (True, True)]:
        numbers = {OPEN: (0.0, 0.0), SCATTER: (0.3, 0.0), ROOMS: (2.0, 2.0), MAZE: (0.1, 0.0), CAVE: (0.4, 2.0)}[layout]
        plan = plan_of(
            11, 11, 8, RNG, layout=layout, layout_first=numbers[0], layout_second=numbers[1], steps=60,
            ends=np.array([ends, False] * 4), taken=np.full(8, consumed),
        )  # fmt: skip
        count = cases(200, 10)
        worlds = draw_worlds(plan, key_of(5, layout), count)
        for e in range(count):
            check_solvable(plan, twin_world(plan, worlds, e))


def test_the_same_key_draws_the_same_worlds_however_many_are_asked_for():
    plan = plan_of(11, 11, 4, RNG, layout=MAZE, layout_first=0.2, steps=60, ends=np.ones(4, bool))
    plan.probability[:] = 0.5
    few, many, again = (draw_worlds(plan, key_of(1, 2), count) for count in (3, 8, 8))
    for part_of_few, part, part_again in zip(few, many, again, strict=True):
        assert np.array_equal(part_of_few, part[:3])
        assert np.array_equal(part, part_again)
    assert len({wall.tobytes() for wall in many.wall}) == 8
    assert not np.array_equal(draw_worlds(plan, key_of(1, 3), 8).wall, many.wall)


def test_environments_with_the_same_layout_have_the_same_mazes_and_places():
    scenario = load_scenario("red_doors")
    training, deployment = (
        draw_worlds(blueprint(scenario, name), key_of(4), 32) for name in ("training", "deployment")
    )
    for part in ("wall", "start", "cell"):
        assert np.array_equal(getattr(training, part), getattr(deployment, part))
    red, blue = (scenario.world.features.index(colour) for colour in ("red", "blue"))
    assert (training.features[:, 0, red] == 1).all()
    assert (deployment.features[:, 0, red] == 0).all()
    assert (deployment.features[:, 0, blue] == 1).all()


def test_starts_and_objects_are_anywhere_with_the_same_probability():
    """In an open field nothing stands in the way, so every cell is as likely as any other."""
    plan = plan_of(6, 7, 2, RNG, ends=np.array([True, False]))
    count = cases(20_000, 1000)
    worlds = draw_worlds(plan, key_of(6), count)
    free = [reference.index_of(cell, 7) for cell in sorted(reference.inside(6, 7))]
    for cells in (worlds.start, worlds.cell[:, 0], worlds.cell[:, 1]):
        assert abs(surprise(np.bincount(cells, minlength=42)[free], np.ones(len(free)))) < TOO_SURPRISING


FEATURES = """
schema = 1
title = "Features"
[world]
size = [7, 7]
steps = 20
features = ["fixed", "often", "rare", "red", "blue", "green"]
[world.objects.thing]
count = 3
features = { fixed = 0.25, often = { probability = 0.9 }, rare = { probability = 0.05 } }
outcomes = { got = 1 }
[world.objects.coloured]
features = { often = { probability = 0.5 }, one_of = { red = 0.5, blue = 0.3, green = 0.2 } }
[environments.training]
[environments.deployment]
objects.coloured.features = { one_of = { blue = 1 } }
[objectives]
base = { got = 1 }
[mind]
controllers = { planner = 1 }
[evolution]
population = 4
generations = 1
"""


def test_features_are_fixed_or_by_probability_or_one_of_several():
    count = cases(10_000, 1000)
    scenario = parse_scenario(FEATURES)
    features = draw_worlds(blueprint(scenario, "training"), key_of(7), count).features
    things, coloured = features[:, :3], features[:, 3]
    assert (things[:, :, 0] == 0.25).all()
    assert (things[:, :, 3:] == 0).all()
    for column, probability in ((1, 0.9), (2, 0.05)):
        for n in range(3):
            counts = np.bincount(things[:, n, column].astype(int), minlength=2)
            assert abs(surprise(counts, [1 - probability, probability])) < TOO_SURPRISING
    together = np.bincount((2 * things[:, 0, 1] + things[:, 1, 1]).astype(int), minlength=4)
    assert abs(surprise(together, [0.01, 0.09, 0.09, 0.81])) < TOO_SURPRISING  # instances are independent
    assert (coloured[:, 3:].sum(axis=1) == 1).all()
    assert abs(surprise(coloured[:, 3:].sum(axis=0), [0.5, 0.3, 0.2])) < TOO_SURPRISING
    assert abs(surprise(np.bincount(coloured[:, 1].astype(int)), [1, 1])) < TOO_SURPRISING
    deployed = draw_worlds(blueprint(scenario, "deployment"), key_of(7), 50).features[:, 3]
    assert (deployed == [0, 0, 0, 0, 1, 0]).all()


def test_a_blueprint_says_in_numbers_what_the_scenario_says_in_words():
    scenario = parse_scenario(
        FEATURES.replace("steps = 20", "steps = 20\nslip = 0.25\nlayout = { kind = 'rooms', rows = 2, columns = 3 }")
        + "\n[environments.mazes]\nlayout = { kind = 'maze', opened = 0.125 }\nobjects.thing.count = 0\n"
        "objects.thing.ends_episode = true\n[environments.mazes.objects.extra]\nfeatures = {}\n"
        "consumed = true\noutcomes = { lost = 2 }\n"
    )
    plan = blueprint(scenario, "training")
    assert (plan.rows, plan.columns, plan.steps, plan.slip) == (7, 7, 20, 0.25)
    assert (plan.layout, plan.layout_first, plan.layout_second) == (ROOMS, 2.0, 3.0)
    assert plan.type_of.tolist() == [0, 0, 0, 1]
    assert plan.outcomes.tolist() == [[1, 0]] * 3 + [[0, 0]]
    assert plan.fixed[0].tolist() == [0.25, 0, 0, 0, 0, 0]
    assert plan.probability[0].tolist() == [0, 0.9, 0.05, 0, 0, 0]
    assert plan.one_of[3].tolist() == [0, 0, 0, 0.5, 0.3, 0.2]
    assert not plan.ends.any()
    other = blueprint(scenario, "mazes")
    assert (other.layout, other.layout_first) == (MAZE, 0.125)
    assert other.type_of.tolist() == [1, 2]  # numbers of types are the same in all environments
    assert other.outcomes.tolist() == [[0, 0], [0, 2]]
    assert other.taken.tolist() == [False, True]
    with pytest.raises(KeyError):
        blueprint(scenario, "nowhere")


@pytest.mark.compiled
def test_a_crowded_world_says_what_would_help():
    plan = plan_of(5, 5, 8, RNG, ends=np.ones(8, bool), steps=20)  # 9 cells: 8 ends of the world around one start
    with pytest.raises(CrowdedWorldError, match=r"8 objects in 5 × 5 cells .* within 20 steps; use a larger size"):
        draw_worlds(plan, key_of(0), 1)


@pytest.mark.compiled
def test_too_few_steps_make_a_world_crowded():
    plan = plan_of(3, 12, 9, RNG, steps=3)
    with pytest.raises(CrowdedWorldError, match="more steps"):
        draw_worlds(plan, key_of(0), 1)


@pytest.mark.compiled
def test_a_corridor_holds_at_most_two_objects_that_end_the_episode():
    plan = plan_of(3, 9, 2, RNG, ends=np.ones(2, bool))
    worlds = draw_worlds(plan, key_of(1), 50)
    assert ((worlds.cell.min(axis=1) < worlds.start) & (worlds.start < worlds.cell.max(axis=1))).all()
    with pytest.raises(CrowdedWorldError):
        draw_worlds(plan_of(3, 9, 3, RNG, ends=np.ones(3, bool)), key_of(1), 1)


def test_where_walls_may_leave_no_floor_worlds_are_drawn_again():
    """Two cells at density 0.6: both are walls a third of the time, and one is most of the time."""
    plan = plan_of(3, 4, 1, RNG, layout=SCATTER, layout_first=0.6, ends=np.ones(1, bool))
    worlds = draw_worlds(plan, key_of(2), 20)
    for e in range(20):
        check_solvable(plan, twin_world(plan, worlds, e))


MAP = """
    ###########
    #@.....k..#
    #.#.###.#.#
    #@#.kD#.#D#
    ###########
"""

ON_A_MAP = f'''
schema = 1
title = "On a map"
[world]
steps = 40
features = ["door", "key", "ball", "home", "hill"]
[world.layout]
kind = "map"
legend = {{ D = "door", k = "key" }}
drawing = """{MAP}"""
[world.objects.door]
count = 1
features = {{ door = 1 }}
ends_episode = true
needs = {{ key = 1 }}
[world.objects.key]
features = {{ key = 1 }}
carried = true
[world.objects.ball]
features = {{ ball = 1 }}
place = {{ kind = "near", to = "door", within = 2 }}
consumed = true
respawns = 7
[world.places.home]
place = {{ kind = "near", to = "start", within = 1 }}
features = {{ home = 1 }}
[world.places.hill]
place = {{ kind = "corner", size = 2, of = "southeast" }}
features = {{ hill = 1 }}
[environments.training]
[environments.field]
size = [9, 12]
layout = {{ kind = "open" }}
worlds = 3
vision = 2
energy = {{ initial = 5 }}
objects.key.count = 3
objects.key.energy = 2.5
objects.door.place = {{ kind = "region", rows = [1, 3], columns = [10, 10] }}
start = {{ kind = "corner", of = "any" }}
[objectives]
base = {{ "entered.door" = 1 }}
[mind]
controllers = {{ planner = 1 }}
[evolution]
population = 10
generations = 2
'''


def test_a_map_says_where_walls_objects_and_starts_are():
    scenario = parse_scenario(ON_A_MAP)
    assert scenario.world.size == (5, 11)
    assert [kind.count for kind in scenario.world.objects.values()] == [1, 2, 1]  # all keys that are drawn, one door
    plan, count = blueprint(scenario, "training"), cases(200, 40)
    worlds = draw_worlds(plan, key_of(3), count)
    rows = textwrap.dedent(MAP).split()
    assert (worlds.wall == [symbol == "#" for row in rows for symbol in row]).all()
    at = {symbol: {i for i, here in enumerate("".join(rows)) if here == symbol} for symbol in "@Dk"}
    assert set(worlds.start.tolist()) == at["@"]
    assert set(worlds.cell[:, 0].tolist()) == at["D"]  # either door
    assert {frozenset(cells) for cells in worlds.cell[:, 1:3].tolist()} == {frozenset(at["k"])}
    for e in range(cases(60, 20)):
        world = twin_world(plan, worlds, e)
        assert world == reference.draw_world(plan, int(key_of(3)), e)
        steps = reference.steps_from(world.cells[0], world.floor)
        assert 1 <= steps[world.cells[3]] <= 2
        home = {cell for cell, q in world.places.items() if q == 0}
        assert home == {cell for cell, n in reference.steps_from(world.start, world.floor).items() if n <= 1}
        assert {cell for cell, q in world.places.items() if q == 1} <= {(2, 9), (3, 9)}


def test_what_a_scenario_says_of_placement_energy_and_carrying_stands_in_the_blueprint():
    scenario = parse_scenario(ON_A_MAP)
    training, field = blueprint(scenario, "training"), blueprint(scenario, "field")
    assert training.carried.tolist() == [False, True, True, False]
    assert training.taken.tolist() == [False, True, True, True]
    assert training.needs.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert training.locked.tolist() == [True, False, False, False]
    assert training.respawns.tolist() == [0, 0, 0, 7]
    assert training.supply.initial == training.vision == training.worlds == 0
    assert field.supply == (5.0, 5.0, 0.0, 1.0, 0.0)
    assert (field.vision, field.worlds, field.types, field.places) == (2, 3, 3, 2)
    assert field.energy.tolist() == [0, 2.5, 2.5, 2.5, 0]
    assert field.terrain.size == field.marks.size == 0
    worlds = draw_worlds(field, key_of(1), cases(120, 30))
    corners = {reference.index_of(cell, 12) for cell in ((1, 1), (1, 10), (7, 1), (7, 10))}
    assert set(worlds.start.tolist()) <= corners
    assert len({wall.tobytes() for wall in worlds.cell}) == 3  # there are three worlds
    assert set((worlds.cell[:, 0] // 12).tolist()) <= {1, 2, 3}
    assert set((worlds.cell[:, 0] % 12).tolist()) == {10}


@st.composite
def placements(draw: st.DrawFn, rows: int, columns: int, targets: list[int]) -> list[int]:
    """Draw a rule of where something stands."""
    kind = draw(st.integers(0, 3 if targets else 2))
    if kind == 1:
        top, left = draw(st.integers(0, rows - 2)), draw(st.integers(0, columns - 2))
        return [kind, top, draw(st.integers(max(top, 1), rows)), left, draw(st.integers(max(left, 1), columns))]
    if kind == 2:
        return [kind, draw(st.integers(1, 6)), draw(st.integers(0, 4)), 0, 0]
    return [kind, draw(st.sampled_from(targets)), draw(st.integers(1, 5)), 0, 0] if kind == 3 else [0] * 5


@st.composite
def placed_plans(draw: st.DrawFn) -> Blueprint:
    """Draw an environment with rules for start, objects and up to two places."""
    plan = draw(plans())
    count = len(plan.ends)
    rules = [draw(placements(plan.rows, plan.columns, []))]
    for _ in range(count):
        free = [n for n in range(len(rules) - 1) if rules[1 + n][0] != reference.NEAR]
        rules.append(draw(placements(plan.rows, plan.columns, [-1, *free])))
    for _ in range(draw(st.integers(0, 2))):
        rules.append(draw(placements(plan.rows, plan.columns, [-1, *range(count)]).filter(lambda rule: rule[0] > 0)))
    places = rules[1 + count :]
    features = np.zeros((count + len(places), 3))
    return plan._replace(
        rules=np.array(rules, np.int32), place_type=np.arange(len(places), dtype=np.int32), places=len(places),
        fixed=features, probability=features, one_of=features, worlds=draw(st.sampled_from([0, 2])),
    )  # fmt: skip


@given(plan=placed_plans(), seed=st.integers(0, 2**32))
def test_worlds_with_rules_of_placement_equal_those_of_the_twin(plan, seed):
    try:
        worlds = draw_worlds(plan, key_of(seed), 3)
    except CrowdedWorldError:
        return
    for e in range(3):
        world = twin_world(plan, worlds, e)
        check_solvable(plan, world)
        assert world == reference.draw_world(plan, seed, e)


LAVA = """
schema = 1
title = "A field of lava"
[world]
steps = 30
features = ["exit", "lava"]
[world.layout]
kind = "map"
legend = { E = "exit", "!" = "lava" }
drawing = '''
#########
#@.!!!.E#
#..!!!..#
#..!!!..#
#.......#
#########
'''
[world.objects.exit]
features = { exit = 1 }
outcomes = { out = 1 }
ends_episode = true
[world.objects.lava]
features = { lava = 1 }
outcomes = { burnt = 1 }
ends_episode = true
[environments.training]
[objectives]
base = { out = 1, burnt = -1, steps = -0.01 }
[mind]
controllers = { planner = 1 }
[evolution]
population = 4
generations = 1
"""
LAVA_PLACED = ['world.layout={kind="open"}', "world.size=[9,9]", "world.objects.lava.count=12"]


def test_nobody_needs_to_reach_every_cell_of_a_field_of_lava():
    plan = blueprint(parse_scenario(LAVA), "training")
    worlds = draw_worlds(plan, key_of(1), 3)
    for e in range(3):
        world = twin_world(plan, worlds, e)
        check_solvable(plan, world)
        steps = reference.steps_from(world.start, world.floor, set(world.cells[1:]))
        assert sum(cell not in steps for cell in world.cells) == 2  # in the middle, behind the others


@pytest.mark.compiled
def test_the_exit_must_be_reached_around_the_lava():
    walled = LAVA.replace("#.......#", "#..!!!..#")
    with pytest.raises(CrowdedWorldError, match="each of the 1 that must be reachable"):
        draw_worlds(blueprint(parse_scenario(walled), "training"), key_of(1), 1)


@pytest.mark.parametrize(
    ("overrides", "must"),
    [
        ([], [True, False]),
        (["objectives.base.burnt=0"], [True, True]),  # no harm in it to what is selected for
        (["objectives.intended={out=1,burnt=2}"], [True, True]),  # or to what the designers want
        (["world.objects.lava.ends_episode=false"], [True, True]),  # one can go on from there
        (["world.objects.lava.reachable=true"], [True, True]),
        (["world.objects.exit.reachable=false"], [False, False]),
        (["objectives.base={out=1,'entered.lava'=-1}"], [True, False]),
        (["environments.training.objects.lava.outcomes={out=2,burnt=1}"], [True, True]),
    ],
)
def test_all_must_be_reachable_but_hazards_and_what_is_said_not_to_be(overrides, must):
    plan = blueprint(
        parse_scenario(LAVA, overrides=[*LAVA_PLACED, "world.objects.lava.count=1", *overrides]), "training"
    )
    assert plan.must_reach.tolist() == must


def test_lava_that_is_placed_by_chance_leaves_a_way_to_the_exit():
    plan = blueprint(parse_scenario(LAVA, overrides=[*LAVA_PLACED, "world.objects.lava.count=30"]), "training")
    worlds = draw_worlds(plan, key_of(2), 20)
    for e in range(20):
        check_solvable(plan, twin_world(plan, worlds, e))


def test_what_is_not_said_of_reachability_leaves_digests_as_they_were():
    explicit = parse_scenario(LAVA).model_dump(mode="json")
    assert "reachable" not in explicit["world"]["objects"]["lava"]
