"""A plain twin of tree search: every walk of up to so many moves."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from reference.cells import MOVES, Cell, moved
from reference.planner import NO_PLAN
from reference.sampling import TwinWorld


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
