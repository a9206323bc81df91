"""Over seeds: evolved minus null of several runs of a scenario, with an interval; each run is one seed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.class_names import OF_PLANNERS
from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import Interval, mean_interval
from evosim.studies.null_rows import NullRow

ANYWHERE = (-np.inf, np.inf)
FEWEST = 3  # seeds of which an interval says anything


class OverSeeds(NamedTuple):
    """Means over runs of a number of evolved planners and of a null, and of the difference.

    Of fewer than three seeds there is no interval: two may agree, or not, by chance.
    """

    null: str
    environment: str
    quantity: str
    seeds: int
    evolved: Interval
    expected: Interval
    difference: Interval  # evolved minus null


def over_seeds(runs: Sequence[Sequence[NullRow]]) -> list[OverSeeds]:
    """Put the same numbers of several runs together; numbers that a run lacks are left out of the mean.

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
    return [together(key, rows) for key, rows in found.items() if len(rows) > 1]


def together(key: tuple[str, str, str], rows: Sequence[NullRow]) -> OverSeeds:
    """Give the means of a number over runs; shares lie between 0 and 1, which tells something if all runs agree."""
    evolved, expected = (np.array([getattr(row, name) for row in rows], float) for name in ("evolved", "expected"))
    within, apart = ((0.0, 1.0), (-1.0, 1.0)) if key[2] in OF_PLANNERS else (ANYWHERE, ANYWHERE)
    parts = ((evolved, within), (expected, within), (evolved - expected, apart))
    return OverSeeds(*key, len(rows), *(over_some(values, bounds) for values, bounds in parts))


def over_some(values: Reals, bounds: tuple[float, float]) -> Interval:
    """Return the mean with its interval; of fewer than three seeds there is none."""
    if len(values) < FEWEST:
        return Interval(float(values.mean()), np.nan, np.nan)
    return mean_interval(values, bounds=bounds)
