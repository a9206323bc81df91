"""Grid worlds: drawn from a blueprint so that every object can be reached.

An object that ends the episode is also an obstacle: nobody gets past it. So objects are placed
such that each can be reached from the start, within the steps of an episode, without entering
any other object that ends it.
"""

from typing import NamedTuple

import numpy as np

from evosim.chance import below, fold, uniform
from evosim.jit import allocating_kernel, kernel
from evosim.types import Bytes, Cells, Flags, Reals
from evosim.world.blueprint import Blueprint
from evosim.world.layouts import draw_layout

WALL, FLOOR = 1, 0
TRIES_PER_OBJECT = 64
TRIES_PER_WORLD = 256
FAR = 2**30


class Worlds(NamedTuple):
    """A batch of E worlds as episodes find them."""

    wall: Bytes  # [E, C] 1 where a wall stands
    start: Cells  # [E] where the agent begins
    cell: Cells  # [E, N] where each object stands
    features: Reals  # [E, N, F] what can be observed of each object


class CrowdedWorldError(ValueError):
    """The objects of an environment can't be placed so that all of them can be reached."""


def draw_worlds(plan: Blueprint, key: np.uint64, count: int) -> Worlds:
    """Draw `count` worlds; world i is a function of the key and i alone.

    Raises:
        CrowdedWorldError: no world was found in which every object can be reached.
    """
    cells, (objects, features) = plan.rows * plan.columns, plan.fixed.shape
    worlds = Worlds(
        wall=np.empty((count, cells), np.uint8),
        start=np.empty(count, np.int32),
        cell=np.empty((count, objects), np.int32),
        features=np.empty((count, objects, features)),
    )
    if draw_batch(plan, np.uint64(key), worlds) < count:
        raise CrowdedWorldError(
            f"no way was found to place {objects} objects in {plan.rows} × {plan.columns} cells such that each can "
            f"be reached within {plan.steps} steps; use a larger size, more steps, or fewer objects"
        )
    return worlds


@allocating_kernel
def draw_batch(plan: Blueprint, key: np.uint64, out_worlds: Worlds) -> int:
    """Draw all worlds of a batch; return how many could be drawn."""
    cells = plan.rows * plan.columns
    scratch = np.empty(cells, np.int32)
    distance = np.empty(cells, np.int32)
    for e in range(out_worlds.start.shape[0]):
        found = False
        for attempt in range(TRIES_PER_WORLD):
            world_key = fold(fold(key, e), attempt)
            draw_layout(
                plan.layout,
                plan.layout_first,
                plan.layout_second,
                plan.rows,
                plan.columns,
                fold(world_key, 0),
                scratch,
                out_worlds.wall[e],
            )
            out_worlds.start[e] = place(
                plan, fold(world_key, 1), out_worlds.wall[e], scratch, distance, out_worlds.cell[e]
            )
            if out_worlds.start[e] >= 0:
                draw_features(plan, fold(world_key, 2), out_worlds.features[e])
                found = True
                break
        if not found:
            return e
    return len(out_worlds.start)


@allocating_kernel
def place(plan: Blueprint, key: np.uint64, wall: Bytes, queue: Cells, distance: Cells, out_cell: Cells) -> int:
    """Place start and objects, those that end the episode first; return the start, or -1 after too many tries."""
    if wall.min() == WALL:  # scattered walls can fill a small world
        return -1
    start = _random_floor(fold(key, 0), wall)
    blocked = wall == WALL
    objects = out_cell.shape[0]
    out_cell[:] = -1
    for ending in (True, False):
        walk(start, plan.columns, blocked, queue, distance)
        for n in range(objects):
            if plan.ends[n] != ending:
                continue
            for attempt in range(TRIES_PER_OBJECT):
                cell = _random_floor(fold(fold(key, n + 1), attempt), wall)
                if cell == start or distance[cell] > plan.steps or _taken(cell, out_cell):
                    continue
                if ending:
                    blocked[cell] = True
                    walk(start, plan.columns, blocked, queue, distance)
                    if distance[cell] > plan.steps or _cut_off(out_cell, distance, plan.steps):
                        blocked[cell] = False
                        walk(start, plan.columns, blocked, queue, distance)
                        continue
                out_cell[n] = cell
                break
            if out_cell[n] < 0:
                return -1
    return start


@kernel
def _random_floor(key: np.uint64, wall: Bytes) -> int:
    """Draw a floor cell; there must be one."""
    draw = 0
    while True:
        cell = below(key, draw, wall.shape[0])
        if wall[cell] == FLOOR:
            return cell
        draw += 1


@kernel
def _taken(cell: int, cells: Cells) -> bool:
    for other in cells:
        if other == cell:
            return True
    return False


@kernel
def _cut_off(cells: Cells, distance: Cells, steps: int) -> bool:
    """Tell whether an object placed so far has become unreachable."""
    for cell in cells:
        if cell >= 0 and distance[cell] > steps:
            return True
    return False


@kernel
def walk(start: int, columns: int, blocked: Flags, queue: Cells, out_distance: Cells) -> None:
    """Count the steps from `start` to every cell; blocked cells get a distance but nothing lies behind them."""
    out_distance[:] = FAR
    out_distance[start] = 0
    queue[0] = start
    head, count = 0, 1
    while head < count:
        cell = queue[head]
        head += 1
        for step in (-columns, 1, columns, -1):
            other = cell + step
            if out_distance[other] == FAR:
                out_distance[other] = out_distance[cell] + 1
                if not blocked[other]:
                    queue[count] = other
                    count += 1


@kernel
def draw_features(plan: Blueprint, key: np.uint64, out_features: Reals) -> None:
    """Draw what can be observed of each object: fixed, by probability, or one of several."""
    objects, features = out_features.shape
    for n in range(objects):
        object_key = fold(key, n)
        for f in range(features):
            chosen = uniform(object_key, f) < plan.probability[n, f]
            out_features[n, f] = 1.0 if chosen else plan.fixed[n, f]
        left = uniform(object_key, features)
        last = -1
        for f in range(features):
            if plan.one_of[n, f] > 0.0:
                last = f
                left -= plan.one_of[n, f]
                if left < 0.0:
                    break
        if last >= 0:
            out_features[n, last] = 1.0
