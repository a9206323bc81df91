"""Ask a program to stop at moments drawn from its start on, with an empty kernel cache, and look how it ends.

    python benchmarks/stops.py                      # 40 stops
    python benchmarks/stops.py --stops 4 --seconds 2

Each stop is a SIGINT or a SIGTERM, once or twice, after a processor time drawn uniformly: while Python starts, while
libraries are imported, while kernels are compiled. Right is exit code 130 and one sentence, within two seconds, with no
run file left behind. A signal in the first hundredths of a second comes before Python has begun with the program: it
ends as Python ends, by the signal.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

SAID = "stopped before a generation was done; nothing was changed\n"
LIMIT = 2.0  # seconds
TICK = 0.001


class Ending(NamedTuple):
    """How a program ended that was asked to stop."""

    at: float  # seconds of processor time
    signals: list[signal.Signals]
    code: int
    seconds: float
    worked: float  # seconds of processor time since
    said: str
    left: list[str]

    @property
    def right(self) -> bool:
        """Tell whether it ended as it should."""
        return self.code == 130 and self.said.endswith(SAID) and not self.left and self.seconds <= LIMIT


def processor_time(pid: int) -> float:
    """Give the seconds of processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stopped(at: float, signals: list[signal.Signals]) -> Ending:
    """Begin a run with an empty cache, and stop it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "evosim", "run", "red_doors", "--out", "run.evosim"]
        environment = {**os.environ, "EVOSIM_CACHE_DIR": f"{folder}/cache"}
        process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and processor_time(process.pid) < at:
            time.sleep(TICK)
        began, had = time.monotonic(), processor_time(process.pid)
        for number in signals:
            process.send_signal(number)
            time.sleep(0.01)
        assert process.stderr is not None
        with process.stderr:
            said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        seconds, worked = time.monotonic() - began, used.ru_utime + used.ru_stime - had
        process.returncode = os.waitstatus_to_exitcode(status)
        left = sorted({path.name for path in Path(folder).iterdir()} - {"cache"})
        return Ending(at, signals, process.returncode, seconds, worked, said, left)


def main() -> int:
    """Stop, look, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stops", type=int, default=40, help="how often (default: 40)")
    parser.add_argument("--seconds", type=float, default=6.0, help="the latest moment, processor time (default: 6)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the moments (default: 0)")
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    endings = []
    for _ in range(arguments.stops):
        number, times = draw.choice([signal.SIGINT, signal.SIGTERM]), draw.choice([1, 2])
        ending = stopped(draw.uniform(0, arguments.seconds), [number] * times)
        endings.append(ending)
        names = " ".join(each.name for each in ending.signals)
        verdict = "right" if ending.right else f"code {ending.code}, left {ending.left}, said {ending.said!r}"
        print(
            f"{ending.at:6.2f} s  {names:<16} ended in {ending.seconds:5.2f} s ({ending.worked:.2f} of work) {verdict}",
            flush=True,
        )
    right = sum(ending.right for ending in endings)
    slowest = max(ending.seconds for ending in endings)
    worked = max(ending.worked for ending in endings)
    print(f"{len(endings)} stops, {right} right; the slowest took {slowest:.2f} s, the busiest {worked:.2f} s of work")
    return 0 if right == len(endings) else 1


if __name__ == "__main__":
    sys.exit(main())
