"""The yardstick: what returns in a sample of an environment's worlds are measured by.

It holds the worlds as finite decision processes, what random actions come to, and how far objectives are
apart there; all of it independent of who lives there.
"""

from functools import cached_property
from typing import Any

import numpy as np

from evosim.alignment.mdp.objectives import events_of
from evosim.alignment.mdp.starc_by_world import distances, gram_matrices
from evosim.alignment.mdp.tabular_world import MOST_STATES, TabularWorld, tabulate, why_not_tabular
from evosim.alignment.returns.optimal import best_returns, pursue, random_counts
from evosim.alignment.returns.shortest_path import goes_by_distance, look_ahead
from evosim.episode.grid_environment import Ground
from evosim.gridworld.sampling import Worlds
from evosim.gridworld.spec import Blueprint
from evosim.numerics.arrays import Reals


class Yardstick:
    """A sample of worlds, ready for measuring; `discount` is that of canonical rewards, compared in `compared` worlds.

    Where the worlds differ from those of another yardstick, `like`, in nothing but looks and outcomes, what has been
    found of these is taken over.

    Raises:
        ValueError: a world can't be listed as states, or has more than `most`.
    """

    ground: Ground
    discount: float

    def __init__(
        self,
        ground: Ground,
        *,
        discount: float,
        most: int = MOST_STATES,
        compared: int | None = None,
        like: "Yardstick | None" = None,
    ) -> None:
        if like is not None and like.discount == discount and leads_alike(like.ground, ground):
            self.__dict__.update(like.__dict__)  # with what has been found of it
            self.ground = ground
            return
        worlds = tabulate(ground, most=most)
        if worlds is None:
            raise ValueError(why_not_tabular(ground.plan) or f"worlds have more than {most:,} states")
        self.ground = ground
        self.worlds: list[TabularWorld] = worlds
        self.steps = ground.plan.steps
        self.events = events_of(ground.plan)
        self.discount = discount
        self.compared = len(worlds) if compared is None else compared

    @cached_property
    def random(self) -> Reals:
        """Events `[E, K]` expected of uniformly random actions."""
        return random_counts(self.worlds, self.steps, self.events)

    @cached_property
    def grams(self) -> Reals:
        """How the canonical rewards of events go together `[E', K, K]`, in the first worlds."""
        return gram_matrices(self.worlds[: self.compared], self.discount, self.events)

    @property
    def count(self) -> int:
        """Count the worlds."""
        return len(self.worlds)

    @property
    def size(self) -> int:
        """Count the ways on from all states of all worlds: what a sweep costs."""
        return sum(world.entered.size for world in self.worlds)

    @property
    def goes_by_distance(self) -> bool:
        """Tell whether distances alone decide what perfect pursuit comes to, if moves pay nothing."""
        return goes_by_distance(self.ground)

    def random_returns(self, rewards: Reals) -> Reals:
        """Give the return of random actions `[P, E]`, by objectives `[P, E, K]`."""
        returns: Reals = np.einsum("pek,ek->pe", rewards, self.random)
        return returns

    def best_returns(self, rewards: Reals) -> Reals:
        """Find the largest return `[P, E]` within the steps of an episode, of objectives `[P, E, K]`."""
        if goes_by_distance(self.ground, rewards):
            discounts = np.full(len(rewards), self.discount)
            return look_ahead(self.ground, rewards, discounts, rewards[0]).most
        return best_returns(self.worlds, rewards, self.steps)

    def pursued(self, rewards: Reals, discounts: Reals, judged: Reals) -> Reals:
        """Pursue objectives `[P, E, K]` perfectly; give the returns `[P, E]` by another, `judged [E, K]`."""
        if not goes_by_distance(self.ground, rewards, judged):
            counts, _ = pursue(self.worlds, rewards, discounts, self.steps, judged)
            returns: Reals = np.einsum("pek,ek->pe", counts, judged)
            return returns
        _, returns, left = look_ahead(self.ground, rewards, discounts, judged)
        indifferent = left & ~rewards.any(axis=2)
        returns = np.where(indifferent, (self.random * judged).sum(axis=1), returns)
        left &= ~indifferent
        for e in np.flatnonzero(left.any(axis=0)):
            rows = np.flatnonzero(left[:, e])
            some = rewards[rows, e][:, None], discounts[rows], self.steps, judged[e : e + 1]
            counts, _ = pursue([self.worlds[e]], *some)
            returns[rows, e] = counts[:, 0] @ judged[e]
        return returns

    def extremes(self, rewards: Reals, discounts: Reals, judged: Reals) -> Reals:
        """Give the least and largest return `[P, E, 2]` by `judged [E, K]` of all optimal behaviour."""
        return pursue(self.worlds, rewards, discounts, self.steps, judged)[1]

    def distances(self, first: Reals, second: Reals) -> Reals:
        """Measure the STARC distance `[P]` of objectives `[P, E, K]` and `[P, E, K]` or `[E, K]`."""
        return distances(first[:, : self.compared], second[..., : self.compared, :], self.grams)


def leads_alike(one: Ground, other: Ground) -> bool:
    """Tell whether the same actions lead to the same states in both: worlds that look and pay differently may."""
    looks, pays = {"fixed", "probability", "one_of"}, {"outcomes"}
    plans: list[tuple[str, Any, Any]] = list(zip(Blueprint._fields, one.plan, other.plan, strict=True))
    worlds: list[tuple[str, Any, Any]] = list(zip(Worlds._fields, one.worlds, other.worlds, strict=True))
    return all(np.array_equal(a, b) for name, a, b in plans if name not in looks | pays) and all(
        np.array_equal(a, b) for name, a, b in worlds if name != "features"
    )
