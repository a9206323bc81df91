"""The behavioural objective: derivatives, planted objectives, honest intervals, and what can't be known."""

import numpy as np
import pytest
from effort import cases
from test_mdp import draw_process, soft_twin

from benchmarks.inference import best_agent, draw_mazes, errors, live, measure, reward_in, soft_agent
from evosim.alignment.inference import causal_entropy
from evosim.alignment.inference.causal_entropy import log_likelihoods, maximise_likelihood, total_log_likelihood
from evosim.alignment.inference.irl import Demonstration, checked_steps, infer_objective, infer_objectives
from evosim.alignment.inference.side_by_side import MOST_ABREAST
from evosim.alignment.mdp.solvers import finite_optimum, policy_values
from evosim.numerics.compiler import threads


def walk(dense, policy, count, rng):
    """Follow a policy `[T, S, A]` from state 0, many times."""
    states, actions = (np.zeros((count, len(policy)), int) for _ in range(2))
    for n in range(count):
        state = 0
        for t, chosen in enumerate(policy):
            states[n, t], actions[n, t] = state, rng.choice(len(chosen[state]), p=chosen[state])
            state = rng.choice(len(dense), p=dense[state, actions[n, t]])
    return states, actions


def draw_demonstration(rng, weights, count, *, horizon=6, discount=0.9, branches=2, states=6):
    dense, _ = draw_process(rng, states=states, branches=branches)
    features = rng.normal(size=(states, len(weights)))
    paid = np.repeat((features @ weights)[:, None], 3, axis=1)
    policy = soft_twin(dense, paid, horizon, discount, 1.0)
    return Demonstration(*walk(dense, policy, count, rng), dense, features)


def likelihood_twin(shown, weights, discount, entry=False):
    """Add up log-probabilities of what was done, by the soft policy of whole arrays."""
    met = shown.transition @ shown.features if entry else np.repeat(shown.features[:, None], 3, axis=1)
    policy = soft_twin(shown.transition, met @ weights, shown.actions.shape[1], discount, 1.0)
    time = np.broadcast_to(np.arange(shown.actions.shape[1]), shown.actions.shape)
    return (np.log(policy[time, shown.states, shown.actions]) + np.log(3)).sum()


@pytest.mark.parametrize("entry", [False, True])
@pytest.mark.parametrize("discount", [1.0, 0.8])
def test_the_likelihood_and_its_derivatives_equal_those_of_the_twin(discount, entry):
    rng = np.random.default_rng(0)
    weights, h = rng.normal(size=3), 1e-4
    shown = [draw_demonstration(rng, weights, 4) for _ in range(3)]
    worlds = [checked_steps(one, discount, entry, None, "") for one in shown]

    def gain(at):
        return sum(likelihood_twin(one, at, discount, entry) for one in shown)

    found = total_log_likelihood(worlds, weights)
    axes = h * np.eye(3)
    gradient = [(gain(weights + axis) - gain(weights - axis)) / (2 * h) for axis in axes]
    hessian = [
        [
            (gain(weights + a + b) - gain(weights + a - b) - gain(weights - a + b) + gain(weights - a - b))
            / (4 * h * h)
            for a in axes
        ]
        for b in axes
    ]
    assert found.gain == pytest.approx(gain(weights), abs=1e-9)
    assert np.allclose(found.gradient, gradient, atol=1e-6)
    assert np.allclose(found.hessian, hessian, atol=1e-5)


@pytest.mark.parametrize("horizon", [5, 12, 30])
def test_states_that_come_too_late_to_matter_are_passed_over_and_change_no_bit(monkeypatch, horizon):
    """A ring of rooms, walked from one of them: the others are far, or farther than there is time for."""
    rooms, rng = 25, np.random.default_rng(3)
    dense = np.stack([np.roll(np.eye(rooms), step, axis=1) for step in (0, 1, -1)], axis=1)
    moves = rng.integers(0, 3, (4, 5))
    states = np.cumsum(np.pad(np.array([0, 1, -1])[moves], ((0, 0), (1, 0))), axis=1) % rooms
    shown = Demonstration(states, moves, dense, rng.normal(size=(rooms, 3)))
    worlds, weights = [checked_steps(shown, 0.9, False, horizon, "")], rng.normal(size=3)
    earliest = np.empty(rooms, np.int32)
    causal_entropy.find_earliest(worlds[0], earliest)
    assert earliest.tolist() == [min(n, rooms - n, horizon) for n in range(rooms)]

    def found():
        return *total_log_likelihood(worlds, weights), log_likelihoods(worlds, np.stack([weights, -weights]))

    passed_over = found()
    monkeypatch.setattr(causal_entropy, "find_earliest", lambda data, out_earliest: out_earliest.fill(0))
    monkeypatch.setattr(causal_entropy, "find_latest", lambda data, out_latest: out_latest.fill(horizon))
    assert all(np.array_equal(one, other) for one, other in zip(passed_over, found(), strict=True))


