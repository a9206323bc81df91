"""Quantiles along the last axis, as `numpy.quantile` gives them by default, with less to find out for each call."""

from collections.abc import Sequence

import numpy as np

from evosim.numerics.arrays import Genes, Reals


def quantiles(values: Reals | Genes, shares: Sequence[float]) -> Reals:
    """Return the quantiles `[Q, ...]` of finite values `[..., N]`, linear between order statistics.

    Bit for bit those of `numpy.quantile` of the values as doubles: Hyndman and Fan 1996, definition 7. All are put in
    order, which processors do several numbers at a time; to find the few that are needed takes numpy longer.
    """
    last = values.shape[-1] - 1
    places = [last * share for share in shares]
    below = [int(place) for place in places]
    ordered = np.sort(values, axis=-1)
    found = np.empty((len(shares), *values.shape[:-1]))
    for q, (place, low) in enumerate(zip(places, below, strict=True)):
        at = place - low
        lower, upper = (ordered[..., each].astype(np.float64) for each in (low, min(low + 1, last)))
        found[q] = upper - (upper - lower) * (1.0 - at) if at >= 0.5 else lower + (upper - lower) * at
    return found
