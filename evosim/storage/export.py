"""Export: a table of a run file as CSV, JSON or Parquet, and the lineage by the ALife phylogeny standard."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol, TextIO

from evosim.storage.columns import Column, Row, Tables
from evosim.system.folders import make_folder_of, refuse_unwritable
from evosim.system.stopping import cleanup_on_stop
from evosim.system.streams import output

ALIFE = ("id", "ancestor_list", "origin_time", "destruction_time")
NOT_TEXT = {"parquet": "Parquet", "tskit": "a tree sequence"}  # formats that can't go to standard output
ROWS_AT_ONCE = 65_536


class LifeRecord(NamedTuple):
    """The birth, parents and death of one individual."""

    id: int
    parents: list[int]  # -1 where there is none
    born: int  # in steps, or in the process's own time
    died: int | None  # None: alive


class Exportable(Protocol):
    """A run that tables can be exported from."""

    path: Path

    def tables(self) -> Tables:
        """Return the columns of each table of statistics."""

    def table(self, name: str) -> tuple[list[str], Iterable[Row]]:
        """Return the names of a table's columns, and its rows."""

    @property
    def lineage_columns(self) -> tuple[Column, ...]:
        """Return the columns of table `lineage`; none if there is no lineage."""

    def lineage(self) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        """Yield each step with the ids `[N]` of those born in it and of their parents `[N, 2]`, -1 where none is."""

    def lives(self) -> Iterator[LifeRecord]:
        """Yield every individual that ever lived, in order of id."""


class TablesOnly:
    """What has tables to be exported and no lineage, which is in the runs that they come from."""

    lineage_columns: tuple[Column, ...] = ()

    def lineage(self) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        """Yield nothing."""
        yield from ()

    def lives(self) -> Iterator[LifeRecord]:
        """Yield nothing."""
        yield from ()


class MissingExtraError(Exception):
    """A library that only some commands need is not installed; the message says how to get it."""


class ExportError(ValueError):
    """A table can't be exported that way."""


def export(run: Exportable, table: str, form: str, out: str | Path, *, one_parent: bool = False) -> int:
    """Write a table to a file, or to standard output if `out` is `-`; return the number of rows.

    `alife` writes the lineage, whatever the table, with every parent or the first only.

    Raises:
        RunFileError: the table can't be read.
        MissingExtraError: Parquet needs pyarrow.
        ExportError: the file is the run itself, or Parquet is to go to standard output.
        OSError: the file can't be written; what stood there before is kept.
    """
    refuse_out(run, form, out)
    if (form == "alife" or table == "lineage") and not run.lineage_columns:
        raise ExportError(f"{run.path}: nobody has parents in a run of this kind: it has no lineage")
    if form == "alife":
        columns, rows = list(ALIFE), phylogeny_rows(run, one_parent=one_parent)
    elif table == "lineage":
        columns, rows = [column.name for column in run.lineage_columns], lineage_rows(run)
    else:
        columns, table_rows = run.table(table)
        rows = iter(table_rows)
    counted = RowCounter(rows)
    if form == "parquet":
        with atomic_path(Path(out)) as path, path.open("wb") as file:
            write_parquet(file, columns, counted, column_definitions(run, table))
    else:
        with open_text(out) as text:
            (write_json if form == "json" else write_csv)(text, columns, counted)
    return counted.count


def export_trees(run: Exportable, make: Callable[[], Any], out: str | Path) -> int:
    """Write the tree sequence of a run, which `make` returns, to a file; return the number of its trees.

    Raises:
        ExportError: the file is the run itself, or standard output.
        OSError: the file can't be written; what stood there before is kept.
    """
    refuse_out(run, "tskit", out)
    trees = make()
    with atomic_path(Path(out)) as path:
        trees.dump(path)
    return int(trees.num_trees)


def refuse_out(run: Exportable, form: str, out: str | Path) -> None:
    """Check, before anything is read, that a run can be exported to a file in some format.

    Raises:
        MissingExtraError: Parquet needs pyarrow.
        ExportError: the file is the run itself, or what is not text is to go to standard output.
        OSError: the file can't be written.
    """
    if form == "parquet":
        load_pyarrow()
    if str(out) == "-":
        if form in NOT_TEXT:
            raise ExportError(f"{NOT_TEXT[form]} is not text: choose a file with -o")
        return
    if Path(out).exists() and Path(out).samefile(run.path):
        raise ExportError(f"{out}: is the run itself; choose another file")
    refuse_unwritable(Path(out))


