"""Functions of arrays and numbers that numpy lacks."""

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.numerics.compiler import inlined_kernel


@inlined_kernel
def unsigned(index: int) -> np.uint64:
    """Return an index that isn't negative as a number that can't be: so none is counted from the end of an array.

    Whether it is need not be asked then, nor where the array ends, which takes a register in a loop.
    """
    return np.uint64(index)


def logistic(values: Reals) -> Reals:
    """Return the logistic function 1 / (1 + exp(−x)) of each of `values [...]`, without overflow."""
    with np.errstate(over="ignore"):  # the reciprocal of infinity is 0
        return np.asarray(1.0 / (1.0 + np.exp(-values)))
