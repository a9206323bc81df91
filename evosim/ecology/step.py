"""A tick: agents decide, act, are born, age and die; food grows."""

from typing import Any

import numpy as np

from evosim.ecology.crew import DISMISSED, POSTED, decide_together, help_to_decide
from evosim.ecology.interactions import ACCIDENT, act_all
from evosim.ecology.loci import Loci, controller_of
from evosim.ecology.policies import look_everywhere
from evosim.ecology.rules import Rules
from evosim.ecology.state import (
    ALIVE,
    ALONE,
    BIRTHS,
    BIRTHS_LOGGED,
    BORN_OF_KIND,
    CHILDREN,
    CULLED,
    DEATHS_LOGGED,
    GRANDCHILDREN,
    LIVED,
    MIGRANTS,
    NEXT_ID,
    OF_ACCIDENT,
    OF_AGE,
    OF_HUNGER,
    PLANNED,
    Ecology,
    Registry,
    Scratch,
    StaticParameters,
)
from evosim.evolution.breeding import breed
from evosim.gridworld.actions import STAY
from evosim.mind.nearby import BODY, EMPTY
from evosim.numerics.arrays import Cells, Genes, Ids, Reals
from evosim.numerics.atomics.operations import store_word
from evosim.numerics.compiler import inlined_kernel, kernel
from evosim.numerics.random import below, fold, uniform

CULL, SEEDS = 2**40, 2**40 + 1  # scopes beside those of agents
TRIES = 64  # at a free cell, for a migrant


@kernel
def advance(
    tick: int,
    ticks: int,
    static: StaticParameters,
    ecology: Ecology,
    rules: Rules,
    scratch: Scratch,
    minds: Any,
    board: Ids,
) -> int:
    """Advance by some ticks, or until the arrays might be too small for more agents; return how many were done.

    By a `board` `[SIZE]` other threads share in deciding: those that call it with 0 ticks, until they are dismissed.
    """
    if ticks == 0:
        help_to_decide(static, ecology, rules, minds, board)
    done = 0
    while done < ticks and has_room(ecology, static.floor):
        look_everywhere(ecology, rules)
        decide_together(tick + done, static, ecology, rules, minds, board)
        update_world(tick + done, static, ecology, rules, scratch, minds)
        done += 1
    if board.shape[0] > 0:
        store_word(board, POSTED, DISMISSED)
    return done


@inlined_kernel
def has_room(ecology: Ecology, floor: int) -> bool:
    """Return whether the arrays are large enough for all births, arrivals and deaths of a tick."""
    counts = ecology.tally.counts
    alive = counts[ALIVE]
    most = alive + alive // 2 + floor + 1
    births, deaths = ecology.log.births.shape[0] - counts[BIRTHS_LOGGED], ecology.log.deaths.shape[0]
    return bool(
        most <= ecology.agents.id.shape[0]
        and most <= births
        and most <= deaths - counts[DEATHS_LOGGED]
        and counts[NEXT_ID] + most <= ecology.registry.parents.shape[0]
    )


@kernel
def update_world(
    tick: int,
    static: StaticParameters,
    ecology: Ecology,
    rules: Rules,
    scratch: Scratch,
    minds: Any,
) -> None:
    """Apply all decisions of a tick, then births, costs, deaths, culling, migration and growth."""
    keys, tick_key = static.keys, fold(static.keys.acts, tick)
    counts = ecology.tally.counts
    counts[LIVED] += counts[ALIVE]
    born = act_all(tick, tick_key, ecology, rules, static.loci, scratch, minds)
    if born > 0:
        rows, offspring, mated = scratch.rows[: 2 * born], scratch.offspring[: 2 * born], scratch.mated[:born]
        crossover, mutation = fold(keys.crossover, tick), fold(keys.mutation, tick)
        breed(static.by, ecology.agents.genome, rows, crossover, mutation, offspring, mated)
    for n in range(born):
        add_child(n, tick, static, ecology, rules, scratch)
    older = int(counts[ALIVE])
    counts[ALIVE] += born
    for i in range(older - 1, -1, -1):  # from the last: who takes the place of one that dies has had its turn
        spend_energy(i, ecology, rules, static.loci)
        cause = cause_of_death(i, tick, tick_key, ecology, rules)
        if cause >= 0:
            remove_agent(i, tick, cause, static.interval, ecology)
    draw = 0
    while counts[ALIVE] > rules.ceiling:
        remove_agent(below(fold(tick_key, CULL), draw, int(counts[ALIVE])), tick, CULLED, static.interval, ecology)
        draw += 1
    while counts[ALIVE] < static.floor and add_migrant(tick, static, ecology, rules):
        pass
    grow_food(tick, ecology, rules, keys.food)
    for i in range(counts[ALIVE]):
        update_able(i, tick + 1, ecology, rules)


