"""The run file: one run, one SQLite database that a person can read without us.

Each generation is one transaction that holds all that the next one needs, so a run that is
killed goes on from its last generation. Arrays are blobs of little-endian numbers with their
dtype and shape beside them; nothing in the file is ever executed. Readers see a clean snapshot
while the run is being written.
"""

import json
import math
import platform
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import numpy as np

import evosim
from evosim.scenario import Scenario, ScenarioError
from evosim.scenario.meaning import object_names
from evosim.scenario.reader import scenario_digest, scenario_from_json, scenario_to_json
from evosim.statistics import (
    Column,
    Row,
    Tables,
    Value,
    generation_row,
    individual_rows,
    locus_rows,
    measurement_rows,
    tables,
)

if TYPE_CHECKING:  # statistics can be read without a compiler
    from evosim.evolution.genetic import Population
    from evosim.experiment import Generation, Laboratory, State

APPLICATION_ID = 0x65766F73  # "evos": tells a run file from other SQLite databases
FORMAT = 1
DTYPES = ("<f4", "<f8", "<i8")
RUNNING, INTERRUPTED, COMPLETE = "running", "interrupted", "complete"

FIXED_TABLES = """
create table run (
    name text not null, title text not null, seed integer not null, generations integer not null,
    state text not null, scenario text not null, versions text not null, first_digest text not null
);
create table digests (generation integer primary key, digest text not null);
create table genomes (
    generation integer primary key, dtype text not null, shape text not null, data blob not null,
    fitness blob not null
);
create table lineage (generation integer primary key, dtype text not null, shape text not null, data blob not null);
create table hall_of_fame (
    rank integer primary key, id integer not null, fitness real not null, dtype text not null, data blob not null
);
create table events (at text not null, generation integer, kind text not null, text text not null);
create table timings (generation integer primary key, seconds real not null);
"""


