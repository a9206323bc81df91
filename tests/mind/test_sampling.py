"""Planners that sample: single decisions equal those of the twin, and with more thinking those of exact planning."""

from typing import NamedTuple

import numpy as np
import pytest
import reference
from effort import cases
from reference.imagination import Imagination, Life
from samples import Sample, draw_sample, draw_wants, plan_of, twin_world
from test_tree_search import corridor, draw_puzzle

from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import Situation
from evosim.mind.planner.cross_entropy import new_plan_room, optimize_plan
from evosim.mind.planner.plans import NO_PLAN, Belief, value_iteration, weigh
from evosim.mind.planner.uct import new_search_tree, search_by_uct
from evosim.numerics.arrays import Reals
from evosim.numerics.random import key_of

HORIZON = 8


class Question(NamedTuple):
    """A world in which everything ends the path, what is wanted there, and where the agent stands."""

    sample: Sample
    plan: Blueprint
    belief: Belief
    start: reference.Cell
    key: np.uint64

    @property
    def now(self) -> Situation:
        there, nothing = np.ones(len(self.sample.objects), bool), np.zeros(self.plan.types, np.int32)
        return Situation(0, self.sample.index(self.start), there, nothing, 0.0, 0.0)

    def sampled(self, simulations: int) -> int:
        tree = new_search_tree(simulations, HORIZON, len(self.sample.objects), self.plan.types)
        return search_by_uct(HORIZON, simulations, self.plan, self.belief, self.now, self.key, tree)

    def optimized(self, iterations: int, candidates: int = 32) -> tuple[float, list[int]]:
        room = new_plan_room(candidates, HORIZON, len(self.sample.objects), self.plan.types)
        found = optimize_plan(HORIZON, iterations, self.plan, self.belief, self.now, self.key, room)
        return found.value, room.plan[: found.length].tolist()

    def values(self) -> Reals:
        """Value each action by exact planning, or nothing at all."""
        plans, index = self.sample.plans(), self.sample.index(self.start)
        layer = value_iteration(self.belief, HORIZON - 1, plans)
        return np.array([weigh(action, index, self.belief, layer, plans).value for action in range(4)])

    def twin(self) -> tuple[Imagination, Life]:
        world, belief = twin_world(self.plan, self.sample.worlds, 0), self.belief
        imagination = Imagination(self.plan, world, belief.utility, belief.discount, belief.slip, HORIZON)
        everything = frozenset(range(len(self.sample.objects)))
        return imagination, Life(self.start, everything, (0,) * self.plan.types, 0.0, reference.STAY, False)


def draw_question(seed: int, *, slip: float = 0.0, largest: int = 11) -> Question:
    """Draw a small world with things of mixed worth, and a free cell in it."""
    rng = np.random.default_rng(seed)
    while True:
        sample = draw_sample(rng, largest=largest, most=3)
        free = sorted(sample.floor - sample.objects.keys())
        if free:
            break
    count = len(sample.objects)
    utility, discount = draw_wants(rng, count)
    plan = plan_of(sample.rows, sample.columns, count, rng, ends=np.ones(count, bool), slip_kind=seed % 3)
    belief = sample.belief(utility, max(discount, 0.5), slip=slip, slip_kind=seed % 3)
    return Question(sample, plan, belief, free[rng.integers(len(free))], key_of(seed, 1))


class Agreement(NamedTuple):
    """How the actions of a search compare with exact planning, in worlds where something can be had."""

    share: float  # of worlds in which the action is one of the best
    lost: float  # of the best value, on average


def agreement(simulations: int, *, slip: float, count: int) -> Agreement:
    agreed, lost = [], []
    for seed in range(count):
        question = draw_question(seed, slip=slip)
        values = question.values()
        if values.max() > 1e-9:
            action = question.sampled(simulations)
            value = values[action] if 0 <= action < 4 else 0.0
            agreed.append(value >= values.max() - 1e-9)
            lost.append(1.0 - max(value, 0.0) / values.max())
    return Agreement(float(np.mean(agreed)), float(np.mean(lost)))


