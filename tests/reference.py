"""Plain twins of the kernels: slow, obviously right, and written differently.

Cells are pairs (row, column), terrain is a set of floor cells, objects are a dictionary from cell
to number, random numbers are Python integers modulo 2**64, plans are found by recursion.
Floats are added from left to right where a twin must give the same bits; `sum` need not.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache, reduce
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

Cell = tuple[int, int]

# ---------------------------------------------------------------- chance

GOLDEN = 0x9E3779B97F4A7C15


def mix(z: int, shifts: tuple[int, int, int], multipliers: tuple[int, int]) -> int:
    """Finalize 64 bits: shift and xor, multiply, shift and xor, multiply, shift and xor."""
    for shift, multiplier in zip(shifts, (*multipliers, 1), strict=True):
        z = (z ^ z >> shift) * multiplier % 2**64
    return z


def fold(key: int, word: int) -> int:
    z = (key + GOLDEN * (word + 1)) % 2**64
    return mix(z, (33, 33, 33), (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53))


def bits(key: int, draw: int) -> int:
    z = (key + GOLDEN * (draw + 1)) % 2**64
    return mix(z, (30, 27, 31), (0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def key_of(*words: int) -> int:
    return reduce(fold, words)


def uniform(key: int, draw: int) -> float:
    return bits(key, draw) // 2**11 / 2**53


def below(key: int, draw: int, count: int) -> int:
    return math.floor(uniform(key, draw) * count)


def normal(key: int, draw: int) -> float:
    """Turn a point by the second number at a radius by the first."""
    first, second = uniform(key, 2 * draw), uniform(key, 2 * draw + 1)
    return math.sqrt(-2 * math.log(1 - first)) * math.cos(2 * math.pi * second)


# ---------------------------------------------------------------- cells

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


# ---------------------------------------------------------------- layouts


def inside(rows: int, columns: int) -> set[Cell]:
    return {(row, column) for row in range(1, rows - 1) for column in range(1, columns - 1)}


def scatter(density: float, rows: int, columns: int, key: int) -> set[Cell]:
    free = {cell for cell in inside(rows, columns) if uniform(key, index_of(cell, columns)) >= density}
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


# ---------------------------------------------------------------- worlds


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
    for attempt in range(256):
        world_key = key_of(key, number % plan.worlds if plan.worlds else number, attempt)
        kind = ("open", "scatter", "rooms", "maze", "map")[plan.layout]
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


# ---------------------------------------------------------------- the atlas


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


# ---------------------------------------------------------------- planners

NO_PLAN = -1


class Option(NamedTuple):
    """A plan: its value, its steps, the object it leads to, and its first action."""

    value: float
    steps: int
    aim: int
    action: int


NOTHING_TO_DO = Option(0.0, 0, NO_PLAN, NO_PLAN)


def preference(plan: Option) -> tuple[float, int, int, int]:
    """Order plans: value, then fewer steps, then the lower object, then the lower action."""
    return plan.value, -plan.steps, -plan.aim, -plan.action


def best_of(plans: Iterator[Option], order: Callable[[Option], tuple] = preference) -> Option:
    return max((plan for plan in plans if plan.value > 0), key=order, default=NOTHING_TO_DO)


class Dream:
    """The world as a planner imagines it; `objects` are only those that can be had, `places` have goals' numbers."""

    def __init__(
        self,
        floor: set[Cell],
        objects: dict[Cell, int],
        utility: Sequence[float],
        discount: float,
        slip: float = 0.0,
        slip_kind: int = 0,
        places: dict[Cell, int] | None = None,
        order: Callable[[Option], tuple] = preference,
    ) -> None:
        self.floor, self.objects, self.utility = floor, objects, [float(u) for u in utility]
        self.places, self.order = places or {}, order
        self.discount, self.slip, self.slip_kind = float(discount), float(slip), slip_kind
        self.best = cache(self._best)

    def all_plans(self, cell: Cell, horizon: int, first: int | None = None, steps: int = 0) -> Iterator[Option]:
        """Enumerate every walk that ends in an object or at a place that is wanted."""
        if cell in self.places and self.utility[self.places[cell]] > 0:
            goal = self.places[cell]
            yield Option(self.worth(goal, steps), steps, goal, STAY if first is None else first)
        if steps == horizon:
            return
        for action in (*MOVES, STAY):
            other = moved(cell, action)
            begun = action if first is None else first
            if other not in self.floor:
                continue
            if other in self.objects and action != STAY:
                yield Option(self.worth(self.objects[other], steps + 1), steps + 1, self.objects[other], begun)
            else:
                yield from self.all_plans(other, horizon, begun, steps + 1)

    def worth(self, goal: int, steps: int) -> float:
        return reduce(lambda value, _: value * self.discount, range(steps), self.utility[goal])

    def remain(self, cell: Cell) -> Option:
        goal = self.places.get(cell, NO_PLAN)
        wanted = goal != NO_PLAN and self.utility[goal] > 0
        return Option(self.utility[goal], 0, goal, STAY) if wanted else NOTHING_TO_DO

    def _best(self, cell: Cell, horizon: int) -> Option:
        """Find the best plan of up to `horizon` steps, or NOTHING_TO_DO."""
        if horizon == 0:
            return self.remain(cell)
        options = [self.option(cell, action, horizon) for action in (*MOVES, STAY)]
        return best_of(iter([self.remain(cell), *options]), self.order)

    def option(self, cell: Cell, action: int, horizon: int) -> Option:
        """Weigh one action with the best plan after it."""
        ahead = self.after(cell, action, horizon)
        value = ahead.value
        if self.slip > 0 and action != STAY:
            ways = astray(action, self.slip_kind)
            slipped = add(self.after(cell, other, horizon).value for other in sorted(ways))
            value = (1 - self.slip) * value + self.slip * slipped / len(ways)
        return Option(value * self.discount, ahead.steps + 1, ahead.aim, action)

    def weighed(self, cell: Cell, horizon: int) -> dict[int, float]:
        """Weigh all actions that lead somewhere; to stay is also to remain."""
        ways = [action for action in (*MOVES, STAY) if moved(cell, action) in self.floor]
        values = {action: self.option(cell, action, horizon).value for action in ways}
        return values | {STAY: max(values[STAY], self.remain(cell).value)}

    def after(self, cell: Cell, action: int, horizon: int) -> Option:
        other = moved(cell, action)
        if other in self.objects and action != STAY:
            return Option(self.utility[self.objects[other]], 0, self.objects[other], action)
        return self.best(other if other in self.floor else cell, horizon - 1)

    def textbook_values(self, horizon: int) -> dict[Cell, float]:
        """Iterate V ← max(remain, γ (r + T V)) with one matrix of transitions for each action (Puterman 1994)."""
        cells = sorted(self.floor)
        size = len(cells)
        transitions, rewards = np.zeros((5, size, size)), np.zeros((5, size))
        remain = np.array([max(0.0, self.remain(cell).value) for cell in cells])
        for i, cell in enumerate(cells):
            for action in (*MOVES, STAY):
                chances = {action: 1.0 if action == STAY else 1 - self.slip}
                for way in astray(action, self.slip_kind) if action != STAY else ():
                    chances[way] = chances.get(way, 0.0) + self.slip / len(astray(action, self.slip_kind))
                for way, chance in chances.items():
                    other = moved(cell, way)
                    if other in self.objects and way != STAY:
                        rewards[action, i] += chance * self.utility[self.objects[other]]
                    else:
                        transitions[action, i, cells.index(other if other in self.floor else cell)] += chance
        value = remain
        for _ in range(horizon):
            value = np.maximum(remain, self.discount * (rewards + transitions @ value).max(axis=0))
        return dict(zip(cells, value, strict=True))


