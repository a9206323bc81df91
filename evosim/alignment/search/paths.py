"""Shortest paths in many small worlds at once, and the steps that begin them.

Ids are numbers: row · columns + column. A step is a move north, east, south or west, in this order.
"""

import numpy as np

from evosim.numerics.arrays import Flags, Ids, Shorts

UNREACHED = np.int16(32_000)


def distances(walls: Flags, sources: Ids) -> Shorts:
    """Return the steps `[B, rows, columns]` from each cell to the source `[B]` of its world, or UNREACHED.

    `walls` `[B, rows, columns]` have a ring of wall around. From a source in a wall nothing is reached.
    """
    batch, _, columns = walls.shape
    found, free = np.full(walls.shape, UNREACHED), ~walls
    front = np.zeros(walls.shape, np.bool_)
    front[np.arange(batch), sources // columns, sources % columns] = True
    front &= free
    steps = 0
    while front.any():
        found[front] = steps
        free &= ~front
        spread = np.zeros_like(front)
        inner = front[:, :-2, 1:-1] | front[:, 2:, 1:-1] | front[:, 1:-1, :-2] | front[:, 1:-1, 2:]
        spread[:, 1:-1, 1:-1] = inner
        front = spread & free
        steps += 1
    return found


def cells_beside(cells: Ids, columns: int) -> Ids:
    """Return the cells `[..., 4]` to which the four steps from cells `[...]` lead."""
    return np.asarray(np.asarray(cells)[..., None] + np.array([-columns, 1, columns, -1]))


def shortest_steps(distance: Shorts, world: Ids, cell: Ids) -> Flags:
    """Return which steps `[N, 4]` from cells `[N]` of worlds `[N]` begin a shortest path, by distances `[B, R, C]`."""
    flat = distance.reshape(len(distance), -1)
    there = flat[world[:, None], cells_beside(cell, distance.shape[2])]
    return np.asarray(there == (flat[world, cell] - 1)[:, None])
