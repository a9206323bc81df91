"""The reader: what a run file holds, checked before it is used.

Arrays are blobs of little-endian numbers with their dtype and shape beside them; nothing in the
file is ever executed. Readers see a clean snapshot while the run is being written.
"""

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock, get_ident
from typing import Any, NamedTuple

import numpy as np

from evosim.scenario import Scenario
from evosim.storage.codec import decode
from evosim.storage.columns import Column, Contents, Row, Tables, Value, explain_missing_table
from evosim.storage.connection import connect_to_read, error_text
from evosim.storage.schema import (
    COMPLETE,
    EXTINCT,
    INTERRUPTED,
    RUNNING,
    CorruptRunError,
    RunFileError,
    add_missing_tables,
    have_types,
    missing_providers,
    read_start,
    stored_columns,
    versions_here,
)

PYTHON_TYPES = {"integer": int, "real": float, "text": str}
STATES = (RUNNING, INTERRUPTED, COMPLETE, EXTINCT)
STOPPED = "stopped"  # what a run is that says it is running, but nobody is writing


class Summary(NamedTuple):
    """The description and progress of a run."""

    path: Path
    name: str
    title: str
    seed: int
    state: str
    done: int  # generations that are stored
    generations: int  # that were asked for
    digest: str
    versions: dict[str, str]


