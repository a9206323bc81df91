"""Crossover operators over the whole matrix of genomes.

An operator is a function `(genomes [P, L], rows [K], key) -> offspring [K, L], mated [K // 2]`.
Parents come as rows in pairs, and both children of a pair are kept: the first takes the place of
the first parent. Where loci are swapped the children are complementary, where numbers are
mixed they lie symmetrically about their parents' mean, until a bound reflects them.
An odd last parent stays alone.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from evosim.evolution.structured import Structures, crossing_records
from evosim.numerics.arrays import Flags, Genes, Ids, Reals
from evosim.numerics.compiler import in_parallel, inlined_kernel, kernel
from evosim.numerics.random import below, fold, reflect, uniform
from evosim.scenario.schema.evolution import (
    BlendCrossover,
    Crossover,
    OnePointCrossover,
    SimulatedBinaryCrossover,
    TwoPointCrossover,
    UniformCrossover,
)

LEAST_PAIRS = 1024  # that are worth another thread

Mate = Callable[[Genes, Ids, np.uint64], tuple[Genes, Flags]]


def crossover_operator(settings: Crossover, low: Reals, high: Reals, structures: Structures = ()) -> Mate:
    """Return the crossover operator of a scenario, for loci with bounds `[L]` and segments with a structure."""
    return crossing_records(_crossover_of_loci(settings, low, high), structures, low, high)


def _crossover_of_loci(settings: Crossover, low: Reals, high: Reals) -> Mate:
    match settings:
        case UniformCrossover(rate=rate):
            return partial(uniform_crossover, rate=rate)
        case OnePointCrossover(rate=rate):
            return partial(point_crossover, rate=rate, points=1)
        case TwoPointCrossover(rate=rate):
            return partial(point_crossover, rate=rate, points=2)
        case BlendCrossover(rate=rate, alpha=alpha):
            return partial(blend_crossover, low=low, high=high, rate=rate, alpha=alpha)
        case SimulatedBinaryCrossover(rate=rate, eta=eta):
            return partial(simulated_binary_crossover, low=low, high=high, rate=rate, eta=eta)


@inlined_kernel
def mates(pair_key: np.uint64, loci: int, rate: float) -> bool:
    """Whether a pair mates; it is the draw after those of its loci."""
    return uniform(pair_key, loci) < rate


def uniform_crossover(genomes: Genes, rows: Ids, key: np.uint64, *, rate: float) -> tuple[Genes, Flags]:
    """Return offspring `[K, L]` of pairs that mate with probability `rate` and swap each locus with probability 1/2."""
    offspring, mated = np.empty((len(rows), genomes.shape[1]), np.float32), np.zeros(len(rows) // 2, np.bool_)

    def some(first: int, last: int) -> None:
        children = slice(2 * first, 2 * last)
        fill_uniformly(first, genomes, rows[children], np.uint64(key), rate, offspring[children], mated[first:last])

    in_parallel(some, (len(rows) + 1) // 2, LEAST_PAIRS)
    return offspring, mated


@kernel
def fill_uniformly(
    begin: int, genomes: Genes, rows: Ids, key: np.uint64, rate: float, out_offspring: Genes, out_mated: Flags
) -> None:
    """Copy the loci of parents, in pairs numbered from `begin` on, to their own row or to their mate's in `[K, L]`."""
    loci = genomes.shape[1]
    for pair in range(out_mated.shape[0]):
        pair_key = fold(key, begin + pair)
        out_mated[pair] = mates(pair_key, loci, rate)
        one, other = genomes[rows[2 * pair]], genomes[rows[2 * pair + 1]]
        if out_mated[pair]:
            swap_uniformly(pair_key, one, other, out_offspring[2 * pair], out_offspring[2 * pair + 1])
        else:
            copy(one, out_offspring[2 * pair])
            copy(other, out_offspring[2 * pair + 1])
    if rows.shape[0] % 2 == 1:
        copy(genomes[rows[-1]], out_offspring[rows.shape[0] - 1])


@inlined_kernel
def swap_uniformly(pair_key: np.uint64, one: Genes, other: Genes, out_one: Genes, out_other: Genes) -> None:
    """Swap each locus `[L]` of a pair with probability 1/2; both children go by the same draw."""
    for locus in range(out_one.shape[0]):
        swaps = uniform(pair_key, locus) < 0.5
        mine, mates_own = one[locus], other[locus]
        out_one[locus] = mates_own if swaps else mine
        out_other[locus] = mine if swaps else mates_own


@inlined_kernel
def copy(genome: Genes, out_genome: Genes) -> None:
    """Copy a genome `[L]`."""
    for locus in range(out_genome.shape[0]):
        out_genome[locus] = genome[locus]


