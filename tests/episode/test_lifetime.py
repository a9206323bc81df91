"""Lives: what minds do in worlds, tick by tick, equals a plain second laboratory, agent by agent."""

from typing import NamedTuple

import numpy as np
import pytest
import reference
from effort import cases
from evidence import TOO_SURPRISING, surprise
from samples import FEATURES, HEURISTIC, OPEN_LOOP, PLANNER, draw_minds, plan_of, twin_mind, twin_world

from evosim.episode.grid_environment import Grid
from evosim.episode.outcomes import numbered_layout
from evosim.episode.rollout import OVER, Lives, live, new_traces
from evosim.gridworld.actions import SlipKind, step_of
from evosim.gridworld.layouts import MAZE, OPEN, ROOMS, SCATTER
from evosim.gridworld.sampling import Worlds, draw_worlds
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.gridworld.spec import Blueprint, Supply, blueprint
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.mind.heuristic.senses import sense_names
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario, parse_scenario
from evosim.scenario.schema.names import outcome_names


class Laboratory(NamedTuple):
    """Minds that live in worlds."""

    plan: Blueprint
    worlds: Worlds
    minds: Phenotypes
    ids: np.ndarray
    key: np.uint64

    def live(self) -> Lives:
        atlas = draw_atlas(self.plan, self.worlds)
        return live(self.plan, self.worlds, atlas, self.minds, self.ids, self.key)

    def twin(self, p: int, e: int) -> tuple[dict[str, list[float]], float]:
        key = reference.key_of(int(self.key), int(self.ids[p]), e)
        world, mind = twin_world(self.plan, self.worlds, e), twin_mind(self.minds, p)
        return reference.Life(self.plan, world, mind, FEATURES, key).live()


def laboratory(
    seed: int,
    *,
    population: int,
    episodes: int,
    hidden: int = 0,
    greedy: bool = False,
    minds: dict[str, object] | None = None,
    **settings,
) -> Laboratory:
    """Draw worlds of any layout with objects of any kind, and minds of all controllers."""
    rng = np.random.default_rng(seed)
    layout = (OPEN, SCATTER, ROOMS, MAZE)[seed % 4]
    rows, columns = (int(n) | 1 for n in rng.integers(6, 10, 2))
    objects = int(rng.integers(2, 6))
    first, second = {OPEN: (0.0, 0.0), SCATTER: (0.2, 0.0), ROOMS: (2.0, 1.0), MAZE: (0.3, 0.0)}[layout]
    settings = {
        "needs": np.zeros((objects, 4), np.int32),  # one type more than any object has
        "ends": rng.random(objects) < 0.4,
        "taken": rng.random(objects) < 0.5,
        "type_of": np.sort(rng.integers(0, 3, objects)).astype(np.int32),
        "steps": int(rng.integers(25, 40)),
    } | settings
    plan = plan_of(
        rows, columns, objects, rng, layout=layout, layout_first=first, layout_second=second, **settings
    )  # fmt: skip
    plan.probability[:] = rng.choice([0.0, 0.3], plan.probability.shape)
    return Laboratory(
        plan=plan,
        worlds=draw_worlds(plan, key_of(seed, 1), episodes),
        minds=draw_minds(rng, population, hidden=hidden, greedy=greedy, **(minds or {})),
        ids=rng.integers(0, 10**6, population),
        key=key_of(seed, 2),
    )


def by_segment(plan: Blueprint, lives: Lives) -> dict[str, np.ndarray]:
    """Take the outcomes apart."""
    return {name: lives.outcomes[:, :, columns] for name, columns in numbered_layout(plan).segments.items()}


def check_against_twin(laboratory: Laboratory) -> Lives:
    """Compare every life of every agent."""
    lives = laboratory.live()
    found = by_segment(laboratory.plan, lives)
    for p in range(len(laboratory.ids)):
        for e in range(len(laboratory.worlds.start)):
            outcomes, mesa_return = laboratory.twin(p, e)
            assert {name: part[p, e].tolist() for name, part in found.items()} == outcomes, (p, e)
            assert lives.mesa_return[p, e] == pytest.approx(mesa_return, abs=1e-12)
    return lives


MANY = {"population": 24, "episodes": cases(5, 2)}
SEEDS = range(cases(12, 8))


