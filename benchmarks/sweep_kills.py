"""Kill sweeps at moments drawn uniformly from their progress, and look whether anything is lost or counted twice.

    python benchmarks/sweep_kills.py                     # 20 kills
    python benchmarks/sweep_kills.py --kills 40 --seed 2

Each kill is a SIGKILL, of the program and of one of its workers in turn, when a number of steps is stored that is drawn
uniformly from all steps of the sweep. After the program was killed its workers must end by themselves, and the sweep is
joined again; after a worker was killed the program must go on by itself. In the end the digests, the tables and the
names of all run files must be those of a sweep left alone, run in this process. No cell may have failed, and nothing
may be left beside the runs.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evosim.sweeps.engine import Engine
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.load import SweepOptions, load_sweep

PATIENCE = 120.0  # seconds, after which something hangs
SMALL = [
    "evolution.population=48",
    "evolution.generations=60",
    "evolution.episodes=4",
    "measure.episodes=8",
    "measure.every=10",
]
OVER = ["evolution.mutation.rate=0.1,0.3"]


def make(path: Path, seeds: int) -> SweepFolder:
    """Make the folder of a small sweep."""
    return SweepFolder.create(path, load_sweep("red_doors", SweepOptions(OVER, SMALL, f"1-{seeds}")))


def finish_alone(folder: SweepFolder) -> None:
    """Run a sweep in this process."""
    with ThreadPoolExecutor(1) as executor:
        Engine(folder, executor, 1).run()


def start(folder: SweepFolder) -> "subprocess.Popen[str]":
    """Start a program that works on a sweep."""
    command = [sys.executable, "-m", "evosim", "sweep", "--join", str(folder.path), "--workers", "2"]
    return subprocess.Popen([*command, "--progress", "none"], text=True, stderr=subprocess.PIPE)


def steps_stored(folder: SweepFolder) -> int:
    """Count the steps that are stored in all run files."""
    total = 0
    for path in (folder.path / "runs").glob("*.evosim"):
        try:
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            total += int(connection.execute("select count(*) from digests").fetchone()[0])
            connection.close()
        except sqlite3.Error:
            pass  # being made
    return total


def workers_of(pid: int) -> list[int]:
    """List the workers of a program: its children that have cells to run."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((each / "stat").read_text().rpartition(")")[2].split()[1])
            spawned = b"spawn_main" in (each / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == pid and spawned:
            found.append(int(each.name))
    return sorted(found)


def is_gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def table_of(folder: SweepFolder) -> dict[str, object]:
    """Read all that a sweep found out, by cell."""
    found: dict[str, object] = {}
    for state in folder.states():
        connection = sqlite3.connect(folder.run_path(state.cell))
        tables = [
            connection.execute(f"select * from {name} order by 1, 2").fetchall()
            for name in ("generations", "measurements", "individuals", "loci", "digests", "lineage", "genomes")
        ]
        connection.close()
        found[state.cell.name] = (state.state, state.done, state.digest, tables)
    return found


def kill_at(folder: SweepFolder, running: "subprocess.Popen[str]", step: int, victim: str) -> str:
    """Kill the program or one of its workers when so many steps are stored; return a fault, or nothing."""
    began = time.monotonic()
    while (stored := steps_stored(folder)) < step or not (workers := workers_of(running.pid)):
        if running.poll() is not None:
            return f"ended at {stored} steps, before step {step}: {running.communicate()[1]}"
        if time.monotonic() - began > PATIENCE:
            return f"hangs at {stored} steps"
        time.sleep(0.005)
    if victim == "worker":
        os.kill(random.Random(step).choice(workers), signal.SIGKILL)
        return ""
    running.kill()
    running.wait()
    began = time.monotonic()
    while not all(map(is_gone, workers)):
        if time.monotonic() - began > PATIENCE:
            return f"workers {workers} outlive their program"
        time.sleep(0.01)
    return ""


def compare(folder: SweepFolder, alone: SweepFolder) -> list[str]:
    """Name what is different from a sweep left alone."""
    faults = [] if table_of(folder) == table_of(alone) else ["its tables are not those of a sweep left alone"]
    allowed = {folder.run_path(cell) for cell in folder.cells}
    faults += [f"left over: {path}" for path in (folder.path / "runs").iterdir() if path not in allowed]
    leases = [path for path in (folder.path / "leases").iterdir() if not path.name.startswith(".")]
    faults += [f"left over: {path}" for path in leases]
    faults += [f"{state.cell.name}: {state.reason}" for state in folder.states() if state.state == "failed"]
    return faults


def kill_processes(folder: SweepFolder, moments: Sequence[float], total: int) -> list[str]:
    """Run a sweep, kill its program and its workers in turn, and let it end; return the faults."""
    faults, running = [], start(folder)
    try:
        for number, moment in enumerate(moments):
            victim = ("program", "worker")[number % 2]
            fault = kill_at(folder, running, int(moment), victim)
            report_kill(number, victim, moment, total, fault)
            faults += [fault] if fault else []
            if running.poll() is not None:
                running = start(folder)
        _, said = running.communicate(timeout=PATIENCE)
        faults += [said] if running.returncode else []
    except subprocess.TimeoutExpired:
        faults.append("hangs at the end")
    finally:
        running.kill()
        running.wait()
    return faults


def report_kill(number: int, victim: str, moment: float, total: int, fault: str) -> None:
    """Print what was killed when, and what came of it."""
    print(f"kill {number + 1}: of the {victim} at step {moment:.1f} of {total}: {fault or 'sound'}", flush=True)


def check_kills(
    description: str | None, kills: int, seeds: int, kill: Callable[[SweepFolder, Sequence[float], int], list[str]]
) -> int:
    """Have a sweep killed as the command line asks, compare it with one left alone, and print the faults.

    `kills` and `seeds` are the defaults. `kill` is given the folder, the steps at which to kill and how many steps
    there are, and returns faults. Returns the exit code.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=kills)
    parser.add_argument("--seeds", type=int, default=seeds, help="seeds of the sweep; there are two conditions")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        alone, folder = make(Path(place) / "alone", asked.seeds), make(Path(place) / "killed", asked.seeds)
        finish_alone(alone)
        total, draws = steps_stored(alone), random.Random(asked.seed)
        moments = sorted(draws.uniform(0, total - 1) for _ in range(asked.kills))
        faults = [*kill(folder, moments, total), *compare(folder, alone)]
    for fault in faults:
        print(fault)
    print(f"{asked.kills} kills: {len(faults)} faults")
    return 1 if faults else 0


def main() -> int:
    """Kill processes of this machine; return the exit code."""
    return check_kills(__doc__, 20, 4, kill_processes)


if __name__ == "__main__":
    sys.exit(main())
