"""Rows of benchmarks that take hours: each is kept in a CSV file as soon as it is measured, and not measured again."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

R = TypeVar("R", bound=NamedTuple)


def read_rows(kind: type[R], *files: Path) -> list[R]:
    """Return the rows of files, of those that are there; `kind` is a NamedTuple of texts and numbers."""
    found = []
    for path in files:
        if path.exists():
            with path.open(newline="") as file:
                for row in csv.DictReader(file):
                    fields = {name: parse(row[name]) for name, parse in kind.__annotations__.items()}
                    found.append(cast(Any, kind)(**fields))
    return found


def add_rows(path: Path, rows: Sequence[NamedTuple]) -> None:
    """Add rows of one kind to a file; a new one begins with the names of their fields."""
    lines: Iterable[Any] = rows if path.exists() else [rows[0]._fields, *rows]
    with path.open("a", newline="") as file:
        csv.writer(file).writerows(lines)
