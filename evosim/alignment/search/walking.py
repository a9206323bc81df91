"""Walks of minds that climb a map: which thing one enters first, and whether a lone target is reached."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from evosim.alignment.search.families import SIZE, Family, draw_walls, maze
from evosim.alignment.search.paths import UNREACHED, cells_beside, distances
from evosim.alignment.search.thinking import ABSENT, PerceivedWorlds, Think, depends_on_position, greedy_steps, lone
from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.numerics.bootstrap import generator, key_for

TICKS = 60  # in which something is to be entered
NOTHING = -1
TASKS, TIES = range(2)  # what is drawn for


class Tasks(NamedTuple):
    """Worlds in which N things can be reached from a start."""

    walls: Flags  # [W, rows, columns]
    cells: Ids  # [W, N] where things stand
    start: Ids  # [W]


def draw_tasks(key: np.uint64, worlds: int, things: int = 1, family: Family = maze, size: int = SIZE) -> Tasks:
    """Draw worlds of a family with things, and a start from which all of them can be reached one by one."""
    random = generator(key_for(key, TASKS))
    walls = draw_walls(family, worlds, random, size)
    cells = np.array([random.choice(np.flatnonzero(~w), things + 1, replace=False) for w in walls], np.int64)
    reached = np.ones(worlds, np.bool_)
    for n in range(things):
        closed = walls.copy().reshape(worlds, -1)
        for other in range(things):
            if other != n:
                closed[np.arange(worlds), cells[:, other]] = True
        away = distances(closed.reshape(walls.shape), cells[:, n]).reshape(worlds, -1)
        reached &= away[np.arange(worlds), cells[:, -1]] < UNREACHED
    return Tasks(walls[reached], cells[reached, :-1], cells[reached, -1])


def thing_entered_first(
    think: Think, scene: PerceivedWorlds, tasks: Tasks, key: np.uint64, thoughts: int | None = None, ticks: int = TICKS
) -> Ids:
    """Return which thing `[W]` of the tasks one mind enters first, by its number, or NOTHING; ties are drawn at random.

    The scene is what it thinks, the tasks are the worlds as they are. Without a map it walks at random.
    """
    found = np.full(len(tasks.start), NOTHING)
    for at in walk_uphill(think, scene, tasks.walls, tasks.start, key, thoughts, ticks):
        here = (tasks.cells == at[:, None]) & (tasks.cells != ABSENT)
        found = np.where((found == NOTHING) & here.any(axis=1), here.argmax(axis=1), found)
    return found


def walk_uphill(
    think: Think, scene: PerceivedWorlds, walls: Flags, start: Ids, key: np.uint64, thoughts: int | None, ticks: int
) -> Iterator[Ids]:
    """Yield where one mind stands `[W]` after each tick in worlds with `walls` `[W, rows, columns]`, from cells `[W]`.

    It walks on over things that it enters.
    """
    random, every, at = generator(key_for(key, TIES)), np.arange(len(start)), start.astype(np.int64)
    again = depends_on_position(think, thoughts, scene, at)
    maps = think(scene.inputs(at), thoughts)
    for tick in range(ticks):
        if again and tick:
            maps = think(scene.inputs(at), thoughts)
        steps = greedy_steps(maps, walls, every, at)
        drawn = np.where(steps, random.random(steps.shape), -1.0).argmax(axis=1)
        at = np.where(steps.any(axis=1), cells_beside(at, walls.shape[2])[every, drawn], at)
        yield at


def success(think: Think, look: Reals, tasks: Tasks, key: np.uint64, thoughts: int | None = None) -> float:
    """Return in which share of tasks with one thing, which has the features `look` `[F]`, a mind enters it in time."""
    scene = lone(tasks.walls, tasks.cells[:, 0], look)
    return float((thing_entered_first(think, scene, tasks, key, thoughts) != NOTHING).mean())