class Walk(NamedTuple):
    """A walk as tree search imagines it: where it stands, what it has earned and has, and its first goal."""

    cell: Cell
    steps: int
    earned: float
    there: frozenset[int]
    inventory: tuple[int, ...]
    energy: float  # at the last entry
    since: int  # moves since then
    first: tuple[int, int] | None  # moves to the first goal, and which


class Tree:
    """Every walk of up to `horizon` moves, with what is taken, carried, needed and eaten on the way."""

    def __init__(self, plan: Any, world: TwinWorld, utility: Sequence[float], discount: float) -> None:
        self.plan, self.world, self.utility = plan, world, utility
        self.powers = list(accumulate([discount] * 40, lambda a, b: a * b, initial=1.0))
        self.objects = {cell: n for n, cell in enumerate(world.cells)}
        self.cost = plan.supply.per_tick + plan.supply.per_move

    def can_have(self, n: int, there: frozenset[int], inventory: tuple[int, ...]) -> bool:
        return n in there and all(have >= need for have, need in zip(inventory, self.plan.needs[n], strict=True))

    def search(
        self, cell: Cell, horizon: int, there: frozenset[int], inventory: tuple[int, ...], energy: float
    ) -> tuple[float, int, int]:
        """Find the best walk: what it earns, moves to its first goal, and which that is."""
        start = Walk(cell, 0, 0.0, there, inventory, energy, 0, None)
        found = [each for each in self.ends(start, horizon) if each[0] > 0]
        return max(found, key=lambda each: (each[0], -each[1], -each[2]), default=(0.0, 0, NO_PLAN))

    def ends(self, walk: Walk, horizon: int) -> Iterator[tuple[float, int, int]]:
        q = self.world.places.get(walk.cell)
        if walk.first:
            yield walk.earned, *walk.first
        if q is not None:
            goal = len(self.world.cells) + q
            if self.utility[goal] > 0:
                value = walk.earned + self.utility[goal] * self.powers[walk.steps]
                yield value, *(walk.first or (walk.steps, goal))
        if walk.steps == horizon:
            return
        alive = not self.plan.supply.initial or walk.energy - walk.since * self.cost > 0
        for action in MOVES if alive else ():
            other = moved(walk.cell, action)
            if other not in self.world.floor:
                continue
            onward = walk._replace(cell=other, steps=walk.steps + 1, since=walk.since + 1)
            n = self.objects.get(other)
            if n is None or not self.can_have(n, walk.there, walk.inventory):
                yield from self.ends(onward, horizon)
            else:
                yield from self.entered(onward, n, horizon)

    def entered(self, walk: Walk, n: int, horizon: int) -> Iterator[tuple[float, int, int]]:
        plan = self.plan
        first = walk.first or (walk.steps, n)
        earned = walk.earned + self.utility[n] * self.powers[walk.steps]
        energy = min(walk.energy - walk.since * self.cost + plan.energy[n], plan.supply.most)
        if plan.ends[n] or (plan.supply.initial and energy <= 0):
            q = self.world.places.get(walk.cell)
            being = 0.0 if q is None else max(0.0, self.utility[len(self.world.cells) + q])
            yield earned + being * self.powers[walk.steps], *first
            return
        inventory = [have - int(need) for have, need in zip(walk.inventory, plan.needs[n], strict=True)]
        inventory[plan.type_of[n]] += bool(plan.carried[n])
        there = walk.there - {n} if plan.taken[n] else walk.there
        yield from self.ends(Walk(walk.cell, walk.steps, earned, there, tuple(inventory), energy, 0, first), horizon)


