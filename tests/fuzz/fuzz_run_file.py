"""Fuzz the run file: whatever is done to one, all that reads it gives what it holds or a RunFileError; nothing else.

    python tests/fuzz/fuzz_run_file.py /tmp/found tests/fuzz/corpus/run_file -timeout=20

An input is one of three things: a run file; SQL, beginning with `--`, that is carried out on a small sound run; or
else a list of changes to such a run, each of a code, two numbers and a value.
"""

import sqlite3
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evosim.simulation.runs import RunFile

TINY = """
schema = 1
title = "Tiny"
world = { size = [5, 5], steps = 4, features = ["food"], objects.food = { features = { food = 1 }, ends_episode = true } }
objectives.base = { "entered.food" = 1 }
mind.controllers = { planner = 0.5, open_loop = 0.5 }
mind.open_loop.length = 3
evolution = { population = 4, generations = 3, episodes = 2, hall_of_fame = 2, selection = { operator = "lexicase" } }
measure = { every = 2, episodes = 2 }
"""
TABLES = ("run", "generations", "loci", "measurements", "individuals", "digests", "genomes", "memory", "lineage",
          "hall_of_fame", "events", "timings")  # fmt: skip
PAGE = 512  # bytes; the smallest there is, so that the file is small


@cache
def sound_run() -> bytes:
    """Make a run file of a small run."""
    from evosim.scenario import parse_scenario
    from evosim.simulation.runner import carry_on
    from evosim.simulation.runs import RunFile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.evosim"
        with RunFile.create(path, parse_scenario(TINY, name="tiny"), 1) as run:
            for _ in carry_on(run):
                pass
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(f"pragma page_size = {PAGE}")
            connection.execute("vacuum")
        return path.read_bytes()


def read(data: bytes) -> None:
    """Make a run file of an input, and read it in every way."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        path = Path(folder) / "run.evosim"
        write(data, path)
        read_file(path, turn=len(data))


def read_file(path: Path, turn: int = 0) -> None:
    """Read a run file in every way: it goes well, or is refused as a run file. Formats of export take turns."""
    from evosim.simulation.runs import RunFile
    from evosim.storage.schema import RunFileError

    before = path.read_bytes()
    try:
        with RunFile.open(path) as run:
            for way in ways(run, path.with_name("exported"), turn):
                with suppress(RunFileError):
                    way()
    except RunFileError as error:
        assert str(error).startswith(str(path))
    assert path.read_bytes() == before
    path.with_name("exported").unlink(missing_ok=True)


def ways(run: "RunFile", out: Path, turn: int) -> "Iterator[Callable[[], object]]":
    """Give all ways in which a run is read."""
    from evosim.storage.export import export
    from viz.answers.reading import read_run as read_figure

    yield run.summary
    yield run.versions_changed
    yield run.checkpoint
    yield lambda: [run.population(generation) for generation in (0, 2)]
    yield lambda: read_figure(run) if run.summary().done else None
    tables = [*run.tables()]
    for table in tables:
        yield lambda table=table: run.frame(table)
    for i, table in enumerate((*tables, "lineage")):
        form = ("csv", "json", "parquet")[(i + turn) % 3]
        yield lambda table=table, form=form: export(run, table, form, out)
    yield lambda: export(run, "lineage", "alife", out, one_parent=bool(turn % 2))


# ---------------------------------------------------------------- from an input to a file


def write(data: bytes, path: Path) -> None:
    """Write the run file that an input stands for."""
    if data.startswith(b"SQLite format 3\0"):
        path.write_bytes(data)
        return
    path.write_bytes(sound_run())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = memory")
        connection.execute("pragma synchronous = off")
        if data.startswith(b"--"):
            connection.executescript(data.decode())
            return
        changes = list(changes_in(data))
        for change in changes:
            with suppress(sqlite3.Error):
                change_tables(connection, *change)
    if any(code % 8 == 6 for code, *_ in changes):
        sign(path)
    whole = bytearray(path.read_bytes())
    for code, first, second, value in changes:
        at = (first << 16 | second) % len(whole)
        if code % 8 == 0:
            whole[at : at + len(value)] = value
        elif code % 8 == 1:
            del whole[max(at, 100) :]
    path.write_bytes(whole)


def changes_in(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Cut an input into changes: code, two numbers, and a value with its length before it."""
    while len(data) >= 6:
        code, first, second, length = struct.unpack("<BHHB", data[:6])
        yield code, first, second, data[6 : 6 + length]
        data = data[6 + length :]


