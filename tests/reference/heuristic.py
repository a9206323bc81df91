"""Plain twins of heuristics: what they notice, how they score and choose."""

import math
from collections.abc import Sequence
from functools import reduce
from itertools import accumulate

from reference.cells import MOVES, SIDES, STAY, Cell, moved
from reference.planner import add
from reference.random import uniform
from reference.shortest_paths import sees, ways_to


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
    ways: dict[tuple[str, int, str], float] | None = None,
) -> dict[tuple[str, int, str], float]:
    """Describe what is perceived: source, absolute side and what is sensed there, side after side, and last `ways`."""
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
    found |= ways or {}
    if last != STAY:
        found["moved", last, ""] = 1.0
    return found


def ways_by(
    cell: Cell,
    floor: set[Cell],
    usable: dict[Cell, int],
    places: dict[Cell, int],
    features: Sequence[Sequence[float]],
    names: Sequence[str],
) -> dict[tuple[str, int, str], float]:
    """Say of each side, by which walks begin, how much there is of each feature at the end, divided by the steps.

    Places are numbered behind all things; a walk ends at the first object that it enters.
    """
    goals: dict[int, Cell | set[Cell]] = {n: at for at, n in usable.items()}
    goals |= {q: {at for at, place in places.items() if place == q} for q in places.values()}
    tables = {n: ways_to(goal, floor, set(usable)) for n, goal in goals.items()}
    found: dict[tuple[str, int, str], float] = {}
    for side in MOVES:
        other = moved(cell, side)
        if other not in floor:
            continue
        if other in usable:
            steps = {usable[other]: 1}
        else:
            steps = {n: 1 + table[other][0] for n, table in tables.items() if other in table}
        for f, name in enumerate(names):
            if amount := max((features[n][f] / steps[n] for n in steps), default=0.0):
                found["way", side, f".{name}"] = amount
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
