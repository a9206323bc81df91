"""Genomes at birth: whose alleles everybody born in an interval was given, and by which parent.

A genome doesn't change in a life, and crossover and mutation are functions of the parents' genomes, the tick and a key.
So those who were born in an interval are bred once more from the log of births, beside the simulation, which need not
hold anything of those who died before the interval ended.
"""

from typing import NamedTuple

import numpy as np

from evosim.ecology.state import ALONE, NEXT_ID, Ecology, StaticParameters
from evosim.ecology.step import SEEDS, copy_to
from evosim.evolution.breeding import BINARY, BLEND, breed, cross
from evosim.numerics.arrays import Bytes, Cells, Flags, Genes, Ids
from evosim.numerics.compiler import kernel
from evosim.numerics.random import below, fold

NO_PARENT, FIRST, SECOND, MIXED = range(4)  # origins of an allele


class Living(NamedTuple):
    """Those alive when an interval begins, N in order of id, and the seed bank."""

    id: Ids  # [N]
    born: Cells  # [N] tick
    children: Cells  # [N] so far
    genome: Genes  # [N, L]
    bank: Genes  # [S, L]


class VitalRecords(NamedTuple):
    """The B agents born in an interval, in order of id, and the D that died in it, in that order."""

    first: int  # id of the first that was born
    births: Ids  # [B, 4] parents, tick, cell
    genomes: Genes  # [B, L]
    origins: Bytes  # [B, L] by which parent, or MIXED from both; of founders and migrants NO_PARENT
    inherited: Genes  # [B, L] what would have been theirs without mutation
    controller: Bytes  # [B] kind of mind that is expressed
    deaths: Ids  # [D, 4] id, tick, cause, cell
    age: Ids  # [D] in ticks
    children: Ids  # [D] in their whole lives


class Room(NamedTuple):
    """Working memory for the C children of a tick; `marks` and `pairs` are filled beforehand."""

    rows: Ids  # [2 C] parents in pairs
    mated: Flags  # [C]
    offspring: Genes  # [2 C, L]
    crossed: Genes  # [2 C, L]
    marks: Genes  # [2, L] nothing but FIRST, and nothing but SECOND
    pairs: Ids  # [2 C] one after the other


def room_for_children(children: int, loci: int) -> Room:
    """Return working memory for as many children in one tick."""
    most = 2 * children
    return Room(
        rows=np.empty(most, np.int64),
        mated=np.empty(children, np.bool_),
        offspring=np.empty((most, loci), np.float32),
        crossed=np.empty((most, loci), np.float32),
        marks=np.repeat(np.array([[FIRST], [SECOND]], np.float32), loci, axis=1),
        pairs=np.arange(most) % 2,
    )


def living(ecology: Ecology, alive: int) -> Living:
    """Return copies of what `vital_records` needs of an ecology before an interval is lived."""
    agents = ecology.agents
    order = np.argsort(agents.id[:alive])
    return Living(
        id=agents.id[order],
        born=agents.born[order],
        children=agents.children[order],
        genome=agents.genome[order],
        bank=ecology.bank.copy(),
    )


def vital_records(static: StaticParameters, before: Living, ecology: Ecology, births: Ids, deaths: Ids) -> VitalRecords:
    """Return the records of an interval, from those alive `before` it and its births `[B, 4]` and deaths `[D, 4]`."""
    first = int(ecology.tally.counts[NEXT_ID]) - len(births)
    known = int(np.searchsorted(before.id, first))  # the others are founders, who are among the births of interval 0
    founders, loci = len(before.id) - known, before.genome.shape[1]
    ids = np.concatenate([before.id[:known], first + np.arange(len(births))])
    genomes = np.concatenate([before.genome, np.zeros((len(births) - founders, loci), np.float32)])
    inherited, origins = genomes[known:].copy(), np.zeros((len(births), loci), np.uint8)
    parents = np.where(births[:, :2] == ALONE, ALONE, np.searchsorted(ids, births[:, :2]))
    room = room_for_children(int(np.unique(births[:, 2], return_counts=True)[1].max(initial=0)), loci)
    bank, ticks = before.bank.copy(), births[:, 2].copy()
    breed_again(static, first, ticks, parents, founders, bank, room, genomes, inherited, origins)
    children = np.bincount(parents[parents != ALONE], minlength=len(ids)).astype(np.int64)
    children[:known] += before.children[:known]
    born, died = np.concatenate([before.born[:known], births[:, 2]]), np.searchsorted(ids, deaths[:, 0])
    return VitalRecords(
        first=first,
        births=births,
        genomes=genomes[known:],
        origins=origins,
        inherited=inherited,
        controller=expressed_kinds(static, genomes[known:]),
        deaths=deaths,
        age=deaths[:, 1] - born[died],
        children=children[died],
    )


