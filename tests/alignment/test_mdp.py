"""Decision processes: solutions equal those of brute force, of array algebra, and of QuantEcon."""

import itertools

import numpy as np
import pytest
from effort import cases

from evosim.alignment.mdp import solvers as mdp
from evosim.alignment.mdp.solvers import (
    Transition,
    expected_reward,
    finite_optimum,
    occupancy,
    optimal_values,
    policy_values,
    soft_optimum,
    transition_of,
)


def draw_process(rng, states=6, actions=3, branches=2):
    """Draw a dense transition `[S, A, S]`, with few ways on, and a reward `[S, A, S]`."""
    dense = np.zeros((states, actions, states))
    for state, action in np.ndindex(states, actions):
        dense[state, action, rng.choice(states, branches, replace=False)] = rng.dirichlet(np.ones(branches))
    return dense, rng.normal(size=dense.shape)


def paid_in(dense, reward):
    return np.einsum("ijk,ijk->ij", dense, reward)


def soft_twin(dense, paid, horizon, discount, beta):
    """Plan softly by log-sum-exp over whole arrays (Ziebart's form)."""
    values, policies = np.zeros(len(paid)), []
    for _ in range(horizon):
        ahead = beta * (paid + discount * dense @ values)
        total = np.logaddexp.reduce(ahead, axis=1)
        policies.insert(0, np.exp(ahead - total[:, None]))
        values = total / beta
    return np.array(policies)


def test_a_dense_transition_and_its_table_are_the_same():
    rng = np.random.default_rng(0)
    for branches in (1, 2, 6):
        dense, reward = draw_process(rng, branches=branches)
        table = transition_of(dense)
        assert table.successor.shape == (6, 3, branches)
        again = np.zeros_like(dense)
        for state, action, branch in np.ndindex(table.successor.shape):
            again[state, action, table.successor[state, action, branch]] += table.probability[state, action, branch]
        assert np.allclose(again, dense, atol=1e-15)
        assert np.allclose(expected_reward(table, reward), paid_in(dense, reward))


def test_rewards_of_every_form_come_to_what_an_action_pays():
    dense, reward = draw_process(np.random.default_rng(1))
    table = transition_of(dense)
    in_state, by_branch = np.arange(6.0), np.random.default_rng(2).normal(size=table.successor.shape)
    assert (expected_reward(dense, in_state) == in_state[:, None]).all()
    assert np.allclose(expected_reward(table, by_branch), (table.probability * by_branch).sum(axis=2))
    assert np.allclose(expected_reward(table, in_state[table.successor]), dense @ in_state)
    assert np.allclose(expected_reward(table, paid_in(dense, reward)), paid_in(dense, reward))


def solved_by_quantecon(dense, paid, discount):
    from quantecon.markov import DiscreteDP  # can't be imported without the compiler

    return DiscreteDP(paid, dense, discount).solve(method="policy_iteration")


@pytest.mark.compiled
def test_unbounded_optimum_equals_quantecon():
    rng = np.random.default_rng(3)
    for discount in (0.0, 0.5, 0.95, 0.999):
        for _ in range(10):
            dense, reward = draw_process(rng)
            theirs = solved_by_quantecon(dense, paid_in(dense, reward), discount)
            assert np.allclose(optimal_values(dense, reward, discount=discount), theirs.v, atol=1e-8)
            policy = np.eye(3)[theirs.sigma]
            assert np.allclose(policy_values(dense, reward, policy, discount=discount), theirs.v, atol=1e-8)


def test_unbounded_optimum_equals_the_best_of_all_policies():
    rng = np.random.default_rng(11)
    for discount in (0.0, 0.9):
        dense, reward = draw_process(rng, states=4)
        paid, best = paid_in(dense, reward), np.full(4, -np.inf)
        for choice in itertools.product(range(3), repeat=4):
            chain = dense[np.arange(4), choice]
            values = np.linalg.solve(np.eye(4) - discount * chain, paid[np.arange(4), choice])
            assert np.allclose(policy_values(dense, reward, np.eye(3)[list(choice)], discount=discount), values)
            best = np.maximum(best, values)
        assert np.allclose(optimal_values(dense, reward, discount=discount), best)


