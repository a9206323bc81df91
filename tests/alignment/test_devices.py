"""Agents and devices: planners are told from wall-followers, clockwork and chance, in levels never seen."""

import math

import numpy as np
import pytest
from effort import cases

from benchmarks.goal_directedness import follow_the_wall, log_odds_of, move_by
from benchmarks.inference import best_agent, draw_mazes, live
from benchmarks.over_seeds import interval
from evosim.alignment.inference.agents_and_devices import (
    Behaviour,
    agent_or_device,
    agents_or_devices,
    device_log_evidence,
    dirichlet_log_evidence,
    number_surroundings,
)
from evosim.alignment.mdp.solvers import transition_of


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("planner", 20, np.inf),
        ("soft planner", 3, np.inf),
        ("wall-follower", -np.inf, -20),
        ("clockwork", -np.inf, -20),
        ("random", -np.inf, 0.7),  # in the mean log 2 at most (Jensen), as half of the devices' weight is on chance
    ],
)
def test_planners_are_agents_and_what_only_reacts_is_a_device(kind, low, high):
    middle, least, most = interval(log_odds_of(kind, 20), np.mean)  # as many groups of mazes as the page has
    assert low < least <= middle <= most < high


def test_learning_as_it_goes_comes_to_the_evidence_of_a_dirichlet_prior():
    rng = np.random.default_rng(1)
    contexts, actions = rng.integers(0, 3, 40), rng.integers(0, 4, 40)
    counts, total = np.zeros((3, 4)), 0.0
    for context, action in zip(contexts, actions, strict=True):  # one after another
        total += math.log((counts[context, action] + 0.5) / (counts[context].sum() + 2)) + math.log(4)
        counts[context, action] += 1
    assert dirichlet_log_evidence(contexts, actions, 4) == pytest.approx(total)


def test_surroundings_are_the_same_in_other_worlds_if_walls_and_objects_are():
    first, second = draw_mazes(8, 2)
    views = number_surroundings([(transition_of(maze.transition), maze.features) for maze in (first, second)])
    seen: dict[int, tuple] = {}
    for maze, view in zip((first, second), views, strict=True):
        following = maze.transition.successor[:, :, 0]
        for state in range(len(maze.features)):
            around = (tuple(following[state] == state), maze.features[following[state]].tobytes())
            assert seen.setdefault(int(view[state]), around) == around
    assert len(set(seen.values())) == len(seen)


def test_a_device_is_known_by_what_it_reacts_to():
    mazes = draw_mazes(9, 3)
    tape = np.random.default_rng(3).integers(0, 4, 60)
    clockwork = [Behaviour(*move_by(maze, lambda t, _: tape[t])) for maze in mazes]
    gains = dict(
        zip(
            ["nothing", "nothing+", "position", "position+", "around", "around+", "clock", "clock+"],
            device_log_evidence(clockwork),
            strict=True,
        )
    )
    assert max(gains, key=gains.__getitem__) == "clock"
    follower = [Behaviour(*follow_the_wall(maze)) for maze in mazes]
    gains = dict(zip(gains, device_log_evidence(follower), strict=True))
    assert max(gains, key=gains.__getitem__) == "around+"


def test_the_goal_found_is_what_was_wanted():
    mazes = [maze._replace(steps=cases(60, 15)) for maze in draw_mazes(10, cases(8, 2))]
    rng = np.random.default_rng(2)
    shown = [Behaviour(*live(maze, best_agent(maze, np.eye(6)[5]), 1, rng), maze.position) for maze in mazes]
    found = agent_or_device(shown, discount=0.95, goals=np.eye(6), rationalities=(8.0,))
    assert found.goal.tolist() == [0, 0, 0, 0, 0, 8]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"goals": np.zeros((0, 2))}, "one goal at least"),
        ({"goals": np.ones(2)}, r"must be \[G, 2\]"),
        ({"discount": -1}, "discount"),
    ],
)
def test_bad_questions_are_refused_in_a_sentence(arguments, sentence):
    one = Behaviour(np.array([[0, 1]]), np.array([[1, 0]]), np.array([[[1.0, 0], [0, 1]]] * 2), np.eye(2))
    with pytest.raises(ValueError, match=sentence):
        agent_or_device([one], **({"discount": 0.9} | arguments))
    with pytest.raises(ValueError, match="there are none"):
        agent_or_device([], discount=0.9)
    with pytest.raises(ValueError, match="no action"):
        agent_or_device([one._replace(actions=np.array([[-1, -1]]))], discount=0.9)
    with pytest.raises(ValueError, match="position"):
        agent_or_device([one._replace(position=np.zeros(3, int))], discount=0.9)


def test_where_there_is_nothing_to_want_the_odds_are_not_defined():
    one = Behaviour(np.array([[0, 1]]), np.array([[1, 0]]), np.array([[[1.0, 0], [0, 1]]] * 2), np.zeros((2, 2)))
    found = agent_or_device([one, one], discount=0.9)
    assert np.isnan(found.log_odds)
    assert np.isfinite(found.device)
    assert found.goal.tolist() == [0.0, 0.0]


def test_many_agents_are_compared_as_each_alone_to_the_last_bit():
    rng, mazes = np.random.default_rng(5), [maze._replace(steps=cases(60, 15)) for maze in draw_mazes(11, cases(4, 2))]
    wants = rng.normal(size=(cases(20, 3), 6))
    shown = []
    for maze in mazes:
        lives = [live(maze, best_agent(maze, weights), 1, rng) for weights in wants]
        states, actions = (np.concatenate([getattr(each, part) for each in lives]) for part in ("states", "actions"))
        shown.append(Behaviour(states, actions, maze.transition, maze.features, position=maze.position))
    together = agents_or_devices(shown, discount=0.95, rationalities=(2.0, 8.0))
    for agent, found in enumerate(together):
        mine = slice(agent, agent + 1)
        alone = [each._replace(states=each.states[mine], actions=each.actions[mine]) for each in shown]
        expected = agent_or_device(alone, discount=0.95, rationalities=(2.0, 8.0))
        assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))
    with pytest.raises(ValueError, match="trajectories"):
        agents_or_devices([shown[0], shown[1]._replace(states=shown[1].states[1:])], discount=0.9)
