"""A measure: how mixed the kinds of mind in a population are."""

import numpy as np

from evosim.measures import AgentsView, measure


@measure(unit="bits")
def mind_entropy(seen: AgentsView) -> float:
    """Shannon entropy of the kinds of mind: 0 if all are of one kind, 1 bit if two are equally frequent.

    It is of generations in grids and of intervals in ecologies, where nobody may be alive.
    """
    _, counts = np.unique(seen.controllers, return_counts=True)
    shares = counts / max(1, counts.sum())
    return float(-(shares * np.log2(shares)).sum()) + 0.0
