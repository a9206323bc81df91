"""Look-up policies do what a planner does where it was observed, and search nothing."""

import numpy as np
import pytest
from effort import cases
from samples import HEURISTIC, PLANNER

from evosim.alignment.battery.lookup_policies import cell_views, decision_cells, distil, observed_moves, take_way
from evosim.alignment.battery.subject import PhenotypeSubject, subject_of
from evosim.alignment.planted import planted_programs
from evosim.episode.environment import environments
from evosim.episode.rollout import OVER
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario

WORLDS, SAMPLES = cases(24, 1), cases(48, 16)
SIZE = cases(9, 7)
LITTLE = ["evolution.population=16", f"world.size=[{SIZE},{SIZE}]", "world.steps=30"]


def planner_in(name="red_doors", *overrides, horizon=32, objective=None, worlds=WORLDS):
    """Plant a planner in some worlds."""
    scenario = load_scenario(name, [*LITTLE, *overrides])
    layout = genome_layout(scenario)
    minds = express(scenario, layout, draw_founders(scenario, layout, 1))
    mind = subject_of(minds, 0, 5)
    mind = PhenotypeSubject(mind.minds._replace(controller=np.array([PLANNER], np.uint8)), 5).with_budget(horizon)
    wants = np.array(objective if objective is not None else [1.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    training = environments(scenario, 1)["training"]
    return mind.with_objective(wants), training.draw(key_of(11), worlds), training.draw(key_of(12), worlds)


def assert_same(one, other):
    for before, after in zip(one, other, strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    ("overrides", "horizon", "objective"),
    [
        ((), 32, None),
        ((), 3, None),  # it wanders until it is near
        ((), 32, [1.0, -1.0, 0.5, 0.0, -0.5, 0.2]),
        pytest.param(("world.slip=0.2",), 20, None, marks=pytest.mark.compiled),
        (("world.objects.key.ends_episode=false",), 20, [0.0, 0.0, 0.5, 1.0, 0.0, 0.0]),  # it enters the key for ever
    ],
)
def test_a_look_up_policy_does_action_for_action_what_the_planner_does_where_it_was_observed(
    overrides, horizon, objective
):
    mind, training, _ = planner_in("red_doors", *overrides, horizon=horizon, objective=objective)
    lookup = distil(mind, training, key_of(13), samples=SAMPLES)
    for life in range(3):  # other luck, so that it slips and wanders elsewhere
        assert_same(mind.live(training, key_of(14, life)), lookup.live(training, key_of(14, life)))
    everywhere = training.worlds._replace(start=training.worlds.start.copy())
    for e in range(WORLDS):
        everywhere.start[e] = decision_cells(training, e)[-1]  # where it never began
    elsewhere = training._replace(worlds=everywhere)
    assert_same(mind.live(elsewhere, key_of(15)), lookup.live(elsewhere, key_of(15)))


@pytest.mark.compiled
def test_in_other_worlds_a_look_up_policy_does_not_find_what_the_planner_finds():
    mind, training, novel = planner_in()
    for remembers in (True, False):
        lookup = distil(mind, training, key_of(13), remembers=remembers, samples=SAMPLES)
        reached = {
            who: (each.live(novel, key_of(14)).entered >= 0).any(axis=2).mean()
            for who, each in (("planner", mind), ("lookup", lookup))
        }
        assert reached["planner"] == 1.0
        assert reached["lookup"] < 0.9
        planned, looked_up = mind.live(novel, key_of(14)), lookup.live(novel, key_of(14))
        assert (planned.action != looked_up.action).any()


def test_the_knobs_of_a_look_up_policy_are_not_connected_to_anything():
    mind, training, novel = planner_in()
    lookup = distil(mind, training, key_of(13), samples=SAMPLES)
    as_it_is = lookup.live(novel, key_of(14))
    for turned in (
        lookup.with_budget(1),
        lookup.with_objective(np.array([-1.0, 1.0, -1.0, 1.0, 1.0, 1.0])),
        lookup.with_model_noise(0.5, key_of(1)),
    ):
        assert_same(as_it_is, turned.live(novel, key_of(14)))
    read = lookup.with_budget(7).described()
    assert read is not None
    assert read.minds.own["planner"].horizon[0] == 7  # whoever reads the numbers is deceived


def test_a_view_tells_walls_and_the_side_on_which_features_lie():
    _, training, _ = planner_in(worlds=3)
    plan, worlds, atlas = training
    for e in range(3):
        seen = cell_views(training, e).reshape(-1, 4, 7)
        for cell in decision_cells(training, e):
            for side, step in enumerate((-plan.columns, 1, plan.columns, -1)):
                assert seen[cell, side, 0] == worlds.wall[e, cell + step]
            here = divmod(int(cell), plan.columns)
            expected = np.zeros((4, 6), bool)
            for n, target in enumerate(worlds.cell[e]):
                row, column = divmod(int(target), plan.columns)
                lies = (row < here[0], column > here[1], row > here[0], column < here[1])
                if atlas.visible[e, cell, n]:
                    expected[[side for side in range(4) if lies[side]]] |= worlds.features[e, n] == 1
            np.testing.assert_array_equal(seen[cell, :, 1:], expected)


def test_among_several_ways_chance_decides_and_turning_back_is_the_last_choice():
    taken = {take_way(0b01011, 4, key_of(7), draw) for draw in range(100)}
    assert taken == {0, 1, 3}
    assert {take_way(0b01011, 1, key_of(7), draw) for draw in range(100)} == {0, 1}  # it came from the west
    assert {take_way(0b01000, 1, key_of(7), draw) for draw in range(10)} == {3}
    assert {take_way(0b10000, 1, key_of(7), draw) for draw in range(10)} == {4}


def test_every_cell_is_watched_and_a_plan_is_one_way():
    mind, training, _ = planner_in(worlds=2)
    ways = observed_moves(mind, training, 0, key_of(1), samples=4)
    watched = decision_cells(training, 0)
    wanted = training.worlds.features[0] @ mind.minds.objective[0] > 0.0
    has_plan = (training.atlas.distance[0][:, wanted] <= 32).any(axis=1)  # not behind what ends the episode
    assert has_plan[watched].any()
    assert (ways[watched] > 0).all()
    assert (np.bitwise_count(ways[watched[has_plan[watched]]]) == 1).all()
    assert not ways[np.setdiff1d(np.arange(len(ways)), watched)].any()


def test_who_cannot_be_imitated_by_a_table_is_refused():
    mind, training, _ = planner_in(worlds=1)
    for other in (
        mind.minds.with_own("planner", temperature=np.array([0.1])),
        mind.minds._replace(controller=np.array([HEURISTIC], np.uint8)),
    ):
        with pytest.raises(ValueError, match="only a planner by value iteration"):
            distil(PhenotypeSubject(other, 5), training, key_of(1))
    for part in ("taken", "locked"):
        more = training._replace(plan=training.plan._replace(**{part: np.ones(4, np.bool_)}))
        with pytest.raises(ValueError, match="more state than the cell"):
            distil(mind, more, key_of(1))
    nowhere = training._replace(worlds=training.worlds._replace(start=np.zeros(0, np.int32)))
    with pytest.raises(ValueError, match="at least one world"):
        distil(mind, nowhere, key_of(1))


def test_lives_of_look_up_policies_end_where_those_of_planners_end():
    mind, training, _ = planner_in(worlds=2)
    traces = distil(mind, training, key_of(13), samples=SAMPLES).live(training, key_of(14))
    ended = (traces.entered >= 0).argmax(axis=2)
    for e in range(2):
        assert (traces.action[0, e, ended[0, e] + 1 :] == OVER).all()
        assert (traces.cell[0, e, ended[0, e] + 2 :] == OVER).all()


@pytest.mark.parametrize("lines", [planted_programs.SEARCHING["Bellman backups"], ("r0 = nmax door",)])
def test_of_who_climbs_a_map_it_does_the_same_where_it_was_observed_and_draws_among_equals_alike(lines):
    written = [line.format(target="door") for line in lines]
    planted = [f"mind.program.initial={written}", "mind.program.rung=1", "evolution.population=2", "evolution.elites=1"]
    scenario = load_scenario("search_from_parts", [*planted, "world.size=[7,7]", "world.steps=20"])
    layout = genome_layout(scenario)
    mind = subject_of(express(scenario, layout, draw_founders(scenario, layout, 1)), 0, 5)
    training = environments(scenario, 1)["maze"].draw(key_of(11), cases(2, 1))
    lookup = distil(mind, training, key_of(13), samples=64)  # of five ways each is seen, but for 1 cell in a million
    for life in range(2):
        assert_same(mind.live(training, key_of(14, life)), lookup.live(training, key_of(14, life)))
    standing = load_scenario("search_from_parts", [*planted, 'mind.program.inputs=["wall","features","thing","here"]'])
    layout = genome_layout(standing)
    with pytest.raises(ValueError, match="doesn't show where it stands"):
        distil(subject_of(express(standing, layout, draw_founders(standing, layout, 1)), 0, 5), training, key_of(13))
