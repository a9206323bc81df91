"""Table `loci`: the distribution of alleles over a population, for all processes."""

from functools import cached_property

import numpy as np

from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.quantiles import quantiles
from evosim.storage.columns import Column


class Alleles:
    """What the columns of table `loci` are computed from: one row for each locus."""

    def __init__(self, number: int, loci: tuple[str, ...], genomes: Genes) -> None:
        self.number = number  # of the step
        self.loci = loci
        self.genomes: Reals = genomes.astype(np.float64)  # [N, L]

    @cached_property
    def quantiles(self) -> Reals:
        """The 5% and 95% quantiles `[2, L]`."""
        return quantiles(np.ascontiguousarray(self.genomes.T), (0.05, 0.95))


def allele_columns(number: Column, population: str) -> tuple[Column, ...]:
    """Define the columns of table `loci` after that of the step's number; `population` names it in definitions."""
    return (
        number,
        Column("locus", "text", "name", "The locus, as <segment>.<name>.", lambda alleles: [*alleles.loci]),
        Column(
            "mean",
            "real",
            "allele",
            f"Mean over {population}, expressed or silent.",
            lambda alleles: alleles.genomes.mean(axis=0),
        ),
        Column(
            "std",
            "real",
            "allele",
            f"Standard deviation over {population}.",
            lambda alleles: alleles.genomes.std(axis=0),
        ),
        Column("q05", "real", "allele", f"5% quantile over {population}.", lambda alleles: alleles.quantiles[0]),
        Column("q95", "real", "allele", f"95% quantile over {population}.", lambda alleles: alleles.quantiles[1]),
    )
