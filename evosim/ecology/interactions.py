"""Interactions: agents act one after the other, in an order drawn anew for each tick."""

from typing import Any

import numpy as np

from evosim.ecology.loci import Loci
from evosim.ecology.minds import perceived_by_kind, utility_by_kind
from evosim.ecology.rules import Rules
from evosim.ecology.state import (
    ALIVE,
    BUCKETS,
    CONCEPTIONS,
    MATINGS,
    PROTECTED,
    Agents,
    Ecology,
    Scratch,
    felt_by,
)
from evosim.gridworld.actions import MOVES, STAY
from evosim.mind.nearby import BODY, EMPTY, WALL, MapView
from evosim.numerics.compiler import inlined_kernel, kernel
from evosim.numerics.random import below, bits, fold, uniform

CONTRACEPTION, CONCEPTION, CRADLE, ACCIDENT, ORDER = 1, 2, 3, 4, 5  # draws of an agent at a tick
U1, U52 = np.uint64(1), np.uint64(52)  # to keep a rank positive; to leave the 12 bits that name a bucket


@kernel
def draw_order(tick_key: np.uint64, ecology: Ecology, out: Scratch) -> None:
    """Sort agents by a number that is drawn for each: whoever else is there, two come in the same order."""
    count, order, bucket, rank = ecology.tally.counts[ALIVE], out.order, out.bucket, out.rank
    bucket[:] = 0
    for i in range(count):
        drawn = bits(fold(tick_key, ecology.agents.id[i]), ORDER)
        rank[i] = np.int64(drawn >> U1)
        bucket[np.int64(drawn >> U52) + 1] += 1
    for b in range(BUCKETS):
        bucket[b + 1] += bucket[b]
    for i in range(count):
        b = rank[i] >> 51
        order[bucket[b]] = i
        bucket[b] += 1  # ends as the beginning of the next
    for n in range(1, count):  # all in place but for those of one bucket
        i, at = order[n], n
        while at > 0 and rank[order[at - 1]] > rank[i]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i


@kernel
def act_all(
    tick: int, tick_key: np.uint64, ecology: Ecology, rules: Rules, loci: Loci, scratch: Scratch, minds: Any
) -> int:
    """Apply the actions of all agents; return the number of children conceived for whom there is a free cell."""
    draw_order(tick_key, ecology, scratch)
    agents, what = ecology.agents, ecology.map.what
    born = 0
    for n in range(ecology.tally.counts[ALIVE]):
        i = int(scratch.order[n])
        action = int(agents.action[i])
        agents.last[i] = action
        if action == STAY:
            continue
        target = neighbour(int(agents.cell[i]), action, ecology.map)
        there = int(what[target])
        if there == WALL:
            agents.last[i] = STAY
        elif there >= BODY:
            agents.last[i] = STAY
            if meet(i, there - BODY, tick, tick_key, ecology, rules, loci, born, scratch, minds):
                born += 1
        else:
            what[agents.cell[i]] = EMPTY
            what[target] = BODY + i
            agents.cell[i] = target
            agents.energy[i] -= rules.per_move
            if there != EMPTY:
                agents.energy[i] = min(agents.energy[i] + rules.energy[there], rules.most)
                ecology.tally.eaten[there] += 1
                feel(i, there, ecology, rules, loci, minds)
    return born


@inlined_kernel
def neighbour(cell: int, action: int, view: MapView) -> int:
    """Return the cell to which an action leads."""
    columns = view.across.shape[0] - 2 * view.vision
    row, column = cell // columns + view.vision, cell % columns + view.vision
    if action == 0:
        return int(view.down[row - 1] + cell % columns)
    if action == 2:
        return int(view.down[row + 1] + cell % columns)
    return int(view.down[row] + view.across[column + 1 if action == 1 else column - 1])