def point_crossover(genomes: Genes, rows: Ids, key: np.uint64, *, rate: float, points: int) -> tuple[Genes, Flags]:
    """Return offspring `[K, L]` of pairs that mate with probability `rate` and swap loci after a cut or between two.

    Cuts lie between loci and differ, every choice equally likely, as in DEAP; the second may be the end.
    A genome of one locus has no cut: its pairs mate, and swap nothing.
    """
    offspring, mated = np.empty((len(rows), genomes.shape[1]), np.float32), np.zeros(len(rows) // 2, np.bool_)

    def some(first: int, last: int) -> None:
        children, pairs = slice(2 * first, 2 * last), slice(first, last)
        fill_between_cuts(
            first, genomes, rows[children], np.uint64(key), rate, points, offspring[children], mated[pairs]
        )

    in_parallel(some, (len(rows) + 1) // 2, LEAST_PAIRS)
    return offspring, mated


@kernel
def fill_between_cuts(
    begin: int,
    genomes: Genes,
    rows: Ids,
    key: np.uint64,
    rate: float,
    points: int,
    out_offspring: Genes,
    out_mated: Flags,
) -> None:
    """Copy the loci of pairs from number `begin` on to their own rows of `[K, L]`, those between cuts to the mates'."""
    loci = genomes.shape[1]
    for child in range(rows.shape[0]):
        pair = child // 2
        pair_key = fold(key, begin + pair)
        first, last = loci, loci
        if pair < out_mated.shape[0]:
            out_mated[pair] = mates(pair_key, loci, rate)
            if out_mated[pair] and points == 1:
                first = 1 + below(pair_key, 0, loci - 1)
            elif out_mated[pair]:
                one, other = 1 + below(pair_key, 0, loci), 1 + below(pair_key, 1, loci - 1)
                other += other >= one
                first, last = min(one, other), max(one, other)
        for locus in range(loci):
            out_offspring[child, locus] = genomes[rows[child], locus]
        for locus in range(first, min(last, loci)):
            out_offspring[child, locus] = genomes[rows[child ^ 1], locus]


def mix_in_pairs(
    mixes: Callable[..., None],
    offspring: Genes,
    key: np.uint64,
    low: Reals,
    high: Reals,
    rate: float,
    degree: float,
) -> tuple[Genes, Flags]:
    """Mix neighbouring rows of `[K, L]` in place by a kernel, on all threads; return them, and which pairs mated."""
    mated = np.zeros(len(offspring) // 2, np.bool_)

    def some(first: int, last: int) -> None:
        mixes(first, offspring[2 * first : 2 * last], np.uint64(key), low, high, rate, degree, mated[first:last])

    in_parallel(some, len(mated), LEAST_PAIRS)
    return offspring, mated


def blend_crossover(
    genomes: Genes, rows: Ids, key: np.uint64, low: Reals, high: Reals, *, rate: float, alpha: float
) -> tuple[Genes, Flags]:
    """Return offspring `[K, L]` of pairs that mate with probability `rate` by BLX-alpha (Eshelman and Schaffer 1993).

    An allele is drawn uniformly between those of the parents, and from `alpha` times their distance
    beyond either; the other child gets its mirror image.
    """
    return mix_in_pairs(blend, genomes[rows], key, low, high, rate, alpha)


@kernel
def blend(
    begin: int, genomes: Genes, key: np.uint64, low: Reals, high: Reals, rate: float, alpha: float, out_mated: Flags
) -> None:
    """Blend neighbouring rows of genomes `[K, L]` in place, pairs numbered from `begin` on."""
    for pair in range(out_mated.shape[0]):
        pair_key = fold(key, begin + pair)
        out_mated[pair] = mates(pair_key, genomes.shape[1], rate)
        if out_mated[pair]:
            for locus in range(genomes.shape[1]):
                share = (1.0 + 2.0 * alpha) * uniform(pair_key, locus) - alpha
                mix(genomes, pair, locus, share, low, high)


def simulated_binary_crossover(
    genomes: Genes, rows: Ids, key: np.uint64, low: Reals, high: Reals, *, rate: float, eta: float
) -> tuple[Genes, Flags]:
    """Return offspring `[K, L]` of pairs that mate with probability `rate` by SBX (Deb and Agrawal 1995).

    The children's distance is that of the parents times a spread which is as likely to be below 1 as
    above; the larger `eta`, the closer it is to 1.
    """
    return mix_in_pairs(spread_apart, genomes[rows], key, low, high, rate, eta)


@kernel
def spread_apart(
    begin: int, genomes: Genes, key: np.uint64, low: Reals, high: Reals, rate: float, eta: float, out_mated: Flags
) -> None:
    """Spread neighbouring rows of genomes `[K, L]` in place, pairs numbered from `begin` on."""
    for pair in range(out_mated.shape[0]):
        pair_key = fold(key, begin + pair)
        out_mated[pair] = mates(pair_key, genomes.shape[1], rate)
        if out_mated[pair]:
            for locus in range(genomes.shape[1]):
                drawn = uniform(pair_key, locus)
                ratio = 2.0 * drawn if drawn <= 0.5 else 0.5 / (1.0 - drawn)
                spread = ratio ** (1.0 / (eta + 1.0))
                mix(genomes, pair, locus, 0.5 * (1.0 - spread), low, high)


@inlined_kernel
def mix(genomes: Genes, pair: int, locus: int, share: float, low: Reals, high: Reals) -> None:
    """Move the alleles of a pair of genomes `[K, L]` towards each other by a share of their distance, in place."""
    one, other = np.float64(genomes[2 * pair, locus]), np.float64(genomes[2 * pair + 1, locus])
    step = share * (other - one)
    genomes[2 * pair, locus] = reflect(one + step, low[locus], high[locus])
    genomes[2 * pair + 1, locus] = reflect(other - step, low[locus], high[locus])