def add(numbers: Iterator[float]) -> float:
    """Add from left to right, without the corrections that `sum` makes since Python 3.12."""
    return reduce(lambda total, number: total + number, numbers, 0.0)


def wander(cell: Cell, last: int, dream: Dream, key: int, draw: int) -> int:
    def is_welcome(other: Cell) -> bool:
        return other in dream.floor and (other not in dream.objects or dream.utility[dream.objects[other]] >= 0)

    ways = [action for action in MOVES if is_welcome(moved(cell, action))]
    onward = [action for action in ways if last == STAY or action != (last + 2) % 4]
    if onward:
        return onward[below(key, draw, len(onward))]
    return ways[0] if ways else STAY


# ---------------------------------------------------------------- heuristics


def distance(first: Cell, second: Cell) -> int:
    return abs(first[0] - second[0]) + abs(first[1] - second[1])


def lies(side: int, cell: Cell, target: Cell) -> int:
    """Tell how many cells `target` lies to one side of `cell`: a scalar product."""
    return sum(step * (there - here) for step, here, there in zip(MOVES[side], cell, target, strict=True))


def is_within(vision: int, cell: Cell, other: Cell) -> bool:
    return not vision or max(abs(here - there) for here, there in zip(cell, other, strict=True)) <= vision


def notice(
    cell: Cell, floor: set[Cell], objects: dict[Cell, int], remembered: int | None, vision: int = 0
) -> tuple[list[int | None], int | None]:
    """Name the nearest object in sight on each side, and the object to remember."""
    in_sight = {
        n: at for at, n in objects.items() if at != cell and is_within(vision, cell, at) and sees(cell, at, floor)
    }

    def nearest(candidates: list[int]) -> int | None:
        return min(candidates, key=lambda n: (distance(cell, in_sight[n]), n), default=None)

    sides = [nearest([n for n, at in in_sight.items() if lies(side, cell, at) > 0]) for side in MOVES]
    still_there = remembered if remembered in objects.values() else None
    return sides, nearest(list(in_sight)) if in_sight else still_there


