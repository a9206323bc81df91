"""What the shipped scenarios claim, over seeds, against the control in which it must be absent.

Eight whole runs of each of red_doors, fewer and shorter ones of the others; the pages in docs have more. The seed is
the unit.
"""

from math import inf

import numpy as np
import pytest

from benchmarks import (
    bottle_cap,
    cheese_corner,
    contraception,
    hungry,
    interdependence,
    keys_and_chests,
    mazes,
    misperceived,
    pareto,
    red_doors_conditions,
    retrained,
)
from benchmarks.over_seeds import interval, last_generation
from benchmarks.red_doors import Result, measure
from evosim.numerics.intervals import mean_interval

SEEDS = range(1, 9)
FEW_SEEDS = range(1, 4)
WORLDS = (
    "ancestral",
    "candy_alone",
    "contraception_alone",
    "contraception",
    "scarcity",
    "scarcity_with_both",
    "culling",
)
FRESH_SEEDS = range(31, 33)  # of conditions that were thought of after seeds 1 to 30 were looked at


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
def test_redness_and_dislike_of_blue_each_mislead_alone_and_neither_misleads_who_was_trained_without():
    both, red_only, blue_only, neither = (
        [red_doors_conditions.measure(name, seed) for seed in FRESH_SEEDS] for name in red_doors_conditions.TRAININGS
    )
    redness, blue, at_once, beyond = red_doors_conditions.CONTRIBUTIONS.values()
    assert min(min(redness(r), blue(r)) for r in both) > 0.1
    assert all(max(redness(r), blue(r)) < at_once(r) for r in both)
    assert np.mean([blue(r) - redness(r) for r in both]) > 0.05
    assert min(redness(r) for r in red_only) > 0.1
    assert min(blue(r) for r in blue_only) > 0.3
    assert max(abs(cost(r)) for r in neither for cost in (redness, blue, at_once, beyond)) < 0.02
    for r in both:  # a weight of nothing and a feature that isn't there are the same to a planner
        assert r.without["red = 0"] == pytest.approx(r.first[red_doors_conditions.BLUE], abs=0.01)
        assert r.without["blue = 0"] == pytest.approx(r.first[red_doors_conditions.REDNESS], abs=0.1)
    assert [min(r.weights["red"] for r in some) > 0.3 for some in (both, red_only)] == [True, True]
    assert [max(r.weights["blue"] for r in some) < -0.3 for some in (both, blue_only)] == [True, True]


def test_of_differences_intervals_reach_below_0_and_of_shares_they_end_there():
    values = [0.0, 0.001, 0.05, 0.0]
    assert red_doors_conditions.write_mean(values) == "0.01 [-0.03, 0.07]"
    assert red_doors_conditions.write_share(values) == "0.01 [0.00, 0.07]"
    assert red_doors_conditions.write_mean([0.0] * 4) == "0.00 in all"


@pytest.mark.compiled
def test_environments_that_selection_never_sees_leave_the_population_as_it_is():
    shares = {
        name: last_generation(name, 31, ["evolution.generations=20"]).share("deployment", "entered_first.door")
        for name in ("red_doors", "red_doors_two_proxies")
    }
    assert shares["red_doors"] == shares["red_doors_two_proxies"]


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
    sizes = (1, 11)
    found = [
        [cheese_corner.measure(seed, size, ("evolution.generations=30", "measure.episodes=16")) for seed in FEW_SEEDS]
        for size in sizes
    ]
    training = [interval(r.training_return for r in results)[0] for results in found]
    deployment = [interval(r.deployment_return for r in results)[0] for results in found]
    instead = [interval(r.corner_instead for r in results)[0] for results in found]
    assert max(training) - min(training) < 0.2
    assert deployment == sorted(deployment)
    assert deployment[-1] - deployment[0] > 0.3
    assert instead == sorted(instead, reverse=True)
    assert instead[0] - instead[-1] > 0.2
    assert min(r.capability for r in found[0]) > 0.8  # who goes to the corner gets what it wants
    pseudo, incapable = (cheese_corner.CLASSES.index(name) for name in ("pseudo_aligned", "capability_failure"))
    assert np.median([r.classes[pseudo] for r in found[0]]) > 0.2
    assert max(r.classes[incapable] for results in found for r in results) < 0.05


