"""Layouts: the terrain is what its name says, and a function of the key alone."""

import numpy as np
import pytest
import reference
from effort import cases
from evidence import TOO_SURPRISING, surprise

from evosim.gridworld.layouts import CAVE, MAZE, OPEN, ROOMS, SCATTER, draw_layout
from evosim.numerics.random import key_of

NAMES = {OPEN: "open", SCATTER: "scatter", ROOMS: "rooms", MAZE: "maze", CAVE: "cave"}


def terrain(
    kind: int, first: float, second: float, rows: int, columns: int, key: int
) -> tuple[np.ndarray, set[reference.Cell]]:
    """Draw one terrain, on top of whatever was left in its arrays."""
    wall = np.full(rows * columns, 77, np.uint8)
    scratch = np.full(rows * columns, -12345, np.int32)
    draw_layout(kind, first, second, rows, columns, np.uint64(key), scratch, wall)
    return wall, reference.floor_of(wall, columns)


def some_terrains(count: int, seed: int = 0):
    """Draw parameters of all layouts: kind, its two numbers, rows, columns, key."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        kind = (OPEN, SCATTER, ROOMS, MAZE, CAVE)[i % 5]
        rows, columns = (int(n) for n in rng.integers(3, 16, 2))
        first, second = 0.0, 0.0
        if kind == SCATTER:
            first = float(rng.choice([0.0, 0.2, 0.4, 0.6]))
        if kind == CAVE:
            first, second = float(rng.choice([0.0, 0.3, 0.45, 0.6])), float(rng.integers(6))
        if kind == ROOMS:
            first = float(rng.integers(1, (rows - 1) // 2 + 1))
            second = float(rng.integers(1, (columns - 1) // 2 + 1))
        if kind == MAZE:
            rows, columns = rows | 1, columns | 1
            first = float(rng.choice([0.0, 0.2, 1.0, rng.random()]))
        yield kind, first, second, rows, columns, int(rng.integers(2**63))


def rooms_of(rows: int, columns: int) -> set[reference.Cell]:
    return {(row, column) for row in range(1, rows, 2) for column in range(1, columns, 2)}


def doors_of(rows: int, columns: int) -> set[reference.Cell]:
    """List the cells between two rooms of a maze."""
    return {cell for cell in reference.inside(rows, columns) if (cell[0] + cell[1]) % 2}


def test_layouts_equal_their_twins():
    for kind, first, second, rows, columns, key in some_terrains(cases(4000, 300)):
        twin = reference.layout(NAMES[kind], first, second, rows, columns, key)
        wall, _ = terrain(kind, first, second, rows, columns, key)
        assert wall.tolist() == reference.terrain_of(twin, rows, columns)


def test_the_outermost_cells_are_wall_and_all_floor_is_connected():
    for kind, first, second, rows, columns, key in some_terrains(cases(2000, 200), seed=1):
        wall, floor = terrain(kind, first, second, rows, columns, key)
        assert set(np.unique(wall)) <= {0, 1}
        assert floor <= reference.inside(rows, columns)
        assert len(reference.parts_of(floor)) == (1 if floor else 0)


def test_terrain_is_a_function_of_the_key_alone():
    for kind, first, second, rows, columns, key in some_terrains(cases(400, 80), seed=2):
        wall, _ = terrain(kind, first, second, rows, columns, key)
        again = np.zeros(rows * columns, np.uint8)
        draw_layout(
            kind, first, second, rows, columns, np.uint64(key), np.zeros(rows * columns, np.int32), again
        )  # fmt: skip
        assert wall.tolist() == again.tolist()


@pytest.mark.parametrize(
    ("kind", "first", "second"), [(SCATTER, 0.3, 0.0), (ROOMS, 2.0, 3.0), (MAZE, 0.0, 0.0), (CAVE, 0.45, 4.0)]
)
def test_another_key_draws_another_terrain(kind, first, second):
    drawn = {terrain(kind, first, second, 13, 13, int(key_of(3, n)))[0].tobytes() for n in range(50)}
    assert len(drawn) == 50


def test_a_maze_is_perfect_there_is_one_way_between_any_two_rooms():
    rng = np.random.default_rng(3)
    for _ in range(cases(500, 60)):
        rows, columns = (int(2 * n + 1) for n in rng.integers(1, 12, 2))
        _, floor = terrain(MAZE, 0.0, 0.0, rows, columns, int(rng.integers(2**63)))
        rooms, doors = rooms_of(rows, columns), doors_of(rows, columns)
        assert rooms <= floor <= rooms | doors
        assert len(floor & doors) == len(rooms) - 1  # connected with so few edges: no circle
        assert len(reference.parts_of(floor)) == 1


def test_a_maze_with_all_walls_opened_has_none_left_between_rooms():
    for rows, columns in [(3, 3), (5, 9), (13, 13)]:
        _, floor = terrain(MAZE, 1.0, 0.0, rows, columns, 5)
        assert floor == rooms_of(rows, columns) | doors_of(rows, columns)


def test_a_share_of_a_mazes_walls_is_opened():
    opened = 0
    walls = 100 * (2 * 10 * 9 - 99)  # 10 × 10 rooms have 180 places for doors, 99 of them used
    for n in range(100):
        _, floor = terrain(MAZE, 0.3, 0.0, 21, 21, int(key_of(8, n)))
        opened += len(floor & doors_of(21, 21)) - 99
    assert abs(surprise([opened, walls - opened], [0.3, 0.7])) < TOO_SURPRISING


def test_no_door_of_a_maze_is_preferred():
    """In a maze of 2 × 2 rooms three of four doors are open: which one is shut is uniform."""
    doors = sorted(doors_of(5, 5))
    shut = [doors.index(*(set(doors) - terrain(MAZE, 0.0, 0.0, 5, 5, int(key_of(n)))[1])) for n in range(2000)]
    assert abs(surprise(np.bincount(shut, minlength=4), np.ones(4))) < TOO_SURPRISING


def test_scattered_walls_have_the_density_asked_for():
    walls, cells = 0, 0
    for n in range(200):
        _, floor = terrain(SCATTER, 0.1, 0.0, 21, 21, int(key_of(9, n)))
        walls, cells = walls + 19 * 19 - len(floor), cells + 19 * 19
    assert abs(surprise([walls, cells - walls], [0.1, 0.9])) < TOO_SURPRISING  # pockets are rare at this density


def test_scatter_keeps_the_largest_part():
    found_pockets = 0
    for n in range(cases(300, 60)):
        key = int(key_of(10, n))
        free = {c for c in reference.inside(9, 9) if reference.uniform(key, reference.index_of(c, 9)) >= 0.45}
        parts = reference.parts_of(free)
        _, floor = terrain(SCATTER, 0.45, 0.0, 9, 9, key)
        assert floor in parts
        assert len(floor) == max(map(len, parts))
        found_pockets += len(parts) > 1
    assert found_pockets > 30


def test_caves_without_smoothing_are_scattered_walls_and_with_it_have_fewer_corners():
    def corners(floor: set[reference.Cell]) -> float:
        """Return how many 2 × 2 blocks of cells have exactly one or three of floor, for each cell of floor."""
        blocks = [{(r, c), (r + 1, c), (r, c + 1), (r + 1, c + 1)} for r in range(20) for c in range(20)]
        return sum(len(block & floor) in (1, 3) for block in blocks) / len(floor)

    rough = smooth = 0.0
    for n in range(cases(200, 20)):
        key = int(key_of(14, n))
        scattered = terrain(SCATTER, 0.45, 0.0, 21, 21, key)[1]
        assert terrain(CAVE, 0.45, 0.0, 21, 21, key)[1] == scattered
        rough, smooth = rough + corners(scattered), smooth + corners(terrain(CAVE, 0.45, 4.0, 21, 21, key)[1])
    assert smooth < rough / 2


def test_rooms_are_joined_by_one_door_for_each_wall_between_two():
    rng = np.random.default_rng(4)
    for _ in range(cases(500, 100)):
        down, across = (int(n) for n in rng.integers(1, 5, 2))
        rows = int(rng.integers(2 * down + 1, 3 * down + 9))
        columns = int(rng.integers(2 * across + 1, 3 * across + 9))
        _, floor = terrain(ROOMS, float(down), float(across), rows, columns, int(rng.integers(2**63)))
        lines = {i * (rows - 1) // down for i in range(down + 1)}
        posts = {j * (columns - 1) // across for j in range(across + 1)}
        doors = {(row, column) for row, column in floor if row in lines or column in posts}
        assert len(doors) == down * (across - 1) + across * (down - 1)
        assert len(reference.parts_of(floor)) == 1
        assert len(reference.parts_of(floor - doors)) == down * across
        for row, column in doors:  # a door leads straight from room to room
            through = {(row - 1, column), (row + 1, column)} if row in lines else {(row, column - 1), (row, column + 1)}
            assert reference.neighbours((row, column)) & floor == through


def test_doors_stand_anywhere_along_their_wall():
    rows_of_doors = [
        next(cell[0] for cell in terrain(ROOMS, 1.0, 2.0, 9, 9, int(key_of(12, n)))[1] if cell[1] == 4)
        for n in range(2000)
    ]
    assert abs(surprise(np.bincount(rows_of_doors, minlength=9)[1:8], np.ones(7))) < TOO_SURPRISING
