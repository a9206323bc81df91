"""Export: a table of a run file as CSV or JSON, for other people's tools."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from evosim.records import RunFile
from evosim.statistics import Row

FORMATS = ("csv", "json")


def export(run: RunFile, table: str, form: str, out: str | Path) -> int:
    """Write a table to a file, or to standard output if `out` is `-`; return how many rows.

    Raises:
        RunFileError: the table can't be read.
        OSError: the file can't be written; what stood there before is kept.
    """
    columns, rows = run.table(table)
    write: Callable[[TextIO, list[str], list[Row]], None] = write_csv if form == "csv" else write_json
    with opened(out) as file:
        write(file, columns, rows)
    return len(rows)


def write_csv(file: TextIO, columns: list[str], rows: list[Row]) -> None:
    """Write comma-separated values with a header; what is empty in the table is empty here."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def write_json(file: TextIO, columns: list[str], rows: list[Row]) -> None:
    """Write an array with one object a row; what is empty in the table is null."""
    file.write("[")
    for i, row in enumerate(rows):
        file.write(",\n " if i else "\n ")
        json.dump(dict(zip(columns, row, strict=True)), file)
    file.write("\n]\n")


@contextmanager
def opened(out: str | Path) -> Iterator[TextIO]:
    """Open a file that appears whole or not at all; `-` is standard output."""
    if str(out) == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    path = Path(out)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
