"""Plain twins of searches that sample: a tree of dictionaries, and a list of candidate plans."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from reference.cells import MOVES, STAY, Cell, astray, moved
from reference.planner import NO_PLAN
from reference.random import below, fold, uniform
from reference.sampling import TwinWorld


class Life(NamedTuple):
    """A life as it is imagined, at some step of it."""

    cell: Cell
    there: frozenset[int]
    inventory: tuple[int, ...]
    energy: float
    last: int
    over: bool


class Imagination:
    """The world as a planner believes it to be, where moves may slip, and things are taken, carried, needed, eaten."""

    def __init__(
        self, plan: Any, world: TwinWorld, utility: Sequence[float], discount: float, slip: float, horizon: int
    ) -> None:
        self.plan, self.world, self.utility, self.horizon = plan, world, [float(u) for u in utility], horizon
        self.discount, self.slip = float(discount), float(slip)
        self.objects = {cell: n for n, cell in enumerate(world.cells)}

    def being_at(self, cell: Cell) -> float:
        q = self.world.places.get(cell)
        return 0.0 if q is None else max(0.0, self.utility[len(self.world.cells) + q])

    def can_have(self, n: int, life: Life) -> bool:
        return n in life.there and all(
            have >= need for have, need in zip(life.inventory, self.plan.needs[n], strict=True)
        )

    def ways(self, life: Life) -> list[int]:
        if self.slip > 0:
            return list(MOVES)
        ways = [move for move in MOVES if moved(life.cell, move) in self.world.floor]
        back = None if life.last == STAY else (life.last + 2) % 4
        return [move for move in ways if move != back or moved(life.cell, move) in self.objects] or ways

    def welcome(self, life: Life) -> list[int]:
        """List moves that wandering may take, in their order."""
        ways = []
        for move in MOVES:
            other = moved(life.cell, move)
            n = self.objects.get(other)
            shunned = n is not None and self.utility[n] < 0 and self.can_have(n, life)
            ways += [move] if other in self.world.floor and not shunned else []
        onward = [move for move in ways if life.last == STAY or move != (life.last + 2) % 4]
        return onward or ways[:1]

    def after(self, life: Life, move: int, key: int, draw: int) -> tuple[Life, float, int]:
        """Move; give the life after it, what it was paid, and the way that it went."""
        plan, supply, way = self.plan, self.plan.supply, move
        if self.slip > 0 and uniform(key, draw) < self.slip:
            ways = astray(move, plan.slip_kind)
            way = ways[below(key, draw + 1, len(ways))]
        other = moved(life.cell, way)
        fed = supply.initial > 0
        if other not in self.world.floor:
            energy = life.energy - supply.per_tick
            return life._replace(energy=energy, last=way, over=fed and energy <= 0), 0.0, way
        energy = life.energy - (supply.per_tick + supply.per_move)
        onward = life._replace(cell=other, energy=energy, last=way)
        n = self.objects.get(other)
        if n is None or not self.can_have(n, life):
            return onward._replace(over=fed and energy <= 0), 0.0, way
        energy = min(energy + float(plan.energy[n]), plan.supply.most)
        inventory = [have - int(need) for have, need in zip(life.inventory, plan.needs[n], strict=True)]
        inventory[plan.type_of[n]] += bool(plan.carried[n])
        there = life.there - {n} if plan.taken[n] else life.there
        over = bool(plan.ends[n]) or (fed and energy <= 0)
        return Life(other, there, tuple(inventory), energy, STAY, over), self.utility[n], way


class Node:
    """What was earned by each action in a node, one entry a simulation, and the nodes after it."""

    def __init__(self) -> None:
        self.visits = dict.fromkeys((*MOVES, STAY), 0)
        self.total = dict.fromkeys((*MOVES, STAY), 0.0)
        self.after: dict[tuple[int, int], Node] = {}

    def bound(self, action: int, scale: float) -> float:
        often = self.visits[action]
        if not often:
            return math.inf
        return self.total[action] / often + scale * 0.5 * math.sqrt(math.log(sum(self.visits.values())) / often)


class Simulation:
    """One walk down a tree and on, drawn by its own key."""

    def __init__(self, imagination: Imagination, scale: float, key: int) -> None:
        self.imagination, self.scale, self.key, self.draw = imagination, scale, key, 0

    def earn(self, node: Node | None, life: Life, steps: int) -> float:
        """Give what the walk earns from here on; in a node of the tree, what it chose there is remembered."""
        mind = self.imagination
        if life.over or steps == mind.horizon:
            return mind.being_at(life.cell)
        if node is None:
            return self.wander(life, steps)
        rotation, start = below(self.key, self.draw, 5), self.draw
        allowed = {*mind.ways(life), STAY}
        order = [action for k in range(5) if (action := (rotation + k) % 5) in allowed]
        action = max(order, key=lambda each: node.bound(each, self.scale))  # the first of equals
        if action == STAY:
            value = mind.being_at(life.cell)
        else:
            onward, pays, way = mind.after(life, action, self.key, start + 1)
            self.draw = start + 3
            known = node.after.get((action, way))
            if known is None:
                node.after[action, way] = Node()
            value = mind.discount * (pays + self.earn(known, onward, steps + 1))
        node.visits[action] += 1
        node.total[action] += value
        return value

    def wander(self, life: Life, steps: int) -> float:
        mind = self.imagination
        at_last = mind.being_at(life.cell)
        ways = [] if life.over or steps == mind.horizon or at_last > 0 else mind.welcome(life)
        if not ways:
            return at_last
        move = ways[below(self.key, self.draw, len(ways))]
        onward, pays, _ = mind.after(life, move, self.key, self.draw + 1)
        self.draw += 3
        return max(0.0, mind.discount * (pays + self.wander(onward, steps + 1)))


def sampled_action(imagination: Imagination, now: Life, simulations: int, key: int) -> int:
    """Give the action that most simulations chose, or NO_PLAN."""
    root, scale = Node(), max((abs(u) for u in imagination.utility), default=0.0)
    for number in range(simulations):
        Simulation(imagination, scale, fold(key, number)).earn(root, now, 0)
    best = max((*MOVES, STAY), key=lambda action: (root.visits[action], root.total[action], -action))
    return best if root.total[best] > 0 else NO_PLAN


def best_plan(
    imagination: Imagination, now: Life, iterations: int, candidates: int, key: int
) -> tuple[float, list[int]]:
    """Give the best of all plans that are tried while they are improved, and what it earns."""
    horizon = imagination.horizon
    chances = [[0.25] * 4 for _ in range(horizon)]
    best: tuple[float, list[int]] = imagination.being_at(now.cell), []
    for iteration in range(iterations):
        tried = [
            candidate(imagination, now, chances, fold(fold(key, iteration), number)) for number in range(candidates)
        ]
        order = sorted(tried, key=lambda each: (-each[0], len(each[1])))  # the earlier of equals
        if (order[0][0], -len(order[0][1])) > (best[0], -len(best[1])):
            best = order[0]
        elite = [moves for value, moves in order[: -(-candidates // 8)] if value > 0]
        for step in range(horizon):
            of_these = [moves[step] for moves in elite if len(moves) > step]
            if not of_these:
                break
            for move in MOVES:
                mixed = (1 - 0.7) * chances[step][move] + 0.7 * of_these.count(move) / len(of_these)
                chances[step][move] = (1 - 0.1) * mixed + 0.1 / 4
    return best


def candidate(imagination: Imagination, now: Life, chances: list[list[float]], key: int) -> tuple[float, list[int]]:
    """Draw a plan move by move; give it up to where it has earned most."""
    life, earned, power, moves = now, 0.0, 1.0, []
    best: tuple[float, list[int]] = imagination.being_at(now.cell), []
    for step in range(imagination.horizon):
        ways = [] if life.over else imagination.ways(life)
        if not ways:
            break
        left = uniform(key, step)
        total = 0.0
        for way in ways:
            total += chances[step][way]
        left *= total
        for way in ways:
            left -= chances[step][way]
            if left < 0:
                break
        life, pays, _ = imagination.after(life, way, key, step)
        moves = [*moves, way]
        power *= imagination.discount
        earned += power * pays
        value = earned + power * imagination.being_at(life.cell)
        if value > best[0]:
            best = value, moves
    return best
