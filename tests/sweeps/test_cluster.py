"""A sweep on a Dask cluster: same digests, and the folder goes on without it."""

import sys

import pytest
from drawn_commands import evosim
from small_sweeps import RATES, TINY, Here, run_here, tiny_plan

from evosim.sweeps import run as running
from evosim.sweeps.cluster import IN_FLIGHT, Cluster, SchedulerLostError
from evosim.sweeps.folder import SweepFolder

pytestmark = pytest.mark.filterwarnings("ignore")  # of Dask's own


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = SweepFolder.create(tmp_path_factory.mktemp("sweeps") / "alone", tiny_plan())
    run_here(folder)
    return [state.digest for state in folder.states()]


@pytest.fixture
def dask():
    """Give a scheduler with one worker, in this process."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=None
    ) as cluster:
        yield cluster


def test_a_cluster_has_the_digests_of_a_sweep_here(dask, alone, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "LocalWorkers", None)  # nothing is run here
    out = tmp_path / "rates"
    words = [word for each in TINY for word in ("--set", each)]
    done = evosim("sweep", "red_doors", *words, "--over", RATES, "--seeds", "1-2", "--out", out,
                  "--scheduler", dask.scheduler_address, "--progress", "none")  # fmt: skip
    assert done.exit_code == 0, done.output
    folder = SweepFolder.open(out)
    assert [state.digest for state in folder.states()] == alone
    assert list((out / "leases").iterdir()) == []
    with Cluster(dask.scheduler_address) as cluster:
        assert cluster.at_once == IN_FLIGHT


def test_without_its_scheduler_a_sweep_goes_on_here(dask, alone, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "LocalWorkers", Here)
    folder, said = SweepFolder.create(tmp_path / "rates", tiny_plan()), []
    submit, address = Cluster.submit, dask.scheduler_address

    def lost_after_one(self, *arguments):
        if folder.state(folder.cells[0]).done == 3:
            raise SchedulerLostError(f"{address}: the scheduler is gone")
        return submit(self, *arguments)

    monkeypatch.setattr(Cluster, "submit", lost_after_one)
    monkeypatch.setattr(Cluster, "at_once", 1)
    last = running.run_on_cluster(folder, address, say=said.append)
    assert said[0] == f"{address}: the scheduler is gone; going on with processes of this machine"
    assert last.done == 4
    assert [state.digest for state in folder.states()] == alone


def test_without_dask_or_without_a_scheduler_a_sentence_says_so(tmp_path, monkeypatch):
    folder = SweepFolder.create(tmp_path / "rates", tiny_plan(seeds="1"))
    monkeypatch.setattr("evosim.sweeps.cluster.PATIENCE", "0.2s")
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = evosim("sweep", "--join", folder.path, "--scheduler", "tcp://127.0.0.1:1")
    assert (done.exit_code, done.stderr) == (7, "--scheduler needs Dask distributed: pip install 'evosim[dask]'\n")
    done = evosim("sweep", "--join", folder.path, "--scheduler", "tcp://127.0.0.1:1", "--workers", "2")
    assert done.exit_code == 2
    monkeypatch.delitem(sys.modules, "distributed")
    pytest.importorskip("distributed")
    done = evosim("sweep", "--join", folder.path, "--scheduler", "tcp://127.0.0.1:1")
    assert done.exit_code == 1
    assert "tcp://127.0.0.1:1: no Dask scheduler answers" in done.stderr