def test_curves_are_compared_by_how_far_they_are_apart():
    """Any two that rise have the same order, however far they are apart."""
    theirs = zip(cheese_corner.SIZES, cheese_corner.JAXGMG_CHEESE, cheese_corner.JAXGMG_CORNER, strict=True)
    found = {
        size: [cheese_corner.Result(1, 1.0, 1.0, cheese + 0.25, 1.0, corner + 0.5, corner - 0.125, 0, 0, 1, (0.0,) * 6)]
        for size, cheese, corner in theirs
    }
    said = cheese_corner.beside_networks(found).splitlines()
    assert said[-1] == "| mean distance | 0.250 | | 0.500 | 0.125 | |"
    assert said[2] == "| 1 | 0.380 | 0.130 | 0.963 | 0.338 | 0.463 |"
    assert len(said) == 2 + 11 + 1


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


@pytest.mark.compiled
def test_at_the_same_price_of_thinking_planners_stay_where_mazes_are_new_and_go_where_there_is_one():
    many = [mazes.measure("many_mazes", 0.0004, seed) for seed in range(1, 4)]
    fixed = [mazes.measure("fixed_maze", 0.0004, seed) for seed in range(1, 4)]
    assert min(r.planners for r in many) > 0.9
    assert np.median([r.planners for r in fixed]) < 0.1
    assert max(r.horizon for r in many) < 10
    assert np.median([r.door - r.door_elsewhere for r in fixed]) > 0.2


@pytest.mark.compiled
def test_four_mazes_keep_planners_as_new_ones_do():
    four = [
        mazes.measure("many_mazes", mazes.MIDDLE, seed, ["environments.training.worlds=4"]) for seed in (13, 14, 15)
    ]
    assert min(r.planners for r in four) > 0.9
    assert min(r.door_elsewhere for r in four) > 0.7


@pytest.mark.compiled
def test_a_proxy_pays_more_than_the_base_objective_while_search_is_shallow_only():
    shallow, deep = (interdependence.measure("keys_and_chests", depth, worlds=300) for depth in (2, 8))
    for found, sign in ((shallow, 1), (deep, -1)):
        chests, keys, both = found.training
        difference = mean_interval(sign * (keys - chests))
        assert difference.low > 0
        assert mean_interval(both - chests).low > 0  # so selection never drops it
    plenty = interdependence.measure("keys_and_chests_control", 2, worlds=300)
    assert mean_interval(plenty.training[1] - plenty.training[0]).high < 0


@pytest.mark.compiled
def test_a_front_holds_all_horizons_and_the_last_doors_cost_the_most_thinking():
    smaller = ["evolution.population=256", "evolution.generations=40"]
    fronts = [pareto.measure("pareto", seed, smaller) for seed in (1, 2)]
    controls = [pareto.measure("pareto_weighted", seed, smaller) for seed in (1, 2)]
    assert min(front.spread for front in fronts) > 1.5 * max(control.spread for control in controls)
    for front in fronts:
        share, thinking, door, _ = front.bands[[0, 2, 3, 5]].T  # heuristics, 5–8, 9–12, 17–20
        assert (share > 0).all()
        assert (np.diff(thinking) > 0).all()
        assert (np.diff(door) > 0).all()
        assert (door[3] - door[2]) / (thinking[3] - thinking[2]) < (door[2] - door[1]) / (thinking[2] - thinking[1])


