"""The run file: one run, one SQLite database that a person can read without us.

Each generation is one transaction that holds all that the next one needs, so a run that is
killed goes on from its last generation. reading.py has what can be read of it.
"""

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from evosim.files import (
    connected,
    connected_to_read,
    kind_of,
    locked,
    locked_in_folder,
    put,
    reason,
    remove,
    remove_empty,
    remove_logs,
    unwritable,
)
from evosim.format import OtherVersionError, RunFileError, make_tables
from evosim.keeping import arrays_of
from evosim.lock import WriterLock, is_being_written
from evosim.own_files import OwnFiles
from evosim.reading import STOPPED, StoredRun, Summary
from evosim.scenario import Scenario
from evosim.scenario.reader import scenario_digest, scenario_to_json
from evosim.statistics import Row, generation_row, individual_rows, locus_rows, measurement_rows
from evosim.stopping import is_put_away, put_away_by, unfinished
from evosim.vital import vital_rows

if TYPE_CHECKING:
    from typing_extensions import TypeIs

if TYPE_CHECKING:  # statistics can be read without a compiler
    from evosim.ecology.history import Interval
    from evosim.experiment import Generation

WAIT_FOR_WRITER = 0.4  # seconds for a transaction under way, before the process ends

__all__ = ["STOPPED", "RunFile", "RunFileError", "Summary", "default_path", "open_run"]


