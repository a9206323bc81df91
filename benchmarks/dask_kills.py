"""Kill a sweep on a Dask cluster at moments drawn uniformly from its progress, and look whether anything is lost.

    python benchmarks/dask_kills.py                      # 21 kills
    python benchmarks/dask_kills.py --kills 60 --seeds 8 --seed 2

Each kill is a SIGKILL, of the program, of one of the two Dask workers and of the scheduler in turn, when a number of
steps is stored that is drawn uniformly from all steps of the sweep. After the program or a worker was killed another is
started. After the scheduler was killed the program has to go on with processes of this machine: once it has stored a
further step it is killed too, with the workers, and all are started anew. In the end the digests, the tables and the
names of all run files must be those of a sweep left alone, as in sweep_kills.py. Every moment is printed.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.sweep_kills import PATIENCE, check_kills, report_kill, steps_stored
from evosim.sweeps.folder import SweepFolder

VICTIMS = ("program", "worker", "scheduler")
WORKERS = 2


class Cluster:
    """A Dask scheduler with its workers, and the program that has them run a sweep: processes of their own."""

    def __init__(self, folder: SweepFolder) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.address = ""

    def start(self) -> None:
        """Start all that isn't running; with another scheduler, all workers too."""
        if not self._runs("scheduler"):
            self.stop()
            self.address = f"tcp://127.0.0.1:{free_port()}"
            self._start("scheduler", "dask", "scheduler", "--host", self.address, "--no-dashboard")
        for number in range(WORKERS):
            if not self._runs(f"worker {number}"):
                self._start(
                    f"worker {number}", "dask", "worker", self.address, "--nthreads", "1", "--no-nanny",
                    "--no-dashboard", "--death-timeout", "60",
                )  # fmt: skip
        if not self._runs("program"):
            join = "evosim", "sweep", "--join", str(self.folder.path), "--scheduler", self.address, "--progress", "none"
            self._start("program", *join)

    def _runs(self, name: str) -> bool:
        return name in self.processes and self.processes[name].poll() is None

    def _start(self, name: str, module: str, *words: str) -> None:
        where = {"cwd": self.folder.path.parent, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = {**os.environ, "NUMBA_NUM_THREADS": "1", "EVOSIM_THREADS": "2"}
        self.processes[name] = subprocess.Popen([sys.executable, "-m", module, *words], env=environment, **where)  # type: ignore[call-overload]

    def kill(self, name: str) -> None:
        """Kill a process for good."""
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()

    def stop(self) -> None:
        """Kill all that runs."""
        for name in [*self.processes]:
            if self._runs(name):
                self.kill(name)
        self.processes = {}

    def wait_for(self, step: int) -> str:
        """Wait until so many steps are stored; return a fault, or nothing."""
        began = time.monotonic()
        while (stored := steps_stored(self.folder)) < step:
            if self.processes["program"].poll() is not None:
                return f"the program ended at {stored} steps, before step {step}"
            if time.monotonic() - began > PATIENCE:
                return f"hangs at {stored} steps"
            time.sleep(0.005)
        return ""


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def kill_at(cluster: Cluster, step: int, victim: str, total: int) -> str:
    """Kill a process when so many steps of the total are stored; return a fault, or nothing."""
    if fault := cluster.wait_for(step):
        return fault
    name = f"worker {random.Random(step).randrange(WORKERS)}" if victim == "worker" else victim
    cluster.kill(name)
    if victim == "scheduler":
        fault = cluster.wait_for(min(steps_stored(cluster.folder) + 1, total))
        cluster.stop()
    return fault


def kill_cluster(folder: SweepFolder, moments: Sequence[float], total: int) -> list[str]:
    """Run a sweep on a cluster, kill its processes in turn, and let it end; return the faults."""
    faults, cluster = [], Cluster(folder)
    try:
        for number, moment in enumerate(moments):
            cluster.start()
            victim = VICTIMS[number % len(VICTIMS)]
            fault = kill_at(cluster, int(moment), victim, total)
            report_kill(number, victim, moment, total, fault)
            faults += [fault] if fault else []
        cluster.start()
        cluster.processes["program"].wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        faults.append("hangs at the end")
    finally:
        cluster.stop()
    return faults


def main() -> int:
    """Kill the processes of a cluster; return the exit code."""
    return check_kills(__doc__, 21, 6, kill_cluster)


if __name__ == "__main__":
    sys.exit(main())
