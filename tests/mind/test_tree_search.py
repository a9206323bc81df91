"""Tree search: the best walk found by sequences of objects is the best of all walks, move by move."""

from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
import reference
from effort import cases
from samples import Sample, draw_minds, draw_sample, draw_wants, plan_of, sample_of, twin_world

from evosim.gridworld.spec import Blueprint, Supply
from evosim.mind.contract import THOUGHT, Situation
from evosim.mind.phenotype import Phenotypes
from evosim.mind.planner.kind import Planner
from evosim.mind.planner.plans import NO_PLAN, Belief
from evosim.mind.planner.tree_policy import follow_tree, new_tree_room
from evosim.mind.planner.tree_search import new_walk, search_tree
from evosim.mind.planner.wanting import AIM, LAYER, UNPLANNED
from evosim.numerics.arrays import Cells, Flags, Reals

DEPTH = 6


class Puzzle(NamedTuple):
    """A small world of things to take, carry, need and eat, and what they are worth."""

    sample: Sample
    plan: Blueprint
    utility: Reals
    discount: float
    there: Flags
    inventory: Cells
    energy: float

    def belief(self) -> Belief:
        usable = np.array(
            [here and (self.inventory >= need).all() for here, need in zip(self.there, self.plan.needs, strict=True)]
        )
        return self.sample.belief(self.utility, self.discount, present=usable)

    def found(self, cell: reference.Cell, horizon: int) -> tuple[float, int, int]:
        walk = new_walk(horizon, self.sample.rows * self.sample.columns, len(self.there), self.plan.types)
        where = self.sample.index(cell)
        return tuple(
            search_tree(
                where, horizon, self.plan, self.sample.worlds.cell[0], self.belief(), self.there, self.inventory,
                self.energy, walk,
            )
        )  # fmt: skip

    def twin(self, cell: reference.Cell, horizon: int) -> tuple[float, int, int]:
        tree = reference.Tree(self.plan, twin_world(self.plan, self.sample.worlds, 0), self.utility, self.discount)
        there = frozenset(np.flatnonzero(self.there).tolist())
        return tree.search(cell, horizon, there, tuple(self.inventory.tolist()), self.energy)


def draw_puzzle(rng: np.random.Generator, *, fed: bool) -> Puzzle:
    """Draw a puzzle: keys to carry, locks that need them, things taken, lasting or ending, and food if `fed`."""
    sample = draw_sample(rng, largest=5, most=5, places=2)
    count = len(sample.objects)
    kinds = rng.integers(0, 3, count).astype(np.int32)
    carried = (kinds == 0) & (rng.random() < 0.7)
    needs = np.zeros((count, 3), np.int32)
    needs[:, 0] = (kinds == 1) * rng.integers(0, 3, count)
    plan = plan_of(
        sample.rows, sample.columns, count, rng, needs=needs, places=[[0] * 5] * len(set(sample.places.values()))
    )
    utility, discount = draw_wants(rng, count + plan.places)
    plan = plan._replace(
        type_of=kinds,
        carried=carried,
        taken=carried | (rng.random(count) < 0.5),
        ends=rng.random(count) < 0.3,
        energy=rng.choice([0.0, 1.0, 3.0, -1.0], count),
        supply=Supply(4.0, 5.0, 0.25, 0.75, 0.0) if fed else plan.supply,
    )
    there, inventory = rng.random(count) < 0.8, np.array([rng.integers(0, 3), 0, 0], np.int32)
    return Puzzle(sample, plan, utility, discount, there, inventory, float(rng.integers(1, 6)))


