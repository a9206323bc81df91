"""Variation: mutation over the whole matrix of genomes (crossover.py has what two parents do).

Numbers that evolve stay within the bounds of their locus: a step beyond one is reflected, so
that without selection every allele is as likely as any other.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from evosim.chance import fold, normal, uniform
from evosim.jit import kernel
from evosim.scenario.evolving import GaussianMutation, Mutation, PolynomialMutation, ResetMutation
from evosim.types import Genes, Reals

Mutate = Callable[[Genes, np.uint64], Genes]


def mutation_operator(settings: Mutation, low: Reals, high: Reals) -> Mutate:
    """Turn the mutation of a scenario into a function that mutates genomes `[P, L]` in place."""
    match settings:
        case GaussianMutation(rate=rate, scale=scale):
            return partial(gaussian_mutation, low=low, high=high, rate=rate, scale=scale)
        case PolynomialMutation(rate=rate, eta=eta):
            return partial(polynomial_mutation, low=low, high=high, rate=rate, eta=eta)
        case ResetMutation(rate=rate):
            return partial(reset_mutation, low=low, high=high, rate=rate)


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


def polynomial_mutation(genomes: Genes, key: np.uint64, low: Reals, high: Reals, *, rate: float, eta: float) -> Genes:
    """Move each locus with probability `rate` by a step of Deb's polynomial distribution, in place.

    The step is at most the width of the range, and has the density (eta + 1) / 2 · (1 − |step|) ** eta
    (Deb and Goyal 1996, eq. 6): the larger `eta`, the closer is the mutant.
    """
    mutate_polynomially(genomes, np.uint64(key), low, high, rate, eta)
    return genomes


@kernel
def mutate_polynomially(genomes: Genes, key: np.uint64, low: Reals, high: Reals, rate: float, eta: float) -> None:
    """Mutate in place."""
    for row in range(genomes.shape[0]):
        row_key = fold(key, row)
        for locus in range(genomes.shape[1]):
            if uniform(row_key, locus) < rate:
                drawn = uniform(fold(row_key, locus), 0)
                step = 1.0 - (2.0 * min(drawn, 1.0 - drawn)) ** (1.0 / (eta + 1.0))
                step *= (high[locus] - low[locus]) * (1.0 if drawn >= 0.5 else -1.0)
                genomes[row, locus] = reflect(genomes[row, locus] + step, low[locus], high[locus])


def reset_mutation(genomes: Genes, key: np.uint64, low: Reals, high: Reals, *, rate: float) -> Genes:
    """Draw each locus with probability `rate` anew from its whole range, in place."""
    reset(genomes, np.uint64(key), low, high, rate)
    return genomes


@kernel
def reset(genomes: Genes, key: np.uint64, low: Reals, high: Reals, rate: float) -> None:
    """Mutate in place."""
    for row in range(genomes.shape[0]):
        row_key = fold(key, row)
        for locus in range(genomes.shape[1]):
            if uniform(row_key, locus) < rate:
                share = uniform(fold(row_key, locus), 0)
                genomes[row, locus] = low[locus] + share * (high[locus] - low[locus])


@kernel
def reflect(value: float, low: float, high: float) -> float:
    """Fold a number back into a range as if its ends were mirrors."""
    width = high - low
    beyond = (value - low) % (2.0 * width)
    return low + (beyond if beyond <= width else 2.0 * width - beyond)
