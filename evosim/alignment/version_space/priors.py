"""The founders' prior over some segments of a genome, in coordinates in which moves that preserve it are simple.

Each locus has one coordinate: uniform on [0, 1) where founders are drawn from the whole range, standard normal where
they are scattered around a point (and reflected at the ends of the range). `alleles_of` turns coordinates into alleles.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.mind.founders import draw_uniform
from evosim.mind.genome import GenomeLayout
from evosim.numerics.arrays import Flags, Genes, Ids, Reals
from evosim.numerics.random import TAU, subkey


class Prior(NamedTuple):
    """What founders' alleles at D loci are drawn from."""

    columns: Ids  # [D] of a genome
    low: Reals  # [D]
    high: Reals  # [D]
    centre: Reals  # [D] of those that are scattered
    scale: Reals  # [D] standard deviation of the scatter
    scattered: Flags  # [D] normally around the centre; else anywhere in the range

    @property
    def is_a_point(self) -> bool:
        """Whether all founders are alike at these loci, so that there is nothing to be drawn."""
        return bool((self.scattered & (self.scale == 0.0)).all())


def founders_prior(layout: GenomeLayout, segments: Sequence[str]) -> Prior:
    """Return the founders' prior over some segments, those that the genome has."""
    rows: list[list[float]] = []
    for segment in layout.segments:
        if segment.name in segments:
            first, scale = layout.slice_of(segment.name).start, segment.spread / 2 * (segment.high - segment.low)
            centres = [0.0] * len(segment.loci) if segment.initial is None else segment.initial
            rows += [
                [first + number, segment.low, segment.high, centre, scale, segment.initial is not None]
                for number, centre in enumerate(centres)
            ]
    columns, low, high, centre, scales, scattered = np.array(rows, np.float64).reshape(-1, 6).T
    return Prior(columns.astype(np.int64), low, high, centre, scales, scattered.astype(np.bool_))


def draw_uniforms(key: np.uint64, rows: int, columns: int) -> Reals:
    """Draw numbers from [0, 1), `[rows, columns]`."""
    drawn = np.empty((rows, columns))
    draw_uniform(np.uint64(key), np.zeros(columns), np.ones(columns), drawn)
    return drawn


def draw_normals(key: np.uint64, rows: int, columns: int) -> Reals:
    """Draw from the standard normal distribution, `[rows, columns]` (Box and Muller 1958)."""
    first, second = np.split(draw_uniforms(key, rows, 2 * columns), 2, axis=1)
    drawn: Reals = np.sqrt(-2.0 * np.log(1.0 - first)) * np.cos(TAU * second)
    return drawn


def draw_coordinates(prior: Prior, key: np.uint64, rows: int) -> Reals:
    """Draw coordinates `[rows, D]` from the prior."""
    count = len(prior.columns)
    flat, bell = draw_uniforms(subkey(key, 0), rows, count), draw_normals(subkey(key, 1), rows, count)
    return np.where(prior.scattered, bell, flat)


def propose_coordinates(prior: Prior, at: Reals, key: np.uint64, step: float) -> Reals:
    """Propose coordinates `[rows, D]` near others, by a move that is reversible with respect to the prior.

    Normal coordinates move by preconditioned Crank–Nicolson, `√(1 − step²) z + step ξ` (Cotter et al. 2013, section 4),
    uniform ones by a normal step, reflected at 0 and 1. `step` lies between 0 and 1.
    """
    noise = draw_normals(key, *at.shape)
    bell = np.sqrt(1.0 - step**2) * at + step * noise
    beyond = (at + step * noise) % 2.0
    return np.where(prior.scattered, bell, np.minimum(beyond, 2.0 - beyond))


def alleles_of(prior: Prior, at: Reals) -> Genes:
    """Return the alleles `[rows, D]` that coordinates stand for."""
    width = prior.high - prior.low
    beyond = (prior.centre + prior.scale * at - prior.low) % (2.0 * width)
    scattered = prior.low + np.minimum(beyond, 2.0 * width - beyond)
    alleles: Genes = np.where(prior.scattered, scattered, prior.low + at * width).astype(np.float32)
    return alleles
