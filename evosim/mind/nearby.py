"""Minds in a world that others move about in: what they see around them, and the plans they make of it.

What is seen is a window of `vision` cells each way, on a torus into the other side of the map.
A plan is what planner/plans.py calls one: a path to a thing, around all others, that pays its utility once, discounted
by the steps it takes. Everything may be elsewhere a tick later, so a plan is made at every tick, from one cell, by a
search in breadth that stops where nothing further away can be better. Ties go to the thing that is found first; which
way is looked first is drawn anew for each agent and tick, so that no side of the world is preferred.
"""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, MOVES, STAY, step_of
from evosim.mind.heuristic.reflexes import note_sense
from evosim.mind.planner.plans import NO_PLAN, take_way
from evosim.numerics.arrays import Acts, Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.compiler import inlined_kernel, kernel, rare_kernel
from evosim.numerics.functions import unsigned

EMPTY, WALL = -1, -2
NEVER = 2**62  # a search that comes after all others
BODY = 1024  # from here on what stands in a cell is an agent, before that a thing


class MapView(NamedTuple):
    """A map, and how to look at it from anywhere; beyond its edges it goes on at the other side, or is all wall."""

    what: Cells  # [C] EMPTY, WALL, the kind of a thing, or BODY + the number of an agent
    down: Cells  # [R + 2 vision] first cell of the row that lies k rows below row r - vision: down[r + k]
    across: Cells  # [K + 2 vision] likewise, of columns
    kinds: Shorts  # [(R + 2 vision) · (K + 2 vision)] the kinds of what is there at this tick: see `write_kinds`
    vision: int


class Window(NamedTuple):
    """Room to search in what is seen, within a frame that is not entered."""

    clock: Ids  # [1] number of the search
    stamp: Ids  # [(S + 2) · (S + 2)] the last search that came here
    first: Acts  # [(S + 2) · (S + 2)] the first action of the path
    queue: Cells  # [S * S] places of the window
    spots: Cells  # [S * S] where these are in `MapView.kinds`


def new_window(vision: int) -> Window:
    """Return room to search in what is seen `vision` cells each way."""
    side = 2 * vision + 1
    stamp = np.full((side + 2, side + 2), NEVER, np.int64)
    stamp[1:-1, 1:-1] = 0
    queue = np.zeros(side**2, np.int32)
    return Window(np.zeros(1, np.int64), stamp.ravel(), np.zeros(stamp.size, np.int8), queue, queue.copy())


class Way(NamedTuple):
    """The best plan from a cell: its discounted utility and its first action; 0 and NO_PLAN if there is none."""

    value: float
    action: int


@inlined_kernel
def moved(action: int, row: int, column: int) -> tuple[int, int]:
    """Return the place to which an action leads."""
    if action == 0:
        return row - 1, column
    if action == 1:
        return row, column + 1
    if action == 2:
        return row + 1, column
    return row, column - 1


@inlined_kernel
def kind_at(row: int, column: int, me: int, things: int, able: Flags, view: MapView, at: tuple[int, int]) -> int:
    """Return what lies at a place of the window around a row and column: a kind of thing, a mate as `things`, or none.

    EMPTY is also where I am, WALL also a body that is not a mate now; `able` `[A]` says who is one.
    """
    there = view.what[view.down[row + at[0]] + view.across[column + at[1]]]
    if there < BODY:
        return int(there)
    other = there - BODY
    if other == me:
        return EMPTY
    return things if able[other] else WALL


@kernel
def write_kinds(things: int, able: Flags, out_view: MapView) -> None:
    """Write the kinds of what stands everywhere: of things, a mate as `things`, EMPTY or WALL.

    WALL also stands for a body that is no mate now; `able` `[A]` says who is one.
    """
    what, across, width = out_view.what, out_view.across, out_view.across.shape[0]
    for row in range(out_view.down.shape[0]):
        first, kinds = int(out_view.down[row]), out_view.kinds[row * width : (row + 1) * width]
        for column in range(width):
            there = what[first + across[column]]
            if there >= BODY:
                there = things if able[there - BODY] else WALL
            kinds[column] = there


@kernel
def plan_nearby(
    row: int,
    column: int,
    start: tuple[int, int],
    horizon: int,
    discount: float,
    worth: Reals,
    view: MapView,
    rotation: int,
    window: Window,
) -> Way:
    """Find the best plan of up to `horizon` steps from a place of the window around me.

    `worth` `[T + 1]` is what each kind of thing is worth, and last a mate.
    """
    width, side = view.across.shape[0], 2 * view.vision + 3
    me = (row + view.vision) * width + column + view.vision
    stamp, first, queue, spots = window.stamp, window.first, window.queue, window.spots
    window.clock[0] += 1
    now = window.clock[0]
    queue[0], spots[0] = (start[0] + 1) * side + start[1] + 1, (row + start[0]) * width + column + start[1]
    stamp[queue[0]] = now
    ahead = 0.0  # what the best of things is worth as many steps away
    for kind in range(worth.shape[0]):
        ahead = max(ahead, worth[kind])
    ahead *= discount
    head, count, steps = 0, 1, 0
    best, chosen = 0.0, NO_PLAN
    while head < count and steps < horizon and ahead > best:
        end, steps = count, steps + 1
        while head < end:
            at, spot = int(queue[head]), int(spots[head])
            head += 1
            for turn in range(MOVES):
                action = (turn + rotation) & 3
                other = unsigned(at + step_of(action, side))
                if stamp[other] >= now:
                    continue
                stamp[other] = now
                there = spot + step_of(action, width)
                kind = int(view.kinds[unsigned(there)]) if there != me else EMPTY
                begin = action if steps == 1 else int(first[unsigned(at)])
                if kind == EMPTY:
                    first[other] = begin
                    queue[count], spots[count] = other, there
                    count += 1
                elif kind >= 0 and worth[unsigned(kind)] > 0.0:
                    value = discounted(worth[unsigned(kind)], discount, steps)
                    if value > best:
                        best, chosen = value, begin
        ahead *= discount
    return Way(best, chosen)


