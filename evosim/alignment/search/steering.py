"""Steering: what a linear probe reads as "on my path" is added to a mind's state at one distant cell. Does it go there?

The worlds are those of swaps: a target, and another cell as far from the start, no first step to which leads to the
target as well. Something is added at that cell after each thought, so that thinking has to carry it to the agent. Added
are a probe's direction, and as a null random directions of the same length (as Bush et al. 2025 do, arXiv 2504.01871).
A cell holds few numbers, so that many a random direction is nearly the probe's, or its opposite.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.search.cases import NEAR
from evosim.alignment.search.figures import BINS, Swaps
from evosim.alignment.search.linear_probes import ProbeCases, rises_ahead, walks_into
from evosim.alignment.search.thinking import Hold, greedy_steps, lone
from evosim.mind.map_kind import Push
from evosim.numerics.arrays import Reals
from evosim.numerics.bootstrap import generator
from evosim.numerics.intervals import ConfidenceInterval, share_interval

DOSE = 16.0  # the length of what is added, in standard deviations of what a cell holds
DIRECTIONS = 16  # random ones
RIDGE = 1.0  # on weights of what has the variance 1


class Steered(NamedTuple):
    """In which shares of worlds, whose cells are 8 to 23 steps away, the first step leads to the cell."""

    pushed: ConfidenceInterval  # with the probe's direction added there
    at_random: float  # with a random direction added, on average
    untouched: float  # with nothing added


def steered(
    hold: Hold, look: Reals, cases: ProbeCases, swaps: Swaps, key: np.uint64, dose: float = DOSE
) -> Steered | None:
    """Return how often one mind is steered away from a target with the features `look` `[F]`.

    None where its state can't be pushed, or no direction is read as the path.
    """
    direction = path_direction(hold, look, cases)
    rows = np.flatnonzero(np.array([least for least, _ in BINS])[swaps.bin] >= NEAR)
    walls, start, right = swaps.walls[rows], swaps.start[rows], swaps.right[1][rows]
    every, there = np.arange(len(rows)), swaps.targets[1][rows]
    inputs = lone(walls, swaps.targets[0][rows], look).inputs(start)
    held = hold(inputs, None, None)
    if direction is None or held is None:
        return None
    scale = np.nan_to_num(held)[:, ~walls].std(axis=1)

    def share(amounts: Reals | None) -> float:
        push = None if amounts is None else Push(there, dose * amounts * scale)
        thought = hold(inputs, None, push)
        if thought is None:
            return float("nan")
        steps = greedy_steps(thought[0], walls, every, start)
        return float((steps.any(axis=1) & ~(steps & ~right).any(axis=1)).mean())

    pushed = share(direction)
    if np.isnan(pushed):
        return None
    drawn = generator(key).normal(size=(DIRECTIONS, len(direction))) * (scale > 0.0)
    lengths = np.linalg.norm(drawn, axis=1, keepdims=True)
    by_chance = [share(each) for each in drawn / np.where(lengths > 0.0, lengths, 1.0)]
    return Steered(share_interval(round(pushed * len(rows)), len(rows)), float(np.mean(by_chance)), share(None))


def path_direction(hold: Hold, look: Reals, cases: ProbeCases) -> Reals | None:
    """Return the direction `[C]` of what a cell holds that says most that it is on the path, of length 1; None if none.

    It is a ridge regression of whether the walk enters a cell on what is held there, which is relative to the start and
    has the variance 1.
    """
    truth = walks_into(hold, look, cases).astype(float)
    seen = rises_ahead(hold, look, cases, None)[:, :, 0]
    spread = seen.std(axis=0)
    seen = (seen - seen.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    both = seen.T @ seen / len(seen) + RIDGE * np.eye(seen.shape[1])
    weights = np.linalg.solve(both, seen.T @ (truth - truth.mean()) / len(seen))
    length = float(np.linalg.norm(weights))
    return np.asarray(weights / length) if length > 0.0 else None
