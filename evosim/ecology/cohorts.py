"""Genealogy: cohorts of which no member is alive, and numbers of grandchildren."""

from typing import NamedTuple

import numpy as np

from evosim.ecology.state import Cohorts
from evosim.numerics.arrays import Cells, Ids, Reals


class Closed(NamedTuple):
    """Sums over a cohort of which no member is alive; L loci."""

    interval: int  # in which they were born
    members: int
    children: float  # halves
    loci: Reals  # [L]
    squares: Reals  # [L]
    products: Reals  # [L]
    changes: Reals  # [L]


def take_closed(cohorts: Cohorts, interval: int) -> list[Closed]:
    """Remove and return the cohorts of which no member is alive at the end of an interval; founders' is dropped."""
    rows = len(cohorts.members)
    found = []
    for born in range(max(interval - rows + 2, -1), interval + 1):
        row = born % rows
        if cohorts.members[row] == 0 or cohorts.living[row] > 0:
            continue
        if born >= 0:
            sums = (cohorts.loci, cohorts.squares, cohorts.products, cohorts.changes)
            count, children = int(cohorts.members[row]), float(cohorts.children[row])
            found.append(Closed(born, count, children, *(array[row].copy() for array in sums)))
        for array in cohorts:
            array[row] = 0
    return found


def grandchildren_of(parents: Ids) -> Cells:
    """Count everybody's grandchildren `[M]`, from everybody's parents `[M, 2]`: once, if by both of their parents."""
    counts = np.zeros(len(parents), np.int64)
    children = parents[parents[:, 0] >= 0]
    first, second = parents[children[:, 0]], parents[children[:, 1]]
    again = (second[:, :, None] == first[:, None, :]).any(axis=2)
    for grandparents in (first[first >= 0], second[(second >= 0) & ~again]):
        counts += np.bincount(grandparents, minlength=len(parents))
    return counts.astype(np.int32)
