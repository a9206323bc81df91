"""Feasibility: whether worlds can be drawn from a blueprint, found out without a compiler where that takes no time.

A check draws `count` worlds, each in `tries` tries, and every try succeeds with the same chance p: all of it is drawn
anew. First tries show how large p is. Where they leave no doubt that the whole check would succeed, it need not be
carried out. Otherwise its worlds are drawn one by one, the very same, until one can't be or time has run out.
"""

import math
import time

import numpy as np

from evosim.gridworld.sampling import CrowdedWorldError, draw_worlds
from evosim.gridworld.spec import Blueprint
from evosim.numerics.compiler import plainly

SURE = 1e-9  # chance of an error that nobody will ever see
LONGEST = 3.0  # seconds in plain Python, in which a compiler is started and has most kernels in its cache
SECONDS_PER_CELL = 2e-6  # to draw a world in plain Python, for each object and one more


def check_plainly(plan: Blueprint, key: np.uint64, count: int, tries: int) -> bool:
    """Find out in plain Python whether `count` worlds can be drawn, each in `tries` tries; False: it takes too long.

    Raises:
        CrowdedWorldError: they can't.
    """
    end = time.monotonic() + LONGEST
    least = chance_needed(count, tries)
    each = SECONDS_PER_CELL * plan.rows * plan.columns * (1 + len(plan.type_of))
    if each * successes_needed(least) > LONGEST:
        return False
    succeeded = 0
    with plainly():
        for number in range(count):
            try:
                draw_worlds(plan, key, 1, number, tries=1)
                succeeded += 1
            except CrowdedWorldError:
                draw_worlds(plan, key, 1, number, tries)
            if is_sure(succeeded, number + 1, least):
                return True
            if time.monotonic() > end:
                return False
    return True


def chance_needed(count: int, tries: int) -> float:
    """Return the chance of a single try from which on `count` worlds are all found in `tries` tries for sure."""
    return 1.0 - float((SURE / count) ** (1.0 / tries))


def successes_needed(least: float) -> int:
    """Return how many first tries that all succeed leave no doubt that a try succeeds with the chance `least`."""
    return math.ceil(math.log(SURE) / math.log(least))


def is_sure(succeeded: int, tried: int, least: float) -> bool:
    """Whether so many successes are out of the question if the chance of one is `least` (Chernoff 1952)."""
    share = succeeded / tried
    if share <= least:
        return False
    divergence = share * math.log(share / least)
    if share < 1.0:
        divergence += (1.0 - share) * math.log((1.0 - share) / (1.0 - least))
    return math.exp(-tried * divergence) < SURE
