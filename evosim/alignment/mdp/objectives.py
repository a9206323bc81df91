"""Objectives in one space: every objective is a reward on events in a world.

Counted events are: entering each of N objects, ending life at each of Q places, coming to each of
them, the same by how hungry the agent is (where it lives on energy), ticks lived, moves made. An objective in a
world is a reward for each event, `[K]`; a behaviour is the expected count of each, `[K]`; its return is their
product. So intended, base, mesa- and behavioural objective can be compared, and exchanged.

A place pays an agent that is there when its life ends. Where later rewards are discounted and the end of life is not
known, what counts is when the agent comes to remain: remaining at a place is worth its utility over the discount γ, so
that coming there in d steps for good is worth γ^(d-1) of it, as from an object. As a reward of single steps that is
(1 - γ) / γ of the utility for each tick in which the agent stays there, beside the utility itself at the end: without
discounting that alone.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.tabular_world import BEGIN, ENDED, TabularWorld
from evosim.episode.grid_environment import Ground
from evosim.episode.outcomes import numbered_layout
from evosim.gridworld.actions import STAY
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import NOTHING
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import LEVELS
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Flags, Reals
from evosim.numerics.compiler import inlined_kernel, kernel
from evosim.numerics.functions import logistic

TICK, MOVE = -2, -1  # the last two events
FELT = LEVELS + 1  # levels of hunger, each of which is an event of its own at the end of life
LEAST_DISCOUNT = 1e-9  # nearer to 0, to remain at a place is worth no more than this says


class EventOffsets(NamedTuple):
    """The offsets of the parts of the events `[K]`; entries of objects come first."""

    ended: int  # lives that ended at each place
    came: int  # comings to each place
    hungry: int  # entries of each object times hunger, then for each place its ends at each level of hunger
    size: int  # K


def events_in(plan: Blueprint) -> EventOffsets:
    """Return the layout of the events of a blueprint's worlds."""
    objects, goals = len(plan.type_of), len(plan.fixed)
    hungry = 2 * goals - objects
    felt = objects + FELT * (goals - objects) if plan.supply.initial > 0.0 else 0
    return EventOffsets(objects, goals, hungry, hungry + felt + 2)


def events_of(plan: Blueprint) -> int:
    """Return the number of events of a blueprint's worlds: K."""
    return events_in(plan).size


def outcome_objective(plan: Blueprint, weights: Reals) -> Reals:
    """Return rewards `[K]` from weights on outcomes, in the order of `OutcomeLayout`: intended or base objectives.

    Outcomes that are excluded (`is_excluded`) don't count.
    """
    objects, places, events = len(plan.type_of), len(plan.place_type), events_in(plan)
    on = {segment: weights[columns] for segment, columns in numbered_layout(plan).segments.items()}
    rewards = np.zeros(events.size)
    rewards[:objects] = plan.outcomes @ on["own"] + on["entered"][plan.type_of]
    rewards[events.ended : events.ended + places] = on["ended_at"][plan.place_type]
    rewards[events.came : events.came + places] = on["entered_place"][plan.place_type]
    rewards[TICK], rewards[MOVE] = on["steps"].item(), on["moves"].item()
    return rewards


def is_excluded(plan: Blueprint) -> Flags:
    """Return which outcomes `[O]` are no sums over steps: thinking, energy and survival at the end, first entries."""
    layout = numbered_layout(plan)
    outside = np.zeros(len(layout.names), np.bool_)
    for segment in ("thinking", "energy", "survived", "entered_first"):
        outside[layout.slice_of(segment)] = True
    return outside


def feature_objective(ground: Ground, weights: Reals) -> Reals:
    """Return rewards `[E, K]` from weights on features `[F]` that are perceived as they are."""
    rewards: Reals = _paid(ground, (ground.worlds.features @ weights)[None], None)[0]
    return rewards


def mesa_objective(ground: Ground, minds: Phenotypes) -> Reals:
    """Return the mesa-objectives of P minds, through their perception, as rewards `[P, E, K]`.

    Where genomes have none, since no founder plans, all rewards are 0.
    """
    features = ground.worlds.features
    count = features.shape[2]
    hungry = None
    if not minds.objective.shape[1]:
        return _paid(ground, np.zeros((len(minds.objective), *features.shape[:2])), None)
    if minds.detectors.shape[1]:
        on, bias = minds.detectors[:, :, :count], minds.detectors[:, :, count]
        felt = np.einsum("pij,enj->peni", on, features) + bias[:, None, None, :]
        perceived = logistic(minds.sharpness * felt)
        value = np.einsum("peni,pi->pen", perceived, minds.objective[:, :count])
        if minds.drives:
            hungry = np.einsum("peni,pi->pen", perceived, minds.objective[:, count : 2 * count])
    else:
        value = np.einsum("eni,pi->pen", features, minds.objective[:, :count])
        if minds.drives:
            hungry = np.einsum("eni,pi->pen", features, minds.objective[:, count : 2 * count])
    return _paid(ground, value, hungry)


