"""Multilevel splitting: drawing from a prior conditioned on a rare event, a score of at least `goal`.

Points are drawn from the prior; of them the better half stays, is copied to the full number, and each copy is moved by
steps that leave the prior conditioned on the level invariant (Metropolis, with proposals reversible with respect to
the prior: a proposal is taken if its score is at least the level). Then the next level is the new median, until it is
`goal` (subset simulation, Au and Beck 2001; Cérou et al. 2012). The product of the shares that stay estimates how
probable the event is under the prior.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from evosim.alignment.version_space.priors import draw_uniforms
from evosim.numerics.arrays import Reals
from evosim.numerics.random import subkey

MOVES = 10  # of each point at a level
STAYING = 0.5  # share of the points that stays from level to level
FEWEST_TAKEN, MOST_TAKEN = 0.2, 0.5  # shares of proposals, between which the step is left as it is
FIRST_STEP, SHORTEST = 0.3, 1e-4
MOST_LEVELS = 200


class Stage(NamedTuple):
    """Points of the prior conditioned on a score of at least `level`."""

    level: float
    probability: float  # of a score of at least `level` under the prior, estimated
    points: Reals  # [N, D]
    scores: Reals  # [N]
    tried: int  # scores computed so far


def multilevel_splitting(
    draw: Callable[[np.uint64, int], Reals],
    move: Callable[[Reals, np.uint64, float], Reals],
    score: Callable[[Reals], Reals],
    *,
    goal: float,
    key: np.uint64,
    count: int,
    more: int = 0,
) -> Iterator[Stage]:
    """Yield a stage for each level up to `goal`, and then as many `more` of the last level, moved on.

    `draw(key, N)` draws points `[N, D]` from the prior, `move(points, key, step)` proposes others, and `score(points)`
    is a function of the point alone.

    Raises:
        ValueError: no point reaches a level, or after 200 levels the goal is still not reached.
    """
    points = draw(subkey(key, 0), count)
    scores, level, step, probability, tried = score(points), -np.inf, FIRST_STEP, 1.0, count
    yield Stage(level, probability, points, scores, tried)
    for number in range(1, MOST_LEVELS + 1):
        level = next_level(scores, level, goal)
        alive = np.flatnonzero(scores >= level)
        probability *= len(alive) / count
        if not len(alive):
            raise ValueError(f"no point scores {level:g} or more")
        rows = alive[np.arange(count) * len(alive) // count]
        points, scores = points[rows], scores[rows]
        rounds = 1 if level < goal else 1 + more
        for turn in range(rounds):
            here = subkey(key, number, turn)
            points, scores, step = move_at_level(move, score, points, scores, level, step, here)
            tried += MOVES * count
            yield Stage(level, probability, points, scores, tried)
        if level >= goal:
            return
    raise ValueError(f"after {MOST_LEVELS} levels the score is still under {goal:g}: {level:g}")


def next_level(scores: Reals, level: float, goal: float) -> float:
    """Return the level that about half of the `scores [N]` reach: above the last one, and at most the goal."""
    middle = float(np.quantile(scores, 1.0 - STAYING, method="lower"))
    if middle <= level or middle <= scores.min():  # many alike: go on to the next score that there is
        above = scores[scores > max(level, float(scores.min()))]
        middle = float(above.min()) if len(above) else goal
    return min(middle, goal)


def move_at_level(
    move: Callable[[Reals, np.uint64, float], Reals],
    score: Callable[[Reals], Reals],
    points: Reals,
    scores: Reals,
    level: float,
    step: float,
    key: np.uint64,
) -> tuple[Reals, Reals, float]:
    """Move points `[N, D]` at scores of at least `level`; return them, their `scores [N]` and the next step."""
    for turn in range(MOVES):
        proposed = move(points, subkey(key, turn), step)
        found = score(proposed)
        taken = found >= level
        points, scores = np.where(taken[:, None], proposed, points), np.where(taken, found, scores)
        share = float(taken.mean())
        if share < FEWEST_TAKEN:
            step = max(step / 1.5, SHORTEST)
        elif share > MOST_TAKEN:
            step = min(step * 1.5, 1.0)
    return points, scores, step


def draw_indices(key: np.uint64, rows: int, count: int) -> np.ndarray:
    """Draw numbers from 0 to `count` − 1, `[rows]`."""
    return (draw_uniforms(key, rows, 1)[:, 0] * count).astype(np.int64)
