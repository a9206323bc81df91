"""Maximum causal entropy: the likelihood of actions under soft-optimal pursuit of a reward that is linear in features.

An agent of reward θ·φ takes actions with probability softmax of Q, where the value of a state is the
log-mean-exp of its Qs (Ziebart 2010, chapter 9; mean for sum shifts all values alike). One sweep
backwards in time gives the log-likelihood of the observed steps, its gradient and its second derivatives:
the gradient of a value by θ is the expected features, its second derivative their covariance.
"""

from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.bellman import SMALL, Transition, expected_value
from evosim.numerics.arrays import Cells, Ids, Reals
from evosim.numerics.compiler import in_parallel, inlined_kernel, kernel

ROUNDS = 500
FLAT = 1e-12  # of the largest curvature: less is taken for it, or a step would be rounding blown up


class StepCounts(NamedTuple):
    """K different steps in one world, agent by agent, the latest first."""

    time: Cells  # [K]
    state: Cells  # [K]
    action: Cells  # [K]
    weight: Reals  # [K] how often, or how likely
    first: Ids  # [P + 1] where those of each of P agents begin, and where all end


class WorldSteps(NamedTuple):
    """The steps that agents took in a world, and the features that were available."""

    transition: Transition
    features: Reals  # [S, A, F] expected of an action
    steps: StepCounts
    horizon: int
    discount: float
    last: Reals  # [S, A, F] expected of an action if time ends with it


class LogLikelihood(NamedTuple):
    """How well weights explain steps, compared with random actions."""

    gain: float  # nats of log-likelihood above that of uniformly random actions
    gradient: Reals  # [F] its derivative by the weights
    hessian: Reals  # [F, F] its second derivative


class Workspace(NamedTuple):
    """Scratch space of a sweep: two layers of time, and A actions in one state."""

    earliest: Cells  # [S] the time from which on the future of a state matters
    latest: Cells  # [S] the time after which nothing in it can pay
    value: Reals  # [2, S]
    gradient: Reals  # [2, S, F] derivative of the value by the weights
    hessian: Reals  # [2, S, F, F] second derivative, the lower triangle
    ahead: Reals  # [A] value of an action
    action_gradient: Reals  # [A, F] its derivative
    chosen: Reals  # [A] its probability


@kernel
def find_earliest(data: WorldSteps, out_earliest: Cells) -> None:
    """Write from which time on the future of each state `[S]` matters: when it was met, or can be after what was."""
    transition, steps = data.transition, data.steps
    out_earliest[:] = data.horizon
    for k in range(steps.time.shape[0]):
        out_earliest[steps.state[k]] = min(out_earliest[steps.state[k]], steps.time[k])
    sooner = True
    while sooner:
        sooner = False
        for state in range(out_earliest.shape[0]):
            for action in range(transition.successor.shape[1]):
                for branch in range(transition.successor.shape[2]):
                    following = transition.successor[state, action, branch]
                    if (
                        out_earliest[state] + 1 < out_earliest[following]
                        and transition.probability[state, action, branch] > 0.0
                    ):
                        out_earliest[following] = out_earliest[state] + 1
                        sooner = True


@kernel
def find_latest(data: WorldSteps, out_latest: Cells) -> None:
    """Write until which time a state `[S]` can lead to anything with a feature; after it, its value is 0; -1: never."""
    transition = data.transition
    out_latest[:] = -1
    for state in range(out_latest.shape[0]):
        for action in range(transition.successor.shape[1]):
            for f in range(data.features.shape[2]):
                if data.features[state, action, f] != 0.0 or data.last[state, action, f] != 0.0:
                    out_latest[state] = data.horizon - 1
    later = True
    while later:
        later = False
        for state in range(out_latest.shape[0]):
            for action in range(transition.successor.shape[1]):
                for branch in range(transition.successor.shape[2]):
                    following = transition.successor[state, action, branch]
                    if (
                        out_latest[following] - 1 > out_latest[state]
                        and transition.probability[state, action, branch] > 0.0
                    ):
                        out_latest[state] = out_latest[following] - 1
                        later = True


