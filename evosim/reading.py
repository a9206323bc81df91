"""Reading: what a run file says, checked before it is believed.

Arrays are blobs of little-endian numbers with their dtype and shape beside them; nothing in the
file is ever executed. Readers see a clean snapshot while the run is being written.
"""

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evosim.files import connected_to_read, reason
from evosim.format import (
    COMPLETE,
    EXTINCT,
    INTERRUPTED,
    RUNNING,
    RunFileError,
    are_typed,
    fill_in,
    read_start,
    stored_columns,
    tables_of,
    versions_here,
)
from evosim.scenario.names import is_shared
from evosim.statistics import Column, Row, Tables, Value

if TYPE_CHECKING:  # statistics can be read without a compiler
    from evosim.ecology.history import Kept
    from evosim.evolution import Memory, Population
    from evosim.experiment import Laboratory, State

DTYPES = ("<f4", "<f8", "<i8")
KINDS = {"integer": int, "real": float, "text": str}
STATES = (RUNNING, INTERRUPTED, COMPLETE, EXTINCT)
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


class StoredRun:
    """What can be read of a run, through a connection to its file; `alive` says whether somebody is writing it.

    Any thread may read: each has a connection of its own. Only the thread that opened a run to write it may use it.

    Raises:
        RunFileError: it is no run, of another version, or damaged.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, alive: bool, to_write: bool = False) -> None:
        self.path = path
        self.alive = alive
        self._connections = {get_ident(): connection}
        self._one_thread = to_write
        with self.trouble():
            self.scenario, self.seed, self.first_digest = read_start(connection, path)
            self.stored_columns = stored_columns(connection, path, self.scenario)
            fill_in(connection, self.scenario, self.stored_columns, keep=to_write)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this thread.

        Raises:
            RunFileError: another thread is writing the run, or the file is closed or can't be opened again.
        """
        here = self._connections.get(get_ident())
        return here if here is not None else self._connection_of_its_own()

    @connection.setter
    def connection(self, connection: sqlite3.Connection) -> None:
        self._connections[get_ident()] = connection

    def _connection_of_its_own(self) -> sqlite3.Connection:
        if self._one_thread:
            raise RunFileError(f"{self.path}: another thread is writing it; open it anew to read it")
        if not self._connections:
            raise RunFileError(f"{self.path}: the run is closed; open it anew")
        with self.trouble():
            connection = connected_to_read(self.path)
            fill_in(connection, self.scenario, self.stored_columns, keep=False)
        self._connections[get_ident()] = connection
        return connection

    def _disconnect(self) -> None:
        """Close the connections of all threads."""
        while self._connections:
            self._connections.popitem()[1].close()

    @property
    def shared(self) -> bool:
        """Tell whether it is the run of an ecology: a world that all share, by natural selection."""
        return is_shared(self.scenario)

    @cached_property
    def laboratory(self) -> "Laboratory":
        """The scenario made ready to run."""
        from evosim.experiment import Laboratory

        return Laboratory(self.scenario, self.seed)

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """Say in our words what SQLite complains of."""
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:  # a damaged page may claim to be of any size
            why = reason(error, self.path.parent) if isinstance(error, sqlite3.Error) else str(error)
            busy = why.startswith("database") and "locked" in why
            what = "in use by another process" if busy else f"can't be read or written: {why or 'no memory'}"
            raise RunFileError(f"{self.path}: {what}") from None

    def summary(self) -> Summary:
        """Say what run this is and how far it has come."""
        ((name, title, state, asked, text, digest),) = self.rows(
            "select name, title, state, generations, versions, first_digest from run", (str, str, str, int, str, str)
        )
        last = self.rows("select digest from digests order by generation desc limit 1", (str,))
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
        return Summary(self.path, name, title, self.seed, state, done, asked, last[0][0] if last else digest, versions)

    def is_extinct(self) -> bool:
        """Tell whether it is an ecology in which nobody lives any more."""
        if not self.shared:
            return False
        last = self.rows("select population from generations order by generation desc limit 1", (int,))
        return bool(last) and last[0][0] == 0

    def versions_changed(self) -> str:
        """Say which versions are others now than when the run was begun."""
        here, then = versions_here(self.scenario), self.summary().versions
        return ", ".join(f"{name} {old} → {here.get(name)}" for name, old in then.items() if here.get(name) != old)

    def tables(self) -> Tables:
        """Name and define the columns of each table of statistics."""
        return self._tables

    @cached_property
    def _tables(self) -> Tables:
        return tables_of(self.scenario)

    def table(self, name: str, where: str = "", values: tuple[Value, ...] = ()) -> tuple[list[str], list[Row]]:
        """Read a table of statistics: the names of its columns, and its rows in order.

        What the release that made the run did not know is empty. `where` is SQL of the caller's own; what comes from a
        user belongs into `values`.

        Raises:
            RunFileError: there is no such table, or it can't be read.
        """
        present = self.tables().present()
        if name not in present:
            raise RunFileError(f"{self.path}: no table {name!r}; there are {', '.join(present)}")
        clause = f"where {where}" if where else ""
        columns, stored = present[name], self.stored_columns[name]
        asked = ", ".join(f'"{column.name}"' if column.name in stored else "null" for column in columns)
        with self.trouble():
            cursor = self.connection.execute(f"select {asked} from {name} {clause} order by rowid", values)
            rows = cursor.fetchall()
        for i, column in enumerate(columns):
            if not _is_sound(column, [row[i] for row in rows]):
                raise RunFileError(f"{self.path}: damaged: {name} holds what can't be a {column.name}")
        return [column.name for column in columns], rows

    def frame(self, name: str, where: str = "", values: tuple[Value, ...] = ()) -> dict[str, np.ndarray]:
        """Read a table as one array a column; what is empty is NaN."""
        columns, rows = self.table(name, where, values)
        return {column: _array([row[i] for row in rows]) for i, column in enumerate(columns)}

    def population(self, generation: int) -> "Population":
        """Read a population whose genomes are stored: of measured generations, and of the last.

        Raises:
            RunFileError: they are not stored, or damaged.
        """
        return self._believed(self._population(generation))

    def _population(self, generation: int) -> "Population":
        found = self.rows(
            "select g.dtype, g.shape, g.data, g.fitness, l.dtype, l.shape, l.data from genomes g "
            "join lineage l using (generation) where generation = ?",
            (str, str, bytes, bytes, str, str, bytes),
            (generation,),
        )
        from evosim.evolution import Population

        if self.shared:
            raise RunFileError(f"{self.path}: the population of an ecology is no generation; `kept` reads its state")
        if len(found) != 1:
            raise RunFileError(f"{self.path}: the genomes of generation {generation} are not stored")
        row = found[0]
        size = self.scenario.evolution.population
        genomes = self._decode(row[0], row[1], row[2], (size, len(self.laboratory.layout.loci)))
        fitness = self._decode("<f8", f"[{size}]", row[3], (size,))
        parents = self._decode(row[4], row[5], row[6], (size, 2))
        return Population(generation, genomes, parents, fitness)

    def _believed(self, population: "Population") -> "Population":
        """Give a population, if selection can have measured it and its genomes can be expressed."""
        generation, genomes, fitness = population.generation, population.genomes, population.fitness
        self._refuse_what_is_no_number(f"fitness of generation {generation}", fitness)
        low, high = (bound.astype(genomes.dtype) for bound in (self.laboratory.layout.low, self.laboratory.layout.high))
        if not ((low <= genomes) & (genomes <= high)).all():
            raise RunFileError(f"{self.path}: damaged: genomes of generation {generation} lie outside of their ranges")
        return population

    def stored_generations(self) -> list[int]:
        """List the generations whose genomes are stored: those that were measured, and the last."""
        return [number for (number,) in self.rows("select generation from genomes order by generation", (int,))]

    def lineage(self) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        """Give each generation with the ids of its individuals `[P]` and of their parents `[P, 2]`, -1 where none is.

        Raises:
            RunFileError: a generation is missing or damaged.
        """
        if self.shared:
            yield from self._births()
            return
        size = self.scenario.evolution.population
        for generation in range(self._done()):
            parents = self.parents_in(generation)
            yield generation, list(range(generation * size, (generation + 1) * size)), parents.tolist()

    def parents_in(self, generation: int) -> Any:
        """Read the parents `[P, 2]` of a generation's individuals, -1 where there is none.

        Raises:
            RunFileError: they are missing or damaged.
        """
        size = self.scenario.evolution.population
        found = self.rows(
            "select dtype, shape, data from lineage where generation = ?", (str, str, bytes), (generation,)
        )
        if len(found) != 1:
            raise RunFileError(f"{self.path}: damaged: the lineage of generation {generation} is missing")
        dtype, shape, data = found[0]
        return self._decode(dtype, shape, data, (size, 2))

    def _births(self) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        from evosim.keeping import births

        before = 0
        for interval in range(self._done()):
            born = births(self, interval)
            yield interval, list(range(before, before + len(born))), born[:, :2].tolist()
            before += len(born)

    def kept(self) -> "Kept | None":
        """Read what the next interval of an ecology needs; None if nothing is stored yet.

        Raises:
            RunFileError: it is damaged, or doesn't have the digest that stands beside it.
        """
        from evosim.keeping import kept, refuse_other_digest

        done = self._done()
        if done == 0:
            return None
        state = kept(self, done - 1)
        refuse_other_digest(self, state, self.first_digest)
        return state

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
        rows = self.rows("select id, fitness, dtype, data from hall_of_fame order by rank", (int, float, str, bytes))
        digests = [self.first_digest, *self.digests()]
        loci = len(self.laboratory.layout.loci)
        fame = [Famous(id, fit, self._decode(kind, f"[{loci}]", data, (loci,))) for id, fit, kind, data in rows]
        self._refuse_what_is_no_number("fitness of the hall of fame", np.array([fit for _, fit, _, _ in rows]))
        population = self._population(done - 1)
        memory = self._memory(done - 1)
        if chained(digests[-2], population, fame, memory) != digests[-1]:
            raise RunFileError(f"{self.path}: damaged: generation {done - 1} doesn't have the digest stored with it")
        return State(self._believed(population), fame, digests[-1], memory)

    def digests(self) -> list[str]:
        """List the digest of every generation that is stored.

        Raises:
            RunFileError: one is missing.
        """
        rows = self.rows("select generation, digest from digests order by generation", (int, str))
        missing = next((i for i in range(self._done()) if i >= len(rows) or rows[i][0] != i), None)
        if missing is not None:
            raise RunFileError(f"{self.path}: damaged: the digest of generation {missing} is missing")
        return [digest for _, digest in rows]

    def _memory(self, generation: int) -> "Memory":
        shapes = self.laboratory.memory_shapes()
        memory: Memory = {}
        for name, expected in shapes.items():
            found = self.rows(
                "select dtype, shape, data from memory where generation = ? and name = ?",
                (str, str, bytes),
                (generation, name),
            )
            if len(found) != 1:
                raise RunFileError(f"{self.path}: damaged: the {name} of generation {generation} are missing")
            dtype, shape, data = found[0]
            memory[name] = self._decode(dtype, shape, data, expected)
            self._refuse_what_is_no_number(f"{name} of generation {generation}", memory[name])
        return memory

    def _refuse_what_is_no_number(self, what: str, values: Any) -> None:
        if not np.isfinite(values).all():
            raise RunFileError(f"{self.path}: damaged: the {what} hold what is no number")

    def _done(self) -> int:
        ((last,),) = self.rows("select coalesce(max(generation), -1) from generations", (int,))
        if last < -1:
            raise RunFileError(f"{self.path}: damaged: its last generation has the number {last}")
        return int(last) + 1

    def rows(self, statement: str, kinds: tuple[type, ...], values: tuple[Value, ...] = ()) -> list[tuple[Any, ...]]:
        """Ask for rows, each column of its kind."""
        with self.trouble():
            rows = self.connection.execute(statement, values).fetchall()
        if not are_typed(rows, kinds):
            raise RunFileError(f"{self.path}: damaged: a table holds what doesn't belong there")
        return rows

    def _decode(self, dtype: str, shape: str, data: bytes, expected: tuple[int, ...]) -> Any:
        """Read a blob, if it is exactly what is expected."""
        try:
            fits = json.loads(shape) == list(expected)
        except (ValueError, RecursionError):
            fits = False
        if not fits or dtype not in DTYPES or len(data) != math.prod(expected) * int(dtype[2]):
            raise RunFileError(
                f"{self.path}: damaged: an array of {dtype!r:.20} {shape!r:.60}, where {expected} was expected"
            )
        return np.frombuffer(data, dtype).reshape(expected).astype(dtype[1:])


def _array(values: list[Value]) -> np.ndarray:
    if any(isinstance(value, str) for value in values):
        return np.array([value if value is not None else "" for value in values])
    if all(isinstance(value, int) for value in values):
        return np.array(values, np.int64)
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _is_sound(column: Column, values: list[Value]) -> bool:
    """Tell whether what a column holds can have been written by us."""
    kinds = {KINDS[column.kind], type(None)} if column.may_be_empty else {KINDS[column.kind]}
    if not set(map(type, values)) <= kinds:
        return False
    if column.kind == "text":
        return all(each.isprintable() for each in set(values) if isinstance(each, str))
    return math.inf not in values and -math.inf not in values
