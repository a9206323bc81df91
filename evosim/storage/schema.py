"""The format of the run file: its tables, and what is checked when a file is opened.

A file may come from a stranger. It is believed only if the tables of a run are in it as evosim makes them
(strict, so that every value is of its column's type), and nothing that acts by itself: no view, no trigger. What
other tools keep beside them, such as statistics, an index or a table of notes, is left alone.

A file may also come from an earlier release, or a later one. The major number of the format changes when what
was written can't be read any more; the minor one when a table or a column is added. Columns that may be empty, and
tables that came later, may be missing: they read as empty, and are made when the run is next written. Columns that
are not known are not read.
"""

import json
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from evosim.scenario import Scenario, ScenarioError
from evosim.scenario.loading.load import digest_of_start, scenario_digest, scenario_from_json, scenario_to_json
from evosim.scenario.schema.entry_points import local_version
from evosim.scenario.schema.names import providers
from evosim.storage.columns import Column, Contents
from evosim.version import __version__

APPLICATION_ID = 0x65766F73  # "evos": tells a run file from other SQLite databases
MAJOR, MINOR = 3, 4
MINORS = 1000  # format 3.1 is stored as 3001; the very first, 3.0, as 3
LONGEST_START = 4_000_000  # characters of what a run says of itself; its scenario is a page
INDEX = "create index if not exists individuals_by_generation on individuals (generation)"
RUNNING, INTERRUPTED, COMPLETE, EXTINCT = "running", "interrupted", "complete", "extinct"

FIXED_TABLES = """
create table run (
    name text not null, title text not null, seed integer not null, generations integer not null,
    state text not null, scenario text not null, versions text not null, first_digest text not null
) strict;
create table digests (generation integer primary key, digest text not null) strict;
create table genomes (
    generation integer primary key, dtype text not null, shape text not null, data blob not null,
    fitness blob not null
) strict;
create table memory (
    generation integer not null, name text not null, dtype text not null, shape text not null, data blob not null,
    primary key (generation, name)
) strict;
create table lineage (
    generation integer primary key, dtype text not null, shape text not null, data blob not null
) strict;
create table hall_of_fame (
    rank integer primary key, id integer not null, fitness real not null, dtype text not null, data blob not null
) strict;
create table report_cards (
    generation integer not null, id integer not null, environment text not null, quantity text not null,
    value real, low real, high real, unit text not null,
    primary key (generation, id, environment, quantity)
) strict;
create table nulls (
    generation integer not null, kind text not null, environment text not null, quantity text not null,
    evolved real, expected real, evolved_agents integer not null, null_agents integer not null,
    tried integer not null, method text not null,
    primary key (generation, kind, environment, quantity)
) strict;
create table events (at text not null, generation integer, kind text not null, text text not null) strict;
create table timings (generation integer primary key, seconds real not null) strict;
"""


FIRST_TABLES = "run", "digests", "genomes", "memory", "lineage", "hall_of_fame", "report_cards", "events", "timings"
LOG = """create table {} (
    generation integer primary key, dtype text not null, shape text not null, data blob not null
) strict"""


class RunFileError(Exception):
    """A run file that is missing, no run file, corrupt, of another version, or in use; the message says which."""


class CorruptRunError(RunFileError):
    """A run file that holds what evosim doesn't write: where, what, and what can be done."""

    def __init__(self, path: Path, what: str, remedy: str = "restore a copy of it, or run its scenario again") -> None:
        super().__init__(path, what, remedy)  # so that it can be pickled
        self.path, self.what, self.remedy = path, what, remedy

    def __str__(self) -> str:
        return f"{self.path}: corrupt: {self.what}; {self.remedy}"


class OtherVersionError(RunFileError):
    """A run file of a format that this evosim doesn't read."""


class Statement(NamedTuple):
    """The SQL that creates one table of a run, and whether a file may lack it."""

    table: str
    sql: str
    columns: tuple[Column, ...] = ()  # of a table of statistics
    may_be_missing: bool = False


def table_statements(contents: Contents) -> Iterator[Statement]:
    """Yield the statements that create the tables of a run."""
    for statement in FIXED_TABLES.split(";"):
        if statement.strip():
            name = statement.split()[2]
            yield Statement(name, statement.strip(), may_be_missing=name not in FIRST_TABLES)
    for name in contents.logs:
        yield Statement(name, LOG.format(name))
    for name, columns in contents.tables.items():
        yield Statement(name, _create(name, [(column.name, column.kind) for column in columns]), columns)