def senses(
    cell: Cell,
    last: int,
    floor: set[Cell],
    cells: Sequence[Cell],
    features: Sequence[Sequence[float]],
    names: Sequence[str],
    sides: Sequence[int | None],
    remembered: int | None,
) -> dict[tuple[str, int, str], float]:
    """Describe what is perceived: source, absolute side and what is sensed there, side after side."""
    seen = any(n is not None for n in sides)
    found: dict[tuple[str, int, str], float] = {}
    for side in MOVES:
        if moved(cell, side) not in floor:
            found["wall", side, ""] = 1.0
        n = sides[side] if seen else remembered
        if n is None or lies(side, cell, cells[n]) <= 0:
            continue
        source = "seen" if seen else "remembered"
        far = distance(cell, cells[n])
        found[source, side, ".nearness"] = 1.0 / far
        for name, amount in zip(names, features[n], strict=True):
            found[source, side, f".{name}"] = lies(side, cell, cells[n]) / far * amount
    if last != STAY:
        found["moved", last, ""] = 1.0
    return found


def turned(sensed: dict[tuple[str, int, str], float], turn: int) -> dict[str, float]:
    """Name the same senses as they would be after turning clockwise `turn` times from north."""
    words = list(SIDES)
    return {f"{source}.{words[(side - turn) % 4]}{what}": amount for (source, side, what), amount in sensed.items()}


def scores(
    sensed: dict[tuple[str, int, str], float],
    last: int,
    weights: dict[str, Sequence[float]],
    out: Sequence[float],
    hunger: float = 0.0,
) -> list[float]:
    """Ask the policy once for each way to turn; `weights` has a number for each unit under each sense."""

    def unit(h: int, turn: int) -> float:
        always = weights["bias"][h] + (weights["stayed"][h] if last == STAY else 0.0)
        if "hunger" in weights:
            always += hunger * weights["hunger"][h]
        return reduce(lambda total, sense: total + weights[sense[0]][h] * sense[1], named[turn].items(), always)

    named = [turned(sensed, turn) for turn in MOVES]
    if not len(out):
        return [unit(0, turn) for turn in MOVES]
    return [add(o * math.tanh(unit(h, turn)) for h, o in enumerate(out)) for turn in MOVES]


def choose(scores: dict[int, float], temperature: float, key: int, draw: int) -> int:
    """Choose by softmax, or the first of the best."""
    most = max(scores.values())
    if temperature <= 0:
        return min(action for action, score in scores.items() if score == most)
    shares = {action: math.exp((score - most) / temperature) for action, score in scores.items()}
    aim = uniform(key, draw) * math.fsum(shares.values())
    return next(a for a, upto in zip(shares, accumulate(shares.values()), strict=True) if aim < upto)


# ---------------------------------------------------------------- lifetimes


class TwinMind(NamedTuple):
    controller: str
    objective: Sequence[float]
    horizon: int
    discount: float
    temperature: float
    weights: dict[str, Sequence[float]]
    out: Sequence[float]
    stay: float
    noise: float
    sequence: Sequence[int]
    slip: float = math.nan
    persistence: float = 1.0
    detectors: Sequence[Sequence[float]] = ()
    sharpness: float = 1.0
    searches_tree: bool = False
    drives: int = 0


