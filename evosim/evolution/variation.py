"""Variation: crossover and mutation over the whole matrix of genomes.

Parents come as rows in pairs. Numbers that evolve stay within the bounds of their locus: a step
beyond one is reflected, so that without selection every allele is as likely as any other.
"""

import numpy as np

from evosim.chance import fold, normal, uniform
from evosim.jit import kernel
from evosim.types import Flags, Genes, Ids, Reals

ALONE = -1


def uniform_crossover(genomes: Genes, rows: Ids, key: np.uint64, *, rate: float) -> tuple[Genes, Flags]:
    """Copy the parents `rows [K]`, and let each pair swap every locus with probability 1/2, at probability `rate`.

    Returns the offspring `[K, L]`, and which pairs mated `[K // 2]`; an odd last parent stays alone.
    """
    offspring = np.empty((len(rows), genomes.shape[1]), np.float32)
    mated = np.zeros(len(rows) // 2, np.bool_)
    fill_crossover(genomes, rows, np.uint64(key), rate, offspring, mated)
    return offspring, mated


@kernel
def fill_crossover(
    genomes: Genes, rows: Ids, key: np.uint64, rate: float, out_offspring: Genes, out_mated: Flags
) -> None:
    """Copy each parent's loci to its own place or to its mate's."""
    loci = genomes.shape[1]
    for child in range(rows.shape[0]):
        pair = child // 2
        pair_key = fold(key, pair)
        has_mate = pair < out_mated.shape[0]
        mates = has_mate and uniform(pair_key, loci) < rate
        if has_mate:
            out_mated[pair] = mates
        other = rows[child ^ 1] if mates else rows[child]
        for locus in range(loci):
            swaps = mates and uniform(pair_key, locus) < 0.5
            out_offspring[child, locus] = genomes[other if swaps else rows[child], locus]


def gaussian_mutation(genomes: Genes, key: np.uint64, low: Reals, high: Reals, *, rate: float, scale: float) -> Genes:
    """Move each locus with probability `rate` by a normal step of `scale` half-widths of its range, in place."""
    mutate(genomes, np.uint64(key), low, high, rate, scale)
    return genomes


@kernel
def mutate(genomes: Genes, key: np.uint64, low: Reals, high: Reals, rate: float, scale: float) -> None:
    """Mutate in place."""
    for row in range(genomes.shape[0]):
        row_key = fold(key, row)
        for locus in range(genomes.shape[1]):
            if uniform(row_key, locus) < rate:
                step = scale * 0.5 * (high[locus] - low[locus]) * normal(fold(row_key, locus), 0)
                genomes[row, locus] = reflect(genomes[row, locus] + step, low[locus], high[locus])


@kernel
def reflect(value: float, low: float, high: float) -> float:
    """Fold a number back into a range as if its ends were mirrors."""
    width = high - low
    beyond = (value - low) % (2.0 * width)
    return low + (beyond if beyond <= width else 2.0 * width - beyond)
