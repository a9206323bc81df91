"""Performance: returns on a scale from uniformly random (0) to optimal (1), with an interval over worlds.

Over a sample of worlds it is a ratio of sums, (ΣJ − ΣJ_random) / (ΣJ_optimal − ΣJ_random). Its 95% interval is that of
a ratio estimator (Cochran 1977, section 6.4), with Student's t over worlds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evosim.numerics.arrays import Reals
from evosim.numerics.compiler import in_parallel
from evosim.numerics.intervals import student

BLOCK = 1_000  # agents that are worked on at once
LEAST = 1e-9  # of the largest return: a smaller difference between optimal and random says nothing


class Estimate(NamedTuple):
    """Numbers with their 95% intervals over worlds; NaN where they are not defined."""

    value: Reals
    low: Reals
    high: Reals

    def less(self, other: float) -> "Estimate":
        """Return `other` minus this."""
        return Estimate(other - self.value, other - self.high, other - self.low)


class Returns(NamedTuple):
    """Returns of agents, random and optimal ones in E worlds, weighted by their shares."""

    achieved: Reals  # [P, E]
    random: Reals  # [P, E] or [E]
    optimal: Reals  # [P, E] or [E]
    shares: Reals  # [E]

    def estimate(self) -> Estimate:
        """Return `[P]` normalised returns."""
        return normalised(*self)


def pooled(parts: Sequence[Returns], shares: Sequence[float]) -> Returns:
    """Return returns in several environments joined along worlds, each environment weighted by its share."""
    weights = [part.shares / part.shares.sum() * share for part, share in zip(parts, shares, strict=True)]
    joined = [np.concatenate(arrays, axis=-1) for arrays in list(zip(*parts, strict=True))[:3]]
    return Returns(joined[0], joined[1], joined[2], np.concatenate(weights))


def normalised(achieved: ArrayLike, random: ArrayLike, optimal: ArrayLike, shares: ArrayLike | None = None) -> Estimate:
    """Return normalised returns `[P]`: `achieved [P, E]` between `random` and `optimal`, each `[P, E]` or `[E]`.

    Worlds are weighted by `shares [E]`, equally by default. NaN where the optimum is no better than random.
    """
    got, floor, top = (np.atleast_1d(np.asarray(part, float)) for part in (achieved, random, optimal))
    shape = np.broadcast_shapes(got.shape, floor.shape, top.shape)
    weights = np.ones(shape[-1]) if shares is None else np.asarray(shares, float) * shape[-1] / np.sum(shares)
    if len(shape) != 2 or shape[0] <= BLOCK:
        return of_block(got, floor, top, weights)
    found = np.empty((3, shape[0]))

    def some(first: int, last: int) -> None:
        for block in range(first, last):
            rows = slice(block * BLOCK, (block + 1) * BLOCK)
            own = [part[rows] if part.ndim == 2 and len(part) == shape[0] else part for part in (got, floor, top)]
            found[:, rows] = of_block(own[0], own[1], own[2], weights)

    in_parallel(some, -(-shape[0] // BLOCK))
    return Estimate(*found)


def of_block(got: Reals, floor: Reals, top: Reals, weights: Reals) -> Estimate:
    """Return normalised returns `[P]` of few agents, with `weights [E]` of worlds, as `normalised` does."""
    worlds = len(weights)
    gain, room = (got - floor) * weights, (top - floor) * weights  # room is [E] where all agents have the same
    gained, total = np.broadcast_arrays(gain.sum(axis=-1), room.sum(axis=-1))
    scale = np.maximum(largest(floor), largest(top))
    defined = total > LEAST * worlds * np.maximum(scale, np.finfo(float).tiny)
    safe = np.where(defined, total, 1.0)
    ratio = np.where(defined, gained / safe, np.nan)
    if worlds < 2:
        return Estimate(ratio, np.where(defined, -np.inf, np.nan), np.where(defined, np.inf, np.nan))
    error = gain - np.where(defined, ratio, 0.0)[..., None] * room
    error *= error
    spread = np.sqrt(worlds / (worlds - 1) * error.sum(axis=-1)) / safe
    reach = np.where(defined, student(worlds - 1) * spread, np.nan)
    return Estimate(ratio, ratio - reach, ratio + reach)


def largest(returns: Reals) -> Reals:
    """Return the largest size `[P]` of returns `[P, E]`, or one number of `[E]`; NaN counts as 0."""
    high, low = returns.max(axis=-1), returns.min(axis=-1)
    if np.isnan(high).any():
        known = np.nan_to_num(returns)
        high, low = known.max(axis=-1), known.min(axis=-1)
    found: Reals = np.maximum(high, -low)
    return found
