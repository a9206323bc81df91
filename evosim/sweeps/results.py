"""The results of a sweep as tidy tables: rows of all cells, with the values of the axes and the seed as columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from evosim.numerics.formatting import in_words
from evosim.simulation.loci import LocusRange, locus_ranges
from evosim.simulation.process import process_of
from evosim.simulation.runs import RunFile
from evosim.storage.columns import Column, Row, Tables, Value, explain_missing_table
from evosim.storage.export import TablesOnly
from evosim.storage.reader import as_array
from evosim.storage.schema import RunFileError
from evosim.sweeps.comparing.differences import SCENARIO
from evosim.sweeps.comparing.schedules import FROM, Period, periods_of, ticks_in
from evosim.sweeps.comparing.tables_of_runs import columns_stored_by, columns_with_derived, named_rows, rows_of_run
from evosim.sweeps.folder import DONE, FAILED, CellState, StoredSweep, SweepFolder
from evosim.sweeps.plan import Axis, Cell, Condition
from evosim.sweeps.toml_values import shown_value

CELLS = "cells"
IN = "in"  # before the name of an environment that is also the beginning of other columns, and of a column there is
LAST = "Of the last step: "
NUMBERS = ("integer", "real")


class RunSource(Protocol):
    """Where the runs of a sweep are: in its folder, or wherever a person named them."""

    path: Path  # what messages call it
    stored: StoredSweep
    noun: str  # what a run in it is called
    others: tuple[str, ...]  # keys that differ beside those of the axes, and follow from them
    missing: int  # cells that have no run, and are not among the states

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes."""

    @property
    def keys(self) -> list[str]:
        """The keys of all axes."""

    @property
    def cells(self) -> list[Cell]:
        """All cells, seed by seed."""

    def condition(self, number: int) -> Condition:
        """Return a condition by its number, from 1."""

    def conditions(self) -> list[Condition]:
        """Return all conditions."""

    def states(self) -> list[CellState]:
        """Return what has become of every cell."""

    def run_path(self, cell: Cell) -> Path:
        """Return the path of a cell's run file."""

    def run_name(self, cell: Cell) -> str:
        """Return how a table names the file of a cell."""

    def describe(self) -> str:
        """Return what the runs are of, in a line."""

    def describe_briefly(self) -> str:
        """Return the same with keys counted."""


