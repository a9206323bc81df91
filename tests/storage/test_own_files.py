"""What is acknowledged can be found: a run that is removed or replaced while it is written is told of at once."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.lock import WriterLock
from evosim.storage.schema import RunFileError

HOUSE = Path(__file__).parents[2]
SMALL = ["evolution.population=16", "evolution.episodes=2", "measure.episodes=2", "evolution.generations=8"]
NO_LOCKS = """
import errno, fcntl, os

def flock(*_):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

fcntl.flock = flock
"""


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def writing(tmp_path):
    """A run that is being written, and holds two generations."""
    run = RunFile.create(tmp_path / "run.evosim", load_scenario("red_doors", SMALL), 1)
    steps = carry_on(run)
    list(islice(steps, 2))
    yield run, steps
    run.close()


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Give another run, which no test changes."""
    path = tmp_path_factory.mktemp("other") / "other.evosim"
    with RunFile.create(path, load_scenario("red_doors", SMALL), 2) as run:
        list(carry_on(run))
    return path


def test_a_run_that_is_removed_while_it_is_written_is_reported(writing, tmp_path):
    run, steps = writing
    run.path.unlink()
    with pytest.raises(RunFileError, match=r"run\.evosim: was removed while the run was being written"):
        next(steps)
    assert run.acknowledged == 1
    run.close()
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("written_to", [False, True])
def test_a_run_that_is_replaced_while_it_is_written_leaves_the_other_as_it_is(written_to, writing, other, tmp_path):
    run, steps = writing
    shutil.copy(other, tmp_path / "moved")
    os.replace(tmp_path / "moved", run.path)
    before = run.path.read_bytes()
    if written_to:  # a note, not a generation
        with pytest.raises(RunFileError, match="was replaced by another file"):
            run.record_event("told")
    with pytest.raises(RunFileError, match="was replaced by another file"):
        next(steps)
    run.close()
    assert run.path.read_bytes() == before
    assert names_in(tmp_path) == ["run.evosim"]
    with RunFile.open(run.path) as found, RunFile.open(other) as model:
        assert found.digests() == model.digests()


def test_a_new_run_that_is_replaced_before_it_holds_anything_does_not_remove_the_other(other, tmp_path):
    run = RunFile.create(tmp_path / "run.evosim", load_scenario("red_doors", SMALL), 1)
    shutil.copy(other, tmp_path / "moved")
    os.replace(tmp_path / "moved", run.path)
    run.close()
    assert names_in(tmp_path) == ["run.evosim"]
    assert run.path.read_bytes() == other.read_bytes()


def test_a_log_that_is_removed_while_a_run_is_written_is_reported_and_nothing_is_lost(writing, tmp_path):
    run, steps = writing
    before = run.digests()
    Path(f"{run.path}-wal").unlink()
    with pytest.raises(RunFileError, match=r"run\.evosim-wal: was removed"):
        next(steps)
    run.close()
    with RunFile.open(tmp_path / "run.evosim") as found:
        assert found.digests()[:2] == before
    assert names_in(tmp_path) == ["run.evosim"]


def test_readers_that_come_and_go_are_not_taken_for_that(writing):
    run, steps = writing
    for _ in steps:
        with RunFile.open(run.path) as reader:
            assert reader.summary().done == run.summary().done


def test_the_command_ends_with_the_code_of_a_run_file(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    changes = [word for each in SMALL[:-1] for word in ("--set", each)]
    command = [sys.executable, "-m", "evosim", "run", "red_doors", *changes, "--generations", "100000"]
    command += ["--out", "run.evosim", "--progress", "json"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if '"generation": 3,' in line:
                (tmp_path / "run.evosim").unlink()
                break
        told = process.stderr.read().splitlines()
    assert process.returncode == 5
    assert "run.evosim: was removed while the run was being written" in told[-1]
    assert names_in(tmp_path) == []


# ---------------------------------------------------------------- file systems without locks


@pytest.mark.parametrize("command", ["run red_doors", "run red_doors --out deep/er/run.evosim", "resume run.evosim"])
def test_a_file_system_without_locks_is_reported_and_nothing_is_left_behind(command, other, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(NO_LOCKS)
    shutil.copy(other, tmp_path / "run.evosim")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{HOUSE}"}
    program = [sys.executable, "-m", "evosim", *command.split()]
    done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 5
    assert len(done.stderr.splitlines()) == 1
    assert "its file system has no file locks (no locks available); runs are to be in a folder of a disk" in done.stderr
    assert names_in(tmp_path) == ["run.evosim", "site"]
    shown = subprocess.run([*program[:3], "show", "run.evosim"], cwd=tmp_path, env=environment, capture_output=True)
    assert shown.returncode == 0


def test_a_complete_run_is_read_where_sqlite_waits_for_a_lock_in_vain(other, tmp_path, monkeypatch):
    path = shutil.copy(other, tmp_path / "run.evosim")
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("begin exclusive")
        with pytest.raises(RunFileError, match="database is locked"):
            RunFile.open(path)

        def lockf(*_):
            raise OSError(errno.ENOLCK, "no locks available")

        monkeypatch.setattr("evosim.storage.lock.fcntl.lockf", lockf)
        with RunFile.open(path) as run, RunFile.open(other) as model:
            assert run.digests() == model.digests()
        with pytest.raises(RunFileError, match=r"no file locks \(database is locked\); runs are to be in a folder"):
            RunFile.open(path, write=True)
    assert names_in(tmp_path) == ["run.evosim"]


def test_whatever_goes_wrong_with_a_lock_no_file_and_no_handle_is_left(tmp_path, monkeypatch):
    def broken(*_):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr("evosim.storage.lock.fcntl.flock", broken)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    with pytest.raises(OSError, match="input/output"):
        WriterLock(tmp_path / "run.evosim").take()
    assert names_in(tmp_path) == []
    assert before == 0 or len(os.listdir("/proc/self/fd")) == before
