"""Maximum causal entropy: how likely actions are if they pursue a reward that is linear in features, softly.

An agent of reward θ·φ takes actions with probability softmax of Q, where the value of a state is the
log-mean-exp of its Qs (Ziebart 2010, chapter 9; mean for sum shifts all values alike). One sweep
backwards in time gives the log-likelihood of what was done, its gradient and its second derivatives:
the derivative of a value by θ is the features to be expected, its second derivative their covariance.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.bellman import SMALL, Transition, expected
from evosim.numerics.arrays import Cells, Reals
from evosim.numerics.compiler import in_parallel, inlined_kernel, kernel

ROUNDS = 500
FLAT = 1e-12  # of the largest curvature: less is taken for it, or a step would be rounding blown up


class Steps(NamedTuple):
    """K different things that were done in one world, the latest first."""

    time: Cells  # [K]
    state: Cells  # [K]
    action: Cells  # [K]
    weight: Reals  # [K] how often, or how likely


class Deeds(NamedTuple):
    """What was done in a world, and what there was to be had."""

    transition: Transition
    features: Reals  # [S, A, F] expected of an action
    steps: Steps
    horizon: int
    discount: float
    last: Reals  # [S, A, F] expected of an action if time ends with it


class Support(NamedTuple):
    """How well weights explain deeds, against actions at random."""

    gain: float  # nats of log-likelihood above that of uniformly random actions
    slope: Reals  # [F] its derivative by the weights
    bend: Reals  # [F, F] its second derivative


class Room(NamedTuple):
    """Where a sweep works: two layers of time, and A actions in one state."""

    value: Reals  # [2, S]
    slope: Reals  # [2, S, F] derivative of the value by the weights
    bend: Reals  # [2, S, F, F] second derivative, the lower triangle
    ahead: Reals  # [A] value of an action
    lean: Reals  # [A, F] its derivative
    chosen: Reals  # [A] its probability


@inlined_kernel
def look_ahead(
    deeds: Deeds,
    features: Reals,
    weights: Reals,
    state: int,
    action: int,
    layer: int,
    value: Reals,
    slope: Reals,
    out_lean: Reals,
) -> float:
    """Value an action by a layer of the future; fill the derivative `[F]` of that by the weights."""
    transition = deeds.transition
    ahead = 0.0
    for f in range(weights.shape[0]):
        out_lean[f] = features[state, action, f]
        ahead += weights[f] * features[state, action, f]
    for branch in range(transition.successor.shape[2]):
        share = deeds.discount * transition.probability[state, action, branch]
        if share > 0.0:
            following = transition.successor[state, action, branch]
            ahead += share * value[layer, following]
            for f in range(weights.shape[0]):
                out_lean[f] += share * slope[layer, following, f]
    return ahead


@inlined_kernel
def add_bend(deeds: Deeds, weight: float, state: int, action: int, layer: int, bend: Reals, out_bend: Reals) -> None:
    """Add `weight` times the second derivative of an action's value: that of the values ahead, expected."""
    transition = deeds.transition
    for branch in range(transition.successor.shape[2]):
        share = weight * deeds.discount * transition.probability[state, action, branch]
        if share != 0.0:
            following = transition.successor[state, action, branch]
            for f in range(out_bend.shape[0]):
                for g in range(f + 1):
                    out_bend[f, g] += share * bend[layer, following, f, g]


@kernel
def value_state(deeds: Deeds, features: Reals, weights: Reals, state: int, now: int, room: Room) -> None:
    """Fill value, slope and bend of a state in layer `now`, by the other layer."""
    actions, size = deeds.features.shape[1:]
    top, total = -np.inf, 0.0
    for action in range(actions):
        room.ahead[action] = look_ahead(
            deeds, features, weights, state, action, 1 - now, room.value, room.slope, room.lean[action]
        )
        top = max(top, room.ahead[action])
    for action in range(actions):
        exponent = room.ahead[action] - top
        room.chosen[action] = np.exp(exponent)
        total += room.chosen[action] - 1.0 if exponent < SMALL else np.expm1(exponent)
    room.value[now, state] = top + np.log1p(total / actions)
    slope, bend = room.slope[now, state], room.bend[now, state]
    slope[:] = 0.0
    bend[:] = 0.0
    for action in range(actions):
        room.chosen[action] /= actions + total
        for f in range(size):
            slope[f] += room.chosen[action] * room.lean[action, f]
    for action in range(actions):
        if room.chosen[action] == 0.0:
            continue
        add_bend(deeds, room.chosen[action], state, action, 1 - now, room.bend, bend)
        for f in range(size):
            apart = room.chosen[action] * (room.lean[action, f] - slope[f])
            for g in range(f + 1):
                bend[f, g] += apart * (room.lean[action, g] - slope[g])