def change_tables(connection: sqlite3.Connection, code: int, first: int, second: int, value: bytes) -> None:
    """Change a cell or a row, or a word of the scenario."""
    table = TABLES[first % len(TABLES)]
    rows = connection.execute(f"select rowid from {table}").fetchall()
    if not rows:
        return
    (row,) = rows[second % len(rows)]
    columns = [column for _, column, *_ in connection.execute(f"pragma table_info({table})")]
    column = columns[(first // len(TABLES)) % len(columns)]
    match code % 8:
        case 2 | 3:
            connection.execute(f'update {table} set "{column}" = ? where rowid = ?', (cell(value), row))
        case 4:
            connection.execute(f"delete from {table} where rowid = ?", (row,))
        case 5:
            connection.execute(f"insert into {table} select * from {table} where rowid = ?", (row,))
        case 7:
            for (text,) in connection.execute("select scenario from run").fetchall():
                words = text.split(",")
                words[first % len(words)] = value.decode("utf-8", "replace")
                connection.execute("update run set scenario = ?", (",".join(words),))


def cell(value: bytes) -> int | float | str | bytes | None:
    """Make a value for a cell, of the type that its first byte chooses."""
    kind, rest = value[:1], value[1:]
    match int.from_bytes(kind) % 5:
        case 0:
            return int.from_bytes(rest[:8], "little", signed=True)
        case 1:
            return float(struct.unpack("<d", rest[:8].ljust(8, b"\0"))[0])
        case 2:
            return rest.decode("utf-8", "replace")
        case 3:
            return rest * (1 + len(rest))
    return None


def sign(path: Path) -> None:
    """Write the digests that a forger would: of the scenario, and of the last generation."""
    from evosim.evolution import HallOfFameEntry
    from evosim.scenario import ScenarioError
    from evosim.scenario.loading.load import scenario_digest, scenario_from_json
    from evosim.simulation.generational import checkpoint
    from evosim.simulation.generational.generations import chain_generation
    from evosim.simulation.runs import RunFile
    from evosim.storage.schema import RunFileError

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with suppress(sqlite3.Error, ScenarioError, TypeError):
            text, seed = connection.execute("select scenario, seed from run").fetchone()
            start = scenario_digest(scenario_from_json(text, ""), seed)
            connection.execute("update run set first_digest = ?", (start,))
        with suppress(RunFileError, sqlite3.Error, IndexError), RunFile.open(path) as run:
            last = run.summary().done - 1
            fame = [HallOfFameEntry(*each) for each in run.best()]
            before = ["", *run.digests()][-2]
            digest = chain_generation(
                before,
                checkpoint._population(run, run.laboratory, last),
                fame,
                checkpoint._memory(run, run.laboratory, last),
            )
            connection.execute("update digests set digest = ? where generation = ?", (digest, last))


def main() -> None:
    """Fuzz until something is found, or the time is over."""
    import atheris

    rooms = ("files", "format", "reading", "records", "export", "statistics", "scenario")
    with atheris.instrument_imports(include=[*(f"evosim.{room}" for room in rooms), "viz.answers.reading"]):
        import viz.answers.reading  # noqa: F401
    sound_run()

    def try_changes(data: bytes) -> None:
        if not data.startswith(b"--"):  # changed SQL could write anywhere
            read(data)

    atheris.Setup(sys.argv, try_changes)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
