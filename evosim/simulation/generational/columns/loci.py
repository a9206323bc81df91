"""Table `loci`: one row for each locus of each generation."""

from evosim.simulation.generational.columns.views import NUMBER
from evosim.simulation.loci import Alleles, allele_columns
from evosim.storage.columns import Table

TABLE = Table(
    "loci",
    allele_columns(NUMBER, "the population"),
    lambda snapshot: [Alleles(snapshot.number, snapshot.laboratory.layout.loci, snapshot.population.genomes)],
)
