"""The likelihoods of many agents' actions in the same worlds, in one sweep: agents stand side by side in the last axis.

Each agent has weights of its own, so values, gradients and second derivatives differ between agents; where actions lead
and what is met there is the same for all. So every operation is a loop over L agents, which the compiler
vectorises. Each agent's numbers are those of `add_log_likelihood`, to the last bit: the same operations in the same
order. Agents of equal weights share a place: for them there is one sweep, however many they are. Features may be each
agent's own, too, such as the reward by its own objective.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.inference.causal_entropy import (
    LogLikelihood,
    WorldSteps,
    ascend,
    find_earliest,
    find_latest,
    from_lower_triangle,
    steps_of,
    total_log_likelihood,
)
from evosim.alignment.mdp.bellman import SMALL
from evosim.numerics.arrays import Cells, Ids, Reals
from evosim.numerics.compiler import in_parallel, inlined_kernel, kernel

MOST_ABREAST = 32  # agents in a sweep: more take more memory than is near the processor
FEWEST_ABREAST = 4  # fewer are faster one by one


class Abreast(NamedTuple):
    """Scratch space of a sweep for L agents: two layers of time, and A actions in one state.

    Of second derivatives [F, F], the lower triangle stands row by row: K = F · (F + 1) / 2.
    """

    earliest: Cells  # [S] the time from which on the future of a state matters
    latest: Cells  # [S] the time after which nothing in it can pay
    value: Reals  # [2, S, L]
    gradient: Reals  # [2, S, F, L] derivative of the value by the weights
    gradients: Reals  # [2, S, F · L] the same numbers
    hessian: Reals  # [2, S, K, L] second derivative
    ahead: Reals  # [A, L] value of an action
    action_gradient: Reals  # [A, F, L] its derivative, then what that has more than the value's
    action_gradients: Reals  # [A, F · L] the same numbers
    chosen: Reals  # [A, L] its probability
    share: Reals  # [L] how much of what is ahead counts
    at: Ids  # [P] how many of their steps were added


class OwnFeatures(NamedTuple):
    """The features in a world that differ between P agents, such as rewards by objectives of their own."""

    features: Reals  # [S, A, F, P] expected of an action
    last: Reals  # [S, A, F, P] expected of an action if time ends with it


@inlined_kernel
def fill(number: float, out_row: Reals) -> None:
    """Set all of a row `[L]`."""
    for i in range(out_row.shape[0]):
        out_row[i] = number


@inlined_kernel
def copy_row(row: Reals, out_row: Reals) -> None:
    """Copy a row `[L]`."""
    for i in range(out_row.shape[0]):
        out_row[i] = row[i]


@inlined_kernel
def add_times(number: float, row: Reals, out_row: Reals) -> None:
    """Add a number times a row `[L]`."""
    for i in range(out_row.shape[0]):
        out_row[i] += number * row[i]


@inlined_kernel
def add_product(factors: Reals, row: Reals, out_row: Reals) -> None:
    """Add the product of two rows `[L]`."""
    for i in range(out_row.shape[0]):
        out_row[i] += factors[i] * row[i]


@inlined_kernel
def subtract(row: Reals, out_row: Reals) -> None:
    """Subtract a row `[L]`."""
    for i in range(out_row.shape[0]):
        out_row[i] -= row[i]


@inlined_kernel
def add_curvature(share: Reals, later: Reals, chosen: Reals, one: Reals, other: Reals, out_row: Reals) -> None:
    """Add an action's part of a second derivative `[L]`: its expectation later, and the covariance of two gradients."""
    for i in range(out_row.shape[0]):
        out_row[i] = (out_row[i] + share[i] * later[i]) + chosen[i] * one[i] * other[i]


