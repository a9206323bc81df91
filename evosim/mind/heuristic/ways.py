"""Ways as heuristics can know them, which then have the map that planners have: how far it is to what, on each side.

It is no search for what is wanted: the distances are given, and which of them to follow has to be learned.
"""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import MOVES, step_of
from evosim.gridworld.rules import can_have
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, UNREACHED, held, survey
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import Percept, Situation
from evosim.mind.heuristic.reflexes import note_sense
from evosim.numerics.arrays import Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, inlined_kernel, kernel

UNCHANGED, MEASURED = range(2)  # what stands in `Ways.state`


class Ways(NamedTuple):
    """What one heuristic knows of the ways on its map; N objects, Q places. Who knows none has room for none."""

    state: Ids  # [2] whether the map is the atlas's, or else whether distances are measured
    usable: Flags  # [N] objects that can be had; others are floor
    distance: Shorts  # [C, N + Q] as in the atlas, for the map as it is now
    queue: Cells  # [C]


@allocating_kernel
def new_ways(known: bool, cells: int, plan: Blueprint) -> Ways:
    """Make room for the ways of a world, if they are known."""
    objects, goals = (plan.type_of.shape[0], plan.fixed.shape[0]) if known else (0, 0)
    room = cells if known else 0
    return Ways(
        np.ones(2, np.int64), np.zeros(objects, np.bool_), np.zeros((room, goals), np.int16), np.zeros(room, np.int32)
    )


@inlined_kernel
def find_ways(plan: Blueprint, now: Situation, ways: Ways) -> None:
    """Update which objects can be had, as far as the agent knows; distances have to be measured anew."""
    everything = True
    for n in range(ways.usable.shape[0]):
        ways.usable[n] = can_have(n, plan, now.there, now.inventory)
        everything &= ways.usable[n]
    ways.state[UNCHANGED] = 1 if everything else 0
    ways.state[MEASURED] = 0


@kernel
def sense_ways(
    count: int,
    cell: int,
    columns: int,
    percept: Percept,
    features: Reals,
    ways: Ways,
    out_senses: Cells,
    out_amounts: Reals,
) -> int:
    """List how near features `[N + Q, F]` are by ways that begin on each side, behind `count` senses of `[S, 3]`.

    Return how many there are now.
    """
    if ways.state[UNCHANGED] == 0 and ways.state[MEASURED] == 0:
        survey(percept.cells, columns, percept.believed, ways.usable, percept.place, ways.queue, ways.distance)
        ways.state[MEASURED] = 1
    distance = percept.distance if ways.state[UNCHANGED] != 0 else ways.distance
    width = features.shape[1]
    first = MOVES * (2 + 2 * (1 + width))
    for side in range(MOVES):
        other = cell + step_of(side, columns)
        there = held(other, percept.believed, ways.usable)
        if there == BARRIER:
            continue
        for f in range(width):
            amount = nearness(f, other, there, features, distance)
            if amount != 0.0:
                count = note_sense(count, side, first + f, width, amount, out_senses, out_amounts)
    return count


@inlined_kernel
def nearness(f: int, cell: int, there: int, features: Reals, distance: Shorts) -> float:
    """Return how near one of the features `[N + Q, F]` is by ways that begin with the step into a cell.

    Of all objects and places, it is the largest of the feature divided by the steps it takes to be there. `there` is
    what stands in the cell, or NOTHING; `distance` `[C, N + Q]` is that of the map.
    """
    nearest = 0.0
    for n in range(features.shape[0]):
        if there != NOTHING and there != n:
            continue  # the way ends at the object in the cell
        steps = 1 if there == n else 1 + int(distance[cell, n])
        if steps <= UNREACHED:
            nearest = max(nearest, features[n, f] / steps)
    return nearest
