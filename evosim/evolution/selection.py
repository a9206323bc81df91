"""Selection: from the fitness of a population to the rows that become parents.

An operator is a function `(fitness [P], key, count) -> rows [count]`; larger fitness is better.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from evosim.chance import below
from evosim.evolution.handles import select_with_deap, try_deap
from evosim.jit import kernel
from evosim.scenario.schema import DeapSelection, Selection, Tournament, Truncation
from evosim.types import Ids, Reals

Select = Callable[[Reals, np.uint64, int], Ids]


def selection_operator(settings: Selection) -> Select:
    """Turn the selection of a scenario into a function.

    Raises:
        ValueError: an operator of DEAP can't select with these arguments.
    """
    match settings:
        case Tournament(size=size):
            return partial(tournament, size=size)
        case Truncation(share=share):
            return partial(truncation, share=share)
        case DeapSelection():
            name = settings.operator.removeprefix("deap.")
            try_deap(12, name=name, arguments=settings.arguments())
            return partial(select_with_deap, name=name, arguments=settings.arguments())


def tournament(fitness: Reals, key: np.uint64, count: int, *, size: int) -> Ids:
    """Select the best of `size` drawn with replacement, `count` times (Goldberg and Deb 1991)."""
    rows = np.empty(count, np.int64)
    fill_tournament(fitness, np.uint64(key), size, rows)
    return rows


@kernel
def fill_tournament(fitness: Reals, key: np.uint64, size: int, out_rows: Ids) -> None:
    """Hold one tournament for each place; the first drawn wins a tie."""
    for i in range(out_rows.shape[0]):
        best = below(key, i * size, fitness.shape[0])
        for entrant in range(1, size):
            rival = below(key, i * size + entrant, fitness.shape[0])
            if fitness[rival] > fitness[best]:
                best = rival
        out_rows[i] = best


def truncation(fitness: Reals, key: np.uint64, count: int, *, share: float) -> Ids:
    """Select uniformly from the best `share` of the population, at least one; in a tie the lower row is better."""
    best = np.argsort(-fitness, kind="stable")[: max(1, round(share * len(fitness)))].astype(np.int64)
    chosen = np.empty(count, np.int64)
    fill_below(np.uint64(key), len(best), chosen)
    return best[chosen]


@kernel
def fill_below(key: np.uint64, limit: int, out_numbers: Ids) -> None:
    """Draw integers from 0 to limit - 1."""
    for i in range(out_numbers.shape[0]):
        out_numbers[i] = below(key, i, limit)
