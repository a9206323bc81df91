"""Bellman equations as kernels: optimal, soft-optimal and given policies in a finite decision process.

A transition is a table of successors, so a sweep costs as much as there are branches. The kernels take
arrays and fill arrays; other kernels call them for one world after another.
"""

from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Cells, Reals
from evosim.numerics.compiler import inlined_kernel, kernel

TIE = 1e-11  # of the rewards that could be collected; above what rounding in a thousand steps comes to
SMALL = -0.01  # exponents nearer to 0 lose digits in exp(x) - 1
ROUNDING = 1e-15  # of the largest value: sweeps that change no more don't get nearer


class Transition(NamedTuple):
    """Where actions lead: S states, A actions, B random branches."""

    successor: Cells  # [S, A, B] the state at the end of a branch
    probability: Reals  # [S, A, B] rows sum to 1; a branch that isn't used has probability 0


@inlined_kernel
def expected_value(transition: Transition, state: int, action: int, values: Reals) -> float:
    """Return the expectation of values `[S]` over the successors of an action."""
    total = 0.0
    for branch in range(transition.successor.shape[2]):
        probability = transition.probability[state, action, branch]
        if probability > 0.0:
            total += probability * values[transition.successor[state, action, branch]]
    return total


@kernel
def iterate_optimum(
    transition: Transition, reward: Reals, discount: float, tolerance: float, rounds: int, out_values: Reals
) -> bool:
    """Sweep the states until values `[S]` of rewards `[S, A]` are within `tolerance`; False if `rounds` don't suffice.

    A state sees the new values of those before it (Gauss and Seidel), which converges at least as fast.
    """
    for _ in range(rounds):
        change, largest = 0.0, 0.0
        for state in range(reward.shape[0]):
            best = -np.inf
            for action in range(reward.shape[1]):
                best = max(
                    best, reward[state, action] + discount * expected_value(transition, state, action, out_values)
                )
            change = max(change, abs(best - out_values[state]))
            largest = max(largest, abs(best))
            out_values[state] = best
        if change * discount <= tolerance * (1.0 - discount) or change <= ROUNDING * largest:
            return True
    return False


@kernel
def iterate_policy(
    transition: Transition,
    reward: Reals,
    policy: Reals,
    discount: float,
    tolerance: float,
    rounds: int,
    out_values: Reals,
) -> bool:
    """Sweep until the values `[S]` of a policy `[S, A]` are within `tolerance`; False if `rounds` don't suffice."""
    for _ in range(rounds):
        change, largest = 0.0, 0.0
        for state in range(reward.shape[0]):
            value = 0.0
            for action in range(reward.shape[1]):
                if policy[state, action] > 0.0:
                    ahead = reward[state, action] + discount * expected_value(transition, state, action, out_values)
                    value += policy[state, action] * ahead
            change = max(change, abs(value - out_values[state]))
            largest = max(largest, abs(value))
            out_values[state] = value
        if change * discount <= tolerance * (1.0 - discount) or change <= ROUNDING * largest:
            return True
    return False


@kernel
def plan_optimally(
    transition: Transition, reward: Reals, discount: float, out_policy: Reals, out_values: Reals, out_most: Reals
) -> None:
    """Fill the policy `[T, S, A]`, uniform over optimal actions, and values `[T + 1, S]`.

    `out_most [T + 1, S]` is the largest sum of absolute rewards ahead: two actions tie if they differ by less than its
    rounding error.
    """
    out_values[-1] = 0.0
    out_most[-1] = 0.0
    for t in range(out_policy.shape[0] - 1, -1, -1):
        for state in range(reward.shape[0]):
            best, most = -np.inf, 0.0
            for action in range(reward.shape[1]):
                ahead = reward[state, action] + discount * expected_value(transition, state, action, out_values[t + 1])
                met = abs(reward[state, action]) + discount * expected_value(transition, state, action, out_most[t + 1])
                out_policy[t, state, action] = ahead
                best, most = max(best, ahead), max(most, met)
            count = 0
            for action in range(reward.shape[1]):
                optimal = out_policy[t, state, action] >= best - TIE * most
                out_policy[t, state, action] = 1.0 if optimal else 0.0
                count += 1 if optimal else 0
            for action in range(reward.shape[1]):
                out_policy[t, state, action] /= count
            out_values[t, state], out_most[t, state] = best, most


@kernel
def plan_softly(
    transition: Transition,
    reward: Reals,
    last: Reals,
    discount: float,
    beta: float,
    out_policy: Reals,
    out_values: Reals,
) -> None:
    """Fill the policy `[T, S, A]`, softmax of β times Q, and values `[T + 1, S]`; the last step pays `last`.

    A value is log(mean over actions of exp(β Q)) / β, computed from the largest exponent down; at β = 0 the mean.
    """
    actions = reward.shape[1]
    out_values[-1] = 0.0
    for t in range(out_policy.shape[0] - 1, -1, -1):
        paid = reward if t < out_policy.shape[0] - 1 else last
        for state in range(reward.shape[0]):
            top, mean = -np.inf, 0.0  # top: the largest if β is positive, else minus the least
            for action in range(actions):
                ahead = paid[state, action] + discount * expected_value(transition, state, action, out_values[t + 1])
                out_policy[t, state, action] = ahead
                top = max(top, ahead if beta > 0.0 else -ahead)
                mean += ahead / actions
            top = top if beta > 0.0 else -top
            total = 0.0
            for action in range(actions):
                exponent = beta * (out_policy[t, state, action] - top)
                out_policy[t, state, action] = np.exp(exponent)
                total += out_policy[t, state, action] - 1.0 if exponent < SMALL else np.expm1(exponent)
            out_values[t, state] = top + np.log1p(total / actions) / beta if beta != 0.0 else mean
            for action in range(actions):
                out_policy[t, state, action] /= actions + total


@kernel
def evaluate_policy(transition: Transition, reward: Reals, policy: Reals, discount: float, out_values: Reals) -> None:
    """Fill the values `[T + 1, S]` of a policy `[T, S, A]`, or `[1, S, A]` if it is stationary."""
    out_values[-1] = 0.0
    for t in range(out_values.shape[0] - 2, -1, -1):
        chosen = policy[t if policy.shape[0] > 1 else 0]
        for state in range(reward.shape[0]):
            value = 0.0
            for action in range(reward.shape[1]):
                if chosen[state, action] > 0.0:
                    ahead = reward[state, action] + discount * expected_value(
                        transition, state, action, out_values[t + 1]
                    )
                    value += chosen[state, action] * ahead
            out_values[t, state] = value


@kernel
def propagate_occupancy(transition: Transition, policy: Reals, out_occupancy: Reals) -> None:
    """Fill the state distribution at each time `[T, S]` from its first row; the policy as for `evaluate_policy`."""
    out_occupancy[1:] = 0.0
    for t in range(out_occupancy.shape[0] - 1):
        chosen = policy[t if policy.shape[0] > 1 else 0]
        for state in range(out_occupancy.shape[1]):
            if out_occupancy[t, state] == 0.0:
                continue
            for action in range(chosen.shape[1]):
                weight = out_occupancy[t, state] * chosen[state, action]
                if weight > 0.0:
                    for branch in range(transition.successor.shape[2]):
                        following = transition.successor[state, action, branch]
                        out_occupancy[t + 1, following] += weight * transition.probability[state, action, branch]
