"""Alleles: how kernels read the parts of a mind from a genome, for as long as only the genome is stored.

In a shared world genomes come and go at every tick, so no mind is expressed as a whole. What does not evolve is pinned:
it is the same for all, and no genome has it.
"""

from typing import NamedTuple

import numpy as np

from evosim.mind.kind import pinned_at
from evosim.mind.segments import GenomeLayout, objective_of
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.compiler import inlined_kernel
from evosim.scenario.schema.locus import Locus
from evosim.scenario.schema.scenario import Scenario

NOT_INHERITED = -1


class Number(NamedTuple):
    """One number of a mind."""

    locus: int  # or NOT_INHERITED
    pinned: float  # where it is not inherited


class Weights(NamedTuple):
    """W weights of a mind, side by side."""

    first: int  # locus, or NOT_INHERITED
    pinned: Reals  # [W] where they are not inherited


class Detectors(NamedTuple):
    """Detectors between F features and a mind: F · (F + 1) loci, weights on what can be observed, then a bias."""

    first: int  # locus, or NOT_INHERITED: what is there is perceived
    sharpness: float


def first_locus(layout: GenomeLayout, segment: str) -> int:
    """Return the first locus of a segment, or NOT_INHERITED."""
    columns = layout.slice_of(segment)
    return columns.start if columns.stop > columns.start else NOT_INHERITED


def number_in(layout: GenomeLayout, name: str, locus: Locus) -> Number:
    """Return where a number of a mind stands, by the name of its segment."""
    return Number(first_locus(layout, name), pinned_at(locus))


def objective_in(layout: GenomeLayout, scenario: Scenario) -> Weights:
    """Return where a mesa-objective stands: F weights of features, then F for each of D drives."""
    return Weights(first_locus(layout, "objective"), np.array(objective_of(scenario)))


def detectors_in(layout: GenomeLayout, scenario: Scenario) -> Detectors:
    """Return where detectors stand."""
    return Detectors(first_locus(layout, "perception"), scenario.mind.perception.sharpness)


@inlined_kernel
def number_of(genome: Genes, number: Number) -> float:
    """Return a number of the mind with a genome `[L]`."""
    return np.float64(genome[number.locus]) if number.locus >= 0 else number.pinned


@inlined_kernel
def weight_of(genome: Genes, w: int, weights: Weights) -> float:
    """Return weight `w` of the mind with a genome `[L]`."""
    return np.float64(genome[weights.first + w]) if weights.first >= 0 else weights.pinned[w]


@inlined_kernel
def perceived_feature(genome: Genes, feature: int, observed: Reals, detectors: Detectors) -> float:
    """Return one feature of what can be observed `[F]`, as the mind with a genome `[L]` perceives it."""
    if detectors.first < 0:
        return float(observed[feature])
    count = observed.shape[0]
    at = detectors.first + feature * (count + 1)
    signal = np.float64(genome[at + count])
    for f in range(count):
        signal += np.float64(genome[at + f]) * observed[f]
    return float(1.0 / (1.0 + np.exp(-detectors.sharpness * signal)))
