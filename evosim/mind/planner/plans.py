"""Planners: minds that search over plans for the best by their own objective.

A plan is a path to an object to enter, or to a place to be at. In imagination every object ends the
path and pays its utility once, discounted by the steps it takes; a place is an end too, if it is
wanted; not going anywhere is worth 0. What can't be had now (it is not there, or something is
needed for it) is floor. Two searches find the same plan: `value_iteration` for any map and any
slip, and `best_goal` by distances, which is exact while moves are believed certain. Both multiply
in the same order, utility · discount · discount …, and break ties alike: value, then fewer steps,
then the goal with the lower number (objects, then places), then the lower action. Their values are
equal to the last bit; where two plans differ by no more than that, each may take the other's.
"""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, ANY_WAY, EAST, MOVES, NORTH, SIDEWAYS, SOUTH, STAY, WEST, step_of
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, UNREACHED, held
from evosim.numerics.arrays import Acts, Cells, Flags, Reals, Shorts
from evosim.numerics.compiler import inlined_kernel, kernel, rare_kernel
from evosim.numerics.functions import unsigned
from evosim.numerics.random import below

NO_PLAN = -1
BACK = np.array([*(1 << (move + 2) % MOVES for move in range(MOVES)), 0], np.int64)  # [ACTIONS] bit of the way back
OPEN = [[action for action in range(ACTIONS) if ways >> action & 1] or [STAY] for ways in range(1 << ACTIONS)]
DRAWN = [(0, 0, n // 60, n // 20 % 3, n // 5 % 4, n % 5) for n in range(120)]  # by how many ways: which of them
WAY = np.array([[open_ways[drawn[len(open_ways)]] for drawn in DRAWN] for open_ways in OPEN], np.int8)  # [32, 120]


class Belief(NamedTuple):
    """The world as a planner imagines it, and what it wants there: N objects, then Q places."""

    content: Shorts  # [C] the object in the cell, NOTHING, or a BARRIER
    place: Acts  # [C] the place that the cell belongs to, or NOWHERE; [0] where there are none
    present: Flags  # [N] whether the object is there to be had
    utility: Reals  # [N + Q] what entering the object, or ending life at the place, pays by the mesa-objective
    ending: Reals  # [N + Q] what a path that ends there is worth: for an object at a place, both
    columns: int
    slip: float
    slip_kind: int  # as it is in the world
    discount: float  # worth of a utility one step later, times the persistence believed in


class Plans(NamedTuple):
    """The best plan from every cell, in two layers: value iteration writes one while it reads the other."""

    value: Reals  # [2, C] discounted utility; 0 without a plan
    steps: Cells  # [2, C] to the goal, if no move slips
    aim: Cells  # [2, C] the goal, or NO_PLAN


class PlanLayer(NamedTuple):
    """One of the two."""

    value: Reals  # [C]
    steps: Cells  # [C]
    aim: Cells  # [C]


class Option(NamedTuple):
    """One action from one cell, with the best plan after it."""

    value: float
    steps: int | np.int64
    aim: int | np.int64


class Around(NamedTuple):
    """What lies to all sides of a cell, and the best plan from the cell itself."""

    north: Option
    east: Option
    south: Option
    west: Option
    here: Option


class Choice(NamedTuple):
    """The best of all actions from one cell, or NO_PLAN."""

    action: int
    option: Option


class LocalRoom(NamedTuple):
    """What lies around one cell, and room to find it in."""

    distance: Shorts  # [C] steps from there, UNREACHED before and after
    first: Acts  # [C] the lowest action that begins a shortest path
    steps: Shorts  # [N + Q] to each goal
    action: Acts  # [N + Q] the first of them


@inlined_kernel
def fill_worth(utility: Reals, discount: float, horizon: int, out_worth: Reals) -> None:
    """Tabulate `[horizon + 1, N + Q]` what a goal is worth as many steps away; 0 if it is not wanted."""
    for n in range(utility.shape[0]):
        worth = max(utility[n], 0.0)
        out_worth[0, n] = worth
        for steps in range(1, horizon + 1):
            worth *= discount
            out_worth[steps, n] = worth


@inlined_kernel
def best_goal(cell: int, distance: Shorts, worth: Reals, horizon: int) -> int:
    """Choose the goal whose plan from `cell` is best by distances `[C, N + Q]`, or NO_PLAN."""
    best, best_worth, best_steps = NO_PLAN, 0.0, 0
    for n in range(distance.shape[1]):
        steps = distance[unsigned(cell), n]
        if steps > horizon:
            continue
        value = worth[unsigned(steps), n]
        if value > best_worth or (value == best_worth and steps < best_steps):  # no steps are fewer than without a goal
            best, best_worth, best_steps = n, value, steps
    return best


@kernel
def best_worth(cell: int, distance: Shorts, worth: Reals, horizon: int) -> float:
    """Return the value of the best plan from `cell` by distances `[C, N + Q]`; 0 if there is none."""
    best = best_goal(cell, distance, worth, horizon)
    return worth[distance[cell, best], best] if best != NO_PLAN else 0.0


@kernel
def look_around(
    cell: int, horizon: int, cells: Cells, belief: Belief, worth: Reals, queue: Cells, near: LocalRoom
) -> int:
    """Find the first action of the best plan from one cell, by distances from there alone; or NO_PLAN.

    It is the action that `best_goal` and `first_step` choose, with `worth` `[H + 1, N + Q]`. `near` comes, and is
    left, as new.
    """
    objects, goals = cells.shape[0], worth.shape[1]
    count, again, again_first = spread_from(cell, horizon, belief, queue, near)
    near.steps[:] = UNREACHED
    for n in range(objects):
        if belief.present[n]:
            here = cells[n] == cell
            near.steps[n] = again if here else near.distance[cells[n]]
            near.action[n] = again_first if here else near.first[cells[n]]
    if goals > objects:
        for i in range(count):
            other = queue[i]
            if belief.place[other] == NOWHERE:
                continue
            goal = objects + int(belief.place[other])
            steps, first = (0, STAY) if i == 0 else (near.distance[other], int(near.first[other]))
            if steps < near.steps[goal] or (steps == near.steps[goal] and first < near.action[goal]):
                near.steps[goal], near.action[goal] = steps, first
    best, best_value, best_steps = NO_PLAN, 0.0, 0
    for goal in range(goals):
        steps = near.steps[goal]
        if steps > horizon:
            continue
        value = worth[steps, goal]
        if value > best_value or (value == best_value and best != NO_PLAN and steps < best_steps):
            best, best_value, best_steps = goal, value, steps
    for i in range(count):
        near.distance[queue[i]] = UNREACHED
    for n in range(objects):
        near.distance[cells[n]] = UNREACHED
    return NO_PLAN if best == NO_PLAN else int(near.action[best])


@inlined_kernel
def spread_from(cell: int, horizon: int, belief: Belief, queue: Cells, near: LocalRoom) -> tuple[int, int, int]:
    """Measure how far it is from one cell, around all objects, and the lowest first action of a shortest path.

    Return how many free cells there are in the queue `[C]`, the cell itself first, and steps and first action to leave
    the cell and enter it again.
    """
    queue[0] = cell
    near.distance[cell] = 0
    head, count = 0, 1
    again, again_first = UNREACHED, STAY
    while head < count:
        here = int(queue[head])
        head += 1
        steps = int(near.distance[here]) + 1
        if steps > horizon:
            break
        for action in range(MOVES):
            other = here + step_of(action, belief.columns)
            there = held(other, belief.content, belief.present)
            if there == BARRIER:
                continue
            first = action if here == cell else int(near.first[here])
            if other == cell:
                if again == UNREACHED:
                    again, again_first = steps, first
                elif steps == again:
                    again_first = min(again_first, first)
            elif near.distance[other] == UNREACHED:
                near.distance[other] = steps
                near.first[other] = first
                if there == NOTHING:
                    queue[count] = other
                    count += 1
            elif near.distance[other] == steps:
                near.first[other] = min(int(near.first[other]), first)
    return count, again, again_first


@kernel
def value_iteration(belief: Belief, horizon: int, out_plans: Plans) -> int:
    """Find the best plan of up to `horizon` steps from every cell; return the layer it is in."""
    now = int(np.int64(0))
    for cell in range(belief.content.shape[0]):
        known = remain(cell, belief) if belief.content[cell] != BARRIER else Option(0.0, 0, np.int64(NO_PLAN))
        write_option(known, 0, cell, out_plans)
        write_option(known, 1, cell, out_plans)
    for _ in range(horizon):
        then = 1 - now
        changed = sweep(belief, layer_of(now, out_plans), layer_of(then, out_plans))
        now = then
        if not changed:
            break
    return now


@inlined_kernel
def layer_of(layer: int, plans: Plans) -> PlanLayer:
    """Return one of the two layers of plans."""
    return PlanLayer(plans.value[layer], plans.steps[layer], plans.aim[layer])


@inlined_kernel
def write_option(option: Option, layer: int, cell: int, out_plans: Plans) -> None:
    """Write the best plan from a cell."""
    out_plans.value[layer, cell] = option.value
    out_plans.steps[layer, cell] = option.steps
    out_plans.aim[layer, cell] = option.aim


@inlined_kernel
def sweep(belief: Belief, last: PlanLayer, out_plans: PlanLayer) -> bool:
    """Find the best plans that are one step longer than those of the `last` layer; return whether any is another."""
    changed = False
    for cell in range(last.value.shape[0]):
        if belief.content[cell] == BARRIER:
            continue
        best = best_of_all(cell, belief, last).option
        out_plans.value[cell], out_plans.steps[cell], out_plans.aim[cell] = best.value, best.steps, best.aim
        changed |= best.value != last.value[cell] or best.aim != last.aim[cell]
    return changed


@inlined_kernel
def remain(cell: int, belief: Belief) -> Option:
    """Weigh remaining where one is: worth something at a place that is wanted."""
    if belief.place.shape[0] == 0 or belief.place[cell] == NOWHERE:
        return Option(0.0, 0, np.int64(NO_PLAN))
    goal = belief.present.shape[0] + int(belief.place[cell])
    if belief.ending[goal] <= 0.0:
        return Option(0.0, 0, np.int64(NO_PLAN))
    return Option(belief.ending[goal], 0, np.int64(goal))


@kernel
def best_choice(cell: int, belief: Belief, layer: int, plans: Plans) -> Choice:
    """Choose the first action of the best plan from `cell`, given the plans of one step fewer; or NO_PLAN."""
    return best_of_all(cell, belief, layer_of(layer, plans))


@inlined_kernel
def best_of_all(cell: int, belief: Belief, last: PlanLayer) -> Choice:
    """Choose among all actions, given the plans of one step fewer; what lies around is looked at once."""
    best = remain(cell, belief)
    chosen = Choice(STAY if best.value > 0.0 else NO_PLAN, best)
    around = look_about(cell, belief, last)
    if (
        around.north.value <= 0.0
        and around.east.value <= 0.0
        and around.south.value <= 0.0
        and around.west.value <= 0.0
        and around.here.value <= 0.0
    ):
        return chosen  # there is nothing to be had, wherever it leads
    chosen = preferred(chosen, NORTH, bellman(NORTH, around.north, around, belief))
    chosen = preferred(chosen, EAST, bellman(EAST, around.east, around, belief))
    chosen = preferred(chosen, SOUTH, bellman(SOUTH, around.south, around, belief))
    chosen = preferred(chosen, WEST, bellman(WEST, around.west, around, belief))
    return preferred(chosen, STAY, bellman(STAY, around.here, around, belief))


@inlined_kernel
def preferred(best: Choice, action: int, option: Option) -> Choice:
    """Return the better of the best choice so far and another action: by value, steps and goal, the first in a tie."""
    known = best.option
    if option.value <= 0.0 or option.value < known.value:
        return best
    if (
        option.value > known.value
        or option.steps < known.steps
        or (option.steps == known.steps and option.aim < known.aim)
    ):
        return Choice(action, option)
    return best


@kernel
def weigh(action: int, cell: int, belief: Belief, layer: int, plans: Plans) -> Option:
    """Apply the Bellman operator to one action, given the plans of one step fewer."""
    last = layer_of(layer, plans)
    return bellman(action, outlook(action, cell, belief, last), look_about(cell, belief, last), belief)


@inlined_kernel
def bellman(action: int, straight: Option, around: Around, belief: Belief) -> Option:
    """Apply the Bellman operator to one action, which leads `straight` somewhere unless it slips."""
    value = straight.value
    if belief.slip > 0.0 and action != STAY:
        value = (1.0 - belief.slip) * value + astray(action, around, belief)
    return Option(value * belief.discount, straight.steps + 1, straight.aim)


@inlined_kernel
def astray(move: int, around: Around, belief: Belief) -> float:
    """Return what the slips of a move are worth: their chance times the mean of where they lead.

    The terms of each sum are in the order of directions; that of all four is the same for every move.
    """
    north, east, south, west = around.north.value, around.east.value, around.south.value, around.west.value
    if belief.slip_kind == ANY_WAY:
        return belief.slip * (0.0 + north + east + south + west) / 4
    if belief.slip_kind == SIDEWAYS:
        return belief.slip * (0.0 + north + south if move in (EAST, WEST) else 0.0 + east + west) / 2
    first, second = east if move == NORTH else north, south if move in (NORTH, EAST) else east
    return belief.slip * (0.0 + first + second + (south if move == WEST else west)) / 3


@inlined_kernel
def look_about(cell: int, belief: Belief, last: PlanLayer) -> Around:
    """Return what lies on all sides of a cell."""
    return Around(
        outlook(NORTH, cell, belief, last),
        outlook(EAST, cell, belief, last),
        outlook(SOUTH, cell, belief, last),
        outlook(WEST, cell, belief, last),
        outlook(STAY, cell, belief, last),
    )


@inlined_kernel
def outlook(action: int, cell: int, belief: Belief, last: PlanLayer) -> Option:
    """Return what lies where an action leads: an object, or the best plan from there."""
    other = cell + step_of(action, belief.columns)
    n = belief.content[other]
    if action == STAY or n == BARRIER:
        other = cell
    elif n != NOTHING and belief.present[n]:
        return Option(belief.ending[n], 0, np.int64(n))
    return Option(last.value[other], np.int64(last.steps[other]), np.int64(last.aim[other]))


@inlined_kernel
def wander(cell: int, last: int, belief: Belief, key: np.uint64, draw: int) -> int:
    """Choose a random way that leads into nothing unwanted, turning back only if there is no other; else stay."""
    ways, beside = 0, False
    for action in range(MOVES):
        n = belief.content[unsigned(cell + step_of(action, belief.columns))]
        ways |= (1 if n == NOTHING else 0) << action
        beside |= n >= 0
    if beside:
        ways |= ways_into_objects(cell, belief.columns, belief.content, belief.present, belief.ending)
    return take_way(ways, last, key, draw)


@rare_kernel
def ways_into_objects(cell: int, columns: int, content: Shorts, present: Flags, ending: Reals) -> int:
    """Return a bit for each move that leads into an object which isn't there, or isn't unwanted.

    Cells have `content [C]`; objects are `present [N]`, and worth `ending [N + Q]`.
    """
    ways = 0
    for action in range(MOVES):
        n = content[cell + step_of(action, columns)]
        if n >= 0 and (not present[n] or ending[n] >= 0.0):
            ways |= 1 << action
    return ways


@inlined_kernel
def take_way(ways: int, last: int, key: np.uint64, draw: int) -> int:
    """Choose one of the actions that have a bit in `ways` by chance, turning back only if there is no other."""
    onward = ways & ~BACK[unsigned(last)]
    two, three, four, five = below(key, draw, 2), below(key, draw, 3), below(key, draw, 4), below(key, draw, 5)
    drawn = ((two * 3 + three) * 4 + four) * 5 + five  # before it is known how many ways there are: that takes longer
    return int(WAY[unsigned(onward if onward != 0 else ways), unsigned(drawn)])
