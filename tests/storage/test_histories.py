"""Histories of a run: stopped, killed, resumed, read and exported in any order, it is a beginning of the straight run."""

import csv
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pyarrow.parquet
from effort import cases
from fuzz.fuzz_run_file import TINY
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from evosim.scenario import parse_scenario
from evosim.simulation.runner import Stop, carry_on, verify
from evosim.simulation.runs import RunFile
from evosim.storage.export import export
from evosim.storage.reader import STOPPED
from evosim.storage.schema import COMPLETE, INTERRUPTED, RUNNING

GENERATIONS = 12
TABLES = ("generations", "loci", "measurements", "individuals", "lineage")
SCENARIO = parse_scenario(TINY, name="tiny", overrides=[f"evolution.generations={GENERATIONS}"])


def rows_of(run, table, form, folder):
    """Export a table and read it back with other people's tools."""
    path = Path(folder) / f"out.{form}"
    export(run, table, form, path)
    match form:
        case "json":
            return json.loads(path.read_text())
        case "parquet":
            return pyarrow.parquet.read_table(path).to_pylist()
        case "alife":  # who is the last to live is said to be alive
            return [row[:-1] for row in csv.reader(path.read_text().splitlines())]
    return list(csv.reader(path.read_text().splitlines()))


@cache
def straight(table=None, form=None):
    """Run straight to the end; give an export of that, or the digests."""
    with tempfile.TemporaryDirectory() as folder, RunFile.create(f"{folder}/straight.evosim", SCENARIO, 1) as run:
        list(carry_on(run))
        return run.digests() if table is None else rows_of(run, table, form, folder)


class History(RuleBasedStateMachine):
    """What can happen to a run; `acknowledged` generations must be there whatever does."""

    @initialize()
    def begin(self):
        self.folders = [tempfile.mkdtemp()]
        self.path = Path(self.folders[-1]) / "run.evosim"
        self.writer = RunFile.create(self.path, SCENARIO, 1)
        self.stop = Stop()
        self.steps = carry_on(self.writer, self.stop)
        self.readers = []
        self.acknowledged = 0

    def teardown(self):
        if hasattr(self, "writer"):
            self.end_reading()
            if self.writer is None:
                self.resume()
            self.evolve(GENERATIONS + 1)
            self.close()
            with RunFile.open(self.path) as run:
                assert run.digests() == straight()
                assert run.summary().state == COMPLETE
            assert [each.name for each in self.path.parent.iterdir()] == [self.path.name]
            for folder in self.folders:
                shutil.rmtree(folder)

    def close(self):
        self.writer.close()
        self.writer = None
        if not self.acknowledged:
            assert not self.path.exists()
            self.writer = RunFile.create(self.path, SCENARIO, 1)
            self.steps = carry_on(self.writer, self.stop)

    @precondition(lambda self: self.writer is not None)
    @rule(count=st.integers(1, 4))
    def evolve(self, count):
        for _ in range(count):
            if next(self.steps, None) is not None:
                self.acknowledged += 1

    @precondition(lambda self: self.writer is not None and 0 < self.acknowledged < GENERATIONS - 1)
    @rule()
    def stop_politely(self):
        self.stop.wanted = True
        self.acknowledged += len(list(self.steps))
        assert self.writer.summary().state == INTERRUPTED
        self.close()

    @precondition(lambda self: self.writer is not None)
    @rule()
    def leave(self):
        self.close()

    @precondition(lambda self: self.writer is None)
    @rule()
    def resume(self):
        self.writer = RunFile.open(self.path, write=True)
        self.stop = Stop()
        self.steps = carry_on(self.writer, self.stop)

    @precondition(lambda self: self.writer is not None and self.acknowledged)
    @rule(share=st.floats(0, 1), keeps_index=st.booleans())
    def kill(self, share, keeps_index):
        """End as a killed process does: a share of what the next generation appends to the log is on the disk."""
        log, index = Path(f"{self.path}-wal"), Path(f"{self.path}-shm")
        database, before, shared = self.path.read_bytes(), log.read_bytes(), index.read_bytes()
        next(self.steps, None)
        after = log.read_bytes()
        new = len(before) + int(share * (len(after) - len(before)))
        torn = after[:new] + before[new:] if self.path.read_bytes() == database else after
        self.end_reading()
        self.writer.close()
        self.writer = None
        self.folders.append(tempfile.mkdtemp())
        self.path = Path(self.folders[-1]) / "run.evosim"
        self.path.write_bytes(database)
        Path(f"{self.path}-wal").write_bytes(torn)
        if keeps_index:
            Path(f"{self.path}-shm").write_bytes(shared)
        with RunFile.open(self.path) as run:
            done = run.summary().done
        assert self.acknowledged <= done <= self.acknowledged + 1
        self.acknowledged = done

    @precondition(lambda self: self.acknowledged)
    @rule()
    def begin_reading(self):
        self.readers.append(RunFile.open(self.path))

    @rule()
    def end_reading(self):
        while self.readers:
            self.readers.pop().close()

    @precondition(lambda self: self.acknowledged)
    @rule(table=st.sampled_from(TABLES), form=st.sampled_from(["csv", "json", "parquet", "alife"]))
    def export(self, table, form):
        with RunFile.open(self.path) as run, tempfile.TemporaryDirectory() as folder:
            rows = rows_of(run, table, form, folder)
        whole = straight(table, form)
        assert rows == whole[: len(rows)]
        if table != "measurements":
            assert len(rows) > self.acknowledged or table == "generations"

    @precondition(lambda self: self.acknowledged)
    @rule()
    def verify(self):
        with RunFile.open(self.path) as run:
            assert list(verify(run)) == [(generation, True) for generation in range(self.acknowledged)]

    @precondition(lambda self: self.writer is None)
    @rule()
    def move(self):
        """Copy the run to another folder, with all that stands beside it."""
        self.end_reading()
        self.folders.append(tempfile.mkdtemp())
        for each in self.path.parent.glob("run.evosim*"):
            shutil.copy(each, self.folders[-1])
        self.path = Path(self.folders[-1]) / self.path.name

    @invariant()
    def what_was_acknowledged_is_there(self):
        if not hasattr(self, "writer"):
            return
        with RunFile.open(self.path) as run:
            for reader in (run, *self.readers):
                assert reader.digests() == straight()[: self.acknowledged]
                assert reader.summary().done == self.acknowledged
            allowed = (RUNNING, INTERRUPTED, COMPLETE) if self.writer else (STOPPED, INTERRUPTED, COMPLETE)
            assert run.summary().state in allowed or self.acknowledged == 0


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=cases(25, 3), stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