class RunFile(StoredRun):
    """A run, opened to be read, or to be gone on with by one writer.

    with RunFile.open("runs/red_doors-1.evosim") as run:
        columns, rows = run.table("generations")
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None = None, *, at: Path | None = None
    ) -> None:
        self.path = path
        self.lock = lock
        self.at = at or path  # where the file is: hidden, as long as it is to replace another and holds nothing
        self.is_new = False  # it was made by us, and holds nothing yet
        self.folders: list[Path] = []  # that were made for it
        self.acknowledged = -1  # the generation that was stored last by us
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
            self.own.note_logs()
            put_away_by(self.put_away)

    # ------------------------------------------------------------ opening and closing

    @staticmethod
    def create(path: str | Path, scenario: Scenario, seed: int, *, replace: bool = False) -> "RunFile":
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
                RunFile.open(path).close()  # refuses to replace what is not a run
        lock, made = locked_in_folder(path)
        new = path.with_name(f".{path.name}.new")
        at = new if exists else path

        def leave_nothing() -> None:
            for each in {new, at}:
                remove(each)
            lock.release()
            remove_empty(made)

        try:
            with unfinished(leave_nothing), unwritable(path):
                remove(new)
                with closing(connected(new, "rwc")) as connection:
                    make_tables(connection, scenario, seed)
                if not exists:
                    remove(path)  # the write-ahead log of a run that is gone would be taken for its own
                    put(new, path)
                run = RunFile(path, connected(at, "rw"), lock, at=at)
                run.is_new, run.folders = True, made
        except BaseException:
            leave_nothing()
            raise
        return run

    @staticmethod
    def open(path: str | Path, *, write: bool = False) -> "RunFile":
        """Open a run file.

        Raises:
            RunFileError: it is missing, no run file, damaged, of another version, or to be written and in use.
        """
        path = Path(path)
        kind = kind_of(path)
        if kind != "a file":
            raise RunFileError(f"{path}: {'no such file' if kind is None else f'is {kind}'}")
        if not write:
            try:
                return RunFile(path, connected_to_read(path))
            except sqlite3.Error as error:
                raise RunFileError(f"{path}: not a run file that can be read: {reason(error, path.parent)}") from None
        lock = locked(path)
        try:
            with unfinished(lock.release):
                remove(path.with_name(f".{path.name}.new"))  # of whoever was killed before it held anything
                return RunFile(path, connected(path, "rw"), lock)
        except BaseException as error:
            lock.release()
            if isinstance(error, sqlite3.Error):
                raise RunFileError(f"{path}: not a run file that can be read: {reason(error, path.parent)}") from None
            raise

    def close(self) -> None:
        """Close the file; a writer folds the write-ahead log into it, if nobody is reading."""
        if self.lock is None:
            self._disconnect()
            return
        with self.at_work:
            self._fold_in(self.connection)
            self._disconnect()
            self._leave_no_trace()
        is_put_away(self.put_away)

    def put_away(self) -> None:
        """Leave the file in order, from any thread, before the process ends: nothing is stored after this."""
        if self.lock is None or not self.at_work.acquire(timeout=WAIT_FOR_WRITER):
            return  # it is sound whatever happens: a transaction is there or not
        for connection in list(self._connections.values()):
            if not self.is_new and not connection.in_transaction:
                self._fold_in(connection)
        self._leave_no_trace()

    def _fold_in(self, connection: sqlite3.Connection) -> None:
        """Fold the write-ahead log into the file, if that is still there."""
        if not self.own.run_is_lost():
            with suppress(sqlite3.Error):
                connection.execute("pragma wal_checkpoint(truncate)")
                connection.execute("pragma journal_mode = delete")

    def _leave_no_trace(self) -> None:
        """Remove a file that holds nothing, and the lock."""
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
        """Go to another process as a path, to be opened there.

        Raises:
            TypeError: it is being written, which one process does at a time.
        """
        if self.lock is not None:
            raise TypeError(f"{self.path}: a run that is being written can't go to another process; close it first")
        return open_run, (self.path.absolute(),)

    def __enter__(self) -> "RunFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ writing

    def append(self, generation: "Generation | Interval", seconds: float = 0.0) -> None:
        """Store a generation, or an interval of an ecology, with all that the next one needs, in one transaction.

        Raises:
            RunFileError: it doesn't follow on the last generation stored, or can't be written.
        """
        with self.at_work:
            self._append(generation, seconds)
            if self.at != self.path:
                self._take_its_place()
            self.is_new = False
            self.acknowledged = generation.number

    def _append(self, generation: "Generation | Interval", seconds: float) -> None:
        with self.trouble(), self._transaction():
            done = self._done()
            if done != generation.number:
                raise RunFileError(
                    f"{self.path}: holds {done} generations where {generation.number} were expected; "
                    "is another process writing it?"
                )
            refuse_what_is_not_finite(generation)
            for table, rows in self._rows_of(generation):
                self._insert(table, rows)
            self._store_state(generation)
            self._insert("timings", [(generation.number, seconds)])

    def _rows_of(self, generation: "Generation | Interval") -> Iterator[tuple[str, Iterable[Row]]]:
        """Make the rows of all tables of statistics."""
        if is_interval(generation):
            yield from vital_rows(self.laboratory, generation)
        else:
            yield "generations", [generation_row(self.laboratory, generation)]
            yield "loci", locus_rows(self.laboratory, generation)
            yield "measurements", measurement_rows(self.laboratory, generation)
            yield "individuals", individual_rows(self.laboratory, generation) if generation.measured else []

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
        self.__dict__.pop("laboratory", None)
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
            self.own = OwnFiles(self.at)
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
        self.own = OwnFiles(self.at)

    def _store_state(self, generation: "Generation | Interval") -> None:
        last = generation.number - 1
        measured = "individuals" if self.shared else "measurements"
        for table in ("genomes", "memory"):
            self.connection.execute(
                f"delete from {table} where generation = ? and generation not in (select generation from {measured})",
                (last,),
            )
        if is_interval(generation):
            for table, rows in arrays_of(generation).items():
                self._insert(table, rows)
            return
        number, population = generation.number, generation.population
        genomes = np.ascontiguousarray(population.genomes, "<f4")
        parents = np.ascontiguousarray(population.parents, "<i8")
        fitness = np.ascontiguousarray(generation.fitness, "<f8")
        self._insert("genomes", [(number, "<f4", json.dumps(genomes.shape), genomes.tobytes(), fitness.tobytes())])
        self._insert("lineage", [(number, "<i8", json.dumps(parents.shape), parents.tobytes())])
        self._insert("memory", [(number, name, *_encode(array)) for name, array in generation.memory.items()])
        self._insert("digests", [(number, generation.digest)])
        self.connection.execute("delete from hall_of_fame")
        self._insert(
            "hall_of_fame",
            [
                (rank, f.id, f.fitness, "<f4", np.ascontiguousarray(f.genome, "<f4").tobytes())
                for rank, f in enumerate(generation.fame)
            ],
        )

    def _insert(self, table: str, rows: Any) -> None:
        rows = list(rows)
        if rows:
            columns = self.tables().present().get(table, ())  # by name: a file may have them in another order
            names = ", ".join(f'"{column.name}"' for column in columns)
            places = ", ".join("?" * len(rows[0]))
            self.connection.executemany(
                f"insert into {table} {f'({names})' if columns else ''} values ({places})", rows
            )

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


def open_run(path: str | Path) -> RunFile:
    """Open a stored run to read it, also while it is being written.

    Raises:
        RunFileError: it is missing, no run file, damaged or of another version.
    """
    return RunFile.open(path)


def default_path(scenario: Scenario, seed: int) -> Path:
    """Name the run file of a scenario and a seed: `runs/<scenario>-<seed>-<short digest>.evosim`.

    The digest is of the scenario, the seed and the number of generations.
    """
    start = f"{scenario_digest(scenario, seed)} {scenario.evolution.generations}"
    return Path("runs") / f"{scenario.name}-{seed}-{hashlib.sha256(start.encode()).hexdigest()[:8]}.evosim"


def refuse_what_is_not_finite(generation: "Generation | Interval") -> None:
    """Check that a state can be gone on from, before it is acknowledged.

    Raises:
        ValueError: the optimizer remembers what is not a finite number.
    """
    for name, array in generation.memory.items():
        if not np.isfinite(array).all():
            raise ValueError(f"generation {generation.number}: the optimizer's {name} is not finite; it is not stored")


def is_interval(stored: "Generation | Interval") -> "TypeIs[Interval]":
    """Tell an interval of an ecology from a generation."""
    return hasattr(stored, "tally")


def _encode(array: np.ndarray) -> tuple[str, str, bytes]:
    """Write real numbers as dtype, shape and blob."""
    return "<f8", json.dumps(array.shape), np.ascontiguousarray(array, "<f8").tobytes()