@kernel
def add_child(n: int, tick: int, static: StaticParameters, ecology: Ecology, rules: Rules, scratch: Scratch) -> None:
    """Add child number `n` of this tick behind all agents, and record it with its parents."""
    agents, registry = ecology.agents, ecology.registry
    i, j = int(scratch.rows[2 * n]), int(scratch.rows[2 * n + 1])
    child = int(ecology.tally.counts[ALIVE]) + n
    genome = scratch.offspring[2 * n]
    depth = 1.0 + 0.5 * (agents.depth[i] + agents.depth[j])
    add_agent(child, genome, int(scratch.child[n]), rules.child_energy, depth, tick, static, ecology, rules)
    ecology.tally.counts[BIRTHS] += 1
    ecology.tally.counts[BORN_OF_KIND + agents.controller[child]] += 1
    id = int(agents.id[child])
    for side in range(2):
        parent = i if side == 0 else j
        registry.parents[id, side] = agents.id[parent]
        for grandparent in registry.parents[agents.id[parent]]:
            if grandparent != ALONE and not (side == 1 and is_parent(grandparent, agents.id[i], registry)):
                registry.grandchildren[grandparent] += 1
        credit(cohort_of(int(agents.born[parent]), static.interval, ecology), agents.genome[parent], genome, ecology)
    log = ecology.log.births[ecology.tally.counts[BIRTHS_LOGGED] - 1]
    log[0], log[1] = agents.id[i], agents.id[j]


@inlined_kernel
def is_parent(id: int, child: int, registry: Registry) -> bool:
    """Return whether the agent `id` is a parent of `child`."""
    return bool(registry.parents[child, 0] == id or registry.parents[child, 1] == id)


@kernel
def add_agent(
    i: int,
    genome: Genes,
    cell: int,
    energy: float,
    depth: float,
    tick: int,
    static: StaticParameters,
    ecology: Ecology,
    rules: Rules,
) -> None:
    """Write a new agent with a genome `[L]` to row `i`, with the next id and no parents, and record its birth."""
    agents, counts, cohorts, keys = ecology.agents, ecology.tally.counts, ecology.cohorts, static.keys
    id = counts[NEXT_ID]
    counts[NEXT_ID] += 1
    agents.id[i], agents.cell[i], agents.last[i], agents.born[i] = id, cell, STAY, tick
    copy_to(genome, agents.genome[i])
    agents.controller[i] = controller_of(genome, static.loci)
    own = rules.lifespan * (1.0 + rules.spread * (2.0 * uniform(fold(keys.lives, id), 0) - 1.0))
    agents.due[i] = tick + max(int(own), 1)
    agents.ready[i] = tick
    agents.energy[i] = min(energy, rules.most)
    agents.levels[i, :] = 0.0
    agents.children[i] = 0
    agents.depth[i] = depth
    agents.able[i] = False
    ecology.map.what[cell] = BODY + i
    ecology.registry.parents[id, :] = ALONE
    ecology.registry.grandchildren[id] = 0
    log = ecology.log.births[counts[BIRTHS_LOGGED]]
    log[0], log[1], log[2], log[3] = ALONE, ALONE, tick, cell
    counts[BIRTHS_LOGGED] += 1
    if ecology.bank.shape[0] > 0:
        copy_to(genome, ecology.bank[below(fold(keys.migrants, id), 0, ecology.bank.shape[0])])
    c = cohort_of(tick, static.interval, ecology)
    cohorts.members[c] += 1
    cohorts.living[c] += 1
    for locus in range(genome.shape[0]):
        allele = np.float64(genome[locus])
        cohorts.loci[c, locus] += allele
        cohorts.squares[c, locus] += allele * allele


@inlined_kernel
def copy_to(row: Genes | Reals, out_row: Genes | Reals) -> None:
    """Copy numbers `[*]` one by one: a slice would be copied twice."""
    for n in range(row.shape[0]):
        out_row[n] = row[n]


