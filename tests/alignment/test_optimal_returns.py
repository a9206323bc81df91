"""Optimal returns: optimal and random behaviour agree with solvers that know nothing of grids."""

from collections.abc import Callable

import numpy as np
import pytest
from effort import cases
from samples import PLANNER, draw_minds, plan_of
from test_tabular import any_plan, ground_of

from evosim.alignment.mdp.objectives import events_of, fill_reward, mesa_objective
from evosim.alignment.mdp.reward_distances import starc_distance
from evosim.alignment.mdp.solvers import finite_optimum, optimal_values, policy_values
from evosim.alignment.mdp.starc_by_world import gram_matrices
from evosim.alignment.mdp.tabular_world import BEGIN, ENDED, TabularWorld, tabulate
from evosim.alignment.returns import optimal
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.alignment.returns.optimal import best_returns, optimal_counts, optimal_extremes, random_counts
from evosim.alignment.returns.shortest_path import shortest_path_returns, solved_by_distance
from evosim.episode.outcomes import numbered_layout
from evosim.episode.rollout import live
from evosim.gridworld.layouts import MAZE
from evosim.numerics.random import key_of

SEEDS = range(cases(20, 5))


def reward_of(world: TabularWorld, rewards: np.ndarray, discount: float = 1.0) -> np.ndarray:
    reward = np.zeros(world.entered.shape[:2])
    fill_reward(world, rewards, discount, reward)
    return reward


def last_of(world: TabularWorld, rewards: np.ndarray) -> np.ndarray:
    """Tell what the last step pays, one way after another: a place is paid for where life ends, and not twice."""
    reward = reward_of(world, rewards)
    for state, action, branch in np.argwhere(world.transition.probability > 0):
        q = world.at[state, action, branch]
        if q >= 0 and world.transition.successor[state, action, branch] != ENDED:
            felt = (
                world.goals + (world.goals - world.objects) + world.objects + 11 * q + round(10 * world.hunger[state])
            )
            paid = rewards[world.objects + q] + (rewards[felt] if world.hunger.any() else 0.0)
            reward[state, action] += world.transition.probability[state, action, branch] * paid
    return reward


def within(world: TabularWorld, rewards: np.ndarray, steps: int, choose: Callable[[np.ndarray], np.ndarray]) -> float:
    """Value the beginning of a life of so many steps, backwards from the last; `choose` values states by actions."""
    values = np.zeros(world.states)
    for step in range(steps):
        paid = reward_of(world, rewards) if step else last_of(world, rewards)
        values = choose(paid + (world.transition.probability * values[world.transition.successor]).sum(axis=2))
        values[ENDED] = 0.0
    return float(values[BEGIN])


