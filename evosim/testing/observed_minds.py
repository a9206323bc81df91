"""Kernels of a kind of mind, observed as they are called in lives: what they return, and what they write to.

`ObservedKind` stands for another kind and asks it for everything. Its minds are `Observed` ones, for whose class there
are kernels that call those of the other, and look at all arrays before and after. They run as plain Python only.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS
from evosim.mind import contract
from evosim.mind.contract import LAST, THOUGHT
from evosim.mind.kind import Genotypes, SharedKind
from evosim.mind.phenotype import Phenotypes
from evosim.mind.segments import GenomeLayout, Segment
from evosim.mind.shared_contract import (
    Decision,
    decide_in_shared_world,
    perceived_in_shared_world,
    utility_in_shared_world,
)
from evosim.numerics.arrays import Cells, Flags, Reals
from evosim.numerics.compiler import implements
from evosim.scenario.schema.scenario import Scenario
from evosim.testing.conformance import ConformanceError, is_same

IN_GRIDS = (
    contract.new_room,
    contract.wake,
    contract.notice_change,
    contract.notice_hunger,
    contract.decide,
    contract.utility_of,
)


class Observed(NamedTuple):
    """Minds of a kind that is checked, in grids or in a shared world."""

    who: str
    minds: Any


class ObservedKind(SharedKind):
    """A kind of mind that does what another does, and is observed."""

    def __init__(self, kind: Any, who: str) -> None:
        self.kind, self.who = kind, who
        self.name, self.look, self.wants = kind.name, kind.look, kind.wants  # type: ignore[misc]

    def segments(self, scenario: Scenario) -> list[Segment]:
        """Return the segments of its genome."""
        return list(self.kind.segments(scenario))

    def express(self, scenario: Scenario, genotypes: Genotypes) -> Any:
        """Return what only this kind has."""
        return self.kind.express(scenario, genotypes)

    def description(self, scenario: Scenario, genotypes: Genotypes) -> Reals:
        """Return how many bits `[P]` it takes to tell each mind."""
        return np.asarray(self.kind.description(scenario, genotypes))

    def minds(self, phenotypes: Phenotypes) -> Any:
        """Return the minds of all individuals, observed."""
        return Observed(self.who, self.kind.minds(phenotypes))

    def shared_minds(self, scenario: Scenario, layout: GenomeLayout, vision: int) -> Any:
        """Return what its minds need in a shared world, observed."""
        return Observed(self.who, self.kind.shared_minds(scenario, layout, vision))

    def rate(self, scenario: Scenario) -> float:
        """Return its estimate."""
        return float(self.kind.rate(scenario))

    def has_objective(self, phenotypes: Phenotypes) -> Flags:
        """Return which individuals `[P]` have a mesa-objective."""
        return np.asarray(self.kind.has_objective(phenotypes))

    def with_budget(self, phenotypes: Phenotypes, steps: Cells) -> Phenotypes:
        """Return minds that look as many steps `[P]` ahead."""
        budgeted: Phenotypes = self.kind.with_budget(phenotypes, steps)
        return budgeted

    def largest_budget(self, phenotypes: Phenotypes) -> int | None:
        """Return how many steps it can be asked to look ahead."""
        largest: int | None = self.kind.largest_budget(phenotypes)
        return largest

    def traits(self, phenotypes: Phenotypes) -> Mapping[str, Reals]:
        """Return numbers `[P]` to be shown."""
        traits: Mapping[str, Reals] = self.kind.traits(phenotypes)
        return traits


def is_named_tuple(value: Any) -> bool:
    """Whether something is a NamedTuple."""
    return isinstance(value, tuple) and hasattr(value, "_fields")


def call(minds: Observed, general: Any, **given: Any) -> Any:
    """Return what a kernel of the observed minds returns; it is given things by name, in their order.

    Raises:
        ConformanceError: there is no such kernel, it fails, or it writes to anything but its room and its memory.
    """
    who, name = minds.who, general.__name__
    unwritable = {part: each for part, each in given.items() if part not in ("room", "memory")}
    if general in IN_GRIDS:
        unwritable["minds"] = minds.minds  # in shared worlds the room is in it
    before = deepcopy(unwritable)
    try:
        found = general(minds.minds, *given.values())
    except NotImplementedError as error:
        what = f"@implements({name}, {type(minds.minds).__name__})"
        raise ConformanceError(f"{who} has no kernel `{name}`: decorate one with `{what}`") from error
    except Exception as error:
        raise ConformanceError(f"{who} fails in `{name}`: {type(error).__name__}: {error}") from error
    for part, was in before.items():
        if not is_same(unwritable[part], was):
            raise ConformanceError(f"`{name}` of {who} writes to `{part}`: a kernel may write to its own room only")
    return found


def expect_action(who: str, name: str, action: Any) -> None:
    """Check that an action is one.

    Raises:
        ConformanceError: it isn't.
    """
    if isinstance(action, bool) or not isinstance(action, int | np.integer) or not 0 <= action < ACTIONS:
        what = f"where an action, a whole number from 0 to {ACTIONS - 1}, was expected"
        raise ConformanceError(f"`{name}` of {who} returns {action!r}, {what}")


def expect_number(who: str, what: str, number: Any) -> None:
    """Check that a number is finite.

    Raises:
        ConformanceError: it isn't.
    """
    if not isinstance(number, int | float | np.number) or not np.isfinite(number):
        raise ConformanceError(f"{what} of {who} is {number!r}, where a finite number was expected")


# ---------------------------------------------------------------- in grids


@implements(contract.new_room, Observed)
def observed_new_room(minds: Observed, rows: Any, cells: Any, plan: Any) -> Any:
    """Make a room, and check that it is one.

    Raises:
        ConformanceError: it is not a NamedTuple.
    """
    room = call(minds, contract.new_room, rows=rows, cells=cells, plan=plan)
    if not is_named_tuple(room):
        what = type(room).__name__
        raise ConformanceError(f"`new_room` of {minds.who} returns {what}, where a NamedTuple of arrays was expected")
    return room


@implements(contract.wake, Observed)
def observed_wake(minds: Observed, p: Any, plan: Any, percept: Any, now: Any, room: Any) -> None:
    """Begin a life."""
    call(minds, contract.wake, p=p, plan=plan, percept=percept, now=now, room=room)


@implements(contract.notice_change, Observed)
def observed_notice_change(minds: Observed, p: Any, plan: Any, percept: Any, now: Any, room: Any) -> None:
    """Notice that what can be had has changed."""
    call(minds, contract.notice_change, p=p, plan=plan, percept=percept, now=now, room=room)


@implements(contract.notice_hunger, Observed)
def observed_notice_hunger(minds: Observed, p: Any, plan: Any, percept: Any, now: Any, room: Any) -> bool:
    """Notice that hunger has changed, and check that what is returned says whether that matters.

    Raises:
        ConformanceError: it is neither True nor False.
    """
    matters = call(minds, contract.notice_hunger, p=p, plan=plan, percept=percept, now=now, room=room)
    if not isinstance(matters, bool | np.bool_):
        raise ConformanceError(f"`notice_hunger` of {minds.who} returns {matters!r}, where True or False was expected")
    return bool(matters)


@implements(contract.decide, Observed)
def observed_decide(
    minds: Observed, p: Any, plan: Any, percept: Any, now: Any, key: Any, draw: Any, memory: Any, room: Any
) -> int:
    """Choose an action, and check it and what was noted in the memory.

    Raises:
        ConformanceError: it is not an action, or the memory has something else than it may have.
    """
    last, thought = int(memory[LAST]), int(memory[THOUGHT])
    action = call(
        minds, contract.decide, p=p, plan=plan, percept=percept, now=now, key=key, draw=draw, memory=memory, room=room
    )
    expect_action(minds.who, "decide", action)
    if memory[LAST] != last:
        raise ConformanceError(f"`decide` of {minds.who} writes to `memory[LAST]`: evosim notes there what was done")
    if memory[THOUGHT] < thought:
        what = "thinking can't be undone: add what was thought"
        raise ConformanceError(f"`decide` of {minds.who} makes `memory[THOUGHT]` smaller; {what}")
    return int(action)


@implements(contract.utility_of, Observed)
def observed_utility_of(minds: Observed, p: Any, goal: Any, room: Any) -> float:
    """Return a utility, and check that it is finite."""
    utility = call(minds, contract.utility_of, p=p, goal=goal, room=room)
    expect_number(minds.who, "the result of `utility_of`", utility)
    return float(utility)


# ---------------------------------------------------------------- in shared worlds


@implements(decide_in_shared_world, Observed)
def observed_decide_in_shared_world(minds: Observed, agent: Any, around: Any, key: Any) -> Decision:
    """Choose what an agent does, and check that it can be done.

    Raises:
        ConformanceError: it is not a decision, or can't be done.
    """
    name = decide_in_shared_world.__name__
    decision = call(minds, decide_in_shared_world, agent=agent, around=around, key=key)
    if not isinstance(decision, Decision):
        raise ConformanceError(f"`{name}` of {minds.who} returns {type(decision).__name__}, not a `Decision`")
    expect_action(minds.who, name, decision.action)
    for part in ("courts", "wants_child"):
        if not isinstance(getattr(decision, part), bool | np.bool_):
            what = f"{getattr(decision, part)!r}, where True or False was expected"
            raise ConformanceError(f"`{part}` of a decision of {minds.who} is {what}")
    expect_number(minds.who, "`thoughts` of a decision", decision.thoughts)
    if decision.thoughts < 0:
        raise ConformanceError(f"`thoughts` of a decision of {minds.who} are {decision.thoughts!r}: less than nothing")
    return decision


@implements(utility_in_shared_world, Observed)
def observed_utility_in_shared_world(minds: Observed, genome: Any, levels: Any, observed: Any) -> float:
    """Return a utility, and check that it is finite."""
    utility = call(minds, utility_in_shared_world, genome=genome, levels=levels, observed=observed)
    expect_number(minds.who, f"the result of `{utility_in_shared_world.__name__}`", utility)
    return float(utility)


@implements(perceived_in_shared_world, Observed)
def observed_perceived_in_shared_world(minds: Observed, genome: Any, feature: Any, observed: Any) -> float:
    """Return a perceived feature, and check that it is finite."""
    amount = call(minds, perceived_in_shared_world, genome=genome, feature=feature, observed=observed)
    expect_number(minds.who, f"the result of `{perceived_in_shared_world.__name__}`", amount)
    return float(amount)
