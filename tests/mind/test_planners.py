"""Planners find the best plan: the same by search through a map, by distances, and by enumeration.

What is compared is not a planner's luck but its choice: in every cell of every world, for utilities
of mixed signs, exact ties, blocked ways and objects underfoot.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import reference
from effort import cases
from evidence import TOO_SURPRISING, surprise
from reference import NO_PLAN, STAY
from samples import Sample, draw_sample, draw_wants, plan_of, room_for, sample_of

from evosim.gridworld.shortest_paths import UNREACHED
from evosim.mind.contract import THOUGHT, Situation, choose
from evosim.mind.planner.kind import Planner, planners
from evosim.mind.planner.plans import (
    best_choice,
    best_goal,
    best_worth,
    fill_worth,
    take_way,
    value_iteration,
    wander,
    weigh,
)
from evosim.mind.planner.policy import FROM_ATLAS, FROM_HERE, STEP_BY_STEP, follow_plan, make_plan, weigh_all
from evosim.mind.planner.wanting import LAYER, UNCHANGED
from evosim.numerics.arrays import Flags, Reals
from evosim.numerics.random import key_of

LONGEST = 20


class Question:
    """A world, wants, and how far to look ahead: what does a planner do?"""

    def __init__(self, rng: np.random.Generator, *, largest: int = 7, places: int = 0) -> None:
        self.sample = draw_sample(rng, largest=largest, places=places)
        goals = len(self.sample.objects) + len(set(self.sample.places.values()))
        self.utility, self.discount = draw_wants(rng, goals)
        self.horizon = int(rng.integers(1, LONGEST + 1))
        self.dream = self.sample.dream(self.utility, self.discount)

    def twin(self, cell: reference.Cell) -> reference.Option:
        return self.dream.best(cell, self.horizon)


def questions(count: int, seed: int, *, largest: int = 7, places: int = 0) -> Iterator[Question]:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield Question(rng, largest=largest, places=places)


def by_search(sample: Sample, utility: Reals, discount: float, horizon: int) -> dict[reference.Cell, tuple[float, int]]:
    """Find value and action in every cell by value iteration."""
    belief, plans = sample.belief(utility, discount), sample.plans()
    layer = value_iteration(belief, horizon - 1, plans)
    found = {}
    for cell in sample.floor:
        choice = best_choice(sample.index(cell), belief, layer, plans)
        found[cell] = choice.option.value, choice.action
    return found


def by_distance(
    sample: Sample, utility: Reals, discount: float, horizon: int
) -> dict[reference.Cell, tuple[float, int]]:
    """Find value and action in every cell from the atlas."""
    worth = np.zeros((horizon + 1, len(utility)))
    fill_worth(utility, discount, horizon, worth)
    found = {}
    for cell in sample.floor:
        index, distance = sample.index(cell), sample.atlas.distance[0]
        aim = best_goal(index, distance, worth, horizon)
        action = NO_PLAN if aim == NO_PLAN else int(sample.atlas.first_action[0, index, aim])
        found[cell] = best_worth(index, distance, worth, horizon), action
    return found


def test_a_planner_walks_to_the_only_reward():
    """A snake of a corridor with the reward at its end: every step is one along it."""
    way = [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 5), (3, 5), (3, 4), (3, 3), (3, 2), (3, 1)]
    sample = sample_of(5, 7, set(way), [way[-1]])
    for find in (by_search, by_distance):
        found = find(sample, np.array([1.0]), 0.9, len(way))
        for steps_left, (cell, onward) in enumerate(zip(way[-2::-1], way[:0:-1], strict=True), start=1):
            value, action = found[cell]
            assert reference.moved(cell, action) == onward
            assert value == pytest.approx(0.9**steps_left)


def test_worth_is_utility_discounted_step_by_step_and_nothing_for_what_is_unwanted():
    worth = np.full((4, 3), np.nan)
    fill_worth(np.array([0.3, -1.0, 0.0]), 0.9, 3, worth)
    assert worth.T.tolist() == [[0.3, 0.3 * 0.9, 0.3 * 0.9 * 0.9, 0.3 * 0.9 * 0.9 * 0.9], [0.0] * 4, [0.0] * 4]


def test_a_planner_does_not_see_beyond_its_horizon():
    sample = sample_of(3, 9, {(1, c) for c in range(1, 8)}, [(1, 7)])
    for find in (by_search, by_distance):
        for horizon in (1, 3, 5):
            found = find(sample, np.array([1.0]), 0.9, horizon)
            for column in range(1, 7):
                steps = 7 - column
                expected = reference.EAST if steps <= horizon else NO_PLAN
                assert found[1, column][1] == expected


def test_value_iteration_equals_the_enumeration_of_all_plans():
    for question in questions(cases(300, 40), 1, largest=5, places=2):
        sample, horizon = question.sample, 1 + question.horizon % 5
        found = by_search(sample, question.utility, question.discount, horizon)
        for cell in sorted(sample.floor)[:3]:
            best = reference.best_of(question.dream.all_plans(cell, horizon))
            assert found[cell] == (best.value, best.action)


def test_value_iteration_equals_the_textbook_in_value_steps_object_and_action():
    for question in questions(cases(1500, 100), 2, places=2):
        sample = question.sample
        belief, plans = sample.belief(question.utility, question.discount), sample.plans()
        layer = value_iteration(belief, question.horizon, plans)
        for cell in sample.floor:
            index, twin = sample.index(cell), question.twin(cell)
            there = plans.value[layer, index], plans.steps[layer, index], plans.aim[layer, index]
            assert there == (twin.value, twin.steps, twin.aim)
        found = by_search(sample, question.utility, question.discount, question.horizon)
        assert found == {cell: (question.twin(cell).value, question.twin(cell).action) for cell in sample.floor}


def test_the_way_by_distances_is_exactly_the_way_by_value_iteration():
    ties, nothing, underfoot = 0, 0, 0
    for question in questions(cases(4000, 320), 3, places=2):
        sample, wants = question.sample, (question.utility, question.discount, question.horizon)
        found = by_distance(sample, *wants)
        assert found == by_search(sample, *wants)
        ties += len(set(question.utility.tolist())) < len(question.utility)
        nothing += all(action == NO_PLAN for _, action in found.values())
        underfoot += any(found[cell][1] != NO_PLAN for cell in sample.objects)
    assert min(ties, nothing, underfoot) > cases(400, 5)  # the samples have all that is hard


def test_where_plans_differ_by_the_last_bit_both_ways_find_one_of_the_best():
    """Rounding can make unequal plans equal one step earlier, so that two actions are best: values agree still."""
    rng = np.random.default_rng(14)
    for question in questions(cases(1000, 80), 14):
        sample, discount = question.sample, float(rng.choice([0.9, 0.95, 0.3]))
        equal = rng.uniform(0.2, 1) * discount ** rng.integers(0, 4, len(question.utility))
        utility = np.nextafter(equal, rng.choice([0.0, 2.0], len(equal)))
        by_atlas, by_map = (find(sample, utility, discount, LONGEST) for find in (by_distance, by_search))
        dream = sample.dream(utility, discount)
        for cell in sample.floor:
            assert by_atlas[cell][0] == by_map[cell][0]
            if by_atlas[cell][1] != by_map[cell][1]:
                assert dream.option(cell, by_atlas[cell][1], LONGEST).value == by_map[cell][0]


def test_walls_have_no_plan():
    for question in questions(cases(100, 40), 4):
        sample, plans = question.sample, question.sample.plans()
        layer = value_iteration(sample.belief(question.utility, question.discount), question.horizon, plans)
        walls = sample.worlds.wall[0] == 1
        assert (plans.value[layer, walls] == 0).all()
        assert (plans.aim[layer, walls] == NO_PLAN).all()


def through_objects(question: Question, cell: reference.Cell) -> reference.Option:
    """Be wrong: take distances as if one could walk through objects without paying."""
    sample = question.sample
    plans = []
    for target, n in sample.objects.items():
        for other, (steps, action) in reference.ways_to(target, sample.floor, {target}).items():
            if other == cell and steps <= question.horizon:
                plans.append(reference.Option(question.utility[n] * question.discount**steps, steps, n, action))
    return reference.best_of(iter(plans))


def any_sign(question: Question, cell: reference.Cell) -> reference.Option:
    """Be wrong: take the largest utility even if it is not wanted."""
    sample = question.sample
    ways = {n: reference.ways_to(target, sample.floor, set(sample.objects)) for target, n in sample.objects.items()}
    plans = [
        reference.Option(question.utility[n] * question.discount ** way[cell][0], way[cell][0], n, way[cell][1])
        for n, way in ways.items()
        if cell in way and way[cell][0] <= question.horizon
    ]
    return max(plans, key=reference.preference, default=reference.NOTHING_TO_DO)


def by_order(order: Callable[[reference.Option], tuple]) -> Callable[[Question, reference.Cell], reference.Option]:
    """Be wrong: break ties otherwise."""

    def wrong(question: Question, cell: reference.Cell) -> reference.Option:
        if getattr(question, "misled", None) is None:
            wants = question.utility, question.discount
            question.misled = reference.Dream(question.sample.floor, question.sample.objects, *wants, order=order)
        return question.misled.best(cell, question.horizon)

    return wrong


MISTAKES = {
    "walks through objects": through_objects,
    "wants the least bad": any_sign,
    "longer plans first": by_order(lambda plan: (plan.value, plan.steps, -plan.aim, -plan.action)),
    "last object first": by_order(lambda plan: (plan.value, -plan.steps, plan.aim, -plan.action)),
    "last action first": by_order(lambda plan: (plan.value, -plan.steps, -plan.aim, plan.action)),
    "action before object": by_order(lambda plan: (plan.value, -plan.steps, -plan.action)),
}


@pytest.mark.parametrize("wrong", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_planner_that_were_wrong_would_be_found_out(wrong):
    """The worlds above tell right planners from wrong ones: each mistake shows in more than 3% of them."""
    count = 400
    differing = sum(
        any(wrong(question, cell).action != question.twin(cell).action for cell in question.sample.floor)
        for question in questions(count, 5)
    )
    assert differing > 0.03 * count


def test_what_has_been_taken_is_no_longer_planned_for():
    rng = np.random.default_rng(6)
    for question in questions(cases(1500, 100), 6, places=2):
        sample = question.sample
        present = rng.random(len(sample.objects)) < 0.5
        belief, plans = sample.belief(question.utility, question.discount, present=present), sample.plans()
        layer = value_iteration(belief, question.horizon - 1, plans)
        dream = sample.dream(question.utility, question.discount, present=present)
        for cell in sample.floor:
            twin, index = dream.best(cell, question.horizon), sample.index(cell)
            choice = best_choice(index, belief, layer, plans)
            assert choice.action == twin.action
            assert tuple(choice.option) == (twin.value, twin.steps, twin.aim)


def test_a_planner_that_expects_to_slip_maximises_the_expected_value():
    rng = np.random.default_rng(7)
    for question in questions(cases(1000, 80), 7, places=2):
        sample, horizon = question.sample, question.horizon
        slip, present = float(rng.choice([0.05, 0.3, 0.9])), rng.random(len(sample.objects)) < 0.8
        slips = {"slip": slip, "slip_kind": int(rng.integers(3))}
        belief = sample.belief(question.utility, question.discount, **slips, present=present)
        dream = sample.dream(question.utility, question.discount, **slips, present=present)
        plans = sample.plans()
        layer = value_iteration(belief, horizon - 1, plans)
        before, after = dream.textbook_values(horizon - 1), dream.textbook_values(horizon)
        for cell in sample.floor:
            index = sample.index(cell)
            assert plans.value[layer, index] == pytest.approx(before[cell], abs=1e-12)
            action, option = best_choice(index, belief, layer, plans)
            assert option.value == pytest.approx(after[cell], abs=1e-12)
            if action != NO_PLAN and option.steps > 0:
                assert dream.option(cell, action, horizon).value == pytest.approx(after[cell], abs=1e-12)
            weighed = [weigh(each, index, belief, layer, plans)[0] for each in range(5)]
            twins = [dream.option(cell, each, horizon).value for each in range(5)]
            assert weighed == pytest.approx(twins, abs=1e-12)


def test_a_planner_that_may_slip_keeps_away_from_what_it_fears():
    """The short way leads past something bad, where slipping is dear; the long way does not."""
    floor = reference.inside(6, 7)
    bad = [(2, c) for c in range(2, 5)]
    sample = sample_of(6, 7, floor, [(1, 5), *bad])
    utility = np.array([1.0, -5.0, -5.0, -5.0])
    at = sample.index((1, 1))
    chosen = {}
    for slip in (0.0, 0.4):
        belief, plans = sample.belief(utility, 0.99, slip=slip), sample.plans()
        chosen[slip] = best_choice(at, belief, value_iteration(belief, 30, plans), plans).action
    assert chosen[0.0] == reference.EAST
    assert chosen[0.4] != reference.EAST


def planned(question: Question, *, unchanged: bool, slip: float = 0.0, present: Flags | None = None):
    """Make a room in which somebody has just planned, and the memory of that."""
    sample, room = question.sample, room_for(question.sample, LONGEST)
    belief = sample.belief(question.utility, question.discount, slip=slip, present=present)
    memory = np.zeros(2, np.int64)
    room.wants.state[UNCHANGED] = unchanged
    make_plan(question.horizon, True, sample.percept(), belief, memory, room)
    return belief, room, memory


def test_distances_found_after_a_change_are_those_of_an_atlas_drawn_anew():
    rng = np.random.default_rng(15)
    for question in questions(cases(1000, 80), 15, places=2):
        sample = question.sample
        present = rng.random(len(sample.objects)) < 0.6
        present[0] = True  # the twin can't draw a world without objects
        _, room, _ = planned(question, unchanged=False, present=present)
        assert room.wants.state[LAYER] == FROM_HERE
        left = {cell: n for cell, n in sample.objects.items() if present[n]}
        anew = sample_of(sample.rows, sample.columns, sample.floor, list(left), sample.places).atlas
        goals = [*left.values(), *range(len(sample.objects), len(question.utility))]
        assert np.array_equal(room.distance[:, goals], anew.distance[0])
        assert (room.distance[:, [n for n in sample.objects.values() if not present[n]]] == UNREACHED).all()


def test_who_plans_anew_does_what_value_iteration_does():
    """In every cell of worlds from which something has been taken, with places to be at."""
    rng = np.random.default_rng(16)
    plan = plan_of(5, 5, 1, np.random.default_rng(0))
    for question in questions(cases(1500, 100), 16, places=2):
        sample, horizon = question.sample, question.horizon
        present = rng.random(len(sample.objects)) < 0.6
        minds = Planner().minds(planners(question.utility[None], np.array([horizon], np.int32), np.ones(1)))
        belief, room, memory = planned(question, unchanged=False, present=present)
        plans = sample.plans()
        layer = value_iteration(belief, horizon - 1, plans)
        for cell in sample.floor:
            index = sample.index(cell)
            expected = best_choice(index, belief, layer, plans).action
            now = Situation(0, index, present, np.zeros(1, np.int32), 0.0, 0.0)
            for way in (FROM_HERE, STEP_BY_STEP):
                room.wants.state[LAYER] = way
                action = follow_plan(minds, 0, plan, sample.percept(), belief, now, np.uint64(1), 0, memory, room)
                assert action == expected
            assert (room.near.distance == UNREACHED).all()


def test_all_actions_weigh_the_same_by_distances_and_by_search():
    for question in questions(cases(1500, 100), 8, places=2):
        sample = question.sample
        belief, by_atlas, _ = planned(question, unchanged=True)
        _, from_here, _ = planned(question, unchanged=False)
        _, by_map, _ = planned(question, unchanged=False)
        by_map.wants.state[LAYER] = value_iteration(belief, question.horizon - 1, by_map.plans)
        assert by_atlas.wants.state[LAYER] == FROM_ATLAS
        assert from_here.wants.state[LAYER] == FROM_HERE
        for cell in sample.floor:
            for room, distance in ((by_atlas, sample.atlas.distance[0]), (from_here, from_here.distance)):
                weigh_all(question.horizon, sample.index(cell), distance, belief, room)
            weigh_all(question.horizon, sample.index(cell), by_map.distance, belief, by_map)
            twin = question.dream.weighed(cell, question.horizon)
            expected = [twin.get(action, -np.inf) for action in range(5)]
            assert by_atlas.scores.tolist() == from_here.scores.tolist() == by_map.scores.tolist() == expected


def test_thinking_costs_the_horizon_times_the_cells_each_time_a_plan_is_made():
    for question in questions(cases(50, 40), 9):
        for slip, unchanged in [(0.0, True), (0.0, False), (0.2, True)]:
            belief, room, memory = planned(question, unchanged=unchanged, slip=slip)
            cost = question.horizon * len(question.sample.floor)
            assert memory[THOUGHT] == cost
            make_plan(question.horizon, True, question.sample.percept(), belief, memory, room)
            assert memory[THOUGHT] == 2 * cost


def test_with_temperature_actions_are_drawn_by_the_softmax_of_their_worth():
    rng = np.random.default_rng(10)
    for temperature in (0.05, 0.3, 2.0):
        worth = rng.uniform(-1, 1, 5)
        worth[2] = -np.inf
        chosen = [choose(worth.copy(), temperature, np.uint64(77), draw) for draw in range(cases(20_000, 2_000))]
        counts = np.bincount(chosen, minlength=5)
        assert counts[2] == 0
        assert abs(surprise(counts, np.exp(worth / temperature))) < TOO_SURPRISING


def test_without_temperature_the_first_of_the_best_actions_is_chosen():
    rng = np.random.default_rng(11)
    for draw in range(cases(500, 500)):
        worth = rng.choice([-np.inf, -1.0, 0.0, 0.5], 5)
        worth[STAY] = 0.0
        assert choose(worth.copy(), 0.0, np.uint64(1), draw) == int(worth.argmax())


def test_softmax_equals_the_twin_and_survives_extreme_temperatures():
    rng = np.random.default_rng(12)
    for draw in range(cases(3000, 1000)):
        worth = rng.choice([-np.inf, *rng.uniform(-1, 1, 4)], 5)
        worth[STAY] = rng.uniform(-1, 1)
        temperature = float(rng.choice([1e-300, 1e-40, 0.01, 0.5, 1e6]))
        with np.errstate(over="ignore"):
            chosen = choose(worth.copy(), temperature, np.uint64(9), draw)
        twin = {action: score for action, score in enumerate(worth.tolist()) if score > -np.inf}
        assert chosen == reference.choose(twin, temperature, 9, draw)


def test_wandering_equals_the_twin_and_never_leads_into_walls_or_what_is_unwanted():
    rng = np.random.default_rng(13)
    for question in questions(cases(1500, 160), 13):
        sample = question.sample
        present = rng.random(len(question.utility)) < 0.7
        belief = sample.belief(question.utility, question.discount, present=present)
        dream = sample.dream(question.utility, question.discount, present=present)
        for draw, cell in enumerate(sorted(sample.floor)):
            for last in range(5):
                action = wander(sample.index(cell), last, belief, np.uint64(3), draw)
                assert action == reference.wander(cell, last, dream, 3, draw)
                other = reference.moved(cell, action)
                assert other in sample.floor
                if action == STAY:
                    continue
                n = dream.objects.get(other)
                assert n is None or question.utility[n] >= 0
                if last != STAY and reference.moved(cell, (last + 2) % 4) == other:
                    feared = {at for at, n in dream.objects.items() if question.utility[n] < 0}
                    assert not (reference.neighbours(cell) & sample.floor) - feared - {other}  # no way but back


def test_a_way_is_the_one_that_is_drawn_among_those_that_lead_on():
    for ways in range(32):
        for last in range(5):
            onward = [way for way in range(5) if ways >> way & 1 and (last == STAY or way != (last + 2) % 4)]
            left = onward or [way for way in range(5) if ways >> way & 1] or [STAY]
            for draw in range(cases(12, 4)):
                drawn = int(reference.uniform(reference.key_of(17), draw) * len(left))
                assert take_way(ways, last, key_of(17), draw) == left[drawn]


def test_wandering_is_uniform_over_the_ways_that_are_left():
    """At a crossing: nothing but a wall of fear in the south, and the way one came in the west."""
    sample = sample_of(5, 5, {(2, 2), (1, 2), (2, 3), (3, 2), (2, 1)}, [(3, 2)])
    at, belief = sample.index((2, 2)), sample.belief(np.array([-1.0]), 0.9)
    count = cases(20_000, 2_000)
    for last, expected in [
        (STAY, [1, 1, 0, 1, 0]),
        (reference.EAST, [1, 1, 0, 0, 0]),
        (reference.NORTH, [1, 1, 0, 1, 0]),
        (reference.WEST, [1, 0, 0, 1, 0]),
    ]:
        ways = [wander(at, last, belief, np.uint64(21), draw) for draw in range(count)]
        assert abs(surprise(np.bincount(ways, minlength=5), expected)) < TOO_SURPRISING


def test_who_is_walled_in_stays():
    sample = sample_of(4, 5, {(1, 1), (2, 1), (1, 3)}, [(2, 1)])
    for last in range(5):
        assert wander(sample.index((1, 3)), last, sample.belief(np.array([1.0]), 0.9), np.uint64(1), 0) == STAY
        assert wander(sample.index((1, 1)), last, sample.belief(np.array([-1.0]), 0.9), np.uint64(1), 0) == STAY
