"""Selection: from the fitness of a population to the rows that become parents.

An operator is a function `(fitness [P], key, count) -> rows [count]`; larger fitness is better.
Those that use single cases take these instead: `(cases [P, E], key, count)` (lexicase.py).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from evosim.evolution.deap_individuals import PROPORTIONAL, select_with_deap, try_deap
from evosim.evolution.lexicase import epsilon_lexicase, lexicase
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.compiler import in_parallel, kernel
from evosim.numerics.random import below, fold, uniform
from evosim.scenario.schema.evolution import (
    DeapSelection,
    EpsilonLexicase,
    Lexicase,
    ParetoSelection,
    Roulette,
    Selection,
    Tournament,
    Truncation,
    UniversalSampling,
)

LEAST_TOURNAMENTS = 2048  # that are worth another thread
WHOLE_SLICE = 2.0**32  # of DEAP's wheel, the largest: up to two million of them have an exact sum

Select = Callable[[Reals, np.uint64, int], Ids]


def selection_operator(settings: Selection) -> Select:
    """Return the selection operator of a scenario.

    Raises:
        ValueError: an operator of DEAP can't select with these arguments.
    """
    match settings:
        case Tournament(size=size):
            return partial(tournament, size=size)
        case Truncation(share=share):
            return partial(truncation, share=share)
        case Roulette():
            return roulette
        case UniversalSampling():
            return universal_sampling
        case ParetoSelection():  # among survivors, by their merit
            return partial(tournament, size=2)
        case Lexicase():
            return lexicase
        case EpsilonLexicase():
            return epsilon_lexicase
        case DeapSelection():
            name = settings.operator.removeprefix("deap.")
            try_deap(12, name=name, arguments=settings.arguments())
            select = select_on_wheel if name in PROPORTIONAL else select_with_deap
            return partial(select, name=name, arguments=settings.arguments())


def selection_input(settings: Selection) -> Literal["fitness", "cases", "objectives"]:
    """Return what selection uses: fitness, the single cases of which it is the mean, or several objectives."""
    match settings:
        case Lexicase() | EpsilonLexicase():
            return "cases"
        case ParetoSelection():
            return "objectives"
        case _:
            return "fitness"


def tournament(fitness: Reals, key: np.uint64, count: int, *, size: int) -> Ids:
    """Return the rows `[count]` of the best of `size` drawn with replacement (Goldberg and Deb 1991)."""
    rows = np.empty(count, np.int64)

    def some(first: int, last: int) -> None:
        fill_tournament(first, fitness, np.uint64(key), size, rows[first:last])

    in_parallel(some, count, LEAST_TOURNAMENTS)
    return rows


@kernel
def fill_tournament(begin: int, fitness: Reals, key: np.uint64, size: int, out_rows: Ids) -> None:
    """Hold a tournament for each entry of `out_rows [K]`, numbered from `begin` on; the first drawn wins a tie."""
    for i in range(out_rows.shape[0]):
        draw = (begin + i) * size
        best = below(key, draw, fitness.shape[0])
        for entrant in range(1, size):
            rival = below(key, draw + entrant, fitness.shape[0])
            if fitness[rival] > fitness[best]:
                best = rival
        out_rows[i] = best


def truncation(fitness: Reals, key: np.uint64, count: int, *, share: float) -> Ids:
    """Return rows `[count]` drawn from the best `share` of all, at least one; in a tie the lower row is better."""
    best = np.argsort(-fitness, kind="stable")[: max(1, round(share * len(fitness)))].astype(np.int64)
    chosen = np.empty(count, np.int64)
    fill_below(np.uint64(key), len(best), chosen)
    return best[chosen]


@kernel
def fill_below(key: np.uint64, limit: int, out_numbers: Ids) -> None:
    """Write integers `[K]` drawn from 0 to limit - 1."""
    for i in range(out_numbers.shape[0]):
        out_numbers[i] = below(key, i, limit)


def wheel_slices(fitness: Reals) -> Reals:
    """Return each row's slice `[P]` of the roulette wheel: its fitness.

    If some fitness is negative, the lowest is subtracted from all. So non-negative fitness is used as it is, as in
    textbooks, and slices don't jump when the lowest passes 0. If all slices are 0, they are made equal.

    Raises:
        ValueError: a fitness is infinite.
    """
    if not np.isfinite(fitness).all():
        row = int(np.isfinite(fitness).argmin())
        raise ValueError(f"the fitness of row {row} is infinite; its share of a roulette wheel is undefined")
    slices = np.asarray(fitness - min(0.0, fitness.min()), np.float64)
    return slices if slices.any() else np.ones(len(slices))


def select_on_wheel(fitness: Reals, key: np.uint64, count: int, *, name: str, arguments: dict[str, Any]) -> Ids:
    """Return rows `[count]` selected by one of DEAP's roulette wheels, with slices rounded to whole numbers.

    DEAP itself needs fitness that is positive, and adds slices up in two orders: by rounding the wheel can stop behind
    the last of them. Whole numbers have the same sum in either.
    """
    slices = wheel_slices(fitness)
    return select_with_deap(np.rint(slices / slices.max() * WHOLE_SLICE), key, count, name=name, arguments=arguments)


def roulette(fitness: Reals, key: np.uint64, count: int) -> Ids:
    """Return rows `[count]` selected in proportion to fitness (Holland 1975); see `wheel_slices`."""
    rows = np.empty(count, np.int64)
    spin(np.cumsum(wheel_slices(fitness)), np.uint64(key), rows)
    return rows


@kernel
def spin(wheel: Reals, key: np.uint64, out_rows: Ids) -> None:
    """Spin the wheel of cumulative slices `[P]` once for each entry of `out_rows [K]`."""
    for i in range(out_rows.shape[0]):
        out_rows[i] = slice_at(wheel, uniform(key, i) * wheel[-1])


@kernel
def slice_at(wheel: Reals, angle: float) -> int:
    """Return the row of a wheel `[P]` whose slice contains an angle; its end belongs to the last non-empty slice."""
    low, high = 0, wheel.shape[0] - 1
    while low < high:
        middle = (low + high) // 2
        if wheel[middle] > angle or wheel[middle] == wheel[-1]:
            high = middle
        else:
            low = middle + 1
    return low


def universal_sampling(fitness: Reals, key: np.uint64, count: int) -> Ids:
    """Return rows `[count]` selected by evenly spaced pointers (stochastic universal sampling, Baker 1987).

    Each row is selected its expected number of times, rounded up or down; see `wheel_slices`. Rows are in random
    order, since neighbours mate.
    """
    rows = np.empty(count, np.int64)
    spin_once(np.cumsum(wheel_slices(fitness)), np.uint64(key), rows)
    return rows


@kernel
def spin_once(wheel: Reals, key: np.uint64, out_rows: Ids) -> None:
    """Write the rows `[K]` of all pointers after one spin, shuffled (Fisher and Yates)."""
    count = out_rows.shape[0]
    start = uniform(key, 0)
    for i in range(count):
        out_rows[i] = slice_at(wheel, (start + i) * wheel[-1] / count)
    order_key = fold(key, 0)
    for last in range(count - 1, 0, -1):
        other = below(order_key, last, last + 1)
        out_rows[last], out_rows[other] = out_rows[other], out_rows[last]