def test_finite_optimum_equals_brute_force_over_all_plans():
    rng = np.random.default_rng(4)
    for _ in range(cases(5, 2)):
        dense, reward = draw_process(rng, states=3, actions=2)
        paid, horizon = paid_in(dense, reward), 3
        best = np.full(3, -np.inf)
        for choice in itertools.product(range(2), repeat=3 * horizon):
            plan = np.eye(2)[np.array(choice).reshape(horizon, 3)]
            values = np.zeros(3)
            for step in plan[::-1]:
                values = (step * (paid + 0.9 * dense @ values)).sum(axis=1)
            best = np.maximum(best, values)
        policy, values = finite_optimum(dense, reward, horizon=horizon, discount=0.9)
        assert np.allclose(values[0], best)
        assert np.allclose(policy_values(dense, reward, policy, discount=0.9), values)


def test_soft_optimum_equals_its_twin():
    rng = np.random.default_rng(5)
    for beta, discount in [(1.0, 1.0), (-2.0, 0.9), (300.0, 0.95), (0.01, 1.0)]:
        dense, reward = draw_process(rng)
        policy, values = soft_optimum(dense, reward, horizon=8, discount=discount, beta=beta)
        assert np.allclose(policy, soft_twin(dense, paid_in(dense, reward), 8, discount, beta), atol=1e-10)
        achieved = policy_values(dense, reward, policy, discount=discount)
        assert (values[:-1] <= achieved[:-1] + 1e-9).all() if beta > 0 else (values >= achieved - 1e-9).all()


def test_soft_values_pass_smoothly_through_those_of_random_actions():
    dense, reward = draw_process(np.random.default_rng(6))
    policy, values = soft_optimum(dense, reward, horizon=5, beta=0.0)
    assert (policy == 1 / 3).all()
    assert np.allclose(values, policy_values(dense, reward, np.full((6, 3), 1 / 3), horizon=5, discount=1))
    for beta in (1e-12, -1e-12):
        assert np.allclose(soft_optimum(dense, reward, horizon=5, beta=beta)[1], values, atol=1e-10)


def test_avoiding_a_reward_softly_is_wanting_its_negative():
    dense, reward = draw_process(np.random.default_rng(7))
    avoiding = soft_optimum(dense, reward, horizon=5, beta=-2.0)[0]
    assert np.allclose(avoiding, soft_optimum(dense, -reward, horizon=5, beta=2.0)[0])


def test_occupancy_equals_powers_of_the_chain():
    rng = np.random.default_rng(8)
    dense, _ = draw_process(rng)
    policy, start = rng.dirichlet(np.ones(3), (4, 6)), rng.dirichlet(np.ones(6))
    visited = occupancy(dense, policy, start, horizon=4)
    for t in range(4):
        assert np.allclose(visited[t], start)
        start = start @ np.einsum("sa,sak->sk", policy[t], dense)
    assert np.allclose(visited.sum(axis=1), 1)


def test_ties_are_shared_even_if_rounding_tells_them_apart():
    corridor = np.zeros((4, 2, 4))
    corridor[0, 0, 1] = corridor[0, 1, 2] = corridor[1, :, 3] = corridor[2, :, 3] = corridor[3, :, 3] = 1
    reward = np.array([[0.1, 0.3], [0.2, 0.2], [0.0, 0.0], [0.0, 0.0]])  # .1 + .2 is not .3 in floating point
    policy, _ = finite_optimum(corridor, reward, horizon=2)
    assert policy[0, 0].tolist() == [0.5, 0.5]


def test_far_rewards_that_discounting_makes_tiny_are_no_ties():
    ring = np.zeros((60, 2, 60))
    for state in range(59):
        ring[state, 0, state + 1] = ring[state, 1, max(state - 1, 0)] = 1
    ring[59, :, 59] = 1
    policy, values = finite_optimum(ring, np.eye(60)[59] * 1e-3, horizon=100, discount=0.5)
    assert 0 < values[0, 0] < 1e-17
    assert (policy[0, :59, 0] == 1).all()


