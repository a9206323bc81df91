"""Table `loci`: one row for each locus of each interval at whose end somebody is alive."""

from collections.abc import Iterator

from evosim.simulation.ecology.columns.views import NUMBER, EcologySnapshot
from evosim.simulation.loci import Alleles, allele_columns
from evosim.storage.columns import Table


def _alleles(snapshot: EcologySnapshot) -> Iterator[Alleles]:
    if snapshot.interval.alive:
        yield Alleles(snapshot.number, snapshot.laboratory.layout.loci, snapshot.interval.genomes)


TABLE = Table("loci", allele_columns(NUMBER, "living agents"), _alleles)
