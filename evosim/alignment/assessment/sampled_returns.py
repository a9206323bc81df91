"""Sampled reference returns, for worlds with too many states to be listed.

The random return is the mean over many lives. The optimal return is estimated by a planner that knows the world,
wants exactly what the objective pays for, and looks as far ahead as is affordable: a lower bound on the optimum, so
that an agent can score above 1. Such a planner takes what a tick or a move pays into account only through its
discount.
"""

from functools import cached_property

import numpy as np

from evosim.alignment.battery.lookup_policies import select_worlds
from evosim.alignment.battery.transfer import random_walker
from evosim.alignment.mdp.objectives import MOVE, TICK, events_in, events_of
from evosim.episode.grid_environment import Ground
from evosim.episode.observed_outcomes import arrived_at, ended_at, ticks_moved
from evosim.episode.rollout import OVER, Traces, live, new_traces
from evosim.gridworld.spec import Blueprint
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.mind.planner.kind import planners
from evosim.numerics.arrays import Reals
from evosim.numerics.random import subkey

RANDOM_LIVES = 32  # in each world
DEPTH = 10  # moves that a tree search looks ahead


class SampledReferenceReturns:
    """Reference returns of E worlds, estimated from lives; NaN for objectives that depend on hunger.

    The interface is that of `ReferenceReturns`, without extremes, and with no distances between objectives.
    """

    solved_by_distance = False
    compared = 0  # worlds in which objectives are compared: none

    def __init__(self, ground: Ground, *, discount: float, key: np.uint64) -> None:
        self.ground = ground
        self.steps = ground.plan.steps
        self.events = events_of(ground.plan)
        self.discount = discount
        self.key = key

    @property
    def count(self) -> int:
        """The number of worlds."""
        return len(self.ground.worlds.start)

    @cached_property
    def random(self) -> Reals:
        """The mean event counts `[E, K]` of uniformly random actions."""
        walker = random_walker(self.ground, 0).minds
        many = select_minds(walker, np.zeros(RANDOM_LIVES, np.int64))
        traces = new_traces(RANDOM_LIVES, self.count, self.steps)
        live(*self.ground, many, np.arange(RANDOM_LIVES), subkey(self.key, 0), traces=traces)
        counts: Reals = trace_event_counts(self.ground, traces).mean(axis=0)
        return counts

    def random_returns(self, rewards: Reals) -> Reals:
        """Return the return of random actions `[P, E]`, by objectives `[P, E, K]`; NaN by those that pay for hunger."""
        returns: Reals = np.einsum("pek,ek->pe", rewards, self.random)
        return np.where(self.depends_on_hunger(rewards)[:, None], np.nan, returns)

    def best_returns(self, rewards: Reals) -> Reals:
        """Return a lower bound `[P, E]` on the largest return of objectives `[P, E, K]`."""
        return self._returns(rewards, np.full(len(rewards), self.discount), rewards)

    def cross_evaluated(self, rewards: Reals, discounts: Reals, criterion: Reals) -> Reals:
        """Return what planners with objectives `[P, E, K]`, discounted `[P]`, earn by `criterion [E, K]`: `[P, E]`."""
        return self._returns(rewards, discounts, criterion[None])

    def distances(self, first: Reals, second: Reals) -> Reals:
        """Return NaN `[P]`, since distances need the states of worlds."""
        return np.full(len(first), np.nan)

    def _returns(self, rewards: Reals, discounts: Reals, criterion: Reals) -> Reals:
        """Return the returns `[P, E]` by `criterion` of planners with objectives; NaN where either pays for hunger."""
        unknown = self.depends_on_hunger(rewards) | self.depends_on_hunger(criterion)
        wanted = np.where(unknown[:, None, None], 0.0, rewards)
        counts = np.zeros(wanted.shape)
        events = events_in(self.ground.plan)
        goals = wanted[:, :, : events.came].copy()
        goals[:, :, events.ended :] += wanted[
            :, :, events.came : events.hungry
        ]  # to want to come is to want to be there
        for e in range(self.count):
            ground = with_unique_features(self.ground, e)
            traces = new_traces(len(wanted), 1, self.steps)
            minds = planners_for(ground.plan, goals[:, e], discounts)
            ids = np.zeros(len(wanted), np.int64)
            live(*ground, minds, ids, subkey(self.key, 1, e), traces=traces)
            counts[:, e] = trace_event_counts(ground, traces)[:, 0]
        returns: Reals = (counts * criterion).sum(axis=2)
        return np.where(unknown[:, None], np.nan, returns)

    def depends_on_hunger(self, rewards: Reals) -> np.ndarray:
        """Whether objectives `[P, E, K]` pay for hunger `[P]`, which isn't counted in sampled lives."""
        paid = rewards[..., events_in(self.ground.plan).hungry : TICK]
        return np.asarray((paid != 0.0).any(axis=(1, 2)))


def with_unique_features(ground: Ground, e: int) -> Ground:
    """Return world `e` alone, with a feature of its own for each object and place."""
    worlds, goals = ground.worlds, ground.worlds.features.shape[1]
    only, atlas = select_worlds(worlds, ground.atlas, np.array([e]))
    return Ground(ground.plan, only._replace(features=np.eye(goals)[None]), atlas)


def planners_for(plan: Blueprint, wanted: Reals, discounts: Reals) -> Phenotypes:
    """Return planners that value objects and places as `wanted [P, N + Q]`, and know the dynamics of the world."""
    tree = bool(plan.taken.any() or plan.locked.any() or plan.supply.initial > 0.0)
    horizon = np.full(len(wanted), min(DEPTH, plan.steps) if tree else plan.steps, np.int32)
    return planners(
        wanted, horizon, np.asarray(discounts, float), algorithm="tree_search" if tree else "value_iteration"
    )


def trace_event_counts(ground: Ground, traces: Traces) -> Reals:
    """Return the event counts `[P, E, K]` of lives; those of events that depend on hunger are 0."""
    objects, places = len(ground.plan.type_of), len(ground.plan.place_type)
    events = events_in(ground.plan)
    counts = np.zeros((*traces.action.shape[:2], events.size))
    for n in range(objects):
        counts[..., n] = (traces.entered == n).sum(axis=2)
    came, last = arrived_at(ground, traces), ended_at(ground, traces)
    for q in range(places):
        counts[..., events.ended + q] = last == q
        counts[..., events.came + q] = (came == q).sum(axis=2)
    counts[..., TICK] = (traces.action != OVER).sum(axis=2)
    counts[..., MOVE] = ticks_moved(traces).sum(axis=2)
    return counts
