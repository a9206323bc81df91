"""The atlas: tables that depend on a world alone, computed once per world and shared by all individuals.

A planner that imagines objects as the ends of its paths needs, for every cell and object, the
length of the shortest path whose interior avoids all objects, and the first step of it; and the
same for every place, to the nearest of its cells where no object stands. A reactive mind needs to
know which objects are in sight.
"""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import MOVES, STAY, step_of
from evosim.gridworld.sampling import CELLS_WORTH_A_THREAD, WALL, Worlds
from evosim.gridworld.spec import Blueprint
from evosim.numerics.arrays import Acts, Bytes, Cells, Flags, Shorts
from evosim.numerics.compiler import allocating_kernel, in_parallel, inlined_kernel, kernel

BARRIER, NOTHING = -2, -1  # what a cell can hold besides an object
UNREACHED = 32_767


class Atlas(NamedTuple):
    """Tables of E worlds with C cells, N objects and Q places."""

    content: Shorts  # [E, C] the object in the cell, NOTHING, or a BARRIER
    place: Acts  # [E, C] the place that the cell belongs to, or NOWHERE; [E, 0] where there are no places
    distance: Shorts  # [E, C, N + Q] steps to enter the object or be at the place around all objects, or UNREACHED
    first_action: Acts  # [E, C, N + Q] the lowest action that begins such a path; STAY if there is none, or no need
    visible: Bytes  # [E, C, N] 1 if no wall stands in the line of sight
    floor: Cells  # [E] floor cells that can be reached


def draw_atlas(plan: Blueprint, worlds: Worlds) -> Atlas:
    """Return the tables of a batch of worlds."""
    count, cells = worlds.wall.shape
    objects = worlds.cell.shape[1]
    goals = objects + len(plan.place_type)
    atlas = Atlas(
        content=np.where(worlds.wall == WALL, BARRIER, NOTHING).astype(np.int16),
        place=worlds.place,
        distance=np.full((count, cells, goals), UNREACHED, np.int16),
        first_action=np.full((count, cells, goals), STAY, np.int8),
        visible=np.zeros((count, cells, objects), np.uint8),
        floor=np.zeros(count, np.int32),
    )

    def fill_some(first: int, last: int) -> None:
        fill_atlas(first, last, worlds.wall, worlds.cell, plan.columns, atlas)

    in_parallel(fill_some, count, max(1, CELLS_WORTH_A_THREAD // cells))
    return atlas


@allocating_kernel
def fill_atlas(first: int, last: int, walls: Bytes, objects_cell: Cells, columns: int, out_atlas: Atlas) -> None:
    """Fill the tables of worlds `first` to `last - 1` of walls `[E, C]`, initialised as if there were no objects."""
    objects = objects_cell.shape[1]
    queue = np.empty(walls.shape[1], np.int32)
    present = np.ones(objects, np.bool_)
    for e in range(first, last):
        wall, cells = walls[e], objects_cell[e]
        content = out_atlas.content[e]
        for n in range(objects):
            content[cells[n]] = n
        survey(cells, columns, content, present, out_atlas.place[e], queue, out_atlas.distance[e])
        for goal in range(out_atlas.distance.shape[2]):
            distance, begin = out_atlas.distance[e, :, goal], out_atlas.first_action[e, :, goal]
            for cell in range(wall.shape[0]):
                if content[cell] != BARRIER and 0 < distance[cell] < UNREACHED:
                    begin[cell] = first_step(cell, goal, columns, content, present, distance)
        for cell in range(wall.shape[0]):
            if wall[cell] == WALL:
                continue
            out_atlas.floor[e] += 1
            for n in range(objects):
                out_atlas.visible[e, cell, n] = in_sight(cell, cells[n], columns, wall)


@inlined_kernel
def held(cell: int, content: Shorts, present: Flags) -> int:
    """Return what a cell of `content [C]` holds: an object that is `present [N]`, NOTHING, or BARRIER."""
    n = content[cell]
    return NOTHING if n >= 0 and not present[n] else int(n)


@kernel
def survey(
    cells: Cells, columns: int, content: Shorts, present: Flags, place: Acts, queue: Cells, out_distance: Shorts
) -> None:
    """Write the distances `[C, N + Q]`, in steps, to each object that is present and to each place."""
    for goal in range(out_distance.shape[1]):
        measure_distances(goal, cells, columns, content, present, place, queue, out_distance[:, goal])


@kernel
def measure_distances(
    goal: int,
    cells: Cells,
    columns: int,
    content: Shorts,
    present: Flags,
    place: Acts,
    queue: Cells,
    out_distance: Shorts,
) -> None:
    """Write the distances `[C]`, in steps, to one goal: an object, if it is present, or a place."""
    out_distance[:] = UNREACHED
    if goal < cells.shape[0]:
        if present[goal]:
            queue[0] = cells[goal]
            search_breadth_first(1, int(cells[goal]), columns, content, present, queue, out_distance)
        return
    count = 0
    for cell in range(place.shape[0]):
        if place[cell] != goal - cells.shape[0] or content[cell] == BARRIER:
            continue
        out_distance[cell] = 0  # there already, if on an object
        if held(cell, content, present) == NOTHING:
            queue[count] = cell
            count += 1
    search_breadth_first(count, NOTHING, columns, content, present, queue, out_distance)


@kernel
def search_breadth_first(
    count: int, target: int, columns: int, content: Shorts, present: Flags, queue: Cells, out_distance: Shorts
) -> None:
    """Write the distance `[C]` to the `count` cells in the queue, by paths whose interior avoids all objects.

    The distance of an object's cell (`target`) to itself is that of leaving and entering it again.
    """
    head = 0
    while head < count:
        cell = queue[head]
        head += 1
        reached = 0 if cell == target else out_distance[cell]
        for action in range(MOVES):
            other = cell + step_of(action, columns)
            there = held(other, content, present)
            if there == BARRIER or out_distance[other] != UNREACHED or other == target:
                continue
            if reached + 1 >= UNREACHED:  # farther than any plan, and than the numbers of the table
                continue
            out_distance[other] = reached + 1
            if there == NOTHING:
                queue[count] = other
                count += 1
    if target >= 0:
        for action in range(MOVES):
            if held(target + step_of(action, columns), content, present) == NOTHING:
                out_distance[target] = 2


@inlined_kernel
def first_step(cell: int, goal: int, columns: int, content: Shorts, present: Flags, distance: Shorts) -> int:
    """Return the lowest action that begins a shortest path to a goal, by distances `[C]` to it; STAY if none does."""
    for action in range(MOVES):
        other = cell + step_of(action, columns)
        there = held(other, content, present)
        enters = there == goal and distance[cell] == 1
        if enters or (there == NOTHING and distance[other] == distance[cell] - 1):
            return action
    return STAY


@kernel
def in_sight(cell: int, target: int, columns: int, wall: Bytes) -> int:
    """Return 1 if no wall `[C]` is on the straight line between two cells (Bresenham 1965), else 0."""
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
