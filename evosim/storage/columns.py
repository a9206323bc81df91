"""What is stored of a run: the columns of its tables of statistics, and the checkpoints it resumes from.

A column has its name, its definition and the function that computes it in one place. `Table.rows` makes the rows of
any table; nothing is matched by position.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from math import isnan
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.formatting import capitalized, in_words

Value = int | float | str | None
Row = tuple[Value, ...]
AS_STORED = {int, str, type(None)}  # types whose values are stored as they are


def _nothing(_: Any) -> None:
    return None


def _all_of_them(_: Any) -> None:
    return None


class Column(NamedTuple):
    """A column of a table: its SQLite type, its unit, what it means, and how it is computed.

    `compute` is given a view of a step. It returns one entry, or an array or list of entries, one for each row; beside
    arrays, one entry is that of all rows. None and NaN are empty.

    A column that may be empty says in its definition when. Only such a column may be added to a table that older run
    files have: there it is empty. Figures call it by its title, and its axis by its scale.
    """

    name: str
    kind: str
    unit: str
    definition: str
    compute: Callable[[Any], Any] = _nothing  # not needed if the process makes the rows of its table otherwise
    may_be_empty: bool = False
    title: str = ""  # what it is called in figures; without one its name in words
    scale: str = ""  # what its axis says: the unit in words, or what 0 and 1 stand for; without one its unit

    @property
    def words(self) -> str:
        """What it is called in figures."""
        return self.title or capitalized(in_words(self.name.removeprefix("own.")).replace(".", ": "))

    @property
    def axis(self) -> str:
        """What is said at an axis of its numbers."""
        return self.scale or self.unit

    def renamed(self, name: str, where: str, place: str = "") -> "Column":
        """Return the column under another name, of a table where it may be empty; `where` begins its definition."""
        title = f"{self.words} · {place}" if place else self.words
        return self._replace(name=name, definition=where + self.definition, may_be_empty=True, title=title)


class Table(NamedTuple):
    """A table of statistics: its columns, and the views of a snapshot that they are computed from, in order of rows.

    `stored` returns the numbers of those entries of a view that become rows, in their order; None: all do.
    """

    name: str
    columns: tuple[Column, ...]
    views: Callable[[Any], Iterable[Any]]
    stored: Callable[[Any], Ids | None] = _all_of_them

    def rows(self, snapshot: Any) -> list[Row]:
        """Return the rows of a snapshot."""
        return [row for view in self.views(snapshot) for row in rows_of(self.columns, view, self.stored(view))]

    def named_rows(self, snapshot: Any) -> list[dict[str, Value]]:
        """Return the rows of a snapshot, each by the names of its columns."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows(snapshot)]


def rows_of(columns: Iterable[Column], view: Any, stored: Ids | None = None) -> list[Row]:
    """Return the rows of one view: one, or as many as arrays of columns have entries, or of these the `stored [N]`.

    Raises:
        ValueError: two columns have different numbers of entries.
    """
    made = {column.name: _entries(_taken(column.compute(view), stored)) for column in columns}
    counts = {name: len(entries) for name, entries in made.items() if isinstance(entries, list)}
    if len(set(counts.values())) > 1:
        raise ValueError(f"columns of one table have different numbers of entries: {counts}")
    count = next(iter(counts.values()), 1)
    each = (entries if isinstance(entries, list) else [entries] * count for entries in made.values())
    return list(zip(*each, strict=True))


def _taken(computed: Any, stored: Ids | None) -> Any:
    """Return those entries of what a column computed that are stored."""
    if stored is None or not isinstance(computed, list | np.ndarray):
        return computed
    return computed[stored] if isinstance(computed, np.ndarray) else [computed[n] for n in stored.tolist()]


def _entries(computed: Any) -> Any:
    """Return what a column computed as a Python value, or a list of such; NaN becomes None."""
    if isinstance(computed, list):
        plain = set(map(type, computed)) <= AS_STORED
        return computed if plain else [_entries(each) for each in computed]
    if isinstance(computed, np.ndarray):
        if computed.dtype.kind == "f" and (unknown := np.isnan(computed)).any():
            computed = computed.astype(object)
            computed[unknown] = None
        return computed.tolist()
    value = computed.item() if isinstance(computed, np.generic) else computed
    return None if isinstance(value, float) and isnan(value) else value


def mean(values: np.ndarray) -> float | None:
    """Return the mean of an array; None if it is empty."""
    return float(values.mean()) if values.size else None


def masked(rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return values `[N]` where a mask `[N]` is true, elsewhere NaN, or None if they are not floating-point."""
    if values.dtype.kind == "f":
        return np.where(rows, values, np.nan)
    return np.where(rows, values.astype(object), np.array(None))


def finite_or_nan(values: Reals) -> Reals:
    """Return values `[N]` with NaN in place of what is not finite."""
    return np.where(np.isfinite(values), values, np.nan)


Tables: TypeAlias = Mapping[str, tuple[Column, ...]]  # the columns of each table of statistics, by name


def columns_of(tables: Iterable[Table]) -> Tables:
    """Return the columns of some tables, by name."""
    return {table.name: table.columns for table in tables}


class Contents(NamedTuple):
    """What the run file of a process holds beside what every run file holds.

    There is always a table `generations`, with one row or more for each step; its columns may tell these apart.
    """

    tables: Tables
    logs: tuple[str, ...] = ()  # tables of arrays of which each step has one, beside `lineage`
    checkpoints_with: str = (
        ""  # a table: checkpoints of steps that have rows in it stay, others only until the next step
    )
    checkpoints_at: Collection[int] = ()  # further steps whose checkpoints stay
    counts: str = "generations"  # what steps are called


class Checkpoint(NamedTuple):
    """All that the next step needs, as stored."""

    digest: str  # of this state and of all before it
    genomes: np.ndarray | None  # [N, L], if there are any
    fitness: np.ndarray  # [N] or what else orders them
    memory: Mapping[str, np.ndarray]  # by name
    logs: Mapping[str, np.ndarray]  # of this step, kept for good; `lineage`, and those that the contents name
    best: tuple[tuple[int, float, np.ndarray], ...] = ()  # the hall of fame: id, fitness and genome, best first


class Record(NamedTuple):
    """One step, as stored."""

    number: int
    rows: Mapping[str, Any]  # by table: an iterable of rows
    checkpoint: Checkpoint


def explain_missing_table(name: str, tables: Iterable[str]) -> str:
    """Return in words that a table is missing, and which one was meant, or else which there are."""
    listed = list(tables)
    close = get_close_matches(name, listed, n=1)
    return f"no table {name!r}; " + (f"did you mean {close[0]!r}?" if close else f"there are {', '.join(listed)}")
