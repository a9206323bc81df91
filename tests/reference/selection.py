"""Plain twins of selection, of lexicase and of Pareto ranks."""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from reference.random import below, fold, uniform


def tournament(fitness: Sequence[float], key: int, count: int, size: int) -> list[int]:
    entrants = [[below(key, i * size + j, len(fitness)) for j in range(size)] for i in range(count)]
    return [max(group, key=lambda row: fitness[row]) for group in entrants]


def truncation(fitness: Sequence[float], key: int, count: int, share: float) -> list[int]:
    ranked = sorted(range(len(fitness)), key=lambda row: (-fitness[row], row))
    best = ranked[: max(1, round(share * len(fitness)))]
    return [best[below(key, i, len(best))] for i in range(count)]


def roulette(fitness: Sequence[float], key: int, count: int) -> list[int]:
    """Throw darts at slices in a row; a negative worst is moved to 0."""
    return [dart(slices(fitness), uniform(key, i)) for i in range(count)]


def slices(fitness: Sequence[float]) -> list[float]:
    worst = min(*fitness, 0.0)
    from_worst = [value - worst for value in fitness]
    return from_worst if any(from_worst) else [1.0 for _ in fitness]


def dart(widths: Sequence[float], share: float) -> int:
    ends = list(accumulate(widths))
    hit = [row for row, end in enumerate(ends) if end > share * ends[-1]]
    return hit[0] if hit else ends.index(ends[-1])


def universal_sampling(fitness: Sequence[float], key: int, count: int) -> list[int]:
    start = uniform(key, 0)
    rows = [dart(slices(fitness), (start + i) / count) for i in range(count)]
    for last in reversed(range(1, count)):
        other = below(fold(key, 0), last, last + 1)
        rows[last], rows[other] = rows[other], rows[last]
    return rows


def lexicase(cases: Any, epsilon: Sequence[float], key: int, count: int) -> list[int]:
    """Filter the whole population, for every parent anew."""
    rows = []
    for place in range(count):
        order = list(range(len(epsilon)))
        for i in range(len(order) - 1):
            j = i + below(fold(key, place), i, len(order) - i)
            order[i], order[j] = order[j], order[i]
        left = list(range(len(cases)))
        for case in order:
            best = max(cases[row][case] for row in left)
            left = [row for row in left if cases[row][case] >= best - epsilon[case]]
        rows.append(left[below(fold(key, place), len(order), len(left))])
    return rows


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True)) and list(one) != list(other)


def fronts(vectors: Sequence[Sequence[float]]) -> list[int]:
    """Peel: take away whoever is dominated by nobody that is left, and again."""
    front, left, count = {}, set(range(len(vectors))), 0
    while left:
        peel = {row for row in left if not any(dominates(vectors[other], vectors[row]) for other in left)}
        front |= dict.fromkeys(peel, count)
        left, count = left - peel, count + 1
    return [front[row] for row in range(len(vectors))]


def crowding(vectors: Sequence[Sequence[float]]) -> list[float]:
    """Add up, front by front, how far apart the neighbours of each are."""
    front, distance = fronts(vectors), [0.0] * len(vectors)
    for members in ([row for row in range(len(front)) if front[row] == f] for f in set(front)):
        for column in zip(*vectors, strict=True):
            line = sorted(members, key=lambda row, column=column: column[row])
            width = column[line[-1]] - column[line[0]]
            for before, row, after in zip(line, line[1:], line[2:], strict=False):
                distance[row] += (column[after] - column[before]) / width if width else 0.0
            distance[line[0]] = distance[line[-1]] = math.inf
    return distance
