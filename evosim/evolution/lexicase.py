"""Lexicase: selection by one case after another, in an order of its own for each parent.

A case is an episode: all individuals of a generation live in the same worlds, so case e asks
the same of everybody. Specialists, who are best in some worlds and poor in others, become
parents that a mean would hide (Spector 2012).
"""

import numpy as np

from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.compiler import kernel
from evosim.numerics.random import below, fold


def lexicase(cases: Reals, key: np.uint64, count: int) -> Ids:
    """Return `count` rows, each selected as the best in one case after another, in random order, until one is left.

    If several are left after the last case, one is drawn. `cases` are `[P, E]`, larger is better.
    """
    return _lexicase(cases, np.zeros(cases.shape[1]), key, count)


def epsilon_lexicase(cases: Reals, key: np.uint64, count: int) -> Ids:
    """Return `count` rows of `cases [P, E]` selected by lexicase; all within epsilon of the best survive a case.

    Epsilon is automatic, the median absolute deviation of the case, and semi-dynamic: it is taken over the
    whole population once, the best over those that are still in (La Cava, Spector and Danai 2016;
    La Cava et al. 2019, algorithm 3). DEAP's takes both over those still in, where epsilon shrinks to 0
    when few are left.
    """
    deviation = np.abs(cases - np.median(cases, axis=0))
    return _lexicase(cases, np.median(deviation, axis=0), key, count)


def _lexicase(cases: Reals, epsilon: Reals, key: np.uint64, count: int) -> Ids:
    population, episodes = cases.shape
    by_case = np.ascontiguousarray(cases.T, np.float64)
    opening, open_count = np.empty((episodes, population), np.int64), np.empty(episodes, np.int64)
    order, pool, rows = np.empty(episodes, np.int64), np.empty(population, np.int64), np.empty(count, np.int64)
    everybody = np.arange(population)
    fill_opening(by_case, epsilon, everybody, opening, open_count)
    fill_lexicase(by_case, epsilon, np.uint64(key), opening, open_count, order, pool, rows)
    return rows


@kernel
def fill_opening(by_case: Reals, epsilon: Reals, everybody: Ids, out_opening: Ids, out_count: Ids) -> None:
    """List the survivors `[E, P]` of each case if it comes first, which are the same for every parent."""
    for case in range(by_case.shape[0]):
        out_count[case] = keep_best(by_case[case], epsilon[case], everybody, everybody.shape[0], out_opening[case])


@kernel
def fill_lexicase(
    by_case: Reals, epsilon: Reals, key: np.uint64, opening: Ids, open_count: Ids, order: Ids, pool: Ids, out_rows: Ids
) -> None:
    """Select a row for each entry of `out_rows [K]`; `order [E]` and `pool [P]` are working memory."""
    episodes = by_case.shape[0]
    for i in range(out_rows.shape[0]):
        place_key = fold(key, i)
        for case in range(episodes):
            order[case] = case
        for first in range(episodes - 1):  # Fisher and Yates
            other = first + below(place_key, first, episodes - first)
            order[first], order[other] = order[other], order[first]
        left = open_count[order[0]]
        for n in range(left):
            pool[n] = opening[order[0], n]
        for turn in range(1, episodes):
            if left > 1:
                left = keep_best(by_case[order[turn]], epsilon[order[turn]], pool, left, pool)
        out_rows[i] = pool[below(place_key, episodes, left)]


@kernel
def keep_best(value: Reals, epsilon: float, pool: Ids, left: int, out_pool: Ids) -> int:
    """Keep those of the first `left` of a pool `[P]` that are within epsilon of the best; return their number."""
    best = value[pool[0]]
    for n in range(1, left):
        best = max(best, value[pool[n]])
    kept = 0
    for n in range(left):
        if value[pool[n]] >= best - epsilon:
            out_pool[kept] = pool[n]
            kept += 1
    return kept