@inlined_kernel
def look_ahead(
    data: WorldSteps, features: Reals, weights: Reals, state: int, action: int, layer: int, room: Abreast
) -> None:
    """Fill the value `[L]` of an action by a layer of the future, and its gradient `[F, L]` by the weights `[F, L]`.

    Features are `[S, A, F, 1]`, or `[S, A, F, L]` where they differ.
    """
    transition, ahead = data.transition, room.ahead[action]
    fill(0.0, ahead)
    fill(0.0, room.action_gradients[action])
    for f in range(weights.shape[0]):
        if features.shape[3] > 1:
            copy_row(features[state, action, f], room.action_gradient[action, f])
            add_product(features[state, action, f], weights[f], ahead)
        elif features[state, action, f, 0] != 0.0:
            fill(features[state, action, f, 0], room.action_gradient[action, f])
            add_times(features[state, action, f, 0], weights[f], ahead)
    for branch in range(transition.successor.shape[2]):
        share = data.discount * transition.probability[state, action, branch]
        if share > 0.0:
            following = transition.successor[state, action, branch]
            add_times(share, room.value[layer, following], ahead)
            add_times(share, room.gradients[layer, following], room.action_gradients[action])


@kernel
def choose_softly(state: int, now: int, room: Abreast) -> None:
    """Fill the value `[L]` of a state and the probabilities `[A, L]` of its actions, from the values of these."""
    actions = room.ahead.shape[0]
    for i in range(room.share.shape[0]):
        top, total = -np.inf, 0.0
        for action in range(actions):
            top = max(top, room.ahead[action, i])
        for action in range(actions):
            exponent = room.ahead[action, i] - top
            room.chosen[action, i] = 1.0
            if exponent != 0.0:
                room.chosen[action, i] = np.exp(exponent)
                total += room.chosen[action, i] - 1.0 if exponent < SMALL else np.expm1(exponent)
        room.value[now, state, i] = top + np.log1p(total / actions)
        for action in range(actions):
            room.chosen[action, i] /= actions + total


@kernel
def evaluate_state_of_many(
    data: WorldSteps, features: Reals, weights: Reals, state: int, now: int, room: Abreast
) -> None:
    """Fill what a state is worth by weights `[F, L]`, and the derivatives, in layer `now`, from the other layer."""
    actions, size = data.features.shape[1:]
    transition, branches = data.transition, data.transition.successor.shape[2]
    for action in range(actions):
        look_ahead(data, features, weights, state, action, 1 - now, room)
    choose_softly(state, now, room)
    for f in range(size):
        fill(0.0, room.gradient[now, state, f])
        for action in range(actions):
            add_product(room.chosen[action], room.action_gradient[action, f], room.gradient[now, state, f])
    for k in range(room.hessian.shape[2]):
        fill(0.0, room.hessian[now, state, k])
    for action in range(actions):
        subtract(room.gradients[now, state], room.action_gradients[action])
        for branch in range(branches):
            probability, following = (
                transition.probability[state, action, branch],
                transition.successor[state, action, branch],
            )
            for i in range(room.share.shape[0]):
                room.share[i] = room.chosen[action, i] * data.discount * probability
            if branch < branches - 1:
                for k in range(room.hessian.shape[2]):
                    add_product(room.share, room.hessian[1 - now, following, k], room.hessian[now, state, k])
                continue
            k = 0
            for f in range(size):
                for g in range(f + 1):
                    add_curvature(
                        room.share, room.hessian[1 - now, following, k], room.chosen[action],
                        room.action_gradient[action, f], room.action_gradient[action, g], room.hessian[now, state, k],
                    )  # fmt: skip
                    k += 1


