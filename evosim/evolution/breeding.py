"""Breeding inside kernels: the operators of the genetic algorithm, for parents that meet one by one."""

from typing import NamedTuple

import numpy as np

from evosim.evolution.crossover import blend, fill_between_cuts, fill_uniformly, spread_apart
from evosim.evolution.variation import mutate, mutate_polynomially, reset
from evosim.numerics.arrays import Flags, Genes, Ids, Reals
from evosim.numerics.compiler import kernel
from evosim.scenario.schema.evolution import (
    BlendCrossover,
    Evolution,
    GaussianMutation,
    OnePointCrossover,
    PolynomialMutation,
    SimulatedBinaryCrossover,
    TwoPointCrossover,
    UniformCrossover,
)

UNIFORM, ONE_POINT, TWO_POINT, BLEND, BINARY = range(5)
GAUSSIAN, POLYNOMIAL, RESET = range(3)


class Variation(NamedTuple):
    """Crossover and mutation of a scenario, as numbers for kernels."""

    crossover: int
    mating: float  # rate of crossover
    shape: float  # alpha of blend crossover, eta of simulated binary crossover
    mutation: int
    eta: float  # of polynomial mutation
    low: Reals  # [L]
    high: Reals  # [L]
    rate: Reals  # [L] of mutation
    step: Reals  # [L] standard deviation of Gaussian mutation
    struck: Ids  # [L] room for the loci that mutate


def variation(settings: Evolution, low: Reals, high: Reals, rate: Reals, scale: Reals) -> Variation:
    """Return crossover and mutation for kernels; `rate` and `scale` `[L]` are those of loci, NaN: the general ones."""
    mutation, crossover = settings.mutation, settings.crossover
    kind, shape = UNIFORM, 0.0
    match crossover:
        case UniformCrossover():
            kind = UNIFORM
        case OnePointCrossover():
            kind = ONE_POINT
        case TwoPointCrossover():
            kind = TWO_POINT
        case BlendCrossover(alpha=alpha):
            kind, shape = BLEND, alpha
        case SimulatedBinaryCrossover(eta=eta):
            kind, shape = BINARY, eta
    general = mutation.scale if isinstance(mutation, GaussianMutation) else 0.0
    by = GAUSSIAN if isinstance(mutation, GaussianMutation) else RESET
    by = POLYNOMIAL if isinstance(mutation, PolynomialMutation) else by
    scales = np.where(np.isnan(scale), general, scale)
    return Variation(
        crossover=kind,
        mating=crossover.rate,
        shape=shape,
        mutation=by,
        eta=mutation.eta if isinstance(mutation, PolynomialMutation) else 0.0,
        low=low,
        high=high,
        rate=np.where(np.isnan(rate), mutation.rate, rate),
        step=scales * 0.5 * (high - low),
        struck=np.empty(len(low), np.int64),
    )


@kernel
def cross(
    by: Variation, genomes: Genes, rows: Ids, crossover_key: np.uint64, out_offspring: Genes, out_mated: Flags
) -> None:
    """Write the offspring `[K, L]` of parents in pairs, `rows [K]` of `genomes`, before they mutate."""
    if by.crossover == UNIFORM:
        fill_uniformly(0, genomes, rows, crossover_key, by.mating, out_offspring, out_mated)
    elif by.crossover == ONE_POINT or by.crossover == TWO_POINT:
        points = 1 if by.crossover == ONE_POINT else 2
        fill_between_cuts(0, genomes, rows, crossover_key, by.mating, points, out_offspring, out_mated)
    else:
        for child in range(rows.shape[0]):
            for locus in range(genomes.shape[1]):
                out_offspring[child, locus] = genomes[rows[child], locus]
        if by.crossover == BLEND:
            blend(0, out_offspring, crossover_key, by.low, by.high, by.mating, by.shape, out_mated)
        else:
            spread_apart(0, out_offspring, crossover_key, by.low, by.high, by.mating, by.shape, out_mated)


@kernel
def breed(
    by: Variation,
    genomes: Genes,
    rows: Ids,
    crossover_key: np.uint64,
    mutation_key: np.uint64,
    out_offspring: Genes,
    out_mated: Flags,
) -> None:
    """Write the offspring `[K, L]` of parents in pairs, `rows [K]` of `genomes`."""
    cross(by, genomes, rows, crossover_key, out_offspring, out_mated)
    if by.mutation == GAUSSIAN:
        mutate(0, out_offspring, mutation_key, by.low, by.high, by.rate, by.step, by.struck)
    elif by.mutation == POLYNOMIAL:
        mutate_polynomially(0, out_offspring, mutation_key, by.low, by.high, by.rate, by.eta, by.struck)
    else:
        reset(0, out_offspring, mutation_key, by.low, by.high, by.rate)
