"""Objectives in one space: every objective is a reward on what happens in a world.

What happens is counted as events: entering each of N objects, coming to each of Q places, the same times
how hungry the agent is (where it lives on energy), ticks lived, moves made. An objective in a world is a
reward for each event, `[K]`; a behaviour is how often each is to be expected, `[K]`; its return is their
product. So intended, base, mesa- and behavioural objective can be compared, and exchanged.
"""

import numpy as np

from evosim.alignment.tabular import BEGIN, TabularWorld
from evosim.environments.grid import Ground
from evosim.jit import inlined_kernel, kernel
from evosim.lifetime import ENERGY, ENTERED, MOVED, STEPS, SURVIVED, THINKING
from evosim.mind.phenotype import Phenotypes
from evosim.types import Flags, Reals
from evosim.world.atlas import NOTHING
from evosim.world.blueprint import Blueprint
from evosim.world.grid import NOWHERE

TICK, MOVE = -2, -1  # the last two events


def events_of(plan: Blueprint) -> int:
    """Count the events of a blueprint's worlds: K."""
    goals = len(plan.fixed)
    return (2 * goals if plan.supply.initial > 0.0 else goals) + 2


def outcome_objective(plan: Blueprint, weights: Reals) -> Reals:
    """Read rewards `[K]` from weights on outcomes, in the order of `outcome_names`, as of intended and base objective.

    Of what is `excluded`, nothing is read.
    """
    objects, own = len(plan.type_of), plan.outcomes.shape[1]
    entered = own + ENTERED
    came = entered + 2 * plan.types
    rewards = np.zeros(events_of(plan))
    rewards[:objects] = plan.outcomes @ weights[:own] + weights[entered + plan.type_of]
    rewards[objects : objects + len(plan.place_type)] = weights[came + plan.place_type]
    rewards[TICK], rewards[MOVE] = weights[own + STEPS], weights[own + MOVED]
    return rewards


def excluded(plan: Blueprint) -> Flags:
    """Tell which outcomes are no sums over steps: thinking, energy and survival at the end, what is entered first."""
    own = plan.outcomes.shape[1]
    first = own + ENTERED + plan.types
    outside = np.zeros(own + ENTERED + 2 * plan.types + plan.places, np.bool_)
    outside[[own + THINKING, own + ENERGY, own + SURVIVED]] = True
    outside[first : first + plan.types] = True
    return outside


def feature_objective(ground: Ground, weights: Reals) -> Reals:
    """Read rewards `[E, K]` from weights on features `[F]` that are seen as they are."""
    rewards: Reals = _paid(ground, (ground.worlds.features @ weights)[None], None)[0]
    return rewards


def mesa_objective(ground: Ground, minds: Phenotypes) -> Reals:
    """Read the mesa-objectives of P minds from their genomes, through their perception: rewards `[P, E, K]`."""
    features = ground.worlds.features
    count = features.shape[2]
    hungry = None
    if minds.detectors.shape[1]:
        on, bias = minds.detectors[:, :, :count], minds.detectors[:, :, count]
        felt = np.einsum("pij,enj->peni", on, features) + bias[:, None, None, :]
        perceived = 1.0 / (1.0 + np.exp(-minds.sharpness * felt))
        value = np.einsum("peni,pi->pen", perceived, minds.objective[:, :count])
        if minds.drives:
            hungry = np.einsum("peni,pi->pen", perceived, minds.objective[:, count : 2 * count])
    else:
        value = np.einsum("eni,pi->pen", features, minds.objective[:, :count])
        if minds.drives:
            hungry = np.einsum("eni,pi->pen", features, minds.objective[:, count : 2 * count])
    return _paid(ground, value, hungry)


def _paid(ground: Ground, value: Reals, hungry: Reals | None) -> Reals:
    """Lay utilities of objects and places `[P, E, N + Q]` out as rewards `[P, E, K]`."""
    rewards = np.zeros((*value.shape[:2], events_of(ground.plan)))
    goals = value.shape[2]
    rewards[:, :, :goals] = value
    if hungry is not None and ground.plan.supply.initial > 0.0:
        rewards[:, :, goals : 2 * goals] = hungry
    return rewards


@kernel
def fill_reward(world: TabularWorld, rewards: Reals, out_reward: Reals) -> None:
    """Fill the expected reward `[S, A]` of an objective `[K]` in a world."""
    states, actions, branches = world.entered.shape
    for state in range(states):
        for action in range(actions):
            total = 0.0
            for branch in range(branches):
                probability = world.transition.probability[state, action, branch]
                if probability > 0.0 and state >= BEGIN:
                    total += probability * pay(world, state, action, branch, rewards)
            out_reward[state, action] = total


@inlined_kernel
def pay(world: TabularWorld, state: int, action: int, branch: int, rewards: Reals) -> float:
    """Say what a step pays."""
    total = float(rewards[rewards.shape[0] + TICK])
    if world.moved[state, action, branch]:
        total += rewards[rewards.shape[0] + MOVE]
    n, q = int(world.entered[state, action, branch]), int(world.came[state, action, branch])
    felt = rewards.shape[0] > world.goals + 2
    if n != NOTHING:
        total += rewards[n]
        if felt:
            total += world.hunger[state] * rewards[world.goals + n]
    if q != NOWHERE:
        total += rewards[world.objects + q]
        if felt:
            total += world.hunger[state] * rewards[world.goals + world.objects + q]
    return total


@inlined_kernel
def count_step(world: TabularWorld, state: int, action: int, branch: int, weight: float, out_counts: Reals) -> None:
    """Add a step, as often as `weight` says, to the events `[K]`."""
    out_counts[out_counts.shape[0] + TICK] += weight
    if world.moved[state, action, branch]:
        out_counts[out_counts.shape[0] + MOVE] += weight
    n, q = int(world.entered[state, action, branch]), int(world.came[state, action, branch])
    felt = out_counts.shape[0] > world.goals + 2
    if n != NOTHING:
        out_counts[n] += weight
        if felt:
            out_counts[world.goals + n] += weight * world.hunger[state]
    if q != NOWHERE:
        out_counts[world.objects + q] += weight
        if felt:
            out_counts[world.goals + world.objects + q] += weight * world.hunger[state]