class Life:
    """One episode of one mind in one world, step after step."""

    def __init__(self, plan: Any, world: TwinWorld, mind: TwinMind, names: Sequence[str], key: int) -> None:
        self.plan, self.world, self.mind, self.names, self.key = plan, world, mind, names, key
        self.at = {cell: n for n, cell in enumerate(world.cells)}
        self.features = [self.perceived(row) for row in world.features]
        self.present = set(self.at.values())
        self.known = set() if plan.vision else set(self.present)
        self.inventory = [0] * plan.types
        self.back: dict[int, int] = {}
        self.energy, self.hunger = float(plan.supply.initial), 0.0
        self.needs_energy, self.starved = plan.supply.initial > 0, False
        self.cell, self.tick, self.last = world.start, 0, STAY
        self.remembered: int | None = None
        self.dream: Dream | None = None
        self.aim = NO_PLAN
        self.thinking, self.moves, self.mesa_return = 0, 0, 0.0
        self.entered: list[int] = []
        self.come_to: list[int] = []
        self.over = False

    def perceived(self, observable: Sequence[float]) -> list[float]:
        """Look through the detectors: a weight for each feature, then a bias."""

        def detect(row: Sequence[float]) -> float:
            return reduce(lambda total, pair: total + pair[0] * pair[1], zip(row, observable, strict=False), row[-1])

        if not len(self.mind.detectors):
            return list(observable)
        return [1 / (1 + float(np.exp(-self.mind.sharpness * detect(row)))) for row in self.mind.detectors]

    @property
    def objects(self) -> dict[Cell, int]:
        """Say what the agent believes to be there."""
        return {cell: n for cell, n in self.at.items() if n in self.known}

    def can_have(self, n: int, there: set[int]) -> bool:
        return n in there and all(have >= need for have, need in zip(self.inventory, self.plan.needs[n], strict=True))

    def utilities(self) -> list[float]:
        """Value each object, then each place."""
        objective, count = self.mind.objective, len(self.names)
        weights = list(objective[:count])
        if self.mind.drives and len(objective):
            weights = [w + self.hunger * d for w, d in zip(weights, objective[count:], strict=True)]
        values = [add(w * x for w, x in zip(weights, row, strict=False)) for row in self.features]
        count = len(self.world.cells)
        return [*values[:count], *(max(value, 0.0) for value in values[count:])]

    def action(self) -> int:
        return {"open_loop": self.recite, "heuristic": self.react, "planner": self.plan_ahead}[self.mind.controller]()

    def recite(self) -> int:
        return int(self.mind.sequence[self.tick % len(self.mind.sequence)])

    def react(self) -> int:
        floor, mind = self.world.floor, self.mind
        sides, self.remembered = notice(self.cell, floor, self.objects, self.remembered, self.plan.vision)
        sensed = senses(
            self.cell, self.last, floor, self.world.cells, self.features, self.names, sides, self.remembered
        )
        scored = [*scores(sensed, self.last, mind.weights, mind.out, self.hunger), mind.stay]
        return choose(dict(enumerate(scored)), mind.noise, self.key, 4 * self.tick)

    def dreamt(self) -> Dream:
        """Imagine the world as it is believed to be: what can't be had is floor, a place adds to what stands there."""
        utility, count = self.utilities(), len(self.world.cells)
        places = {cell: count + q for cell, q in self.world.places.items()}
        for cell, n in self.at.items():
            utility[n] += utility[places[cell]] if cell in places else 0.0
        mind, usable = self.mind, {cell: n for cell, n in self.at.items() if self.can_have(n, self.known)}
        slip = self.plan.slip if math.isnan(mind.slip) else mind.slip
        discount = mind.discount * mind.persistence
        return Dream(self.world.floor, usable, utility, discount, slip, self.plan.slip_kind, places)

    def plan_ahead(self) -> int:
        mind = self.mind
        if mind.searches_tree:
            action = self.follow_tree()
        else:
            if self.dream is None:
                self.dream = self.dreamt()
                self.thinking += mind.horizon * len(self.world.floor)
            if mind.temperature > 0:
                weighed = self.dream.weighed(self.cell, mind.horizon)
                return choose(weighed, mind.temperature, self.key, 4 * self.tick)
            action = self.dream.best(self.cell, mind.horizon).action
        return action if action != NO_PLAN else wander(self.cell, self.last, self.dream, self.key, 4 * self.tick)

    def follow_tree(self) -> int:
        """Walk on to the first goal of the best walk; search when there, when something changed, or without a goal."""
        mind, world = self.mind, self.world
        there = self.aim < len(world.cells) and self.aim != NO_PLAN and world.cells[self.aim] == self.cell
        if self.dream is None or self.aim == NO_PLAN or there:
            self.dream = self.dreamt()
            self.thinking += sum(4**depth for depth in range(1, mind.horizon + 1))
            tree = Tree(self.plan, world, self.utilities(), mind.discount * mind.persistence)
            known, inventory = frozenset(self.known), tuple(self.inventory)
            _, _, self.aim = tree.search(self.cell, mind.horizon, known, inventory, self.energy)
        if self.aim == NO_PLAN:
            return NO_PLAN
        count = len(world.cells)
        goal = {cell for cell, q in world.places.items() if q == self.aim - count}
        target = world.cells[self.aim] if self.aim < count else goal
        return ways_to(target, world.floor, set(self.dream.objects)).get(self.cell, (0, STAY))[1]

    def wake_up(self) -> None:
        """Notice what has come back, what comes in sight, and hunger: each asks for a new plan."""
        for n in [n for n, tick in self.back.items() if self.tick >= tick]:
            self.present.add(n)
            del self.back[n]
        seen = {n for cell, n in self.at.items() if is_within(self.plan.vision, self.cell, cell)}
        known = (self.known - seen) | (self.present & seen)
        hunger = self.hunger
        if self.mind.drives and self.needs_energy:
            hunger = round(10 * (1 - self.energy / self.plan.supply.most)) / 10
        if known != self.known or hunger != self.hunger:
            self.dream = None
        self.known, self.hunger = known, hunger

    def step(self) -> None:
        self.wake_up()
        thought, supply = self.thinking, self.plan.supply
        self.last = action = self.action()
        if action != STAY and uniform(self.key, 4 * self.tick + 1) < self.plan.slip:
            ways = astray(action, self.plan.slip_kind)
            action = ways[below(self.key, 4 * self.tick + 2, len(ways))]
        self.tick += 1
        target = moved(self.cell, action)
        moves = target in self.world.floor and target != self.cell
        if self.needs_energy:
            self.energy -= supply.per_tick + supply.per_thought * (self.thinking - thought)
            self.energy -= supply.per_move if moves else 0.0
        if moves:
            self.moves += 1
            self.arrive(target)
        self.starved = self.needs_energy and self.energy <= 0

    def arrive(self, target: Cell) -> None:
        q = self.world.places.get(target)
        if q is not None and q != self.world.places.get(self.cell):
            self.come_to.append(q)
        self.cell = target
        n = self.at.get(target)
        if n is not None and self.can_have(n, self.present):
            self.enter(n)

    def enter(self, n: int) -> None:
        plan = self.plan
        self.entered.append(n)
        self.mesa_return += self.utilities()[n]
        self.over = bool(plan.ends[n])
        self.energy = min(self.energy + float(plan.energy[n]), plan.supply.most)
        self.inventory = [have - int(need) for have, need in zip(self.inventory, plan.needs[n], strict=True)]
        self.inventory[plan.type_of[n]] += bool(plan.carried[n])
        if plan.taken[n]:
            self.present.discard(n)
            self.known.discard(n)
            if plan.respawns[n]:
                self.back[n] = self.tick + int(plan.respawns[n])
        else:
            self.known.add(n)
        if plan.taken[n] or any(plan.needs[n]):
            self.dream = None

    def live(self) -> tuple[dict[str, list[float]], float]:
        """Live to the end; give the outcomes, segment by segment, and the mesa-return."""
        plan = self.plan
        while self.tick < plan.steps and not self.over and not self.starved:
            self.step()
        at_last = self.world.places.get(self.cell)
        if at_last is not None:
            self.mesa_return += self.utilities()[len(self.world.cells) + at_last]
        kinds = [int(plan.type_of[n]) for n in self.entered]
        places = range(plan.places)
        return {
            "own": [add(plan.outcomes[n][o] for n in self.entered) for o in range(plan.outcomes.shape[1])],
            "steps": [self.tick],
            "moves": [self.moves],
            "thinking": [self.thinking],
            "energy": [max(self.energy, 0.0)],
            "survived": [float(not self.starved)],
            "entered": [kinds.count(kind) for kind in range(plan.types)],
            "entered_first": [int(kinds[:1] == [kind]) for kind in range(plan.types)],
            "entered_place": [sum(plan.place_type[q] == place for q in self.come_to) for place in places],
            "ended_at": [int(at_last is not None and plan.place_type[at_last] == place) for place in places],
        }, self.mesa_return


