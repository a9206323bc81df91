"""Layouts: kernels that draw where walls stand. The outermost ring of cells is wall in all of them.

Terrain is a flat array of cells `[rows * columns]`, 1 where a wall stands; cell = row * columns + column.
"""

from enum import IntEnum

import numpy as np

from evosim.numerics.arrays import Bytes, Cells
from evosim.numerics.compiler import allocating_kernel, kernel
from evosim.numerics.random import below, uniform


class LayoutKind(IntEnum):
    """The layouts, as numbers for kernels."""

    OPEN = 0
    SCATTER = 1
    ROOMS = 2
    MAZE = 3
    MAP = 4
    CAVE = 5


OPEN, SCATTER, ROOMS, MAZE, MAP, CAVE = (int(kind) for kind in LayoutKind)


@allocating_kernel
def draw_layout(
    kind: int, first: float, second: float, rows: int, columns: int, key: np.uint64, scratch: Cells, out_wall: Bytes
) -> None:
    """Draw one terrain; `first` and `second` are the layout's parameters, `scratch [C]` is working memory."""
    if kind == MAZE:
        draw_maze(first, rows, columns, key, scratch, out_wall)
        return
    draw_open(rows, columns, out_wall)
    if kind == SCATTER:
        draw_scatter(first, rows, columns, key, scratch, out_wall)
    elif kind == ROOMS:
        draw_rooms(int(first), int(second), rows, columns, key, out_wall)
    elif kind == CAVE:
        draw_cave(first, int(second), rows, columns, key, scratch, out_wall)


@kernel
def draw_open(rows: int, columns: int, out_wall: Bytes) -> None:
    """Draw a terrain `[C]` whose only walls are the outermost ring."""
    for row in range(rows):
        for column in range(columns):
            border = row == 0 or column == 0 or row == rows - 1 or column == columns - 1
            out_wall[row * columns + column] = 1 if border else 0


@allocating_kernel
def draw_scatter(density: float, rows: int, columns: int, key: np.uint64, scratch: Cells, out_wall: Bytes) -> None:
    """Put walls on inner cells of `[C]` with probability `density`; keep the largest connected part, fill the rest."""
    _fill(density, rows, columns, key, out_wall)
    _keep_largest(rows, columns, scratch, out_wall)


@allocating_kernel
def draw_cave(
    density: float, smoothing: int, rows: int, columns: int, key: np.uint64, scratch: Cells, out_wall: Bytes
) -> None:
    """Scatter walls `[C]`, smooth them into caves by a cellular automaton, and keep the largest connected part.

    In each round a cell becomes wall if most of the nine cells around it, itself included, are wall (Johnson,
    Yannakakis and Togelius 2010, "Cellular automata for real-time generation of infinite cave levels").
    """
    _fill(density, rows, columns, key, out_wall)
    for _ in range(smoothing):
        before = out_wall.copy()
        for row in range(1, rows - 1):
            for column in range(1, columns - 1):
                walls = 0
                for cell in range(row * columns + column - 1, row * columns + column + 2):
                    walls += before[cell - columns] + before[cell] + before[cell + columns]
                out_wall[row * columns + column] = 1 if walls >= 5 else 0
    _keep_largest(rows, columns, scratch, out_wall)


@kernel
def _fill(density: float, rows: int, columns: int, key: np.uint64, out_wall: Bytes) -> None:
    """Put a wall on each free cell with probability `density`."""
    for cell in range(rows * columns):
        if out_wall[cell] == 0 and uniform(key, cell) < density:
            out_wall[cell] = 1


@allocating_kernel
def _keep_largest(rows: int, columns: int, scratch: Cells, out_wall: Bytes) -> None:
    """Fill all but the largest connected part; of equally large ones keep the first."""
    largest, largest_size = -1, 0
    part = np.full(rows * columns, -1, np.int32)
    for cell in range(rows * columns):
        if out_wall[cell] == 0 and part[cell] < 0:
            size = _flood(cell, columns, out_wall, part, scratch)
            if size > largest_size:
                largest, largest_size = cell, size
    for cell in range(rows * columns):
        if part[cell] != largest:
            out_wall[cell] = 1


@kernel
def _flood(source: int, columns: int, wall: Bytes, out_part: Cells, queue: Cells) -> int:
    """Mark the cells connected with `source` by its number; return their number."""
    queue[0] = source
    out_part[source] = source
    count = 1
    head = 0
    while head < count:
        cell = queue[head]
        head += 1
        for step in (-columns, 1, columns, -1):
            other = cell + step
            if wall[other] == 0 and out_part[other] < 0:
                out_part[other] = source
                queue[count] = other
                count += 1
    return count


@kernel
def draw_rooms(rooms_down: int, rooms_across: int, rows: int, columns: int, key: np.uint64, out_wall: Bytes) -> None:
    """Divide the floor of `[C]` cells into a grid of rooms; each wall between two has one door at a random place."""
    for down in range(1, rooms_down):
        row = down * (rows - 1) // rooms_down
        for column in range(1, columns - 1):
            out_wall[row * columns + column] = 1
    for across in range(1, rooms_across):
        column = across * (columns - 1) // rooms_across
        for row in range(1, rows - 1):
            out_wall[row * columns + column] = 1
    draw = 0
    for down in range(rooms_down):
        top, bottom = down * (rows - 1) // rooms_down, (down + 1) * (rows - 1) // rooms_down
        for across in range(rooms_across):
            left = across * (columns - 1) // rooms_across
            right = (across + 1) * (columns - 1) // rooms_across
            if down + 1 < rooms_down:
                column = left + 1 + below(key, draw, right - left - 1)
                out_wall[bottom * columns + column] = 0
            if across + 1 < rooms_across:
                row = top + 1 + below(key, draw + 1, bottom - top - 1)
                out_wall[row * columns + right] = 0
            draw += 2


@allocating_kernel
def draw_maze(opened: float, rows: int, columns: int, key: np.uint64, scratch: Cells, out_wall: Bytes) -> None:
    """Draw a perfect maze `[C]` (Kruskal 1956, random order), then open each wall left with probability `opened`.

    Rooms lie at odd rows and columns; rows and columns are odd numbers.
    """
    across, down = (columns - 1) // 2, (rows - 1) // 2
    out_wall[:] = 1
    for room in range(down * across):
        scratch[room] = room
        out_wall[(2 * (room // across) + 1) * columns + 2 * (room % across) + 1] = 0
    passages = 2 * down * across  # passage 2 r leads right from room r, passage 2 r + 1 leads down
    order = np.arange(passages)
    for i in range(passages - 1, 0, -1):
        j = below(key, i, i + 1)
        order[i], order[j] = order[j], order[i]
    for i in range(passages):
        passage = int(order[i])
        room, leads_down = passage // 2, passage % 2
        row, column = room // across, room % across
        if (leads_down and row == down - 1) or (not leads_down and column == across - 1):
            continue
        here = _root(room, scratch)
        there = _root(room + (across if leads_down else 1), scratch)
        if here != there or uniform(key, passages + passage) < opened:
            scratch[here] = there
            out_wall[(2 * row + 1 + leads_down) * columns + 2 * column + 2 - leads_down] = 0


@kernel
def _root(room: int, parent: Cells) -> int:
    """Return the root of a room in the union-find forest, halving the path on the way."""
    while parent[room] != room:
        parent[room] = parent[parent[room]]
        room = int(parent[room])
    return room
