"""Plain twins of how worlds are drawn: terrain, objects, places, features."""

import math
from itertools import accumulate
from typing import Any, NamedTuple

from evosim.gridworld.layouts import LayoutKind
from reference.cells import Cell, cell_of, floor_of, index_of, steps_from
from reference.layouts import inside, layout
from reference.random import below, fold, key_of, uniform

TRIES_PER_WORLD = 4096


class TwinWorld(NamedTuple):
    floor: set[Cell]
    start: Cell
    cells: list[Cell]
    features: list[list[float]]  # of objects, then of places
    places: dict[Cell, int]


def random_floor(key: int, floor: set[Cell], rows: int, columns: int) -> Cell:
    draw = 0
    while (cell := cell_of(below(key, draw, rows * columns), columns)) not in floor:
        draw += 1
    return cell


ANYWHERE, REGION, CORNER, NEAR, MARKED = range(5)


def allowed(
    plan: Any, which: int, scope: int, floor: set[Cell], start: Cell | None, placed: dict[int, Cell]
) -> list[Cell]:
    """List the floor cells that rule number `which` allows, row by row."""
    rule, *numbers = (int(number) for number in plan.rules[which])
    match rule:
        case 1:
            top, bottom, left, right = numbers
            fits = {cell for cell in floor if top <= cell[0] <= bottom and left <= cell[1] <= right}
        case 2:
            size, corner = numbers[0], numbers[1] if numbers[1] < 4 else below(scope, 2**20, 4)
            down = [cell[0] for cell in inside(plan.rows, plan.columns)]
            rows = set(sorted(set(down), reverse=corner in (2, 3))[:size])
            across = [cell[1] for cell in inside(plan.rows, plan.columns)]
            columns = set(sorted(set(across), reverse=corner in (1, 3))[:size])
            fits = {cell for cell in floor if cell[0] in rows and cell[1] in columns}
        case 3:
            steps = steps_from(start if numbers[0] < 0 else placed[numbers[0]], floor)
            fits = {cell for cell in floor if steps.get(cell, math.inf) <= numbers[1]}
        case 4:
            fits = {cell for cell in floor if plan.marks[index_of(cell, plan.columns)] == numbers[0]}
    return sorted(fits)


def some_cell(
    plan: Any, which: int, scope: int, key: int, floor: set[Cell], start: Cell | None, placed: dict[int, Cell]
) -> Cell | None:
    if plan.rules[which][0] == ANYWHERE:
        return random_floor(key, floor, plan.rows, plan.columns)
    choice = allowed(plan, which, scope, floor, start, placed)
    return choice[below(key, 0, len(choice))] if choice else None


def place(plan: Any, key: int, floor: set[Cell]) -> tuple[Cell, list[Cell]] | None:
    """Place those that end the episode first, each where it hides none of them from the start; near ones last."""
    start = some_cell(plan, 0, fold(key, 0), fold(key, 0), floor, None, {})
    if start is None:
        return None
    placed: dict[int, Cell] = {}

    def suits(n: int, cell: Cell | None) -> bool:
        if cell is None or cell == start or cell in placed.values():
            return False
        together = placed | {n: cell}
        enders = {at for m, at in together.items() if plan.ends[m]}
        steps = steps_from(start, floor, enders)
        sought = {at for m, at in together.items() if plan.must_reach[m] and (m == n or plan.ends[n])}
        return all(steps.get(each, math.inf) <= plan.steps for each in sought)

    for n in sorted(range(len(plan.ends)), key=lambda n: (plan.rules[1 + n][0] == NEAR, not plan.ends[n])):
        scope = key_of(key, n + 1)
        tries = (some_cell(plan, 1 + n, scope, fold(scope, i), floor, start, placed) for i in range(64))
        cell = next((cell for cell in tries if suits(n, cell)), None)
        if cell is None:
            return None
        placed[n] = cell
    return start, [placed[n] for n in range(len(placed))]


def places(plan: Any, key: int, floor: set[Cell], start: Cell, cells: list[Cell]) -> dict[Cell, int] | None:
    found: dict[Cell, int] = {}
    for q in range(len(plan.place_type)):
        here = allowed(plan, 1 + len(cells) + q, fold(key, q), floor, start, dict(enumerate(cells)))
        if not here:
            return None
        found = dict.fromkeys(here, q) | found
    return found


def features(plan: Any, key: int) -> list[list[float]]:
    table = []
    for n, (fixed, chances, shares) in enumerate(zip(plan.fixed, plan.probability, plan.one_of, strict=True)):
        drawn = [uniform(fold(key, n), f) for f in range(len(fixed))]
        row = [1.0 if u < p else float(x) for u, p, x in zip(drawn, chances, fixed, strict=True)]
        if any(shares):
            u = uniform(fold(key, n), len(fixed))
            row[next(f for f, upto in enumerate(accumulate(shares)) if u < upto)] = 1.0
        table.append(row)
    return table


def draw_world(plan: Any, key: int, number: int) -> TwinWorld:
    for attempt in range(TRIES_PER_WORLD):
        world_key = key_of(key, number % plan.worlds if plan.worlds else number, attempt)
        kind = LayoutKind(plan.layout).name.lower()
        if kind == "map":
            floor = floor_of(plan.terrain, plan.columns)
        else:
            floor = layout(
                kind, plan.layout_first, plan.layout_second, plan.rows, plan.columns, fold(world_key, 0)
            )  # fmt: skip
        placed = place(plan, fold(world_key, 1), floor) if floor else None
        named = places(plan, fold(world_key, 3), floor, *placed) if placed else None
        if placed and named is not None:
            return TwinWorld(floor, *placed, features(plan, fold(world_key, 2)), named)
    raise ValueError("crowded")
