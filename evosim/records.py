"""The run file: one run, one SQLite database that a person can read without us.

Each generation is one transaction that holds all that the next one needs, so a run that is
killed goes on from its last generation. Arrays are blobs of little-endian numbers with their
dtype and shape beside them; nothing in the file is ever executed. Readers see a clean snapshot
while the run is being written.
"""

import json
import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import numpy as np

from evosim.format import (
    COMPLETE,
    INTERRUPTED,
    RUNNING,
    RunFileError,
    make_tables,
    read_start,
    tables_of,
    versions_here,
)
from evosim.lock import WriterLock, is_being_written
from evosim.scenario import Scenario
from evosim.scenario.reader import scenario_digest, scenario_to_json
from evosim.statistics import Row, Tables, Value, generation_row, individual_rows, locus_rows, measurement_rows

if TYPE_CHECKING:  # statistics can be read without a compiler
    from evosim.evolution import Memory, Population
    from evosim.experiment import Generation, Laboratory, State

DTYPES = ("<f4", "<f8", "<i8")
STATES = (RUNNING, INTERRUPTED, COMPLETE)
STOPPED = "stopped"  # what a run is that says it is running, but nobody is writing


class Summary(NamedTuple):
    """What a run file says of its run."""

    path: Path
    name: str
    title: str
    seed: int
    state: str
    done: int  # generations that are stored
    generations: int  # that were asked for
    digest: str
    versions: dict[str, str]


