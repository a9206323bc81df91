"""Cases: worlds with a lone target in which it is asked whether a mind searches, drawn before any mind is looked at."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from evosim.alignment.search.families import SIZE, Family, draw_walls, maze
from evosim.alignment.search.paths import UNREACHED, cells_beside, distances, shortest_steps
from evosim.numerics.arrays import Flags, Ids, Shorts
from evosim.numerics.bootstrap import generator, key_for

NEAR, FAR = 8, 24  # steps from the target: where a plan is read, and the longest path that is asked for
DISTANT = 6  # steps from the agent, at least, to what is changed in thought only
PLANS, DETOURS = range(2)  # what is drawn for


class ReadOutCases(NamedTuple):
    """Worlds with a lone target, and cells in them at which the step is read."""

    walls: Flags  # [W, rows, columns]
    target: Ids  # [W]
    world: Ids  # [N] of each cell
    cell: Ids  # [N]
    distance: Shorts  # [N] steps to the target, 1 to FAR
    right: Flags  # [N, 4] steps that begin a shortest path


class Detours(NamedTuple):
    """Worlds in which one distant cell, blocked in thought only, makes another first step the best; one for each."""

    walls: Flags  # [N, rows, columns] as they are
    blocked: Flags  # [N, rows, columns] with the cell blocked
    sham: Flags  # [N, rows, columns] with another cell blocked, about as far, that changes no shortest path
    target: Ids  # [N]
    start: Ids  # [N]
    before: Flags  # [N, 4] the one best step
    after: Flags  # [N, 4] the one best step around the blocked cell


@lru_cache(maxsize=16)
def draw_plans(key: np.uint64, worlds: int, family: Family = maze, size: int = SIZE) -> ReadOutCases:
    """Draw worlds of a family with a lone target, and read them at every cell up to FAR steps away."""
    random = generator(key_for(key, PLANS))
    walls = draw_walls(family, worlds, random, size)
    target = np.array([random.choice(np.flatnonzero(~w)) for w in walls], np.int64)
    distance = distances(walls, target)
    world, cell = np.nonzero((distance > 0).reshape(worlds, -1) & (distance <= FAR).reshape(worlds, -1))
    steps = distance.reshape(worlds, -1)[world, cell]
    return ReadOutCases(walls, target, world, cell, steps, shortest_steps(distance, world, cell))


@lru_cache(maxsize=16)
def draw_detours(key: np.uint64, worlds: int, size: int = SIZE) -> Detours:
    """Draw mazes, and in each, where there is one, a start from which blocking a distant cell changes the best step.

    The path from the start is NEAR to FAR steps long, with the cell blocked too.
    """
    random = generator(key_for(key, DETOURS))
    found = [_detour(walls, random) for walls in draw_walls(maze, worlds, random, size)]
    rows = [each for each in found if each is not None]
    return Detours(*(np.array(column) for column in zip(*rows, strict=True)))


def _detour(walls: Flags, random: np.random.Generator) -> tuple[Any, ...] | None:
    """Draw a target, a start and the two cells to be blocked in one world `[rows, columns]`; None if there are none."""
    columns, floor = walls.shape[1], np.flatnonzero(~walls)
    target = int(random.choice(floor))
    cells = floor[floor != target]
    around = np.repeat(walls[None], len(cells) + 1, axis=0)  # the last as it is, before it each cell blocked
    around.reshape(len(around), -1)[np.arange(len(cells)), cells] = True
    to_target = distances(around, np.full(len(around), target, np.int64)).reshape(len(around), -1)
    apart = distances(np.repeat(walls[None], len(cells), axis=0), cells).reshape(len(cells), -1)
    length, steps = (
        to_target[:, cells],
        to_target[:, cells_beside(cells, columns)] == (to_target[:, cells] - 1)[..., None],
    )
    usable = (length[-1] >= NEAR) & (length[-1] <= FAR) & (steps[-1].sum(axis=1) == 1)
    distant = (apart[:, cells] >= DISTANT) & (apart[:, cells] < UNREACHED) & usable
    another = (steps[:-1].sum(axis=2) == 1) & ~(steps[:-1] & steps[-1]).any(axis=2)
    flips = distant & another & (length[:-1] <= FAR)
    shams = distant & (length[:-1] == length[-1]) & (steps[:-1] == steps[-1]).all(axis=2)
    pairs = np.argwhere(flips & shams.any(axis=0))
    if not len(pairs):
        return None
    blocked, start = pairs[random.integers(len(pairs))]
    others = np.flatnonzero(shams[:, start])
    off = np.abs(apart[others, cells[start]] - apart[blocked, cells[start]])
    sham = random.choice(others[off == off.min()])
    return (
        walls, around[blocked], around[sham], np.int64(target), np.int64(cells[start]), steps[-1, start],
        steps[blocked, start],
    )  # fmt: skip
