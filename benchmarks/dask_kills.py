"""Kill a sweep on a Dask cluster at moments drawn uniformly from its progress, and look whether anything is lost.

    python benchmarks/dask_kills.py                      # 21 kills
    python benchmarks/dask_kills.py --kills 60 --seeds 8 --seed 2

Each kill is a SIGKILL, of the program, of one of the two Dask workers and of the scheduler in turn, when a number of
steps is stored that is drawn uniformly from all steps of the sweep. After the program or a worker was killed another is
started. After the scheduler was killed the program has to go on with processes of this machine: once it has stored a
further step it is killed too, with the workers, and all are started anew. In the end the digests, the tables and the
names of all run files must be those of a sweep left alone, as in sweep_kills.py. Every moment is printed.
"""

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sweep_kills import PATIENCE, compare, finish_alone, make, steps_stored  # type: ignore[import-not-found]

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


def kill_at(cluster: Cluster, step: int, victim: str) -> str:
    """Kill a process when so many steps are stored; return a fault, or nothing."""
    if fault := cluster.wait_for(step):
        return fault
    name = f"worker {random.Random(step).randrange(WORKERS)}" if victim == "worker" else victim
    cluster.kill(name)
    if victim == "scheduler":
        fault = cluster.wait_for(min(steps_stored(cluster.folder) + 1, total_steps(cluster.folder)))
        cluster.stop()
    return fault


def total_steps(folder: SweepFolder) -> int:
    """Return how many steps a sweep has in all."""
    return sum(folder.condition(cell.condition).scenario.evolution.generations for cell in folder.cells)


def main() -> int:
    """Kill, compare, print; return whether there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=21)
    parser.add_argument("--seeds", type=int, default=6, help="seeds of the sweep; there are two conditions")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        alone, folder = make(Path(place) / "alone", asked.seeds), make(Path(place) / "killed", asked.seeds)
        finish_alone(alone)
        total, draws = total_steps(alone), random.Random(asked.seed)
        moments = sorted(draws.uniform(0, total - 1) for _ in range(asked.kills))
        faults, cluster = [], Cluster(folder)
        try:
            for number, moment in enumerate(moments):
                cluster.start()
                victim = VICTIMS[number % len(VICTIMS)]
                fault = kill_at(cluster, int(moment), victim)
                told = f"kill {number + 1}: of the {victim} at step {moment:.1f} of {total}"
                print(f"{told}: {fault or 'sound'}", flush=True)
                faults += [fault] if fault else []
            cluster.start()
            cluster.processes["program"].wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            faults.append("hangs at the end")
        finally:
            cluster.stop()
        faults += compare(folder, alone)
    for fault in faults:
        print(fault)
    print(f"{asked.kills} kills: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
