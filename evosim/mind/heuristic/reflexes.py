"""Heuristics: reactive minds, optimized but no optimizers.

The policy is one function of what is ahead, right, behind and left, asked four times: once for
each way the agent could turn. So what it has learned in one direction it knows in all four.
Senses: walls next to it; on each side the nearest object in sight, with its features; the
object it saw last, when none is in sight; the way it came; how hungry it is, where minds have
that drive. The function is linear, or has one hidden layer of tanh units.
"""

import numpy as np

from evosim.gridworld.actions import MOVES, step_of
from evosim.gridworld.rules import within
from evosim.gridworld.shortest_paths import BARRIER
from evosim.numerics.arrays import Bytes, Cells, Flags, Reals, Shorts
from evosim.numerics.compiler import inlined_kernel, kernel

NOBODY = -1
SIDE, FIRST, WIDTH = range(3)  # of a sense: where it lies, and where its four weights begin and how far apart


@kernel
def notice(
    cell: int,
    columns: int,
    vision: int,
    cells: Cells,
    present: Flags,
    visible: Bytes,
    remembered: int,
    out_nearest: Cells,
) -> int:
    """Find the nearest object in sight on each side `[MOVES]`, or NOBODY; return the object to remember."""
    out_nearest[:] = NOBODY
    latest, latest_distance = NOBODY, 0
    for n in range(cells.shape[0]):
        if not present[n] or visible[cell, n] == 0 or cells[n] == cell:
            continue
        if vision > 0 and not within(vision, cell, cells[n], columns):
            continue
        distance = steps_between(cell, cells[n], columns)
        for side in range(MOVES):
            if offset(side, cell, cells[n], columns) > 0:
                rival = out_nearest[side]
                if rival == NOBODY or distance < steps_between(cell, cells[rival], columns):
                    out_nearest[side] = n
        if latest == NOBODY or distance < latest_distance:
            latest, latest_distance = n, distance
    if latest != NOBODY:
        return latest
    return remembered if remembered != NOBODY and present[remembered] else NOBODY


@inlined_kernel
def offset(side: int, cell: int, target: int, columns: int) -> int:
    """Return how many cells `target` lies to one side (north, east, south, west); negative on the opposite side."""
    if side == 0 or side == 2:
        down = target // columns - cell // columns
        return down if side == 2 else -down
    across = target % columns - cell % columns
    return across if side == 1 else -across


@inlined_kernel
def steps_between(cell: int, target: int, columns: int) -> int:
    """Count the steps between two cells if nothing were in the way."""
    return abs(target // columns - cell // columns) + abs(target % columns - cell % columns)


@kernel
def sense(
    cell: int,
    columns: int,
    content: Shorts,
    cells: Cells,
    features: Reals,
    nearest: Cells,
    remembered: int,
    out_senses: Cells,
    out_amounts: Reals,
) -> int:
    """List what is sensed around a cell and is not zero, `[S, 3]`, and the amounts `[S]`; return how many there are.

    That is all but how the agent came there.
    """
    width = 1 + features.shape[1]
    seen_at, remembered_at = MOVES, MOVES * (1 + width)
    count = 0
    in_sight = False
    for side in range(MOVES):
        in_sight |= nearest[side] != NOBODY
    for side in range(MOVES):
        if content[cell + step_of(side, columns)] == BARRIER:
            count = note_sense(count, side, 0, 1, 1.0, out_senses, out_amounts)
        n, first = (nearest[side], seen_at) if in_sight else (remembered, remembered_at)
        if n == NOBODY or offset(side, cell, cells[n], columns) <= 0:
            continue
        distance = steps_between(cell, cells[n], columns)
        share = offset(side, cell, cells[n], columns) / distance
        for f in range(width):
            amount = 1.0 / distance if f == 0 else share * features[n, f - 1]
            if amount != 0.0:
                count = note_sense(count, side, first + f, width, amount, out_senses, out_amounts)
    return count


@inlined_kernel
def note_sense(
    count: int, side: int, first: int, width: int, amount: float, out_senses: Cells, out_amounts: Reals
) -> int:
    """Write one sense behind `count` others of `[S, 3]`; return how many there are now."""
    out_senses[count, SIDE], out_senses[count, FIRST], out_senses[count, WIDTH] = side, first, width
    out_amounts[count] = amount
    return count + 1


@kernel
def react(
    p: int,
    last: int,
    levels: Reals,
    drives: int,
    count: int,
    senses: Cells,
    amounts: Reals,
    weights: Reals,
    out: Reals,
    sums: Reals,
    out_scores: Reals,
) -> None:
    """Score the four moves from `count` senses and `levels` `[D]` of drives.

    `weights` are `[P, I, max(H, 1)]`, `out` is `[P, H]`.
    """
    begin_sums(p, last, levels, drives, weights, sums)
    for s in range(count):
        add_sense(p, senses[s, SIDE], senses[s, FIRST], senses[s, WIDTH], amounts[s], weights, sums)
    score_moves(p, out, sums, out_scores)


@inlined_kernel
def begin_sums(p: int, last: int, levels: Reals, drives: int, weights: Reals, out_sums: Reals) -> None:
    """Begin the sums `[MOVES, max(H, 1)]` by what is sensed alike whichever way the agent turns."""
    units, bias = weights.shape[2], weights.shape[1] - 1
    stayed = 0.0 if last < MOVES else 1.0
    for turn in range(MOVES):
        for h in range(units):
            out_sums[turn, h] = weights[p, bias, h] + stayed * weights[p, bias - 1, h]
            for d in range(drives):
                out_sums[turn, h] += levels[d] * weights[p, bias - 1 - drives + d, h]


@inlined_kernel
def add_sense(p: int, side: int, first: int, width: int, amount: float, weights: Reals, out_sums: Reals) -> None:
    """Add one sense to the sums `[MOVES, max(H, 1)]` of all four turns."""
    for turn in range(MOVES):
        i = first + width * ((side - turn) & 3)
        for h in range(weights.shape[2]):
            out_sums[turn, h] += weights[p, i, h] * amount


@inlined_kernel
def score_moves(p: int, out: Reals, sums: Reals, out_scores: Reals) -> None:
    """Score the four moves by their sums `[MOVES, max(H, 1)]`, or by what hidden units make of them."""
    for turn in range(MOVES):
        out_scores[turn] = sums[turn, 0]
        if out.shape[1] > 0:
            out_scores[turn] = 0.0
            for h in range(sums.shape[1]):
                out_scores[turn] += out[p, h] * np.tanh(sums[turn, h])