@pytest.mark.parametrize("seed", SEEDS)
def test_lives_equal_those_of_the_twin(seed):
    lab = laboratory(seed, greedy=seed % 2 == 0, **MANY)
    assert by_segment(lab.plan, check_against_twin(lab))["entered"].sum() > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_lives_with_hidden_layers_equal_those_of_the_twin(seed):
    check_against_twin(laboratory(100 + seed, hidden=3, **MANY))


@pytest.mark.parametrize("seed", SEEDS)
def test_lives_on_slippery_ground_equal_those_of_the_twin(seed):
    slip = {"slip": (0.02, 0.2, 0.7)[seed % 3], "slip_kind": seed // 3 % 3}
    check_against_twin(laboratory(200 + seed, **slip, greedy=seed % 2 == 0, **MANY))


@pytest.mark.parametrize("seed", SEEDS)
def test_lives_among_consumed_objects_equal_those_of_the_twin(seed):
    """Nothing ends the episode and everything is taken: maps change, and planners plan again."""
    none, every = np.zeros(5, bool), np.ones(5, bool)
    rng = np.random.default_rng(seed)
    lab = laboratory(300 + seed, greedy=seed % 2 == 0, **MANY)
    objects = len(lab.plan.ends)
    plan = lab.plan._replace(ends=none[:objects], taken=every[:objects], steps=40)
    minds = lab.minds._replace(objective=rng.uniform(-0.3, 1, lab.minds.objective.shape))
    lab = lab._replace(plan=plan, minds=minds, worlds=draw_worlds(plan, key_of(seed, 3), MANY["episodes"]))
    lives = check_against_twin(lab)
    thinking = by_segment(plan, lives)["thinking"][lab.minds.controller == PLANNER, :, 0]
    once = (
        lab.minds.own["planner"].horizon[lab.minds.controller == PLANNER, None]
        * draw_atlas(plan, lab.worlds).floor[None]
    )
    assert (thinking > once).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_lives_among_lasting_objects_equal_those_of_the_twin(seed):
    """Nothing ends the episode and nothing is taken: planners leave an object only to enter it again."""
    lab = laboratory(400 + seed, greedy=True, **MANY)
    objects = len(lab.plan.ends)
    plan = lab.plan._replace(ends=np.zeros(objects, bool), taken=np.zeros(objects, bool))
    check_against_twin(lab._replace(plan=plan))


def test_the_number_of_threads_changes_nothing():
    lab = laboratory(7, population=cases(300, 30), episodes=4, slip=0.1)
    count = threads.count
    try:
        results = []
        for number in (1, 2, 3):
            threads.choose(number)
            results.append(lab.live())
    finally:
        threads.choose(count)
    for other in results[1:]:
        assert np.array_equal(other.outcomes, results[0].outcomes)
        assert np.array_equal(other.mesa_return, results[0].mesa_return)


def test_a_life_does_not_depend_on_who_else_lives():
    lab = laboratory(9, population=40, episodes=4, slip=0.1)
    together = lab.live()
    some = np.array([3, 17, 30, 31, 38])
    minds = select_minds(lab.minds, some)
    alone = lab._replace(minds=minds, ids=lab.ids[some]).live()
    assert np.array_equal(alone.outcomes, together.outcomes[some])
    assert np.array_equal(alone.mesa_return, together.mesa_return[some])


def test_two_individuals_with_the_same_mind_have_random_numbers_of_their_own():
    lab = laboratory(10, population=8, episodes=cases(40, 8), slip=0.5)
    twins = select_minds(lab.minds, np.array([5, 5]))
    lives = lab._replace(minds=twins, ids=np.array([1, 2])).live()
    assert not np.array_equal(lives.outcomes[0], lives.outcomes[1])
    same = lab._replace(minds=twins, ids=np.array([1, 1])).live()
    assert np.array_equal(same.outcomes[0], same.outcomes[1])


@pytest.mark.parametrize("seed", range(6))
def test_the_outcomes_of_a_life_add_up(seed):
    lab = laboratory(500 + seed, population=cases(200, 16), episodes=cases(8, 2), slip=(0.0, 0.2)[seed % 2])
    plan, found = lab.plan, by_segment(lab.plan, lab.live())
    steps, moves, thinking = (found[segment][:, :, 0] for segment in ("steps", "moves", "thinking"))
    entered, first = found["entered"], found["entered_first"]
    assert ((steps >= 1) & (steps <= plan.steps)).all()
    assert ((moves >= 0) & (moves <= steps)).all()
    assert ((entered >= 0) & (entered == np.floor(entered))).all()
    assert (entered.sum(axis=2) <= moves).all()
    assert np.isin(first, [0, 1]).all()
    assert (first.sum(axis=2) == (entered.sum(axis=2) > 0)).all()  # at most one, exactly one if any was entered
    assert (entered[first == 1] >= 1).all()
    for kind in range(lab.plan.types):
        members = plan.type_of == kind
        if plan.taken[members].all():
            assert (entered[:, :, kind] <= members.sum()).all()
        if members.any() and plan.ends[members].all():
            assert (steps[entered[:, :, kind] > 0] <= plan.steps).all()
            assert (entered[:, :, kind] <= 1).all()
    early = steps < plan.steps
    enders = [kind for kind in range(lab.plan.types) if plan.ends[plan.type_of == kind].any()]
    assert (entered[early][:, enders].sum(axis=1) >= 1).all()  # only an object ends a life before its time
    assert (thinking[lab.minds.controller != PLANNER] == 0).all()
    floor, horizon = draw_atlas(plan, lab.worlds).floor, lab.minds.own["planner"].horizon
    plans = thinking / (horizon[:, None] * floor[None])
    assert (plans[lab.minds.controller == PLANNER] >= 1).all()
    assert (plans == np.round(plans)).all()
    assert (plans <= 1 + plan.taken.sum()).all()


def test_outcomes_are_the_amounts_of_the_objects_entered():
    """One type for each object, so that counts of entries tell which amounts must have happened."""
    lab = laboratory(11, population=cases(100, 16), episodes=4)
    count = len(lab.plan.ends)
    kinds, none = np.arange(count, dtype=np.int32), np.zeros((count, count), np.int32)
    plan = lab.plan._replace(type_of=kinds, types=count, needs=none)
    lives = lab._replace(plan=plan).live()
    found = by_segment(plan, lives)
    entered = found["entered"]
    np.testing.assert_allclose(found["own"], entered @ plan.outcomes, atol=1e-12)
    utility = np.einsum("pf,enf->pen", lab.minds.objective, lab.worlds.features)
    utility[lab.minds.controller != PLANNER] = 0.0  # who has no objective gets nothing by it
    np.testing.assert_allclose(lives.mesa_return, (utility * entered).sum(axis=2), atol=1e-12)


def test_a_planner_on_firm_ground_plans_once_until_it_takes_something():
    lab = laboratory(12, population=40, episodes=4)
    objects = len(lab.plan.ends)
    for consumed in (False, True):
        plan = lab.plan._replace(ends=np.zeros(objects, bool), taken=np.full(objects, consumed), steps=50)
        found = by_segment(plan, lab._replace(plan=plan).live())
        planner = lab.minds.controller == PLANNER
        entered = found["entered"][planner].sum(axis=2)
        floor = draw_atlas(plan, lab.worlds).floor[None]
        plans = found["thinking"][planner, :, 0] / (lab.minds.own["planner"].horizon[planner, None] * floor)
        assert entered.max() > 1
        if consumed:
            assert (plans <= 1 + entered).all()  # what is taken with the last step is planned for no more
            assert (plans >= entered).all()
        else:
            assert (plans == 1).all()


@pytest.mark.parametrize(
    ("kind", "shares"),
    [
        (SlipKind.ANY, (0.7 + 0.3 / 4, 0.3 / 4, 0.3 / 4, 0.3 / 4)),
        (SlipKind.OTHER, (0.7, 0.1, 0.1, 0.1)),
        (SlipKind.SIDEWAYS, (0.7, 0.15, 0.0, 0.15)),
    ],
)
def test_slips_happen_as_often_as_said_and_lead_where_their_kind_says(kind, shares):
    """Who goes north and slips goes anywhere, so a quarter of the time north; anywhere else; or east and west."""
    plan = plan_of(5, 5, 1, np.random.default_rng(0), slip=0.3, slip_kind=int(kind), steps=1)
    worlds = Worlds(
        wall=np.array([reference.terrain_of(reference.inside(5, 5), 5, 5)], np.uint8),
        start=np.array([reference.index_of((2, 2), 5)], np.int32),
        cell=np.array([[reference.index_of((1, 1), 5)]], np.int32),
        features=np.zeros((1, 1, 3)),
        place=np.zeros((1, 0), np.int8),
    )
    population = cases(20_000, 1_000)
    minds = draw_minds(np.random.default_rng(1), population, hidden=0, greedy=True)
    always_north = np.zeros((population, 7), np.int8)
    minds = minds._replace(controller=np.full(population, OPEN_LOOP, np.uint8)).with_own(
        "open_loop", sequence=always_north
    )
    traces = new_traces(population, 1, 1)
    live(plan, worlds, draw_atlas(plan, worlds), minds, np.arange(population), key_of(5), traces=traces)
    went = [int((traces.cell[:, 0, 1] == 2 * 5 + 2 + step_of(way, 5)).sum()) for way in range(4)]
    assert sum(went) == population
    assert abs(surprise(went, shares)) < TOO_SURPRISING  # where it never goes, never


def test_staying_never_slips():
    plan = plan_of(5, 5, 1, np.random.default_rng(0), slip=0.9, steps=20)
    worlds = draw_worlds(plan, key_of(1), 5)
    minds = draw_minds(np.random.default_rng(1), 4, hidden=0, greedy=True)
    minds = minds._replace(controller=np.zeros(4, np.uint8))
    minds = minds.with_own("open_loop", sequence=np.full((4, 7), reference.STAY, np.int8))
    found = by_segment(plan, Laboratory(plan, worlds, minds, np.arange(4), key_of(5)).live())
    assert (found["moves"] == 0).all()
    assert (found["steps"] == 20).all()


def test_outcomes_of_a_scenario_stand_under_their_names():
    scenario = load_scenario("red_doors")
    layout, plan = genome_layout(scenario), blueprint(scenario, "deployment")
    genomes = draw_founders(scenario, layout, 4)[:: cases(2, 8)]
    minds = express(scenario, layout, genomes)
    worlds = draw_worlds(plan, key_of(2), cases(8, 2))
    lives = live(plan, worlds, draw_atlas(plan, worlds), minds, np.arange(len(genomes)), key_of(3))
    named = dict(zip(outcome_names(scenario), np.moveaxis(lives.outcomes, 2, 0), strict=True))
    assert np.array_equal(named["door_reached"], named["entered.door"])
    assert np.array_equal(named["door_reached"], named["entered_first.door"])
    ended = sum(named[f"entered.{name}"] for name in ("door", "key", "gem", "ball"))
    assert np.isin(ended, [0, 1]).all()  # everything here ends the episode
    assert (ended[named["steps"] < 60] == 1).all()
    assert (named["steps"][ended == 0] == 60).all()
    assert named["door_reached"].mean() > 0.02
    assert ((named["thinking"] > 0).any(axis=1) == (minds.controller == PLANNER)).all()
    assert set(minds.controller) == {HEURISTIC, PLANNER}


def bench(seed: int, *, tree: bool = False, knows_ways: bool = False, algorithm=None, **settings) -> Laboratory:
    """Draw worlds that have everything at once: energy, keys, locks, food, places, respawns and limited sight."""
    rng = np.random.default_rng(seed)
    minds = {"drives": seed % 2, "detects": seed % 3 == 0, "believes": not tree and seed % 3 == 1, "tree": tree}
    minds |= {"algorithm": algorithm} if algorithm else {}
    minds["knows_ways"] = knows_ways
    lab = laboratory(
        seed, greedy=seed % 2 == 0 or tree, minds=minds, places=[[2, 2, 4, 0, 0], [3, -1, 2, 0, 0]], **MANY
    )
    count = len(lab.plan.ends)
    carried = (lab.plan.type_of == 0) & (seed % 4 != 3)
    needs = np.zeros((count, 4), np.int32)
    needs[:, 0] = (lab.plan.type_of == 1) * rng.integers(0, 2, count)
    taken = lab.plan.taken | carried
    plan = lab.plan._replace(
        ends=lab.plan.ends & (rng.random(count) < 0.5),
        carried=carried,
        needs=needs,
        locked=needs.any(axis=1),
        taken=taken,
        respawns=(taken * rng.choice([0, 1, 4, 9], count)).astype(np.int32),
        energy=rng.choice([0.0, 2.0, 7.5, -1.0], count),
        supply=Supply(9.0, 12.0, 0.25, 0.5, 1 / 4096) if seed % 5 != 4 else lab.plan.supply,
        vision=(0, 2, 3)[seed % 3],
        worlds=(0, 2)[seed % 2],
    )
    plan = plan._replace(**settings)
    return lab._replace(plan=plan, worlds=draw_worlds(plan, key_of(seed, 4), MANY["episodes"]))


@pytest.mark.parametrize("seed", range(cases(15, 6)))
def test_lives_with_everything_at_once_equal_those_of_the_twin(seed):
    lab = bench(600 + seed, slip=(0.0, 0.0, 0.1)[seed % 3])
    assert by_segment(lab.plan, check_against_twin(lab))["ended_at"].sum() > 0  # somebody comes to a place


@pytest.mark.parametrize("seed", range(cases(10, 3)))
def test_lives_of_those_who_search_a_tree_equal_those_of_the_twin(seed):
    check_against_twin(bench(700 + seed, tree=True, slip=(0.0, 0.1)[seed % 2]))


@pytest.mark.parametrize("algorithm", ["mcts", "plan_optimization"])
def test_lives_of_those_who_sample_equal_those_of_the_twin(algorithm):
    """In worlds that have everything, on ground that slips and that doesn't."""
    for seed in range(cases(2, 1)):
        lab = bench(900 + seed, algorithm=algorithm, slip=(0.0, 0.1)[seed % 2])
        planning = lab.minds.controller == PLANNER
        minds = select_minds(lab.minds, planning)
        check_against_twin(lab._replace(minds=minds, ids=lab.ids[planning]))


@pytest.mark.parametrize("seed", range(cases(12, 6)))
def test_lives_of_heuristics_that_know_the_ways_equal_those_of_the_twin(seed):
    """Where all stays as it is, and with everything at once: then ways change, and are measured anew."""
    knowing = {"knows_ways": True, "drives": seed % 2, "detects": seed % 4 == 3}
    for lab in (laboratory(800 + seed, hidden=seed % 3, minds=knowing, **MANY), bench(800 + seed, knows_ways=True)):
        reacting = lab.minds.controller == HEURISTIC
        some = select_minds(lab.minds, reacting)
        assert some.own["heuristic"].knows_ways
        check_against_twin(lab._replace(minds=some, ids=lab.ids[reacting]))


def test_lives_with_everything_at_once_have_all_that_can_happen():
    """Starving, eating, opening with a key, and coming back: what the twin is compared on does occur."""
    starved = opened = again = 0
    for seed in range(24):
        lab = bench(600 + seed)
        plan, found = lab.plan, by_segment(lab.plan, lab.live())
        entered = found["entered"]
        starved += (found["survived"] == 0).sum()
        assert ((found["energy"] == 0) | (found["survived"] == 1)).all()
        for kind in set(plan.type_of.tolist()):
            members = plan.type_of == kind
            opened += entered[:, :, kind].sum() * plan.locked[members].all()
            if plan.taken[members].all():
                again += (entered[:, :, kind] > members.sum()).sum()
    assert min(starved, opened, again) > cases(10, 0)


def test_kept_worlds_come_in_turn_and_are_the_same_for_every_batch():
    plan = bench(1, worlds=2).plan
    worlds = draw_worlds(plan, key_of(8), 6)
    for part in worlds:
        assert np.array_equal(part[0], part[2])
        assert np.array_equal(part[1], part[5])
    assert not np.array_equal(worlds.wall[0], worlds.wall[1]) or not np.array_equal(worlds.cell[0], worlds.cell[1])


def test_a_trace_tells_what_the_outcomes_count():
    lab = laboratory(3, population=cases(60, 6), episodes=cases(8, 3), slip=0.2)
    atlas = draw_atlas(lab.plan, lab.worlds)
    traces = new_traces(len(lab.ids), len(lab.worlds.start), lab.plan.steps)
    lives = live(lab.plan, lab.worlds, atlas, lab.minds, lab.ids, lab.key, traces=traces)
    untraced = lab.live()
    assert np.array_equal(lives.outcomes, untraced.outcomes)
    assert np.array_equal(lives.mesa_return, untraced.mesa_return)
    found = by_segment(lab.plan, lives)
    assert np.array_equal((traces.action != OVER).sum(axis=2), found["steps"][:, :, 0])
    assert np.array_equal((traces.cell != OVER).sum(axis=2), found["steps"][:, :, 0] + 1)
    assert (traces.cell[:, :, 0] == lab.worlds.start).all()
    moved = (np.diff(traces.cell, axis=2) != 0) & (traces.cell[:, :, 1:] != OVER)
    assert np.array_equal(moved.sum(axis=2), found["moves"][:, :, 0])
    entered = traces.entered >= 0
    assert entered.any()
    there = np.take_along_axis(atlas.content[None], np.maximum(traces.cell[:, :, 1:], 0), axis=2)
    assert (there[entered] == traces.entered[entered]).all()
    for kind in range(lab.plan.types):
        of_kind = entered & (lab.plan.type_of[traces.entered] == kind)
        assert np.array_equal(of_kind.sum(axis=2), found["entered"][:, :, kind])


@pytest.mark.compiled
def test_a_trace_tells_the_cells_of_worlds_of_any_size():
    scenario = parse_scenario("""
        schema = 1
        title = "A long hall"
        world.size = [34, 1001]
        world.steps = 2
        world.features = ["red"]
        world.objects.door.features = { red = 1 }
        world.start = { kind = "corner", of = "southeast" }
        objectives.base = { "entered.door" = 1 }
        mind.controllers = { open_loop = 1 }
        evolution = { population = 2, generations = 1 }
    """)
    layout, ground = genome_layout(scenario), Grid(scenario, "training", 1).draw(key_of(1), 1)
    traces = new_traces(2, 1, 2)
    live(*ground, express(scenario, layout, draw_founders(scenario, layout, 1)), np.arange(2), key_of(2), traces=traces)
    assert (traces.cell[:, :, 0] == 32 * 1001 + 999).all()


def test_only_planners_are_misled_by_a_wrong_map():
    lab = laboratory(3, population=cases(90, 9), episodes=cases(8, 3))
    atlas = draw_atlas(lab.plan, lab.worlds)
    rng = np.random.default_rng(5)
    wall = lab.worlds.wall.copy().reshape(-1, lab.plan.rows, lab.plan.columns)
    inner = wall[:, 1:-1, 1:-1]
    inner[...] = np.where(rng.random(inner.shape) < 0.4, 1 - inner, inner)
    wall = wall.reshape(lab.worlds.wall.shape)
    np.put_along_axis(wall, lab.worlds.cell, 0, axis=1)
    believed = draw_atlas(lab.plan, lab.worlds._replace(wall=wall))
    misled = live(lab.plan, lab.worlds, atlas, lab.minds, lab.ids, lab.key, believed=believed).outcomes
    changed = (misled != lab.live().outcomes).any(axis=(1, 2))
    planners = lab.minds.controller == PLANNER
    assert changed[planners].any()
    assert not changed[~planners].any()


def test_heuristics_that_know_the_ways_know_those_of_the_map_that_is_believed():
    """Who goes where anything is nearest walks against walls that it doesn't believe in."""
    lab = laboratory(3, population=cases(90, 12), episodes=cases(8, 3), minds={"knows_ways": True}, greedy=True)
    weights = np.zeros_like(lab.minds.own["heuristic"].weights)
    weights[:, [sense_names(FEATURES, knows_ways=True).index(f"way.ahead.{feature}") for feature in FEATURES]] = 1.0
    lab = lab._replace(minds=lab.minds.with_own("heuristic", weights=weights))
    empty = lab.worlds.wall.copy().reshape(-1, lab.plan.rows, lab.plan.columns)
    empty[:, 1:-1, 1:-1] = 0
    believed = draw_atlas(lab.plan, lab.worlds._replace(wall=empty.reshape(lab.worlds.wall.shape)))
    atlas = draw_atlas(lab.plan, lab.worlds)
    misled = live(lab.plan, lab.worlds, atlas, lab.minds, lab.ids, lab.key, believed=believed).outcomes
    changed = (misled != lab.live().outcomes).any(axis=(1, 2))
    assert changed[lab.minds.controller == HEURISTIC].any()
    assert not changed[lab.minds.controller == OPEN_LOOP].any()