class RunFile:
    """A run, opened to be read, or to be gone on with by one writer.

    with RunFile.open("runs/red_doors-1.evosim") as run:
        columns, rows = run.table("generations")
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None = None) -> None:
        self.path = path
        self.connection = connection
        self.lock = lock
        self.alive = lock is not None or is_being_written(path)
        self.replaced: Path | None = None  # what stood here before, until there is something to take its place
        self.is_new = False
        try:
            with self.trouble():
                if lock is not None:
                    connection.execute("pragma journal_mode = wal")
                    connection.execute("pragma synchronous = full")  # what is acknowledged outlives a power cut
                self.scenario, self.seed = read_start(connection, path)
        except BaseException:
            connection.close()
            raise

    @cached_property
    def laboratory(self) -> "Laboratory":
        """The scenario made ready to run."""
        from evosim.experiment import Laboratory

        return Laboratory(self.scenario, self.seed)

    # ------------------------------------------------------------ opening and closing

    @staticmethod
    def create(path: str | Path, scenario: Scenario, seed: int, *, replace: bool = False) -> "RunFile":
        """Make a new run file, ready to be appended to.

        It is there for good once it holds a generation; closed before that, it leaves nothing behind, and what it
        was to replace is as it was.

        Raises:
            RunFileError: it exists already (unless it may be replaced), is in use, or can't be written.
        """
        path = Path(path)
        if path.exists() and not replace:
            raise RunFileError(f"{path}: exists already; choose another --out, resume it, or replace it with --force")
        if path.exists():
            RunFile.open(path).close()  # refuses to replace what is not a run
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFileError(f"{path}: can't be written: {error.strerror}") from None
        lock = _locked(path)
        before = path.with_name(f".{path.name}.before") if path.exists() else None
        new = path.with_name(f".{path.name}.new")
        try:
            _remove(new)
            with closing(sqlite3.connect(new, isolation_level=None)) as connection:
                make_tables(connection, scenario, seed)
            if before is not None:
                path.replace(before)
            _remove(path)
            new.replace(path)  # it appears whole, even if we are killed on the way
            run = RunFile(path, sqlite3.connect(path, isolation_level=None), lock)
        except (OSError, sqlite3.Error, RunFileError) as error:
            _remove(new)
            if before is not None and before.exists():
                _remove(path)
                before.replace(path)
            lock.release()
            raise RunFileError(f"{path}: can't be written: {getattr(error, 'strerror', None) or error}") from None
        run.is_new, run.replaced = True, before
        return run

    @staticmethod
    def open(path: str | Path, *, write: bool = False) -> "RunFile":
        """Open a run file.

        Raises:
            RunFileError: it is missing, no run file, damaged, of another version, or to be written and in use.
        """
        path = Path(path)
        if not path.is_file():
            raise RunFileError(f"{path}: {'is a folder' if path.is_dir() else 'no such file'}")
        lock = _locked(path) if write else None
        try:
            mode = "rw" if write else "ro"
            connection = sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None)
            connection.execute("select count(*) from sqlite_master").fetchone()
            return RunFile(path, connection, lock)
        except BaseException as error:
            if lock is not None:
                lock.release()
            if isinstance(error, sqlite3.Error):
                raise RunFileError(f"{path}: not a run file that can be read: {error}") from None
            raise

    def close(self) -> None:
        """Close the file; a writer folds the write-ahead log into it, if nobody is reading."""
        if self.lock is None:
            self.connection.close()
            return
        with suppress(sqlite3.Error):
            self.connection.execute("pragma wal_checkpoint(truncate)")
            self.connection.execute("pragma journal_mode = delete")
        is_empty = self.is_new and self._done() == 0
        self.connection.close()
        if is_empty:
            _remove(self.path)
            if self.replaced is not None:
                self.replaced.replace(self.path)
        self.lock.release()
        self.lock = None

    def __enter__(self) -> "RunFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """Say in our words what SQLite complains of."""
        try:
            yield
        except sqlite3.Error as error:
            busy = "locked" in str(error)
            what = "in use by another process" if busy else f"can't be read or written: {error}"
            raise RunFileError(f"{self.path}: {what}") from None

    # ------------------------------------------------------------ writing

    def append(self, generation: "Generation", seconds: float = 0.0) -> None:
        """Store a generation, and with it all that the next one needs, in one transaction.

        Raises:
            RunFileError: it doesn't follow on the last generation stored, or can't be written.
        """
        with self.trouble(), self._transaction():
            done = self._done()
            if done != generation.number:
                raise RunFileError(
                    f"{self.path}: holds {done} generations where {generation.number} were expected; "
                    "is another process writing it?"
                )
            self._insert("generations", [generation_row(self.laboratory, generation)])
            self._insert("loci", locus_rows(self.laboratory, generation))
            self._insert("measurements", measurement_rows(self.laboratory, generation))
            if generation.measured:
                self._insert("individuals", individual_rows(self.laboratory, generation))
            self._store_state(generation)
            self._insert("timings", [(generation.number, seconds)])
        if self.replaced is not None:
            self.replaced.unlink(missing_ok=True)
            self.replaced = None

    def note(self, kind: str, text: str = "", state: str | None = None) -> None:
        """Store an event, and the state of the run that it leads to."""
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self.trouble(), self._transaction():
            if state is not None:
                self.connection.execute("update run set state = ?", (state,))
            self._insert("events", [(at, self._done() - 1, kind, text)])

    def extend(self, generations: int) -> None:
        """Ask for more, or fewer, generations than before; those stored stay."""
        evolution = self.scenario.evolution.model_copy(update={"generations": generations})
        self.scenario = self.scenario.model_copy(update={"evolution": evolution})
        self.__dict__.pop("laboratory", None)
        with self.trouble(), self._transaction():
            self.connection.execute(
                "update run set scenario = ?, generations = ?", (scenario_to_json(self.scenario), generations)
            )

    def _store_state(self, generation: "Generation") -> None:
        number, population = generation.number, generation.population
        last = number - 1
        self.connection.execute(
            "delete from genomes where generation = ? and generation not in (select generation from measurements)",
            (last,),
        )
        genomes = np.ascontiguousarray(population.genomes, "<f4")
        parents = np.ascontiguousarray(population.parents, "<i8")
        fitness = np.ascontiguousarray(generation.fitness, "<f8")
        self._insert("genomes", [(number, "<f4", json.dumps(genomes.shape), genomes.tobytes(), fitness.tobytes())])
        self._insert("lineage", [(number, "<i8", json.dumps(parents.shape), parents.tobytes())])
        self.connection.execute(
            "delete from memory where generation = ? and generation not in (select generation from measurements)",
            (last,),
        )
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
            places = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"insert into {table} values ({places})", rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("rollback")
            raise
        self.connection.execute("commit")

    # ------------------------------------------------------------ reading

    def summary(self) -> Summary:
        """Say what run this is and how far it has come."""
        with self.trouble():
            name, title, state, asked, text, digest = self.connection.execute(
                "select name, title, state, generations, versions, first_digest from run"
            ).fetchone()
            last = self.connection.execute("select digest from digests order by generation desc limit 1").fetchone()
            done = self._done()
        try:
            versions = {str(name): str(version) for name, version in json.loads(text).items()}
        except (ValueError, AttributeError, RecursionError):
            versions = {}
        told = [name, title, state, *versions, *versions.values()]
        if not versions or state not in STATES or not all(each.isprintable() for each in told):
            raise RunFileError(f"{self.path}: damaged: what it says of itself makes no sense")
        if state == RUNNING and not self.alive:
            state = STOPPED
        return Summary(self.path, name, title, self.seed, state, done, asked, last[0] if last else digest, versions)

    def versions_changed(self) -> str:
        """Say which versions are others now than when the run was begun."""
        here, then = versions_here(self.scenario), self.summary().versions
        return ", ".join(f"{name} {old} → {here.get(name)}" for name, old in then.items() if here.get(name) != old)

    def tables(self) -> Tables:
        """Name and define the columns of each table of statistics."""
        return tables_of(self.scenario)

    def table(self, name: str, where: str = "", values: tuple[Value, ...] = ()) -> tuple[list[str], list[Row]]:
        """Read a table of statistics: the names of its columns, and its rows in order.

        `where` is SQL of the caller's own; what comes from a user belongs into `values`.

        Raises:
            RunFileError: there is no such table, or it can't be read.
        """
        if name not in Tables._fields:
            raise RunFileError(f"{self.path}: no table {name!r}; there are {', '.join(Tables._fields)}")
        clause = f"where {where}" if where else ""
        with self.trouble():
            cursor = self.connection.execute(f"select * from {name} {clause} order by rowid", values)
            return [column[0] for column in cursor.description], cursor.fetchall()

    def frame(self, name: str, where: str = "", values: tuple[Value, ...] = ()) -> dict[str, np.ndarray]:
        """Read a table as one array a column; what is empty is NaN."""
        columns, rows = self.table(name, where, values)
        return {column: _array([row[i] for row in rows]) for i, column in enumerate(columns)}

    def population(self, generation: int) -> "Population":
        """Read a population whose genomes are stored: of measured generations, and of the last.

        Raises:
            RunFileError: they are not stored, or damaged.
        """
        with self.trouble():
            row = self.connection.execute(
                "select g.dtype, g.shape, g.data, g.fitness, l.dtype, l.shape, l.data from genomes g "
                "join lineage l using (generation) where generation = ?",
                (generation,),
            ).fetchone()
        from evosim.evolution import Population

        if row is None:
            raise RunFileError(f"{self.path}: the genomes of generation {generation} are not stored")
        size = self.scenario.evolution.population
        genomes = self._decode(row[0], row[1], row[2], (size, len(self.laboratory.layout.loci)))
        fitness = self._decode("<f8", f"[{size}]", row[3], (size,))
        parents = self._decode(row[4], row[5], row[6], (size, 2))
        return Population(generation, genomes, parents, fitness)

    def lineage(self) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        """Give each generation with the ids of its individuals `[P]` and of their parents `[P, 2]`, -1 where none is.

        Raises:
            RunFileError: a generation is missing or damaged.
        """
        size = self.scenario.evolution.population
        for generation in range(self._done()):
            with self.trouble():
                row = self.connection.execute(
                    "select dtype, shape, data from lineage where generation = ?", (generation,)
                ).fetchone()
            if row is None:
                raise RunFileError(f"{self.path}: damaged: the lineage of generation {generation} is missing")
            parents = self._decode(row[0], row[1], row[2], (size, 2))
            yield generation, list(range(generation * size, (generation + 1) * size)), parents.tolist()

    def state(self) -> "State | None":
        """Read what the next generation needs; None if nothing is stored yet.

        Raises:
            RunFileError: it is damaged, or doesn't have the digest that stands beside it.
        """
        from evosim.evolution import Famous
        from evosim.experiment import State, chained

        done = self._done()
        if done == 0:
            return None
        with self.trouble():
            rows = self.connection.execute("select id, fitness, dtype, data from hall_of_fame order by rank").fetchall()
        digests = [scenario_digest(self.scenario, self.seed), *self.digests()]
        loci = len(self.laboratory.layout.loci)
        fame = [Famous(id, fit, self._decode(kind, f"[{loci}]", data, (loci,))) for id, fit, kind, data in rows]
        population = self.population(done - 1)
        memory = self._memory(done - 1)
        if chained(digests[-2], population, fame, memory) != digests[-1]:
            raise RunFileError(f"{self.path}: damaged: generation {done - 1} doesn't have the digest stored with it")
        return State(population, fame, digests[-1], memory)

    def digests(self) -> list[str]:
        """List the digest of every generation that is stored.

        Raises:
            RunFileError: one is missing.
        """
        with self.trouble():
            rows = self.connection.execute("select generation, digest from digests order by generation").fetchall()
        missing = next((i for i in range(self._done()) if i >= len(rows) or rows[i][0] != i), None)
        if missing is not None:
            raise RunFileError(f"{self.path}: damaged: the digest of generation {missing} is missing")
        return [digest for _, digest in rows]

    def _memory(self, generation: int) -> "Memory":
        shapes = self.laboratory.memory_shapes()
        memory: Memory = {}
        for name, expected in shapes.items():
            with self.trouble():
                row = self.connection.execute(
                    "select dtype, shape, data from memory where generation = ? and name = ?", (generation, name)
                ).fetchone()
            if row is None:
                raise RunFileError(f"{self.path}: damaged: the {name} of generation {generation} are missing")
            dtype, shape, data = row
            memory[name] = self._decode(dtype, shape, data, expected)
            if not np.isfinite(memory[name]).all():
                raise RunFileError(
                    f"{self.path}: damaged: the {name} of generation {generation} hold what is no number"
                )
        return memory

    def _done(self) -> int:
        with self.trouble():
            last = self.connection.execute("select max(generation) from generations").fetchone()[0]
        return 0 if last is None else int(last) + 1

    def _decode(self, dtype: str, shape: str, data: bytes, expected: tuple[int, ...]) -> Any:
        """Read a blob, if it is exactly what is expected."""
        try:
            found = tuple(json.loads(shape))
            if dtype in DTYPES and found == expected and len(data) == math.prod(found) * int(dtype[2]):
                return np.frombuffer(data, dtype).reshape(found).astype(dtype[1:])
        except (ValueError, TypeError):
            pass
        raise RunFileError(f"{self.path}: damaged: an array of {dtype} {shape}, where {expected} was expected")


def open_run(path: str | Path) -> RunFile:
    """Open a stored run to read it, also while it is being written.

    Raises:
        RunFileError: it is missing, no run file, damaged or of another version.
    """
    return RunFile.open(path)


def default_path(scenario: Scenario, seed: int) -> Path:
    """Name the run file of a scenario and a seed: `runs/<scenario>-<seed>-<short digest>.evosim`."""
    return Path("runs") / f"{scenario.name}-{seed}-{scenario_digest(scenario, seed)[:8]}.evosim"


def _locked(path: Path) -> WriterLock:
    """Take the right to write a run file."""
    lock = WriterLock(path)
    try:
        if lock.take():
            return lock
    except OSError as error:
        raise RunFileError(f"{path}: can't be written: {error.strerror}") from None
    raise RunFileError(f"{path}: in use: another process is writing it")


def _encode(array: np.ndarray) -> tuple[str, str, bytes]:
    """Write real numbers as dtype, shape and blob."""
    return "<f8", json.dumps(array.shape), np.ascontiguousarray(array, "<f8").tobytes()


def _remove(path: Path) -> None:
    """Remove a run file and what SQLite keeps beside it."""
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        each.unlink(missing_ok=True)


def _array(values: list[Value]) -> np.ndarray:
    if any(isinstance(value, str) for value in values):
        return np.array([value if value is not None else "" for value in values])
    if all(isinstance(value, int) for value in values):
        return np.array(values, np.int64)
    return np.array([np.nan if value is None else value for value in values], np.float64)
