"""Finite decision processes: what can be done, what it pays, and what is best.

States, actions, and chance (Puterman 1994). Rewards are per state and action, the mean over where
an action leads; `expected_reward` makes them from other forms.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evosim.alignment.bellman import (
    Transition,
    evaluate,
    iterate_optimum,
    iterate_policy,
    plan_best,
    plan_softly,
    visit,
)
from evosim.types import Reals

__all__ = [
    "Transition",
    "expected_reward",
    "finite_optimum",
    "occupancy",
    "optimal_values",
    "policy_values",
    "reals",
    "soft_optimum",
    "transition_of",
]

CLOSE = 1e-6  # how far a row of probabilities may be from 1 and is brought there
ROUNDS = 10_000_000  # sweeps, after which an unbounded horizon is given up

Model = Transition | NDArray[np.floating[Any]]  # a table, or probabilities [S, A, S]


def reals(name: str, given: ArrayLike) -> Reals:
    """Turn numbers into an array.

    Raises:
        ValueError: some are no numbers, NaN or infinite.
    """
    try:
        array = np.ascontiguousarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: an array of numbers is needed: {error}") from error
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}: {array[where]} at {list(where)}; all numbers must be finite")
    return array


def distributions(name: str, given: ArrayLike) -> Reals:
    """Turn rows of probabilities into an array whose last axis sums to 1.

    Raises:
        ValueError: a number is negative, or a row doesn't sum to 1.
    """
    array = reals(name, given).copy()
    if not array.size:
        raise ValueError(f"{name}: the shape {list(array.shape)} is empty")
    if (array < 0).any():
        where = [int(i) for i in np.argwhere(array < 0)[0]]
        raise ValueError(f"{name}: the probability at {where} is negative")
    sums = array.sum(axis=-1, keepdims=True)
    if (np.abs(sums - 1) > CLOSE).any():
        at = [int(i) for i in np.argwhere(np.abs(sums - 1) > CLOSE)[0][:-1]]
        raise ValueError(f"{name}: the probabilities at {at} sum to {sums[*at, 0]:g}; they must sum to 1")
    array /= sums
    return array


def transition_of(given: Model) -> Transition:
    """Make a table of successors from probabilities `[S, A, S]`, or check one.

    Raises:
        ValueError: the shape is another, a row doesn't sum to 1, or a successor is no state.
    """
    if isinstance(given, Transition):
        return _checked(given)
    dense = distributions("transition", given)
    if dense.ndim != 3 or dense.shape[0] != dense.shape[2]:
        raise ValueError(f"transition: the shape {list(dense.shape)} must be [S, A, S], or be a table of successors")
    state, action, following = np.nonzero(dense)
    row = state * dense.shape[1] + action
    first = np.searchsorted(row, np.arange(dense.shape[0] * dense.shape[1]))
    branch = np.arange(len(row)) - first[row]
    shape = (*dense.shape[:2], int(branch.max()) + 1)
    if shape[2] == dense.shape[0]:  # each state in its own branch, so that rewards [S, A, S] mean one thing
        branch = following
    table = Transition(np.zeros(shape, np.int32), np.zeros(shape))
    if shape[2] == dense.shape[0]:
        table.successor[:] = np.arange(shape[2])
    table.successor[state, action, branch] = following
    table.probability[state, action, branch] = dense[state, action, following]
    return table


def _checked(table: Transition) -> Transition:
    """Check a table of successors, and lay it out as kernels want it."""
    probability = distributions("transition.probability", table.probability)
    successor = np.asarray(table.successor)
    if probability.ndim != 3 or successor.shape != probability.shape:
        raise ValueError(
            f"transition: successors {list(successor.shape)} and probabilities {list(probability.shape)} "
            "must both be [S, A, B]"
        )
    if not np.issubdtype(successor.dtype, np.integer):
        raise ValueError(f"transition.successor: numbers of states are needed, not {successor.dtype}")
    if successor.min() < 0 or successor.max() >= len(successor):
        raise ValueError(f"transition.successor: states are numbered from 0 to {len(successor) - 1}")
    return Transition(np.ascontiguousarray(successor, dtype=np.int32), probability)


def expected_reward(transition: Model, reward: ArrayLike) -> Reals:
    """Average a reward over where actions lead: `[S, A]`.

    `[S, A, S]` is paid for the step from state to state, `[S, A, B]` for a branch of the table, `[S, A]` for an
    action, and `[S]` in the state that is left, before the action has any effect (as in MCE-IRL). What is paid on
    entry of a state, `entry [S]`, is `entry[table.successor]`.

    Raises:
        ValueError: the shape is none of these, or fits two of them that differ.
    """
    table, given = transition_of(transition), reals("reward", reward)
    states, actions, branches = table.successor.shape
    if given.shape == (states,):
        return np.ascontiguousarray(np.broadcast_to(given[:, None], (states, actions)))
    if given.shape == (states, actions):
        return given
    if given.shape not in ((states, actions, states), (states, actions, branches)):
        raise ValueError(
            f"reward: the shape {list(given.shape)} must be [S], [S, A], [S, A, S] or [S, A, B], "
            f"where S = {states}, A = {actions}, B = {branches}"
        )
    if given.shape[2] == states:
        own = (table.successor == np.arange(states)) if branches == states else True
        if branches == states and not np.all(own | (table.probability == 0)):
            raise ValueError("reward: it can't be told whether its last axis is states or branches; give it as [S, A]")
        if branches != states:
            given = np.take_along_axis(given, table.successor, axis=2)
    return np.ascontiguousarray((table.probability * given).sum(axis=2))


def optimal_values(transition: Model, reward: ArrayLike, *, discount: float, tolerance: float = 1e-10) -> Reals:
    """Find the optimal values `[S]` for ever, to `tolerance` or what rounding allows, by value iteration.

    Raises:
        ValueError: the discount is not in [0, 1), or so near 1 that the values can't be found so.
    """
    table, paid = _problem(transition, reward)
    _check_discount(discount, forever=True)
    values = np.zeros(len(paid))
    if not iterate_optimum(table, paid, discount, tolerance, _rounds(table), values):
        raise ValueError(f"discount: {discount} is too near 1 for values without end; use a horizon")
    return values


def finite_optimum(transition: Model, reward: ArrayLike, *, horizon: int, discount: float = 1.0) -> tuple[Reals, Reals]:
    """Find the policy `[T, S, A]` that is uniform over optimal actions, and the optimal values `[T + 1, S]`."""
    table, paid = _problem(transition, reward)
    _check_discount(discount)
    policy, values = _room(paid, horizon)
    plan_best(table, paid, discount, policy, values, np.empty_like(values))
    return policy, values


def soft_optimum(
    transition: Model, reward: ArrayLike, *, horizon: int, discount: float = 1.0, beta: float = 1.0
) -> tuple[Reals, Reals]:
    """Find the soft-optimal policy `[T, S, A]`, softmax of βQ, and its values `[T + 1, S]`.

    Values are return less (1/β) times the divergence from uniformly random actions: log-mean-exp for the
    log-sum-exp of others, a constant apart, so that at β = 0 they are those of random actions. Negative β avoids.

    Raises:
        ValueError: β is not finite; its limits are `finite_optimum` of the reward and of its negative.
    """
    table, paid = _problem(transition, reward)
    _check_discount(discount)
    if not np.isfinite(beta):
        raise ValueError(f"beta: {beta} must be finite; the limit is finite_optimum")
    policy, values = _room(paid, horizon)
    plan_softly(table, paid, discount, beta, policy, values)
    return policy, values


def policy_values(
    transition: Model, reward: ArrayLike, policy: ArrayLike, *, horizon: int | None = None, discount: float
) -> Reals:
    """Evaluate a policy: `[T + 1, S]` to a horizon, `[S]` for ever (a policy `[S, A]` without horizon).

    Raises:
        ValueError: the policy `[S, A]` or `[T, S, A]` doesn't fit, or the discount.
    """
    table, paid = _problem(transition, reward)
    chosen = policy_of(policy, table, horizon)
    forever = horizon is None and np.ndim(policy) == 2
    _check_discount(discount, forever=forever)
    if not forever:
        values = np.empty((_check_horizon(len(chosen) if horizon is None else horizon) + 1, len(paid)))
        evaluate(table, paid, chosen, discount, values)
        return values
    lasting = np.zeros(len(paid))
    if not iterate_policy(table, paid, chosen[0], discount, 1e-10, _rounds(table), lasting):
        raise ValueError(f"discount: {discount} is too near 1 for values without end; use a horizon")
    return lasting


def occupancy(transition: Model, policy: ArrayLike, start: ArrayLike, *, horizon: int) -> Reals:
    """Tell how likely each state is at each time `[T, S]`, from a start `[S]`; each row sums to 1."""
    table = transition_of(transition)
    chosen = policy_of(policy, table, horizon)
    visited = np.empty((_check_horizon(horizon), len(table.successor)))
    visited[0] = start_of(start, table)
    visit(table, chosen, visited)
    return visited


def policy_of(given: ArrayLike, table: Transition, horizon: int | None) -> Reals:
    """Check a policy; one that is the same at all times comes as `[1, S, A]`.

    Raises:
        ValueError: the shape is not `[S, A]` or `[T, S, A]`, or a row doesn't sum to 1.
    """
    policy = distributions("policy", given)
    shape = table.successor.shape[:2]
    if policy.ndim == 3 and horizon is not None and len(policy) != horizon:
        raise ValueError(f"policy: it is for {len(policy)} steps, and the horizon is {horizon}")
    if policy.ndim not in (2, 3) or policy.shape[-2:] != shape:
        raise ValueError(f"policy: the shape {list(policy.shape)} must be [S, A] or [T, S, A], S × A = {list(shape)}")
    return policy if policy.ndim == 3 else policy[None]


def start_of(given: ArrayLike, table: Transition) -> Reals:
    """Check where episodes begin.

    Raises:
        ValueError: it is no distribution over the states.
    """
    start = distributions("start", given)
    if start.shape != (len(table.successor),):
        raise ValueError(f"start: the shape {list(start.shape)} must be [{len(table.successor)}], one for each state")
    return start


def _problem(transition: Model, reward: ArrayLike) -> tuple[Transition, Reals]:
    """Check what is to be solved."""
    table = transition_of(transition)
    return table, expected_reward(table, reward)


def _room(paid: Reals, horizon: int) -> tuple[Reals, Reals]:
    """Make room for a policy and its values."""
    steps = _check_horizon(horizon)
    return np.empty((steps, *paid.shape)), np.empty((steps + 1, len(paid)))


def _rounds(table: Transition) -> int:
    """Give up after so many sweeps: about a minute's work, ten million at most."""
    return max(1000, min(ROUNDS, 20_000_000_000 // table.successor.size))


def _check_horizon(horizon: int) -> int:
    """Refuse a horizon that is no positive number of steps."""
    if isinstance(horizon, bool) or horizon != int(horizon) or horizon < 1:
        raise ValueError(f"horizon: {horizon} must be a whole number of steps, from 1")
    return int(horizon)


def _check_discount(discount: float, *, forever: bool = False) -> None:
    """Refuse a discount outside [0, 1], or of 1 without end."""
    if not 0 <= discount <= 1 or (forever and discount == 1):
        bounds = "at least 0 and less than 1 without a horizon" if forever else "from 0 to 1"
        raise ValueError(f"discount: {discount} must be {bounds}")