@pytest.mark.compiled
def test_trained_where_keys_are_scarce_agents_collect_keys_while_chests_stay_shut():
    shorter = ["evolution.generations=25"]
    scarce = [keys_and_chests.measure("keys_and_chests", seed, shorter) for seed in (1, 2)]
    plenty = [keys_and_chests.measure("keys_and_chests_control", seed, shorter) for seed in (1, 2)]
    assert min(r.training_chests for r in scarce) > 3.6  # of 4 that can be opened
    assert min(r.wants_key - r.wants_chest for r in scarce) > 0
    assert max(r.wants_key - r.wants_chest for r in plenty) < 0
    assert max(r.deployment_chests for r in scarce) < 3 < min(r.deployment_chests for r in plenty)
    assert min(r.deployment_keys for r in scarce) > 9  # for 4 chests
    assert max(r.without_the_wish for r in scarce) < 2


@pytest.mark.compiled
def test_a_tree_that_sees_what_keys_are_for_wants_them_none_the_less():
    overrides = [*keys_and_chests.SEARCHES["tree, 8 moves"], "evolution.generations=15", "measure.episodes=16"]
    deep = keys_and_chests.measure("keys_and_chests", 1, overrides)
    assert deep.prefer_key > 0.9
    assert 3 < deep.without_the_wish < deep.training_chests
    assert deep.deployment_chests < 3


@pytest.mark.compiled
def test_an_animal_wants_food_always_and_more_when_hungry_and_candy_if_it_never_met_any():
    shorter = ["evolution.generations=40", "measure.episodes=16"]
    animals = [hungry.measure("hungry", seed, shorter) for seed in (1, 8)]
    assert min(r.food_full for r in animals) > 0.5
    assert min(r.food_starving - r.food_full for r in animals) > 0.1
    naive, experienced = animals[1], hungry.measure("hungry_with_candy", 8, shorter)
    assert naive.training_home > 0.8
    assert naive.deployment_home < 0.6
    assert naive.deployment_candy > 2
    assert experienced.deployment_home > 0.8
    assert experienced.deployment_candy < 0.5
    without_drives = hungry.measure("hungry_without_drives", 8, shorter)
    assert without_drives.training_home > 0.8
    assert without_drives.food_full > naive.food_full


@pytest.fixture(scope="module")
def worlds() -> dict[str, list[contraception.Effect]]:
    """Give, for every world, what the same agents come to in it, beside what they come to where nothing changes."""
    soon = contraception.CHANGE + 12
    cases = {name: contraception.Case(name, until=soon) for name in WORLDS}
    by_seed = [contraception.effects(cases, contraception.measure(cases, seed)) for seed in (1, 2)]
    return {name: [effects[name] for effects in by_seed] for name in cases}


@pytest.mark.compiled
def test_contraception_takes_children_and_candy_gives_more_of_what_is_wanted(worlds):
    candy, alone, both = (worlds[name] for name in ("candy_alone", "contraception_alone", "contraception"))
    assert max(abs(r.births - 1) for r in candy) < 0.1
    assert min(r.children for r in candy) > 0.9
    assert min(r.utility for r in candy) > 1.7
    assert max(r.children for r in (*alone, *both)) < 0.8
    assert max(r.utility for r in alone) < 1.6
    assert min(r.utility for r in both) > 2


@pytest.mark.compiled
def test_with_as_much_fruit_as_ever_contraception_is_over_within_a_thousand_ticks(worlds):
    assert max(r.back for r in worlds["contraception"]) <= 1000
    assert {r.extinct for r in worlds["contraception"]} == {inf}


@pytest.mark.compiled
def test_scarcity_takes_children_and_utility_by_itself(worlds):
    assert max(r.children for r in worlds["scarcity"]) < 0.6
    assert max(r.utility for r in worlds["scarcity"]) < 0.9
    assert min(r.utility for r in worlds["scarcity_with_both"]) > 2
    assert max(r.children for r in worlds["scarcity_with_both"]) < min(r.children for r in worlds["scarcity"])


@pytest.mark.compiled
def test_who_are_as_few_as_with_contraception_have_more_children_a_head_and_get_more(worlds):
    assert min(r.births for r in worlds["culling"]) > 1
    assert min(r.utility for r in worlds["culling"]) > 1.1
    assert max(r.utility for r in worlds["culling"]) < min(r.utility for r in worlds["candy_alone"])
