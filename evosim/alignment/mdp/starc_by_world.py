"""STARC distances by world, of objectives that pay for events.

STARC (Skalse et al. 2024) with the canonicalisation by value (VAL) under uniformly random actions, L2, halved. It is
linear in the reward, so the canonical rewards of the events are computed once per world, and any two
objectives are compared by their Gram matrix. A sample of worlds is one process: their disjoint union.
"""

import numpy as np

from evosim.alignment.mdp.bellman import iterate_policy
from evosim.alignment.mdp.objectives import fill_reward
from evosim.alignment.mdp.tabular_world import BEGIN, TabularWorld
from evosim.numerics.arrays import Reals
from evosim.numerics.compiler import in_parallel

DENSE = 800  # states up to which values are found by elimination
TOLERANCE = 1e-10
ROUNDS = 1_000_000
NEGLIGIBLE = 1e-9  # relative: a canonical reward with a smaller norm is zero


def gram_matrices(worlds: list[TabularWorld], discount: float, events: int) -> Reals:
    """Return the inner products of the canonical rewards of all events `[E, K, K]`, over all states and actions."""
    grams = np.zeros((len(worlds), events, events))

    def fill_some(first: int, last: int) -> None:
        for e in range(first, last):
            canonical = canonical_events(worlds[e], discount, events).reshape(events, -1)
            grams[e] = canonical @ canonical.T

    in_parallel(fill_some, len(worlds))
    return grams


def canonical_events(world: TabularWorld, discount: float, events: int) -> Reals:
    """Return the canonical reward of each event `[K, S, A]`: R − V + γ E V', all 0 at the end."""
    states, actions = world.entered.shape[:2]
    reward = np.zeros((events, states, actions))
    for event, unit in enumerate(np.eye(events)):
        fill_reward(world, unit, discount, reward[event])
    successor, probability = world.transition
    values = np.zeros((events, states))
    if states <= DENSE:
        step = np.zeros((states, states))
        rows = np.broadcast_to(np.arange(states)[:, None, None], successor.shape)
        np.add.at(step, (rows, successor), probability / actions)
        step[0] = 0.0
        values[:] = np.linalg.solve(np.eye(states) - discount * step, reward.mean(axis=2).T).T
    else:
        policy = np.full((states, actions), 1.0 / actions)
        for event in range(events):
            iterate_policy(world.transition, reward[event], policy, discount, TOLERANCE, ROUNDS, values[event])
    ahead = (probability * values[:, successor]).sum(axis=3)
    canonical: Reals = reward - values[:, :, None] + discount * ahead
    canonical[:, :BEGIN] = 0.0
    return canonical


def starc_distances(first: Reals, second: Reals, grams: Reals) -> Reals:
    """Return the STARC distances `[P]` of objectives `[P, E, K]` from `[P, E, K]` or `[E, K]`: 0 the same, 1 opposite.

    An objective that is indifferent to everything has distance 0 from another such, and 1/2 from all others.
    """
    one, other = (np.moveaxis(r if r.ndim == 3 else r[None], 1, 0) for r in (first, second))  # [E, P, K]
    size = np.trace(grams, axis1=1, axis2=2).sum()
    ahead = [np.matmul(rewards, grams) for rewards in (one, other)]
    norms = [np.sqrt(np.maximum((a * r).sum(axis=(0, 2)), 0.0)) for a, r in zip(ahead, (one, other), strict=True)]
    zero = [n <= NEGLIGIBLE * np.sqrt((r**2).sum(axis=(0, 2)) * size) for n, r in zip(norms, (one, other), strict=True)]
    inner = (one * ahead[1]).sum(axis=(0, 2))
    cosine = inner / np.where(zero[0] | zero[1], 1.0, norms[0] * norms[1])
    apart = np.sqrt(np.maximum(0.0, 2.0 - 2.0 * np.clip(cosine, -1.0, 1.0))) / 2.0
    return np.where(zero[0] & zero[1], 0.0, np.where(zero[0] | zero[1], 0.5, apart))