def draw_agents(rng, count, *, branches=2, horizon=6, worlds=3, size=3):
    """Let agents of different objectives walk in the same worlds, some of them not in all, or not to the end."""
    shown = []
    for _ in range(worlds):
        first = draw_demonstration(rng, rng.normal(size=size), 1, branches=branches, horizon=horizon)
        dense, features = first.transition, first.features
        states, actions = np.full((2, count, horizon), -1)
        for agent in range(count):
            paid = np.repeat((features @ rng.normal(size=size))[:, None], 3, axis=1)
            steps = int(rng.integers(1, horizon + 1))
            states[agent, :steps], actions[agent, :steps] = (
                part[0, :steps] for part in walk(dense, soft_twin(dense, paid, horizon, 0.9, 1.0), 1, rng)
            )
        absent = rng.random(count) < 0.1 * (len(shown) > 0)
        states[absent], actions[absent] = -1, -1
        shown.append(Demonstration(states, actions, dense, features, np.repeat(features[:, None], 3, axis=1) * 2.0))
    return shown


def of_agent(shown, agent):
    """Show the trajectories of one agent alone."""
    mine = slice(agent, agent + 1)
    return [one._replace(states=one.states[mine], actions=one.actions[mine]) for one in shown]


@pytest.mark.parametrize(("branches", "size"), [(1, 3), (2, 3), (2, 1)])
def test_of_many_agents_is_inferred_what_is_of_each_alone_to_the_last_bit_on_any_threads(branches, size):
    rng = np.random.default_rng(branches + size)
    count = cases(4 * MOST_ABREAST + 7, 6)
    shown = draw_agents(rng, count, branches=branches, size=size)
    alone = [infer_objective(of_agent(shown, agent), discount=0.9) for agent in range(count)]
    for number in (1, 2, 3):
        with threads.using(number):
            together = infer_objectives(shown, discount=0.9)
        for one, other in zip(alone, together, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    few = infer_objectives(
        [one._replace(states=one.states[:2], actions=one.actions[:2]) for one in shown], discount=0.9
    )
    assert np.array_equal(few[1].weights, alone[1].weights)


def with_features(shown, features, last):
    return [one._replace(features=a, last=b) for one, a, b in zip(shown, features, last, strict=True)]


@pytest.mark.parametrize(("branches", "size"), [(1, 1), (2, 1), (2, 3)])
def test_agents_with_features_of_their_own_have_the_numbers_of_each_alone_to_the_last_bit(branches, size):
    rng = np.random.default_rng(branches + size)
    count = cases(2 * MOST_ABREAST + 2, 6)
    shown = draw_agents(rng, count, branches=branches, size=size)
    features, last = (
        [rng.normal(size=(count, *one.last.shape)) * (rng.random((count, *one.last.shape)) < 0.3) for one in shown]
        for _ in range(2)
    )
    alone = [
        infer_objective(
            of_agent(with_features(shown, [part[agent] for part in features], [part[agent] for part in last]), agent),
            discount=0.9,
        )
        for agent in range(count)
    ]
    for number in (1, 2, 3):
        with threads.using(number):
            together = infer_objectives(with_features(shown, features, last), discount=0.9, own_features=True)
        for one, other in zip(alone, together, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_features_that_are_not_those_of_each_agent_are_refused_in_a_sentence():
    shown = draw_agents(np.random.default_rng(0), 3, worlds=2)
    with pytest.raises(ValueError, match=r"demonstrations\[0\]: features: the shape .* must be \[3, S, A, F\]"):
        infer_objectives(shown, discount=0.9, own_features=True)


def test_agents_that_were_not_seen_alike_are_refused_in_a_sentence():
    shown = draw_agents(np.random.default_rng(0), 3, worlds=2)
    with pytest.raises(ValueError, match=r"worlds have \[2, 3\] trajectories"):
        infer_objectives(
            [shown[0], shown[1]._replace(states=shown[1].states[:2], actions=shown[1].actions[:2])], discount=0.9
        )
    for one in shown:
        one.states[1], one.actions[1] = -1, -1
    with pytest.raises(ValueError, match="no action was seen in any of them by agent 1"):
        infer_objectives(shown, discount=0.9)
    with pytest.raises(ValueError, match="there are none"):
        infer_objectives([], discount=0.9)


def test_features_expected_are_those_met_where_moves_are_certain():
    rng = np.random.default_rng(1)
    shown = draw_demonstration(rng, np.array([1.0, -1.0]), 30, branches=1)
    world = checked_steps(shown, 1.0, False, None, "")
    weights, _ = maximise_likelihood(lambda at: total_log_likelihood([world], at), 2)
    policy = soft_twin(shown.transition, np.repeat((shown.features @ weights)[:, None], 3, axis=1), 6, 1.0, 1.0)
    expected = [policy_values(shown.transition, feature, policy, discount=1)[0, 0] for feature in shown.features.T]
    assert np.allclose(expected, shown.features[shown.states].sum(axis=1).mean(axis=0), atol=1e-6)


def test_intervals_hold_the_planted_objective_as_often_as_they_say():
    rng, sets, held = np.random.default_rng(2), cases(120, 30), 0
    for _ in range(sets):
        planted = rng.normal(size=3)
        found = infer_objective(
            [draw_demonstration(rng, planted, 20, states=4) for _ in range(2)], discount=0.9, ridge=0.01
        )
        off = found.weights - planted
        held += off @ np.linalg.solve(found.covariance, off) < 7.815  # 95% of chi-square, three weights
    # within three standard deviations of a binomial
    assert abs(held - 0.95 * sets) < 3 * np.sqrt(sets * 0.95 * 0.05)


@pytest.mark.compiled
def test_planted_objectives_are_recovered_from_soft_agents_in_mazes():
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        planted = rng.uniform(-2, 2, 6)
        planted[2] = 3
        mazes = draw_mazes(seed, 16)
        shown = [live(maze, soft_agent(maze, planted), 60, rng) for maze in mazes]
        found = infer_objective(shown, discount=0.95, on_entry=True)
        off = errors(found, planted, mazes)
        assert off.starc < 0.06
        assert off.regret < 0.01
        assert off.angle < 10


@pytest.mark.compiled
def test_agents_that_always_take_the_best_action_show_what_is_best_but_not_by_how_much():
    soft, best = ([measure(seed, agent, [120], worlds=12)[0] for seed in (1, 2, 3)] for agent in ("soft", "best"))
    assert np.median([one.starc for one in best]) > 2 * np.median([one.starc for one in soft])
    assert np.median([one.regret for one in best]) < 0.01


def test_what_the_features_seen_do_not_tell_apart_is_not_identified():
    (maze,) = draw_mazes(5, 1)
    maze = maze._replace(steps=cases(60, 12))
    planted = np.array([1.0, 0, 2, -1, 0, 1])  # red, blue, door, key, gem, ball
    shown = live(maze, soft_agent(maze, planted), 20, np.random.default_rng(0))
    found = infer_objective([shown], discount=0.95, on_entry=True)
    span = maze.features[maze.features.any(axis=1)]
    assert found.unidentified.shape == (2, 6)
    assert np.allclose(span @ found.unidentified.T, 0, atol=1e-9)  # no object differs along them
    assert np.allclose(found.unidentified @ found.unidentified.T, np.eye(2))
    assert np.allclose(found.unidentified @ found.weights, 0, atol=1e-6)
    assert np.allclose(found.unidentified @ found.covariance @ found.unidentified.T, 100 * np.eye(2), atol=1e-6)


def test_what_pays_alike_everywhere_is_not_identified_whatever_its_units():
    rng = np.random.default_rng(3)
    shown = draw_demonstration(rng, np.array([1.0]), 10)
    features = np.concatenate([shown.features * 1e-4, np.full((6, 1), 5.0), np.zeros((6, 1))], axis=1)
    found = infer_objective([shown._replace(features=features)], discount=0.9)
    assert found.unidentified.shape == (2, 3)
    assert np.allclose(found.unidentified[:, 0], 0)


def test_an_end_is_an_end_however_it_is_written():
    rng = np.random.default_rng(4)
    shown = draw_demonstration(rng, np.array([1.0, -1.0]), 10, branches=1)
    shown.states[0, 3:] = shown.actions[0, 3:] = -1
    padded = infer_objective([shown], discount=0.9)
    worlds = [shown._replace(states=shown.states[1:], actions=shown.actions[1:])]
    short = np.pad(shown.states[:1, :3], ((0, 0), (0, 3)), constant_values=-1)
    worlds.append(shown._replace(states=short, actions=shown.actions[:1]))
    assert np.allclose(padded.weights, infer_objective(worlds, discount=0.9).weights)
    assert padded.steps == 57
    ended = np.append(shown.states, np.full((10, 1), -1), axis=1)
    assert np.allclose(padded.weights, infer_objective([shown._replace(states=ended)], discount=0.9).weights)


def test_the_objective_recovered_is_as_good_to_pursue_where_noise_pushes_about():
    rng = np.random.default_rng(5)
    planted = np.array([2.0, -1.0, 0.5])
    shown = [draw_demonstration(rng, planted, cases(200, 100)) for _ in range(3)]
    found = infer_objective(shown, discount=0.9)
    for one in shown:
        best = finite_optimum(one.transition, one.features @ planted, horizon=6)[1][0, 0]
        policy, _ = finite_optimum(one.transition, one.features @ found.weights, horizon=6)
        got = policy_values(one.transition, one.features @ planted, policy, discount=1)[0, 0]
        random = policy_values(one.transition, one.features @ planted, np.full((6, 3), 1 / 3), horizon=6, discount=1)
        assert best - got < 0.02 * (best - random[0, 0])


def test_a_maze_is_left_for_over_from_every_object():
    (maze,) = draw_mazes(6, 1)
    over = len(maze.features) - 1
    assert not maze.features[over].any()
    for state in np.flatnonzero(maze.features.any(axis=1)):
        assert (maze.transition.successor[state] == over).all()
    policy = best_agent(maze, np.array([0, 0, 1.0, 0, 0, 0]))
    shown = live(maze, policy, 1, np.random.default_rng(0))
    entered = int(
        maze.transition.successor[shown.states[shown.states >= 0][-1], shown.actions[shown.actions >= 0][-1], 0]
    )
    assert maze.features[entered, 2] == 1
    assert reward_in(maze, np.ones(6)).max() == 2


GIVEN = Demonstration(np.array([[0, 1]]), np.array([[1, 0]]), np.array([[[1.0, 0], [0, 1]]] * 2), np.eye(2))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"states": np.array([[0, 2]])}, "states: they are numbered from 0 to 1"),
        ({"actions": np.array([[0, 2]])}, "actions: they are numbered from 0 to 1"),
        ({"states": np.array([[0, 0]])}, "trajectory 0, step 0: action 1 can't lead from state 0 to 0"),
        ({"states": np.array([[-1, 1]])}, "after -1"),
        ({"states": np.array([[-1, -1]])}, "no action was seen"),
        ({"states": np.array([0, 1])}, r"\[N, T\]"),
        ({"states": np.array([[0.5, 1]])}, "whole numbers"),
        ({"actions": np.array([[1, 0, 0]])}, "must both be"),
        ({"features": np.zeros((3, 2))}, "features: the shape"),
        ({"features": np.full((2, 2), np.nan)}, r"demonstrations\[0\]: features: nan"),
        ({"transition": np.ones((2, 2, 2))}, "sum to 2"),
    ],
)
def test_bad_demonstrations_are_refused_in_a_sentence(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        infer_objective([GIVEN._replace(**change)], discount=0.9)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"discount": 2}, "discount"),
        ({"discount": 1, "ridge": 0}, "ridge"),
        ({"discount": 1, "horizon": 1}, "horizon: 1 is less"),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        infer_objective([GIVEN], **arguments)
    with pytest.raises(ValueError, match="there are none"):
        infer_objective([], discount=1)


