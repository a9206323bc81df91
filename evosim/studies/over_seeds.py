"""Over seeds: evolved minus null of several runs of a scenario, with an interval; each run is one seed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.class_names import OF_PLANNERS
from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import UNBOUNDED, ConfidenceInterval, mean_interval, reaches_beyond
from evosim.studies.null_rows import NullRow

FEWEST = 3  # seeds of which an interval says anything


class OverSeeds(NamedTuple):
    """Means over runs of a number of evolved planners and of a null, and of the difference.

    Of fewer than three seeds there is no interval: two may agree, or not, by chance.
    """

    null: str
    environment: str
    quantity: str
    seeds: int
    evolved: ConfidenceInterval
    expected: ConfidenceInterval
    difference: ConfidenceInterval  # evolved minus null
    reaches_beyond: bool = False  # whether the interval of the difference goes beyond that of every seed


def over_seeds(runs: Sequence[Sequence[NullRow]]) -> list[OverSeeds]:
    """Return means of the same numbers over several runs; a run that lacks a number is left out of its mean.

    Raises:
        ValueError: there are fewer than two runs.
    """
    if len(runs) < 2:
        raise ValueError("one seed: no interval")
    found: dict[tuple[str, str, str], list[NullRow]] = {}
    for rows in runs:
        for row in rows:
            if row.difference is not None:
                found.setdefault((row.null, row.environment, row.quantity), []).append(row)
    return [combine_runs(key, rows) for key, rows in found.items() if len(rows) > 1]


def combine_runs(key: tuple[str, str, str], rows: Sequence[NullRow]) -> OverSeeds:
    """Return the means of a number over runs; shares lie between 0 and 1, which matters if all runs agree."""
    evolved, expected = (np.array([getattr(row, name) for row in rows], float) for name in ("evolved", "expected"))
    within, apart = ((0.0, 1.0), (-1.0, 1.0)) if key[2] in OF_PLANNERS else (UNBOUNDED, UNBOUNDED)
    parts = ((evolved, within), (expected, within), (evolved - expected, apart))
    first, second, apart_by = (mean_over_seeds(values, bounds) for values, bounds in parts)
    return OverSeeds(*key, len(rows), first, second, apart_by, reaches_beyond(apart_by, evolved - expected))


def mean_over_seeds(values: Reals, bounds: tuple[float, float]) -> ConfidenceInterval:
    """Return the mean of `values [R]` with its interval; of fewer than three seeds there is none."""
    if len(values) < FEWEST:
        return ConfidenceInterval(float(values.mean()), np.nan, np.nan)
    return mean_interval(values, bounds=bounds)
