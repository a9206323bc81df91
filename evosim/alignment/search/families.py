"""Families of worlds in which it is asked whether a mind searches: walls alone, drawn apart from any scenario's.

So that minds of all scenarios are asked alike, and none has been selected in the worlds that it is asked in. The
outermost ring of cells is wall in all of them.
"""

from collections.abc import Callable

import numpy as np

from evosim.numerics.arrays import Flags

SIZE = 13  # rows, and columns, of a world
HOLES, LOOPS, ROCKS = 0.08, 0.3, 0.25  # shares of inner walls that are opened, and of floor that is rock
Family = Callable[[np.random.Generator, int], Flags]  # the walls [size, size] of one world


def maze(random: np.random.Generator, size: int = SIZE, opened: float = HOLES) -> Flags:
    """Return a maze `[size, size]` by depth-first search, then open a share of its inner walls; size is odd."""
    walls = np.ones((size, size), np.bool_)
    _carve(random, (size - 1) // 2, 2, walls)
    walls[1:-1, 1:-1] &= random.random((size - 2, size - 2)) >= opened
    return walls


def loops(random: np.random.Generator, size: int = SIZE) -> Flags:
    """Return a maze `[size, size]` with so many of its walls opened that most ways lead round in loops."""
    return maze(random, size, LOOPS)


def wide_corridors(random: np.random.Generator, size: int = SIZE) -> Flags:
    """Return a maze `[size, size]` whose corridors are two cells wide; size is one more than a multiple of 3."""
    walls = np.ones((size, size), np.bool_)
    _carve(random, (size - 1) // 3, 3, walls)
    return walls


def rooms(random: np.random.Generator, size: int = SIZE) -> Flags:
    """Return four rooms `[size, size]` with a door in each wall between two."""
    walls = open_room(random, size)
    middle = size // 2
    walls[middle], walls[:, middle] = True, True
    for first, last in ((1, middle), (middle + 1, size - 1)):
        walls[middle, random.integers(first, last)] = False
        walls[random.integers(first, last), middle] = False
    return walls


def rocks(random: np.random.Generator, size: int = SIZE) -> Flags:
    """Return a room `[size, size]` a quarter of which is rock; not all of its floor need be connected."""
    walls = open_room(random, size)
    return np.asarray(walls | (random.random(walls.shape) < ROCKS))


def open_room(random: np.random.Generator, size: int = SIZE) -> Flags:
    """Return an empty room `[size, size]`."""
    walls = np.ones((size, size), np.bool_)
    walls[1:-1, 1:-1] = False
    return walls


FAMILIES: dict[str, Family] = {
    "mazes": maze,
    "loops": loops,
    "wide corridors": wide_corridors,
    "rooms": rooms,
    "rocks": rocks,
    "open": open_room,
}


def draw_walls(family: Family, count: int, random: np.random.Generator, size: int = SIZE) -> Flags:
    """Return the walls `[count, size, size]` of worlds of a family."""
    return np.stack([family(random, size) for _ in range(count)])


def _carve(random: np.random.Generator, rooms_across: int, pitch: int, out_walls: Flags) -> None:
    """Carve corridors of a width of `pitch` − 1 cells, which join all rooms without a loop (depth-first search)."""
    wide = pitch - 1

    def open_from(row: int, column: int, rows: int, columns: int) -> None:
        out_walls[pitch * row + 1 : pitch * row + 1 + rows, pitch * column + 1 : pitch * column + 1 + columns] = False

    stack, seen = [(0, 0)], {(0, 0)}
    open_from(0, 0, wide, wide)
    while stack:
        row, column = stack[-1]
        beside = [(row - 1, column), (row, column + 1), (row + 1, column), (row, column - 1)]
        fresh = [(r, c) for r, c in beside if 0 <= min(r, c) <= max(r, c) < rooms_across and (r, c) not in seen]
        if not fresh:
            stack.pop()
            continue
        there = fresh[int(random.integers(len(fresh)))]
        first, tall = (min(row, there[0]), min(column, there[1])), there[0] != row
        open_from(*first, wide + (pitch if tall else 0), wide + (0 if tall else pitch))
        seen.add(there)
        stack.append(there)
