"""Events of one tick of an ecology: who was born, mated, with or without contraception, and died, and of what.

Matings are not logged. Which agents mated is read off the state, and who met whom off the order in which agents act and
the actions that they took: both are known. Whether contraception was used is the draw that was made for it.
"""

from typing import NamedTuple

import numpy as np

from evosim.ecology.interactions import CONTRACEPTION, ORDER, neighbour
from evosim.ecology.rules import Rules
from evosim.ecology.simulation import EcologySimulation
from evosim.gridworld.actions import Action
from evosim.numerics.arrays import Bytes, Cells, Flags, Ids
from evosim.numerics.random import bits, subkey, uniform


class FieldEvents(NamedTuple):
    """What happened in a tick, and where; B births, D deaths, M matings."""

    born: Cells  # [B] cells
    died: Cells  # [D] cells
    causes: Bytes  # [D] numbers in CAUSES
    mated: Cells  # [M] cells of those who came to the other
    protected: Flags  # [M] with contraception


NOTHING = FieldEvents(
    np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(0, np.int32), np.zeros(0, np.bool_)
)


class Before(NamedTuple):
    """What has to be known of the state before a tick: of N agents, in order of id."""

    id: Ids  # [N]
    cell: Cells  # [N]
    ready: Cells  # [N]


def note_before(simulation: EcologySimulation) -> Before:
    """Return what has to be known of the state before a tick."""
    agents, alive = simulation.ecology.agents, simulation.alive
    order = np.argsort(agents.id[:alive])
    return Before(agents.id[:alive][order], agents.cell[:alive][order], agents.ready[:alive][order])


def events_of_tick(
    simulation: EcologySimulation, before: Before, tick: int, rules: Rules, births: Ids, deaths: Ids
) -> FieldEvents:
    """Return the events of a tick from the state after it and from the logs `[B, 4]` and `[D, 4]` of births and deaths.

    Of the matings those are missing in which one of both died in the same tick.
    """
    mated, protected = _matings(simulation, before, tick, rules)
    died, causes = deaths[:, 3].astype(np.int32), deaths[:, 2].astype(np.uint8)
    return FieldEvents(births[:, 3].astype(np.int32), died, causes, mated, protected)


def _matings(simulation: EcologySimulation, before: Before, tick: int, rules: Rules) -> tuple[Cells, Flags]:
    """Return the cells `[M]` of those who came to the other in order to mate, and whether it was with contraception."""
    agents, alive, loci = simulation.ecology.agents, simulation.alive, simulation.static.loci
    ids = agents.id[:alive]
    at = np.minimum(np.searchsorted(before.id, ids), max(len(before.id) - 1, 0))
    if not len(before.id):
        return NOTHING.mated, NOTHING.protected
    is_old = before.id[at] == ids
    rows = np.flatnonzero(is_old & (before.ready[at] != agents.ready[:alive])).tolist()
    key = subkey(np.uint64(simulation.static.keys.acts), tick)
    rank = {i: int(bits(subkey(key, int(agents.id[i])), ORDER)) for i in rows}
    was = {i: int(before.cell[at[i]]) for i in rows}
    free, cells, protected = set(rows), [], []
    for i in sorted(rows, key=rank.__getitem__):
        if i not in free or agents.action[i] == Action.STAY or agents.last[i] != Action.STAY:
            continue
        target = neighbour(int(agents.cell[i]), int(agents.action[i]), simulation.ecology.map)
        there = [j for j in free if j != i and (int(agents.cell[j]) if rank[j] < rank[i] else was[j]) == target]
        if not there:
            continue
        free -= {i, there[0]}
        drawn = float(uniform(subkey(key, int(agents.id[i])), CONTRACEPTION))
        wants = all(
            agents.wants_child[k] or (not loci.wants[agents.controller[k]] and drawn >= rules.unplanned)
            for k in (i, there[0])
        )
        cells.append(int(agents.cell[i]))
        protected.append(drawn < rules.contraception and not wants)
    return np.array(cells, np.int32), np.array(protected, np.bool_)
