"""Tree search: plans through several objects, with what is taken, carried, needed and eaten on the way.

The tree holds every walk of up to `horizon` moves. A walk earns the utility of each object it enters,
discounted by its step, and if it ends at a place, that of being there. What is taken is gone from then
on and doesn't come back in imagination; what is carried opens what needs it; energy runs out and is
filled up. A walk between two entries is best along a shortest path around all other objects, so the
tree is searched by sequences of objects, depth first, with a bound on what the rest could earn: the
best walk is the same as that of the whole tree.
"""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import MOVES, step_of
from evosim.gridworld.rules import can_have, take
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, UNREACHED
from evosim.gridworld.spec import Blueprint
from evosim.mind.planner.imagination import being_at, cost_of
from evosim.mind.planner.plans import NO_PLAN, Belief
from evosim.numerics.arrays import Cells, Flags, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, inlined_kernel, kernel

ROUNDING = 1e-9  # relative; so that a bound is never below what it bounds


class Walk(NamedTuple):
    """The walk that is being tried, entry after entry, and the room to try it in; H + 1 levels."""

    cell: Cells  # [H + 1] where it stands after so many entries
    steps: Cells  # [H + 1] moves made
    earned: Reals  # [H + 1]
    energy: Reals  # [H + 1]
    aim: Cells  # [H + 1] the object tried next, or entered to get to the next level
    distance: Shorts  # [H + 1, C] moves to each cell from there, around all objects
    queue: Cells  # [C]
    there: Flags  # [N] which objects have not been taken on the way
    inventory: Cells  # [T] what is carried
    powers: Reals  # [H + 1] of the discount


class BestWalk(NamedTuple):
    """The best walk: what it earns, how far it is to the first goal on it, and which that is."""

    value: float
    steps: np.int64
    aim: np.int64


@allocating_kernel
def new_walk(horizon: int, cells: int, objects: int, types: int) -> Walk:
    """Make room for walks of up to `horizon` moves; none if that is negative."""
    levels = horizon + 1
    room = cells if levels > 0 else 0
    return Walk(
        cell=np.zeros(levels, np.int32),
        steps=np.zeros(levels, np.int32),
        earned=np.zeros(levels),
        energy=np.zeros(levels),
        aim=np.zeros(levels, np.int32),
        distance=np.zeros((levels, room), np.int16),
        queue=np.zeros(room, np.int32),
        there=np.zeros(objects, np.bool_),
        inventory=np.zeros(types, np.int32),
        powers=np.zeros(levels),
    )


@kernel
def search_tree(
    start: int,
    horizon: int,
    plan: Blueprint,
    cells: Cells,
    belief: Belief,
    there: Flags,
    inventory: Cells,
    energy: float,
    walk: Walk,
) -> BestWalk:
    """Find the best walk of up to `horizon` moves from `start`, where `there` `[N]` says which objects are there.

    Of walks that earn the same, that with fewer moves to its first goal is best, then the lower goal.
    """
    objects, utility = cells.shape[0], belief.utility
    for n in range(objects):
        walk.there[n] = there[n]
    for kind in range(plan.types):
        walk.inventory[kind] = inventory[kind]
    walk.powers[0] = 1.0
    for power in range(1, horizon + 1):
        walk.powers[power] = walk.powers[power - 1] * belief.discount
    lives_on_energy = plan.supply.initial > 0.0
    best = BestWalk(0.0, np.int64(0), np.int64(NO_PLAN))
    walk.cell[0], walk.steps[0], walk.earned[0], walk.energy[0] = start, 0, 0.0, energy
    level = 0
    arrive(level, horizon, plan, belief, walk)
    best = better(best, end_at_a_place(level, horizon, plan, belief, walk))
    while level >= 0:
        walk.aim[level] += 1
        n = int(walk.aim[level])
        if n >= objects or (n == 0 and hopeless(level, horizon, plan, cells, belief, best.value, walk)):
            level -= 1
            if level >= 0:
                take(int(walk.aim[level]), plan, walk.there, walk.inventory, -1)
            continue
        distance = int(walk.distance[level, cells[n]])
        steps = int(walk.steps[level]) + distance
        if distance == UNREACHED or steps > horizon or not can_have(n, plan, walk.there, walk.inventory):
            continue
        left = walk.energy[level] - distance * cost_of(plan)
        if starves(left, plan):
            continue
        earned = walk.earned[level] + utility[n] * walk.powers[steps]
        first, at_the_end = walk.aim[0], earned
        left = min(left + plan.energy[n], plan.supply.most)
        over = plan.ends[n] or (lives_on_energy and left <= 0.0)
        if over:
            at_the_end += being_at(cells[n], belief) * walk.powers[steps]
        best = better(best, BestWalk(at_the_end, np.int64(walk.distance[0, cells[first]]), np.int64(first)))
        if over:
            continue
        take(n, plan, walk.there, walk.inventory, 1)
        level += 1
        walk.cell[level], walk.steps[level], walk.earned[level], walk.energy[level] = cells[n], steps, earned, left
        arrive(level, horizon, plan, belief, walk)
        best = better(best, end_at_a_place(level, horizon, plan, belief, walk))
    return best


