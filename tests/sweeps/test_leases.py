"""Leases: one process a cell, taken over when its owner is gone and not before."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from evosim.sweeps.leases import STALE, Leases, is_alive, keep_alive, machine, process_start

TAKE = """
import sys, time
from pathlib import Path
from evosim.sweeps.leases import Leases
print(Leases(Path(sys.argv[1])).take("a") is not None, flush=True)
time.sleep(60)
"""


def test_only_one_of_many_takes_a_cell(tmp_path):
    with ThreadPoolExecutor(16) as threads:
        for round in range(20):
            taken = list(threads.map(lambda _, name=f"cell{round}": Leases(tmp_path).take(name), range(16)))
            assert sum(lease is not None for lease in taken) == 1
    assert {path.name for path in tmp_path.iterdir()} == {f"cell{round}.1" for round in range(20)}


def test_a_cell_whose_owner_was_killed_is_taken_over_at_once(tmp_path):
    leases = Leases(tmp_path)
    with subprocess.Popen([sys.executable, "-c", TAKE, tmp_path], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "True\n"
        assert leases.held() == {"a"}
        assert leases.take("a") is None
        other.kill()
        other.wait()
    assert leases.held() == set()
    lease = leases.take("a")
    assert lease is not None
    assert lease.attempt == 2
    assert leases.take("a") is None
    lease.release()
    assert list(tmp_path.iterdir()) == []


def test_a_lease_of_another_machine_is_stale_only_when_it_was_not_touched_for_long(tmp_path):
    leases = Leases(tmp_path)
    (tmp_path / "a.1").write_text(json.dumps({"machine": "elsewhere", "pid": 1, "started": "1"}))
    now = time.time()
    os.utime(tmp_path / "a.1", (now, now - STALE + 20))
    assert leases.take("a") is None
    os.utime(tmp_path / "a.1", (now, now - STALE - 20))
    assert leases.take("a") is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": -1, "machine": "x"}'])
def test_a_lease_that_cannot_be_read_counts_until_it_is_old(text, tmp_path):
    (tmp_path / "a.1").write_text(text)
    assert Leases(tmp_path).take("a") is None
    os.utime(tmp_path / "a.1", (0, 0))
    assert Leases(tmp_path).take("a") is not None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="starts of processes are read from /proc")
def test_a_process_is_known_by_its_start_too(tmp_path):
    started = process_start(os.getpid())
    assert is_alive(os.getpid(), started)
    assert not is_alive(os.getpid(), "1")  # another had this number
    owner = {"machine": machine(), "pid": os.getpid(), "started": "1"}
    (tmp_path / "a.1").write_text(json.dumps(owner))
    assert not Leases(tmp_path).is_held("a")


def test_an_owner_touches_its_lease_and_hears_that_it_lost_it(tmp_path):
    leases = Leases(tmp_path)
    lease = leases.take("a")
    assert lease is not None
    os.utime(lease.path, (0, 0))
    with keep_alive(lease, every=0.01) as lost:
        while lease.path.stat().st_mtime == 0:
            time.sleep(0.01)
        assert not lost.is_set()
        (tmp_path / "a.2").write_text("{}")
        assert lost.wait(10)
    lease.release()
    assert [path.name for path in tmp_path.iterdir()] == ["a.2"]