class AskedLife(Life):
    """A life in which another mind is asked in each state what it would do there."""

    def __init__(
        self, plan: Any, world: TwinWorld, mind: TwinMind, names: Sequence[str], key: int, other: TwinMind
    ) -> None:
        super().__init__(plan, world, mind, names, key)
        self.other = Life(plan, world, other, names, key)
        self.otherwise, self.decisions, self.stood = 0, 0, None

    def action(self) -> int:
        """Put the other mind where this one is; what it plans and aims at, it keeps until something changes."""
        visits = self.cell != self.stood or self.dream is None
        self.stood = self.cell
        if self.dream is None:
            self.other.dream = None
        for part in ("cell", "tick", "last", "present", "known", "inventory", "energy", "hunger"):
            setattr(self.other, part, getattr(self, part))
        action = super().action()
        differs = self.other.action() != action
        self.decisions += visits
        self.otherwise += visits and differs
        return action


# ---------------------------------------------------------------- evolution


def tournament(fitness: Sequence[float], key: int, count: int, size: int) -> list[int]:
    entrants = [[below(key, i * size + j, len(fitness)) for j in range(size)] for i in range(count)]
    return [max(group, key=lambda row: fitness[row]) for group in entrants]


def truncation(fitness: Sequence[float], key: int, count: int, share: float) -> list[int]:
    ranked = sorted(range(len(fitness)), key=lambda row: (-fitness[row], row))
    best = ranked[: max(1, round(share * len(fitness)))]
    return [best[below(key, i, len(best))] for i in range(count)]


