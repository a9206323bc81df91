"""Plain twins of cells: pairs (row, column), and terrain as a set of floor cells."""

from collections.abc import Sequence

Cell = tuple[int, int]
NORTH, EAST, SOUTH, WEST, STAY = range(5)
MOVES = {NORTH: (-1, 0), EAST: (0, 1), SOUTH: (1, 0), WEST: (0, -1)}
SIDES = {"ahead": 0, "right": 1, "behind": 2, "left": 3}


def moved(cell: Cell, action: int) -> Cell:
    down, across = MOVES.get(action, (0, 0))
    return cell[0] + down, cell[1] + across


def astray(move: int, kind: int) -> list[int]:
    """List where a move may slip: anywhere, anywhere else, or to its right and left; clockwise from it, or from north."""
    turns = {0: list(MOVES), 1: [move + 1, move + 2, move + 3], 2: [move + 1, move + 3]}[kind]
    return [turn % 4 for turn in turns]


def neighbours(cell: Cell) -> set[Cell]:
    return {moved(cell, action) for action in MOVES}


def cell_of(index: int, columns: int) -> Cell:
    return divmod(int(index), columns)


def index_of(cell: Cell, columns: int) -> int:
    return cell[0] * columns + cell[1]


def floor_of(wall: Sequence[int], columns: int) -> set[Cell]:
    """Collect the floor cells of a flat terrain."""
    return {cell_of(i, columns) for i, is_wall in enumerate(wall) if not is_wall}


def terrain_of(floor: set[Cell], rows: int, columns: int) -> list[int]:
    """Write floor cells as a flat terrain, 1 where a wall stands."""
    return [int((row, column) not in floor) for row in range(rows) for column in range(columns)]


def steps_from(start: Cell, floor: set[Cell], dead_ends: set[Cell] = frozenset()) -> dict[Cell, int]:
    """Count the steps to all cells that can be reached; dead ends can be entered but not left."""
    steps, ring, count = {start: 0}, {start}, 0
    while ring:
        count += 1
        beyond = {other for cell in ring for other in neighbours(cell) if other in floor} - steps.keys()
        steps |= dict.fromkeys(beyond, count)
        ring = beyond - dead_ends
    return steps


def parts_of(floor: set[Cell]) -> list[set[Cell]]:
    """Divide floor into connected parts, in the order of their first cells."""
    parts: list[set[Cell]] = []
    for cell in sorted(floor):
        if not any(cell in part for part in parts):
            parts.append(set(steps_from(cell, floor)))
    return parts
