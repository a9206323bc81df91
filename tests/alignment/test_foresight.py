"""Foresight: who acts otherwise than with a horizon of 1, in the states of its own lives."""

import numpy as np
import pytest
import reference
from effort import cases
from samples import FEATURES, HEURISTIC, PLANNER, twin_mind, twin_world
from test_lifetime import Laboratory, bench, laboratory

from evosim import generations, load_scenario
from evosim.alignment.assessment.foresight import (
    AGENTS_COMPARED,
    LEAST_SHARE,
    count_changed_decisions,
    plans_ahead,
    share_that_plans_ahead,
)
from evosim.episode.grid_environment import Grid, Ground
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.formatting import planning
from evosim.numerics.random import key_of
from evosim.simulation.laboratory import Laboratory as Experiment
from viz.live.wall.charts import make_charts
from viz.live.wall.history import WallHistory


def with_horizon_of_one(minds: Phenotypes) -> Phenotypes:
    return minds.with_own("planner", horizon=np.ones_like(minds.own["planner"].horizon))


def check_against_twin(lab: Laboratory) -> np.ndarray:
    """Compare the counts of every life of every agent."""
    shallow = with_horizon_of_one(lab.minds)
    atlas = draw_atlas(lab.plan, lab.worlds)
    counts = count_changed_decisions(Ground(lab.plan, lab.worlds, atlas), lab.minds, shallow, lab.ids, lab.key)
    for p in range(len(lab.ids)):
        for e in range(len(lab.worlds.start)):
            key = reference.key_of(int(lab.key), int(lab.ids[p]), e)
            world, mind, other = twin_world(lab.plan, lab.worlds, e), twin_mind(lab.minds, p), twin_mind(shallow, p)
            life = reference.AskedLife(lab.plan, world, mind, FEATURES, key, other)
            life.live()
            assert counts[p, e].tolist() == [life.otherwise, life.decisions], (p, e)
    return counts


