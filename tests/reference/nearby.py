"""Plain twins of minds in ecologies: what is seen is a dictionary from offsets to what lies there.

Plans are found by value iteration and by distances.
"""

from collections.abc import Sequence
from functools import reduce

import reference
from reference import MOVES, NO_PLAN, STAY, Cell, below, moved

WALL, MATE = "wall", "mate"
Thing = int | str  # a kind of food, MATE, or WALL
Seen = dict[Cell, Thing]  # from an offset; what is empty is not in it
HERE = (0, 0)


# ---------------------------------------------------------------- minds


def inside(cell: Cell, vision: int) -> bool:
    return max(map(abs, cell)) <= vision


def things_in(seen: Seen) -> dict[Cell, Thing]:
    return {cell: what for cell, what in seen.items() if what != WALL}


def values(seen: Seen, vision: int, horizon: int, discount: float, worth: dict[Thing, float]) -> dict[Cell, float]:
    """Iterate V ← max(0, γ (utility of what is entered, or V of a free cell)) over all free cells of a window."""
    span = range(-vision, vision + 1)
    free = [(r, c) for r in span for c in span if (r, c) not in seen]
    value = dict.fromkeys(free, 0.0)
    for _ in range(horizon):

        def after(cell: Cell, before: dict[Cell, float] = value) -> float:
            if cell in before:
                return before[cell]
            return worth[seen[cell]] if inside(cell, vision) and seen[cell] != WALL else 0.0

        value = {cell: max(0.0, *(after(moved(cell, way)) * discount for way in MOVES)) for cell in free}
    return value


def best_plan(
    seen: Seen, vision: int, horizon: int, discount: float, worth: dict[Thing, float], first_way: int
) -> tuple[float, int]:
    """Find the best plan by distances around all things: its value, and the way that is looked first of the shortest."""
    span = range(-vision, vision + 1)
    floor = {(r, c) for r in span for c in span if seen.get((r, c)) != WALL} | {HERE}
    things = things_in(seen)
    steps = reference.steps_from(HERE, floor, set(things))
    plans = [
        (reduce(lambda value, _: value * discount, range(steps[cell]), worth[what]), -steps[cell], cell)
        for cell, what in things.items()
        if steps.get(cell, horizon + 1) <= horizon
    ]
    value, fewest, _ = max(plans, default=(0.0, 0, HERE))
    if value <= 0:
        return 0.0, NO_PLAN
    ends = {cell for *plan, cell in plans if plan == [value, fewest]}
    for way in ((turn + first_way) % 4 for turn in MOVES):
        begun = moved(HERE, way)
        if begun not in floor:
            continue
        onward = {begun: 0} if begun in things else reference.steps_from(begun, floor - {HERE}, set(things))
        if any(onward.get(end) == -fewest - 1 for end in ends):
            return value, way
    raise AssertionError("a plan that begins nowhere")


def weighed(seen: Seen, vision: int, horizon: int, discount: float, worth: dict[Thing, float]) -> dict[int, float]:
    """Weigh all actions that are not out of the question, in their order."""
    ahead, scores = values(seen, vision, horizon - 1, discount, worth), {}
    for action in (*MOVES, STAY):
        there = seen.get(moved(HERE, action))
        if there == WALL or (there == MATE and worth[MATE] <= 0):
            continue
        scores[action] = (worth[there] if there is not None else ahead[moved(HERE, action)]) * discount
    return scores


def welcome_ways(seen: Seen, worth: dict[Thing, float], last: int) -> list[int]:
    """List the ways that lead into nothing unwanted and nobody, without the way back if there is another."""

    def is_welcome(there: Thing | None) -> bool:
        return there is None or (there not in (WALL, MATE) and worth[there] >= 0)

    ways = [way for way in MOVES if is_welcome(seen.get(moved(HERE, way)))]
    return [way for way in ways if last == STAY or way != (last + 2) % 4] or ways


def wandered(seen: Seen, worth: dict[Thing, float], last: int, key: int, draw: int) -> int:
    ways = welcome_ways(seen, worth, last)
    return ways[below(key, draw, len(ways))] if ways else STAY


def nearest(seen: Seen, side: int) -> Cell | None:
    """Find the nearest thing on a side: among equals the one most straight ahead, then the one to the right."""

    def order(cell: Cell) -> tuple[int, int, int]:
        return (
            reference.distance(HERE, cell),
            -reference.lies(side, HERE, cell),
            -reference.lies((side + 1) % 4, HERE, cell),
        )

    return min((cell for cell in things_in(seen) if reference.lies(side, HERE, cell) > 0), key=order, default=None)


def sensed(
    seen: Seen, names: Sequence[str], features: dict[Thing, Sequence[float]], last: int
) -> dict[tuple[str, int, str], float]:
    """Describe what is perceived: source, absolute side and what is sensed there, side after side."""
    found: dict[tuple[str, int, str], float] = {}
    for side in MOVES:
        if seen.get(moved(HERE, side)) == WALL:
            found["wall", side, ""] = 1.0
        cell = nearest(seen, side)
        if cell is None:
            continue
        far = reference.distance(HERE, cell)
        found["seen", side, ".nearness"] = 1.0 / far
        for name, amount in zip(names, features[seen[cell]], strict=True):
            found["seen", side, f".{name}"] = reference.lies(side, HERE, cell) / far * amount
    if last != STAY:
        found["moved", last, ""] = 1.0
    return {sense: amount for sense, amount in found.items() if amount != 0}
