"""What anybody may import: names, arguments, and right answers or clear errors for input of any kind."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

import evosim.alignment
from evosim.alignment import (
    Demonstration,
    GoalDirectedness,
    critical_cost_efficiency,
    epic_distance,
    goal_directedness,
    infer_objective,
    money_pump_index,
    starc_distance,
)


def test_every_name_can_be_imported_whatever_was_imported_before():
    for name in evosim.alignment.__all__:
        value = getattr(evosim.alignment, name)
        assert not inspect.ismodule(value), name
        assert value.__doc__, name


def test_names_of_classes_are_read_without_a_compiler():
    program = "import sys, evosim.alignment.class_names; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_arguments_are_those_that_are_promised():
    def arguments(function: object) -> str:
        return ", ".join(inspect.signature(function).parameters)

    assert arguments(epic_distance) == "first, second, discount"
    assert arguments(starc_distance) == "first, second, transition, discount, canonical"
    assert arguments(goal_directedness) == "policy, transition, reward, start, horizon"
    assert arguments(infer_objective).startswith("demonstrations, discount")
    assert arguments(critical_cost_efficiency) == arguments(money_pump_index) == "prices, bundles"
    assert {"meg", "beta"} <= set(GoalDirectedness._fields)
    assert {"weights", "covariance", "unidentified"} <= set(infer_objective.__annotations__["return"]._fields)


TWO = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]])  # stay or go on; the second state lasts
ZERO = np.zeros((2, 2, 2))
GOING = np.zeros((2, 2, 2))
GOING[0, 1, 1] = 1.0


def test_a_zero_reward_has_answers():
    assert epic_distance(ZERO, ZERO, discount=0.9) == 0.0
    assert epic_distance(ZERO, GOING, discount=0.9) == pytest.approx(np.sqrt(0.5))
    assert starc_distance(ZERO, ZERO, transition=TWO, discount=0.9) == 0.0
    assert starc_distance(ZERO, GOING, transition=TWO, discount=0.9) == 0.5
    found = goal_directedness(np.full((2, 2), 0.5), transition=TWO, reward=ZERO, start=[1.0, 0.0], horizon=3)
    assert found.meg == 0.0


@pytest.mark.parametrize("discount", [0.0, 1.0])
def test_discounts_of_0_and_1_have_answers_or_a_clear_error(discount):
    assert epic_distance(GOING, 2 * GOING, discount=discount) == pytest.approx(0.0, abs=1e-7)
    assert starc_distance(GOING, 2 * GOING, transition=TWO, discount=discount) == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize(
    "call",
    [
        lambda: epic_distance(GOING * np.nan, GOING, discount=0.9),
        lambda: epic_distance(GOING[:1], GOING, discount=0.9),
        lambda: epic_distance(GOING, GOING, discount=1.5),
        lambda: starc_distance(GOING, GOING, transition=TWO * 2, discount=0.9),
        lambda: starc_distance(GOING, GOING, transition=TWO, discount=0.9, canonical="valeu"),
        lambda: goal_directedness([[0.5, 0.6]] * 2, transition=TWO, reward=GOING, start=[1, 0], horizon=3),
        lambda: goal_directedness([[0.5, 0.5]] * 2, transition=TWO, reward=GOING, start=[1, 1], horizon=3),
        lambda: goal_directedness([[0.5, 0.5]] * 2, transition=TWO, reward=GOING, start=[1, 0], horizon=0),
        lambda: infer_objective([], discount=0.9),
        lambda: infer_objective([Demonstration([[0, 5]], [[0, 1]], TWO, np.eye(2))], discount=0.9),
        lambda: critical_cost_efficiency([[1.0, -1.0]], [[1.0, 1.0]]),
        lambda: money_pump_index([[1.0, 1.0]], [[1.0, np.nan]]),
        lambda: money_pump_index([[1.0, 1.0]], [[1.0, 1.0, 1.0]]),
    ],
)  # fmt: skip
def test_what_has_no_answer_is_reported_in_a_sentence(call):
    with pytest.raises(ValueError, match=r"\w+.*\w") as told:
        call()
    assert len(str(told.value)) > 20


def test_states_that_nobody_reaches_change_nothing_of_goal_directedness():
    alone = goal_directedness([[0.1, 0.9], [0.5, 0.5]], transition=TWO, reward=GOING, start=[1, 0], horizon=4)
    more = np.zeros((3, 2, 3))
    more[:2, :, :2] = TWO
    more[2, :, 0] = 1.0
    reward = np.zeros((3, 2, 3))
    reward[:2, :, :2] = GOING
    policy = [[0.1, 0.9], [0.5, 0.5], [1.0, 0.0]]
    found = goal_directedness(policy, transition=more, reward=reward, start=[1, 0, 0], horizon=4)
    assert found.meg == pytest.approx(alone.meg)
    assert found.beta == pytest.approx(alone.beta)


@pytest.mark.compiled
def test_several_thousand_states_are_not_too_many():
    states = 2000
    rng = np.random.default_rng(0)
    table = evosim.alignment.Transition(
        np.stack([np.arange(1, states + 1) % states, np.zeros(states)], axis=1).astype(np.int32)[:, :, None],
        np.ones((states, 2, 1)),
    )
    policy = rng.dirichlet([1.0, 1.0], states)
    reward = rng.normal(size=states)
    start = np.eye(states)[0]
    assert goal_directedness(policy, transition=table, reward=reward, start=start, horizon=50).meg >= 0.0