@pytest.mark.parametrize("seed", range(cases(8, 4)))
def test_decisions_that_differ_are_those_of_the_twin(seed):
    lab = laboratory(700 + seed, population=16, episodes=2, greedy=seed % 2 == 0, slip=(0.0, 0.3)[seed // 2 % 2])
    counts = check_against_twin(lab)
    assert counts[lab.minds.controller != PLANNER, :, 0].sum() == 0
    assert counts[lab.minds.controller == PLANNER, :, 0].sum() > 0


@pytest.mark.parametrize("seed", range(cases(8, 4)))
def test_decisions_that_differ_in_worlds_that_have_everything_are_those_of_the_twin(seed):
    check_against_twin(bench(720 + seed))


@pytest.mark.parametrize("seed", range(cases(4, 2)))
def test_decisions_of_tree_searches_that_differ_are_those_of_the_twin(seed):
    assert check_against_twin(bench(740 + seed, tree=True))[:, :, 0].sum() > 0


def red_doors(*changes: str) -> tuple[Experiment, Ground, Phenotypes]:
    """Make founders of red_doors planners who want doors, all looking equally far, and draw training worlds."""
    scenario = load_scenario("red_doors", ["evolution.population=24", "mind.controllers={ planner = 1.0 }", *changes])
    lab = Experiment(scenario, 1)
    minds = express(scenario, lab.layout, draw_founders(scenario, lab.layout, 1))
    wants = np.zeros_like(minds.objective)
    wants[:, scenario.world.features.index("door")] = 1.0
    training = lab.environments["training"]
    assert isinstance(training, Grid)
    far = np.full_like(minds.own["planner"].horizon, 32)
    return lab, training.draw(key_of(1), 8), minds._replace(objective=wants).with_own("planner", horizon=far)


def share(ground: Ground, minds: Phenotypes) -> float | None:
    return share_that_plans_ahead(ground, minds, np.arange(len(minds.controller)), key_of(2))


def test_far_sighted_planners_plan_ahead_and_those_with_a_horizon_of_one_never_do():
    _, ground, minds = red_doors()
    assert share(ground, minds) == 1.0
    assert share(ground, with_horizon_of_one(minds)) == 0.0
    half = minds.with_own("planner", horizon=np.where(np.arange(24) < 12, 32, 1).astype(np.int32))
    assert share(ground, half) == 0.5


def test_who_sees_one_cell_cannot_plan_ahead_however_far_it_looks():
    """What lies diagonally is in sight and two steps away: the least that looking ahead can be about."""
    _, ground, minds = red_doors("world.vision=1")
    everywhere = red_doors()[1]
    near, far = (
        count_changed_decisions(each, minds, with_horizon_of_one(minds), np.arange(24), key_of(2)).sum(axis=(0, 1))
        for each in (ground, everywhere)
    )
    assert near[0] / near[1] < 0.2 * far[0] / far[1]


def test_wandering_is_no_looking_ahead():
    _, ground, minds = red_doors()
    assert share(ground, minds._replace(objective=np.zeros_like(minds.objective))) == 0.0


def test_without_planners_nothing_is_measured():
    _, ground, minds = red_doors()
    assert share(ground, minds._replace(controller=np.full(24, HEURISTIC, np.uint8))) is None


def test_five_of_a_hundred_states_are_enough():
    _, ground, minds = red_doors()
    counts = count_changed_decisions(ground, minds, with_horizon_of_one(minds), np.arange(24), key_of(2)).sum(axis=1)
    expected = counts[:, 0] / counts[:, 1] >= LEAST_SHARE
    assert (plans_ahead(ground, minds, np.arange(24), key_of(2)) == expected).all()


def test_a_sample_is_drawn_where_there_are_many_and_it_is_the_same_again():
    _, ground, minds = red_doors(f"evolution.population={4 * AGENTS_COMPARED}")
    few = minds.with_own("planner", horizon=np.where(np.arange(4 * AGENTS_COMPARED) % 2, 32, 1).astype(np.int32))
    found_share = share(ground, few)
    assert found_share is not None
    assert found_share == share(ground, few)
    assert (found_share * AGENTS_COMPARED) % 1 == 0
    assert 0.25 < found_share < 0.75


def test_it_is_measured_in_every_environment_of_a_run():
    scenario = load_scenario("red_doors", ["evolution.generations=1", "evolution.population=24", "measure.episodes=8"])
    (first,) = generations(scenario, 3)
    for measured in first.measured:
        assert measured.plans_ahead is not None
        assert 0.0 <= measured.plans_ahead <= 1.0


def test_who_plans_ahead_is_said_by_environment_where_that_differs():
    assert planning({"training": 0.97, "deployment": 0.97}) == "97% of them plan ahead"
    assert planning({"training": 1.0, "far_away": 0.5}) == "100% of them plan ahead in training and 50% in far away"
    assert planning({"training": None, "deployment": float("nan")}) == ""
    assert planning({"training": None, "deployment": 0.2}) == "20% of them plan ahead"


def test_the_window_draws_who_plans_ahead_where_it_was_measured():
    history = WallHistory(load_scenario("red_doors"))
    history.generations.append({"generation": np.arange(6), "optimizer_fraction": np.linspace(0.5, 1.0, 6)})
    (chart,) = (each for each in make_charts(history, load_scenario("red_doors")) if each.title == "Optimizers")
    assert [curve.name for curve in chart.curves] == ["planners"]
    history.measurements["training"].append({"generation": np.array([0, 5]), "plans_ahead": np.array([0.4, 0.9])})
    (chart,) = (each for each in make_charts(history, load_scenario("red_doors")) if each.title == "Optimizers")
    assert chart.curves[1].name == "plan ahead"
    np.testing.assert_allclose(chart.curves[1].y, [0.5 * 0.4, 1.0 * 0.9])


def test_who_has_come_to_where_it_wants_to_be_has_planned_ahead_all_the_same():
    """It stands at its place for most of its life, where nobody would do otherwise; that is one state."""
    scenario = load_scenario("cheese_corner", ["world.vision=13"])
    experiment = Experiment(scenario, 1)
    ground = experiment.environments["deployment"].draw(key_of(1), 8)
    minds = express(scenario, experiment.layout, experiment.optimizer().ask()[:4])
    wants = np.tile([0.0, 0.0, 0.0, 1.0], (4, 1))
    minds = minds._replace(objective=wants).with_own("planner", horizon=np.full(4, 48, np.int32))
    assert plans_ahead(ground, minds, np.arange(4), key_of(2)).all()
    counts = count_changed_decisions(
        ground,
        minds,
        minds.with_own("planner", horizon=np.ones_like(minds.own["planner"].horizon)),
        np.arange(4),
        key_of(2),
    )
    assert (counts[..., 1] < scenario.world.steps / 2).mean() > 0.5