@kernel
def add_step(
    data: WorldSteps,
    features: Reals,
    weights: Reals,
    k: int,
    lane: int,
    now: int,
    room: Abreast,
    out_gradient: Reals,
    out_hessian: Reals,
) -> float:
    """Return the log-likelihood of a step by weights `[F, L]` of a lane; add the gradient `[F]` and triangle `[K]`."""
    transition, size = data.transition, weights.shape[0]
    state, action, weight = data.steps.state[k], data.steps.action[k], data.steps.weight[k]
    own = lane if features.shape[3] > 1 else 0
    ahead = 0.0
    for f in range(size):
        room.action_gradient[0, f, lane] = features[state, action, f, own]
        ahead += weights[f, lane] * features[state, action, f, own]
    for branch in range(transition.successor.shape[2]):
        share = data.discount * transition.probability[state, action, branch]
        if share > 0.0:
            following = transition.successor[state, action, branch]
            ahead += share * room.value[1 - now, following, lane]
            for f in range(size):
                room.action_gradient[0, f, lane] += share * room.gradient[1 - now, following, f, lane]
    for branch in range(transition.successor.shape[2]):
        share = weight * data.discount * transition.probability[state, action, branch]
        following = transition.successor[state, action, branch]
        for n in range(room.hessian.shape[2]):
            out_hessian[n] += share * room.hessian[1 - now, following, n, lane]
    for f in range(size):
        out_gradient[f] += weight * (room.action_gradient[0, f, lane] - room.gradient[now, state, f, lane])
    for n in range(room.hessian.shape[2]):
        out_hessian[n] -= weight * room.hessian[now, state, n, lane]
    return float(weight * (ahead - room.value[now, state, lane]))


@kernel
def add_log_likelihoods(
    data: WorldSteps,
    agents: Ids,
    lanes: Ids,
    weights: Reals,
    own: OwnFeatures,
    room: Abreast,
    out_gain: Reals,
    out_gradient: Reals,
    out_hessian: Reals,
) -> None:
    """Add the log-likelihoods `[P]` of agents' steps above random actions, gradients `[P, F]` and triangles `[P, K]`.

    Those of the agent `agents[p]` are by the weights in `lanes[p]` of `weights [F, L]`, and by the features in `own`:
    those of each lane, or, where there is but one, of all.
    """
    steps = data.steps
    room.value[:] = 0.0
    room.gradient[:] = 0.0
    room.hessian[:] = 0.0
    for p in range(agents.shape[0]):
        room.at[p] = steps.first[agents[p]]
    for t in range(data.horizon - 1, -1, -1):
        now = t % 2
        features = own.features if t < data.horizon - 1 else own.last
        for state in range(data.features.shape[0]):
            if room.earliest[state] <= t <= room.latest[state]:
                evaluate_state_of_many(data, features, weights, state, now, room)
        for p in range(agents.shape[0]):
            while room.at[p] < steps.first[agents[p] + 1] and steps.time[room.at[p]] == t:
                out_gain[p] += add_step(
                    data, features, weights, room.at[p], lanes[p], now, room, out_gradient[p], out_hessian[p]
                )
                room.at[p] += 1


