"""The statistics of a generation: its tables, each in a file of its own."""

from evosim.measures.columns import with_own
from evosim.scenario.schema.names import Names
from evosim.simulation.generational.columns import generations, individuals, islands, loci, measurements
from evosim.storage.columns import Table


def tables(names: Names) -> tuple[Table, ...]:
    """Define all tables of a run of a scenario."""
    of_all = generations.TABLE, loci.TABLE, measurements.table(names), individuals.table(names)
    return with_own((*of_all, islands.table(names)) if names.islands else of_all, names.own)
