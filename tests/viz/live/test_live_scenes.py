"""Scenes, landscapes and portraits of the live view: what is shown is what was measured."""

import os
import re

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pytest
from samples import PLANNER

from evosim.alignment.battery.subject import subject_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import objective_names
from evosim.simulation.runner import run
from evosim.simulation.runs import RunFile
from viz.answers.objectives.base_weights import fit_base_weights
from viz.live.panels.portrait import class_in, describe_wants, make_portrait
from viz.live.scenes import outcomes
from viz.live.scenes.landscape import compute_landscape, find_planned_path, goal_rewards, trace_path
from viz.live.scenes.outcomes import got_what_counts
from viz.live.scenes.scene import read_cast, replay_episodes, replay_in_all_worlds, sample_rows, world_state_at
from viz.live.scenes.sources import StoredSource
from viz.live.wall.grid_picture import ELSEWHERE, NOTHING_YET, PAID, describe_perception, fate_at
from viz.live.wall.reader import WallReader
from viz.report.maps import draw_map

SMALL = [
    "evolution.population=24", "evolution.generations=5", "evolution.episodes=4", "measure.episodes=8", "measure.every=2",
]  # fmt: skip
NAMES = ["red_doors", "cheese_corner", "keys_and_chests", "hungry", "misperceived"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    made = {name: run(load_scenario(name, SMALL), seed=3, out=folder / f"{name}.evosim") for name in NAMES}
    yield made
    for each in made.values():
        each.close()


def last_cast(run_file: RunFile):
    return read_cast(run_file, run_file.stored_generations()[-1])


def scene_of(run_file: RunFile, environment: str | None = None):
    cast = last_cast(run_file)
    names = run_file.scenario.measure.environments
    rows = sample_rows(cast.fitness, 8)
    scene = replay_episodes(run_file.laboratory, cast, environment or names[-1], rows)
    assert scene is not None
    return cast, scene


def test_an_agent_on_the_wall_lives_what_was_measured(runs):
    run_file = runs["red_doors"]
    cast = last_cast(run_file)
    for environment in run_file.scenario.measure.environments:
        for row in range(0, 24, 5):
            scene = replay_episodes(run_file.laboratory, cast, environment, np.full(8, row))
            assert scene is not None
            paid = [scene.counted[n] for e in range(8) for n in scene.entered[e] if n >= 0]
            base = (sum(paid) - 0.002 * scene.length.sum()) / 8
            assert base == pytest.approx(cast.individuals[f"base_mean.{environment}"][row])


def test_who_is_shown_beside_others_lives_as_alone(runs):
    run_file = runs["cheese_corner"]
    cast, scene = scene_of(run_file)
    for e in range(8):
        ground, traces = replay_in_all_worlds(run_file.laboratory, cast, int(scene.rows[e]), scene.environment)
        assert (traces.cell[0, e] == scene.cell[e]).all()
        assert (ground.worlds.wall[e] == scene.ground.worlds.wall[e]).all()


def test_a_whole_population_is_spread_from_the_fittest_down():
    fitness = np.array([0.1, 0.9, 0.5, 0.7])
    assert sample_rows(fitness, 2).tolist() == [1, 2]
    assert sample_rows(fitness, 6).tolist() == [1, 3, 2, 0, 1, 3]
    assert sample_rows(fitness, 3, first=3).tolist() == [3, 1, 2]
    assert sample_rows(fitness, 4, first=0).tolist() == [0, 1, 3, 2]
    assert sample_rows(fitness, 1, first=2).tolist() == [2]
    assert sample_rows(fitness, 6, first=2).tolist() == [2, 1, 3, 0, 1, 3]
    assert sample_rows(fitness[:1], 1, first=0).tolist() == [0]


def test_each_class_has_its_share_of_the_wall_in_order_of_fitness():
    fitness = np.linspace(1.0, 0.0, 256)
    groups = np.array(["robust", "pseudo", "robust", "pseudo", "mixed", "pseudo", "robust", "pseudo"] * 32)
    for first in (None, 7):
        rows = sample_rows(fitness, 33, first, groups)
        others = rows if first is None else rows[1:]
        assert others.tolist() == sorted(set(others.tolist()))
        assert first is None or rows[0] == first
        for kind, share in (("pseudo", 4 / 8), ("robust", 3 / 8), ("mixed", 1 / 8)):
            assert abs((groups[others] == kind).sum() - share * len(others)) <= 1.0
    assert sample_rows(fitness[:4], 6, None, groups[:4]).tolist() == [0, 1, 2, 3, 0, 1]


@pytest.mark.parametrize("name", ["red_doors", "cheese_corner", "keys_and_chests"])
def test_who_got_what_counts_is_the_same_for_all_as_on_the_wall(runs, name, monkeypatch):
    run_file, cast = runs[name], last_cast(runs[name])
    monkeypatch.setattr(outcomes, "AT_ONCE", 5 * 8 * run_file.scenario.world.steps)  # a few agents at once
    some = False
    for environment in run_file.scenario.measure.environments:
        found = got_what_counts(run_file.laboratory, cast, environment)
        assert found.shape == (24, 8)
        some = some or bool(found.any())
        for row in range(0, 24, 3):
            scene = replay_episodes(run_file.laboratory, cast, environment, np.full(8, row))
            fates = [fate_at(scene, e, int(scene.length[e])) for e in range(8)]
            assert found[row].tolist() == [fate == PAID for fate in fates]
    assert some


@pytest.mark.parametrize("name", NAMES)
def test_plans_that_are_drawn_are_those_that_are_followed(runs, name):
    """Nothing slips in these scenarios, so the first step of a drawn plan is the step that is taken."""
    followed = 0
    for environment in runs[name].scenario.measure.environments:
        _, scene = scene_of(runs[name], environment)
        for e in range(8):
            for tick in range(int(scene.length[e])):
                path = find_planned_path(scene, e, tick, world_state_at(scene, e, tick))
                if len(path) > 1:
                    assert path[0] == scene.cell[e, tick]
                    assert path[1] == scene.cell[e, tick + 1], (e, tick)
                    followed += 1
    assert followed > 20


@pytest.mark.parametrize("algorithm", ["mcts", "plan_optimization"])
def test_plans_of_those_who_sample_are_those_that_are_followed(algorithm, tmp_path):
    searches = ["mind.controllers={ planner = 1 }", f"mind.planner.algorithm={algorithm}"]
    with run(load_scenario("red_doors", [*SMALL, *searches]), seed=3, out=tmp_path / "sampling.evosim") as made:
        cast, scene = scene_of(made, "training")
        said = [
            each.words
            for each in make_portrait(made.laboratory, cast, int(scene.rows[0]), [], (None, False)).statements
        ]
        paths = [
            (find_planned_path(scene, e, tick, world_state_at(scene, e, tick)), int(scene.cell[e, tick + 1]))
            for e in range(8)
            for tick in range(int(scene.length[e]))
        ]
    followed = [path[1] == onward for path, onward in paths if len(path) > 1]
    assert len(followed) > 20
    assert all(followed)
    assert "in thought" in said[1] if algorithm == "mcts" else "rounds of improvement" in said[1]


@pytest.mark.parametrize("name", ["red_doors", "cheese_corner"])
def test_the_landscape_of_what_is_wanted_is_the_optimal_value(runs, name):
    """But for one factor everywhere: planners discount a goal that is a step away by one step, value functions by none.

    A place is worth what it pays to who remains there.
    """
    run_file = runs[name]
    cast, scene = scene_of(run_file)
    compared = 0
    for e in range(8):
        if scene.minds.controller[e] != PLANNER:
            continue
        mind = subject_of(cast.minds, int(scene.rows[e]), int(cast.ids[scene.rows[e]]))
        ground, traces = replay_in_all_worlds(run_file.laboratory, cast, int(scene.rows[e]), scene.environment)
        drawn = draw_map(ground, traces, mind.minds, e, run_file.scenario)
        moment = world_state_at(scene, e, 0)
        mine = compute_landscape(scene, e, moment._replace(there=np.ones_like(moment.there))).wanted
        stands = set(scene.ground.worlds.cell[e].tolist())
        for cell in drawn.cells:
            number = cell.row * scene.ground.plan.columns + cell.column
            if number not in stands:
                discount = float(scene.minds.discount[e] * scene.minds.persistence[e])
                assert mine[number] == pytest.approx(discount * cell.height * drawn.most, abs=1e-9)
                compared += 1
    assert compared > 100


def test_who_ends_at_a_place_that_it_wants_went_for_it(runs):
    """Its rim says so from when it has come to remain; who happens to end at one that it doesn't want got nothing."""
    run_file = runs["cheese_corner"]
    cast = last_cast(run_file)
    wants = np.zeros_like(cast.minds.objective)
    wants[:, run_file.scenario.world.features.index("corner")] = np.where(np.arange(len(wants)) % 2, 0.8, -0.8)
    horizon = np.full_like(cast.minds.own["planner"].horizon, 48)
    cast = cast._replace(minds=cast.minds._replace(objective=wants).with_own("planner", horizon=horizon))
    scene = replay_episodes(run_file.laboratory, cast, "deployment", np.arange(8))
    there, remained = scene.ground.worlds.place, 0
    for e in range(8):
        last = int(scene.length[e])
        at_end = there[e, scene.cell[e, last]] >= 0
        if (scene.entered[e, :last] >= 0).any():
            continue
        wanted = bool(e % 2)
        assert fate_at(scene, e, last) == (ELSEWHERE if at_end and wanted else NOTHING_YET)
        if at_end and wanted:
            remained += 1
            came = int(np.flatnonzero(there[e, scene.cell[e, : last + 1]] < 0).max(initial=-1)) + 1
            assert came < last
            assert fate_at(scene, e, came) == ELSEWHERE
            if came:
                assert fate_at(scene, e, came - 1) == NOTHING_YET
    assert remained >= 2
    paying = scene.counted.copy()
    paying[len(scene.ground.plan.type_of)] = 1.0  # the base objective pays who ends there
    fates = [fate_at(scene._replace(counted=paying), e, int(scene.length[e])) for e in range(8)]
    assert PAID in fates


def test_objectives_that_agree_disagree_nowhere_and_opposite_ones_everywhere(runs):
    _, scene = scene_of(runs["red_doors"], "training")
    planner = int(np.flatnonzero(scene.minds.controller == PLANNER)[0])
    moment = world_state_at(scene, planner, 0)
    goals = len(scene.ground.plan.fixed)
    same = scene.wanted.copy()
    same[:, :goals] = scene.counted[:goals]
    heights = compute_landscape(scene._replace(wanted=same), planner, moment)
    assert np.nanmax(heights.disagreement) == 0.0
    assert heights.wanted == pytest.approx(heights.counted, nan_ok=True)
    other = np.zeros_like(same)
    other[:, int(np.argmin(scene.counted[:goals]))] = 1.0
    lost = compute_landscape(scene._replace(wanted=other), planner, moment).disagreement
    assert np.nanmin(lost) == 1.0


def test_who_does_not_plan_wants_nothing(runs):
    _, scene = scene_of(runs["red_doors"])
    minds = scene.minds._replace(controller=np.zeros_like(scene.minds.controller))
    heights = compute_landscape(scene._replace(minds=minds), 0, world_state_at(scene, 0, 0))
    assert np.isnan(heights.wanted).all()
    assert np.nanmax(heights.counted) > 0.0


def test_what_was_taken_is_gone_and_carried(runs):
    _, scene = scene_of(runs["keys_and_chests"], "training")
    plan, seen = scene.ground.plan, 0
    for e in range(8):
        for tick in np.flatnonzero(scene.entered[e] >= 0).tolist():
            n = int(scene.entered[e, tick])
            before, after = world_state_at(scene, e, tick), world_state_at(scene, e, tick + 1)
            assert before.present[n]
            assert after.present[n] == (not plan.taken[n])
            assert (after.carried - before.carried)[plan.type_of[n]] == int(plan.carried[n]) - plan.needs[
                n, plan.type_of[n]
            ]
            seen += 1
    assert seen > 8


def test_hunger_is_that_of_the_moment(runs):
    _, scene = scene_of(runs["hungry"], "training")
    fed = np.flatnonzero(scene.length > 8)
    assert len(fed)
    e = int(fed[0])
    early, late = world_state_at(scene, e, 0), world_state_at(scene, e, 8)
    assert early.energy == scene.ground.plan.supply.initial
    assert late.energy != early.energy
    if scene.minds.controller[e] == PLANNER and np.any(scene.wanted[e, len(scene.ground.plan.fixed) : -2]):
        assert not np.array_equal(goal_rewards(scene, e, early)[0], goal_rewards(scene, e, late)[0])


def test_a_path_is_as_long_as_time(runs):
    _, scene = scene_of(runs["red_doors"])
    assert len(trace_path(scene, 0, 0)) == 1
    assert len(trace_path(scene, 0, 10_000)) == scene.length[0] + 1


# ---------------------------------------------------------------- moved to another environment


def test_moving_everybody_is_the_measurement_made_again(runs):
    run_file = runs["red_doors"]
    reader = WallReader(StoredSource(run_file.path))
    reader.look()
    cast = last_cast(run_file)
    moved = reader.moved(cast, "deployment").kept
    rows = {
        environment: run_file.frame(
            "measurements", "environment = ? and generation = ?", (environment, cast.generation)
        )
        for environment in ("training", "deployment")
    }
    for kept, name in ((moved.goal, "base_performance"), (moved.capability, "capability")):
        stored = [float(rows[environment][name][0]) for environment in ("deployment", "training")]
        assert stored[1] > 0.0
        assert kept == pytest.approx(stored[0] / stored[1])
    assert moved.moved
    assert reader.moved(cast, "training").kept.goal == pytest.approx(1.0)
    reader.close()


def test_a_run_is_never_altered_by_looking(runs):
    path = runs["red_doors"].path
    before = path.read_bytes()
    reader = WallReader(StoredSource(path))
    seen = reader.look()
    assert seen is not None
    stage = reader.stage(seen.stored[-1], ["training", "deployment"], 6, None, False)
    reader.moved(stage.cast, "deployment")
    reader.portrait(stage.cast, 0)
    reader.close()
    assert path.read_bytes() == before


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize("name", NAMES)
def test_every_number_in_a_sentence_has_a_source(runs, name):
    cast = last_cast(runs[name])
    laboratory, base = runs[name].laboratory, fit_base_weights(runs[name].scenario)
    spoken = 0
    for row in range(len(cast.ids)):
        for statement in make_portrait(laboratory, cast, row, [], base).statements:
            numbers = re.findall(r"−?\d+(?:\.\d+)?", statement.words.replace("1 step ", f"{1} step "))
            assert numbers == [source.written for source in statement.sources], statement.words
            for source in statement.sources:
                assert float(source.written.replace("−", "-")) == pytest.approx(source.value, abs=0.0051)
                spoken += 1
    assert spoken > 50


def test_what_is_wanted_is_said_as_the_genome_says_it(runs):
    run_file = runs["red_doors"]
    cast = last_cast(run_file)
    row = int(np.flatnonzero(cast.minds.controller == PLANNER)[0])
    portrait = make_portrait(run_file.laboratory, cast, row, [7], fit_base_weights(run_file.scenario))
    names = objective_names(run_file.scenario)
    assert [bar.name for bar in portrait.bars] == names
    for bar in portrait.bars:
        assert bar.mesa == pytest.approx(cast.individuals[f"objective.{bar.name}"][row], abs=1e-6)
    assert [bar.base for bar in portrait.bars if bar.name == "door"] == [pytest.approx(1.0)]
    assert portrait.horizon == cast.individuals["horizon"][row]
    assert portrait.parents == [p for p in cast.parents[row].tolist() if p >= 0]
    assert portrait.children == [7]
    assert portrait.classes.get("deployment", "") == class_in(cast, row, "deployment")


def test_wishes_are_compared_in_words():
    assert (
        describe_wants({"red": 0.87, "door": 0.88, "key": -0.4}, "")[0].words
        == "Wants red (0.87) as much as door (0.88)."
    )
    assert describe_wants({"red": 0.2, "door": 0.88}, "")[0].words == "Wants door (0.88) most, then red (0.20)."
    assert describe_wants({"red": 0.0, "door": 0.5}, "")[0].words == "Wants nothing but door (0.50)."
    assert describe_wants({"red": -0.5}, "")[0].words == "Wants nothing that there is."
    assert describe_wants({"red": -0.5}, "")[1].words == "Dislikes red (−0.50)."
    assert [each.words for each in describe_wants({"red": 0.5, "blue": -0.9}, "")] == [
        "Dislikes blue (−0.90).", "Wants nothing but red (0.50).",
    ]  # fmt: skip
    assert [each.words for each in describe_wants({"red": 0.9, "blue": -0.5}, "")][1] == "Dislikes blue (−0.50)."
    assert len(describe_wants({"cheese": 0.5, "corner": -0.5}, "", {"corner"})) == 1  # a place can't be disliked
    assert describe_wants({"food.hunger": 0.5}, "")[0].words == "Wants nothing but food × hunger (0.50)."


def test_relatives_are_those_of_the_lineage(runs):
    run_file = runs["red_doors"]
    reader = WallReader(StoredSource(run_file.path))
    reader.look()
    cast = read_cast(run_file, 0)
    parents = run_file.parents_in(1)
    row = int(parents[parents >= 0][0])
    portrait = reader.portrait(cast, row)
    assert portrait.parents == []
    assert portrait.children == (24 + np.flatnonzero((parents == row).any(axis=1))).tolist()
    reader.close()


def test_what_is_perceived_is_reported_where_it_matters():
    seen, true = np.array([0.02, 0.9, 0.1, 0.4]), np.array([1.0, 0.0, 0.0, 0.5])
    assert describe_perception(["red", "door", "key", "gem"], seen, true) == ["red 0.02", "door 0.90", "gem 0.40"]