def test_no_features_worth_anything_leave_all_unidentified():
    found = infer_objective([GIVEN._replace(features=np.zeros((2, 2)))], discount=0.9)
    assert found.weights.tolist() == [0, 0]
    assert found.unidentified.shape == (2, 2)
    assert found.gain == 0


def test_what_the_last_step_pays_counts_at_the_end_alone():
    """The likelihood is that of softmax actions by plain recursion, where the last step pays something else."""
    rng = np.random.default_rng(5)
    states, actions, steps, discount = 4, 3, 6, 0.9
    dense = rng.dirichlet(np.ones(states), (states, actions))
    features, last = rng.normal(size=(2, states, actions, 2))
    weights = np.array([0.7, -1.3])
    done = rng.integers(actions, size=(1, steps))
    visited = [0]
    for action in done[0]:
        visited.append(int(rng.choice(states, p=dense[visited[-1], action])))
    shown = Demonstration(np.array([visited]), done, dense, features, last)
    found = total_log_likelihood([checked_steps(shown, discount, False, None, "here")], weights)
    values, gain = np.zeros(states), 0.0
    for tick in reversed(range(steps)):
        ahead = (last if tick == steps - 1 else features) @ weights + discount * dense @ values
        values = np.log(np.exp(ahead).mean(axis=1))
        gain += ahead[visited[tick], done[0, tick]] - values[visited[tick]]
    assert found.gain == pytest.approx(gain)
    with pytest.raises(ValueError, match="last: the shape"):
        infer_objective([shown._replace(last=last[:, :, :1])], discount=discount)