@inlined_kernel
def starves(left: float, plan: Blueprint) -> bool:
    """Return whether an agent that would arrive with this much energy dies on the way, before the last move."""
    return plan.supply.initial > 0.0 and left + cost_of(plan) <= 0.0


@kernel
def better(best: BestWalk, other: BestWalk) -> BestWalk:
    """Choose the better of two walks, the first if neither is."""
    if other.value > best.value or (
        other.value == best.value
        and best.aim != NO_PLAN
        and (other.steps < best.steps or (other.steps == best.steps and other.aim < best.aim))
    ):
        return other
    return best


@kernel
def arrive(level: int, horizon: int, plan: Blueprint, belief: Belief, walk: Walk) -> None:
    """Measure how far it is to everywhere from where the walk stands, around what can be entered."""
    distance, queue, here = walk.distance[level], walk.queue, int(walk.cell[level])
    walk.aim[level] = -1
    distance[:] = UNREACHED
    queue[0] = here
    head, count = 0, 1
    farthest = horizon - walk.steps[level]
    again = UNREACHED
    while head < count:
        cell = queue[head]
        head += 1
        reached = 0 if cell == here else int(distance[cell])
        if reached >= farthest:
            break
        for action in range(MOVES):
            other = cell + step_of(action, belief.columns)
            n = belief.content[other]
            if n == BARRIER:
                continue
            is_object = n != NOTHING and can_have(n, plan, walk.there, walk.inventory)
            if other == here:
                if again == UNREACHED:
                    again = reached + 1
            elif distance[other] == UNREACHED:
                distance[other] = reached + 1
                if not is_object:
                    queue[count] = other
                    count += 1
    distance[here] = again  # to leave and enter again


@kernel
def end_at_a_place(level: int, horizon: int, plan: Blueprint, belief: Belief, walk: Walk) -> BestWalk:
    """Weigh ending the walk at the best place from where it stands."""
    best = BestWalk(0.0, np.int64(0), np.int64(NO_PLAN))
    objects, utility = belief.present.shape[0], belief.utility
    for cell in range(belief.place.shape[0]):
        if belief.place[cell] == NOWHERE or belief.content[cell] == BARRIER:
            continue
        goal = objects + int(belief.place[cell])
        distance = 0 if cell == walk.cell[level] else int(walk.distance[level, cell])
        steps = walk.steps[level] + distance
        if distance == UNREACHED or steps > horizon or utility[goal] <= 0.0:
            continue
        n = belief.content[cell]
        if distance > 0 and n != NOTHING and can_have(n, plan, walk.there, walk.inventory):
            continue
        if distance > 0 and starves(walk.energy[level] - distance * cost_of(plan), plan):
            continue
        value = walk.earned[level] + utility[goal] * walk.powers[steps]
        if level == 0:
            best = better(best, BestWalk(value, np.int64(distance), np.int64(goal)))
        else:
            best = better(best, BestWalk(value, np.int64(walk.distance[0, walk.cell[1]]), np.int64(walk.aim[0])))
    return best


@kernel
def hopeless(
    level: int,
    horizon: int,
    plan: Blueprint,
    cells: Cells,
    belief: Belief,
    best: float,
    walk: Walk,
) -> bool:
    """Return whether a walk can't become as good as the best, even if all objects `[N]` were as near as they can be."""
    here, columns, utility = int(walk.cell[level]), belief.columns, belief.utility
    steps = int(walk.steps[level])
    hope, ending = walk.earned[level], 0.0
    for n in range(cells.shape[0]):
        if not walk.there[n] or utility[n] <= 0.0:
            continue
        there = int(cells[n])
        apart = abs(there // columns - here // columns) + abs(there % columns - here % columns)
        soonest = steps + max(apart, 1)
        if soonest > horizon:
            continue
        worth = utility[n] * walk.powers[soonest]
        if plan.ends[n]:
            ending = max(ending, worth)
        elif plan.taken[n]:
            hope += worth
        else:  # again and again
            hope += worth / (1.0 - belief.discount * belief.discount)
    hope += ending
    place = 0.0
    for goal in range(cells.shape[0], utility.shape[0]):
        place = max(place, utility[goal])
    hope += place * walk.powers[steps]
    return bool(hope == walk.earned[level]) or hope + ROUNDING * abs(hope) < best
