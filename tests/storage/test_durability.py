"""Durability: how soon what was stored survives a power cut; a killed program loses nothing either way."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_runs import contents

from evosim.simulation.runner import carry_on, run
from evosim.simulation.runs import RunFile
from evosim.storage import log_sync, writer
from evosim.storage.schema import RunFileError

HOUSE = Path(__file__).parents[2]
FULL, NORMAL = 2, 1  # of SQLite's `synchronous`: each commit waits for the disk, or none does


@pytest.fixture
def synced(monkeypatch):
    """Note which files are synced by evosim itself."""
    paths, sync = [], log_sync.sync
    monkeypatch.setattr(log_sync, "sync", lambda path: (paths.append(path.name), sync(path)))
    return paths


def test_each_generation_waits_for_the_disk_unless_told_otherwise(scenario, tmp_path):
    with RunFile.create(tmp_path / "run.evosim", scenario, 5) as file:
        assert file.connection.execute("pragma synchronous").fetchone() == (FULL,)
        file.choose_durability("second")
        assert file.connection.execute("pragma synchronous").fetchone() == (NORMAL,)
        file.choose_durability("generation")
        assert file.connection.execute("pragma synchronous").fetchone() == (FULL,)


@pytest.mark.parametrize("replace", [False, True])
def test_what_is_stored_is_the_same(replace, scenario, straight, tmp_path):
    path = tmp_path / "run.evosim"
    if replace:
        run(scenario, 5, path).close()
    run(scenario, 5, path, replace=replace, durability="second").close()
    assert contents(path) == contents(straight)


def test_the_log_is_synced_within_a_second_of_what_is_written_and_when_it_is_closed(scenario, synced, tmp_path):
    with RunFile.create(tmp_path / "run.evosim", scenario, 5) as file:
        file.choose_durability("second")
        steps = carry_on(file)
        next(steps)
        time.sleep(log_sync.SECONDS + 0.5)
        assert synced == ["run.evosim-wal"]
        next(steps)
        steps.close()
    assert synced == ["run.evosim-wal"] * 2


def test_a_new_file_is_synced_as_a_whole_before_it_has_its_name(scenario, monkeypatch, tmp_path):
    order, sync, rename = [], writer.sync, writer.rename_durably

    def synced(path):
        order.append((path.name, path.read_bytes()[18:20]))  # versions of its format: 2 is written ahead
        sync(path)

    def renamed(new, path):
        order.append((new.name, path.name))
        rename(new, path)

    monkeypatch.setattr(writer, "sync", synced)
    monkeypatch.setattr(writer, "rename_durably", renamed)
    RunFile.create(tmp_path / "run.evosim", scenario, 5).close()
    assert order == [(".run.evosim.new", b"\2\2"), (".run.evosim.new", "run.evosim")]


def test_a_disk_that_fails_ends_the_run(scenario, monkeypatch, tmp_path):
    def fails(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(log_sync, "sync", fails)
    monkeypatch.setattr(log_sync, "SECONDS", 0.0)
    with RunFile.create(tmp_path / "run.evosim", scenario, 5) as file:
        file.choose_durability("second")
        with pytest.raises(RunFileError, match="input/output error"):
            all(time.sleep(0.1) is None for _ in carry_on(file))


def test_a_durability_that_there_is_not_is_refused(scenario, tmp_path):
    with pytest.raises(ValueError, match="there are generation and second"):
        run(scenario, 5, tmp_path / "run.evosim", durability="never")


@pytest.mark.parametrize("announced", [1, 11])
def test_a_killed_program_loses_nothing_that_was_reported(announced, long_run, tmp_path):
    options = ["--out", "run.evosim", "--durability", "second", "--progress", "json"]
    changes = ["population=16", "episodes=2", "generations=40"]
    sets = [f"evolution.{each}" for each in changes] + ["measure.episodes=2", "measure.every=2"]
    command = [sys.executable, "-m", "evosim", "run", "red_doors", *options]
    for each in sets:
        command += ["--set", each]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    program = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    for line in program.stderr:
        if '"generation"' in line and json.loads(line)["generation"] == announced:
            break
    program.kill()
    program.wait()
    program.stderr.close()
    with RunFile.open(tmp_path / "run.evosim", write=True) as file:
        assert file.summary().done > announced
        list(carry_on(file))
    assert contents(tmp_path / "run.evosim") == contents(long_run)
