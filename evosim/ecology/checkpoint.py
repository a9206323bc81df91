"""The checkpoint of an ecology: all that its next interval needs."""

from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Genes, Ids

Memory = dict[str, np.ndarray]


class EcologyCheckpoint(NamedTuple):
    """All that the next interval needs: a stored run continues from here."""

    number: int  # of the last interval
    genomes: Genes  # [N, L] of the living
    memory: Memory
    parents: Ids  # [M, 2] of everybody who ever lived
    digest: str
