"""Plain twins of the ways to objects and places, and of lines of sight."""

from collections.abc import Iterator

from reference.cells import MOVES, STAY, Cell, moved, neighbours


def ways_to(target: Cell | set[Cell], floor: set[Cell], objects: set[Cell]) -> dict[Cell, tuple[int, int]]:
    """Give steps and first action to enter `target` from each cell, by walks that enter no other object.

    The cells from which it takes s + 1 steps are those beside a free cell from which it takes s. A set of cells is
    a place: who is there already needs no step, and it is entered where no object stands.
    """
    found: dict[Cell, tuple[int, int]] = {}
    is_place = isinstance(target, set)
    ring, steps = target - objects if is_place else {target}, 1
    if is_place:
        found = dict.fromkeys(target, (0, STAY))
    while ring:
        beside = {cell for other in ring for cell in neighbours(other) if cell in floor}
        for cell in beside - found.keys():
            found[cell] = steps, min(action for action in MOVES if moved(cell, action) in ring)
        ring = {cell for cell in beside - objects if found[cell][0] == steps}
        steps += 1
    return found


def line_of_sight(cell: Cell, target: Cell) -> Iterator[Cell]:
    """List the cells of the straight line from `cell` until before `target`; halves are rounded towards `cell`."""
    offsets = target[0] - cell[0], target[1] - cell[1]
    length = max(map(abs, offsets))

    def share(i: int, by: int) -> int:
        """Round i · by / length."""
        down, rest = divmod(i * abs(by), length)
        return (down + (2 * rest > length)) * (1 if by > 0 else -1)

    for i in range(length):
        yield cell[0] + share(i, offsets[0]), cell[1] + share(i, offsets[1])


def sees(cell: Cell, target: Cell, floor: set[Cell]) -> bool:
    return all(between in floor for between in line_of_sight(cell, target))
