"""The folder of a sweep: its plan, an index, and one run file a cell. The folder is the truth of what has been run.

sweep.json              what is swept: title, question, axes, seeds
conditions/0001.json    a condition: the values of the axes, and the resolved scenario
cells.csv               the index: which run file is of which values and seed
runs/0001-7.evosim      the run of condition 1 with seed 7
failures/0001-7.json    why a cell failed
leases/                 who is working on which cell
"""

import csv
import io
import json
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from shlex import quote
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from evosim.numerics.formatting import enumerated, pluralize
from evosim.scenario import Scenario, ScenarioError
from evosim.scenario.loading.load import scenario_from_json, scenario_to_json
from evosim.scenario.schema.base import Part, Words
from evosim.scenario.toml_values import toml_value
from evosim.simulation.runs import RunFile
from evosim.storage.export import atomic_path
from evosim.storage.lock import WriterLock, is_being_written
from evosim.storage.schema import COMPLETE, EXTINCT, RUNNING, RunFileError
from evosim.sweeps.leases import Leases
from evosim.sweeps.plan import Axis, Cell, Condition, Plan, cells_of
from evosim.sweeps.schema import LARGEST_SEED
from evosim.system.near_paths import suggest_path
from evosim.version import __version__

FORMAT = 1
PLAN, INDEX = "sweep.json", "cells.csv"
MOST_BYTES = 50_000_000
FAILED, WAITING = "failed", "waiting"
ATTEMPTS, PAUSE = 3, 0.1  # at reading a run file; seconds between them
NAMED, LONGEST_CHANGE = 2, 1000  # changes that a line names; characters of one that are kept
DONE = (COMPLETE, EXTINCT)


class StoredAxis(Part):
    """An axis as stored."""

    kind: Literal["grid", "zip", "latin_hypercube"]
    keys: Annotated[list[str], Field(min_length=1)]
    rows: Annotated[list[list[Any]], Field(min_length=1)]


class StoredSweep(Part):
    """The plan of a sweep as stored, without the scenarios of its conditions."""

    YOUNGER = ("apart", "changes")

    format: int
    evosim: Words
    kind: Literal["sweep", "futures"] = "sweep"
    varies: Literal["seed", "mutation", "environment"] = "seed"
    apart: Annotated[int, Field(ge=0, le=LARGEST_SEED)] = 0
    title: Words
    question: Words
    scenario: Words
    digest: Words
    conditions: Annotated[int, Field(ge=1, le=100_000)]
    axes: list[StoredAxis]
    seeds: Annotated[list[Annotated[int, Field(ge=0, le=LARGEST_SEED)]], Field(min_length=1)]
    changes: list[Words] = Field(default=[])

    @classmethod
    def of(cls, plan: Plan, seeds: list[int]) -> "StoredSweep":
        """Return a plan with these seeds as it is stored."""
        return cls.model_validate(
            {
                "format": FORMAT,
                "evosim": __version__,
                "kind": plan.kind,
                "varies": plan.varies,
                "apart": plan.apart,
                "title": plan.title,
                "question": plan.question,
                "scenario": plan.source,
                "digest": plan.digest,
                "conditions": len(plan.conditions),
                "seeds": seeds,
                "changes": [" ".join(change.split())[:LONGEST_CHANGE] for change in plan.changes],
                "axes": [
                    {"kind": axis.kind, "keys": list(axis.keys), "rows": [list(row) for row in axis.rows]}
                    for axis in plan.axes
                ],
            }
        )


class SweepFolderError(RunFileError):
    """The folder of a sweep that is missing, none, corrupt, or of another sweep; the message says which."""


class CellState(NamedTuple):
    """What has become of a cell."""

    cell: Cell
    state: str  # of its run; or failed, or waiting
    done: int  # steps that are stored
    digest: str
    reason: str = ""  # why it failed