@kernel
def support_of(deeds: Deeds, weights: Reals, room: Room, out_slope: Reals, out_bend: Reals) -> float:
    """Give the log-likelihood of deeds above random, and add to its derivatives, of `bend` the lower triangle."""
    steps = deeds.steps
    gain, k = 0.0, 0
    room.value[:] = 0.0
    room.slope[:] = 0.0
    room.bend[:] = 0.0
    for t in range(deeds.horizon - 1, -1, -1):
        now = t % 2
        features = deeds.features if t < deeds.horizon - 1 else deeds.last
        for state in range(deeds.features.shape[0]):
            value_state(deeds, features, weights, state, now, room)
        while k < steps.time.shape[0] and steps.time[k] == t:
            state, action, weight = steps.state[k], steps.action[k], steps.weight[k]
            ahead = look_ahead(deeds, features, weights, state, action, 1 - now, room.value, room.slope, room.lean[0])
            gain += weight * (ahead - room.value[now, state])
            add_bend(deeds, weight, state, action, 1 - now, room.bend, out_bend)
            for f in range(weights.shape[0]):
                out_slope[f] += weight * (room.lean[0, f] - room.slope[now, state, f])
                for g in range(f + 1):
                    out_bend[f, g] -= weight * room.bend[now, state, f, g]
            k += 1
    return gain


@kernel
def gain_of(deeds: Deeds, paid_before: Reals, paid_last: Reals, value: Reals) -> float:
    """Give the log-likelihood of deeds above random by rewards `[S, A]` alone, those of the last step apart.

    `value [2, S]` is room.
    """
    transition, steps = deeds.transition, deeds.steps
    states, actions = paid_before.shape
    gain, k = 0.0, 0
    value[:] = 0.0
    for t in range(deeds.horizon - 1, -1, -1):
        now, later = value[t % 2], value[1 - t % 2]
        paid = paid_before if t < deeds.horizon - 1 else paid_last
        for state in range(states):
            top, total = -np.inf, 0.0
            for action in range(actions):
                ahead = paid[state, action] + deeds.discount * expected(transition, state, action, later)
                if ahead > top:
                    total = total * np.exp(top - ahead) + 1.0
                    top = ahead
                else:
                    total += np.exp(ahead - top)
            now[state] = top + np.log(total / actions)
        while k < steps.time.shape[0] and steps.time[k] == t:
            state, action = steps.state[k], steps.action[k]
            ahead = paid[state, action] + deeds.discount * expected(transition, state, action, later)
            gain += steps.weight[k] * (ahead - now[state])
            k += 1
    return gain


def gains_of(worlds: Sequence[Deeds], weights: Reals) -> Reals:
    """Tell `[W]` how well each of many weights `[W, F]` explains what was done, all worlds together."""
    gains = np.zeros((len(worlds), len(weights)))

    def some(first: int, last: int) -> None:
        for e in range(first, last):
            value = np.empty((2, len(worlds[e].features)))
            before, at_last = (
                np.moveaxis(features @ weights.T, 2, 0).copy() for features in (worlds[e].features, worlds[e].last)
            )
            for w in range(len(weights)):
                gains[e, w] = gain_of(worlds[e], before[w], at_last[w], value)

    in_parallel(some, len(worlds))
    return np.asarray(gains.sum(axis=0))


def support(worlds: Sequence[Deeds], weights: Reals) -> Support:
    """Sum over worlds how well weights explain what was done there."""
    size = len(weights)
    gains, slopes, bends = np.zeros(len(worlds)), np.zeros((len(worlds), size)), np.zeros((len(worlds), size, size))

    def some(first: int, last: int) -> None:
        for e in range(first, last):
            states, actions, _ = worlds[e].features.shape
            room = Room(
                np.empty((2, states)), np.empty((2, states, size)), np.empty((2, states, size, size)),
                np.empty(actions), np.empty((actions, size)), np.empty(actions),
            )  # fmt: skip
            gains[e] = support_of(worlds[e], weights, room, slopes[e], bends[e])

    in_parallel(some, len(worlds))
    bend = bends.sum(axis=0)
    return Support(float(gains.sum()), slopes.sum(axis=0), np.tril(bend) + np.tril(bend, -1).T)


def most_likely(
    objective: Callable[[Reals], Support], size: int, *, ridge: float = 0.0, tolerance: float = 1e-11
) -> tuple[Reals, Support]:
    """Climb from zero weights `[F]` to those of the largest gain less ridge/2 · |θ|², by Newton's method.

    Where nothing but infinity is best, it ends when a step promises less than `tolerance` nats.

    Raises:
        ValueError: no end was found.
    """
    weights = np.zeros(size)
    here = objective(weights)
    for _ in range(ROUNDS):
        slope = here.slope - ridge * weights
        curvature, axes = np.linalg.eigh(ridge * np.eye(size) - here.bend)
        steepest = np.abs(curvature).max()
        if steepest == 0.0:
            return weights, here
        step = axes @ (axes.T @ slope / np.maximum(np.abs(curvature), FLAT * steepest))
        promised = float(slope @ step)
        if promised <= 2 * tolerance:  # the last step squares what is missing
            found = objective(weights + step)
            return (weights + step, found) if found.gain >= here.gain - tolerance else (weights, here)
        height, length = here.gain - ridge / 2 * weights @ weights, 1.0
        while length > 1e-9:
            there = weights + length * step
            found = objective(there)
            if found.gain - ridge / 2 * there @ there >= height + 1e-4 * length * promised:
                break
            length /= 2
        else:  # rounding lets it climb no farther
            return weights, here
        weights, here = there, found
    raise ValueError(f"no most likely weights were found in {ROUNDS} steps; the last were {weights.tolist()}")