def room_for(data: WorldSteps, lanes: int, agents: int) -> Abreast:
    """Return scratch space for agents in so many lanes."""
    states, actions, size = data.features.shape
    earliest, latest = np.empty(states, np.int32), np.empty(states, np.int32)
    find_earliest(data, earliest)
    find_latest(data, latest)
    gradient, action_gradient = np.empty((2, states, size, lanes)), np.empty((actions, size, lanes))
    return Abreast(
        earliest, latest, np.empty((2, states, lanes)), gradient, gradient.reshape(2, states, size * lanes),
        np.empty((2, states, size * (size + 1) // 2, lanes)), np.empty((actions, lanes)), action_gradient,
        action_gradient.reshape(actions, size * lanes), np.empty((actions, lanes)), np.empty(lanes),
        np.empty(agents, np.int64),
    )  # fmt: skip


def total_log_likelihoods(
    worlds: Sequence[WorldSteps], weights: Reals, agents: Ids, own: Sequence[OwnFeatures] | None = None
) -> list[LogLikelihood]:
    """Return, for each of some agents of these worlds, what `total_log_likelihood` does by its weights `[P, F]`.

    With `own` it is by each agent's own features; those of the worlds then say only where anybody has any. The numbers
    are the same to the last bit, whoever else is asked about.
    """
    alike = own is None and len(agents) > 1 and bool((weights == weights[0]).all())
    whole = len(agents) if alike else len(agents) - len(agents) % MOST_ABREAST
    rest = len(agents) - whole
    count = len(agents) if alike or rest >= FEWEST_ABREAST else whole
    found = _abreast(worlds, weights[:count], agents[:count], own, alike) if count else []
    for p in range(count, len(agents)):
        alone = [steps_of(world, int(agents[p])) for world in worlds]
        if own is not None:
            alone = [
                world._replace(
                    features=np.ascontiguousarray(each.features[..., agents[p]]),
                    last=np.ascontiguousarray(each.last[..., agents[p]]),
                )
                for world, each in zip(alone, own, strict=True)
            ]
        found.append(total_log_likelihood(alone, weights[p]))
    return found


def _abreast(
    worlds: Sequence[WorldSteps], weights: Reals, agents: Ids, own: Sequence[OwnFeatures] | None, alike: bool
) -> list[LogLikelihood]:
    """Return what `total_log_likelihoods` does, of agents in as few sweeps as they can share."""
    count, size = weights.shape
    abreast = count if alike else MOST_ABREAST
    parts, pairs = -(-count // abreast), size * (size + 1) // 2
    gains, gradients = np.zeros((len(worlds), count)), np.zeros((len(worlds), count, size))
    triangles = np.zeros((len(worlds), count, pairs))

    def some(begin: int, end: int) -> None:
        for task in range(begin, end):
            e, part = divmod(task, parts)
            these = slice(part * abreast, min((part + 1) * abreast, count))
            apart = weights[:1] if alike else weights[these]
            places = np.zeros(count, np.int64) if alike else np.arange(len(apart))
            room = room_for(worlds[e], len(apart), len(places))
            if own is None:
                available = OwnFeatures(worlds[e].features[..., None], worlds[e].last[..., None])
            else:
                available = OwnFeatures(*(np.ascontiguousarray(part[..., agents[these]]) for part in own[e]))
            add_log_likelihoods(
                worlds[e], agents[these], places, np.ascontiguousarray(apart.T), available, room,
                gains[e, these], gradients[e, these], triangles[e, these],
            )  # fmt: skip

    in_parallel(some, len(worlds) * parts)
    low = np.tril_indices(size)
    hessians = np.zeros((count, len(worlds), size, size))
    hessians[:, :, low[0], low[1]] = np.moveaxis(triangles, 1, 0)
    gain, gradient = (np.ascontiguousarray(np.moveaxis(each, 1, 0)) for each in (gains, gradients))
    return [
        LogLikelihood(float(gain[p].sum()), gradient[p].sum(axis=0), from_lower_triangle(hessians[p].sum(axis=0)))
        for p in range(count)
    ]


def maximise_likelihoods(
    objective: Callable[[Reals, Ids], list[LogLikelihood]], count: int, size: int, *, ridge: float = 0.0
) -> list[tuple[Reals, LogLikelihood]]:
    """Maximise as `maximise_likelihood` does for each of `count` agents, asking about all that are not done at once.

    The objective gets weights `[P, F]` and the numbers of the agents `[P]` whose likelihood by them it is to return.

    Raises:
        ValueError: one did not converge.
    """
    climbing = [ascend(size, ridge=ridge) for _ in range(count)]
    asked = [next(each) for each in climbing]
    found: dict[int, tuple[Reals, LogLikelihood]] = {}
    while left := [p for p in range(count) if p not in found]:
        for p, answer in zip(left, objective(np.array([asked[p] for p in left]), np.array(left)), strict=True):
            try:
                asked[p] = climbing[p].send(answer)
            except StopIteration as end:
                found[p] = end.value
    return [found[p] for p in range(count)]