@inlined_kernel
def discounted(utility: float, discount: float, steps: int) -> float:
    """Discount a utility step by step, as planner/plans.py does: equal to the last bit."""
    for _ in range(steps):
        utility *= discount
    return utility


@rare_kernel
def weigh_nearby(
    row: int,
    column: int,
    horizon: int,
    discount: float,
    worth: Reals,
    view: MapView,
    rotation: int,
    window: Window,
    out_scores: Reals,
) -> None:
    """Score each action by the best plan after it; moves against what stands in the way are out of the question.

    So are moves against a mate that is not wanted: nothing comes of them. `worth` is `[T + 1]`.
    """
    things, here = worth.shape[0] - 1, view.vision
    for action in range(ACTIONS):
        to = (here, here) if action == STAY else moved(action, here, here)
        kind = EMPTY if action == STAY else kind_beside(row, column, action, view)
        if kind == WALL or (kind == things and worth[things] <= 0.0):
            out_scores[action] = -np.inf
        elif kind != EMPTY:
            out_scores[action] = worth[kind] * discount
        else:
            plan = plan_nearby(row, column, to, horizon - 1, discount, worth, view, rotation, window)
            out_scores[action] = plan.value * discount


@inlined_kernel
def kind_beside(row: int, column: int, action: int, view: MapView) -> int:
    """Return what lies where an action leads from a cell of the map."""
    width = view.across.shape[0]
    return int(view.kinds[unsigned((row + view.vision) * width + column + view.vision + step_of(action, width))])


@kernel
def wander_nearby(row: int, column: int, last: int, worth: Reals, view: MapView, key: np.uint64, draw: int) -> int:
    """Return a random way into nothing unwanted by `worth` `[T + 1]`, back only if there is no other; else STAY."""
    things, ways = worth.shape[0] - 1, 0
    for action in range(MOVES):
        kind = kind_beside(row, column, action, view)
        if kind == EMPTY or (0 <= kind < things and worth[kind] >= 0.0):
            ways |= 1 << action
    return take_way(ways, last, key, draw)


@kernel
def sense_nearby(
    row: int,
    column: int,
    last: int,
    features: Reals,
    view: MapView,
    out_nearest: Cells,
    out_senses: Cells,
    out_amounts: Reals,
) -> int:
    """List a heuristic's senses that are not zero, `[S, 3]` and their amounts `[S]`; return how many.

    They are those of `reflexes.sense` but for what is remembered; whoever stands in the way is as a wall, and a mate
    is a thing. `features` are `[T + 1, F]`, `out_nearest` `[MOVES, 3]` is the kind of the nearest thing, its distance
    and how far it lies to that side. Among equals it is the one most straight ahead, then the one to the right.
    """
    width, side_of_window, here = 1 + features.shape[1], 2 * view.vision + 1, view.vision
    out_nearest[:, 0] = EMPTY
    for r in range(side_of_window):
        begin = (row + r) * view.across.shape[0] + column
        for c in range(side_of_window):
            kind = int(view.kinds[unsigned(begin + c)])
            if kind < 0 or (r == here and c == here):
                continue
            distance = abs(r - here) + abs(c - here)
            for side in range(MOVES):
                ahead = toward(side, r - here, c - here)
                if ahead <= 0:
                    continue
                nearer = out_nearest[side, 0] == EMPTY or distance < out_nearest[side, 1]
                if not nearer and distance == out_nearest[side, 1]:
                    right = toward((side + 1) & 3, r - here, c - here)
                    nearer = ahead > out_nearest[side, 2] or (ahead == out_nearest[side, 2] and right > 0)
                if nearer:
                    out_nearest[side, 0], out_nearest[side, 1], out_nearest[side, 2] = kind, distance, ahead
    count = 0
    for side in range(MOVES):
        if kind_beside(row, column, side, view) == WALL:
            count = note_sense(count, side, 0, 1, 1.0, out_senses, out_amounts)
        kind, distance = out_nearest[side, 0], out_nearest[side, 1]
        if kind == EMPTY:
            continue
        share = out_nearest[side, 2] / distance
        for f in range(width):
            amount = 1.0 / distance if f == 0 else share * features[kind, f - 1]
            if amount != 0.0:
                count = note_sense(count, side, MOVES + f, width, amount, out_senses, out_amounts)
    if last < MOVES:
        count = note_sense(count, last, MOVES * (1 + width), 1, 1.0, out_senses, out_amounts)
    return count


@inlined_kernel
def toward(side: int, down: int, across: int) -> int:
    """Return how many cells a place lies to one side (north, east, south, west); negative on the opposite side."""
    if side == 0 or side == 2:
        return down if side == 2 else -down
    return across if side == 1 else -across
