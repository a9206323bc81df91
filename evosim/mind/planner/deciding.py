"""How planners decide, whatever their algorithm: by the best plan that a search finds, at random where it finds none.

The planners of an algorithm have a class of their own, a NamedTuple of arrays with P rows, and for it a search
(`searches`), which is compiled into the decision. Their room holds what they want, as `wants`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import LAST, Percept, Situation, decide, notice_change, notice_hunger, utility_of, wake
from evosim.mind.planner.plans import NO_PLAN, Belief, wander
from evosim.mind.planner.wanting import begin_wanting, belief_of, hunger_changed, mesa_utility, usable_changed
from evosim.numerics.arrays import Ids
from evosim.numerics.compiler import implements, inlined_kernel, kernel_by_class

F = TypeVar("F", bound=Callable[..., Any])


@kernel_by_class(inline=True)
def search_plans(
    minds: Any,
    p: int,
    plan: Blueprint,
    percept: Percept,
    belief: Belief,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: Any,
) -> int:
    """Return the action that individual `p` plans to take, or NO_PLAN; its nominal cost is added to `memory` `[2]`."""
    raise NotImplementedError


@kernel_by_class(inline=True)
def believed_slip(minds: Any, p: int, plan: Blueprint) -> float:
    """Return the chance that individual `p` gives to a slip; by default none: moves are imagined to succeed."""
    return 0.0


@inlined_kernel
def slip_or_truth(minds: Any, p: int, plan: Blueprint) -> float:
    """Return the chance that beliefs give to a slip, where they have one: NaN stands for the true one."""
    return plan.slip if np.isnan(minds.slip[p]) else minds.slip[p]


@inlined_kernel
def begin_planning(minds: Any, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Any) -> None:
    """Begin a life: look at what there is, and plan nothing yet."""
    begin_wanting(minds, p, believed_slip(minds, p, plan), plan, percept, now, room.wants)


@inlined_kernel
def decide_by_search(
    minds: Any,
    p: int,
    plan: Blueprint,
    percept: Percept,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: Any,
) -> int:
    """Return the action that is planned; wander if nothing that is wanted was found. `memory` is `[2]`."""
    belief = belief_of(plan, percept, room.wants)
    action = search_plans(minds, p, plan, percept, belief, now, key, draw, memory, room)
    return wander(now.cell, memory[LAST], belief, key, draw) if action == NO_PLAN else action


def searches(of: type) -> Callable[[F], F]:
    """Return a decorator: the function is the search of a class of planners, who do all else as all planners do."""
    implements(wake, of)(begin_planning)
    implements(notice_change, of)(usable_changed)
    implements(notice_hunger, of)(hunger_changed)
    implements(utility_of, of)(mesa_utility)
    implements(decide, of)(decide_by_search)
    return implements(search_plans, of)
