"""What a mind is to a world that a whole population shares: what it knows there, and the kernels that its kind brings.

A kind that lives in shared worlds (`SharedKind`) has a class for them, a NamedTuple: where its loci stand in a genome,
what is the same for all, and the room in which one mind thinks. For that class it brings the kernels below
(`implements`). They are compiled into the ticks of every scenario whose agents can be of that kind, and into no others.

All agents decide from the same state of the world, in any order and on any thread. So a kernel writes into its own room
only, and begins anew with each agent.
"""

from typing import Any, NamedTuple

import numpy as np

from evosim.mind.nearby import MapView
from evosim.numerics.arrays import Flags, Genes, Reals
from evosim.numerics.compiler import kernel_by_class

FIRST_DRAW, LATER_DRAWS = 0, 6  # of a mind's own random numbers: the first, and the least of all others


class Surroundings(NamedTuple):
    """What there is to perceive at one tick, for everybody; T kinds of things, A agents."""

    map: MapView
    able: Flags  # [A] who can mate now
    features: Reals  # [T + 2, F] of things, then of mating and of having a child, as they are


class SharedAgent(NamedTuple):
    """One agent, as its mind knows it."""

    number: int  # BODY + number stands in its cell
    row: int  # of the map
    column: int
    last: int  # action; STAY if it was in vain
    able: bool  # to mate now
    energy: float
    levels: Reals  # [D] of drives
    genome: Genes  # [L]


class Decision(NamedTuple):
    """What an agent does in this tick."""

    action: int
    courts: bool  # whether it mates with whoever it meets, if both are able and both court
    wants_child: bool  # whether it would rather do without contraception
    thoughts: float  # nominal cost of what it thought, 0 or more


@kernel_by_class(inline=True)
def decide_in_shared_world(mind: Any, agent: SharedAgent, around: Surroundings, key: np.uint64) -> Decision:
    """Choose what one agent does.

    Random numbers are drawn by `key`, the first by `FIRST_DRAW` and all others from `LATER_DRAWS` on: the numbers
    between are the world's.
    """
    raise NotImplementedError


@kernel_by_class(inline=True)
def utility_in_shared_world(mind: Any, genome: Genes, levels: Reals, observed: Reals) -> float:
    """Return the utility of a thing, of mating or of having a child by the mind's own objective; 0 without one.

    It has a genome `[L]` and levels `[D]` of drives, and features `[F]` of that can be observed.
    """
    return 0.0


@kernel_by_class(inline=True)
def perceived_in_shared_world(mind: Any, genome: Genes, feature: int, observed: Reals) -> float:
    """Return one of the features `[F]` as the mind with a genome `[L]` perceives it: by default, as it is."""
    return float(observed[feature])