@inlined_kernel
def action_value(
    data: WorldSteps,
    features: Reals,
    weights: Reals,
    state: int,
    action: int,
    layer: int,
    value: Reals,
    gradient: Reals,
    out_gradient: Reals,
) -> float:
    """Return the value of an action by a layer of the future, and fill its gradient `[F]` by the weights `[F]`."""
    transition = data.transition
    ahead = 0.0
    for f in range(weights.shape[0]):
        out_gradient[f] = features[state, action, f]
        ahead += weights[f] * features[state, action, f]
    for branch in range(transition.successor.shape[2]):
        share = data.discount * transition.probability[state, action, branch]
        if share > 0.0:
            following = transition.successor[state, action, branch]
            ahead += share * value[layer, following]
            for f in range(weights.shape[0]):
                out_gradient[f] += share * gradient[layer, following, f]
    return ahead


@inlined_kernel
def add_hessian(
    data: WorldSteps, weight: float, state: int, action: int, layer: int, hessian: Reals, out_hessian: Reals
) -> None:
    """Add `weight` times the second derivative `[F, F]` of an action's value: the expectation of later ones."""
    transition = data.transition
    for branch in range(transition.successor.shape[2]):
        share = weight * data.discount * transition.probability[state, action, branch]
        if share != 0.0:
            following = transition.successor[state, action, branch]
            for f in range(out_hessian.shape[0]):
                for g in range(f + 1):
                    out_hessian[f, g] += share * hessian[layer, following, f, g]


@kernel
def evaluate_state(data: WorldSteps, features: Reals, weights: Reals, state: int, now: int, room: Workspace) -> None:
    """Fill value, gradient `[F]` and second derivative `[F, F]` of a state in layer `now`, from the other layer."""
    actions, size = data.features.shape[1:]
    top, total = -np.inf, 0.0
    for action in range(actions):
        room.ahead[action] = action_value(
            data, features, weights, state, action, 1 - now, room.value, room.gradient, room.action_gradient[action]
        )
        top = max(top, room.ahead[action])
    for action in range(actions):
        exponent = room.ahead[action] - top
        room.chosen[action] = 1.0
        if exponent != 0.0:
            room.chosen[action] = np.exp(exponent)
            total += room.chosen[action] - 1.0 if exponent < SMALL else np.expm1(exponent)
    room.value[now, state] = top + np.log1p(total / actions)
    gradient, hessian = room.gradient[now, state], room.hessian[now, state]
    gradient[:] = 0.0
    hessian[:] = 0.0
    for action in range(actions):
        room.chosen[action] /= actions + total
        for f in range(size):
            gradient[f] += room.chosen[action] * room.action_gradient[action, f]
    for action in range(actions):
        if room.chosen[action] == 0.0:
            continue
        add_hessian(data, room.chosen[action], state, action, 1 - now, room.hessian, hessian)
        for f in range(size):
            apart = room.chosen[action] * (room.action_gradient[action, f] - gradient[f])
            for g in range(f + 1):
                hessian[f, g] += apart * (room.action_gradient[action, g] - gradient[g])


