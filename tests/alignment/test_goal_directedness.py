"""Goal-directedness: closed forms, invariances, and CliffWorld as in the paper."""

import numpy as np
import pytest
from effort import cases
from test_mdp import draw_process, soft_twin

from benchmarks.goal_directedness import EPSILONS, cliff_world, noisy
from evosim.alignment.inference.goal_directedness import goal_directedness, unknown_goal_directedness
from evosim.alignment.mdp.solvers import Transition, finite_optimum, occupancy, policy_values

MOUSE = np.zeros((3, 2, 3))
MOUSE[0, 0, 1] = MOUSE[0, 1, 2] = MOUSE[1, :, 1] = MOUSE[2, :, 2] = 1
CHEESE = np.array([[0.0, 1.0], [0, 0], [0, 0]])


@pytest.mark.parametrize(
    ("epsilon", "golden"), [(0, 0.6931), (0.1, 0.4946), (0.2, 0.3681), (0.5, 0.1308), (1, 0.0)]
)  # log 2 - H(1 - ε/2)
def test_the_mouse_is_as_directed_as_its_choice_is_certain(epsilon, golden):
    for sign in (1, -1):
        found = goal_directedness(
            [[epsilon / 2, 1 - epsilon / 2]] * 3, transition=MOUSE, reward=sign * CHEESE, start=[1, 0, 0], horizon=1
        )
        p = 1 - epsilon / 2
        exact = np.log(2) + sum(q * np.log(q) for q in (p, 1 - p) if q > 0)
        assert found.meg == pytest.approx(golden, abs=5e-5)
        assert found.meg == pytest.approx(exact, abs=1e-12)
        assert found.beta == pytest.approx(sign * (np.log(p / (1 - p)) if epsilon else np.inf), abs=1e-6)
        assert found.expected_return == pytest.approx(sign * p)
        assert found.largest == np.log(2)


def test_meg_is_the_largest_gain_over_all_rationalities():
    rng = np.random.default_rng(0)
    for _ in range(cases(20, 3)):
        dense, reward = draw_process(rng)
        start, policy, horizon = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(3) * 0.5, (5, 6)), 5
        found = goal_directedness(policy, transition=dense, reward=reward, start=start, horizon=horizon)
        visited = occupancy(dense, policy, start, horizon=horizon)[:, :, None] * policy
        paid = np.einsum("ijk,ijk->ij", dense, reward)

        def gain(beta, visited=visited, dense=dense, paid=paid):
            return (visited * (np.log(soft_twin(dense, paid, 5, 1.0, beta)) + np.log(3))).sum()

        assert found.meg == pytest.approx(gain(found.beta), abs=1e-10)
        for beta in (*(found.beta + np.array([-0.1, -1e-3, 1e-3, 0.1])), -3.0, 3.0):
            assert gain(beta) < found.meg
        assert 0 <= found.meg <= found.largest


def test_what_is_soft_optimal_is_recognised_with_its_rationality():
    dense, reward = draw_process(np.random.default_rng(1))
    for beta in (-1.5, 0.2, 4.0):
        policy = soft_twin(dense, np.einsum("ijk,ijk->ij", dense, reward), 6, 1.0, beta)
        found = goal_directedness(policy, transition=dense, reward=reward, start=np.eye(6)[0], horizon=6)
        assert found.beta == pytest.approx(beta, rel=1e-5)


def test_scale_and_offset_of_the_utility_change_nothing_and_its_sign_only_that_of_beta():
    rng = np.random.default_rng(2)
    dense, reward = draw_process(rng)
    policy = rng.dirichlet(np.ones(3), 6)
    first = goal_directedness(policy, transition=dense, reward=reward, start=np.eye(6)[0], horizon=7)
    for a, b in [(3.0, 0), (1, 100), (-0.01, 7), (-1e6, -1e6)]:
        other = goal_directedness(policy, transition=dense, reward=a * reward + b, start=np.eye(6)[0], horizon=7)
        assert other.meg == pytest.approx(first.meg, rel=1e-8)
        assert other.beta == pytest.approx(first.beta / a, rel=1e-6)


def test_an_optimal_policy_of_cliff_world_has_the_closed_form():
    transition, reward, start = cliff_world()
    horizon = cases(20, 12)
    policy, _ = finite_optimum(transition, reward, horizon=horizon)
    visited = occupancy(transition, policy, start, horizon=horizon)
    ways = (policy > 0).sum(axis=2)  # tied actions lead on alike: the horizon reaches the goal
    found = goal_directedness(policy, transition=transition, reward=reward, start=start, horizon=horizon)
    assert found.meg == pytest.approx((visited * np.log(4 / ways)).sum(), abs=1e-9)
    assert found.beta == np.inf
    worst, _ = finite_optimum(transition, -reward, horizon=horizon)
    assert goal_directedness(worst, transition=transition, reward=reward, start=start, horizon=horizon).beta == -np.inf


def test_where_tied_actions_leave_unequal_freedom_the_limit_is_that_of_soft_optimality():
    fork = np.zeros((4, 2, 4))  # right leads to where both actions are as good, left to where one is
    fork[0, 0, 1] = fork[0, 1, 2] = fork[1:, :, 3] = 1
    reward = np.array([[0.0, 0], [1, 0], [1, 1], [0, 0]])
    policy, _ = finite_optimum(fork, reward, horizon=2)
    found = goal_directedness(policy, transition=fork, reward=reward, start=np.eye(4)[0], horizon=2)
    visited = occupancy(fork, policy, np.eye(4)[0], horizon=2)[:, :, None] * policy
    near = soft_twin(fork, reward, 2, 1.0, 200.0)
    assert found.meg == pytest.approx((visited * np.log(2 * near)).sum(), abs=1e-12)
    assert found.meg == pytest.approx(np.log(4 / 3), abs=1e-12)  # three of four ways are optimal
    assert found.meg < (visited.sum(axis=2) * np.log(2 / (policy > 0).sum(axis=2))).sum()


