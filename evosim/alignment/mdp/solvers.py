"""Solvers of finite decision processes: optimal and soft-optimal policies, values and occupancies.

The terms are those of Puterman 1994. Rewards are per state and action, the mean over where
an action leads; `expected_reward` makes them from other forms.
"""

import numpy as np
from numpy.typing import ArrayLike

from evosim.alignment.mdp.bellman import (
    Transition,
    evaluate_policy,
    iterate_optimum,
    iterate_policy,
    plan_optimally,
    plan_softly,
    propagate_occupancy,
)
from evosim.alignment.mdp.transition_model import Model, expected_reward, policy_of, start_of, transition_of
from evosim.numerics.arrays import Reals

__all__ = [
    "Model",
    "Transition",
    "expected_reward",
    "finite_optimum",
    "occupancy",
    "optimal_values",
    "policy_values",
    "soft_optimum",
    "transition_of",
]

WORK = 200_000_000  # branches to look at in sweeps, about a second
SOLVABLE = 2000  # states whose equations can be solved at once
SAME = 1e-13  # of the largest value: what rounding may come to


def optimal_values(transition: Model, reward: ArrayLike, *, discount: float, tolerance: float = 1e-10) -> Reals:
    """Return the optimal values `[S]` without a horizon, to `tolerance` or what rounding allows, by value iteration.

    Where the discount is so near 1 that this would take long, by policy iteration.

    Raises:
        ValueError: the discount is not in [0, 1), or too near 1 for thousands of states.
    """
    table, paid = _problem(transition, reward)
    _check_discount(discount, forever=True)
    values = np.zeros(len(paid))
    if iterate_optimum(table, paid, discount, tolerance, _rounds(table), values):
        return values
    return _improved(table, paid, discount)


def finite_optimum(transition: Model, reward: ArrayLike, *, horizon: int, discount: float = 1.0) -> tuple[Reals, Reals]:
    """Return the policy `[T, S, A]` that is uniform over optimal actions, and the optimal values `[T + 1, S]`."""
    table, paid = _problem(transition, reward)
    _check_discount(discount)
    policy, values = _room(paid, horizon)
    plan_optimally(table, paid, discount, policy, values, np.empty_like(values))
    return policy, values


def soft_optimum(
    transition: Model,
    reward: ArrayLike,
    *,
    horizon: int,
    discount: float = 1.0,
    beta: float = 1.0,
    last: ArrayLike | None = None,
) -> tuple[Reals, Reals]:
    """Return the soft-optimal policy `[T, S, A]`, softmax of βQ, and its values `[T + 1, S]`.

    Values are return less (1/β) times the divergence from uniformly random actions: log-mean-exp for the
    log-sum-exp of others, a constant apart, so that at β = 0 they are those of random actions. Negative β avoids. The
    last step pays `last` instead of `reward`, if that is given.

    Raises:
        ValueError: β is not finite; its limits are `finite_optimum` of the reward and of its negative.
    """
    table, paid = _problem(transition, reward)
    _check_discount(discount)
    if not np.isfinite(beta):
        raise ValueError(f"beta: {beta} must be finite; the limit is finite_optimum")
    policy, values = _room(paid, horizon)
    plan_softly(table, paid, paid if last is None else expected_reward(table, last), discount, beta, policy, values)
    return policy, values


def policy_values(
    transition: Model, reward: ArrayLike, policy: ArrayLike, *, horizon: int | None = None, discount: float
) -> Reals:
    """Return the values of a policy: `[T + 1, S]` to a horizon, `[S]` without one (a policy `[S, A]`).

    Raises:
        ValueError: the policy `[S, A]` or `[T, S, A]` doesn't fit, or the discount.
    """
    table, paid = _problem(transition, reward)
    chosen = policy_of(policy, table, horizon)
    forever = horizon is None and np.ndim(policy) == 2
    _check_discount(discount, forever=forever)
    if not forever:
        values = np.empty((_check_horizon(len(chosen) if horizon is None else horizon) + 1, len(paid)))
        evaluate_policy(table, paid, chosen, discount, values)
        return values
    lasting = np.zeros(len(paid))
    if iterate_policy(table, paid, chosen[0], discount, 1e-10, _rounds(table), lasting):
        return lasting
    return _solved(table, paid, chosen[0], discount)


def occupancy(transition: Model, policy: ArrayLike, start: ArrayLike, *, horizon: int) -> Reals:
    """Return the probability of each state at each time `[T, S]`, from a start `[S]`; each row sums to 1."""
    table = transition_of(transition)
    chosen = policy_of(policy, table, horizon)
    visited = np.empty((_check_horizon(horizon), len(table.successor)))
    visited[0] = start_of(start, table)
    propagate_occupancy(table, chosen, visited)
    return visited


def _problem(transition: Model, reward: ArrayLike) -> tuple[Transition, Reals]:
    """Check transition and reward."""
    table = transition_of(transition)
    return table, expected_reward(table, reward)


def _room(paid: Reals, horizon: int) -> tuple[Reals, Reals]:
    """Return empty arrays for a policy and its values."""
    steps = _check_horizon(horizon)
    return np.empty((steps, *paid.shape)), np.empty((steps + 1, len(paid)))


def _rounds(table: Transition) -> int:
    """Return how many sweeps to try before solving equations: a second's work, or more where they can't be solved."""
    work = WORK if len(table.successor) <= SOLVABLE else 5 * WORK
    return max(1000, work // table.successor.size)


def _solved(table: Transition, paid: Reals, policy: Reals, discount: float) -> Reals:
    """Solve the linear equations of a policy's values for ever."""
    states = len(paid)
    if states > SOLVABLE:
        raise ValueError(f"discount: {discount} is too near 1 for values of {states} states without end; use a horizon")
    equations = np.eye(states)
    likely = policy[:, :, None] * table.probability
    np.subtract.at(equations, (np.arange(states)[:, None, None], table.successor), discount * likely)
    return np.asarray(np.linalg.solve(equations, (policy * paid).sum(axis=1)))


def _improved(table: Transition, paid: Reals, discount: float) -> Reals:
    """Improve a policy until nothing is better (Howard 1960); what rounding may come to is not an improvement."""
    states, actions = paid.shape
    chosen = paid.argmax(axis=1)
    while True:
        values = _solved(table, paid, np.eye(actions)[chosen], discount)
        ahead = paid + discount * (table.probability * values[table.successor]).sum(axis=2)
        kept = ahead[np.arange(states), chosen]
        better = ahead.max(axis=1) > kept + SAME * np.abs(values).max()
        if not better.any():
            return values
        chosen = np.where(better, ahead.argmax(axis=1), chosen)


def _check_horizon(horizon: int) -> int:
    """Refuse a horizon that is not a positive number of steps."""
    if isinstance(horizon, bool) or horizon != int(horizon) or horizon < 1:
        raise ValueError(f"horizon: {horizon} must be a whole number of steps, from 1")
    return int(horizon)


def _check_discount(discount: float, *, forever: bool = False) -> None:
    """Refuse a discount outside [0, 1], or of 1 without end."""
    if not 0 <= discount <= 1 or (forever and discount == 1):
        bounds = "at least 0 and less than 1 without a horizon" if forever else "from 0 to 1"
        raise ValueError(f"discount: {discount} must be {bounds}")
