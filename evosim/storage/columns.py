"""Columns: what a table of statistics says, each with its definition and unit."""

from typing import NamedTuple

Value = int | float | str | None
Row = tuple[Value, ...]


class Column(NamedTuple):
    """A column of a table: its SQLite type, its unit, and what it says; empty only where that says when."""

    name: str
    kind: str
    unit: str
    definition: str

    @property
    def may_be_empty(self) -> bool:
        """Tell whether a row can be without it."""
        return "empty" in self.definition.lower()


class Tables(NamedTuple):
    """The columns of each table; some are named after a scenario's objects, features and environments.

    Of `measurements` and `selection` a run has only the one that is about its kind of world.
    """

    generations: tuple[Column, ...]
    loci: tuple[Column, ...]
    individuals: tuple[Column, ...]
    measurements: tuple[Column, ...] = ()
    selection: tuple[Column, ...] = ()

    def present(self) -> dict[str, tuple[Column, ...]]:
        """Give the tables that a run has, by name."""
        return {name: columns for name, columns in self._asdict().items() if columns}
