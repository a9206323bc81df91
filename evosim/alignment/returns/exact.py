"""Reference returns: the random and the optimal return by which returns in a sample of worlds are normalised.

They come from the worlds as finite decision processes, and don't depend on who lives there; neither do the distances
between objectives, which are computed from the same processes.
"""

from functools import cached_property
from typing import Any

import numpy as np

from evosim.alignment.mdp.objectives import events_of
from evosim.alignment.mdp.starc_by_world import gram_matrices, starc_distances
from evosim.alignment.mdp.tabular_world import MOST_STATES, TabularWorld, tabulate, why_not_tabular
from evosim.alignment.returns.optimal import best_returns, optimal_counts, optimal_extremes, random_counts
from evosim.alignment.returns.shortest_path import shortest_path_returns, solved_by_distance
from evosim.episode.grid_environment import Ground
from evosim.gridworld.sampling import Worlds
from evosim.gridworld.spec import Blueprint
from evosim.numerics.arrays import Reals


class ReferenceReturns:
    """Exact reference returns of E worlds.

    `discount` is that of canonical rewards, which are compared in the first `compared` worlds. What another, `like`,
    has computed is reused where its worlds differ in features and outcomes only.

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
        like: "ReferenceReturns | None" = None,
    ) -> None:
        if like is not None and like.discount == discount and same_dynamics(like.ground, ground):
            self.__dict__.update(like.__dict__)  # with its cached properties
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
        """The expected event counts `[E, K]` of uniformly random actions."""
        return random_counts(self.worlds, self.steps, self.events)

    @cached_property
    def grams(self) -> Reals:
        """The Gram matrices `[E', K, K]` of the canonical rewards of events, in the first worlds."""
        return gram_matrices(self.worlds[: self.compared], self.discount, self.events)

    @property
    def count(self) -> int:
        """The number of worlds."""
        return len(self.worlds)

    @property
    def size(self) -> int:
        """The number of transitions in all worlds, to which the cost of a sweep is proportional."""
        return sum(world.entered.size for world in self.worlds)

    @property
    def solved_by_distance(self) -> bool:
        """Whether distances alone determine optimal behaviour, as long as moves pay nothing."""
        return solved_by_distance(self.ground)

    def random_returns(self, rewards: Reals) -> Reals:
        """Return the return of random actions `[P, E]`, by objectives `[P, E, K]`."""
        returns: Reals = np.einsum("pek,ek->pe", rewards, self.random)
        return returns

    def best_returns(self, rewards: Reals) -> Reals:
        """Return the largest return `[P, E]` within the steps of an episode, of objectives `[P, E, K]`."""
        if solved_by_distance(self.ground, rewards):
            discounts = np.full(len(rewards), self.discount)
            return shortest_path_returns(self.ground, rewards, discounts, rewards[0]).best
        return best_returns(self.worlds, rewards, self.steps)

    def cross_evaluated(self, rewards: Reals, discounts: Reals, criterion: Reals) -> Reals:
        """Return what optimal behaviour for objectives `[P, E, K]`, discounted `[P]`, earns by `criterion [E, K]`.

        Optimal behaviour is uniform over optimal actions; the returns are `[P, E]`.
        """
        if not solved_by_distance(self.ground, rewards, criterion):
            counts = optimal_counts(self.worlds, rewards, discounts, self.steps)
            returns: Reals = np.einsum("pek,ek->pe", counts, criterion)
            return returns
        _, returns, left = shortest_path_returns(self.ground, rewards, discounts, criterion)
        indifferent = left & ~rewards.any(axis=2)
        returns = np.where(indifferent, (self.random * criterion).sum(axis=1), returns)
        left &= ~indifferent
        for e in np.flatnonzero(left.any(axis=0)):
            rows = np.flatnonzero(left[:, e])
            counts = optimal_counts([self.worlds[e]], rewards[rows, e][:, None], discounts[rows], self.steps)
            returns[rows, e] = counts[:, 0] @ criterion[e]
        return returns

    def extremes(self, rewards: Reals, discounts: Reals, criterion: Reals) -> Reals:
        """Return the least and largest return `[P, E, 2]` by `criterion [E, K]` of all optimal policies."""
        return optimal_extremes(self.worlds, rewards, discounts, self.steps, criterion)

    def distances(self, first: Reals, second: Reals) -> Reals:
        """Return the STARC distances `[P]` of objectives `[P, E, K]` and `[P, E, K]` or `[E, K]`."""
        return starc_distances(first[:, : self.compared], second[..., : self.compared, :], self.grams)


def same_dynamics(one: Ground, other: Ground) -> bool:
    """Whether the same actions lead to the same states in both, though features and outcomes may differ."""
    looks, pays = {"fixed", "probability", "one_of"}, {"outcomes"}
    plans: list[tuple[str, Any, Any]] = list(zip(Blueprint._fields, one.plan, other.plan, strict=True))
    worlds: list[tuple[str, Any, Any]] = list(zip(Worlds._fields, one.worlds, other.worlds, strict=True))
    return all(np.array_equal(a, b) for name, a, b in plans if name not in looks | pays) and all(
        np.array_equal(a, b) for name, a, b in worlds if name != "features"
    )
