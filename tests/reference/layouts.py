"""Plain twins of the layouts of gridworlds."""

from reference.cells import EAST, SOUTH, Cell, index_of, moved, parts_of
from reference.random import below, uniform


def inside(rows: int, columns: int) -> set[Cell]:
    return {(row, column) for row in range(1, rows - 1) for column in range(1, columns - 1)}


def scatter(density: float, rows: int, columns: int, key: int) -> set[Cell]:
    free = {cell for cell in inside(rows, columns) if uniform(key, index_of(cell, columns)) >= density}
    return max(parts_of(free), key=len, default=set())


def cave(density: float, smoothing: int, rows: int, columns: int, key: int) -> set[Cell]:
    free = {cell for cell in inside(rows, columns) if uniform(key, index_of(cell, columns)) >= density}
    for _ in range(smoothing):
        free = {
            (row, column)
            for row, column in inside(rows, columns)
            if len(free & {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}) > 4
        }
    return max(parts_of(free), key=len, default=set())


def rooms(down: int, across: int, rows: int, columns: int, key: int) -> set[Cell]:
    horizontal = [i * (rows - 1) // down for i in range(down + 1)]
    vertical = [j * (columns - 1) // across for j in range(across + 1)]
    floor = {(r, c) for r, c in inside(rows, columns) if r not in horizontal and c not in vertical}
    for i in range(down):
        for j in range(across):
            number = 2 * (i * across + j)
            free_columns = range(vertical[j] + 1, vertical[j + 1])
            free_rows = range(horizontal[i] + 1, horizontal[i + 1])
            if i + 1 < down:
                floor.add((horizontal[i + 1], free_columns[below(key, number, len(free_columns))]))
            if j + 1 < across:
                floor.add((free_rows[below(key, number + 1, len(free_rows))], vertical[j + 1]))
    return floor


def maze(opened: float, rows: int, columns: int, key: int) -> set[Cell]:
    """Join the parts that a wall divides, wall after wall in random order."""
    down, across = rows // 2, columns // 2
    order = list(range(2 * down * across))
    for i in reversed(range(1, len(order))):
        j = below(key, i, i + 1)
        order[i], order[j] = order[j], order[i]
    part = {(2 * i + 1, 2 * j + 1): {(2 * i + 1, 2 * j + 1)} for i in range(down) for j in range(across)}
    floor = set(part)
    for passage in order:
        room = (2 * (passage // 2 // across) + 1, 2 * (passage // 2 % across) + 1)
        door = moved(room, SOUTH if passage % 2 else EAST)
        other = moved(door, SOUTH if passage % 2 else EAST)
        if other not in part:
            continue
        divides = part[room] is not part[other]
        if divides:
            joined = part[room] | part[other]
            part |= dict.fromkeys(joined, joined)
        if divides or uniform(key, len(order) + passage) < opened:
            floor.add(door)
    return floor


def layout(kind: str, first: float, second: float, rows: int, columns: int, key: int) -> set[Cell]:
    match kind:
        case "open":
            return inside(rows, columns)
        case "scatter":
            return scatter(first, rows, columns, key)
        case "rooms":
            return rooms(int(first), int(second), rows, columns, key)
        case "maze":
            return maze(first, rows, columns, key)
        case "cave":
            return cave(first, int(second), rows, columns, key)
