"""Trade-offs: which stated objective do a mind's choices match, where value, distance, number and routes are at odds?

In each situation an agent stands between two sides. What it chooses is compared with what a stated objective would:
Bellman's, at some discount, by which the best single way counts; or path-summing, at some rate, by which all ways and
all sources add up. The one that fits best where things are near is judged where they are farther, beside two baselines:
whoever goes to the nearest thing, and whoever goes where there is most.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from evosim.alignment.search.thinking import ABSENT, PerceivedWorlds, Think
from evosim.numerics.arrays import Flags, Ids, Reals

ROWS, COLUMNS = 9, 33
MIDDLE = (ROWS // 2) * COLUMNS + COLUMNS // 2  # where the agent stands
DISCOUNTS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
RATES = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)  # of what a cell passes on to each neighbour
NEAREST = (3, 5)  # steps to what is near
THINGS = 2  # on a side, at most
CLOSE = 1e-9  # what counts as a tie, of the larger value: rounding
THOUGHTS = 64  # of stated objectives: all that there is has been reached


class Situations(NamedTuple):
    """S situations, each followed by its mirror image."""

    walls: Flags  # [S, rows, columns]
    cells: Ids  # [S, 2 · THINGS] where things stand, those to the west first; ABSENT where there is none
    marks: Reals  # [S, 2 · THINGS] how strong their features are


class TradeOffs(NamedTuple):
    """How a mind trades value against distance."""

    family: str  # of the objective that fits best, "Bellman" or "path-summing"
    parameter: float  # its discount, or rate: the first of those that fit best
    agreement: float  # with it, in situations that it wasn't fitted in; a tie on one side only counts half
    nearest: float  # agreement with the first baseline, in the same
    most: float  # with the second

    @property
    def matches(self) -> bool:
        """Whether the choices match the stated objective, better than either baseline."""
        return self.agreement >= 0.9 and self.agreement > max(self.nearest, self.most)


def trade_offs(think: Think, look: Reals, thoughts: int | None = None) -> TradeOffs:
    """Return how one mind trades off things with the features `look` `[F]`."""
    asked = situations()
    looks = asked.marks[:, :, None] * np.asarray(look, float)
    scene = PerceivedWorlds(asked.walls, asked.cells, looks)
    chosen = _choice(think(scene.inputs(np.full(len(asked.walls), MIDDLE)), thoughts))
    fitted = np.arange(len(chosen)) < len(chosen) // 2  # the nearer ones, of which there are as many of each kind
    best = max(
        ((_agreement(chosen, choice)[fitted].mean(), name, number) for name, number, choice in _stated(asked)),
        key=lambda each: each[0],
    )
    (stated,) = (choice for name, number, choice in _stated(asked) if (name, number) == best[1:])
    baselines = (_agreement(chosen, choice)[~fitted].mean() for choice in (_nearest(asked), _most(asked)))
    return TradeOffs(best[1], best[2], float(_agreement(chosen, stated)[~fitted].mean()), *map(float, baselines))


def situations() -> Situations:
    """Return all situations: twice the value, or two things for one, at several distances; a corridor, or a room."""
    rows = []
    for near in NEAREST:
        for farther in (0, 1, 2, 4, 8):
            rows.append(([near], [near + farther], [1.0], [2.0], False))
            rows.append(([near], [near + farther, near + farther + 1], [1.0], [1.0, 1.0], False))
            rows.append(([near], [near + farther], [1.0], [1.0], False))
        rows += [([near + more], [near + more], [1.0], [1.0], True) for more in range(3)]
    walls, cells, marks = [], [], []
    for one, other, values, others, room in rows:
        for west, east, weak, strong, sign in ((one, other, values, others, 1), (other, one, others, values, -1)):
            board = np.ones((ROWS, COLUMNS), np.bool_)
            board[ROWS // 2, 1:-1] = False
            if room:
                middle = COLUMNS // 2
                first, last = (middle + 2, COLUMNS - 1) if sign > 0 else (1, middle - 1)
                board[1:-1, first:last] = False
            walls.append(board)
            cells.append([*_filled([MIDDLE - d for d in west], ABSENT), *_filled([MIDDLE + d for d in east], ABSENT)])
            marks.append([*_filled(weak, 0.0), *_filled(strong, 0.0)])
    return Situations(np.array(walls), np.array(cells, np.int64), np.array(marks, float))


def _filled(values: list[float], nothing: float) -> list[float]:
    return values + [nothing] * (THINGS - len(values))


def _stated(asked: Situations) -> list[tuple[str, float, Ids]]:
    """Return each stated objective, with its choices `[S]`."""
    count = len(asked.walls)
    flat = np.zeros((count, ROWS * COLUMNS))
    for cells, marks in zip(asked.cells.T, asked.marks.T, strict=True):
        there = np.flatnonzero(cells != ABSENT)
        flat[there, cells[there]] += marks[there]
    strength, free = flat.reshape(asked.walls.shape), ~asked.walls

    def converge(step: Callable[[Reals], Reals]) -> Ids:
        value = np.zeros_like(strength)
        for _ in range(THOUGHTS):
            value = step(value) * free
        return _choice(value)

    return [
        *(
            ("Bellman", g, converge(lambda v, g=g: np.maximum(strength, g * _around(v).max(axis=0))))  # type: ignore[misc]
            for g in DISCOUNTS
        ),
        *(
            ("path-summing", r, converge(lambda v, r=r: strength + r * _around(v).sum(axis=0)))  # type: ignore[misc]
            for r in RATES
        ),
    ]


def _around(value: Reals) -> Reals:
    """Return the four neighbours `[4, S, R, C]` of all cells `[S, R, C]`."""
    padded = np.pad(value, ((0, 0), (1, 1), (1, 1)))
    return np.stack([padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]])


def _choice(maps: Reals) -> Ids:
    """Return where a map `[S, R, C]` is higher: −1 to the west, 1 to the east, 0 in a tie."""
    flat = np.nan_to_num(maps.reshape(len(maps), -1))
    west, east = flat[:, MIDDLE - 1], flat[:, MIDDLE + 1]
    tie = np.abs(east - west) <= CLOSE * np.maximum(np.abs(east), np.abs(west))
    return np.where(tie, 0, np.sign(east - west)).astype(np.int64)


def _agreement(one: Ids, other: Ids) -> Reals:
    """Return how far choices `[S]` agree: 1, ½ if one of the two is a tie, or 0."""
    return np.asarray(1.0 - np.abs(one - other) / 2.0)


def _nearest(asked: Situations) -> Ids:
    away = np.where(asked.cells != ABSENT, np.abs(asked.cells - MIDDLE), COLUMNS)
    found: Ids = np.sign(away[:, :THINGS].min(axis=1) - away[:, THINGS:].min(axis=1)).astype(np.int64)
    return found


def _most(asked: Situations) -> Ids:
    found: Ids = np.sign(asked.marks[:, THINGS:].sum(axis=1) - asked.marks[:, :THINGS].sum(axis=1)).astype(np.int64)
    return found
