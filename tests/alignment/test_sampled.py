"""Sampling: where worlds are too large to be listed, lives measure what listing would have measured."""

import numpy as np
import pytest
from effort import cases
from samples import plan_of
from test_optimal_returns import ending_plan
from test_tabular import ground_of

from evosim.alignment.assessment.sampled_returns import (
    SampledReferenceReturns,
    trace_event_counts,
    with_unique_features,
)
from evosim.alignment.mdp.objectives import events_of
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.rollout import new_traces
from evosim.gridworld.spec import Supply
from evosim.numerics.random import key_of

EPISODES = cases(24, 4)


def test_random_lives_come_to_what_is_exact_for_random_actions():
    plan = plan_of(6, 7, 3, np.random.default_rng(2), taken=np.array([True, False, True]), steps=20, slip=0.2)
    ground = ground_of(plan, 2, EPISODES)
    exact, sampled = (
        ReferenceReturns(ground, discount=0.9).random,
        SampledReferenceReturns(ground, discount=0.9, key=key_of(1)).random,
    )
    lives = 32 * EPISODES
    assert np.abs(sampled - exact).mean(axis=0) == pytest.approx(0.0, abs=6.0 * np.sqrt(20 / lives) + 0.2)
    assert sampled.mean(axis=0)[:3] == pytest.approx(exact.mean(axis=0)[:3], rel=0.25, abs=0.05)


def test_where_the_planner_sees_all_its_returns_are_optimal():
    plan = ending_plan(5)
    ground = ground_of(plan, 5, EPISODES)
    rng = np.random.default_rng(5)
    rewards = np.zeros((4, EPISODES, events_of(plan)))
    rewards[:, :, : len(plan.ends)] = rng.uniform(0.1, 1.0, (4, 1, len(plan.ends)))
    criterion = np.tile(rng.normal(size=events_of(plan)), (EPISODES, 1))
    criterion[:, -1] = 0.0
    discounts = np.array([0.9, 0.7, 0.95, 0.83])
    exact, sampled = (
        ReferenceReturns(ground, discount=0.9),
        SampledReferenceReturns(ground, discount=0.9, key=key_of(1)),
    )
    assert np.allclose(
        sampled.cross_evaluated(rewards, discounts, criterion), exact.cross_evaluated(rewards, discounts, criterion)
    )


def test_what_is_taken_on_the_way_counts_and_bounds_the_best_from_below():
    plan = plan_of(6, 6, 4, np.random.default_rng(3), taken=np.ones(4, bool), steps=30)
    ground = ground_of(plan, 3, EPISODES)
    rewards = np.zeros((1, EPISODES, events_of(plan)))
    rewards[:, :, :4] = [1.0, 0.5, 0.25, -1.0]
    best = SampledReferenceReturns(ground, discount=0.95, key=key_of(1)).best_returns(rewards)
    optimum = ReferenceReturns(ground, discount=0.95).best_returns(rewards)
    assert (best <= optimum + 1e-9).all()
    assert best.mean() > 0.95 * optimum.mean()


def test_returns_by_objectives_that_depend_on_hunger_are_undefined():
    plan = plan_of(6, 6, 2, np.random.default_rng(3), supply=Supply(9.0, 9.0, 0.5, 0.5, 0.0), steps=10)
    reference = SampledReferenceReturns(ground_of(plan, 3, 2), discount=0.9, key=key_of(1))
    rewards = np.zeros((2, 2, reference.events))
    rewards[:, :, 0] = 1.0
    rewards[1, :, 2] = 1.0
    assert reference.depends_on_hunger(rewards).tolist() == [False, True]
    for returns in (reference.random_returns(rewards), reference.best_returns(rewards)):
        assert np.isnan(returns).tolist() == [[False, False], [True, True]]


def test_each_thing_has_a_feature_of_its_own():
    plan = plan_of(6, 6, 3, np.random.default_rng(3), steps=10)
    ground = ground_of(plan, 3, 2)
    only = with_unique_features(ground, 1)
    assert only.worlds.features.tolist() == np.eye(3)[None].tolist()
    assert only.worlds.start[0] == ground.worlds.start[1]
    assert trace_event_counts(only, new_traces(1, 1, 10)).sum() == 0
