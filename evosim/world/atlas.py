"""The atlas: what depends on a world alone, found once per world and shared by all individuals.

A planner that imagines objects as the ends of its paths needs, for every cell and object, the
length of the shortest path whose interior avoids all objects, and the first step of it. A
reactive mind needs to know which objects are in sight.
"""

from typing import NamedTuple

import numpy as np

from evosim.jit import allocating_kernel, kernel
from evosim.types import Acts, Bytes, Cells, Shorts
from evosim.world.actions import MOVES, STAY, step_of
from evosim.world.blueprint import Blueprint
from evosim.world.grid import WALL, Worlds

BARRIER, NOTHING = -2, -1  # what a cell can hold besides an object
UNREACHED = 32_767


class Atlas(NamedTuple):
    """Tables of E worlds with C cells and N objects."""

    content: Shorts  # [E, C] the object in the cell, NOTHING, or a BARRIER
    distance: Shorts  # [E, C, N] steps to enter the object, around all others; UNREACHED if there is no way
    first_action: Acts  # [E, C, N] the lowest action that begins such a path; STAY if there is no way
    visible: Bytes  # [E, C, N] 1 if no wall stands in the line of sight
    floor: Cells  # [E] floor cells that can be reached


def draw_atlas(plan: Blueprint, worlds: Worlds) -> Atlas:
    """Make the tables of a batch of worlds."""
    count, cells = worlds.wall.shape
    objects = worlds.cell.shape[1]
    atlas = Atlas(
        content=np.where(worlds.wall == WALL, BARRIER, NOTHING).astype(np.int16),
        distance=np.full((count, cells, objects), UNREACHED, np.int16),
        first_action=np.full((count, cells, objects), STAY, np.int8),
        visible=np.zeros((count, cells, objects), np.uint8),
        floor=np.zeros(count, np.int32),
    )
    fill_atlas(worlds.wall, worlds.cell, plan.columns, atlas)
    return atlas


@allocating_kernel
def fill_atlas(walls: Bytes, objects_cell: Cells, columns: int, out_atlas: Atlas) -> None:
    """Fill the tables, which come as if there were no objects."""
    count, objects = objects_cell.shape
    queue = np.empty(walls.shape[1], np.int32)
    for e in range(count):
        wall, cells = walls[e], objects_cell[e]
        content = out_atlas.content[e]
        for n in range(objects):
            content[cells[n]] = n
        for n in range(objects):
            distance = out_atlas.distance[e, :, n]
            distances_to(cells[n], columns, content, queue, distance)
            first_actions(n, columns, content, distance, out_atlas.first_action[e, :, n])
        for cell in range(wall.shape[0]):
            if wall[cell] == WALL:
                continue
            out_atlas.floor[e] += 1
            for n in range(objects):
                out_atlas.visible[e, cell, n] = in_sight(cell, cells[n], columns, wall)


@kernel
def distances_to(target: int, columns: int, content: Shorts, queue: Cells, out_distance: Shorts) -> None:
    """Count steps to `target` from every cell, by paths whose interior avoids all objects.

    From the target itself: the steps to leave it and enter it again.
    """
    queue[0] = target
    head, count = 0, 1
    while head < count:
        cell = queue[head]
        head += 1
        reached = 0 if cell == target else out_distance[cell]
        for action in range(MOVES):
            other = cell + step_of(action, columns)
            if content[other] == BARRIER or out_distance[other] != UNREACHED or other == target:
                continue
            if reached + 1 >= UNREACHED:  # farther than any plan, and than the numbers of the table
                continue
            out_distance[other] = reached + 1
            if content[other] == NOTHING:
                queue[count] = other
                count += 1
    for action in range(MOVES):
        other = target + step_of(action, columns)
        if content[other] == NOTHING:
            out_distance[target] = 2


@kernel
def first_actions(target: int, columns: int, content: Shorts, distance: Shorts, out_action: Acts) -> None:
    """Find in every cell the lowest action that begins a shortest path to object number `target`."""
    for cell in range(content.shape[0]):
        if content[cell] == BARRIER or distance[cell] == UNREACHED:
            continue
        for action in range(MOVES):
            other = cell + step_of(action, columns)
            enters = content[other] == target and distance[cell] == 1
            if enters or (content[other] == NOTHING and distance[other] == distance[cell] - 1):
                out_action[cell] = action
                break


@kernel
def in_sight(cell: int, target: int, columns: int, wall: Bytes) -> int:
    """Tell whether the straight line between two cells meets no wall (1) or does (0); Bresenham 1965."""
    row, column = cell // columns, cell % columns
    last_row, last_column = target // columns, target % columns
    down, across = abs(last_row - row), abs(last_column - column)
    step_down = 1 if last_row > row else -1
    step_across = 1 if last_column > column else -1
    error = across - down
    while row != last_row or column != last_column:
        if wall[row * columns + column] == WALL:
            return 0
        twice = 2 * error
        if twice > -down:
            error -= down
            column += step_across
        if twice < across:
            error += across
            row += step_down
    return 1