def test_decisions_of_a_thousand_samplers_equal_those_of_the_twin():
    """Where moves are certain, and where they slip in each way."""
    acted = 0
    for seed in range(cases(1000, 20)):
        question = draw_question(seed, slip=(0.0, 0.3)[seed % 2], largest=6)
        simulations = 1 + seed % 24
        action = question.sampled(simulations)
        assert action == reference.sampled_action(*question.twin(), simulations, int(question.key)), seed
        acted += action != NO_PLAN
    assert acted > cases(300, 2)


def test_plans_of_a_thousand_optimizers_equal_those_of_the_twin():
    planned = 0
    for seed in range(cases(1000, 20)):
        question, iterations = draw_question(seed, largest=6), 1 + seed % 3
        value, plan = question.optimized(iterations, candidates=9)
        assert (value, plan) == reference.best_plan(*question.twin(), iterations, 9, int(question.key)), seed
        planned += value > 0
    assert planned > cases(300, 2)


@pytest.mark.compiled
@pytest.mark.parametrize(("slip", "most", "least", "lost"), [(0.0, 2048, 0.97, 0.02), (0.2, 8192, 0.9, 0.04)])
def test_the_more_simulations_the_more_often_the_choice_is_that_of_exact_planning(slip, most, least, lost):
    """Where moves slip, many actions are nearly as good as the best."""
    few, some, many = (agreement(n, slip=slip, count=300) for n in (2, 32, most))
    assert few.share < some.share < many.share
    assert few.lost > some.lost > many.lost
    assert many.share >= least
    assert many.lost <= lost


@pytest.mark.compiled
def test_the_more_iterations_the_more_often_the_plan_is_that_of_exact_planning():
    """Among few candidates, so that one iteration finds little."""
    questions = [draw_question(seed) for seed in range(300)]
    best = [question.values().max() for question in questions]
    wanted = [each > 1e-9 for each in best]
    shares = []
    for iterations in (1, 4, 64):
        found = [question.optimized(iterations, candidates=6)[0] for question in questions]
        assert (np.array(found) <= np.array(best) + 1e-9).all()  # no plan is better than the best
        shares.append(float(np.mean(np.isclose(found, best, rtol=0, atol=1e-9)[wanted])))
    assert sorted(shares) == shares
    assert shares[0] < shares[-1]
    assert shares[-1] >= 0.97


def test_who_samples_fetches_a_key_for_what_it_opens():
    """As a search of the whole tree does: the key to the west is worth nothing by itself."""
    puzzle = corridor()
    now = Situation(0, puzzle.sample.index((1, 3)), puzzle.there, puzzle.inventory, 0.0, 0.0)
    tree, room = new_search_tree(600, 7, 2, 2), new_plan_room(16, 7, 2, 2)
    assert search_by_uct(7, 600, puzzle.plan, puzzle.belief(), now, key_of(1), tree) == reference.WEST
    found = optimize_plan(7, 8, puzzle.plan, puzzle.belief(), now, key_of(1), room)
    assert found.value == pytest.approx(puzzle.found((1, 3), 7)[0])
    assert room.plan[: found.length].tolist() == [reference.WEST] * 2 + [reference.EAST] * 4


def test_optimized_plans_among_things_taken_needed_and_eaten_are_the_best_walks():
    best, found = [], []
    rng = np.random.default_rng(5)
    for seed in range(cases(120, 5)):
        puzzle = draw_puzzle(rng, fed=seed % 2 == 1)
        cell = sorted(puzzle.sample.floor)[0]
        now = Situation(0, puzzle.sample.index(cell), puzzle.there, puzzle.inventory, puzzle.energy, 0.0)
        room = new_plan_room(32, 6, len(puzzle.there), puzzle.plan.types)
        best.append(puzzle.found(cell, 6)[0])
        found.append(optimize_plan(6, 64, puzzle.plan, puzzle.belief(), now, key_of(seed), room).value)
    assert (np.array(found) <= np.array(best) + 1e-9).all()
    assert np.isclose(found, best, rtol=0, atol=1e-9).mean() > 0.95


def test_what_a_sampler_does_is_the_same_at_any_scale_of_its_objective():
    for seed in range(cases(60, 5)):
        question = draw_question(seed)
        larger = question._replace(belief=question.belief._replace(utility=question.belief.utility * 1024.0))
        assert question.sampled(40) == larger.sampled(40)