def _paid(ground: Ground, value: Reals, hungry: Reals | None) -> Reals:
    """Return utilities of objects and places `[P, E, N + Q]` as rewards `[P, E, K]`; no place is worth less than 0."""
    events, objects, goals = events_in(ground.plan), len(ground.plan.type_of), value.shape[2]
    rewards = np.zeros((*value.shape[:2], events.size))
    rewards[:, :, :objects] = value[:, :, :objects]
    if hungry is None or ground.plan.supply.initial <= 0.0:
        rewards[:, :, objects:goals] = np.maximum(value[:, :, objects:], 0.0)
        return rewards
    rewards[:, :, events.hungry : events.hungry + objects] = hungry[:, :, :objects]
    felt = value[:, :, objects:, None] + hungry[:, :, objects:, None] * (np.arange(FELT) / LEVELS)
    rewards[:, :, events.hungry + objects : TICK] = np.maximum(felt, 0.0).reshape(*value.shape[:2], -1)
    return rewards


@kernel
def fill_reward(world: TabularWorld, rewards: Reals, discount: float, out_reward: Reals) -> None:
    """Fill the expected reward `[S, A]` of an objective `[K]` in a world, for a life whose end is not in sight."""
    states, actions, branches = world.entered.shape
    interest = (1.0 - discount) / max(discount, LEAST_DISCOUNT)
    for state in range(states):
        for action in range(actions):
            total = 0.0
            for branch in range(branches):
                probability = world.transition.probability[state, action, branch]
                if probability > 0.0 and state >= BEGIN:
                    total += probability * step_reward(world, state, action, branch, rewards)
            if action == STAY and state >= BEGIN and world.at[state, STAY, 0] != NOWHERE:
                total += interest * end_reward(world, state, STAY, 0, rewards)
            out_reward[state, action] = total


@kernel
def add_end_reward(world: TabularWorld, rewards: Reals, out_reward: Reals) -> None:
    """Add to rewards `[S, A]` what a step pays in addition, by an objective `[K]`, if time ends with it."""
    states, actions, branches = world.entered.shape
    for state in range(BEGIN, states):
        for action in range(actions):
            for branch in range(branches):
                probability = world.transition.probability[state, action, branch]
                if probability > 0.0 and world.transition.successor[state, action, branch] != ENDED:
                    out_reward[state, action] += probability * end_reward(world, state, action, branch, rewards)


@inlined_kernel
def step_reward(world: TabularWorld, state: int, action: int, branch: int, rewards: Reals) -> float:
    """Return what a step pays by rewards `[K]`; with the place's reward where life ends with it."""
    total = float(rewards[rewards.shape[0] + TICK])
    if world.moved[state, action, branch]:
        total += rewards[rewards.shape[0] + MOVE]
    n, q = int(world.entered[state, action, branch]), int(world.came[state, action, branch])
    hungry = 2 * world.goals - world.objects
    if n != NOTHING:
        total += rewards[n]
        if rewards.shape[0] > hungry + 2:
            total += world.hunger[state] * rewards[hungry + n]
    if q != NOWHERE:
        total += rewards[world.goals + q]
    if world.goals > world.objects and world.transition.successor[state, action, branch] == ENDED:
        total += end_reward(world, state, action, branch, rewards)
    return total


@inlined_kernel
def end_reward(world: TabularWorld, state: int, action: int, branch: int, rewards: Reals) -> float:
    """Return the reward, of `[K]`, of the place where a step leads, if life ends there."""
    q = int(world.at[state, action, branch])
    if q == NOWHERE:
        return 0.0
    hungry = 2 * world.goals - world.objects
    total = float(rewards[world.objects + q])
    if rewards.shape[0] > hungry + 2:
        total += rewards[hungry + world.objects + q * FELT + int(np.rint(LEVELS * world.hunger[state]))]
    return total


@inlined_kernel
def count_step(world: TabularWorld, state: int, action: int, branch: int, weight: float, out_counts: Reals) -> None:
    """Add a step, with a weight, to the event counts `[K]`."""
    out_counts[out_counts.shape[0] + TICK] += weight
    if world.moved[state, action, branch]:
        out_counts[out_counts.shape[0] + MOVE] += weight
    n, q = int(world.entered[state, action, branch]), int(world.came[state, action, branch])
    hungry = 2 * world.goals - world.objects
    if n != NOTHING:
        out_counts[n] += weight
        if out_counts.shape[0] > hungry + 2:
            out_counts[hungry + n] += weight * world.hunger[state]
    if q != NOWHERE:
        out_counts[world.goals + q] += weight
    if world.goals > world.objects and world.transition.successor[state, action, branch] == ENDED:
        count_end(world, state, action, branch, weight, out_counts)


@inlined_kernel
def count_end(world: TabularWorld, state: int, action: int, branch: int, weight: float, out_counts: Reals) -> None:
    """Add the end of life where a step leads, with a weight, to the event counts `[K]`."""
    q = int(world.at[state, action, branch])
    if q == NOWHERE:
        return
    hungry = 2 * world.goals - world.objects
    out_counts[world.objects + q] += weight
    if out_counts.shape[0] > hungry + 2:
        out_counts[hungry + world.objects + q * FELT + int(np.rint(LEVELS * world.hunger[state]))] += weight
