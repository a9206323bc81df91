"""The writer: one run, one SQLite database that can be read without evosim.

Each step is one transaction that holds all that the next one needs, so a killed run resumes from its last step.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock, get_ident
from typing import Any, Self

from evosim.scenario import Scenario
from evosim.scenario.loading.load import scenario_to_json
from evosim.storage.codec import encode
from evosim.storage.columns import Checkpoint, Record, Row
from evosim.storage.connection import (
    acquire_lock,
    acquire_lock_in_folder,
    connect,
    connect_to_read,
    error_text,
    explain_write_errors,
    file_type,
    put_away_log,
    remove,
    remove_empty,
    remove_logs,
    rename_durably,
)
from evosim.storage.lock import WriterLock, is_being_written
from evosim.storage.log_sync import GENERATION, LogSync, sync
from evosim.storage.own_files import OwnFiles
from evosim.storage.reader import StoredRun
from evosim.storage.schema import OtherVersionError, RunFileError, make_tables
from evosim.system.stopping import cleanup_on_stop, register_cleanup, unregister_cleanup

WAIT_FOR_WRITER = 0.4  # seconds for a transaction under way, before the process ends


class WritableRun(StoredRun):
    """A run file opened for reading, or for writing by one process."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None = None, *, at: Path | None = None
    ) -> None:
        self.path = path
        self.lock = lock
        self.at = at or path  # where the file is: hidden, as long as it is to replace another and holds nothing
        self.is_new = False  # it was made by us, and holds nothing yet
        self.folders: list[Path] = []  # that were made for it
        self.acknowledged = -1  # the generation that was stored last by us
        self.insertions: dict[str, str] = {}  # statements by table
        self.syncing: LogSync | None = None  # where the log is synced now and then, and not with each step
        self.at_work = RLock()  # of whoever writes it, or puts it away
        try:
            if lock is not None:
                self._write_ahead(connection)
            writes = lock is not None
            super().__init__(path, connection, alive=writes or is_being_written(path), to_write=writes)
        except BaseException:
            connection.close()
            raise
        if lock is not None:
            self.own.add_logs()
            register_cleanup(self.clean_up)

    # ------------------------------------------------------------ opening and closing

    @classmethod
    def create(cls, path: str | Path, scenario: Scenario, seed: int, *, replace: bool = False) -> Self:
        """Make a new run file, ready to be appended to.

        If it is closed before a step is stored, no file remains. A run that it replaces stays as it was until the first
        step is stored, even if this process is killed.

        Raises:
            RunFileError: it exists already (unless it may be replaced), is in use, or can't be written.
        """
        path = Path(path)
        exists = file_type(path) is not None
        if exists and not replace:
            raise RunFileError(f"{path}: exists already; choose another file, open it, or replace it (replace=True)")
        if exists:
            with suppress(OtherVersionError):
                cls.open(path).close()  # refuses to replace what is not a run
        lock, made = acquire_lock_in_folder(path)
        new = path.with_name(f".{path.name}.new")
        at = new if exists else path

        def leave_nothing() -> None:
            for each in {new, at}:
                remove(each)
            lock.release()
            remove_empty(made)

        try:
            with cleanup_on_stop(leave_nothing), explain_write_errors(path):
                remove(new)
                with closing(connect(new, "rwc")) as connection:
                    make_tables(connection, scenario, seed, cls.contents_of(scenario))
                sync(new)
                if not exists:
                    remove(path)  # the write-ahead log of a run that is gone would be taken for its own
                    rename_durably(new, path)
                run = cls(path, connect(at, "rw"), lock, at=at)
                run.is_new, run.folders = True, made
        except BaseException:
            leave_nothing()
            raise
        return run

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False) -> Self:
        """Open a run file.

        Raises:
            RunFileError: it is missing, no run file, corrupt, of another version, or to be written and in use.
        """
        path = Path(path)
        kind = file_type(path)
        if kind != "a file":
            raise RunFileError(f"{path}: {'no such file' if kind is None else f'is {kind}'}")
        if not write:
            try:
                return cls(path, connect_to_read(path))
            except sqlite3.Error as error:
                raise RunFileError(
                    f"{path}: not a run file that can be read: {error_text(error, path.parent)}"
                ) from None
        lock = acquire_lock(path)
        try:
            with cleanup_on_stop(lock.release):
                remove(path.with_name(f".{path.name}.new"))  # of whoever was killed before it held anything
                return cls(path, connect(path, "rw"), lock)
        except BaseException as error:
            lock.release()
            if isinstance(error, sqlite3.Error):
                raise RunFileError(
                    f"{path}: not a run file that can be read: {error_text(error, path.parent)}"
                ) from None
            raise

    def close(self) -> None:
        """Close the file; a writer folds the write-ahead log into it, and its last reader does if it can't."""
        if self.lock is None:
            self.disconnect()
            put_away_log(self.path)
            return
        with self.at_work:
            if self.syncing is not None:
                self.syncing.close()
            self._fold_in(self.connection)
            self.disconnect()
            self._remove_if_empty()
        unregister_cleanup(self.clean_up)

    def close_at_rest(self, patience: float) -> None:
        """Close a file that is read, for each thread as soon as it is at rest; wait `patience` seconds for that.

        It is for a program that ends: a thread that computes from what it read is not waited for, and reads no more.
        """
        if self.lock is None and self.disconnect(patience):
            put_away_log(self.path)

    def clean_up(self) -> None:
        """Leave the file in order before the process ends, from any thread; nothing can be stored afterwards."""
        if self.lock is None or not self.at_work.acquire(timeout=WAIT_FOR_WRITER):
            return  # it is sound whatever happens: a transaction is there or not
        for connection in list(self._connections.values()):
            if not self.is_new and not connection.in_transaction:
                self._fold_in(connection)
        self._remove_if_empty()

    def _fold_in(self, connection: sqlite3.Connection) -> None:
        """Fold the write-ahead log into the file, if that is still there."""
        if not self.own.run_is_lost():
            with suppress(sqlite3.Error):
                connection.execute("pragma wal_checkpoint(truncate)")
                connection.execute("pragma synchronous = normal")  # all is synced; a header is what is left to write
                connection.execute("pragma journal_mode = delete")

    def _remove_if_empty(self) -> None:
        """Remove the file if nothing was stored, and release the lock."""
        if self.own.run_is_lost():
            self.own.remove_logs()
        elif self.is_new:
            remove(self.at)
        if self.lock is not None:
            self.lock.release()
            self.lock = None
        if self.is_new:
            remove_empty(self.folders)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the run as its path, to be opened again by another process.

        Raises:
            TypeError: this run is being written, which only one process may do.
        """
        if self.lock is not None:
            raise TypeError(f"{self.path}: a run that is being written can't go to another process; close it first")
        return type(self).open, (self.path.absolute(),)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ writing

    def choose_durability(self, durability: str) -> None:
        """Choose what survives a power cut: each step that is stored, or all but those of the last second."""
        self.syncing = None if durability == GENERATION else LogSync(lambda: Path(f"{self.at}-wal"))
        with self.explain_errors():
            self._choose_when_to_sync(self.connection)

    def _choose_when_to_sync(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"pragma synchronous = {'full' if self.syncing is None else 'normal'}")

    @contextmanager
    def written_here(self) -> Iterator[None]:
        """Write the run from this thread in this block, in place of the one that opened it, which waits for it."""
        self._writer = get_ident()
        try:
            yield
        finally:
            self._writer = None

    def append(self, record: Record, seconds: float = 0.0) -> None:
        """Store a step and its checkpoint in one transaction.

        Raises:
            RunFileError: it doesn't follow the last step stored, or can't be written.
        """
        with self.at_work:
            self._append(record, seconds)
            if self.at != self.path:
                self._take_its_place()
            self.is_new = False
            if self.syncing is not None:
                with explain_write_errors(self.path):
                    self.syncing.written()
            self.acknowledged = record.number

    def _append(self, record: Record, seconds: float) -> None:
        with self.explain_errors(), self._transaction():
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

    def record_event(self, kind: str, text: str = "", state: str | None = None) -> None:
        """Store an event, and the new state of the run if it changes."""
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self.explain_errors(), self._transaction():
            if state is not None:
                self.connection.execute("update run set state = ?", (state,))
            self._insert("events", [(at, self._done() - 1, kind, text)])

    def store_cards(
        self, rows: Iterable[tuple[int, int, str, str, float | None, float | None, float | None, str]]
    ) -> None:
        """Store rows of `report_cards`, in place of those of the same agents, environments and quantities."""
        with self.explain_errors(), self._transaction():
            self.connection.executemany(
                "insert or replace into report_cards values (?, ?, ?, ?, ?, ?, ?, ?)", list(rows)
            )

    def store_nulls(self, generation: int, rows: Iterable[Row]) -> None:
        """Store rows of `nulls`, in place of all of that generation."""
        with self.explain_errors(), self._transaction():
            self.connection.execute("delete from nulls where generation = ?", (generation,))
            self._insert("nulls", rows)

    def extend(self, generations: int) -> None:
        """Set the number of generations to run to; those stored stay."""
        evolution = self.scenario.evolution.model_copy(update={"generations": generations})
        self.scenario = self.scenario.model_copy(update={"evolution": evolution})
        self.__dict__.pop("process", None)
        with self.explain_errors(), self._transaction():
            self.connection.execute(
                "update run set scenario = ?, generations = ?", (scenario_to_json(self.scenario), generations)
            )

    def _take_its_place(self) -> None:
        """Replace the run at this path atomically."""
        with explain_write_errors(self.path), self.explain_errors():
            if self.path.exists():  # its log must not be taken for ours, nor be lost
                with closing(connect(self.path, "rw")) as old:
                    is_read = bool(old.execute("pragma wal_checkpoint(truncate)").fetchone()[0])
                if is_read:
                    raise RunFileError(f"{self.path}: can't be replaced: another process is reading it")
            self.own = OwnFiles(self.at)
            self.connection.execute("pragma journal_mode = delete")
            self.connection.close()
            try:
                remove_logs(self.path)
                rename_durably(self.at, self.path)
                self.at = self.path
            finally:
                self.connection = connect(self.at, "rw")
        self._write_ahead(self.connection)

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Switch to write-ahead logging: readers see a consistent snapshot, and a commit survives a power cut."""
        with self.explain_errors():
            connection.execute("pragma journal_mode = wal")
            self._choose_when_to_sync(connection)
        self.own = OwnFiles(self.at)

    def _store(self, number: int, state: Checkpoint) -> None:
        kept = f"select generation from {self.contents.checkpoints_with}" if self.contents.checkpoints_with else "-1"
        for table in ("genomes", "memory") if number - 1 not in self.contents.checkpoints_at else ():
            self.connection.execute(
                f"delete from {table} where generation = ? and generation not in ({kept})", (number - 1,)
            )
        if state.genomes is not None:
            fitness = encode(state.fitness, "<f8")[2]
            self._insert("genomes", [(number, *encode(state.genomes, "<f4"), fitness)])
        for table, array in state.logs.items():
            self._insert(table, [(number, *encode(array, "<i8"))])
        self._insert("memory", [(number, name, *encode(array)) for name, array in state.memory.items()])
        self._insert("digests", [(number, state.digest)])
        self.connection.execute("delete from hall_of_fame")
        best = [
            (rank, id, fitness, *encode(genome, "<f4")[::2]) for rank, (id, fitness, genome) in enumerate(state.best)
        ]
        self._insert("hall_of_fame", best)

    def _insert(self, table: str, rows: Any) -> None:
        rows = list(rows)
        if rows:
            if table not in self.insertions:
                columns = self.tables().get(table, ())  # by name: a file may have them in another order
                names = ", ".join(f'"{column.name}"' for column in columns)
                places = ", ".join("?" * len(rows[0]))
                named = f"({names})" if columns else ""
                self.insertions[table] = f"insert into {table} {named} values ({places})"
            self.connection.executemany(self.insertions[table], rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self.at_work:
            self.connection.execute("begin immediate")
            try:
                yield
                self.connection.execute("commit")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                    self.connection.execute("rollback")
                raise
            self.own.refuse_if_lost()