@pytest.mark.compiled
def test_a_discount_near_one_is_solved_all_the_same():
    dense, reward = draw_process(np.random.default_rng(9), states=40)
    for discount in (0.99999, 0.99999999):
        theirs = solved_by_quantecon(dense, paid_in(dense, reward), discount)
        assert np.allclose(optimal_values(dense, reward, discount=discount), theirs.v, rtol=1e-7)
        policy = np.eye(3)[theirs.sigma]
        assert np.allclose(policy_values(dense, reward, policy, discount=discount), theirs.v, rtol=1e-7)


@pytest.mark.compiled
def test_thousands_of_states_with_a_discount_near_one_are_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(mdp, "WORK", 1_000_000)
    table = Transition(np.arange(3000)[:, None, None], np.ones((3000, 1, 1)))
    with pytest.raises(ValueError, match="use a horizon"):
        optimal_values(table, np.ones(3000), discount=1 - 1e-9)


def test_thousands_of_states_are_solved():
    states = cases(5000, 300)
    states_on = np.minimum(np.arange(states) + 1, states - 1)
    table = Transition(np.stack([states_on, np.arange(states)], axis=1)[:, :, None], np.ones((states, 2, 1)))
    reward = np.zeros((states, 2))
    reward[states - 2, 0] = 1
    values = optimal_values(table, reward, discount=0.99)
    assert np.allclose(values[: states - 1], 0.99 ** np.arange(states - 2, -1, -1), atol=1e-9)
    assert values[states - 1] == 0


def test_no_reward_is_worth_nothing_and_everything_is_optimal():
    dense, _ = draw_process(np.random.default_rng(10))
    policy, values = finite_optimum(dense, np.zeros(6), horizon=3)
    assert (policy == 1 / 3).all()
    assert not values.any()
    assert not optimal_values(dense, np.zeros(6), discount=0.9).any()


ONE = np.ones((1, 1, 1))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: transition_of(np.zeros((0, 2, 0))), "empty"),
        (lambda: transition_of(np.full((2, 1, 2), 0.4)), r"at \[0, 0\] sum to 0.8"),
        (lambda: transition_of(np.array([[[2.0, -1.0]], [[1.0, 0.0]]])), r"at \[0, 0, 1\] is negative"),
        (lambda: transition_of(np.full((2, 1, 2), np.nan)), "nan at"),
        (lambda: transition_of(np.ones((2, 1, 1))), r"must be \[S, A, S\]"),
        (lambda: transition_of(Transition(np.full((1, 1, 1), 3), ONE)), "numbered from 0 to 0"),
        (lambda: transition_of(Transition(np.zeros((1, 1, 1)), ONE)), "not float64"),
        (lambda: transition_of(Transition(np.zeros((1, 1, 2), np.int32), ONE)), r"both be \[S, A, B\]"),
        (lambda: expected_reward(ONE, np.zeros(3)), r"the shape \[3\] must be"),
        (lambda: expected_reward(ONE, [np.inf]), "inf at"),
        (lambda: expected_reward(Transition(np.array([[[1, 0]], [[0, 1]]], np.int32), np.full((2, 1, 2), 0.5)), np.zeros((2, 1, 2))), "states or branches"),
        (lambda: optimal_values(ONE, [1.0], discount=1), "less than 1"),
        (lambda: finite_optimum(ONE, [1.0], horizon=0), "horizon: 0"),
        (lambda: finite_optimum(ONE, [1.0], horizon=2, discount=1.5), "from 0 to 1"),
        (lambda: soft_optimum(ONE, [1.0], horizon=2, beta=np.inf), "finite_optimum"),
        (lambda: policy_values(ONE, [1.0], np.ones((3, 1, 1)), horizon=2, discount=1), "3 steps"),
        (lambda: policy_values(ONE, [1.0], np.ones((2, 1)), horizon=2, discount=1), "policy: the shape"),
        (lambda: occupancy(ONE, np.ones((1, 1)), [0.5, 0.5], horizon=2), r"must be \[1\]"),
    ],
)  # fmt: skip
def test_what_is_no_decision_process_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