class SweepFolder:
    """The folder of a sweep.

    folder = SweepFolder.create("sweeps/rates", plan)
    """

    noun = "cell"
    others: tuple[str, ...] = ()  # keys that differ beside those of the axes
    missing = 0  # cells that have no run, and are not among the states

    def __init__(self, path: Path, stored: StoredSweep) -> None:
        self.path = path
        self.stored = stored
        self.leases = Leases(path / "leases")

    # ------------------------------------------------------------ making and opening

    @classmethod
    def create(cls, path: str | Path, plan: Plan) -> "SweepFolder":
        """Make the folder of a sweep, or open it if it is there; seeds that are new in the plan are added.

        Raises:
            SweepFolderError: the folder holds something else.
            OSError: it can't be written.
        """
        path = Path(path)
        seeds = list(plan.seeds)
        if (path / PLAN).exists():
            there = cls.open(path)
            of_state = plan.title if plan.kind == "futures" else there.stored.title
            asked = (plan.digest, plan.kind, plan.varies, of_state)
            if (there.stored.digest, there.stored.kind, there.stored.varies, there.stored.title) != asked:
                raise SweepFolderError(
                    f"{path}: holds another sweep ({there.describe()}); choose another folder by --out"
                )
            seeds = [*there.stored.seeds, *(seed for seed in plan.seeds if seed not in set(there.stored.seeds))]
            if seeds == there.stored.seeds:
                return there
        elif path.exists() and (not path.is_dir() or any(path.iterdir())):
            what = "a folder that holds something else" if path.is_dir() else "a file"
            raise SweepFolderError(f"{path}: is {what}; choose another folder by --out")
        stored = StoredSweep.of(plan, seeds)
        for condition in plan.conditions:
            text = json.dumps(
                {"values": dict(condition.values), "scenario": json.loads(scenario_to_json(condition.scenario))},
                indent=1,
            )
            write_whole(path / "conditions" / f"{condition.number:04}.json", text)
        write_whole(path / INDEX, index_of(plan._replace(seeds=tuple(seeds))))
        write_whole(path / PLAN, json.dumps(stored.model_dump(mode="json"), indent=1))  # last: then all is there
        return cls(path, stored)

    @classmethod
    def open(cls, path: str | Path) -> "SweepFolder":
        """Open the folder of a sweep.

        Raises:
            SweepFolderError: it is missing, no sweep, corrupt, or of another version.
        """
        path = Path(path)
        if not (path / PLAN).is_file():
            what = "not a sweep" if path.is_dir() else "not a folder" if path.exists() else "no such folder"
            lacking = f": it has no {PLAN}" if path.is_dir() else ""
            runs = f"; name the runs in it: {quote(str(path))}/*.evosim" if any(path.glob("*.evosim")) else ""
            near = "" if path.exists() else suggest_path(path, lambda each: (each / PLAN).is_file())
            raise SweepFolderError(f"{path}: {what}{lacking}{runs}{near and f'; {near}'}")
        stored = _parsed(path / PLAN)
        if isinstance(stored, dict) and stored.get("format") != FORMAT:
            raise SweepFolderError(
                f"{path}: a sweep of format {stored.get('format')!r}, and this evosim reads {FORMAT}: "
                "upgrade evosim to open it"
            )
        try:
            return cls(path, StoredSweep.model_validate(stored))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise SweepFolderError(f"{path / PLAN}: corrupt: {where}: {first['msg'].lower()}") from None

    def describe(self) -> str:
        """Return what is swept, in a line, with the first changes that all conditions have."""
        stored, over, seeds = self.stored, ", ".join(self.keys), len(self.stored.seeds)
        changes = [*stored.changes[:NAMED], *([f"{more} more"] if (more := len(stored.changes) - NAMED) > 0 else [])]
        named = f"{stored.scenario} with {enumerated(changes)}" if changes else stored.scenario
        return f"{named}{f' over {over}' if over else ''}, {pluralize(seeds, 'seed')}"

    def describe_briefly(self) -> str:
        """Return the same with changes and keys counted."""
        stored, keys = self.stored, len(self.keys)
        changed = f" with {pluralize(len(stored.changes), 'change')}" if stored.changes else ""
        over = f" over {pluralize(keys, 'key')}" if keys else ""
        return f"{stored.scenario}{changed}{over}, {pluralize(len(stored.seeds), 'seed')}"

    # ------------------------------------------------------------ the plan

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the sweep."""
        return tuple(
            Axis(axis.kind, tuple(axis.keys), tuple(tuple(row) for row in axis.rows)) for axis in self.stored.axes
        )

    @property
    def keys(self) -> list[str]:
        """The keys that are changed, of all axes."""
        return [key for axis in self.stored.axes for key in axis.keys]

    @property
    def cells(self) -> list[Cell]:
        """All cells, seed by seed."""
        return cells_of(self.stored.seeds, self.stored.conditions, self.stored.apart)

    def cell(self, name: str) -> Cell:
        """Return the cell of a name.

        Raises:
            SweepFolderError: there is none.
        """
        number, _, seed = name.partition("-")
        if number.isdigit() and seed.isdigit():
            found = Cell(int(number), int(seed))
            if (
                found.name == name
                and 1 <= found.condition <= self.stored.conditions
                and found.seed - self.stored.apart * (found.condition - 1) in self.stored.seeds
            ):
                return found
        raise SweepFolderError(f"{self.path}: has no cell {name!r}")

    def condition(self, number: int) -> Condition:
        """Read a condition.

        Raises:
            SweepFolderError: it is missing or corrupt.
        """
        path = self.path / "conditions" / f"{number:04}.json"
        return _condition(path, path.stat().st_mtime_ns if path.exists() else 0, number)

    def conditions(self) -> list[Condition]:
        """Read all conditions.

        Raises:
            SweepFolderError: one is missing or corrupt.
        """
        return [self.condition(number) for number in range(1, self.stored.conditions + 1)]

    # ------------------------------------------------------------ cells

    def run_path(self, cell: Cell) -> Path:
        """Return the path of a cell's run file."""
        return self.path / self.run_name(cell)

    def run_name(self, cell: Cell) -> str:
        """Return the path of a cell's run file from the folder."""
        return f"runs/{cell.name}.evosim"

    def state(self, cell: Cell) -> CellState:
        """Read from its run file what has become of a cell."""
        if (reason := self.failure(cell)) is not None:
            return CellState(cell, FAILED, 0, "", reason)
        path, attempts = self.run_path(cell), 0
        while path.exists():
            try:
                with RunFile.open(path) as run:
                    summary = run.summary()
                return CellState(cell, summary.state, summary.done, summary.digest)
            except RunFileError as error:
                attempts += 1
                if is_being_written(path) or self.leases.is_held(cell.name):
                    return CellState(cell, RUNNING, 0, "")
                if attempts == ATTEMPTS:
                    return CellState(cell, FAILED, 0, "", str(error))
            time.sleep(PAUSE)  # its writer may just have put it away
        return CellState(cell, WAITING, 0, "")

    def tidy(self, cell: Cell) -> None:
        """Remove what a process left beside a cell that is done, if it was killed between the last step and the end."""
        if self.leases.attempt_of(cell.name) and not self.leases.is_held(cell.name):
            self.leases.remove(cell.name)
        path = self.run_path(cell)
        if WriterLock(path).path.exists():
            with suppress(RunFileError):  # somebody is writing it after all
                RunFile.open(path, write=True).close()

    def states(self) -> list[CellState]:
        """Read what has become of every cell."""
        return [self.state(cell) for cell in self.cells]

    def failure(self, cell: Cell) -> str | None:
        """Read why a cell failed; None if it didn't."""
        path = self._failure_path(cell)
        if not path.exists():
            return None
        try:
            return str(json.loads(path.read_text())["reason"])
        except (OSError, ValueError, KeyError, TypeError):
            return f"unknown: {path} can't be read"

    def record_failure(self, cell: Cell, reason: str) -> None:
        """Record why a cell failed.

        Raises:
            OSError: it can't be written.
        """
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        write_whole(self._failure_path(cell), json.dumps({"cell": cell.name, "reason": reason, "at": at}, indent=1))

    def forget_failures(self) -> None:
        """Forget all failures, so that these cells are run again.

        Raises:
            OSError: the folder can't be written.
        """
        if (self.path / "failures").exists():
            shutil.rmtree(self.path / "failures")

    def _failure_path(self, cell: Cell) -> Path:
        return self.path / "failures" / f"{cell.name}.json"


