"""Which individuals of a step have rows of their own: all of them, or of very many a sample.

What is reported of a population as a whole is computed from all who are in it. Rows about single ones take more room
than their genomes, and nobody reads a million of them.
"""

import numpy as np

from evosim.mind.founders import draw_uniform
from evosim.numerics.arrays import Ids
from evosim.numerics.random import Stream, key_of
from evosim.simulation.laboratory import Laboratory


def stored_rows(laboratory: Laboratory, step: int, count: int) -> Ids | None:
    """Return the rows `[N]` of those, of `count` in a step, who are stored, in ascending order; None: all are.

    Each is as likely as any other to be one of `measure.individuals`: those for whom the least numbers are drawn.
    """
    most = laboratory.scenario.measure.individuals
    if count <= most:
        return None
    drawn = np.empty((count, 1))
    draw_uniform(key_of(laboratory.seed, Stream.STORED, step), np.zeros(1), np.ones(1), drawn)
    return np.sort(np.argsort(drawn[:, 0], kind="stable")[:most])