class StoredRun:
    """A run file opened for reading; `alive` is whether another process is writing it.

    What a run file holds depends on its process; subclasses that know processes return it from `contents_of`.

    Any thread may read: each has a connection of its own. Only the thread that opened a run to write it may use it.

    Raises:
        RunFileError: it is not a run, of another version, or corrupt.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, alive: bool, to_write: bool = False) -> None:
        self.path = path
        self.alive = alive
        self._opener = get_ident()  # the thread that opened it
        self._writer: int | None = None  # another that writes in its place
        self._connections = {self._opener: connection}
        self._uses: dict[int, Any] = {}  # of each thread, the lock that it holds while it reads
        self._one_thread = to_write
        with self.explain_errors():
            self.scenario, self.seed, self.first_digest = read_start(connection, path)
            self.contents = self.contents_of(self.scenario)
            try:
                self.stored_columns = stored_columns(connection, path, self.contents)
            except RunFileError as error:
                if missing := missing_providers(self.scenario):
                    what = f"made with {' and '.join(missing)}, which is not installed; install it to read the run"
                    raise RunFileError(f"{path}: {what}") from error
                raise
            add_missing_tables(connection, self.contents, self.stored_columns, keep=to_write)

    @classmethod
    def contents_of(cls, scenario: Scenario) -> Contents:
        """Return what the run file of a scenario holds."""
        raise NotImplementedError

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this thread.

        Raises:
            RunFileError: another thread is writing the run, or the file is closed or can't be opened again.
        """
        here = self._connections.get(self._thread())
        return here if here is not None else self._connection_of_its_own()

    @connection.setter
    def connection(self, connection: sqlite3.Connection) -> None:
        """Set the connection of this thread."""
        self._connections[self._thread()] = connection

    def _thread(self) -> int:
        """Return the thread whose connection is used: this one, or the one in whose place it writes."""
        here = get_ident()
        return self._opener if here == self._writer else here

    def _connection_of_its_own(self) -> sqlite3.Connection:
        if self._one_thread:
            raise RunFileError(f"{self.path}: another thread is writing it; open it anew to read it")
        if not self._connections:
            raise RunFileError(f"{self.path}: the run is closed; open it anew")
        with self.explain_errors():
            connection = connect_to_read(self.path)
            add_missing_tables(connection, self.contents, self.stored_columns, keep=False)
        self._connections[get_ident()] = connection
        return connection

    @contextmanager
    def _in_use(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection of this thread, which `disconnect` leaves open in this block.

        Raises:
            RunFileError: as `connection` does.
        """
        with self._uses.setdefault(get_ident(), RLock()):
            yield self.connection

    def disconnect(self, patience: float | None = None) -> bool:
        """Close the connections of all threads, and return whether all are closed.

        Those of threads that read at the moment are waited for, `patience` seconds each; None waits for nobody. A
        thread that reads on gets a RunFileError.
        """
        for thread in list(self._connections):
            use = self._uses.setdefault(thread, RLock()) if patience is not None else None
            if use is not None and not use.acquire(timeout=patience):
                continue
            try:
                connection = self._connections.pop(thread, None)  # another thread may be closing them, too
                if connection is not None:
                    connection.close()
            finally:
                if use is not None:
                    use.release()
        return not self._connections

    @contextmanager
    def explain_errors(self) -> Iterator[None]:
        """Turn errors of SQLite into a RunFileError, in this block.

        Raises:
            RunFileError: the block failed; the message says why.
        """
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:  # a corrupt page may claim to be of any size
            why = error_text(error, self.path.parent) if isinstance(error, sqlite3.Error) else str(error)
            busy = why.startswith("database") and "locked" in why
            what = "in use by another process" if busy else f"can't be read or written: {why or 'no memory'}"
            raise RunFileError(f"{self.path}: {what}") from None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read all of this block from one state of the file, whatever another process stores meanwhile.

        It is for what is read in several statements. Blocks may stand within each other. Do nothing else in them that
        takes long, nor `yield`: nobody could write a run that is complete, and the log of one that is not would grow.

        Raises:
            RunFileError: the file can't be read.
        """
        with self._in_use() as connection:
            if self._one_thread or connection.in_transaction:  # nobody else writes, or it is within another block
                yield
                return
            with self.explain_errors():
                connection.execute("begin")
            try:
                yield
            finally:
                with suppress(sqlite3.Error):  # nothing was written
                    connection.execute("rollback")

    def summary(self) -> Summary:
        """Return what the run is of, its state, and how many steps are stored.

        Raises:
            CorruptRunError: the run's description is invalid.
        """
        with self.snapshot():
            ((name, title, state, asked, text, digest),) = self.rows(
                "select name, title, state, generations, versions, first_digest from run",
                (str, str, str, int, str, str),
            )
            last = self.rows("select digest from digests order by generation desc limit 1", (str,))
            done = self._done()
        try:
            versions = {str(name): str(version) for name, version in json.loads(text).items()}
        except (ValueError, AttributeError, RecursionError):
            versions = {}
        texts = [name, title, state, *versions, *versions.values()]
        if not versions or state not in STATES or not all(each.isprintable() for each in texts):
            raise CorruptRunError(self.path, "its table `run` has an invalid name, title, state or version")
        if state == RUNNING and not self.alive:
            state = STOPPED
        return Summary(self.path, name, title, self.seed, state, done, asked, last[0][0] if last else digest, versions)

    def versions_changed(self) -> str:
        """Return which versions differ from those at the start, as `numpy 1.0 → 2.0`; empty if none do."""
        here, then = versions_here(self.scenario), self.summary().versions
        return ", ".join(f"{name} {old} → {here.get(name)}" for name, old in then.items() if here.get(name) != old)

    def tables(self) -> Tables:
        """Return the columns of each table of statistics."""
        return self.contents.tables

    def table(self, name: str, where: str = "", values: tuple[Value, ...] = ()) -> tuple[list[str], list[Row]]:
        """Read a table of statistics: the names of its columns, and its rows in order.

        Columns that the release that made the run did not know are empty. `where` is SQL of the caller's own; what a
        user typed belongs in `values`.

        Raises:
            RunFileError: there is no such table, or it can't be read.
            CorruptRunError: it holds an invalid value.
        """
        present = self.tables()
        if name not in present:
            raise RunFileError(f"{self.path}: {explain_missing_table(name, present)}")
        clause = f"where {where}" if where else ""
        columns, stored = present[name], self.stored_columns[name]
        asked = ", ".join(f'"{column.name}"' if column.name in stored else "null" for column in columns)
        with self.explain_errors(), self._in_use() as connection:
            rows = connection.execute(f"select {asked} from {name} {clause} order by rowid", values).fetchall()
        for i, column in enumerate(columns):
            if not _is_sound(column, [row[i] for row in rows]):
                raise CorruptRunError(self.path, f"its table {name!r} has an invalid value in column {column.name!r}")
        return [column.name for column in columns], rows

    def frame(self, name: str, where: str = "", values: tuple[Value, ...] = ()) -> dict[str, np.ndarray]:
        """Read a table as one array per column `[rows]`; empty entries are NaN, or empty strings."""
        columns, rows = self.table(name, where, values)
        return {column: as_array([row[i] for row in rows]) for i, column in enumerate(columns)}

    def stored_generations(self) -> list[int]:
        """List the generations whose genomes are stored: those that were measured, and the last.

        In an ecology they are intervals, and those before a change of the schedule are stored too.
        """
        return [number for (number,) in self.rows("select generation from genomes order by generation", (int,))]

    def kept_generations(self) -> list[int]:
        """List the generations whose genomes are stored and stay so, whatever else is stored meanwhile.

        Of a run that nobody is writing they are all that are stored.
        """
        stored, table = self.stored_generations(), self.contents.checkpoints_with
        if not self.alive:
            return stored
        found = self.rows(f"select distinct generation from {table}", (int,)) if table else []
        kept = {number for (number,) in found} | {*self.contents.checkpoints_at}
        return [number for number in stored if number in kept]

    def digests(self) -> list[str]:
        """List the digest of every generation that is stored.

        Raises:
            CorruptRunError: one is missing.
        """
        with self.snapshot():
            rows = self.rows("select generation, digest from digests order by generation", (int, str))
            done = self._done()
        missing = next((i for i in range(done) if i >= len(rows) or rows[i][0] != i), None)
        if missing is not None:
            raise CorruptRunError(self.path, f"the digest of generation {missing} is missing")
        return [digest for _, digest in rows]

    def _done(self) -> int:
        ((last,),) = self.rows("select coalesce(max(generation), -1) from generations", (int,))
        if last < -1:
            raise CorruptRunError(self.path, f"its table `generations` ends with the number {last}")
        return int(last) + 1

    def rows(self, statement: str, kinds: tuple[type, ...], values: tuple[Value, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a query and return its rows.

        Raises:
            CorruptRunError: a value is not of the type in `kinds` for its column.
        """
        with self.explain_errors(), self._in_use() as connection:
            rows = connection.execute(statement, values).fetchall()
        if not have_types(rows, kinds):
            raise CorruptRunError(self.path, "a table holds a value of another type than its column's")
        return rows

    def array(self, table: str, step: int) -> Any:
        """Read the array that a table holds of a step; None if it holds none.

        Raises:
            CorruptRunError: it is not a valid array.
        """
        found = self.rows(f"select dtype, shape, data from {table} where generation = ?", (str, str, bytes), (step,))
        return self.decode(*found[0]) if len(found) == 1 else None

    def memory(self, step: int) -> dict[str, Any]:
        """Read the named arrays that are stored of a step; none, if its state is not stored.

        Raises:
            CorruptRunError: one is not a valid array.
        """
        stored = self.rows(
            "select name, dtype, shape, data from memory where generation = ?", (str, str, str, bytes), (step,)
        )
        return {name: self.decode(dtype, shape, data) for name, dtype, shape, data in stored}

    def genomes(self, step: int) -> tuple[Any, Any] | None:
        """Read the genomes `[N, L]` that are stored of a step, and what orders them `[N]`; None if there are none.

        Raises:
            CorruptRunError: one is not a valid array.
        """
        with self.snapshot():
            found = self.rows("select fitness from genomes where generation = ?", (bytes,), (step,))
            genomes = self.array("genomes", step)
        if genomes is None or len(found) != 1:
            return None
        return genomes, self.decode("<f8", f"[{len(found[0][0]) // 8}]", found[0][0])

    def best(self) -> list[tuple[int, float, Any]]:
        """Read the hall of fame: id, fitness and genome, best first.

        Raises:
            CorruptRunError: it is not a valid array.
        """
        rows = self.rows("select id, fitness, dtype, data from hall_of_fame order by rank", (int, float, str, bytes))
        return [(id, fitness, self.decode(dtype, f"[{len(data) // 4}]", data)) for id, fitness, dtype, data in rows]

    def decode(self, dtype: str, shape: str, data: bytes) -> Any:
        """Return the array in a blob.

        Raises:
            CorruptRunError: it is not a valid array.
        """
        try:
            return decode(dtype, shape, data)
        except ValueError as error:
            raise CorruptRunError(self.path, str(error)) from None


def as_array(values: list[Value]) -> np.ndarray:
    """Return the entries of a column as an array `[rows]`; empty ones are NaN, or empty strings."""
    if any(isinstance(value, str) for value in values):
        return np.array([value if value is not None else "" for value in values])
    if all(isinstance(value, int) for value in values):
        return np.array(values, np.int64)
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _is_sound(column: Column, values: list[Value]) -> bool:
    """Whether evosim can have written these values of a column."""
    kinds = {PYTHON_TYPES[column.kind], type(None)} if column.may_be_empty else {PYTHON_TYPES[column.kind]}
    if not set(map(type, values)) <= kinds:
        return False
    if column.kind == "text":
        return all(each.isprintable() for each in set(values) if isinstance(each, str))
    return math.inf not in values and -math.inf not in values
