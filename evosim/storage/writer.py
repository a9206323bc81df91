"""The writer: one run, one SQLite database that a person can read without us.

Each step is one transaction that holds all that the next one needs, so a run that is killed goes on from its last
step. reader.py has what can be read of it.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from evosim.folders import make_folder_of
from evosim.scenario import Scenario
from evosim.scenario.loading.load import scenario_to_json
from evosim.storage.codec import encoded
from evosim.storage.columns import Checkpoint, Record, Row
from evosim.storage.connection import (
    connected,
    connected_to_read,
    kind_of,
    locked,
    put,
    remove,
    remove_logs,
    unwritable,
)
from evosim.storage.lock import WriterLock, is_being_written
from evosim.storage.reader import StoredRun
from evosim.storage.schema import OtherVersionError, RunFileError, make_tables


class WritableRun(StoredRun):
    """A run, opened to be read, or to be gone on with by one writer."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None = None, *, at: Path | None = None
    ) -> None:
        self.path = path
        self.lock = lock
        self.at = at or path  # where the file is: hidden, as long as it is to replace another and holds nothing
        self.is_new = False  # it was made by us, and holds nothing yet
        try:
            if lock is not None:
                self._write_ahead(connection)
            writes = lock is not None
            super().__init__(path, connection, alive=writes or is_being_written(path), to_write=writes)
        except BaseException:
            connection.close()
            raise

    # ------------------------------------------------------------ opening and closing

    @classmethod
    def create(cls, path: str | Path, scenario: Scenario, seed: int, *, replace: bool = False) -> Self:
        """Make a new run file, ready to be appended to.

        It is there for good once it holds a generation; closed before that, it leaves nothing behind. What it is to
        replace stays as it was until then, even if we are killed.

        Raises:
            RunFileError: it exists already (unless it may be replaced), is in use, or can't be written.
        """
        path = Path(path)
        exists = kind_of(path) is not None
        if exists and not replace:
            raise RunFileError(
                f"{path}: exists already; choose another file, resume it, or replace it (--force, or replace=True)"
            )
        if exists:
            with suppress(OtherVersionError):
                cls.open(path).close()  # refuses to replace what is not a run
        with unwritable(path):
            make_folder_of(path)
        lock = locked(path)
        new = path.with_name(f".{path.name}.new")
        at = new if exists else path
        try:
            with unwritable(path):
                remove(new)
                with closing(connected(new, "rwc")) as connection:
                    make_tables(connection, scenario, seed, cls.contents_of(scenario))
                if not exists:
                    remove(path)  # the write-ahead log of a run that is gone would be taken for its own
                    put(new, path)
                run = cls(path, connected(at, "rw"), lock, at=at)
        except BaseException:
            for each in {new, at}:
                remove(each)
            lock.release()
            raise
        run.is_new = True
        return run

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False) -> Self:
        """Open a run file.

        Raises:
            RunFileError: it is missing, no run file, damaged, of another version, or to be written and in use.
        """
        path = Path(path)
        kind = kind_of(path)
        if kind != "a file":
            raise RunFileError(f"{path}: {'no such file' if kind is None else f'is {kind}'}")
        lock = locked(path) if write else None
        try:
            return cls(path, connected(path, "rw") if write else connected_to_read(path), lock)
        except BaseException as error:
            if lock is not None:
                lock.release()
            if isinstance(error, sqlite3.Error):
                raise RunFileError(f"{path}: not a run file that can be read: {error}") from None
            raise

    def close(self) -> None:
        """Close the file; a writer folds the write-ahead log into it, if nobody is reading."""
        if self.lock is None:
            self._disconnect()
            return
        with suppress(sqlite3.Error):
            self.connection.execute("pragma wal_checkpoint(truncate)")
            self.connection.execute("pragma journal_mode = delete")
        self._disconnect()
        if self.is_new:
            remove(self.at)
        self.lock.release()
        self.lock = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process as a path, to be opened there.

        Raises:
            TypeError: it is being written, which one process does at a time.
        """
        if self.lock is not None:
            raise TypeError(f"{self.path}: a run that is being written can't go to another process; close it first")
        return type(self).open, (self.path.absolute(),)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ writing

    def append(self, record: Record, seconds: float = 0.0) -> None:
        """Store a step, with all that the next one needs, in one transaction.

        Raises:
            RunFileError: it doesn't follow on the last step stored, or can't be written.
        """
        with self.trouble(), self._transaction():
            done = self._done()
            if done != record.number:
                raise RunFileError(
                    f"{self.path}: holds {done} {self.contents.counts} where {record.number} were expected; "
                    "is another process writing it?"
                )
            for table, rows in record.rows.items():
                self._insert(table, rows)
            self._store(record.number, record.checkpoint)
            self._insert("timings", [(record.number, seconds)])
        if self.at != self.path:
            self._take_its_place()
        self.is_new = False

    def note(self, kind: str, text: str = "", state: str | None = None) -> None:
        """Store an event, and the state of the run that it leads to."""
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self.trouble(), self._transaction():
            if state is not None:
                self.connection.execute("update run set state = ?", (state,))
            self._insert("events", [(at, self._done() - 1, kind, text)])

    def store_cards(
        self, rows: Iterable[tuple[int, int, str, str, float | None, float | None, float | None, str]]
    ) -> None:
        """Store rows of `report_cards`, in place of those of the same agents, environments and quantities."""
        with self.trouble(), self._transaction():
            self.connection.executemany(
                "insert or replace into report_cards values (?, ?, ?, ?, ?, ?, ?, ?)", list(rows)
            )

    def store_nulls(self, generation: int, rows: Iterable[Row]) -> None:
        """Store rows of `nulls`, in place of all of that generation."""
        with self.trouble(), self._transaction():
            self.connection.execute("delete from nulls where generation = ?", (generation,))
            self._insert("nulls", rows)

    def extend(self, generations: int) -> None:
        """Ask for more, or fewer, generations than before; those stored stay."""
        evolution = self.scenario.evolution.model_copy(update={"generations": generations})
        self.scenario = self.scenario.model_copy(update={"evolution": evolution})
        self.__dict__.pop("process", None)
        with self.trouble(), self._transaction():
            self.connection.execute(
                "update run set scenario = ?, generations = ?", (scenario_to_json(self.scenario), generations)
            )

    def _take_its_place(self) -> None:
        """Replace the run that stands where this one is to be, in one step."""
        with unwritable(self.path), self.trouble():
            if self.path.exists():  # its log must not be taken for ours, nor be lost
                with closing(connected(self.path, "rw")) as old:
                    is_read = bool(old.execute("pragma wal_checkpoint(truncate)").fetchone()[0])
                if is_read:
                    raise RunFileError(f"{self.path}: can't be replaced: another process is reading it")
            self.connection.execute("pragma journal_mode = delete")
            self.connection.close()
            try:
                remove_logs(self.path)
                put(self.at, self.path)
                self.at = self.path
            finally:
                self.connection = connected(self.at, "rw")
        self._write_ahead(self.connection)

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Let readers see a clean snapshot while we write, and let what is acknowledged outlive a power cut."""
        with self.trouble():
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")

    def _store(self, number: int, state: Checkpoint) -> None:
        kept = f"select generation from {self.contents.kept_with}"
        for table in ("genomes", "memory") if number - 1 not in self.contents.keeps else ():
            self.connection.execute(
                f"delete from {table} where generation = ? and generation not in ({kept})", (number - 1,)
            )
        if state.genomes is not None:
            fitness = encoded(state.fitness, "<f8")[2]
            self._insert("genomes", [(number, *encoded(state.genomes, "<f4"), fitness)])
        for table, array in state.logs.items():
            self._insert(table, [(number, *encoded(array, "<i8"))])
        self._insert("memory", [(number, name, *encoded(array)) for name, array in state.memory.items()])
        self._insert("digests", [(number, state.digest)])
        self.connection.execute("delete from hall_of_fame")
        best = [
            (rank, id, fitness, *encoded(genome, "<f4")[::2]) for rank, (id, fitness, genome) in enumerate(state.best)
        ]
        self._insert("hall_of_fame", best)

    def _insert(self, table: str, rows: Any) -> None:
        rows = list(rows)
        if rows:
            columns = self.tables().get(table, ())  # by name: a file may have them in another order
            names = ", ".join(f'"{column.name}"' for column in columns)
            places = ", ".join("?" * len(rows[0]))
            self.connection.executemany(
                f"insert into {table} {f'({names})' if columns else ''} values ({places})", rows
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("begin immediate")
        try:
            yield
            self.connection.execute("commit")
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                self.connection.execute("rollback")
            raise
