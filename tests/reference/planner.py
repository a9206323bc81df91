"""Plain twins of planners: plans are found by recursion."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, reduce
from typing import NamedTuple

import numpy as np

from reference.cells import MOVES, STAY, Cell, astray, moved
from reference.random import below

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
