"""Branching: the run file of a future, which shares its past with another run up to a step."""

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from evosim.scenario import Scenario
from evosim.scenario.loading.load import scenario_digest, scenario_to_json
from evosim.storage.connection import connect, explain_write_errors, remove, rename_durably
from evosim.storage.reader import StoredRun
from evosim.storage.schema import INTERRUPTED, CorruptRunError, versions_here
from evosim.storage.writer import WritableRun
from evosim.system.folders import make_folder_of

BRANCHED = "branched"  # the event
OF_ALL_STEPS = ("run", "hall_of_fame", "events")  # tables that are not of single steps


def copy_past(source: Path, run: WritableRun, step: int) -> None:
    """Copy what a run file holds of all steps before one into another, which holds nothing yet.

    Raises:
        RunFileError: one can't be read, or the other can't be written.
    """
    with run.explain_errors():
        connection = run.connection
        connection.execute("attach database ? as past", (str(source),))
        try:
            names = [name for (name,) in connection.execute("select name from main.sqlite_master where type = 'table'")]
            there = {name for (name,) in connection.execute("select name from past.sqlite_master where type = 'table'")}
            connection.execute("begin immediate")
            for name in names:
                if name in OF_ALL_STEPS or name not in there or name.startswith("sqlite_"):
                    continue
                own, others = (
                    [f'"{row[1]}"' for row in connection.execute(f"pragma {schema}.table_info({name})")]
                    for schema in ("main", "past")
                )
                columns = ", ".join(column for column in own if column in others)
                connection.execute(
                    f"insert into main.{name} ({columns}) select {columns} from past.{name} where generation < ? "
                    "order by rowid",
                    (step,),
                )
            connection.execute("commit")
        finally:
            if connection.in_transaction:
                connection.execute("rollback")
            connection.execute("detach database past")


def begin_future(past: Path, path: Path, scenario: Scenario, seed: int, varies: str = "seed") -> None:
    """Make the run file of a future: a copy of a past that goes on with a scenario and a seed of its own.

    `varies` says of which random streams the seed is; all others go on with that of the past.

    Raises:
        RunFileError: it can't be written.
    """
    new = path.with_name(f".{path.name}.new")
    with explain_write_errors(path):
        make_folder_of(path)
        remove(new)
        shutil.copyfile(past, new)
        with closing(connect(new, "rw")) as connection:
            name, old_seed, digest = connection.execute("select name, seed, first_digest from run").fetchone()
            last = connection.execute("select max(generation) from generations").fetchone()[0]
            said = {"of": digest, "name": name, "seed": old_seed, "step": last, "varies": varies}
            connection.execute("begin immediate")
            connection.execute(
                "update run set seed = ?, scenario = ?, generations = ?, state = ?, first_digest = ?, versions = ?",
                (
                    seed, scenario_to_json(scenario), scenario.evolution.generations, INTERRUPTED,
                    scenario_digest(scenario, seed), json.dumps(versions_here(scenario), sort_keys=True),
                ),
            )  # fmt: skip
            at = connection.execute("select strftime('%Y-%m-%dT%H:%M:%SZ')").fetchone()[0]
            connection.execute("insert into events values (?, ?, ?, ?)", (at, last, BRANCHED, json.dumps(said)))
            connection.execute("commit")
        rename_durably(new, path)


class Branch(NamedTuple):
    """Where a run branched from another."""

    step: int  # the last that they share
    seed: int  # of the other
    varies: str  # what differs: all that is drawn by the seed, or some of it
    start: str  # the digest of the other's scenario and seed, from which the digests of the past follow


def branch_of(run: StoredRun) -> Branch | None:
    """Return where a run branched from another; None if its past is its own.

    Raises:
        CorruptRunError: its events are invalid.
    """
    statement = "select generation, text from events where kind = ? order by rowid desc limit 1"
    found = run.rows(statement, (int, str), (BRANCHED,))
    if not found:
        return None
    step, text = found[0]
    try:
        said = json.loads(text)
        seed, varies, start = said["seed"], said.get("varies", "seed"), said["of"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        seed, varies, start = None, None, None
    if type(seed) is not int or not 0 <= seed < 2**63 or not (isinstance(varies, str) and isinstance(start, str)):
        raise CorruptRunError(run.path, "what it says of the run that it branched from is invalid")
    return Branch(step, seed, varies, start)


def start_of_digests(run: StoredRun) -> str:
    """Return what the digest of a run's first step follows from: of a future, the start of the run that it is of.

    Raises:
        CorruptRunError: its events are invalid.
    """
    branch = branch_of(run)
    return run.first_digest if branch is None else branch.start