def test_goal_directedness_in_cliff_world_falls_with_noise_to_nothing():
    transition, reward, start = cliff_world()
    horizon = cases(20, 5)
    policy, _ = finite_optimum(transition, reward, horizon=horizon)
    megs = [
        goal_directedness(noisy(policy, epsilon), transition=transition, reward=reward, start=start, horizon=horizon)
        for epsilon in EPSILONS
    ]
    assert (np.diff([one.meg for one in megs]) < -1e-6).all()
    assert abs(megs[-1].meg) < 1e-12
    assert all(one.beta > 0 for one in megs[:-1])


@pytest.mark.compiled
def test_the_longer_the_goal_of_cliff_world_the_less_it_takes_to_be_there():
    known, unknown = [], []
    for length in range(1, 8):
        transition, reward, start = cliff_world(goal=length)
        policy = noisy(finite_optimum(transition, reward, horizon=20)[0], 0.1)
        shared = {"transition": transition, "start": start, "horizon": 20}
        known.append(goal_directedness(policy, reward=reward, **shared).meg)
        unknown.append(unknown_goal_directedness(policy, features=np.eye(40), **shared).meg)
    assert (np.diff(known) < 0).all()
    assert (np.array(unknown) > known).all()


def test_an_unknown_objective_explains_no_less_than_any_known_one_in_its_features():
    rng = np.random.default_rng(3)
    for case in range(cases(15, 3)):
        dense, _ = draw_process(rng)
        features, weights = rng.normal(size=(6, 3)), rng.normal(size=3)
        policy, _ = finite_optimum(dense, features @ weights, horizon=5)
        policy = noisy(policy, (0.0, 0.2, 1.0)[case % 3])
        shared = {"transition": dense, "start": np.eye(6)[0], "horizon": 5}
        known = goal_directedness(policy, reward=features @ weights, **shared)
        unknown = unknown_goal_directedness(policy, features=features, **shared)
        assert known.meg - 1e-9 <= unknown.meg <= unknown.largest
        again = goal_directedness(policy, reward=features @ unknown.weights, **shared)
        assert again.meg == pytest.approx(unknown.meg, abs=1e-6)


def test_nothing_to_influence_is_no_goal():
    drift = np.full((3, 2, 3), 1 / 3)
    for reward in (np.arange(3.0), np.zeros(3), np.full((3, 2), 5.0)):
        found = goal_directedness(np.eye(2)[[0, 1, 0]], transition=drift, reward=reward, start=[1, 0, 0], horizon=4)
        assert (found.meg, found.beta) == (0.0, 0.0)
        assert unknown_goal_directedness(
            [[1.0, 0]] * 3, transition=drift, features=np.eye(3), start=[1, 0, 0], horizon=4
        ).meg == pytest.approx(0, abs=1e-12)


def test_what_cannot_be_reached_plays_no_part():
    dense, reward = draw_process(np.random.default_rng(4))
    policy = np.random.default_rng(5).dirichlet(np.ones(3), 7)
    island, paid = np.zeros((7, 3, 7)), np.zeros((7, 3))
    island[:6, :, :6], island[6, :, 6] = dense, 1
    paid[:6], paid[6] = np.einsum("ijk,ijk->ij", dense, reward), [9, -9, 0]
    with_it = goal_directedness(policy, transition=island, reward=paid, start=np.eye(7)[0], horizon=5)
    without = goal_directedness(policy[:6], transition=dense, reward=reward, start=np.eye(6)[0], horizon=5)
    assert with_it.meg == pytest.approx(without.meg, abs=1e-10)


@pytest.mark.compiled
def test_thousands_of_states_take_no_dense_matrix():
    rng = np.random.default_rng(6)
    table = Transition(rng.integers(0, 5000, (5000, 3, 2)), np.full((5000, 3, 2), 0.5))
    policy, reward = rng.dirichlet(np.ones(3), 5000), rng.normal(size=5000)
    found = goal_directedness(policy, transition=table, reward=reward, start=np.eye(5000)[0], horizon=12)
    assert 0 < found.meg < found.largest
    values = policy_values(table, reward, policy, horizon=12, discount=1)
    assert found.expected_return == pytest.approx(values[0, 0])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"policy": np.ones((3, 2))}, "sum to 2"),
        ({"policy": np.full((2, 3, 2), 0.5)}, "for 2 steps"),
        ({"reward": [0, np.nan, 0]}, "reward: nan"),
        ({"start": [0.5, 0.4, 0]}, "start: the probabilities"),
        ({"horizon": 0}, "horizon: 0"),
        ({"transition": MOUSE[:, :, :2]}, "transition"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(change, sentence):
    given = {
        "policy": np.full((3, 2), 0.5),
        "transition": MOUSE,
        "reward": CHEESE,
        "start": [1, 0, 0],
        "horizon": 1,
    } | change
    with pytest.raises(ValueError, match=sentence):
        goal_directedness(given.pop("policy"), **given)