def _create(table: str, columns: Sequence[tuple[str, str]]) -> str:
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns)
    return f"create table {table} ({declared}) strict"


def make_tables(connection: sqlite3.Connection, scenario: Scenario, seed: int, contents: Contents) -> None:
    """Create the tables of a new run, in a file that nobody knows of yet: the caller syncs it, once.

    It is left as one that is written ahead, as it will be: SQLite syncs four times to make it so later.
    """
    connection.execute("pragma synchronous = off")
    connection.execute("pragma journal_mode = memory")
    connection.execute("begin")
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute(f"pragma user_version = {MAJOR * MINORS + MINOR}")
    for statement in table_statements(contents):
        connection.execute(statement.sql)
    _make_index(connection, contents)
    row = (
        scenario.name, scenario.title, seed, scenario.evolution.generations, RUNNING, scenario_to_json(scenario),
        json.dumps(versions_here(scenario), sort_keys=True), scenario_digest(scenario, seed),
    )  # fmt: skip
    connection.execute("insert into run values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute("commit")
    connection.execute("pragma journal_mode = wal")


def read_start(connection: sqlite3.Connection, path: Path) -> tuple[Scenario, int, str]:
    """Check that a database is a run; return its scenario, its seed and the digest of both.

    Raises:
        RunFileError: it is not a run, or of another version.
        CorruptRunError: its description is missing or invalid.
        sqlite3.Error: it can't be read.
    """
    connection.execute("pragma trusted_schema = off")
    if connection.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
        what = "an SQLite database, but" if path.stat().st_size else "an empty file,"
        raise RunFileError(f"{path}: {what} not a run of evosim")
    refuse_other_format(connection, path)
    refuse_active_schema(connection, path)
    (sql,) = connection.execute("select max(sql) from sqlite_master where type = 'table' and name = 'run'").fetchone()
    if sql != _as_stored(FIXED_TABLES.split(";")[0].strip()):
        raise CorruptRunError(path, "its table `run` doesn't hold one scenario with its seed and digest")
    long = "length(name) + length(title) + length(state) + length(scenario) + length(versions) + length(first_digest)"
    rows = connection.execute(f"select seed, {long} from run limit 2").fetchall()
    if len(rows) != 1 or not have_types(rows, (int, int)) or rows[0][0] < 0 or rows[0][1] > LONGEST_START:
        raise CorruptRunError(path, "its table `run` doesn't hold one scenario with its seed and digest")
    start = connection.execute("select seed, scenario, first_digest from run").fetchall()
    if not have_types(start, (int, str, str)):
        raise CorruptRunError(path, "its table `run` doesn't hold one scenario with its seed and digest")
    ((seed, text, first_digest),) = start
    try:
        scenario = scenario_from_json(text, f"{path}: stored scenario")
    except ScenarioError as error:
        raise CorruptRunError(path, str(error)) from None
    if digest_of_start(text, seed) != first_digest:
        raise CorruptRunError(path, "its scenario and seed don't match the digest stored with them")
    return scenario, seed, first_digest


def refuse_other_format(connection: sqlite3.Connection, path: Path) -> None:
    """Check that a file is of a format that can be read: the same major number.

    Raises:
        OtherVersionError: it is not; the message says what to do.
    """
    stored = int(connection.execute("pragma user_version").fetchone()[0])
    major, minor = divmod(stored, MINORS) if stored >= MINORS else (stored, 0)
    if major > MAJOR:
        what = f"run file format {major}.{minor}, of a later evosim (this one reads {MAJOR}): upgrade evosim to open it"
    elif major < MAJOR:
        what = (
            f"run file format {major}, from before the first release (this evosim reads {MAJOR}): its scenario and "
            "seed are in its table `run`; run these again"
        )
    else:
        return
    raise OtherVersionError(f"{path}: {what}")


def refuse_active_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Check that a file has no view, trigger or virtual table, which would run when it is read or written.

    Raises:
        CorruptRunError: it has one; the message names it and how to remove it.
    """
    for kind, name, sql in connection.execute("select type, name, sql from sqlite_master"):
        made = str(sql).split(" ", 2)
        if kind in ("table", "index") and made[1:2] != ["VIRTUAL"]:
            continue
        kind = "table" if kind == "table" else kind
        shown = str(name) if str(name).isprintable() else ascii(name)
        raise CorruptRunError(
            path,
            f"it holds the {kind} {shown!r}, which acts by itself and is not part of a run",
            f"`drop {kind}` in sqlite3 removes it",
        )


def stored_columns(connection: sqlite3.Connection, path: Path, contents: Contents) -> dict[str, list[str]]:
    """Read which columns each table of statistics has in a file, and check that all tables are those of a run.

    Raises:
        CorruptRunError: a table or column is missing, or declared differently.
    """
    found: dict[str, list[str]] = {}
    there = dict(connection.execute("select name, sql from sqlite_master where type = 'table'").fetchall())
    for statement in table_statements(contents):
        name = statement.table
        if name not in there:
            if statement.may_be_missing:
                continue
            raise CorruptRunError(path, f"it has no table {name!r}")
        sql = statement.sql
        if statement.columns:
            declared = [(str(row[1]), str(row[2]).lower()) for row in connection.execute(f"pragma table_info({name})")]
            kinds = {column.name: column.kind for column in statement.columns}
            sql = _create(name, [(column, kinds.get(column, kind)) for column, kind in declared])
            found[name] = [column for column, _ in declared]
            lacking = [c.name for c in statement.columns if c.name not in found[name] and not c.may_be_empty]
            if lacking:
                raise CorruptRunError(path, f"its table {name!r} has no column {lacking[0]!r}")
        if there[name] != _as_stored(sql):
            raise CorruptRunError(path, f"its table {name!r} is not declared as that of a run")
    return found


def add_missing_tables(
    connection: sqlite3.Connection, contents: Contents, present: dict[str, list[str]], *, keep: bool
) -> None:
    """Add the tables and columns that an earlier release did not have, to the file if `keep`.

    Otherwise the tables are added as temporary ones of this connection, and are empty.
    """
    names = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    missing = [each for each in table_statements(contents) if each.table not in names]
    if not keep:
        connection.execute("pragma temp_store = memory")
        for each in missing:
            connection.execute(each.sql.replace("create table", "create temp table", 1))
        return
    connection.execute("begin immediate")
    for each in missing:
        connection.execute(each.sql)
    for each in table_statements(contents):
        for column in each.columns:
            if column.name not in present[each.table]:
                connection.execute(f'alter table {each.table} add column "{column.name}" {column.kind}')
                present[each.table].append(column.name)
    _make_index(connection, contents)
    stored = int(connection.execute("pragma user_version").fetchone()[0])
    if stored < MAJOR * MINORS + MINOR:
        connection.execute(f"pragma user_version = {MAJOR * MINORS + MINOR}")
    connection.execute("commit")


def _make_index(connection: sqlite3.Connection, contents: Contents) -> None:
    if "individuals" in contents.tables:
        connection.execute(INDEX)


def have_types(rows: Sequence[Sequence[object]], kinds: Sequence[type]) -> bool:
    """Whether all values have the types of their columns: a corrupt page can hold what no strict table allows."""
    return all(type(value) is kind for row in rows for value, kind in zip(row, kinds, strict=True))


def _as_stored(statement: str) -> str:
    """Return a statement as SQLite stores it: its first two words in capitals."""
    first, second, rest = statement.split(" ", 2)
    return f"{first.upper()} {second.upper()} {rest}"


@cache
def library_versions() -> dict[str, str]:
    """Return the installed versions of the libraries that every run depends on, by name."""
    return {name: version(name) for name in ("numpy", "numba", "deap", "pydantic")}


def versions_here(scenario: Scenario) -> dict[str, str]:
    """Return the installed versions of what the numbers of a scenario's run depend on, by name."""
    versions = dict(library_versions())
    for provider in providers(scenario):
        if name := provider.rpartition(" ")[0]:
            with suppress(PackageNotFoundError):
                versions[name] = local_version(name) or version(name)
    return versions | {
        "evosim": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def missing_providers(scenario: Scenario) -> list[str]:
    """List those packages, with versions, that provide a part of a scenario and are not installed."""
    missing = []
    for provider in providers(scenario):
        name = provider.rpartition(" ")[0] or provider
        try:
            _ = local_version(name) or version(name)
        except PackageNotFoundError:
            missing.append(provider)
    return missing