@lru_cache(maxsize=1024)
def _condition(path: Path, _: int, number: int) -> Condition:
    stored = _parsed(path)
    if not isinstance(stored, dict) or not isinstance(stored.get("values"), dict) or "scenario" not in stored:
        raise SweepFolderError(f"{path}: corrupt: it holds no values and scenario")
    return Condition(number, stored["values"], _scenario(json.dumps(stored["scenario"]), str(path)))


def _scenario(text: str, source: str) -> Scenario:
    try:
        return scenario_from_json(text, source)
    except ScenarioError as error:
        raise SweepFolderError(f"{source}: corrupt: {error}") from None


def _parsed(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise SweepFolderError(f"{path}: larger than {MOST_BYTES:,} bytes")
        return json.loads(content)
    except OSError as error:
        raise SweepFolderError(f"{path}: can't be read: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, RecursionError) as error:
        raise SweepFolderError(f"{path}: corrupt: {error}") from None


def index_of(plan: Plan) -> str:
    """Return the index of a plan as CSV: a row for each cell with its values, its seed and its run file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = [key for axis in plan.axes for key in axis.keys]
    writer.writerow(["cell", *keys, "seed", "run"])
    for cell in plan.cells:
        values = plan.conditions[cell.condition - 1].values
        shown: Iterable[str] = (value if isinstance(value := values[key], str) else toml_value(value) for key in keys)
        writer.writerow([cell.name, *shown, cell.seed, f"runs/{cell.name}.evosim"])
    return text.getvalue()


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: it can't be written.
    """
    with atomic_path(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
