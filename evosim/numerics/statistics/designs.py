"""Designs: points that cover a unit cube evenly."""

from evosim.numerics.arrays import Reals


def halton_points(count: int, dimensions: int, seed: int) -> Reals:
    """Return points `[count, dimensions]` of a scrambled Halton sequence (Owen 2017), a function of the seed."""
    from numpy.random import Generator, Philox
    from scipy.stats.qmc import Halton

    points: Reals = Halton(dimensions, seed=Generator(Philox(seed))).random(count)
    return points
