"""The state of an ecology: its agents, its map, and what has happened in the current interval."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from evosim.ecology.loci import Loci
from evosim.evolution.breeding import Variation
from evosim.mind.nearby import MapView
from evosim.numerics.arrays import Acts, Bytes, Cells, Flags, Genes, Ids, Reals
from evosim.numerics.compiler import inlined_kernel


class Count(IntEnum):
    """What is counted in `Tally.counts`: the state of the population first, then what happened in this interval."""

    ALIVE = 0
    NEXT_ID = 1
    BIRTHS_LOGGED = 2
    DEATHS_LOGGED = 3
    LIVED = 4  # agent-ticks
    PLANNED = 5  # agent-ticks of those who act on a mesa-objective
    MATINGS = 6
    PROTECTED = 7  # matings with contraception
    CONCEPTIONS = 8
    BIRTHS = 9
    MIGRANTS = 10
    OF_HUNGER = 11  # deaths, by cause
    OF_AGE = 12
    OF_ACCIDENT = 13
    CULLED = 14
    CHILDREN = 15  # of those who died
    GRANDCHILDREN = 16  # likewise, so far


(
    ALIVE, NEXT_ID, BIRTHS_LOGGED, DEATHS_LOGGED, LIVED, PLANNED, MATINGS, PROTECTED, CONCEPTIONS, BIRTHS,
    MIGRANTS, OF_HUNGER, OF_AGE, OF_ACCIDENT, CULLED, CHILDREN, GRANDCHILDREN,
) = (int(count) for count in Count)  # fmt: skip
OF_INTERVAL = LIVED  # the first count that begins anew in each interval
BORN_OF_KIND = len(Count)  # births of agents that express a kind of mind, behind all counts, by its number
ALONE = -1  # parent of founders and migrants


class Agents(NamedTuple):
    """Room for A agents, of whom the first `ALIVE` live; D drives, L loci. Times are ticks."""

    id: Ids  # [A] unique in the whole run, in order of birth
    cell: Cells  # [A]
    last: Acts  # [A] last action
    controller: Bytes  # [A]
    born: Cells  # [A]
    due: Cells  # [A] when it dies of age
    ready: Cells  # [A] when it can mate again
    energy: Reals  # [A]
    levels: Reals  # [A, D] of drives
    children: Cells  # [A]
    depth: Reals  # [A] generations behind it: one more than the mean of its parents
    genome: Genes  # [A, L]
    able: Flags  # [A] adult, ready and with energy enough to mate
    action: Acts  # [A] what it is going to do this tick
    courts: Flags  # [A] whether it mates if it can
    wants_child: Flags  # [A]
    thoughts: Reals  # [A] nominal cost of what it thought this tick


class Registry(NamedTuple):
    """All agents that ever lived, M by id."""

    parents: Ids  # [M, 2] ids, or ALONE
    grandchildren: Cells  # [M]


class Log(NamedTuple):
    """Births and deaths since the log was last read."""

    births: Ids  # [B, 4] parents, tick, cell; ids are those before NEXT_ID
    deaths: Ids  # [B, 4] id, tick, cause, cell


class Tally(NamedTuple):
    """What happened in an interval; W weights of an objective, T kinds of food."""

    counts: Ids  # [len(Count) + K] the last for K kinds of mind
    utility: Reals  # [1] mesa-utility of all who have an objective; or [1 + M · W] by feature too: see `felt_by`
    thinking: Reals  # [1]
    felt: Reals  # [W] amounts of features in what happened to anybody, then those times each drive
    eaten: Ids  # [T]


class Cohorts(NamedTuple):
    """Sums over those who were born in the same interval, for the Price equation; R intervals at once, L loci."""

    members: Ids  # [R]
    living: Ids  # [R]
    children: Reals  # [R] halves of children
    loci: Reals  # [R, L] sum of alleles
    squares: Reals  # [R, L] of their squares
    products: Reals  # [R, L] of alleles times halves of children
    changes: Reals  # [R, L] of child's allele minus parent's, halved, over parents and children


class Keys(NamedTuple):
    """Keys of random streams."""

    acts: np.uint64
    food: np.uint64
    crossover: np.uint64
    mutation: np.uint64
    lives: np.uint64
    migrants: np.uint64


class StaticParameters(NamedTuple):
    """Parameters that stay the same during a simulation, whatever the environment."""

    interval: int  # ticks
    floor: int  # agents
    loci: Loci
    by: Variation
    keys: Keys


class Scratch(NamedTuple):
    """Working memory of one tick."""

    order: Cells  # [A]
    bucket: Cells  # [BUCKETS + 1]
    rank: Ids  # [A]
    rows: Ids  # [A] parents of this tick's children, in pairs
    child: Ids  # [A // 2]
    offspring: Genes  # [A, L]
    mated: Flags  # [A // 2]


class Ecology(NamedTuple):
    """An ecology at one tick."""

    map: MapView
    agents: Agents
    registry: Registry
    bank: Genes  # [S, L] seeds that migrants come from; [0, L] where nobody migrates
    tally: Tally
    log: Log
    cohorts: Cohorts


BUCKETS = 4096


def new_agents(room: int, drives: int, loci: int) -> Agents:
    """Return arrays for as many agents, with drives and loci."""
    return Agents(
        id=np.zeros(room, np.int64),
        cell=np.zeros(room, np.int32),
        last=np.zeros(room, np.int8),
        controller=np.zeros(room, np.uint8),
        born=np.zeros(room, np.int32),
        due=np.zeros(room, np.int32),
        ready=np.zeros(room, np.int32),
        energy=np.zeros(room),
        levels=np.zeros((room, drives)),
        children=np.zeros(room, np.int32),
        depth=np.zeros(room),
        genome=np.zeros((room, loci), np.float32),
        able=np.zeros(room, np.bool_),
        action=np.zeros(room, np.int8),
        courts=np.zeros(room, np.bool_),
        wants_child=np.zeros(room, np.bool_),
        thoughts=np.zeros(room),
    )


def new_log(room: int) -> Log:
    """Return an empty log with room for as many births, and as many deaths."""
    return Log(np.zeros((room, 4), np.int64), np.zeros((room, 4), np.int64))


def new_scratch(room: int, loci: int) -> Scratch:
    """Return working memory for a tick of as many agents."""
    return Scratch(
        order=np.zeros(room, np.int32),
        bucket=np.zeros(BUCKETS + 1, np.int32),
        rank=np.zeros(room, np.int64),
        rows=np.zeros(room, np.int64),
        child=np.zeros(room // 2, np.int64),
        offspring=np.zeros((room, loci), np.float32),
        mated=np.zeros(room // 2, np.bool_),
    )


@inlined_kernel
def felt_by(id: int, weights: int) -> int:
    """Return the first of W places in `Tally.utility` for what one agent felt: as `Tally.felt`, but as it perceived it.

    Ordinary runs have no such places. They are not an array of their own because every further array that is handed to
    kernels made all ticks 6% slower.
    """
    return 1 + id * weights


def new_cohorts(intervals: int, loci: int) -> Cohorts:
    """Return sums over cohorts of as many intervals, all 0."""
    whole, sums, tables = np.int64, (intervals,), (intervals, loci)
    return Cohorts(np.zeros(sums, whole), np.zeros(sums, whole), np.zeros(sums), *(np.zeros(tables) for _ in range(4)))


def enlarged(array: np.ndarray, room: int) -> np.ndarray:
    """Return an array with more rows, those that are new all 0."""
    larger = np.zeros((room, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
