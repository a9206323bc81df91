"""Open loops in grids: their kernels."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import Percept, Situation, decide, new_room
from evosim.numerics.arrays import Acts, Ids
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel


class OpenLoops(NamedTuple):
    """P open loops of T actions."""

    sequence: Acts  # [P, T]


class Nothing(NamedTuple):
    """The room of who doesn't think."""

    nothing: Ids  # [0]


@implements(new_room, OpenLoops)
@allocating_kernel
def no_room(minds: OpenLoops, rows: Ids, cells: int, plan: Blueprint) -> Nothing:
    """Return no working memory: none of `rows` `[M]` needs any."""
    return Nothing(np.zeros(0, np.int64))


@implements(decide, OpenLoops)
@inlined_kernel
def recite(
    minds: OpenLoops,
    p: int,
    plan: Blueprint,
    percept: Percept,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: Nothing,
) -> int:
    """Return the action of this tick, whatever is perceived; the last is followed by the first. `memory` is `[2]`."""
    return int(minds.sequence[p, now.tick % minds.sequence.shape[1]])
