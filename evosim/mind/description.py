"""The length of a mind's description: how many bits it takes to tell the numbers that the mind is made of.

The shorter a description, the simpler the mind (Rissanen 1978); a price on it is parsimony pressure, as in genetic
programming (Koza 1992; Zhang and Mühlenbein 1995). Numbers are told by a prefix code, so that lengths are those of
texts which can be read again, and all kinds of mind are measured in the same unit.
"""

from collections.abc import Callable, Iterable

import numpy as np

from evosim.mind.segments import Segment
from evosim.numerics.arrays import Acts, Reals

STEPS = 16  # to which a number is told, in half the width of its range


def gamma_bits(numbers: np.ndarray) -> Reals:
    """Return the lengths `[...]` of whole numbers from 1 on, in bits of the gamma code (Elias 1975)."""
    return np.asarray(2.0 * np.frexp(numbers)[1] - 1.0)


def number_bits(alleles: Reals, lows: Reals, highs: Reals) -> Reals:
    """Return how many bits it takes to tell alleles `[P, n]`, each; bounds are `[n]`.

    What is told is how many steps they lie from the number of their range that is nearest to 0: that takes one bit.
    """
    nearest = np.clip(0.0, lows, highs)
    steps = np.rint((alleles - nearest) / ((highs - lows) / 2) * STEPS)
    signed = (lows < 0.0) & (highs > 0.0)
    return gamma_bits(np.where(signed, np.maximum(2 * np.abs(steps) + (steps < 0), 1), np.abs(steps) + 1))


def segment_bits(segment: Segment, alleles: Reals) -> Reals:
    """Return how many bits `[P]` it takes to tell the alleles `[P, n]` of a segment; a category takes log2 of all."""
    if segment.structure is None:
        return np.asarray(number_bits(alleles, segment.lows, segment.highs).sum(axis=1))
    real = ~segment.structure.is_category
    categories = segment.structure.records * sum(np.log2(values) for values in segment.structure.values if values)
    numbers = number_bits(alleles[:, real], segment.lows[real], segment.highs[real])
    return np.asarray(numbers.sum(axis=1) + categories)


def bits_of(segments: Iterable[Segment], loci: Callable[[str], Reals], population: int) -> Reals:
    """Return how many bits `[P]` it takes to tell all segments, of which `loci` are the alleles `[P, n]` by name."""
    return sum((segment_bits(segment, loci(segment.name)) for segment in segments), np.zeros(population))


def run_bits(sequences: Acts, values: int) -> Reals:
    """Return how many bits `[P]` it takes to tell sequences `[P, T]` of so many values, run by run.

    A run is a value, another than that of the run before, and how often it stands there.
    """
    count, length = sequences.shape
    begins = np.ones((count, length), np.bool_)
    begins[:, 1:] = sequences[:, 1:] != sequences[:, :-1]
    starts = np.flatnonzero(begins)
    bits = gamma_bits(np.diff(starts, append=count * length)) + np.log2(values - 1)
    first = np.log2(values) - np.log2(values - 1)  # before which there is none that it differs from
    return np.asarray(np.bincount(starts // length, bits, count) + first)
