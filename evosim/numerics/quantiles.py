"""Quantiles along the last axis, as `numpy.quantile` gives them by default, with less to find out for each call."""

from collections.abc import Sequence

import numpy as np

from evosim.numerics.arrays import Reals


def quantiles(values: Reals, shares: Sequence[float]) -> Reals:
    """Return the quantiles `[Q, ...]` of finite values `[..., N]`, linear between order statistics.

    Bit for bit those of `numpy.quantile`: Hyndman and Fan 1996, definition 7.
    """
    last = values.shape[-1] - 1
    places = [last * share for share in shares]
    below = [int(place) for place in places]
    ordered = np.partition(values, sorted({index for b in below for index in (b, min(b + 1, last))}), axis=-1)
    found = np.empty((len(shares), *values.shape[:-1]))
    for q, (place, low) in enumerate(zip(places, below, strict=True)):
        at, lower, upper = place - low, ordered[..., low], ordered[..., min(low + 1, last)]
        found[q] = upper - (upper - lower) * (1.0 - at) if at >= 0.5 else lower + (upper - lower) * at
    return found