@pytest.mark.parametrize("fed", [False, True])
def test_the_best_walk_is_the_best_of_all_walks(fed):
    rng = np.random.default_rng(20 + fed)
    kinds: Counter[str] = Counter()
    for _ in range(cases(250, 40)):
        puzzle = draw_puzzle(rng, fed=fed)
        for cell in sorted(puzzle.sample.floor)[:: cases(2, 4)]:
            horizon = int(rng.integers(1, DEPTH))
            found, twin = puzzle.found(cell, horizon), puzzle.twin(cell, horizon)
            assert found == twin
            several = found[2] != NO_PLAN and found[0] != puzzle.utility[found[2]] * puzzle.discount ** found[1]
            kinds["nothing" if found[2] == NO_PLAN else "several" if several else "one"] += 1
            kinds["a place"] += found[2] >= len(puzzle.there)
            kinds["unwanted first"] += found[2] != NO_PLAN and puzzle.utility[found[2]] < 0
    assert min(kinds[what] for what in ("nothing", "one", "several", "a place")) > cases(60, 5)
    assert kinds["unwanted first"] > cases(1, -1)  # a key that is disliked, for what it opens


def corridor(*, taken: bool = True) -> Puzzle:
    """A key to the west, its lock to the east, the agent between: x K . @ . L x."""
    sample = sample_of(3, 7, {(1, c) for c in range(1, 6)}, [(1, 1), (1, 5)])
    needs = np.array([[0, 0], [1, 0]], np.int32)
    plan = plan_of(3, 7, 2, np.random.default_rng(0), needs=needs)
    plan = plan._replace(carried=np.array([True, False]), taken=np.array([True, taken]))
    there, nothing = np.ones(2, bool), np.zeros(2, np.int32)
    return Puzzle(sample, plan, np.array([0.0, 1.0]), 0.9, there, nothing, 0.0)


def test_a_key_is_fetched_for_what_it_opens_if_the_tree_is_deep_enough_to_see_that():
    puzzle = corridor()
    for horizon in range(1, 10):
        expected = (pytest.approx(0.9**6), 2, 0) if horizon >= 6 else (0.0, 0, NO_PLAN)
        assert puzzle.found((1, 3), horizon) == expected


def test_who_has_the_key_goes_to_the_lock():
    puzzle = corridor()._replace(inventory=np.array([1, 0], np.int32), there=np.array([False, True]))
    assert puzzle.found((1, 3), 4) == (pytest.approx(0.9**2), 2, 1)


def test_who_would_starve_on_the_way_does_not_set_out():
    puzzle = corridor()
    for energy, reaches in ((3.5, False), (5.5, True), (5.0, False)):
        fed = puzzle._replace(plan=puzzle.plan._replace(supply=Supply(6.0, 6.0, 0.0, 1.0, 0.0)), energy=energy)
        assert (fed.found((1, 3), 9)[2] != NO_PLAN) == reaches


def test_the_nominal_cost_of_a_search_is_the_number_of_nodes_of_the_tree_and_it_is_not_repeated_on_the_way():
    puzzle = corridor()
    minds: Phenotypes = draw_minds(np.random.default_rng(0), 1, hidden=0, greedy=True, tree=True)
    searchers = Planner().minds(minds.with_own("planner", horizon=np.array([7], np.int32)))
    room, memory = new_tree_room(searchers, np.arange(1), 21, puzzle.plan), np.zeros(2, np.int64)
    room.wants.state[AIM] = NO_PLAN

    def follow(cell):
        now = Situation(0, puzzle.sample.index(cell), puzzle.there, puzzle.inventory, 0.0, 0.0)
        percept, belief = puzzle.sample.percept(), puzzle.belief()
        return follow_tree(searchers, 0, puzzle.plan, percept, belief, now, np.uint64(1), 0, memory, room)

    cell, nodes = (1, 3), sum(4**depth for depth in range(1, 8))
    for _ in range(2):
        assert follow(cell) == reference.WEST
        cell = reference.moved(cell, reference.WEST)
        assert memory[THOUGHT] == nodes
    room.wants.state[LAYER] = UNPLANNED
    follow(cell)
    assert memory[THOUGHT] == 2 * nodes
