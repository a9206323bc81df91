"""Policies: all agents decide from the same frozen state, in any order, kind by kind of mind."""

from typing import Any

import numpy as np

from evosim.ecology.minds import Minds
from evosim.ecology.rules import Rules
from evosim.ecology.state import Agents, Ecology
from evosim.mind.contract import LEVELS
from evosim.mind.nearby import write_kinds
from evosim.mind.shared_contract import SharedAgent, Surroundings, decide_in_shared_world
from evosim.numerics.compiler import implements, inlined_kernel, kernel, kernel_by_class, rare_kernel
from evosim.numerics.random import fold


@kernel
def look_everywhere(ecology: Ecology, rules: Rules) -> None:
    """Write down what stands where at this tick, before agents decide."""
    write_kinds(rules.energy.shape[0], ecology.agents.able, ecology.map)


@rare_kernel
def decide(
    first: int, last: int, tick: int, ecology: Ecology, rules: Rules, hunger: int, acts: np.uint64, minds: Any
) -> None:
    """Decide for agents `first` to `last - 1`, after `look_everywhere`: whither, and if they court and want a child.

    `hunger` is the number of that drive, under 0 if there is none.
    """
    agents = ecology.agents
    if hunger >= 0:
        for i in range(first, last):
            agents.levels[i, hunger] = hunger_of(agents.energy[i], rules.most)
    around = Surroundings(ecology.map, agents.able, rules.features)
    decide_by_kind(minds, first, last, fold(acts, tick), agents, around)


@inlined_kernel
def hunger_of(energy: float, most: float) -> float:
    """Return how hungry an agent is, 0 to 1 in tenths: how much of the energy that there can be is missing."""
    return max(float(np.rint(LEVELS * (1.0 - energy / most)) / LEVELS), 0.0)


@kernel_by_class()
def decide_by_kind(
    minds: Any, first: int, last: int, tick_key: np.uint64, agents: Agents, around: Surroundings
) -> None:
    """Decide for those of agents `first` to `last - 1` that are of one of the kinds: for nobody if there is none."""


@implements(decide_by_kind, Minds)
@kernel
def decide_as_one_of(
    minds: Minds, first: int, last: int, tick_key: np.uint64, agents: Agents, around: Surroundings
) -> None:
    """Decide for agents of the first kind, then for those of the others."""
    columns = around.map.across.shape[0] - 2 * around.map.vision
    for i in range(first, last):
        if agents.controller[i] != minds.number:
            continue
        agent = SharedAgent(
            number=i,
            row=int(agents.cell[i]) // columns,
            column=int(agents.cell[i]) % columns,
            last=int(agents.last[i]),
            able=agents.able[i],
            energy=agents.energy[i],
            levels=agents.levels[i],
            genome=agents.genome[i],
        )
        decision = decide_in_shared_world(minds.mind, agent, around, fold(tick_key, agents.id[i]))
        agents.action[i] = decision.action
        agents.courts[i] = agents.able[i] and decision.courts
        agents.wants_child[i] = decision.wants_child
        agents.thoughts[i] = decision.thoughts
    decide_by_kind(minds.others, first, last, tick_key, agents, around)
