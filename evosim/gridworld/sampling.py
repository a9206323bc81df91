"""Grid worlds drawn from a blueprint, such that every object that must be reachable is.

An object that ends the episode is also an obstacle. So objects are placed such that each can be reached from the
start, within the steps of an episode, without entering any other object that ends it. Hazards are exempt: the middle
of a field of lava needn't be reachable.
"""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.layouts import MAP, draw_layout
from evosim.gridworld.spec import CORNERS, Blueprint, PlacementRule
from evosim.numerics.arrays import Acts, Bytes, Cells, Flags, Reals
from evosim.numerics.compiler import allocating_kernel, in_parallel, kernel
from evosim.numerics.random import below, fold, uniform

WALL, FLOOR = 1, 0
TRIES_PER_OBJECT = 64
TRIES_PER_WORLD = 4096
TRIES_OF_CHECK = 256  # before a run: whatever is found in so few tries, time and again, is found in a run for certain
LEAST_TRIES, CELLS_TRIED = 4, 2**24  # of a large world: together, so that a check in vain ends soon
CELLS_WORTH_A_THREAD = 5_000  # that are drawn, or surveyed, with a few objects; to hand over fewer takes about as long
FAR = 2**30
NOWHERE = -1
ANYWHERE, REGION, CORNER, NEAR, MARKED = (int(rule) for rule in PlacementRule)
ANY_CORNER = CORNERS.index("any")
CORNER_DRAW = 2**20  # beyond any try at a cell


class Worlds(NamedTuple):
    """A batch of E worlds at the start of episodes."""

    wall: Bytes  # [E, C] 1 where a wall stands
    start: Cells  # [E] where the agent begins
    cell: Cells  # [E, N] where each object stands
    features: Reals  # [E, N + Q, F] what can be observed of each object, then of each place
    place: Acts  # [E, C] number of the place that a cell belongs to, or NOWHERE; [E, 0] where there are no places


class SamplingRoom(NamedTuple):
    """Working memory for drawing worlds: three arrays with an entry for each of C cells."""

    queue: Cells
    distance: Cells
    allowed: Cells


class CrowdedWorldError(ValueError):
    """No placement of an environment's objects was found in which all that must be reachable are."""


