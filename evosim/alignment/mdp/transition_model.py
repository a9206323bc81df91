"""The model of a decision process as callers pass it: probabilities or a table, rewards in any form; checked here."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evosim.alignment.mdp.bellman import Transition
from evosim.numerics.arrays import Reals

CLOSE = 1e-6  # how far a row of probabilities may be from 1 and is brought there

Model = Transition | NDArray[np.floating[Any]]  # a table, or probabilities [S, A, S]


def check_numbers(name: str, given: ArrayLike) -> Reals:
    """Check that all numbers are finite, and return them as an array `[...]`.

    Raises:
        ValueError: some are not numbers, NaN or infinite.
    """
    try:
        array = np.ascontiguousarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: an array of numbers is needed: {error}") from error
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}: {array[where]} at {list(where)}; all numbers must be finite")
    return array


def check_distributions(name: str, given: ArrayLike) -> Reals:
    """Check probabilities, and return them as an array `[..., S]` whose last axis sums to 1.

    Raises:
        ValueError: a number is negative, or a row doesn't sum to 1.
    """
    array = check_numbers(name, given).copy()
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
    """Return a table of successors from probabilities `[S, A, S]`, or a table that is checked.

    Raises:
        ValueError: the shape is another, a row doesn't sum to 1, or a successor is not a state.
    """
    if isinstance(given, Transition):
        return _checked(given)
    dense = check_distributions("transition", given)
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
    probability = check_distributions("transition.probability", table.probability)
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
    table, given = transition_of(transition), check_numbers("reward", reward)
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
            raise ValueError("reward: its last axis may be states or branches; pass it as [S, A]")
        if branches != states:
            given = np.take_along_axis(given, table.successor, axis=2)
    return np.ascontiguousarray((table.probability * given).sum(axis=2))


def expected_features(transition: Model, features: ArrayLike, *, on_entry: bool = False) -> Reals:
    """Average features over where actions lead: `[S, A, F]`, from `[S, F]`, `[S, A, F]` or `[S, A, S, F]`.

    `[S, F]` are met in the state that is left, or `on_entry` of the next.

    Raises:
        ValueError: the shape is another.
    """
    table, given = transition_of(transition), check_numbers("features", features)
    if given.ndim < 2 or not given.size:
        raise ValueError(f"features: the shape {list(given.shape)} must be [S, F], [S, A, F] or [S, A, S, F]")
    states, actions, _ = table.successor.shape
    if on_entry or given.ndim == 2:
        if given.ndim != 2 or len(given) != states:
            raise ValueError(f"features: the shape {list(given.shape)} must be [S, F], S = {states}")
        if on_entry:
            return np.ascontiguousarray(np.einsum("sab,sabf->saf", table.probability, given[table.successor]))
        return np.repeat(given[:, None, :], actions, axis=1)
    return np.stack([expected_reward(table, given[..., f]) for f in range(given.shape[-1])], axis=-1)


def policy_of(given: ArrayLike, table: Transition, horizon: int | None) -> Reals:
    """Check a policy; one that is the same at all times comes as `[1, S, A]`.

    Raises:
        ValueError: the shape is not `[S, A]` or `[T, S, A]`, or a row doesn't sum to 1.
    """
    there, shape = np.shape(given), table.successor.shape[:2]
    if len(there) not in (2, 3) or there[-2:] != shape:
        raise ValueError(f"policy: the shape {list(there)} must be [S, A] or [T, S, A], S × A = {list(shape)}")
    policy = check_distributions("policy", given)
    if policy.ndim == 3 and horizon is not None and len(policy) != horizon:
        raise ValueError(f"policy: it is for {len(policy)} steps, and the horizon is {horizon}")
    return policy if policy.ndim == 3 else policy[None]


def start_of(given: ArrayLike, table: Transition) -> Reals:
    """Check the distribution `[S]` of a start over states, and return it.

    Raises:
        ValueError: the shape is another, or the probabilities don't sum to 1.
    """
    if np.shape(given) != (len(table.successor),):
        wanted = f"[{len(table.successor)}], a probability for each state"
        raise ValueError(f"start: the shape {list(np.shape(given))} must be {wanted}")
    return check_distributions("start", given)