class SweepResult(TablesOnly):
    """The runs of a sweep, read as one: any table of its runs, and a table `cells` with one row a cell.

    result = open_sweep("sweeps/rates")
    pandas.DataFrame(result.frame())
    """

    def __init__(self, source: RunSource) -> None:
        self.source = source
        self.path = source.path

    @cached_property
    def states(self) -> list[CellState]:
        """What has become of each cell, when it was first asked for."""
        return self.source.states()

    @property
    def counts(self) -> Counter[str]:
        """How many cells are in each state."""
        return Counter(state.state for state in self.states)

    @property
    def failed(self) -> list[CellState]:
        """The cells that failed."""
        return [state for state in self.states if state.state == FAILED]

    @cached_property
    def most_seeds(self) -> int:
        """How many seeds the condition with the most of them has."""
        return max(Counter(cell.condition for cell in self.source.cells).values())

    @property
    def telling_keys(self) -> list[str]:
        """The keys that tell conditions apart in tables: all of the axes, without those beside names of scenarios."""
        axes = self.source.axes
        return [key for axis in axes for key in (axis.keys[:1] if axis.keys[0] == SCENARIO else axis.keys)]

    @property
    def objectives_differ(self) -> bool:
        """Whether objectives differ between conditions, so that means of them are not of one thing."""
        return any(key.startswith("objectives.") for key in (*self.source.keys, *self.source.others))

    @cached_property
    def values(self) -> Mapping[int, Mapping[str, Any]]:
        """The values of the axes, by the number of the condition."""
        return {each.number: each.values for each in self.source.conditions()}

    @cached_property
    def axis_columns(self) -> tuple[Column, ...]:
        """The columns of the axes."""
        return tuple(self._axis_column(key) for key in self.source.keys)

    def _axis_column(self, key: str) -> Column:
        kinds = {type(values[key]) for values in self.values.values()}
        kind = "integer" if kinds <= {int} else "real" if kinds <= {int, float} else "text"
        return Column(key, kind, "value of the scenario", f"The value of `{key}` in this condition.")

    @cached_property
    def unit(self) -> str:
        """What a step of the runs is: a generation, or an interval."""
        return process_of(next(iter(self.source.conditions())).scenario, 0).unit.one

    @cached_property
    def run_tables(self) -> Mapping[str, dict[str, Column]]:
        """The columns of each table that runs store, by name; of all conditions together."""
        return columns_stored_by(each.scenario for each in self.source.conditions())

    @cached_property
    def deployments(self) -> tuple[str, ...]:
        """The environments that answers and default columns are about: those measured outside the last selection.

        Of all conditions together; none where measurements are not taken environment by environment.
        """
        if "environment" not in self.run_tables.get("measurements", {}):
            return ()
        scenarios = [each.scenario for each in self.source.conditions()]
        found = (name for each in scenarios for name in each.deployments_in(each.evolution.generations - 1))
        return tuple(dict.fromkeys(found))

    def tables(self) -> Tables:
        """Return the columns of each table, `cells` first."""
        head = self._head_columns
        of_runs = {
            table: (
                *head,
                *(each._replace(name=beside(name, head), may_be_empty=True) for name, each in columns.items()),
            )
            for table, columns in self._columns_of_runs[0].items()
        }
        return {CELLS: (*head, *CELL_COLUMNS, *self.last_columns.values()), **of_runs}

    @cached_property
    def _columns_of_runs(self) -> tuple[Mapping[str, dict[str, Column]], Mapping[str, str]]:
        """The columns of each table of runs, and why some have none; of a run of each condition."""
        first = {state.cell.condition: state.cell for state in reversed(self.states) if _has_rows(state)}
        return columns_with_derived(self.run_tables, map(self.source.run_path, first.values()))

    def explain_missing(self, table: str) -> str:
        """Return in words why a table is missing."""
        return self._columns_of_runs[1].get(table) or f"{self.path}: {explain_missing_table(table, self.tables())}"

    @cached_property
    def _head_columns(self) -> tuple[Column, ...]:
        """The first columns of each table."""
        return (CELL, CONDITION, *self.axis_columns, SEED, STATE)

    def _own(self, name: str) -> str:
        """Return the name that a column of table `generations` of runs has in `cells`."""
        return beside(name, (*self._head_columns, *CELL_COLUMNS))

    @cached_property
    def last_columns(self) -> dict[str, Column]:
        """The columns of `cells` that are of the last step of a run, by name.

        Of table `generations` they have the names that they have there, if there is one row a step; those in one
        environment have it before their name.
        """
        found = {
            self._own(name): column.renamed(self._own(name), LAST)
            for name, column in self.run_tables.get("generations", {}).items()
            if name != "generation"
        }
        for column, (environment, name) in self.placed_columns.items():
            if not environment:
                continue
            if (period := self.periods.get(environment)) is not None:
                place, of = period.words, " in" if period.environment else ""
                defined = self.run_tables["generations"][name]._replace(kind="real")
                where = f"Mean over all intervals{of} {place} in which it is known: "
            else:
                place = in_words(environment)
                defined, where = self.run_tables["measurements"][name], f"Of the last measurement, in {place}: "
            found[column] = defined.renamed(column, where, place)
        return found | {name: each.column(name, self.run_tables["loci"]["mean"]) for name, each in self.loci.items()}

    @cached_property
    def loci(self) -> dict[str, LocusRange]:
        """The columns of `cells` that are means of a locus over the population in the last step, each with its locus.

        They are called as the locus is, such as `objective.red`.
        """
        if not {"locus", "mean"} <= set(self.run_tables.get("loci", ())):
            return {}
        others = (*self._head_columns, *CELL_COLUMNS, *self.run_tables["generations"].values())
        found = locus_ranges(each.scenario for each in self.source.conditions())
        named = {beside(locus, others): each for locus, each in found.items()}
        return {name: each for name, each in named.items() if name not in self.placed_columns}

    @cached_property
    def placed_columns(self) -> dict[str, tuple[str, str]]:
        """The columns of `cells` that are about one environment: it, and their name in their own table.

        So are those that are about none, without an environment, if they have another name in `cells`.
        """
        generations = [name for name in self.run_tables.get("generations", ()) if self._own(name) != name]
        found: dict[str, tuple[str, str]] = {self._own(name): ("", name) for name in generations}
        measured = self.run_tables.get("measurements", {})
        environments = dict.fromkeys(
            environment for each in self.source.conditions() for environment in each.scenario.measure.environments
        )
        for environment in environments if "environment" in measured else ():
            for name in measured:
                if name not in ("generation", "environment"):
                    found[self.column_in(environment, name)] = environment, name
        for period in self.periods:
            for name, column in self.run_tables["generations"].items():
                if name not in ("generation", "tick") and column.kind in NUMBERS:
                    found[self.column_in(period, name)] = period, name
        return found

    def column_in(self, environment: str, name: str) -> str:
        """Return the name that a column of a run's table has in `cells` for one environment."""
        return f"{self.place_of(environment)}.{name}"

    def place_of(self, environment: str) -> str:
        """Return what stands before the names of the columns of `cells` that are about one environment.

        It is the environment's name, as in `deployment.inner_gap`, unless other columns begin with that word, as
        `share.planner` does in an ecology: then it is `in.share.inner_gap`.
        """
        return f"{IN}.{environment}" if environment in self._first_words else environment

    @cached_property
    def _first_words(self) -> set[str]:
        """The words before a dot with which columns begin that are about no environment."""
        names = [*self.run_tables.get("generations", ()), *self.source.keys]
        return {IN, FROM, *(name.partition(".")[0] for name in names if "." in name)}

    @cached_property
    def periods(self) -> Mapping[str, Period]:
        """The times over whose intervals numbers of an ecology are means, by name; none if no schedule changes."""
        tables = [self.run_tables.get(name, {}) for name in ("generations", "measurements")]
        if ["environment" in columns for columns in tables] != [True, False]:
            return {}
        return periods_of([each.scenario for each in self.source.conditions()])

    @cached_property
    def lived_in(self) -> tuple[str, ...]:
        """The environments of an ecology whose schedule changes, in their order there, without mixtures; else none."""
        return tuple(name for name, period in self.periods.items() if period.environment)

    @cached_property
    def since_they_differ(self) -> str | None:
        """The name of the time since conditions are not in the same environment; None if they always are."""
        return next((name for name, period in self.periods.items() if not period.environment), None)

    def is_of_intervals(self, name: str) -> bool:
        """Whether a column of `cells` is a mean over intervals."""
        return name in self.placed_columns and self.placed_columns[name][0] in self.periods

    def is_of_one_time(self, name: str, conditions: Iterable[int]) -> bool:
        """Whether a column of `cells` is of the same ticks in conditions, so that they can be compared."""
        environment, _ = self.placed_columns.get(name, ("", name))
        if environment not in self.lived_in:
            return True
        return len({ticks_in(self.source.condition(each).scenario, environment) for each in conditions}) == 1

    def table(self, name: str = CELLS) -> tuple[list[str], Iterable[Row]]:
        """Read a table: the names of its columns, and its rows, cell by cell.

        Table `cells` has a row for every cell. Other tables have the rows of all runs that can be read, those that are
        not complete included.

        Raises:
            RunFileError: there is no such table, or a run can't be read.
        """
        tables = self.tables()
        if name not in tables:
            raise RunFileError(self.explain_missing(name))
        names = [column.name for column in tables[name]]
        return names, self._cell_rows() if name == CELLS else self._run_rows(name)

    def frame(self, name: str = CELLS) -> dict[str, np.ndarray]:
        """Read a table as one array per column `[rows]`; empty entries are NaN, or empty strings.

        Raises:
            RunFileError: there is no such table, or a run can't be read.
        """
        columns, rows = self.table(name)
        listed = list(rows)
        return {column: as_array([row[i] for row in listed]) for i, column in enumerate(columns)}

    def _head(self, state: CellState) -> Row:
        values = self.values[state.cell.condition]
        axes = tuple(
            values[column.name] if column.kind in NUMBERS else shown_value(values[column.name])
            for column in self.axis_columns
        )
        return (state.cell.name, state.cell.condition, *axes, state.cell.seed, state.state)

    def _run_rows(self, name: str) -> Iterator[Row]:
        wanted = list(self._columns_of_runs[0][name])
        for state in filter(_has_rows, self.states):
            for row in rows_of_run(self.source.run_path(state.cell), name, wanted):
                yield (*self._head(state), *row)

    def _cell_rows(self) -> Iterator[Row]:
        for state in self.states:
            done, digest, last = state.done, state.digest, dict[str, Value]()
            if done and state.state != FAILED:
                done, digest, last = self._last(state)
            own: Row = (done, digest or None, self.source.run_name(state.cell), state.reason or None)
            yield (*self._head(state), *own, *(last.get(name) for name in self.last_columns))

    def _last(self, state: CellState) -> tuple[int, str, dict[str, Value]]:
        """Read how many steps a run has, the digest of the last, and by name its numbers and the last measurements."""
        found: dict[str, Value] = {}
        with RunFile.open(self.source.run_path(state.cell)) as run, run.snapshot():
            tables, summary = run.tables(), run.summary()
            columns, rows = run.table("generations", "generation = (select max(generation) from generations)")
            if len(rows) == 1:
                found = dict(zip(map(self._own, columns), rows[0], strict=True))
            found |= self._means(run)
            if "environment" in [column.name for column in tables.get("measurements", ())]:
                last = "generation = (select max(generation) from measurements)"
                for named in named_rows(*run.table("measurements", last)):
                    place = str(named["environment"])
                    found |= {self.column_in(place, name): value for name, value in named.items()}
            if self.loci:
                last = "generation = (select max(generation) from generations)"
                means = {row["locus"]: row["mean"] for row in named_rows(*run.table("loci", last))}
                found |= {name: means.get(each.locus) for name, each in self.loci.items()}
        return summary.done, summary.digest, found

    def _means(self, run: RunFile) -> dict[str, Value]:
        """Return the means of the columns of an ecology over all intervals of each period, by name."""
        wanted = {name for place, name in self.placed_columns.values() if place}
        means = {period: each.means(run, wanted) for period, each in self.periods.items()}
        return {self.column_in(period, name): mean for period, of in means.items() for name, mean in of.items()}


