"""What a planner wants of the things in a world, and what it believes can be had."""

from typing import Any, NamedTuple

import numpy as np

from evosim.gridworld.rules import can_have
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import Percept, Situation, perceive
from evosim.mind.planner.plans import Belief
from evosim.numerics.arrays import Cells, Flags, Ids, Reals
from evosim.numerics.compiler import allocating_kernel, inlined_kernel, rare_kernel

LAYER, AIM, UNCHANGED, INDIFFERENT = range(4)  # what stands in `Wants.state`
SLIP, DISCOUNT = range(2)  # in `Wants.beliefs`
UNPLANNED = -2  # instead of a layer of plans


class Wants(NamedTuple):
    """What things and places are worth in one world, as far as the agent knows; N objects, then Q places."""

    state: Ids  # [4] where the plan is, its goal, whether the map is the atlas's, whether nothing is wanted
    beliefs: Reals  # [2] chance that a move goes astray; worth of a utility one step later, times persistence
    perceived: Reals  # [N + Q, F] where detectors stand between features and the mind, or [0, 0]
    usable: Flags  # [N] objects that can be had
    utility: Reals  # [N + Q] of entering an object, of ending life at a place
    ending: Reals  # [N + Q] of a path that ends there: for an object at a place, both


@allocating_kernel
def new_wants(detects: bool, plan: Blueprint) -> Wants:
    """Make room for what is wanted in one world."""
    objects, goals = plan.type_of.shape[0], plan.fixed.shape[0]
    looks = (goals, plan.fixed.shape[1]) if detects else (0, 0)
    return Wants(
        np.zeros(4, np.int64), np.zeros(2), np.zeros(looks), np.zeros(objects, np.bool_), np.zeros(goals),
        np.zeros(goals),
    )  # fmt: skip


@inlined_kernel
def longest_of(numbers: Cells, rows: Ids) -> int:
    """Return the largest of the numbers `[P]` of some `rows` `[M]`, or 0."""
    longest = 0
    for p in rows:
        longest = max(longest, numbers[p])
    return longest


@inlined_kernel
def want(minds: Any, p: int, percept: Percept, hunger: float, wants: Wants) -> None:
    """Sum the weights of each object's and place's features; all zero for a mind that has no objective.

    A place can be wanted, not shunned: none is worth less than 0. Where an object stands at a place, a path that ends
    there is worth both.
    """
    utility, ending, objective, place = wants.utility, wants.ending, minds.objective, percept.place
    features = wants.perceived if wants.perceived.shape[0] > 0 else percept.features
    objects, count = percept.cells.shape[0], features.shape[1]
    weighs = objective.shape[1] > 0
    for n in range(features.shape[0]):
        utility[n] = 0.0
        if weighs:
            for f in range(count):
                weight = objective[p, f]
                if minds.drives > 0:
                    weight += hunger * objective[p, count + f]
                utility[n] += weight * features[n, f]
        if n >= objects:
            utility[n] = max(utility[n], 0.0)
        ending[n] = utility[n]
    if place.shape[0] > 0:
        for n in range(objects):
            if place[percept.cells[n]] != NOWHERE:
                ending[n] += utility[objects + place[percept.cells[n]]]
    wanted = 0
    for n in range(ending.shape[0]):
        wanted += ending[n] > 0.0
    wants.state[INDIFFERENT] = 1 if wanted == 0 else 0


@rare_kernel
def want_anew(minds: Any, p: int, percept: Percept, hunger: float, wants: Wants) -> None:
    """Do as `want`, in the middle of a life."""
    want(minds, p, percept, hunger, wants)


@inlined_kernel
def find_usable(plan: Blueprint, now: Situation, wants: Wants) -> None:
    """Update which objects can be had, as far as the agent knows; plans have to be made anew."""
    everything = True
    for n in range(wants.usable.shape[0]):
        wants.usable[n] = can_have(n, plan, now.there, now.inventory)
        everything &= wants.usable[n]
    wants.state[UNCHANGED] = 1 if everything else 0
    wants.state[LAYER] = UNPLANNED


@inlined_kernel
def begin_wanting(
    minds: Any, p: int, slip: float, plan: Blueprint, percept: Percept, now: Situation, wants: Wants
) -> None:
    """Begin in a world, where moves are believed to `slip`."""
    wants.beliefs[SLIP], wants.beliefs[DISCOUNT] = slip, minds.discount[p] * minds.persistence[p]
    if wants.perceived.shape[0] > 0:
        perceive(p, percept.features, minds.detectors, minds.sharpness, wants.perceived)
    want(minds, p, percept, now.hunger, wants)
    find_usable(plan, now, wants)


@inlined_kernel
def usable_changed(minds: Any, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Any) -> None:
    """Notice that what can be had has changed: the plan is no longer good."""
    find_usable(plan, now, room.wants)


@inlined_kernel
def hunger_changed(minds: Any, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Any) -> bool:
    """Want what the hunger of now makes worth wanting: the plan is no longer good."""
    if minds.drives > 0:
        want_anew(minds, p, percept, now.hunger, room.wants)
        room.wants.state[LAYER] = UNPLANNED
    return bool(minds.drives > 0)


@inlined_kernel
def mesa_utility(minds: Any, p: int, goal: int, room: Any) -> float:
    """Return what an object or a place pays by the mesa-objective."""
    return float(room.wants.utility[goal])


@inlined_kernel
def belief_of(plan: Blueprint, percept: Percept, wants: Wants) -> Belief:
    """Put together the world as a planner imagines it, and what it wants there."""
    return Belief(
        percept.believed, percept.place, wants.usable, wants.utility, wants.ending, plan.columns, wants.beliefs[SLIP],
        plan.slip_kind, wants.beliefs[DISCOUNT],
    )  # fmt: skip