@kernel
def feel(i: int, kind: int, ecology: Ecology, rules: Rules, loci: Loci, minds: Any) -> None:
    """Record that an agent ate, mated or had a child, with its utility; its drives are sated by it."""
    agents, tally = ecology.agents, ecology.tally
    observed, levels, genome, mind = rules.features[kind], agents.levels[i], agents.genome[i], agents.controller[i]
    count = observed.shape[0]
    at = felt_by(int(agents.id[i]), count * (1 + levels.shape[0]))
    if at < tally.utility.shape[0]:
        for f in range(count):
            amount = perceived_by_kind(minds, mind, genome, f, observed)
            tally.utility[at + f] += amount
            for d in range(levels.shape[0]):
                tally.utility[at + count * (1 + d) + f] += amount * levels[d]
    tally.utility[0] += utility_by_kind(minds, mind, genome, levels, observed)
    for f in range(count):
        tally.felt[f] += observed[f]
        for d in range(levels.shape[0]):
            tally.felt[count * (1 + d) + f] += observed[f] * levels[d]
    for d in range(levels.shape[0]):
        if d != loci.hunger:
            for f in range(count):
                levels[d] -= rules.sates[d, f] * observed[f]
            levels[d] = max(levels[d], 0.0)


@kernel
def meet(
    i: int,
    j: int,
    tick: int,
    tick_key: np.uint64,
    ecology: Ecology,
    rules: Rules,
    loci: Loci,
    born: int,
    scratch: Scratch,
    minds: Any,
) -> bool:
    """Mate two agents if both can and want to; return whether they have a child, whose parents and cell are noted."""
    agents, counts = ecology.agents, ecology.tally.counts
    if not (agents.able[i] and agents.able[j] and agents.courts[i] and agents.courts[j]):
        return False
    key, things = fold(tick_key, agents.id[i]), rules.energy.shape[0]
    counts[MATINGS] += 1
    for side in range(2):
        k = i if side == 0 else j
        agents.able[k] = False
        agents.ready[k] = tick + int(rules.refractory)
        feel(k, things, ecology, rules, loci, minds)
    fertility, available = rules.fertility, uniform(key, CONTRACEPTION)
    if available < rules.contraception and not (
        wants_child(i, available, agents, rules, loci) and wants_child(j, available, agents, rules, loci)
    ):
        counts[PROTECTED] += 1
        fertility = rules.protected_fertility
    half = 0.5 * rules.child_energy
    if uniform(key, CONCEPTION) >= fertility or agents.energy[i] <= half or agents.energy[j] <= half:
        return False
    counts[CONCEPTIONS] += 1
    cell = cradle(int(agents.cell[i]), int(agents.cell[j]), key, ecology.map)
    if cell < 0:
        return False
    for side in range(2):
        k = i if side == 0 else j
        agents.energy[k] -= half
        agents.ready[k] = tick + max(int(rules.refractory), int(rules.recovery))
        agents.children[k] += 1
        feel(k, things + 1, ecology, rules, loci, minds)
    scratch.rows[2 * born], scratch.rows[2 * born + 1] = i, j
    scratch.child[born] = cell
    child = int(counts[ALIVE]) + born
    agents.able[child] = False
    ecology.map.what[cell] = BODY + child
    return True


@inlined_kernel
def wants_child(i: int, available: float, agents: Agents, rules: Rules, loci: Loci) -> bool:
    """Return whether an agent prefers no contraception; where only planners use it, agents without objective do."""
    return bool(agents.wants_child[i]) or (not loci.wants[agents.controller[i]] and available >= rules.unplanned)


@kernel
def cradle(cell: int, other: int, key: np.uint64, view: MapView) -> int:
    """Return a free cell beside one parent, or else beside the other; -1 if there is none."""
    turn = below(key, CRADLE, MOVES)
    for side in range(2):
        parent = cell if side == 0 else other
        for n in range(MOVES):
            at = neighbour(parent, (turn + n) & 3, view)
            if view.what[at] == EMPTY:
                return at
    return -1
