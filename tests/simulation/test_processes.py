"""A third process, provided by another package: every command handles it, and no other file knows of it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import forked
import packages
import pytest
from PIL import Image

from evosim.simulation.process import process_class
from evosim.simulation.runs import RunFile

HOUSE = Path(__file__).parents[2]
SET = ["evolution.algorithm=islands", "evolution.population=8", "evolution.episodes=2", "evolution.generations=6"]
OPTIONS = [word for each in SET for word in ("--set", each)]
COLUMNS = "generation,island,fitness_mean,fitness_max"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return packages.install(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def evosim(installed, tmp_path):
    def call(*arguments, code=0, installed=installed):
        done = forked.evosim(*arguments, cwd=tmp_path, plain=True, installed=installed, SDL_VIDEODRIVER="dummy")
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def known(installed, monkeypatch):
    monkeypatch.syspath_prepend(installed)
    for name in ("evosim_example", "evosim_example.islands"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def digests_in(path):
    with closing(sqlite3.connect(path)) as connection:
        return [digest for (digest,) in connection.execute("select digest from digests order by generation")]


def test_every_command_handles_a_process_it_has_never_heard_of(evosim, tmp_path):
    assert "2 islands, 6 epochs" in evosim("validate", "red_doors", *OPTIONS).stdout
    told = evosim("run", "red_doors", *OPTIONS, "--out", "it.evosim", "--progress", "plain").stderr
    assert "epoch 6/6" in told
    assert "6 of 6 epochs" in evosim("show", "it.evosim").stdout
    shown = json.loads(evosim("show", "it.evosim", "--json").stdout)
    assert [row["island"] for row in shown["last"]] == ["east", "west"]
    with closing(sqlite3.connect(tmp_path / "it.evosim")) as connection:  # what is no longer needed is not kept
        assert connection.execute("select distinct generation from memory").fetchall() == [(5,)]
    assert "6 epochs verified" in evosim("verify", "it.evosim").stdout
    table = evosim("export", "it.evosim", "--table", "generations", "--format", "csv", "-o", "-").stdout.splitlines()
    assert table[0] == COLUMNS
    assert [line.split(",")[:2] for line in table[1:3]] == [["0", "east"], ["0", "west"]]
    assert len(table) == 1 + 2 * 6
    table = evosim("export", "it.evosim", "--table", "migrants", "-o", "-").stdout.splitlines()
    assert table[0] == "generation,island,row"
    assert len(table) == 1 + 2 * 6
    refused = evosim("export", "it.evosim", "--table", "loci", "-o", "-", code=2).stderr
    assert "no table 'loci'; there are generations, migrants" in " ".join(refused.split())
    evosim("plot", "it.evosim", "-o", "it.png")
    with Image.open(tmp_path / "it.png") as picture:
        assert picture.width > 1000
    for command in ("report", "audit", "intervene", "measure", "null"):
        extra = ["--set", "objective.red=0"] if command == "intervene" else []
        refused = evosim(command, "it.evosim", *extra, code=5)
        assert "it.evosim: " in refused.stderr
        assert "`measure`" not in refused.stderr  # which refuses it too
    assert "no lineage" in evosim("export", "it.evosim", "--format", "alife", "-o", "-", code=2).stderr


def test_what_no_live_view_shows_is_neither_watched_nor_filmed(evosim, tmp_path):
    evosim("run", "red_doors", *OPTIONS, "--out", "it.evosim", "--progress", "none")
    for command in (("watch", "it.evosim"), ("record", "it.evosim", "-o", "it.gif")):
        told = evosim(*command, code=5).stderr.strip()
        assert "it.evosim: a run of a kind that has no live view; `evosim show`, `plot` and `export` show it" in told
        assert len(told.splitlines()) == 1
    assert not (tmp_path / "it.gif").exists()
    refused = evosim("watch", "red_doors", *OPTIONS, "--out", "other.evosim", code=2)
    assert "red_doors: runs of this scenario have no live view; `evosim run` evolves one" in refused.stderr
    again = evosim("watch", "red_doors", *OPTIONS, "--out", "it.evosim", code=2)
    assert "no live view" in again.stderr
    assert not (tmp_path / "other.evosim").exists()


def test_a_run_of_it_is_killed_and_goes_on_to_the_same_digest(evosim, installed, tmp_path):
    evosim("run", "red_doors", *OPTIONS, "--out", "whole.evosim")
    command = [sys.executable, "-m", "evosim", "run", "red_doors", *OPTIONS, "--out", "killed.evosim"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), str(HOUSE)]), "NUMBA_DISABLE_JIT": "1"}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        path = tmp_path / "killed.evosim"
        if path.exists():
            try:
                if len(digests_in(path)) >= 2:
                    break
            except sqlite3.Error:
                pass
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = digests_in(tmp_path / "killed.evosim")
    evosim("resume", "killed.evosim", "--progress", "none")
    assert digests_in(tmp_path / "killed.evosim") == digests_in(tmp_path / "whole.evosim")
    assert digests_in(tmp_path / "killed.evosim")[: len(before)] == before


def test_without_its_package_a_run_says_what_is_missing(evosim, tmp_path):
    evosim("run", "red_doors", *OPTIONS, "--out", "it.evosim", "--progress", "none")
    assert "evosim-example 1.0" in evosim("show", "it.evosim", code=5, installed=None).stderr


def test_the_process_of_a_scenario_is_that_of_its_optimizer(known):
    from evosim.scenario import load_scenario

    assert process_class(load_scenario("red_doors", SET)).unit.many == "epochs"
    assert process_class(load_scenario("red_doors")).unit.many == "generations"
    assert process_class(load_scenario("contraception")).unit.many == "intervals"
    assert RunFile.contents_of(load_scenario("red_doors", SET)).counts == "epochs"
