"""Performance: returns on a scale from uniformly random (0) to optimal (1), with an interval over worlds.

Over a sample of worlds it is a ratio of sums, (ΣJ − ΣJ_random) / (ΣJ_optimal − ΣJ_random). Its 95% interval is that of
a ratio estimator (Cochran 1977, section 6.4), with Student's t over worlds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import student

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
    got, floor, top = np.broadcast_arrays(*(np.asarray(part, float) for part in (achieved, random, optimal)))
    worlds = got.shape[-1]
    weights = np.ones(worlds) if shares is None else np.asarray(shares, float) * worlds / np.sum(shares)
    gain, room = (got - floor) * weights, (top - floor) * weights
    total = room.sum(axis=-1)
    sizes = np.abs(np.stack([top, floor]))
    scale = (np.nan_to_num(sizes) if np.isnan(total).any() else sizes).max(axis=(0, -1))
    defined = total > LEAST * worlds * np.maximum(scale, np.finfo(float).tiny)
    safe = np.where(defined, total, 1.0)
    ratio = np.where(defined, gain.sum(axis=-1) / safe, np.nan)
    if worlds < 2:
        return Estimate(ratio, np.where(defined, -np.inf, np.nan), np.where(defined, np.inf, np.nan))
    error = gain - np.where(defined, ratio, 0.0)[..., None] * room
    spread = np.sqrt(worlds / (worlds - 1) * (error**2).sum(axis=-1)) / safe
    reach = np.where(defined, student(worlds - 1) * spread, np.nan)
    return Estimate(ratio, ratio - reach, ratio + reach)