def roulette(fitness: Sequence[float], key: int, count: int) -> list[int]:
    """Throw darts at slices in a row; a negative worst is moved to 0."""
    return [dart(slices(fitness), uniform(key, i)) for i in range(count)]


def slices(fitness: Sequence[float]) -> list[float]:
    worst = min(*fitness, 0.0)
    from_worst = [value - worst for value in fitness]
    return from_worst if any(from_worst) else [1.0 for _ in fitness]


def dart(widths: Sequence[float], share: float) -> int:
    ends = list(accumulate(widths))
    hit = [row for row, end in enumerate(ends) if end > share * ends[-1]]
    return hit[0] if hit else ends.index(ends[-1])


def universal_sampling(fitness: Sequence[float], key: int, count: int) -> list[int]:
    start = uniform(key, 0)
    rows = [dart(slices(fitness), (start + i) / count) for i in range(count)]
    for last in reversed(range(1, count)):
        other = below(fold(key, 0), last, last + 1)
        rows[last], rows[other] = rows[other], rows[last]
    return rows


def lexicase(cases: Any, epsilon: Sequence[float], key: int, count: int) -> list[int]:
    """Filter the whole population, for every parent anew."""
    rows = []
    for place in range(count):
        order = list(range(len(epsilon)))
        for i in range(len(order) - 1):
            j = i + below(fold(key, place), i, len(order) - i)
            order[i], order[j] = order[j], order[i]
        left = list(range(len(cases)))
        for case in order:
            best = max(cases[row][case] for row in left)
            left = [row for row in left if cases[row][case] >= best - epsilon[case]]
        rows.append(left[below(fold(key, place), len(order), len(left))])
    return rows


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True)) and list(one) != list(other)


def fronts(vectors: Sequence[Sequence[float]]) -> list[int]:
    """Peel: take away whoever is dominated by nobody that is left, and again."""
    front, left, count = {}, set(range(len(vectors))), 0
    while left:
        peel = {row for row in left if not any(dominates(vectors[other], vectors[row]) for other in left)}
        front |= dict.fromkeys(peel, count)
        left, count = left - peel, count + 1
    return [front[row] for row in range(len(vectors))]


def crowding(vectors: Sequence[Sequence[float]]) -> list[float]:
    """Add up, front by front, how far apart the neighbours of each are."""
    front, distance = fronts(vectors), [0.0] * len(vectors)
    for members in ([row for row in range(len(front)) if front[row] == f] for f in set(front)):
        for column in zip(*vectors, strict=True):
            line = sorted(members, key=lambda row, column=column: column[row])
            width = column[line[-1]] - column[line[0]]
            for before, row, after in zip(line, line[1:], line[2:], strict=False):
                distance[row] += (column[after] - column[before]) / width if width else 0.0
            distance[line[0]] = distance[line[-1]] = math.inf
    return distance


