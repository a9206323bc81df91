"""The structure of a run of numbers: a list of records, whose fields are categories or real numbers.

A locus of a genome can be a category, and a segment can be a list whose parts belong together, as instructions of a
program do. Whoever lays out genomes says so here, whoever varies them reads it, and neither needs to know the other.
"""

from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Flags, Reals


class Structure(NamedTuple):
    """A list of R records of D fields each, and how it varies; a category is a whole number from 0.

    All that begins with a share is the probability with which it happens to a child.
    """

    records: int  # R
    values: tuple[int, ...]  # [D] how many values each field has; 0: it is a real number
    field_rate: float = 0.0  # probability that a field is redrawn, or moved if it is a real number
    step: float = 0.2  # standard deviation of a move, in half-widths of the range
    share_shifted: float = 0.0  # that a record is inserted or left out, or that a run of records is doubled
    share_diverged: float = 0.0  # of doubled runs, that a first field of the copy is replaced by another of its group
    share_regrouped: float = 0.0  # that the first field of a record is replaced by another of its group
    groups: tuple[int, ...] = ()  # of the values of the first field, where anything is replaced by group

    def low(self, low: float) -> Reals:
        """Return the lower bounds `[R · D]`; that of real numbers is `low`."""
        return np.tile([0.0 if values else low for values in self.values], self.records)

    def high(self, high: float) -> Reals:
        """Return the upper bounds `[R · D]`; that of real numbers is `high`, those of categories are not reached."""
        return np.tile([float(values or high) for values in self.values], self.records)

    @property
    def is_category(self) -> Flags:
        """Which loci `[R · D]` are categories."""
        return np.tile(np.array(self.values) > 0, self.records)


def categories(alleles: Reals, values: int) -> Reals:
    """Return the category that each of the alleles `[N]` stands for: a whole number below `values`."""
    return np.clip(np.floor(alleles), 0, values - 1)
