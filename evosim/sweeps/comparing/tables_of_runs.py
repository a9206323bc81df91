"""The tables that runs have in common: those they store, and those that follow from these, as lives do."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from evosim.scenario import Scenario
from evosim.simulation.runs import RunFile
from evosim.storage.columns import Column, Row, Value
from evosim.storage.schema import RunFileError

Columns = dict[str, dict[str, Column]]


def columns_stored_by(scenarios: Iterable[Scenario]) -> Mapping[str, dict[str, Column]]:
    """Return the columns of each table that runs of some scenarios store, by name; of all together."""
    found: Columns = {}
    for scenario in scenarios:
        for name, columns in RunFile.contents_of(scenario).tables.items():
            for column in columns:
                found.setdefault(name, {}).setdefault(column.name, column)
    return found


def columns_with_derived(
    stored: Mapping[str, dict[str, Column]], paths: Iterable[Path]
) -> tuple[Mapping[str, dict[str, Column]], Mapping[str, str]]:
    """Add the columns of tables that follow from what runs store; return why there are none of some, too, by name."""
    found, refused = {name: dict(columns) for name, columns in stored.items()}, dict[str, str]()
    for path in paths:
        with RunFile.open(path) as run:
            for name, source in run.process.derived(run).items():
                try:
                    for column in source.tables()[name]:
                        found.setdefault(name, {}).setdefault(column.name, column)
                except RunFileError as error:  # births were not recorded
                    refused.setdefault(name, str(error))
    return found, refused


def rows_of_run(path: Path, name: str, wanted: Sequence[str]) -> list[Row]:
    """Return the rows of a table of a run, with the columns that are wanted; none if it has no such table.

    Raises:
        RunFileError: it can't be read.
    """
    with RunFile.open(path) as run:
        source = run.process.derived(run).get(name, run)
        try:
            if name not in source.tables():
                return []
        except RunFileError:  # births of this run were not recorded
            return []
        columns, rows = source.table(name)
    places = [columns.index(column) if column in columns else None for column in wanted]
    return [tuple(None if place is None else row[place] for place in places) for row in rows]


def named_rows(columns: list[str], rows: Iterable[Row]) -> list[dict[str, Value]]:
    """Return rows of a table, each by the names of its columns."""
    return [dict(zip(columns, row, strict=True)) for row in rows]
