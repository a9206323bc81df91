"""Tables that follow from recorded births: each agent with its genome and its fate, and life tables by kind of mind."""

from collections.abc import Callable, Iterator

import numpy as np

from evosim.simulation.ecology.life_histories import LIFE_TABLE, TableOfLives, life_histories, life_table_rows
from evosim.storage.columns import Column, Row, Tables
from evosim.storage.export import LifeRecord
from evosim.storage.reader import StoredRun
from evosim.storage.schema import CorruptRunError, RunFileError

BIRTHS, ENDS, AGENTS, BY_KIND = "births", "ends", "agents", "life_table_by_kind"
RECORDED = (AGENTS, BY_KIND)
OF_AN_AGENT = (
    Column("id", "integer", "", "Id of the agent, in order of birth."),
    Column("parent_1", "integer", "id", "The parent that courted; empty for founders and migrants.", may_be_empty=True),
    Column("parent_2", "integer", "id", "The parent that was courted; likewise empty.", may_be_empty=True),
    Column("born", "integer", "ticks", "Tick of its birth; under 0 for founders, who have an age at the beginning."),
    Column("died", "integer", "ticks", "Tick of its death; empty if it is alive.", may_be_empty=True),
    Column("age", "integer", "ticks", "Its age when it died; empty if it is alive.", may_be_empty=True),
    Column("cause", "text", "name", "hunger, age, accident or culled; empty if it is alive.", may_be_empty=True),
    Column("children", "integer", "children", "Number of its children: all, if it is dead."),
    Column("born_row", "integer", "cells", "Row of the cell where it was born; the first is 0."),
    Column("born_column", "integer", "cells", "Column of that cell."),
    Column("died_row", "integer", "cells", "Row of the cell where it died; empty if it is alive.", may_be_empty=True),
    Column("died_column", "integer", "cells", "Column of that cell; empty if it is alive.", may_be_empty=True),
    Column("controller", "text", "name", "Kind of mind that its genome expresses."),
    Column("mutations", "integer", "loci", "Number of loci whose allele is not the one inherited."),
    Column("origins", "text", "characters", "By which parent each locus came, as in table `births`."),
)  # fmt: skip
KIND = Column("controller", "text", "name", "Kind of mind.")


class RecordedTable(TableOfLives):
    """One of the tables that follow from the recorded births of a run."""

    def tables(self) -> Tables:
        """Return the columns of the table.

        Raises:
            RunFileError: the run has no record of births.
        """
        if self.name == BY_KIND:
            refuse_unrecorded(self.run)
            return {BY_KIND: (KIND, *LIFE_TABLE)}
        return {AGENTS: (*OF_AN_AGENT, *allele_columns_of(self.run))}

    def table(self, name: str) -> tuple[list[str], list[Row]]:
        """Return the names of the columns, and the rows.

        Raises:
            RunFileError: the run has no record of births, or it contradicts itself.
        """
        columns = [column.name for column in self.tables()[name]]
        return columns, list(agents_rows(self.run) if name == AGENTS else kinds_rows(self.run, self.every))


def allele_columns_of(run: StoredRun) -> tuple[Column, ...]:
    """Return the columns of table `births` that hold alleles, one for each locus.

    Raises:
        RunFileError: the run has no record of births.
    """
    refuse_unrecorded(run)
    columns = run.tables()[BIRTHS]
    return columns[[column.name for column in columns].index("origins") + 1 :]


def refuse_unrecorded(run: StoredRun) -> None:
    """Check that births are recorded.

    Raises:
        RunFileError: they are not.
    """
    if BIRTHS not in run.tables():
        what = "births are not recorded: run its scenario again with --set measure.births=true"
        if run.scenario.measure.births:
            what = "what genomes hold is known to a package that is not installed; install it to read births"
        raise RunFileError(f"{run.path}: {what}")


def agents_rows(run: StoredRun) -> Iterator[Row]:
    """Yield a row for every agent that ever lived, as `OF_AN_AGENT` and then loci name its columns.

    Raises:
        CorruptRunError: births and ends contradict each other.
    """
    loci = allele_columns_of(run)
    with run.snapshot():
        ended, born = run.table(ENDS)[1], run.table(BIRTHS)[1]
    ids = [row[1] for row in born]
    ends = {row[1]: row[2:] for row in ended}
    if ids != list(range(len(born))) or len(ends) != len(ended) or not ends.keys() <= set(ids):
        raise CorruptRunError(run.path, "its tables `births` and `ends` contradict each other")
    children = np.zeros(len(born), np.int64)
    for parent in (parent for row in born for parent in row[3:5]):
        if isinstance(parent, int) and 0 <= parent < len(born):
            children[parent] += 1
    for row, count in zip(born, children.tolist(), strict=True):
        _, id, tick, first, second, *there = row[: len(row) - len(loci)]
        died, cause, age, had, *where = ends.get(id, (None, None, None, count, None, None))
        cell, others = there[:2], there[2:]
        yield (id, first, second, tick, died, age, cause, had, *cell, *where, *others, *row[len(row) - len(loci) :])


def kinds_rows(run: StoredRun, every: Callable[[StoredRun], Iterator[LifeRecord]]) -> Iterator[Row]:
    """Yield the rows of a life table for each kind of mind; births are those by parents of the kind.

    Raises:
        RunFileError: the run has no record of births, or births and deaths contradict each other.
        CorruptRunError: `births` has another number of agents.
    """
    refuse_unrecorded(run)
    with run.snapshot():
        histories, kinds = life_histories(run, every), run.frame(BIRTHS)["controller"]
    if len(kinds) != len(histories.born):
        raise CorruptRunError(run.path, "its table `births` doesn't have a row for each agent")
    for kind in np.unique(kinds).tolist():
        for row in life_table_rows(histories, kinds == kind):
            yield (kind, *row)
