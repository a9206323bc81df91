"""Kill a run at random moments, resume it each time, and see whether anything acknowledged was lost.

    python benchmarks/kills.py --kills 100

Each life of the process ends by SIGKILL after a random time, somewhere between its start and the
middle of a transaction. A generation is acknowledged when its line of progress has been read. In
the end the digest is compared with that of a run of as many generations that was never killed.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from evosim import load_scenario, open_run, run

ENDLESS = 1_000_000


def live_and_die(arguments: list[str], seconds: float) -> int:
    """Start evosim, kill it after some time, and give the last generation that it acknowledged; -1 if none."""
    command = [sys.executable, "-m", "evosim", *arguments, "--progress", "json"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    acknowledged = -1
    assert process.stderr is not None
    for line in process.stderr:
        if line.endswith("}\n") and '"event": "generation"' in line:
            acknowledged = json.loads(line)["generation"]
    process.wait()
    timer.cancel()
    return acknowledged


def main() -> int:
    """Kill, resume and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="how often to kill (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the moments (default: 0)")
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)
    began = time.monotonic()
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "killed.evosim"
        start = ["run", "red_doors", "--seed", "3", "--generations", str(ENDLESS), "--out", str(path)]
        print(f"{'kill':>5}{'after, s':>10}{'acknowledged':>14}{'stored':>8}{'lost':>6}")
        for kill in range(1, arguments.kills + 1):
            seconds = moments.uniform(0.3, 3.0)
            acknowledged = live_and_die(["resume", str(path)] if path.exists() else start, seconds)
            stored = -1
            if path.exists():
                with open_run(path) as stored_run:
                    stored = stored_run.summary().done - 1
            missing = max(0, acknowledged - stored)
            lost += missing
            print(f"{kill:>5}{seconds:>10.2f}{acknowledged:>14}{stored:>8}{missing:>6}", flush=True)
        with open_run(path) as killed:
            done, digest = killed.summary().done, killed.summary().digest
        scenario = load_scenario("red_doors", [f"evolution.generations={done}"])
        with run(scenario, seed=3, out=Path(folder) / "straight.evosim") as straight:
            same = straight.summary().digest == digest
    print(f"\n{arguments.kills} kills, {done} generations, {lost} acknowledged generations lost", end="; ")
    print(f"digest {'equals' if same else 'DIFFERS FROM'} that of a straight run ({time.monotonic() - began:.0f} s)")
    return 0 if same and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
