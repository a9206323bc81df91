"""Safety of runs: whatever a disk, a folder, another process or a stranger does, there is one message, and nothing is lost.

Root may write where nobody may, so what is forbidden is tried without that right.
"""

import ctypes
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import forked
import pytest
from safe_runs import LONG, digests_of, names_in

from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import generations
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError

HOUSE = Path(__file__).parents[2]
FORBIDDEN = {"CAP_DAC_OVERRIDE": 1, "CAP_DAC_READ_SEARCH": 2}  # what makes root ignore permissions
PR_CAPBSET_DROP = 24


def without_privilege():
    """Give up, for the program about to start, the right to ignore permissions."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in FORBIDDEN.values():
            if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "root can't give up its privileges here")


def evosim(*arguments, cwd, preexec_fn=None, stdout=None, largest_file=0):
    """Run a command; without privilege, or where its output goes to a file, from the start on."""
    if preexec_fn is None and stdout is None:
        return forked.evosim(*arguments, cwd=cwd, largest_file=largest_file)
    return subprocess.run(
        [sys.executable, "-m", "evosim", *map(str, arguments)],
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        preexec_fn=preexec_fn,
        env={**os.environ, "PYTHONPATH": str(HOUSE)},
    )


def run_arguments(name, *, generations):
    options = [part for each in LONG[:-1] for part in ("--set", each)]
    return ["run", "red_doors", *options, "--generations", generations, "--out", name, "--progress", "none"]


def said_once(done, code, *words):
    """Check that a command failed with this code and one message, which has these words in it."""
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr.lower()


@pytest.fixture
def killed(tmp_path):
    """Leave a run as a killed process leaves it: its last generations in the write-ahead log."""
    folder = tmp_path / "killed"
    folder.mkdir()
    with RunFile.create(tmp_path / "alive.evosim", load_scenario("red_doors", LONG), 1) as run:
        list(islice(carry_on(run), 3))
        for end in ("", "-wal"):
            shutil.copy(f"{run.path}{end}", f"{folder / 'killed.evosim'}{end}")
    return folder / "killed.evosim"


# ---------------------------------------------------------------- a full disk


@pytest.mark.parametrize("size", [20_000, 150_000, 300_000])
def test_a_run_on_a_full_disk_stops_with_a_message_and_goes_on_when_there_is_room(size, long_run, tmp_path):
    done = evosim(*run_arguments("full.evosim", generations=40), cwd=tmp_path, largest_file=size)
    said_once(done, 5, "full.evosim: can't be")
    if size < 100_000:
        assert names_in(tmp_path) == []
        return
    assert set(names_in(tmp_path)) <= {"full.evosim", "full.evosim-wal", "full.evosim-shm"}
    kept = digests_of(tmp_path / "full.evosim")
    assert kept == digests_of(long_run)[: len(kept)] != []
    resumed = evosim("resume", "full.evosim", "--progress", "none", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert digests_of(tmp_path / "full.evosim") == digests_of(long_run)
    assert names_in(tmp_path) == ["full.evosim"]


@pytest.mark.parametrize("room", range(0, 40, 4))
def test_a_generation_that_finds_the_disk_full_is_not_there_and_can_be_stored_later(room, tmp_path):
    path = tmp_path / "full.evosim"
    with RunFile.create(path, load_scenario("red_doors", LONG), 1) as run:
        steps = carry_on(run)
        first = next(steps)
        pages = run.connection.execute("pragma page_count").fetchone()[0]
        run.connection.execute(f"pragma max_page_count = {pages + room}")
        with pytest.raises(RunFileError, match="full"):
            list(steps)
        run.connection.execute("pragma max_page_count = 1000000")
        assert run.digests()[0] == first.digest
        assert not run.connection.in_transaction
        list(islice(carry_on(run), 2))
        assert run.digests() == [g.digest for g in islice(generations(run.scenario, 1), len(run.digests()))]
    assert names_in(tmp_path) == ["full.evosim"]


def test_a_disk_that_is_full_at_the_first_generation_leaves_what_was_to_be_replaced(finished, tmp_path):
    before = finished.read_bytes()
    with RunFile.create(finished, load_scenario("red_doors", LONG), 2, replace=True) as run:
        pages = run.connection.execute("pragma page_count").fetchone()[0]
        run.connection.execute(f"pragma max_page_count = {pages}")
        with pytest.raises(RunFileError, match="full"):
            next(carry_on(run))
    assert finished.read_bytes() == before
    assert names_in(tmp_path) == ["finished.evosim"]


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "alife"])
def test_an_export_on_a_full_disk_leaves_what_was_there(form, finished, tmp_path):
    (tmp_path / "out").write_text("before")
    arguments = ["export", finished.name, "--table", "loci", "--format", form, "-o", "out"]
    said_once(evosim(*arguments, cwd=tmp_path, largest_file=4096), 1, "too large")
    assert (tmp_path / "out").read_text() == "before"
    assert names_in(tmp_path) == ["finished.evosim", "out"]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_figure_on_a_full_disk_leaves_nothing(suffix, finished, tmp_path):
    assert evosim("plot", finished.name, "-o", f"warm.{suffix}", cwd=tmp_path).returncode == 0
    done = evosim("plot", finished.name, "-o", f"page.{suffix}", cwd=tmp_path, largest_file=4096)
    said_once(done, 1, "too large")
    assert names_in(tmp_path) == ["finished.evosim", f"warm.{suffix}"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize("command", [["export", "finished.evosim"], ["show", "finished.evosim"], ["schema"]])
def test_standard_output_that_is_full_is_reported(command, finished, tmp_path):
    with open("/dev/full", "w") as full:
        said_once(evosim(*command, cwd=tmp_path, stdout=full), 1, "no space left")


# ---------------------------------------------------------------- what may not be written


@pytest.fixture
def read_only(tmp_path):
    """Make a folder read-only at the end of a test's arrangement, and give it back its rights."""
    yield lambda: tmp_path.chmod(0o555)
    tmp_path.chmod(0o755)


