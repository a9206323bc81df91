"""Vital statistics: the tables of an ecology, each in a file of its own."""

from evosim.scenario.schema.names import Names
from evosim.simulation.ecology.columns import generations, individuals, loci, selection
from evosim.storage.columns import Table


def tables(names: Names) -> tuple[Table, ...]:
    """Define all tables of a run of a scenario whose world is an ecology."""
    return generations.table(names), loci.TABLE, selection.TABLE, individuals.table(names)
