"""NSGA-II: ranking by several base objectives (Deb, Pratap, Agarwal and Meyarivan 2002).

One individual dominates another if it is at least as good in every objective and better in one.
Front 0 is who is dominated by nobody, front 1 who is only by those of front 0, and so on. Within a
front the better is who stands alone: whose neighbours along each objective are far apart.
"""

import numpy as np

from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.compiler import inlined_kernel, kernel


def crowded_merit(objectives: Reals) -> Reals:
    """Return a merit `[P]` that orders objective vectors `[P, M]` by the crowded comparison; larger is better.

    Equal merits are equal in front and crowding.
    """
    front = fronts(objectives)
    distance = crowding(objectives, front)
    order = np.lexsort((-distance, front))
    differs = (np.diff(front[order]) != 0) | (distance[order][1:] != distance[order][:-1])
    merit = np.zeros(len(front))
    merit[order[1:]] = -np.cumsum(differs)
    return merit


def fronts(objectives: Reals) -> Ids:
    """Return the number of the front `[P]` of each objective vector `[P, M]`; larger objectives are better."""
    order = np.lexsort(-objectives.T[::-1]).astype(np.int64)
    count = len(objectives)
    latest, before, front = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    fill_fronts(objectives, order, latest, before, front)
    return front


@kernel
def fill_fronts(objectives: Reals, order: Ids, latest: Ids, before: Ids, out_front: Ids) -> None:
    """Assign fronts in lexicographic order, in which nobody is dominated by a later one (ENS-BS, Zhang et al. 2015).

    The first front that doesn't dominate an individual is found by bisection: no later one does either. `latest`, of
    each front, and `before`, who entered it before, `[P]` each, are working memory.
    """
    count = 0
    for row in order:
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            if front_dominates(objectives, latest[middle], before, row):
                low = middle + 1
            else:
                high = middle
        if low == count:
            count += 1
            latest[low] = -1
        before[row], latest[low] = latest[low], row
        out_front[row] = low


@kernel
def front_dominates(objectives: Reals, latest: int, before: Ids, row: int) -> bool:
    """Whether a member of a front dominates `row` of `[P, M]`; with two objectives the latest decides."""
    other = latest
    while other >= 0:
        if dominates(objectives, other, row):
            return True
        other = before[other] if objectives.shape[1] > 2 else -1
    return False


@inlined_kernel
def dominates(objectives: Reals, one: int, other: int) -> bool:
    """Whether row `one` of `[P, M]` is at least as good as `other` in every objective, and better in one."""
    better = False
    for m in range(objectives.shape[1]):
        if objectives[one, m] < objectives[other, m]:
            return False
        better = better or objectives[one, m] > objectives[other, m]
    return better


def crowding(objectives: Reals, front: Ids) -> Reals:
    """Return the crowding distance `[P]` of each individual in its front; infinite at the ends.

    The distance of the two neighbours along each objective, as a share of the front's range, added up. Of
    several at an end with the same value only one is infinite: the first, and the last, in the order of rows.
    """
    distance = np.zeros(len(front))
    for m in range(objectives.shape[1]):
        add_crowding(np.ascontiguousarray(objectives[:, m]), front, np.lexsort((objectives[:, m], front)), distance)
    return distance


@kernel
def add_crowding(value: Reals, front: Ids, order: Ids, distance: Reals) -> None:
    """Add one objective's part to the crowding distance `[P]` in place; `order` is by front, then value."""
    count = order.shape[0]
    first = 0
    while first < count:
        last = first
        while last + 1 < count and front[order[last + 1]] == front[order[first]]:
            last += 1
        width = value[order[last]] - value[order[first]]
        distance[order[first]] = distance[order[last]] = np.inf
        if width > 0.0:
            for n in range(first + 1, last):
                distance[order[n]] += (value[order[n + 1]] - value[order[n - 1]]) / width
        first = last + 1
