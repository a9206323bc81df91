"""The engine: every cell once, whatever happens, and the folder says what has been run."""

import json
import os
import shutil
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest
from small_sweeps import RATES, run_here, tiny_plan

from evosim.episode import grid_environment
from evosim.gridworld.sampling import CrowdedWorldError
from evosim.simulation import laboratory
from evosim.simulation.runner import run
from evosim.storage.schema import RunFileError
from evosim.sweeps import cell as cells
from evosim.sweeps.cell import BUSY, CellResult, run_cell
from evosim.sweeps.engine import MOST_LOSSES, Engine
from evosim.sweeps.folder import SweepFolder, SweepFolderError
from evosim.sweeps.run import check_conditions
from evosim.system.stopping import Stop


def digests(folder):
    return {state.cell.name: (state.state, state.done, state.digest) for state in folder.states()}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = SweepFolder.create(tmp_path_factory.mktemp("sweeps") / "rates", tiny_plan())
    last = run_here(folder)
    assert (last.cells, last.done, last.failed, last.share) == (4, 4, 0, 1.0)
    return folder


@pytest.fixture
def folder(done, tmp_path):
    """Give a sweep that is done, and may be changed."""
    shutil.copytree(done.path, tmp_path / "rates")
    return SweepFolder.open(tmp_path / "rates")


def test_worlds_that_conditions_have_in_common_are_checked_once(monkeypatch):
    drawn, check = [], grid_environment.check_plainly
    monkeypatch.setattr(laboratory, "POSSIBLE", set())
    monkeypatch.setattr(grid_environment, "check_plainly", lambda *asked: drawn.append(asked) or check(*asked))
    easy = ["world.layout={ kind = 'open' }", "world.steps=40"]
    check_conditions(tiny_plan(overrides=easy).conditions)  # two rates
    assert len(drawn) == 2  # environments
    check_conditions(tiny_plan("world.steps=40,50", overrides=easy).conditions)
    assert [asked[0].steps for asked in drawn] == [40, 40, 50, 50]
    for _ in range(2):  # what is impossible is said each time
        with pytest.raises(CrowdedWorldError):
            check_conditions(tiny_plan(overrides=["world.size=[3,7]"]).conditions)


def test_the_run_of_a_cell_is_that_of_evosim_run(done, tmp_path):
    for state in done.states():
        scenario = tiny_plan().conditions[state.cell.condition - 1].scenario
        with run(scenario, state.cell.seed, tmp_path / f"{state.cell.name}.evosim") as alone:
            assert state.digest == alone.summary().digest
            assert state.state == alone.summary().state == "complete"
            with type(alone).open(done.run_path(state.cell)) as in_sweep:
                assert in_sweep.scenario == alone.scenario
                for table in alone.tables():
                    assert in_sweep.table(table) == alone.table(table)


def test_a_folder_holds_what_its_page_says(done):
    assert {path.name for path in done.path.iterdir()} == {"sweep.json", "cells.csv", "conditions", "runs", "leases"}
    assert list((done.path / "leases").iterdir()) == []
    lines = (done.path / "cells.csv").read_text().splitlines()
    assert lines[0] == "cell,evolution.mutation.rate,seed,run"
    assert lines[2] == "0002-1,0.2,1,runs/0002-1.evosim"
    assert sorted(path.name for path in (done.path / "runs").iterdir()) == [
        "0001-1.evosim", "0001-2.evosim", "0002-1.evosim", "0002-2.evosim"
    ]  # fmt: skip


def test_a_sweep_goes_on_where_it_was(folder, done):
    (folder.path / "runs/0002-1.evosim").unlink()
    before = {path: path.stat().st_mtime_ns for path in (folder.path / "runs").iterdir()}
    assert run_here(folder).done == 4
    assert digests(folder) == digests(done)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_stopped_sweep_says_so_and_is_gone_on_with(folder, done, monkeypatch):
    (folder.path / "runs/0002-1.evosim").unlink()
    monkeypatch.setattr(cells, "STOP", stop := Stop())
    stop.wanted = True
    assert run_cell(str(folder.path), "0002-1").state == "interrupted"
    assert folder.state(folder.cell("0002-1")).done == 1
    asked = Stop()
    asked.wanted = True
    assert run_here(folder, stop=asked).done == 3
    stop.wanted = False
    assert run_here(folder).done == 4
    assert digests(folder) == digests(done)


def test_more_seeds_are_added_and_another_sweep_is_refused(folder):
    SweepFolder.create(folder.path, tiny_plan(seeds="2-3"))
    wider = SweepFolder.open(folder.path)
    assert wider.stored.seeds == [1, 2, 3]
    assert (folder.path / "cells.csv").read_text().count("\n") == 7
    assert run_here(wider).done == 6
    with pytest.raises(
        SweepFolderError,
        match=r"holds another sweep \(red_doors with evolution\.population=8, evolution\.generations=3 and 5 more over evolution.mutation.rate, 3 seeds\)",
    ):
        SweepFolder.create(folder.path, tiny_plan("evolution.mutation.rate=0.1,0.3"))


def test_failed_cells_are_named_and_the_others_go_on(folder):
    for path in (folder.path / "runs").iterdir():
        path.unlink()
    (folder.path / "runs/0001-1.evosim").write_text("junk")
    shutil.copy(folder.path / "sweep.json", folder.path / "runs/0002-2.evosim")
    last = run_here(folder)
    assert (last.done, last.failed) == (2, 2)
    assert "0001-1.evosim: not a run file that can be read" in folder.failure(folder.cell("0001-1"))
    assert run_here(folder).failed == 2  # they are not tried again unless asked to be
    (folder.path / "runs/0001-1.evosim").unlink()
    (folder.path / "runs/0002-2.evosim").unlink()
    folder.forget_failures()
    assert run_here(folder).done == 4


