"""What an ecology itself reads of genomes and minds: who expresses which kind, and what they all can want or feel."""

from typing import NamedTuple

import numpy as np

from evosim.mind.alleles import NOT_INHERITED, first_locus
from evosim.mind.genome import GenomeLayout
from evosim.mind.kinds import express_wants
from evosim.numerics.arrays import Acts, Flags, Genes
from evosim.numerics.compiler import inlined_kernel
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import HUNGER
from evosim.scenario.schema.names import controller_names


class Loci(NamedTuple):
    """Loci that kinds of mind share, and what is known of the K kinds that there can be, by their numbers."""

    present: Acts  # [N] numbers of the kinds in the scenario
    controller: int  # the first of N loci, one for each of those, or NOT_INHERITED
    wants: Flags  # [K] whether a kind acts on the mesa-objective
    objective: int  # the first of its loci, or NOT_INHERITED
    hunger: int  # which of the drives it is, or NOT_INHERITED


def loci_of(scenario: Scenario, layout: GenomeLayout) -> Loci:
    """Find what an ecology reads in the genomes of a scenario."""
    names, drives = controller_names(scenario), scenario.mind.objective.drives
    return Loci(
        present=np.array([n for n, name in enumerate(names) if name in scenario.mind.controllers], np.int8),
        controller=first_locus(layout, "controller"),
        wants=express_wants(scenario, np.arange(len(names), dtype=np.uint8)),
        objective=first_locus(layout, "objective"),
        hunger=drives.index(HUNGER) if HUNGER in drives else NOT_INHERITED,
    )


@inlined_kernel
def controller_of(genome: Genes, loci: Loci) -> int:
    """Return the number of the kind that a genome `[L]` expresses: of the largest propensity, the first of equals."""
    best = 0
    if loci.controller >= 0:
        for n in range(1, loci.present.shape[0]):
            if genome[loci.controller + n] > genome[loci.controller + best]:
                best = n
    return int(loci.present[best])