class RunFileError(Exception):
    """A run file that is missing, no run file, damaged, of another version, or in use; the message says which."""


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

    def __init__(self, path: Path, connection: sqlite3.Connection, *, writes: bool = False) -> None:
        self.path = path
        self.connection = connection
        self.writes = writes
        with self.trouble():
            if writes:
                connection.execute("pragma journal_mode = wal")
                connection.execute("pragma synchronous = normal")
            found = connection.execute("pragma application_id").fetchone()[0]
            written_by = connection.execute("pragma user_version").fetchone()[0]
            if found != APPLICATION_ID:
                raise RunFileError(f"{path}: an SQLite database, but not a run of evosim")
            if written_by != FORMAT:
                raise RunFileError(f"{path}: run file format {written_by}; this evosim reads format {FORMAT}")
            row = connection.execute("select seed, scenario from run").fetchone()
            if row is None:
                raise RunFileError(f"{path}: damaged: it doesn't say what it is a run of")
            seed, text = row
            try:
                self.scenario: Scenario = scenario_from_json(text, f"{path}: stored scenario")
            except (ScenarioError, TypeError) as error:
                raise RunFileError(f"{path}: damaged: {error}") from None
            self.seed = int(seed)

    @cached_property
    def laboratory(self) -> "Laboratory":
        """The scenario made ready to run."""
        from evosim.experiment import Laboratory

        return Laboratory(self.scenario, self.seed)

    # ------------------------------------------------------------ opening and closing

    @staticmethod
    def create(path: str | Path, scenario: Scenario, seed: int, *, replace: bool = False) -> "RunFile":
        """Make a new run file, ready to be appended to.

        Raises:
            RunFileError: it exists already (unless it may be replaced), or can't be written.
        """
        path = Path(path)
        if path.exists() and not replace:
            raise RunFileError(f"{path}: exists already; choose another --out, resume it, or replace it with --force")
        if path.exists():
            RunFile.open(path).close()  # refuses to replace what is not a run
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for old in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
                old.unlink(missing_ok=True)
            connection = sqlite3.connect(path, isolation_level=None)
            _make_tables(connection, scenario, seed)
        except (OSError, sqlite3.Error) as error:
            raise RunFileError(f"{path}: can't be written: {getattr(error, 'strerror', None) or error}") from None
        return RunFile(path, connection, writes=True)

    @staticmethod
    def open(path: str | Path, *, write: bool = False) -> "RunFile":
        """Open a run file.

        Raises:
            RunFileError: it is missing, no run file, damaged or of another version.
        """
        path = Path(path)
        if not path.is_file():
            raise RunFileError(f"{path}: no such file")
        mode = "rw" if write else "ro"
        try:
            connection = sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None)
            connection.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise RunFileError(f"{path}: not a run file that can be read: {error}") from None
        return RunFile(path, connection, writes=write)

    def close(self) -> None:
        """Close the file; a writer folds the write-ahead log into it, if nobody is reading."""
        if self.writes:
            with suppress(sqlite3.Error):
                self.connection.execute("pragma journal_mode = delete")
        self.connection.close()

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
        if last >= 0 and not self.laboratory.is_measured(last):
            self.connection.execute("delete from genomes where generation = ?", (last,))
        genomes = np.ascontiguousarray(population.genomes, "<f4")
        parents = np.ascontiguousarray(population.parents, "<i8")
        fitness = np.ascontiguousarray(generation.fitness, "<f8")
        self._insert("genomes", [(number, "<f4", json.dumps(genomes.shape), genomes.tobytes(), fitness.tobytes())])
        self._insert("lineage", [(number, "<i8", json.dumps(parents.shape), parents.tobytes())])
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
            name, title, state, asked, versions, digest = self.connection.execute(
                "select name, title, state, generations, versions, first_digest from run"
            ).fetchone()
            last = self.connection.execute("select digest from digests order by generation desc limit 1").fetchone()
            done = self._done()
        return Summary(
            self.path, name, title, self.seed, state, done, asked, last[0] if last else digest, json.loads(versions)
        )

    def tables(self) -> Tables:
        """Name and define the columns of each table of statistics."""
        return _tables(self.scenario)

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
        from evosim.evolution.genetic import Population

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
        """Read what the next generation needs; None if nothing is stored yet."""
        from evosim.evolution.genetic import Famous
        from evosim.experiment import State

        done = self._done()
        if done == 0:
            return None
        with self.trouble():
            rows = self.connection.execute("select id, fitness, dtype, data from hall_of_fame order by rank").fetchall()
            digest = self.connection.execute("select digest from digests where generation = ?", (done - 1,)).fetchone()
        if digest is None:
            raise RunFileError(f"{self.path}: damaged: the digest of generation {done - 1} is missing")
        loci = len(self.laboratory.layout.loci)
        fame = [Famous(id, fit, self._decode(kind, f"[{loci}]", data, (loci,))) for id, fit, kind, data in rows]
        return State(self.population(done - 1), fame, digest[0])

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


def versions_here() -> dict[str, str]:
    """Name the versions on which the numbers of a run depend."""
    versions = {name: version(name) for name in ("numpy", "numba", "deap", "pydantic")}
    return versions | {
        "evosim": evosim.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def _tables(scenario: Scenario) -> Tables:
    return tables(scenario.world.features, object_names(scenario), scenario.measure.environments)


def _make_tables(connection: sqlite3.Connection, scenario: Scenario, seed: int) -> None:
    """Write a run of nothing yet, in one transaction."""
    versions = versions_here()
    statements = [statement for statement in FIXED_TABLES.split(";") if statement.strip()]
    for name, columns in _tables(scenario)._asdict().items():
        statements.append(f"create table {name} ({', '.join(_declaration(column) for column in columns)})")
    statements.append("create index individuals_by_generation on individuals (generation)")
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute(f"pragma user_version = {FORMAT}")
    connection.execute("begin")
    for statement in statements:
        connection.execute(statement)
    connection.execute(
        "insert into run values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            scenario.name, scenario.title, seed, scenario.evolution.generations, RUNNING,
            scenario_to_json(scenario), json.dumps(versions, sort_keys=True),
            scenario_digest(scenario, seed),
        ),
    )  # fmt: skip
    connection.execute("commit")


def _declaration(column: Column) -> str:
    return f'"{column.name}" {column.kind}'


def _array(values: list[Value]) -> np.ndarray:
    if any(isinstance(value, str) for value in values):
        return np.array([value if value is not None else "" for value in values])
    if all(isinstance(value, int) for value in values):
        return np.array(values, np.int64)
    return np.array([np.nan if value is None else value for value in values], np.float64)