@inlined_kernel
def cohort_of(born: int, interval: int, ecology: Ecology) -> int:
    """Return the row of the cohort born at a tick; founders are of the interval before the first."""
    return max(born // interval, -1) % int(ecology.cohorts.members.shape[0])


@inlined_kernel
def credit(c: int, parent: Genes, child: Genes, ecology: Ecology) -> None:
    """Credit half a child with genome `[L]` to the cohort of a parent `[L]`, with the change of its alleles."""
    cohorts = ecology.cohorts
    cohorts.children[c] += 0.5
    for locus in range(parent.shape[0]):
        own, its = np.float64(parent[locus]), np.float64(child[locus])
        cohorts.products[c, locus] += 0.5 * own
        cohorts.changes[c, locus] += 0.5 * (its - own)


@inlined_kernel
def spend_energy(i: int, ecology: Ecology, rules: Rules, loci: Loci) -> None:
    """Subtract the energy that a tick and its thoughts cost an agent, and raise its drives."""
    agents, tally = ecology.agents, ecology.tally
    spent = rules.per_tick + rules.per_thought * agents.thoughts[i]
    tally.counts[PLANNED] += 1 if loci.wants[agents.controller[i]] else 0
    tally.thinking[0] += agents.thoughts[i]
    agents.energy[i] = min(agents.energy[i], rules.most) - spent  # most may be less than it was
    for d in range(agents.levels.shape[1]):
        agents.levels[i, d] = min(agents.levels[i, d] + rules.rises[d], 1.0)


@inlined_kernel
def cause_of_death(i: int, tick: int, tick_key: np.uint64, ecology: Ecology, rules: Rules) -> int:
    """Return the cause of which an agent dies at the end of this tick, as its place in `Count`; -1 if it lives."""
    agents = ecology.agents
    if agents.energy[i] <= 0.0:
        return OF_HUNGER
    if tick + 1 >= agents.due[i]:
        return OF_AGE
    if rules.accident > 0.0 and uniform(fold(tick_key, agents.id[i]), ACCIDENT) < rules.accident:
        return OF_ACCIDENT
    return -1


@kernel
def remove_agent(i: int, tick: int, cause: int, interval: int, ecology: Ecology) -> None:
    """Remove an agent that dies, and record its death; the last agent takes its row."""
    agents, counts, what = ecology.agents, ecology.tally.counts, ecology.map.what
    log = ecology.log.deaths[counts[DEATHS_LOGGED]]
    log[0], log[1], log[2], log[3] = agents.id[i], tick, cause - OF_HUNGER, agents.cell[i]
    counts[DEATHS_LOGGED] += 1
    counts[cause] += 1
    counts[CHILDREN] += agents.children[i]
    counts[GRANDCHILDREN] += ecology.registry.grandchildren[agents.id[i]]
    ecology.cohorts.living[cohort_of(int(agents.born[i]), interval, ecology)] -= 1
    what[agents.cell[i]] = EMPTY
    counts[ALIVE] -= 1
    last = int(counts[ALIVE])
    if i == last:
        return
    agents.id[i], agents.cell[i], agents.last[i] = agents.id[last], agents.cell[last], agents.last[last]
    agents.controller[i], agents.born[i], agents.due[i] = agents.controller[last], agents.born[last], agents.due[last]
    agents.ready[i], agents.energy[i], agents.children[i] = (
        agents.ready[last],
        agents.energy[last],
        agents.children[last],
    )
    agents.depth[i] = agents.depth[last]
    copy_to(agents.levels[last], agents.levels[i])
    copy_to(agents.genome[last], agents.genome[i])
    what[agents.cell[i]] = BODY + i


@kernel
def add_migrant(tick: int, static: StaticParameters, ecology: Ecology, rules: Rules) -> bool:
    """Add an agent with a genome of the seed bank to a free cell; return whether one was found."""
    counts, what = ecology.tally.counts, ecology.map.what
    key = fold(fold(static.keys.migrants, SEEDS), int(counts[NEXT_ID]))
    for attempt in range(TRIES):
        cell = below(key, 1 + attempt, what.shape[0])
        if what[cell] == EMPTY:
            genome = ecology.bank[below(key, 0, ecology.bank.shape[0])]
            i = int(counts[ALIVE])
            add_agent(i, genome, cell, rules.child_energy, 0.0, tick, static, ecology, rules)
            counts[ALIVE] += 1
            counts[MIGRANTS] += 1
            return True
    return False


@kernel
def grow_food(tick: int, ecology: Ecology, rules: Rules, food: np.uint64) -> None:
    """Add food to random free cells."""
    what = ecology.map.what
    for kind in range(rules.grows.shape[0]):
        key = fold(fold(food, tick), kind)
        some = int(rules.grows[kind])
        if uniform(key, 0) < rules.grows[kind] - some:
            some += 1
        for n in range(some):
            cell = below(key, 1 + n, what.shape[0])
            if what[cell] == EMPTY:
                what[cell] = kind


@inlined_kernel
def update_able(i: int, tick: int, ecology: Ecology, rules: Rules) -> None:
    """Update whether an agent is able to mate at a tick."""
    agents = ecology.agents
    agents.able[i] = (
        tick - agents.born[i] >= rules.adult_at and agents.ready[i] <= tick and agents.energy[i] >= rules.mating_energy
    )


@kernel
def add_founders(
    genomes: Genes, cells: Cells, energy: float, static: StaticParameters, ecology: Ecology, rules: Rules
) -> None:
    """Add founders with genomes `[N, L]` to cells `[N]`, of all ages up to three fifths of a lifespan."""
    for i in range(cells.shape[0]):
        age = 1 + below(fold(static.keys.lives, i), 1, max(int(0.6 * rules.lifespan), 1))
        add_agent(i, genomes[i], int(cells[i]), energy, 0.0, -age, static, ecology, rules)
        ecology.agents.due[i] = max(int(ecology.agents.due[i]), 1)
        ecology.tally.counts[ALIVE] += 1
    for i in range(cells.shape[0]):
        update_able(i, 0, ecology, rules)