def expressed_kinds(static: StaticParameters, genomes: Genes) -> Bytes:
    """Return the numbers `[B]` of the kinds of mind that genomes `[B, L]` express."""
    first, present = static.loci.controller, static.loci.present.astype(np.uint8)
    if first < 0:
        return np.full(len(genomes), present[0], np.uint8)
    return np.asarray(present[genomes[:, first : first + len(present)].argmax(axis=1)], np.uint8)


@kernel
def breed_again(
    static: StaticParameters,
    first: int,
    ticks: Ids,
    parents: Ids,
    done: int,
    bank: Genes,
    room: Room,
    out_genomes: Genes,
    out_inherited: Genes,
    out_origins: Bytes,
) -> None:
    """Write the genomes of B agents with ids from `first` on to the last rows of `[N + B, L]`; `done` are there.

    They were born at `ticks` `[B]` of `parents` `[B, 2]`, rows of the same genomes.
    """
    born, before, n = ticks.shape[0], out_genomes.shape[0] - ticks.shape[0], done
    while n < born:
        tick, count = int(ticks[n]), 0
        while n + count < born and ticks[n + count] == tick and parents[n + count, 0] != ALONE:
            room.rows[2 * count], room.rows[2 * count + 1] = parents[n + count, 0], parents[n + count, 1]
            count += 1
        if count > 0:
            crossover, mutation = fold(static.keys.crossover, tick), fold(static.keys.mutation, tick)
            rows, mated, both = room.rows[: 2 * count], room.mated[:count], room.crossed[: 2 * count]
            breed(static.by, out_genomes, rows, crossover, mutation, room.offspring[: 2 * count], mated)
            cross(static.by, out_genomes, rows, crossover, both, mated)
            for child in range(count):
                copy_to(room.offspring[2 * child], out_genomes[before + n + child])
                copy_to(both[2 * child], out_inherited[n + child])
                put_into_bank(out_genomes[before + n + child], first + n + child, static.keys.migrants, bank)
            write_origins(static, crossover, room, out_origins[n : n + count])
            n += count
        while n < born and ticks[n] == tick and parents[n, 0] == ALONE:
            seed = bank[below(fold(fold(static.keys.migrants, SEEDS), first + n), 0, bank.shape[0])]
            copy_to(seed, out_genomes[before + n])
            copy_to(seed, out_inherited[n])
            put_into_bank(out_genomes[before + n], first + n, static.keys.migrants, bank)
            n += 1


@kernel
def put_into_bank(genome: Genes, id: int, key: np.uint64, bank: Genes) -> None:
    """Put a genome `[L]` in the place of a seed of the bank `[S, L]`, if there is any."""
    if bank.shape[0] > 0:
        copy_to(genome, bank[below(fold(key, id), 0, bank.shape[0])])


@kernel
def write_origins(static: StaticParameters, key: np.uint64, room: Room, out_origins: Bytes) -> None:
    """Write by which parent each locus of the first children `[C, L]` of pairs came: marked genomes are crossed."""
    children, loci = out_origins.shape
    mated, crossed = room.mated[:children], room.crossed[: 2 * children]
    mixes = static.by.crossover == BLEND or static.by.crossover == BINARY
    if not mixes:
        cross(static.by, room.marks, room.pairs[: 2 * children], key, crossed, mated)
    for child in range(children):
        for locus in range(loci):
            if mixes:
                out_origins[child, locus] = MIXED if mated[child] else FIRST
            else:
                out_origins[child, locus] = np.uint8(crossed[2 * child, locus])