def _has_rows(state: CellState) -> bool:
    """Whether a cell has a run with steps to be read."""
    return state.state != FAILED and state.done > 0


def beside(name: str, others: Iterable[Column]) -> str:
    """Return the name that a column of runs has beside others: `in.seed`, if one of these is called `seed`."""
    return f"{IN}.{name}" if name.casefold() in {each.name.casefold() for each in others} else name


CELL = Column("cell", "text", "name", "The name of the cell: its condition and its seed.")
CONDITION = Column("condition", "integer", "condition", "The number of the condition, from 1.")
SEED = Column("seed", "integer", "seed", "The seed of the run.")
STATE = Column("state", "text", "name", f"What has become of the cell: the state of its run, {FAILED} or waiting.")
CELL_COLUMNS = (
    Column("steps", "integer", "steps", "How many steps of the run are stored."),
    Column("digest", "text", "digest", "The digest of the last step; empty if none is stored.", may_be_empty=True),
    Column("run", "text", "path", "The run file; of a sweep, from its folder."),
    Column("reason", "text", "sentence", "Why the cell failed; empty if it didn't.", may_be_empty=True),
)


def open_sweep(path: str | Path) -> SweepResult:
    """Open the folder of a sweep for reading, also while it is being run.

    Raises:
        SweepFolderError: it is missing, no sweep, corrupt, or of another version.
    """
    return SweepResult(SweepFolder.open(path))


__all__ = ["CELLS", "DONE", "SweepResult", "open_sweep"]