def test_a_folder_that_may_not_be_written_is_reported_and_its_runs_are_read(finished, tmp_path, read_only):
    (tmp_path / "killed.evosim").write_bytes(finished.read_bytes())
    with closing(sqlite3.connect(tmp_path / "killed.evosim")) as connection:
        connection.execute("pragma journal_mode = wal")
    read_only()

    def tried(*arguments):
        return evosim(*arguments, cwd=tmp_path, preexec_fn=without_privilege)

    said_once(tried(*run_arguments("new.evosim", generations=2)), 5, "new.evosim: can't be written: permission denied")
    said_once(tried(*run_arguments("finished.evosim", generations=2), "--force"), 5, "can't be written")
    said_once(tried("resume", "finished.evosim"), 5, "can't be written: permission denied")
    said_once(tried("export", "finished.evosim", "-o", "out.csv"), 1, "permission denied")
    said_once(tried("plot", "finished.evosim"), 1, "permission denied")
    said_once(tried("new", "mine"), 1, "permission denied")
    for name in ("finished.evosim", "killed.evosim"):  # one in write-ahead mode wants files beside it, even to be read
        shown = tried("show", name, "--json")
        assert shown.returncode == 0, shown.stderr
        assert json.loads(shown.stdout)["done"] == 40
    assert names_in(tmp_path) == ["finished.evosim", "killed.evosim"]


def test_a_run_whose_end_is_in_its_log_is_not_read_without_it(killed):
    def shown():
        return evosim("show", killed.name, "--json", cwd=killed.parent, preexec_fn=without_privilege)

    killed.parent.chmod(0o555)
    try:
        said_once(shown(), 5, "killed.evosim-wal", "copy both")
    finally:
        killed.parent.chmod(0o755)
    assert json.loads(shown().stdout)["done"] == 3


@pytest.mark.parametrize("has_log", [False, True])
def test_a_run_file_that_may_not_be_written_is_read(has_log, killed, finished):
    path = killed if has_log else finished
    for each in path.parent.glob(f"{path.name}*"):
        each.chmod(0o444)
    shown = evosim("show", path.name, "--json", cwd=path.parent, preexec_fn=without_privilege)
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["done"] == (3 if has_log else 40)
    resumed = evosim("resume", path.name, "--generations", 41, cwd=path.parent, preexec_fn=without_privilege)
    said_once(resumed, 5, "readonly")
    assert digests_of(path) == digests_of(path)


def test_a_folder_that_may_not_be_seen_into_is_reported(finished, tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    finished.rename(hidden / finished.name)
    hidden.chmod(0)
    try:
        done = evosim("show", "hidden/finished.evosim", cwd=tmp_path, preexec_fn=without_privilege)
    finally:
        hidden.chmod(0o755)
    said_once(done, 5, "can't be read: permission denied")


# ---------------------------------------------------------------- several processes, and killed ones


def test_a_second_process_that_would_write_is_refused(tmp_path):
    path = tmp_path / "both.evosim"
    with RunFile.create(path, load_scenario("red_doors", LONG), 1) as run:
        next(carry_on(run))
        said_once(evosim("resume", path.name, cwd=tmp_path), 5, "in use: another process is writing it")
        forced = evosim(*run_arguments(path.name, generations=2), "--force", cwd=tmp_path)
        said_once(forced, 5, "in use: another process is writing it")
        assert evosim("show", path.name, cwd=tmp_path).returncode == 0
        assert run.summary().done == 1


def test_readers_do_not_keep_a_writer_away(finished):
    for _ in range(20):
        with RunFile.open(finished), RunFile.open(finished, write=True):
            pass


def test_whenever_a_replacement_is_killed_the_old_run_is_there_or_the_new_one(killed, tmp_path, monkeypatch):
    path, moments = killed, []
    old = [*digests_of(path)]
    for end in ("-shm",):
        (path.parent / f"{path.name}{end}").unlink(missing_ok=True)

    def photograph(*_):
        folder = tmp_path / f"moment{len(moments)}"
        shutil.copytree(path.parent, folder)
        moments.append(folder / path.name)

    for name in ("replace", "unlink"):
        act = getattr(type(path), name)
        monkeypatch.setattr(type(path), name, lambda *a, act=act, **k: (photograph(), act(*a, **k), photograph())[1])
    with RunFile.create(path, load_scenario("red_doors", LONG), 2, replace=True) as run:
        run.connection.set_trace_callback(photograph)
        new = next(carry_on(run)).digest
        photograph()
    monkeypatch.undo()
    found = [digests_of(moment) for moment in moments]
    assert [each for each in found if each not in (old, [new])] == []
    assert found[0] == old
    assert found[-1] == [new]
    for moment in moments[:: len(moments) // 12]:  # what was left lying about is no hindrance
        with RunFile.create(moment, load_scenario("red_doors", LONG), 3, replace=True) as run:
            next(carry_on(run))
        assert names_in(moment.parent) == [moment.name]


def test_a_log_that_belongs_to_a_run_that_is_gone_is_not_taken_for_the_new_ones(killed):
    killed.unlink()
    with RunFile.create(killed, load_scenario("red_doors", LONG), 2) as run:
        assert run.summary().done == 0
        next(carry_on(run))
    assert names_in(killed.parent) == [killed.name]
