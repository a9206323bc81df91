"""Functions of arrays that numpy lacks."""

import numpy as np

from evosim.numerics.arrays import Reals


def logistic(values: Reals) -> Reals:
    """Return the logistic function 1 / (1 + exp(−x)) of each of `values [...]`, without overflow."""
    with np.errstate(over="ignore"):  # the reciprocal of infinity is 0
        return np.asarray(1.0 / (1.0 + np.exp(-values)))