def crossover(genomes: Any, rows: Sequence[int], key: int, rate: float) -> tuple[list[list[float]], list[bool]]:
    """Mate pair after pair; who has no mate is copied."""
    loci = len(genomes[0])
    children, mated = [], []
    for pair in range(len(rows) // 2):
        first, second = genomes[rows[2 * pair]], genomes[rows[2 * pair + 1]]
        pair_key = fold(key, pair)
        mates = uniform(pair_key, loci) < rate
        mated.append(mates)
        swapped = {locus for locus in range(loci) if mates and uniform(pair_key, locus) < 0.5}
        for mine, theirs in ((first, second), (second, first)):
            children.append([theirs[i] if i in swapped else mine[i] for i in range(loci)])
    if len(rows) % 2:
        children.append(list(genomes[rows[-1]]))
    return children, mated


def point_crossover(
    genomes: Any, rows: Sequence[int], key: int, rate: float, points: int
) -> tuple[list[list[float]], list[bool]]:
    """Cut two genomes to pieces, and put them together again crosswise."""
    children, mated = [list(genomes[row]) for row in rows], []
    loci = len(genomes[0])
    for pair in range(len(rows) // 2):
        pair_key = fold(key, pair)
        mated.append(uniform(pair_key, loci) < rate)
        if not mated[-1]:
            continue
        if points == 1:
            cuts = [1 + below(pair_key, 0, loci - 1), loci]
        else:
            first = 1 + below(pair_key, 0, loci)
            others = [cut for cut in range(1, loci + 1) if cut != first]
            cuts = sorted([first, others[below(pair_key, 1, loci - 1)]] if others else [1, 1])
        one, other = children[2 * pair], children[2 * pair + 1]
        children[2 * pair] = one[: cuts[0]] + other[cuts[0] : cuts[1]] + one[cuts[1] :]
        children[2 * pair + 1] = other[: cuts[0]] + one[cuts[0] : cuts[1]] + other[cuts[1] :]
    return children, mated


def mixed(
    genomes: Any, rows: Sequence[int], key: int, low: Any, high: Any, rate: float, spread: Callable[[float], float]
) -> tuple[list[list[float]], list[bool]]:
    """Set each pair's children symmetrically about the parents' mean, at `spread` times the parents' distance."""
    children, mated = [list(genomes[row]) for row in rows], []
    loci = len(genomes[0])
    for pair in range(len(rows) // 2):
        pair_key = fold(key, pair)
        mated.append(uniform(pair_key, loci) < rate)
        if not mated[-1]:
            continue
        one, other = children[2 * pair], children[2 * pair + 1]
        for i in range(loci):
            mean, half = (one[i] + other[i]) / 2, (one[i] - other[i]) / 2 * spread(uniform(pair_key, i))
            one[i], other[i] = (reflect(value, low[i], high[i]) for value in (mean + half, mean - half))
    return children, mated


def blend_spread(alpha: float) -> Callable[[float], float]:
    """Scale a distance by 1 - 2·gamma, gamma uniform from -alpha to 1 + alpha."""
    return lambda drawn: 1 - 2 * (drawn * (1 + 2 * alpha) - alpha)


def binary_spread(eta: float) -> Callable[[float], float]:
    """Invert the distribution of Deb and Agrawal 1995, equations 10 to 12."""
    return lambda drawn: (2 * drawn if drawn <= 0.5 else 1 / (2 * (1 - drawn))) ** (1 / (eta + 1))


def reflect(value: float, low: float, high: float) -> float:
    """Bounce between two mirrors until within them."""
    while not low <= value <= high:
        value = 2 * low - value if value < low else 2 * high - value
    return value


def mutated(genome: Sequence[float], row_key: int, low: Any, high: Any, rate: float, scale: float) -> list[float]:
    return [
        reflect(allele + scale * (high[i] - low[i]) / 2 * normal(fold(row_key, i), 0), low[i], high[i])
        if uniform(row_key, i) < rate
        else allele
        for i, allele in enumerate(genome)
    ]


def polynomially_mutated(
    genome: Sequence[float], row_key: int, low: Any, high: Any, rate: float, eta: float
) -> list[float]:
    def step(drawn: float) -> float:
        power = 1 / (eta + 1)
        return (2 * drawn) ** power - 1 if drawn < 0.5 else 1 - (2 * (1 - drawn)) ** power

    return [
        reflect(allele + step(uniform(fold(row_key, i), 0)) * (high[i] - low[i]), low[i], high[i])
        if uniform(row_key, i) < rate
        else allele
        for i, allele in enumerate(genome)
    ]


def reset(genome: Sequence[float], row_key: int, low: Any, high: Any, rate: float) -> list[float]:
    return [
        (1 - share) * low[i] + share * high[i] if uniform(row_key, i) < rate else allele
        for i, allele in enumerate(genome)
        for share in [uniform(fold(row_key, i), 0)]
    ]