class RowCounter:
    """An iterator over rows that counts them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            self.count += 1
            yield row


def column_definitions(run: Exportable, table: str) -> tuple[Column, ...]:
    """Return the columns of a table."""
    if table == "lineage":
        return run.lineage_columns
    return run.tables()[table]


def lineage_rows(run: Exportable) -> Iterator[Row]:
    """Yield a row for every individual, with both parents; None where there is no parent."""
    for generation, ids, parents in run.lineage():
        for id, (first, second) in zip(ids, parents, strict=True):
            yield generation, id, first if first >= 0 else None, second if second >= 0 else None


def phylogeny_rows(run: Exportable, *, one_parent: bool) -> Iterator[Row]:
    """Yield a row for every individual, by the ALife phylogeny standard (Lalejini et al. 2019).

    An individual lives for one generation; those of the last are alive. In an ecology, times are ticks of birth and
    death, and those who have not died are alive. With `one_parent` the graph is a forest, which converters to tree
    formats need.
    """
    for id, parents, born, died in run.lives():
        known = [parent for parent in dict.fromkeys(parents) if parent >= 0]
        ancestors = ",".join(map(str, known[:1] if one_parent else known)) or "none"
        yield id, f"[{ancestors}]", born, "inf" if died is None else died


def write_csv(file: TextIO, columns: list[str], rows: Iterable[Row]) -> None:
    """Write comma-separated values with a header; empty entries stay empty."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def write_json(file: TextIO, columns: list[str], rows: Iterable[Row]) -> None:
    """Write an array with one object a row; empty entries are null."""
    file.write("[")
    for i, row in enumerate(rows):
        file.write(",\n " if i else "\n ")
        json.dump(dict(zip(columns, row, strict=True)), file, allow_nan=False)
    file.write("\n]\n")


def arrow_schema(definitions: Iterable[Column], about: Mapping[str, str] | None = None) -> Any:
    """Return Arrow's schema of columns, with their units and definitions as metadata, and what it is about.

    Raises:
        ImportError: pyarrow is not installed.
    """
    import pyarrow

    types = {"integer": pyarrow.int64(), "real": pyarrow.float64(), "text": pyarrow.string()}
    fields = [
        pyarrow.field(c.name, types[c.kind], metadata={"unit": c.unit, "definition": c.definition}) for c in definitions
    ]
    return pyarrow.schema(fields, metadata=about)


def load_pyarrow() -> Any:
    """Return the library that writes Parquet.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("Parquet needs pyarrow: pip install 'evosim[parquet]'") from None
    return pyarrow


def write_parquet(file: BinaryIO, columns: list[str], rows: Iterable[Row], definitions: tuple[Column, ...]) -> None:
    """Write Parquet with the column types of the run file, definitions and units as metadata.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    pyarrow = load_pyarrow()
    schema = arrow_schema(definitions)
    assert schema.names == columns
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for some in batches(rows):
            arrays = [
                pyarrow.array(values, field.type) for values, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows in lists of at most ROWS_AT_ONCE."""
    waiting = iter(rows)
    while some := list(islice(waiting, ROWS_AT_ONCE)):
        yield some


@contextmanager
def open_text(out: str | Path) -> Iterator[TextIO]:
    """Open a text file that appears whole or not at all; `-` is standard output.

    Raises:
        ExportError: standard output is closed.
        OSError: the file can't be written.
    """
    if str(out) == "-":
        stream = output()
        if stream is None:
            raise ExportError("standard output is closed: choose a file with -o")
        yield stream
        stream.flush()
        return
    with atomic_path(Path(out)) as path, path.open("w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a path beside another, to be written to; it replaces the other if the block ends without an error.

    Its folder is made if need be. What is not a regular file (a pipe, a device) is written to directly; links are
    followed.

    Raises:
        OSError: the file or its folder can't be written.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    make_folder_of(path)
    path = path.resolve()
    make_folder_of(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    with cleanup_on_stop(lambda: partial.unlink(missing_ok=True)):
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