@kernel
def add_log_likelihood(
    data: WorldSteps, weights: Reals, room: Workspace, out_gradient: Reals, out_hessian: Reals
) -> float:
    """Return the log-likelihood of steps above random actions, and add its gradient `[F]` and Hessian `[F, F]`.

    Of the Hessian the lower triangle is filled.
    """
    steps = data.steps
    gain, k = 0.0, 0
    room.value[:] = 0.0
    room.gradient[:] = 0.0
    room.hessian[:] = 0.0
    for t in range(data.horizon - 1, -1, -1):
        now = t % 2
        features = data.features if t < data.horizon - 1 else data.last
        for state in range(data.features.shape[0]):
            if room.earliest[state] <= t <= room.latest[state]:
                evaluate_state(data, features, weights, state, now, room)
        while k < steps.time.shape[0] and steps.time[k] == t:
            state, action, weight = steps.state[k], steps.action[k], steps.weight[k]
            ahead = action_value(
                data, features, weights, state, action, 1 - now, room.value, room.gradient, room.action_gradient[0]
            )
            gain += weight * (ahead - room.value[now, state])
            add_hessian(data, weight, state, action, 1 - now, room.hessian, out_hessian)
            for f in range(weights.shape[0]):
                out_gradient[f] += weight * (room.action_gradient[0, f] - room.gradient[now, state, f])
                for g in range(f + 1):
                    out_hessian[f, g] -= weight * room.hessian[now, state, f, g]
            k += 1
    return gain


@kernel
def add_log_likelihood_of(
    data: WorldSteps,
    paid_before: Reals,
    paid_last: Reals,
    earliest: Cells,
    latest: Cells,
    value: Reals,
    at: Ids,
    out_gain: Reals,
) -> None:
    """Add the log-likelihood `[P]` of each agent's steps above random actions, by rewards `[S, A]` alone.

    What the last step pays stands apart. `earliest` and `latest [S]` are those of `find_earliest` and `find_latest`,
    `value [2, S]` and `at [P]` are scratch space.
    """
    transition, steps = data.transition, data.steps
    states, actions = paid_before.shape
    value[:] = 0.0
    for p in range(at.shape[0]):
        at[p] = steps.first[p]
    for t in range(data.horizon - 1, -1, -1):
        now, later = value[t % 2], value[1 - t % 2]
        paid = paid_before if t < data.horizon - 1 else paid_last
        for state in range(states):
            if t < earliest[state] or t > latest[state]:
                continue
            top, total = paid[state, 0] + data.discount * expected_value(transition, state, 0, later), 1.0
            for action in range(1, actions):
                ahead = paid[state, action] + data.discount * expected_value(transition, state, action, later)
                if ahead > top:
                    total = total * np.exp(top - ahead) + 1.0
                    top = ahead
                else:
                    total += 1.0 if ahead == top else np.exp(ahead - top)
            now[state] = top + np.log(total / actions)
        for p in range(at.shape[0]):
            while at[p] < steps.first[p + 1] and steps.time[at[p]] == t:
                state, action = steps.state[at[p]], steps.action[at[p]]
                ahead = paid[state, action] + data.discount * expected_value(transition, state, action, later)
                out_gain[p] += steps.weight[at[p]] * (ahead - now[state])
                at[p] += 1


def log_likelihoods(worlds: Sequence[WorldSteps], weights: Reals) -> Reals:
    """Return the log-likelihood `[P, W]` of each agent's steps by each of many weights `[W, F]`, above random actions.

    It is in nats. All agents share the sweeps of a world, of which there is one for each of the weights.
    """
    agents = len(worlds[0].steps.first) - 1
    gains = np.zeros((len(worlds), len(weights), agents))

    def some(first: int, last: int) -> None:
        for e in range(first, last):
            states = len(worlds[e].features)
            value, at = np.empty((2, states)), np.empty(agents, np.int64)
            earliest, latest = np.empty(states, np.int32), np.empty(states, np.int32)
            find_earliest(worlds[e], earliest)
            find_latest(worlds[e], latest)
            before, at_last = (
                np.moveaxis(features @ weights.T, 2, 0).copy() for features in (worlds[e].features, worlds[e].last)
            )
            for w in range(len(weights)):
                add_log_likelihood_of(worlds[e], before[w], at_last[w], earliest, latest, value, at, gains[e, w])

    in_parallel(some, len(worlds))
    return np.array([each.sum(axis=0) for each in np.ascontiguousarray(np.moveaxis(gains, 2, 0))])