def draw_worlds(plan: Blueprint, key: np.uint64, count: int, begin: int = 0, tries: int = TRIES_PER_WORLD) -> Worlds:
    """Draw `count` worlds from number `begin` on; world i is a function of key and i, or of i modulo `plan.worlds`.

    Each world is tried up to `tries` times.

    Raises:
        CrowdedWorldError: no world was found in which every object can be reached that must be.
    """
    cells, objects, places = plan.rows * plan.columns, len(plan.type_of), len(plan.place_type)
    worlds = Worlds(
        wall=np.empty((count, cells), np.uint8),
        start=np.empty(count, np.int32),
        cell=np.empty((count, objects), np.int32),
        features=np.empty((count, *plan.fixed.shape)),
        place=np.empty((count, cells if places else 0), np.int8),
    )
    drawn = np.zeros(count, np.bool_)

    def draw_some(first: int, last: int) -> None:
        draw_batch(first, last, begin, tries, plan, np.uint64(key), worlds, drawn)

    in_parallel(draw_some, count, max(1, CELLS_WORTH_A_THREAD // cells))
    if not drawn.all():
        advice = "more steps, fewer objects, or wider rules of where they stand"
        if plan.layout == MAP:
            advice = (
                f"open the map where something is walled off or hidden behind what ends the episode, or use {advice}"
            )
        else:
            advice = f"use a larger size, {advice}"
        each = "each" if plan.must_reach.all() else f"each of the {plan.must_reach.sum()} that must be reachable"
        raise CrowdedWorldError(
            f"no way was found to place {objects} objects in {plan.rows} × {plan.columns} cells such that {each} can "
            f"be reached within {plan.steps} steps; {advice}, or set `reachable = false` where an object needn't be"
        )
    return worlds


@allocating_kernel
def draw_batch(
    first: int,
    last: int,
    begin: int,
    tries: int,
    plan: Blueprint,
    key: np.uint64,
    out_worlds: Worlds,
    out_drawn: Flags,
) -> None:
    """Draw worlds `first` to `last - 1` of a batch that begins with number `begin`; write which succeeded `[E]`."""
    cells = plan.rows * plan.columns
    room = SamplingRoom(np.empty(cells, np.int32), np.empty(cells, np.int32), np.empty(cells, np.int32))
    for e in range(first, last):
        number = (begin + e) % plan.worlds if plan.worlds > 0 else begin + e
        for attempt in range(tries):
            world_key = fold(fold(key, number), attempt)
            wall = out_worlds.wall[e]
            if plan.layout == MAP:
                for cell in range(cells):  # for an assignment of all, numba compiles what says that shapes differ
                    wall[cell] = plan.terrain[cell]
            else:
                draw_layout(
                    plan.layout, plan.layout_first, plan.layout_second, plan.rows, plan.columns, fold(world_key, 0),
                    room.queue, wall,
                )  # fmt: skip
            start = place(plan, fold(world_key, 1), wall, room, out_worlds.cell[e])
            if start >= 0 and mark_places(
                plan, fold(world_key, 3), wall, start, out_worlds.cell[e], room, out_worlds.place[e]
            ):
                out_worlds.start[e] = start
                draw_features(plan, fold(world_key, 2), out_worlds.features[e])
                out_drawn[e] = True
                break
        if not out_drawn[e]:
            return


@allocating_kernel
def place(plan: Blueprint, key: np.uint64, wall: Bytes, room: SamplingRoom, out_cell: Cells) -> int:
    """Draw the cells `[N]` of objects and the start: those near others last, those that end the episode first.

    Return the start, or -1 after too many tries.
    """
    if wall.min() == WALL:  # scattered walls can fill a small world
        return -1
    start = _draw_cell(plan, 0, fold(key, 0), fold(key, 0), wall, -1, out_cell, room)
    if start < 0:
        return -1
    blocked = wall == WALL
    out_cell[:] = -1
    for turn in range(4):
        near, ending = turn >= 2, turn % 2 == 0
        for n in range(out_cell.shape[0]):
            if plan.ends[n] != ending or (plan.rules[1 + n, 0] == NEAR) != near:
                continue
            out_cell[n] = _place_object(n, plan, fold(key, n + 1), wall, start, blocked, out_cell, room)
            if out_cell[n] < 0:
                return -1
    return start


@kernel
def _place_object(
    n: int, plan: Blueprint, key: np.uint64, wall: Bytes, start: int, blocked: Flags, cells: Cells, room: SamplingRoom
) -> int:
    """Draw a cell for object n that keeps reachable what must be, and block it if the object ends the episode."""
    for attempt in range(TRIES_PER_OBJECT):
        cell = _draw_cell(plan, 1 + n, key, fold(key, attempt), wall, start, cells, room)
        if cell < 0:
            return -1
        walk(start, plan.columns, blocked, room.queue, room.distance)
        too_far = plan.must_reach[n] and room.distance[cell] > plan.steps
        if cell == start or too_far or _taken(cell, cells):
            continue
        if plan.ends[n]:
            blocked[cell] = True
            walk(start, plan.columns, blocked, room.queue, room.distance)
            if _cut_off(cells, plan.must_reach, room.distance, plan.steps):
                blocked[cell] = False
                continue
        return cell
    return -1


@kernel
def _draw_cell(
    plan: Blueprint,
    which: int,
    scope: np.uint64,
    key: np.uint64,
    wall: Bytes,
    start: int,
    cells: Cells,
    room: SamplingRoom,
) -> int:
    """Draw a floor cell that the rule number `which` allows, or -1 if there is none.

    Choices made once for an object, as its corner, are drawn in its `scope`; `key` is that of one try.
    """
    if plan.rules[which, 0] == ANYWHERE:
        return _random_floor(key, wall)
    count = _allowed(plan, which, scope, wall, start, cells, room)
    return int(room.allowed[below(key, 0, count)]) if count > 0 else -1


@kernel
def _allowed(
    plan: Blueprint, which: int, scope: np.uint64, wall: Bytes, start: int, cells: Cells, room: SamplingRoom
) -> int:
    """List the floor cells that a rule allows in `room.allowed`; return how many."""
    rule, first, second = plan.rules[which, 0], plan.rules[which, 1], plan.rules[which, 2]
    top, bottom, left, right = 1, plan.rows - 2, 1, plan.columns - 2
    if rule == REGION:
        top, bottom = max(top, int(first)), min(bottom, int(second))
        left, right = max(left, int(plan.rules[which, 3])), min(right, int(plan.rules[which, 4]))
    elif rule == CORNER:
        corner = below(scope, CORNER_DRAW, 4) if second == ANY_CORNER else int(second)
        if corner < 2:
            bottom = min(bottom, int(first))
        else:
            top = max(top, bottom - int(first) + 1)
        if corner % 2 == 0:
            right = min(right, int(first))
        else:
            left = max(left, right - int(first) + 1)
    elif rule == NEAR:
        walk(start if first < 0 else int(cells[first]), plan.columns, wall, room.queue, room.distance)
    count = 0
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            cell = row * plan.columns + column
            if wall[cell] == WALL:
                continue
            if rule == NEAR and room.distance[cell] > second:
                continue
            if rule == MARKED and plan.marks[cell] != first:
                continue
            room.allowed[count] = cell
            count += 1
    return count


@kernel
def mark_places(
    plan: Blueprint, key: np.uint64, wall: Bytes, start: int, cells: Cells, room: SamplingRoom, out_place: Acts
) -> bool:
    """Write which place each of `[C]` cells belongs to, the first of several; False if a place has no cell."""
    out_place[:] = NOWHERE
    objects = cells.shape[0]
    for q in range(plan.place_type.shape[0] - 1, -1, -1):
        count = _allowed(plan, 1 + objects + q, fold(key, q), wall, start, cells, room)
        if count == 0:
            return False
        for i in range(count):
            out_place[room.allowed[i]] = q
    return True


@kernel
def _random_floor(key: np.uint64, wall: Bytes) -> int:
    """Draw a floor cell; at least one must exist."""
    draw = 0
    while True:
        cell = below(key, draw, wall.shape[0])
        if wall[cell] == FLOOR:
            return cell
        draw += 1


@kernel
def _taken(cell: int, cells: Cells) -> bool:
    for other in cells:
        if other == cell:
            return True
    return False


@kernel
def _cut_off(cells: Cells, must_reach: Flags, distance: Cells, steps: int) -> bool:
    """Whether an object that must be reachable has become unreachable."""
    for n in range(cells.shape[0]):
        if must_reach[n] and cells[n] >= 0 and distance[cells[n]] > steps:
            return True
    return False


@kernel
def walk(start: int, columns: int, blocked: Flags | Bytes, queue: Cells, out_distance: Cells) -> None:
    """Write the distances `[C]` in steps from `start` to every cell; no path leads through blocked cells."""
    out_distance[:] = FAR
    out_distance[start] = 0
    queue[0] = start
    head, count = 0, 1
    while head < count:
        cell = queue[head]
        head += 1
        for step in (-columns, 1, columns, -1):
            other = cell + step
            if out_distance[other] == FAR:
                out_distance[other] = out_distance[cell] + 1
                if not blocked[other]:
                    queue[count] = other
                    count += 1


@kernel
def draw_features(plan: Blueprint, key: np.uint64, out_features: Reals) -> None:
    """Draw the features `[N + Q, F]` of objects and places: fixed, with a probability, or one of several."""
    objects, features = out_features.shape
    for n in range(objects):
        object_key = fold(key, n)
        for f in range(features):
            chosen = uniform(object_key, f) < plan.probability[n, f]
            out_features[n, f] = 1.0 if chosen else plan.fixed[n, f]
        left = uniform(object_key, features)
        last = -1
        for f in range(features):
            if plan.one_of[n, f] > 0.0:
                last = f
                left -= plan.one_of[n, f]
                if left < 0.0:
                    break
        if last >= 0:
            out_features[n, last] = 1.0
