"""Plan optimization: a sequence of moves that is improved in imagination, by the cross-entropy method.

After Universal Planning Networks (Srinivas et al. 2018), where a plan is improved by gradient descent through a learned
model; moves have no gradient, so here it is the cross-entropy method (Rubinstein 1999): draw candidates, take the best,
and make their moves more likely in the next iteration. Moves are imagined to succeed.
"""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import MOVES, STAY
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import Situation
from evosim.mind.planner.imagination import Imagined, being_at, imagine_anew, imagine_move, new_imagined, ways_on
from evosim.mind.planner.plans import Belief
from evosim.numerics.arrays import Acts, Cells, Flags, Ids, Reals
from evosim.numerics.compiler import allocating_kernel, inlined_kernel, kernel
from evosim.numerics.random import fold, uniform

ELITE = 8  # candidates of which one is taken for the next iteration
LEARNING = 0.7  # share of a move's chance that comes of these
BLIND = 0.1  # share of it that all moves have alike, so that none is ever given up


class PlanRoom(NamedTuple):
    """Room for M candidates of up to H moves, and for the plan."""

    chance: Reals  # [H, MOVES] of each move at each step
    action: Acts  # [M, H]
    value: Reals  # [M] what a candidate earns, if it ends where that is most
    length: Cells  # [M] moves until there
    taken: Flags  # [M] whether it is among the elite
    elite: Ids  # [M / ELITE, rounded up]
    plan: Acts  # [H] the best candidate of all iterations
    imagined: Imagined


class FoundPlan(NamedTuple):
    """What the best candidate of all iterations earns, and its moves until then."""

    value: float
    length: int


@allocating_kernel
def new_plan_room(candidates: int, horizon: int, objects: int, types: int) -> PlanRoom:
    """Make room for plans of up to `horizon` moves; none if that is 0."""
    return PlanRoom(
        chance=np.zeros((horizon, MOVES)),
        action=np.zeros((candidates, horizon), np.int8),
        value=np.zeros(candidates),
        length=np.zeros(candidates, np.int32),
        taken=np.zeros(candidates, np.bool_),
        elite=np.zeros((candidates + ELITE - 1) // ELITE, np.int64),
        plan=np.zeros(horizon, np.int8),
        imagined=new_imagined(objects, types),
    )


@kernel
def optimize_plan(
    horizon: int, iterations: int, plan: Blueprint, belief: Belief, now: Situation, key: np.uint64, room: PlanRoom
) -> FoundPlan:
    """Improve a plan of up to `horizon` moves over so many iterations; the best that was tried is in `room.plan`.

    Of candidates that earn the same the shorter is better, then the earlier. To do nothing is tried first.
    """
    for step in range(horizon):
        for move in range(MOVES):
            room.chance[step, move] = 1.0 / MOVES
    best = FoundPlan(being_at(now.cell, belief), int(np.int64(0)))
    for iteration in range(iterations):
        drawn = fold(key, iteration)
        for m in range(room.value.shape[0]):
            found = try_candidate(m, horizon, plan, belief, now, fold(drawn, m), room)
            room.value[m], room.length[m] = found.value, found.length
            if found.value > best.value or (found.value == best.value and found.length < best.length):
                best = found
                for step in range(found.length):
                    room.plan[step] = room.action[m, step]
        if iteration + 1 < iterations:
            learn_from(choose_elite(room), horizon, room)
    return best


@inlined_kernel
def try_candidate(
    m: int, horizon: int, plan: Blueprint, belief: Belief, now: Situation, key: np.uint64, room: PlanRoom
) -> FoundPlan:
    """Draw candidate `m` while it is imagined; return what it earns where it is best to end, and the moves to there."""
    imagine_anew(now, room.imagined)
    cell, energy, last, over = int(np.int64(now.cell)), now.energy, int(np.int64(STAY)), False
    earned, power = 0.0, 1.0
    best = FoundPlan(being_at(now.cell, belief), int(np.int64(0)))
    for step in range(horizon):
        ways = ways_on(cell, last, belief)
        if over or ways == 0:
            break
        move = draw_move(ways, uniform(key, step), room.chance[step])
        room.action[m, step] = move
        comes = imagine_move(move, cell, energy, plan, belief, key, step, room.imagined)
        cell, energy, over = comes.cell, comes.energy, comes.over
        last = int(np.int64(STAY)) if comes.enters else comes.way
        power *= belief.discount
        earned += power * comes.pays
        value = earned + power * being_at(cell, belief)
        if value > best.value:
            best = FoundPlan(value, int(np.int64(step + 1)))
    return best


@inlined_kernel
def draw_move(ways: int, chance: float, chances: Reals) -> int:
    """Draw one of the moves that have a bit in `ways`, in proportion to their `chances [MOVES]`."""
    total = 0.0
    for move in range(MOVES):
        if (ways >> move) & 1:
            total += chances[move]
    left, drawn = chance * total, STAY
    for move in range(MOVES):
        if (ways >> move) & 1:
            drawn = move
            left -= chances[move]
            if left < 0.0:
                break
    return drawn


@inlined_kernel
def is_better(one: int, other: int, room: PlanRoom) -> bool:
    """Whether a candidate earns more than another, or as much with fewer moves."""
    same = room.value[one] == room.value[other]
    return bool(room.value[one] > room.value[other] or (same and room.length[one] < room.length[other]))


@inlined_kernel
def choose_elite(room: PlanRoom) -> int:
    """Choose the best candidates that earn anything; return how many these are."""
    for m in range(room.value.shape[0]):
        room.taken[m] = False
    for k in range(room.elite.shape[0]):
        best = -1
        for m in range(room.value.shape[0]):
            if not room.taken[m] and room.value[m] > 0.0 and (best < 0 or is_better(m, best, room)):
                best = m
        if best < 0:
            return k
        room.taken[best] = True
        room.elite[k] = best
    return int(room.elite.shape[0])


@inlined_kernel
def learn_from(count: int, horizon: int, room: PlanRoom) -> None:
    """Make moves of the first `count` of the elite more likely, step by step as far as any of them goes."""
    for step in range(horizon):
        longer = 0
        for k in range(count):
            longer += 1 if room.length[room.elite[k]] > step else 0
        if longer == 0:
            break
        for move in range(MOVES):
            often = 0
            for k in range(count):
                m = room.elite[k]
                often += 1 if room.length[m] > step and room.action[m, step] == move else 0
            mixed = (1.0 - LEARNING) * room.chance[step, move] + LEARNING * often / longer
            room.chance[step, move] = (1.0 - BLIND) * mixed + BLIND / MOVES