def steps_of(world: WorldSteps, agent: int) -> WorldSteps:
    """Return a world with the steps of one agent alone."""
    begin, end = world.steps.first[agent : agent + 2].tolist()
    some, steps = slice(begin, end), world.steps
    alone = np.array([0, end - begin])
    counts = StepCounts(steps.time[some], steps.state[some], steps.action[some], steps.weight[some], alone)
    return world._replace(steps=counts)


def from_lower_triangle(matrix: Reals) -> Reals:
    """Return the symmetric matrix `[F, F]` of a lower triangle."""
    return np.asarray(np.tril(matrix) + np.tril(matrix, -1).T)


def total_log_likelihood(worlds: Sequence[WorldSteps], weights: Reals) -> LogLikelihood:
    """Return the sum over worlds of the log-likelihood of one agent's steps by weights `[F]`, with its derivatives."""
    size = len(weights)
    gains, gradients, hessians = (
        np.zeros(len(worlds)),
        np.zeros((len(worlds), size)),
        np.zeros((len(worlds), size, size)),
    )

    def some(first: int, last: int) -> None:
        for e in range(first, last):
            states, actions, _ = worlds[e].features.shape
            room = Workspace(
                np.empty(states, np.int32), np.empty(states, np.int32), np.empty((2, states)),
                np.empty((2, states, size)), np.empty((2, states, size, size)), np.empty(actions),
                np.empty((actions, size)), np.empty(actions),
            )  # fmt: skip
            find_earliest(worlds[e], room.earliest)
            find_latest(worlds[e], room.latest)
            gains[e] = add_log_likelihood(worlds[e], weights, room, gradients[e], hessians[e])

    in_parallel(some, len(worlds))
    return LogLikelihood(float(gains.sum()), gradients.sum(axis=0), from_lower_triangle(hessians.sum(axis=0)))


def maximise_likelihood(
    objective: Callable[[Reals], LogLikelihood], size: int, *, ridge: float = 0.0
) -> tuple[Reals, LogLikelihood]:
    """Maximise the log-likelihood less ridge/2 · |θ|² over weights `[F]`.

    Raises:
        ValueError: it did not converge.
    """
    climbing = ascend(size, ridge=ridge)
    asked = next(climbing)
    while True:
        try:
            asked = climbing.send(objective(asked))
        except StopIteration as end:
            found: tuple[Reals, LogLikelihood] = end.value
            return found


def ascend(
    size: int, *, ridge: float = 0.0, tolerance: float = 1e-11
) -> Generator[Reals, LogLikelihood, tuple[Reals, LogLikelihood]]:
    """Maximise the log-likelihood less ridge/2 · |θ|² over weights `[F]` from 0, by Newton's method with line search.

    It yields weights, is sent the log-likelihood by them, and returns the last ones. Where the maximum is at infinity,
    it ends when a step promises less than `tolerance` nats.

    Raises:
        ValueError: it did not converge.
    """
    weights = np.zeros(size)
    here = yield weights
    for _ in range(ROUNDS):
        gradient = here.gradient - ridge * weights
        curvature, axes = np.linalg.eigh(ridge * np.eye(size) - here.hessian)
        steepest = np.abs(curvature).max()
        if steepest == 0.0:
            return weights, here
        step = axes @ (axes.T @ gradient / np.maximum(np.abs(curvature), FLAT * steepest))
        promised = float(gradient @ step)
        if promised <= 2 * tolerance:  # the last step squares what is missing
            found = yield weights + step
            return (weights + step, found) if found.gain >= here.gain - tolerance else (weights, here)
        height, length = here.gain - ridge / 2 * weights @ weights, 1.0
        while length > 1e-9:
            there = weights + length * step
            found = yield there
            if found.gain - ridge / 2 * there @ there >= height + 1e-4 * length * promised:
                break
            length /= 2
        else:  # rounding lets it climb no farther
            return weights, here
        weights, here = there, found
    raise ValueError(f"weights did not converge in {ROUNDS} steps; the last were {weights.tolist()}")
