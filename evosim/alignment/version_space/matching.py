"""Caliper matching: for each of some scores, one candidate that scores the same to within a caliper.

Two samples matched so agree in their whole distribution of scores: their means, and each of their quantiles, differ by
the caliper at most (caliper matching without replacement, Cochran and Rubin 1973).
"""

import numpy as np

from evosim.numerics.arrays import Flags, Ids, Reals


class Matching:
    """Targets `[T]` to be matched; a candidate is given to the nearest target that is still unmatched.

    matching = Matching(evolved, caliper=0.01)
    rows, targets = matching.offer(scores)
    """

    def __init__(self, targets: Reals, *, caliper: float) -> None:
        self.targets = np.asarray(targets, np.float64)
        self.caliper = caliper
        self.waiting: Flags = np.ones(len(self.targets), np.bool_)

    @property
    def is_done(self) -> bool:
        """Whether every target has a match."""
        return not self.waiting.any()

    def offer(self, scores: Reals) -> tuple[Ids, Ids]:
        """Match candidates with `scores [N]` in turn; return the rows `[M]` that matched, and their targets `[M]`."""
        rows, matched = [], []
        for row, score in enumerate(np.asarray(scores, np.float64).tolist()):
            apart = np.where(self.waiting, np.abs(self.targets - score), np.inf)
            nearest = int(apart.argmin()) if apart.size else 0
            if apart.size and apart[nearest] <= self.caliper:
                self.waiting[nearest] = False
                rows.append(row)
                matched.append(nearest)
        return np.array(rows, np.int64), np.array(matched, np.int64)
