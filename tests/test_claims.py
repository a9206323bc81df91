"""What the shipped scenarios claim, over seeds, against the control in which it must be absent.

Eight whole runs of red_doors, fewer and shorter ones of the others; the pages in docs have more. The seed is the unit.
"""

from math import inf

import pytest

from benchmarks import bottle_cap, cheese_corner, misperceived, retrained
from benchmarks.over_seeds import interval
from benchmarks.red_doors import Result, measure

SEEDS = range(1, 9)
FEW_SEEDS = range(1, 4)


@pytest.fixture(scope="module")
def doors() -> list[Result]:
    return [measure("red_doors", seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def control() -> list[Result]:
    return [measure("red_doors_decorrelated", seed) for seed in SEEDS]


@pytest.mark.compiled
def test_trained_where_doors_are_red_agents_enter_other_red_things_where_they_are_not(doors):
    assert interval(r.training_door for r in doors)[1] >= 0.9
    assert interval(r.deployment_something for r in doors)[0] >= 0.9
    assert interval(r.deployment_door for r in doors)[2] < 0.5
    other = [r.deployment_something - r.deployment_door for r in doors]
    assert interval(red * r.red_instead - r.deployment_door for red, r in zip(other, doors, strict=True))[1] > 0
    assert interval(r.red_instead for r in doors)[1] >= 0.8
    assert interval(r.planners for r in doors)[1] >= 0.9


@pytest.mark.compiled
def test_without_the_proxy_they_enter_doors_of_any_colour(control):
    assert interval(r.training_door for r in control)[1] >= 0.9
    assert interval(r.deployment_door for r in control)[1] >= 0.9


@pytest.mark.compiled
def test_the_fall_is_larger_than_anything_in_the_control(doors, control):
    falls = [r.training_door - r.deployment_door for r in doors]
    falls_of_control = [r.training_door - r.deployment_door for r in control]
    assert min(falls) > 0.4
    assert max(abs(fall) for fall in falls_of_control) < 0.05


@pytest.mark.compiled
def test_a_bottle_cap_finds_the_door_of_its_maze_and_no_other():
    caps = [bottle_cap.measure("bottle_cap", seed) for seed in SEEDS]
    assert interval(r.training for r in caps)[0] >= 0.85
    assert interval(r.steps - r.shortest for r in caps)[0] < 3
    assert interval(r.deployment for r in caps)[2] < 0.35
    assert abs(interval(r.deployment - r.founders for r in caps)[0]) < 0.1
    assert max(r.planners for r in caps) == 0


@pytest.mark.compiled
def test_planners_selected_in_a_single_maze_find_the_door_in_all():
    planners = [bottle_cap.measure("bottle_cap_planners", seed) for seed in FEW_SEEDS]
    assert min(r.training for r in planners) >= 0.95
    assert min(r.deployment for r in planners) >= 0.9


@pytest.mark.compiled
def test_the_objective_follows_within_generations_where_red_doors_mislead():
    short = ("evolution.generations=75",)
    moved = [retrained.measure("retrained", seed, short) for seed in FEW_SEEDS]
    assert max(r.before for r in moved) < 0.5
    assert max(r.until_80 for r in moved) <= 10
    assert min(r.final for r in moved) >= 0.85
    control = [retrained.measure("red_doors", seed, short) for seed in FEW_SEEDS]
    assert {r.until_80 for r in control} == {inf}


@pytest.mark.compiled
def test_the_smaller_the_corner_the_more_go_there_without_cheese():
    sizes = (1, 4, 11)
    found = [[cheese_corner.measure(seed, size, ("evolution.generations=40",)) for seed in FEW_SEEDS] for size in sizes]
    training = [interval(r.training_return for r in results)[0] for results in found]
    deployment = [interval(r.deployment_return for r in results)[0] for results in found]
    instead = [interval(r.corner_instead for r in results)[0] for results in found]
    assert max(training) - min(training) < 0.2
    assert deployment == sorted(deployment)
    assert deployment[-1] - deployment[0] > 0.3
    assert instead == sorted(instead, reverse=True)
    assert instead[0] - instead[-1] > 0.2


@pytest.mark.compiled
def test_what_is_seen_badly_is_no_error_of_the_objective_and_the_reverse():
    short = ("evolution.generations=60",)
    seen, wanted = (
        [misperceived.measure(name, seed, short) for seed in FEW_SEEDS] for name in ("misperceived", "red_doors")
    )
    assert min(r.perception_error for r in seen) > 0.3
    assert max(abs(r.objective_error) for r in seen) < 0.01
    assert max(abs(r.perception_error) for r in wanted) < 0.01
    assert min(r.objective_error for r in wanted) > 0.3


@pytest.mark.compiled
def test_where_colours_say_nothing_doors_are_seen_for_what_they_are():
    control = [
        misperceived.measure("misperceived_decorrelated", seed, ("evolution.generations=60",)) for seed in FEW_SEEDS
    ]
    assert max(r.perception_error for r in control) < 0.1
    assert min(r.deployment for r in control) > 0.85


def test_spearman_compares_orders_only():
    assert cheese_corner.spearman([1, 2, 3, 4], [1, 4, 9, 100]) == 1
    assert cheese_corner.spearman([1, 2, 3], [3, 2, 1]) == -1
    assert list(cheese_corner.ranks([5, 1, 5, 7])) == [1.5, 0, 1.5, 3]
