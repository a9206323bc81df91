"""The format of the run file: its tables, and what is checked when a file is opened.

A file may come from a stranger. It is believed only if its tables are exactly those that a run of
its scenario has (strict tables, so that every value is of its column's type), and nothing else is
in it: no view and no trigger.
"""

import json
import platform
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import evosim
from evosim.scenario import Scenario, ScenarioError
from evosim.scenario.names import is_shared, names_of, providers
from evosim.scenario.reader import scenario_digest, scenario_from_json, scenario_to_json
from evosim.statistics import Column, Tables, tables
from evosim.vital import vital_tables

APPLICATION_ID = 0x65766F73  # "evos": tells a run file from other SQLite databases
FORMAT = 3
LONGEST_START = 4_000_000  # characters of what a run says of itself; its scenario is a page
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


OF_ECOLOGIES = """create table deaths (
    generation integer primary key, dtype text not null, shape text not null, data blob not null
) strict"""


class RunFileError(Exception):
    """A run file that is missing, no run file, damaged, of another version, or in use; the message says which."""


class OtherVersionError(RunFileError):
    """A run file of another format than this evosim reads."""


def tables_of(scenario: Scenario) -> Tables:
    """Name and define the columns of the tables of statistics that a scenario's run has."""
    return (vital_tables if is_shared(scenario) else tables)(names_of(scenario))


def statements(scenario: Scenario) -> list[str]:
    """Write what makes the tables of a scenario's run."""
    made = [statement.strip() for statement in FIXED_TABLES.split(";") if statement.strip()]
    made += [OF_ECOLOGIES] if is_shared(scenario) else []
    for name, columns in tables_of(scenario).present().items():
        made.append(f"create table {name} ({', '.join(map(_declaration, columns))}) strict")
    return [*made, "create index individuals_by_generation on individuals (generation)"]


def make_tables(connection: sqlite3.Connection, scenario: Scenario, seed: int) -> None:
    """Write a run of nothing yet, in one transaction."""
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute(f"pragma user_version = {FORMAT}")
    connection.execute("begin")
    for statement in statements(scenario):
        connection.execute(statement)
    row = (
        scenario.name, scenario.title, seed, scenario.evolution.generations, RUNNING, scenario_to_json(scenario),
        json.dumps(versions_here(scenario), sort_keys=True), scenario_digest(scenario, seed),
    )  # fmt: skip
    connection.execute("insert into run values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute("commit")


def read_start(connection: sqlite3.Connection, path: Path) -> tuple[Scenario, int]:
    """Check that a database is a run, and tell of which scenario and seed.

    Raises:
        RunFileError: it is no run, of another version, or damaged.
        sqlite3.Error: it can't be read.
    """
    connection.execute("pragma trusted_schema = off")
    found = connection.execute("pragma application_id").fetchone()[0]
    written_by = connection.execute("pragma user_version").fetchone()[0]
    if found != APPLICATION_ID:
        raise RunFileError(f"{path}: an SQLite database, but not a run of evosim")
    if written_by != FORMAT:
        raise OtherVersionError(f"{path}: run file format {written_by}; this evosim reads format {FORMAT}")
    in_it = {sql for (sql,) in connection.execute("select sql from sqlite_master where sql is not null")}
    if statements_of_run() not in in_it:
        raise RunFileError(f"{path}: damaged: it doesn't say what it is a run of")
    long = "length(name) + length(title) + length(state) + length(scenario) + length(versions) + length(first_digest)"
    rows = connection.execute(f"select seed, {long} from run limit 2").fetchall()
    if len(rows) != 1 or not are_typed(rows, (int, int)) or rows[0][0] < 0 or rows[0][1] > LONGEST_START:
        raise RunFileError(f"{path}: damaged: it doesn't say what it is a run of")
    start = connection.execute("select seed, scenario, first_digest from run").fetchall()
    if not are_typed(start, (int, str, str)):
        raise RunFileError(f"{path}: damaged: it doesn't say what it is a run of")
    ((seed, text, first_digest),) = start
    try:
        scenario = scenario_from_json(text, f"{path}: stored scenario")
    except ScenarioError as error:
        raise RunFileError(f"{path}: damaged: {error}") from None
    expected = set(map(_as_stored, statements(scenario)))
    if in_it != expected:
        wrong = str(min(in_it ^ expected, key=str)).split("(")[0].strip()
        raise RunFileError(f"{path}: damaged: its tables are not those of a run of its scenario ({wrong!r})")
    if scenario_digest(scenario, seed) != first_digest:
        raise RunFileError(f"{path}: damaged: the scenario doesn't have the digest that stands beside it")
    return scenario, seed


def are_typed(rows: Sequence[Sequence[object]], kinds: Sequence[type]) -> bool:
    """Tell whether every column of some rows is of its kind: on a damaged page SQLite finds what no table allows."""
    return all(type(value) is kind for row in rows for value, kind in zip(row, kinds, strict=True))


def statements_of_run() -> str:
    """Give what makes the table that tells what all others are, as SQLite stores it."""
    return _as_stored(FIXED_TABLES.split(";")[0].strip())


def _as_stored(statement: str) -> str:
    """SQLite writes the first words of a statement in capitals, and keeps the rest."""
    first, second, rest = statement.split(" ", 2)
    return f"{first.upper()} {second.upper()} {rest}"


def versions_here(scenario: Scenario) -> dict[str, str]:
    """Name the versions on which the numbers of a scenario's run depend."""
    versions = {name: version(name) for name in ("numpy", "numba", "deap", "pydantic")}
    for provider in providers(scenario):
        if name := provider.rpartition(" ")[0]:
            with suppress(PackageNotFoundError):
                versions[name] = version(name)
    return versions | {
        "evosim": evosim.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def _declaration(column: Column) -> str:
    return f'"{column.name}" {column.kind}'
