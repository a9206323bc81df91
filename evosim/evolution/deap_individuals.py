"""Handles: what DEAP sees of an individual, its fitness and its row, but not its genome.

DEAP's own crossover swaps slices of lists, which on rows of a matrix are views: it loses genes.
And DEAP draws from the global `random` and `numpy.random`: both are seeded from our stream for
the call, and restored after it; threads that do so wait for each other.
"""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from deap import base

from evosim.numerics.arrays import Ids, Reals

PROPORTIONAL = ("selRoulette", "selStochasticUniversalSampling")  # they spin a wheel with slots as wide as fitness
ONE_AT_A_TIME = threading.RLock()  # whose draws the global generators are for


class MaximizedFitness(base.Fitness):  # type: ignore[misc]
    """A fitness of one number, larger is better."""

    weights = (1.0,)


class Handle:
    """One individual, by its row."""

    def __init__(self, row: int, fitness: float) -> None:
        self.row = row
        self.fitness = MaximizedFitness((float(fitness),))

    def __len__(self) -> int:
        """Return the size for operators that compare it: the genomes of a scenario all have the same."""
        return 1


@contextmanager
def seeded(key: np.uint64) -> Iterator[None]:
    """Seed both of the global generators from a key, and restore them afterwards."""
    with ONE_AT_A_TIME:
        kept, kept_by_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
        random.seed(int(key))
        np.random.seed(int(key) % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(kept)
            np.random.set_state(kept_by_numpy)  # noqa: NPY002


def select_with_deap(fitness: Reals, key: np.uint64, count: int, *, name: str, arguments: dict[str, Any]) -> Ids:
    """Return `count` rows of `fitness [P]`, selected by the operator of this name in DEAP.

    Raises:
        ValueError: the operator refuses this population or these arguments, or chose too few.
    """
    from deap import tools  # takes as long to import as all of evolution

    handles = [Handle(row, value) for row, value in enumerate(fitness)]
    with seeded(key):
        try:
            selected = getattr(tools, name)(handles, count, **arguments)
        except Exception as error:
            raise ValueError(f"deap.{name} failed on {len(handles)} individuals: {error}") from error
    if len(selected) != count:
        raise ValueError(f"deap.{name} selected {len(selected)} individuals where {count} were asked for")
    return np.array([handle.row for handle in selected], np.int64)


def try_deap(count: int, *, name: str, arguments: dict[str, Any]) -> None:
    """Select once from a few individuals, so that an operator that can't fails before a run.

    Raises:
        ValueError: the operator refuses them or its arguments.
    """
    few = np.ones(count)  # all alike: some operators break ties by more than fitness
    select_with_deap(few, np.uint64(0), count, name=name, arguments=arguments)
