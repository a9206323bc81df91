"""Mutation operators over the whole matrix of genomes (crossover.py has crossover).

Numbers that evolve stay within the bounds of their locus: a step beyond one is reflected, so
that without selection every allele is as likely as any other.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from evosim.evolution.structured import Structures, mutating_records
from evosim.numerics.arrays import Genes, Ids, Reals
from evosim.numerics.compiler import in_parallel, inlined_kernel, kernel
from evosim.numerics.random import fold, normal, reflect, uniform
from evosim.scenario.schema.evolution import GaussianMutation, Mutation, PolynomialMutation, ResetMutation

LEAST_ROWS = 1024  # that are worth another thread

Mutate = Callable[[Genes, np.uint64], Genes]


def mutation_operator(
    settings: Mutation,
    low: Reals,
    high: Reals,
    rate: Reals | None = None,
    scale: Reals | None = None,
    structures: Structures = (),
) -> Mutate:
    """Return the mutation operator of a scenario, which mutates genomes `[P, L]` in place.

    Loci may have a rate and a scale of their own: `rate [L]` and `scale [L]`, NaN where the settings hold. Those of
    segments with a structure, which mutate in their own way, have a rate of 0.

    Raises:
        ValueError: a locus has a scale of its own, and the operator has none.
    """
    if scale is not None and not np.isnan(scale).all() and not isinstance(settings, GaussianMutation):
        raise ValueError(f"mutation by {settings.operator} has no scale, and loci have scales of their own")
    mutate = _mutation_of_loci(settings, low, high, _own_or(settings.rate, rate, len(low)), scale)
    return mutating_records(mutate, structures, low, high)


def _mutation_of_loci(settings: Mutation, low: Reals, high: Reals, rates: Reals, scale: Reals | None) -> Mutate:
    match settings:
        case GaussianMutation():
            scales = _own_or(settings.scale, scale, len(low))
            return partial(gaussian_mutation, low=low, high=high, rate=rates, scale=scales)
        case PolynomialMutation(eta=eta):
            return partial(polynomial_mutation, low=low, high=high, rate=rates, eta=eta)
        case ResetMutation():
            return partial(reset_mutation, low=low, high=high, rate=rates)


def _own_or(otherwise: float, own: Reals | None, loci: int) -> Reals:
    return np.full(loci, otherwise) if own is None else np.where(np.isnan(own), otherwise, own)


@inlined_kernel
def list_mutating(row_key: np.uint64, rate: Reals, out_loci: Ids) -> int:
    """List the loci of a genome that mutate in `out_loci [L]`; return their number.

    Drawing is a loop of its own, which the compiler vectorises; mutating is another, since it would compute logarithms
    and powers for all loci.
    """
    for locus in range(rate.shape[0]):
        out_loci[locus] = 1 if uniform(row_key, locus) < rate[locus] else 0
    count = 0
    for locus in range(rate.shape[0]):
        mutates = out_loci[locus]
        out_loci[count] = locus
        count += mutates
    return count


def gaussian_mutation(
    genomes: Genes, key: np.uint64, low: Reals, high: Reals, *, rate: Reals | float, scale: Reals | float
) -> Genes:
    """Move each locus with probability `rate` by a normal step of `scale` half-widths of its range, in place.

    `rate` and `scale` are numbers, or one for each locus `[L]`.
    """
    rates, steps = np.full(len(low), rate, np.float64), np.asarray(scale, np.float64) * 0.5 * (high - low)

    def some(first: int, last: int) -> None:
        mutate(first, genomes[first:last], np.uint64(key), low, high, rates, steps, np.empty(len(low), np.int64))

    in_parallel(some, len(genomes), LEAST_ROWS)
    return genomes


@kernel
def mutate(
    begin: int, genomes: Genes, key: np.uint64, low: Reals, high: Reals, rate: Reals, step: Reals, struck: Ids
) -> None:
    """Mutate genomes `[P, L]`, rows numbered from `begin` on, in place.

    `step [L]` is the standard deviation, `struck [L]` working memory.
    """
    for row in range(genomes.shape[0]):
        row_key = fold(key, begin + row)
        for n in range(list_mutating(row_key, rate, struck)):
            locus = struck[n]
            moved = genomes[row, locus] + step[locus] * normal(fold(row_key, locus), 0)
            genomes[row, locus] = reflect(moved, low[locus], high[locus])


def polynomial_mutation(
    genomes: Genes, key: np.uint64, low: Reals, high: Reals, *, rate: Reals | float, eta: float
) -> Genes:
    """Move each locus of `[P, L]` with probability `rate` by a step of Deb's polynomial distribution, in place.

    The step is at most the width of the range, and has the density (eta + 1) / 2 · (1 − |step|) ** eta
    (Deb and Goyal 1996, eq. 6): the larger `eta`, the closer is the mutant.
    """
    rates = np.full(len(low), rate, np.float64)

    def some(first: int, last: int) -> None:
        struck = np.empty(len(low), np.int64)
        mutate_polynomially(first, genomes[first:last], np.uint64(key), low, high, rates, eta, struck)

    in_parallel(some, len(genomes), LEAST_ROWS)
    return genomes


@kernel
def mutate_polynomially(
    begin: int, genomes: Genes, key: np.uint64, low: Reals, high: Reals, rate: Reals, eta: float, struck: Ids
) -> None:
    """Mutate genomes `[P, L]`, rows numbered from `begin` on, in place; `struck [L]` is working memory."""
    for row in range(genomes.shape[0]):
        row_key = fold(key, begin + row)
        for n in range(list_mutating(row_key, rate, struck)):
            locus = struck[n]
            drawn = uniform(fold(row_key, locus), 0)
            step = 1.0 - (2.0 * min(drawn, 1.0 - drawn)) ** (1.0 / (eta + 1.0))
            step *= (high[locus] - low[locus]) * (1.0 if drawn >= 0.5 else -1.0)
            genomes[row, locus] = reflect(genomes[row, locus] + step, low[locus], high[locus])


def reset_mutation(genomes: Genes, key: np.uint64, low: Reals, high: Reals, *, rate: Reals | float) -> Genes:
    """Redraw each locus of `[P, L]` with probability `rate` from its whole range, in place."""
    rates = np.full(len(low), rate, np.float64)

    def some(first: int, last: int) -> None:
        reset(first, genomes[first:last], np.uint64(key), low, high, rates)

    in_parallel(some, len(genomes), LEAST_ROWS)
    return genomes


@kernel
def reset(begin: int, genomes: Genes, key: np.uint64, low: Reals, high: Reals, rate: Reals) -> None:
    """Mutate genomes `[P, L]`, rows numbered from `begin` on, in place."""
    for row in range(genomes.shape[0]):
        row_key = fold(key, begin + row)
        for locus in range(genomes.shape[1]):
            if uniform(row_key, locus) < rate[locus]:
                share = uniform(fold(row_key, locus), 0)
                genomes[row, locus] = low[locus] + share * (high[locus] - low[locus])