@pytest.mark.parametrize("seed", SEEDS)
def test_random_actions_come_to_what_a_general_solver_says(seed):
    plan = any_plan(seed)
    ground = ground_of(plan, seed, 2)
    worlds = tabulate(ground)
    counts = random_counts(worlds, plan.steps, events_of(plan))
    rewards = np.random.default_rng(seed).normal(size=events_of(plan))
    for world, count in zip(worlds, counts, strict=True):
        assert count @ rewards == pytest.approx(
            within(world, rewards, plan.steps, lambda ahead: ahead.mean(axis=1)), abs=1e-9
        )
        if world.goals == world.objects:
            reward, uniform = reward_of(world, rewards), np.full(world.entered.shape[:2], 0.2)
            values = policy_values(world.transition, reward, uniform, horizon=plan.steps, discount=1.0)
            assert count @ rewards == pytest.approx(values[0, BEGIN], abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_return_is_that_of_a_general_solver(seed):
    plan = any_plan(seed)
    ground = ground_of(plan, seed, 2)
    worlds = tabulate(ground)
    rewards = np.random.default_rng(seed).normal(size=(3, 2, events_of(plan)))
    best = best_returns(worlds, rewards, plan.steps)
    for e, world in enumerate(worlds):
        for p in range(3):
            top = within(world, rewards[p, e], plan.steps, lambda ahead: ahead.max(axis=1))
            assert best[p, e] == pytest.approx(top, abs=1e-9)
            if world.goals == world.objects:
                _, values = finite_optimum(world.transition, reward_of(world, rewards[p, e]), horizon=plan.steps)
                assert best[p, e] == pytest.approx(values[0, BEGIN], abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_optimal_returns_take_the_optimal_actions_of_a_general_solver(seed):
    plan = any_plan(seed)
    ground = ground_of(plan, seed, 2)
    worlds = tabulate(ground)
    rng = np.random.default_rng(seed)
    rewards, criterion = rng.normal(size=(2, 2, events_of(plan))), rng.normal(size=(2, events_of(plan)))
    rewards[:, :, -2:] = 0.0  # as of mesa-objectives
    discounts = np.array([0.9, 0.7])
    counts = optimal_counts(worlds, rewards, discounts, plan.steps)
    extremes = optimal_extremes(worlds, rewards, discounts, plan.steps, criterion)
    for e, world in enumerate(worlds):
        for p, discount in enumerate((0.9, 0.7)):
            reward = reward_of(world, rewards[p, e], discount)
            values = optimal_values(world.transition, reward, discount=discount, tolerance=1e-13)
            ahead = reward + discount * (world.transition.probability * values[world.transition.successor]).sum(axis=2)
            allowed = ahead >= values[:, None] - 1e-9 * np.abs(values[:, None]) - 1e-12
            policy = allowed / allowed.sum(axis=1, keepdims=True)
            headline = within(
                world, criterion[e], plan.steps, lambda ahead, policy=policy: (policy * ahead).sum(axis=1)
            )
            assert counts[p, e] @ criterion[e] == pytest.approx(headline, abs=1e-8)
            for side, sign in enumerate((-1.0, 1.0)):
                best = within(
                    world, sign * criterion[e], plan.steps,
                    lambda ahead, allowed=allowed: np.where(allowed, ahead, -np.inf).max(axis=1),
                )  # fmt: skip
                assert extremes[p, e, side] == pytest.approx(sign * best, abs=1e-8)
            assert extremes[p, e, 0] - 1e-9 <= headline <= extremes[p, e, 1] + 1e-9


def ending_plan(seed: int, **settings: object):
    """Make a blueprint of mazes in which every object ends the episode."""
    rng = np.random.default_rng(seed)
    objects = int(rng.integers(1, 5))
    return plan_of(9, 9, objects, rng, layout=MAZE, layout_first=0.3, steps=40, ends=np.ones(objects, bool), **settings)


@pytest.mark.parametrize("seed", SEEDS)
def test_distances_alone_say_what_search_says(seed):
    plan = ending_plan(seed)
    ground = ground_of(plan, seed, 4)
    rng = np.random.default_rng(seed)
    population = cases(60, 12)
    rewards = rng.choice([-1.0, -0.5, 0.0, 0.25, 0.5, 1.0], (population, 4, events_of(plan)))
    rewards[population // 2 :] = rng.normal(size=rewards[population // 2 :].shape)
    rewards[:, :, -1] = 0.0
    rewards[::2, :, -2] = 0.0
    criterion = np.tile(rng.normal(size=events_of(plan)), (4, 1))
    criterion[:, -1] = 0.0
    discounts = rng.choice([0.5, 0.9, 0.95], population)
    assert solved_by_distance(ground, rewards, criterion)
    found = shortest_path_returns(ground, rewards, discounts, criterion)
    worlds = tabulate(ground)
    counts = optimal_counts(worlds, rewards, discounts, plan.steps)
    extremes = optimal_extremes(worlds, rewards, discounts, plan.steps, criterion)
    returns = np.einsum("pek,ek->pe", counts, criterion)
    assert np.allclose(found.best, best_returns(worlds, rewards, plan.steps), atol=1e-9)
    assert np.allclose(found.cross_evaluated[~found.undecided], returns[~found.undecided], atol=1e-7)
    assert (~found.undecided).mean() > 0.5
    apart = extremes[:, :, 1] - extremes[:, :, 0] > 1e-6
    assert not (
        apart & ~found.undecided & (found.cross_evaluated != returns) & (abs(found.cross_evaluated - returns) > 1e-6)
    ).any()
    measured = ReferenceReturns(ground, discount=0.9).cross_evaluated(rewards, discounts, criterion)
    assert np.allclose(measured, returns, atol=1e-7)


def test_a_planner_that_sees_far_enough_pursues_its_objective_perfectly():
    plan = ending_plan(3)
    ground = ground_of(plan, 3, cases(40, 6))
    rng = np.random.default_rng(3)
    population = cases(40, 8)
    minds = draw_minds(rng, population, hidden=0, greedy=True)._replace(
        controller=np.full(population, PLANNER, np.uint8),
        discount=np.full(population, 0.9),  # no two plans are equally good
    )
    minds = minds.with_own("planner", horizon=np.full(population, plan.steps, np.int32))
    lives = live(*ground, minds, np.arange(population), key_of(1))
    mesa = mesa_objective(ground, minds)
    wants = (mesa[:, :, : len(plan.ends)].max(axis=2) > 0.0).all(axis=1)  # else it wanders
    assert wants.any()
    criterion = np.zeros((len(ground.worlds.start), events_of(plan)))
    criterion[:, : len(plan.ends)] = plan.outcomes[:, 0]
    cross_evaluated = ReferenceReturns(ground, discount=0.9).cross_evaluated(
        mesa[wants], minds.discount[wants], criterion
    )
    assert np.allclose(lives.outcomes[wants, :, numbered_layout(plan).own["0"]], cross_evaluated)


@pytest.mark.parametrize("seed", range(cases(8, 3)))
def test_the_distance_of_events_is_the_starc_distance_of_their_rewards(seed):
    plan = any_plan(seed, slip=0.3 * (seed % 2), taken=np.zeros(0, bool))
    plan = plan._replace(taken=np.zeros(len(plan.ends), bool), carried=np.zeros(len(plan.ends), bool))
    ground = ground_of(plan, seed, 1)
    (world,) = tabulate(ground)
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(2, 1, 1, events_of(plan)))
    by_events = ReferenceReturns(ground, discount=0.9).distances(first, second)[0]
    states, actions, branches = world.entered.shape
    dense, rewards = np.zeros((states, actions, states)), []
    for branch in range(branches):
        np.add.at(dense, (*np.indices((states, actions)), world.transition.successor[:, :, branch]),
                  world.transition.probability[:, :, branch])  # fmt: skip
    for each in (first, second):
        rewards.append(np.repeat(reward_of(world, each[0, 0], 0.9)[:, :, None], states, axis=2))
    expected = starc_distance(*rewards, transition=dense, discount=0.9)
    assert by_events == pytest.approx(expected, abs=1e-7)


def test_opposite_objectives_are_at_1_and_indifferent_ones_at_a_half():
    ground = ground_of(any_plan(2), 2, 3)
    reference = ReferenceReturns(ground, discount=0.9)
    rewards = np.random.default_rng(1).normal(size=(1, 3, reference.events))
    assert reference.distances(rewards, 3.0 * rewards)[0] == pytest.approx(0.0, abs=1e-7)
    assert reference.distances(rewards, -rewards)[0] == pytest.approx(1.0)
    assert reference.distances(rewards, 0.0 * rewards)[0] == 0.5
    assert reference.distances(0.0 * rewards, 0.0 * rewards)[0] == 0.0


def test_values_of_many_states_are_found_by_sweeps_as_by_elimination(monkeypatch):
    ground = ground_of(any_plan(4), 4, 2)
    worlds = tabulate(ground)
    exact = gram_matrices(worlds, 0.9, events_of(ground.plan))
    monkeypatch.setattr("evosim.alignment.mdp.starc_by_world.DENSE", 0)
    assert np.allclose(gram_matrices(worlds, 0.9, events_of(ground.plan)), exact, atol=1e-6)


def test_worlds_that_only_look_and_pay_otherwise_are_solved_once():
    plan = ending_plan(7)
    ground = ground_of(plan, 7, 3)
    first = ReferenceReturns(ground, discount=0.9)
    assert first.random.any()
    assert first.grams.any()
    painted = ground._replace(
        plan=plan._replace(outcomes=plan.outcomes + 1.0),
        worlds=ground.worlds._replace(features=ground.worlds.features + 1),
    )
    second = ReferenceReturns(painted, discount=0.9, like=first)
    assert second.worlds is first.worlds
    assert second.grams is first.grams
    assert second.ground is painted
    moved = ground_of(plan, 8, 3)
    apart = ReferenceReturns(moved, discount=0.9, like=first)
    assert apart.worlds is not first.worlds
    fresh = ReferenceReturns(moved, discount=0.9)
    assert np.array_equal(apart.random, fresh.random)
    assert ReferenceReturns(ground._replace(plan=plan._replace(steps=9)), discount=0.9, like=first).steps == 9


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (2, 1), (2, 3)])
def test_kernels_are_given_arrays_of_the_same_types_however_many_minds_and_worlds_there_are(shape, monkeypatch):
    """A run is warmed with one world: what it needs for many is to be compiled by then."""
    handed = []

    def noting(function):
        return lambda *given: handed.extend(each for each in given if isinstance(each, np.ndarray)) or function(*given)

    for name in ("optimize", "count_optimal", "find_extremes", "count_events"):
        monkeypatch.setattr(optimal, name, noting(getattr(optimal, name)))
    plan = any_plan(4)
    worlds, events = tabulate(ground_of(plan, 4, shape[1])), events_of(plan)
    rewards, criterion, discounts = np.zeros((*shape, events)), np.ones((shape[1], events)), np.full(shape[0], 0.9)
    assert best_returns(worlds, rewards, 5).shape == shape
    assert optimal_counts(worlds, rewards, discounts, 5).shape == rewards.shape
    assert optimal_extremes(worlds, rewards, discounts, 5, criterion).shape == (*shape, 2)
    assert random_counts(worlds, 5, events).shape == criterion.shape
    assert len(handed) > 4 * shape[1]
    assert all(each.flags.c_contiguous for each in handed)
