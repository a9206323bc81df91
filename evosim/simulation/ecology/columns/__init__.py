"""Vital statistics: the tables of an ecology, each in a file of its own."""

from collections.abc import Sequence

from evosim.measures.columns import with_own
from evosim.scenario.schema.names import Names
from evosim.simulation.ecology.columns import births, generations, individuals, loci, selection
from evosim.storage.columns import Table


def tables(names: Names, recorded: Sequence[str] | None = None) -> tuple[Table, ...]:
    """Define all tables of a run of a scenario whose world is an ecology; `recorded` are loci stored at birth."""
    of_all = generations.table(names), loci.TABLE, selection.TABLE, individuals.table(names)
    always = with_own(of_all, names.own)
    return always if recorded is None else (*always, births.births_table(recorded), births.ENDS)