def test_the_run_of_another_cell_is_not_taken_for_this_one(folder):
    shutil.copy(folder.path / "runs/0001-1.evosim", folder.path / "runs/0002-1.evosim")
    result = run_cell(str(folder.path), "0002-1")
    assert result.state == "failed"
    assert "a run of another scenario or seed than its cell's" in result.reason


def test_what_a_killed_process_left_beside_a_cell_that_is_done_is_removed(folder, done):
    lock = folder.path / "runs/.0002-1.evosim.lock"
    lock.write_text("")
    for attempt in (1, 2):
        owner = {"machine": "elsewhere", "pid": 1, "started": "1"}
        (folder.path / f"leases/0002-1.{attempt}").write_text(json.dumps(owner))
        os.utime(folder.path / f"leases/0002-1.{attempt}", (0, 0))
    assert run_here(folder).done == 4
    assert list((folder.path / "leases").iterdir()) == []
    assert not lock.exists()
    assert digests(folder) == digests(done)


def test_two_engines_share_the_cells_and_count_none_twice(folder, done):
    for path in (folder.path / "runs").iterdir():
        path.unlink()
    with ThreadPoolExecutor(2) as executor, ThreadPoolExecutor(2) as engines:
        both = [Engine(folder, executor, 1) for _ in range(2)]
        found = [each.result() for each in [engines.submit(engine.run) for engine in both]]
    assert [each.done for each in found] == [4, 4]
    assert digests(folder) == digests(done)


def test_a_cell_at_work_elsewhere_is_left_alone(folder):
    (folder.path / "runs/0002-1.evosim").unlink()
    lease = folder.leases.take("0002-1")
    assert run_cell(str(folder.path), "0002-1").state == BUSY
    last = run_here(folder, waits=False)
    assert (last.done, last.elsewhere) == (3, 1)
    lease.release()
    assert run_here(folder).done == 4


class Losing(Executor):
    """An executor whose process is killed at one cell, so often."""

    def __init__(self, name, times):
        self.name, self.times = name, times

    def submit(self, function, *arguments):
        future = Future()
        if arguments[1] == self.name and self.times:
            self.times -= 1
            future.set_exception(BrokenProcessPool("killed"))
        else:
            future.set_result(function(*arguments))
        return future


@pytest.mark.parametrize(("times", "failed"), [(MOST_LOSSES - 1, 0), (MOST_LOSSES, 1)])
def test_a_cell_whose_process_is_killed_is_tried_again_but_not_for_ever(times, failed, folder, done):
    (folder.path / "runs/0002-1.evosim").unlink()
    last = Engine(folder, Losing("0002-1", times), 1).run()
    assert (last.done, last.failed) == (4 - failed, failed)
    if failed:
        assert "killed 3 times" in folder.failure(folder.cell("0002-1"))
    else:
        assert digests(folder) == digests(done)


class Stopping(Executor):
    """An executor whose process is told to stop at one cell, time after time."""

    def __init__(self, name):
        self.name, self.times = name, 0

    def submit(self, function, *arguments):
        future = Future()
        self.times += arguments[1] == self.name
        told = arguments[1] == self.name and self.times <= 2 * MOST_LOSSES
        future.set_result(CellResult(self.name, "interrupted") if told else function(*arguments))
        return future


def test_a_cell_whose_process_alone_is_told_to_stop_is_counted_as_if_it_was_killed(folder):
    (folder.path / "runs/0002-1.evosim").unlink()
    executor = Stopping("0002-1")
    last = Engine(folder, executor, 1).run()
    assert (last.done, last.failed, executor.times) == (3, 1, MOST_LOSSES)


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("sweep.json", "{", "corrupt"),
        ("sweep.json", '{"format": 7}', "upgrade evosim"),
        ("sweep.json", '{"format": 1}', "corrupt: evosim: field required"),
        ("conditions/0001.json", "[]", "holds no values and scenario"),
        ("conditions/0001.json", '{"values": {}, "scenario": {}}', "corrupt"),
        ("conditions/0001.json", None, "can't be read: no such file"),
    ],
)
def test_a_corrupt_folder_is_reported(path, text, said, folder):
    if text is None:
        (folder.path / path).unlink()
    else:
        (folder.path / path).write_text(text)
    with pytest.raises(SweepFolderError, match=said):
        SweepFolder.open(folder.path).conditions()


def test_what_is_no_sweep_is_reported(tmp_path, folder):
    (tmp_path / "file").write_text("")
    for path, said in (("nowhere", "no such folder"), ("file", "not a folder"), (".", "it has no sweep.json")):
        with pytest.raises(SweepFolderError, match=said):
            SweepFolder.open(tmp_path / path)
    for path, said in (("file", "is a file"), (".", "holds something else")):
        with pytest.raises(SweepFolderError, match=said):
            SweepFolder.create(tmp_path / path, tiny_plan())
    for name in ("0003-1", "1-1", "0001-9", "0001", "../x-1"):
        with pytest.raises(SweepFolderError, match="has no cell"):
            folder.cell(name)
    assert issubclass(SweepFolderError, RunFileError)


def test_the_resolved_sweep_is_stored(done):
    stored = json.loads((done.path / "sweep.json").read_text())
    assert stored["axes"] == [{"kind": "grid", "keys": ["evolution.mutation.rate"], "rows": [[0.1], [0.2]]}]
    assert done.conditions() == list(tiny_plan().conditions)
    assert RATES.startswith(done.keys[0])
