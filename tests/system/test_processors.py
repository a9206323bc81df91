"""Threads: as many as a job has processors, whoever says so, and the same results at any number."""

import os
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from evosim import generations, intervals, load_scenario, run
from evosim.numerics.compiler import threads
from evosim.simulation.runner import verify
from evosim.system.processors import LIMITS, available

SMALL = ["evolution.generations=3", "evolution.population=48", "evolution.episodes=4", "measure.episodes=4"]
ECOLOGY = ["evolution.population=60", "evolution.ticks=20", "evolution.interval=10"]


def machine(folder: Path, files: dict[str, str]) -> Path:
    """Lay out the files of a machine, as the kernel shows them."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def eight_cores(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.usefixtures("eight_cores")
@pytest.mark.parametrize(
    ("environment", "count", "why"),
    [
        ({}, 8, "all cores"),
        ({"SLURM_CPUS_PER_TASK": "3"}, 3, "SLURM_CPUS_PER_TASK"),
        ({"OMP_NUM_THREADS": "2"}, 2, "OMP_NUM_THREADS"),
        ({"OMP_NUM_THREADS": "5,2"}, 5, "OMP_NUM_THREADS"),  # a number for each level of nesting
        ({"NUMBA_NUM_THREADS": "1"}, 1, "NUMBA_NUM_THREADS"),
        ({"SLURM_CPUS_PER_TASK": "4", "OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "3"}, 2, "OMP_NUM_THREADS"),
        ({"SLURM_CPUS_PER_TASK": "32"}, 8, "all cores"),  # no more than there are
        ({"EVOSIM_THREADS": "6", "SLURM_CPUS_PER_TASK": "1"}, 6, "EVOSIM_THREADS"),
        ({"EVOSIM_THREADS": "16"}, 16, "EVOSIM_THREADS"),  # who asks for it gets it
        ({"EVOSIM_THREADS": ""}, 8, "all cores"),
        ({"OMP_NUM_THREADS": "", "SLURM_CPUS_PER_TASK": "many", "NUMBA_NUM_THREADS": "0"}, 8, "all cores"),
    ],
)
def test_a_job_uses_as_many_threads_as_it_was_given(environment, count, why, tmp_path):
    assert available(environment, tmp_path) == (count, why)


@pytest.mark.usefixtures("eight_cores")
@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/cpu.max": "250000 100000\n"}, 3),
        ({"proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/cpu.max": "max 100000\n"}, 8),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": "200000 100000\n"}, 2),  # a group around it
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"}, 1),  # in a container
        (
            {
                "proc/self/cgroup": "4:cpu,cpuacct:/job\n1:name=systemd:/\n",
                "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "400000\n",
                "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
            },
            4,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            8,
        ),
        ({"proc/self/cgroup": "nonsense", "sys/fs/cgroup/cpu.max": "0 0"}, 8),
    ],
)
def test_a_quota_of_processor_time_limits_the_threads(files, count, tmp_path):
    assert available({}, machine(tmp_path, files)).threads == count


@pytest.mark.usefixtures("eight_cores")
def test_affinity_limits_the_threads(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 5})
    assert available({}, tmp_path) == (2, "the cores that this process may use")


@pytest.mark.parametrize("nonsense", ["0", "-1", "two", "1.5", "100000", "²"])
def test_a_number_of_threads_that_is_none_is_refused(nonsense):
    with pytest.raises(ValueError, match=r"EVOSIM_THREADS is .* not a number of threads from 1 to 1024"):
        available({"EVOSIM_THREADS": nonsense})


@pytest.mark.parametrize("nonsense", [0, -1, 1025, True, 2.0, "2"])
def test_python_is_refused_a_number_of_threads_that_is_none(nonsense):
    with pytest.raises(ValueError, match="whole number from 1 to 1024"), threads.using(nonsense):
        pass


@pytest.mark.parametrize("variable", ["EVOSIM_THREADS", *LIMITS])
def test_doctor_says_how_many_threads_and_why(variable, tmp_path):
    """The same for each variable, in a process that has it."""
    unset = dict.fromkeys(("EVOSIM_THREADS", *LIMITS), "")
    done = forked.evosim("doctor", cwd=tmp_path, plain=True, **{**unset, variable: "1"})
    line = next(line for line in done.stdout.splitlines() if line.startswith("threads"))
    assert line.split(maxsplit=1)[1].startswith("1 on ")
    assert line.endswith(variable) or os.cpu_count() == 1


def test_a_wrong_variable_is_a_sentence_and_no_traceback():
    environment = {**os.environ, "EVOSIM_THREADS": "lots"}
    command = [sys.executable, "-m", "evosim", "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert done.stderr == "EVOSIM_THREADS is 'lots', not a number of threads from 1 to 1024\n"


def test_the_digest_is_the_same_at_any_number_of_threads_that_python_asks_for(tmp_path):
    scenario, before = load_scenario("red_doors", SMALL), threads.count
    digests = {}
    for count in (1, 2, 3):
        with run(scenario, seed=5, out=tmp_path / f"{count}.evosim", threads=count) as stored:
            digests[count] = stored.summary().digest
            assert all(same for _, same in verify(stored, threads=4 - count))
    last = [*generations(scenario, 5, threads=2)][-1]
    assert set(digests.values()) == {last.digest}
    assert threads.count == before


def test_an_ecology_is_the_same_at_any_number_of_threads_that_python_asks_for(monkeypatch):
    monkeypatch.setattr("evosim.ecology.simulation.HELPER_FROM", 2)
    scenario = load_scenario("contraception", ECOLOGY)
    digests = {[*intervals(scenario, 3, threads=count)][-1].digest for count in (1, 2, 3)}
    assert len(digests) == 1
