"""How long commands take to start, beside bare Python, and what compiling takes, beside a kernel of the same run.

    python -m benchmarks.starts                    # the table
    python -m benchmarks.starts --compiling        # and compiling with an empty cache: a minute
    python -m benchmarks.starts --guard            # what CI asks: fails where anything is half as slow again as it was

All programs take turns in every round; what counts are the ratios within rounds, of which the median and the quartiles
are printed. `run` is timed by the wall clock until its first generation is stored, with kernels compiled before, and
beside importing numba; all else by the processor's time of the whole process. Compiling is counted in processor's
time too, in processes of their own, beside that of one small kernel for some types, by plain numba.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

HERE = Path(__file__).parents[1]
PYTHON, NUMBA = [sys.executable, "-c", "pass"], [sys.executable, "-c", "import numba"]
EVOSIM = [sys.executable, "-m", "evosim"]
ROUNDS = 15


class Start(NamedTuple):
    """A program, and what it stands beside."""

    name: str
    beside: str
    goal: float  # times that
    most: float  # times that, beyond which the guard fails
    time: Callable[[], float]


def processor_seconds(command: list[str], folder: str) -> float:
    """Run a program to its end; return the processor's time that it and all its threads took."""
    with open(os.devnull, "w") as nowhere:
        program = subprocess.Popen(command, cwd=folder, env=environment(), stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    assert program.returncode == 0, command
    return usage.ru_utime + usage.ru_stime


def wall_seconds(command: list[str], folder: str) -> float:
    """Run a program to its end; return the seconds that passed."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment(), check=True)
    return time.perf_counter() - began


def until_first_generation(folder: str) -> float:
    """Run red_doors until its first generation is stored; return the seconds that passed."""
    out = Path(folder, "run.evosim")
    command = [*EVOSIM, "run", "red_doors", "--out", str(out), "--force", "--progress", "json"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        for line in program.stderr:
            if '"event": "generation"' in line:
                break
        seconds = time.perf_counter() - began
        program.kill()
    for each in Path(folder).iterdir():
        each.unlink()
    return seconds


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a program that imports evosim from here, with bytecode as an installed one has."""
    mine = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**mine, "PYTHONPATH": f"{HERE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", **more}


def starts(folder: str) -> list[Start]:
    """List what is timed."""

    def used(*words: str) -> Callable[[], float]:
        return lambda: processor_seconds([*EVOSIM, *words], folder)

    return [
        Start("evosim --help", "python", 8.0, 9.0, used("--help")),
        Start("evosim list", "python", 8.0, 12.0, used("list")),
        Start("evosim validate red_doors", "python", 20.0, 50.0, used("validate", "red_doors")),
        Start("evosim run red_doors, to a generation", "numba", 2.5, 7.0, lambda: until_first_generation(folder)),
    ]


class Ratio(NamedTuple):
    """Times of a program and of what it stands beside, in seconds, and the quartiles of their ratios."""

    name: str
    beside: str
    goal: float
    most: float
    own: float
    other: float
    low: float
    ratio: float
    high: float


def take_rounds(rounds: int) -> list[Ratio]:
    """Time all programs in turns, after one round that warms up."""
    with tempfile.TemporaryDirectory() as folder:
        listed = starts(folder)
        others: dict[str, Callable[[], float]] = {
            "python": lambda: processor_seconds(PYTHON, folder),
            "numba": lambda: wall_seconds(NUMBA, folder),
        }
        times: dict[str, list[float]] = {name: [] for name in (*others, *(each.name for each in listed))}
        for number in range(rounds + 1):
            for name, run in (*others.items(), *((each.name, each.time) for each in listed)):
                took = run()
                if number:
                    times[name].append(took)
    found = []
    for each in listed:
        own, other = times[each.name], times[each.beside]
        low, middle, high = quantiles([a / b for a, b in zip(own, other, strict=True)], n=4)
        found.append(Ratio(*each[:4], median(own), median(other), low, middle, high))
    return found


# ------------------------------------------------------------ compiling


CALIBRATION = """
import json, time
import numba, numpy as np

def smoothed(field, weights, steps, out):
    rows, columns = field.shape
    total = 0.0
    for _ in range(steps):
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                here = field[r, c]
                if here < weights[0]:
                    around = field[r - 1, c] + field[r + 1, c] + field[r, c - 1] + field[r, c + 1]
                    out[r, c] = here + weights[1] * (around - 4 * here)
                elif here > weights[2]:
                    out[r, c] = np.exp(-here * weights[3]) + np.sqrt(abs(here))
                else:
                    out[r, c] = max(field[r - 1, c], field[r, c - 1]) if r > c else min(here, weights[1])
                total += out[r, c]
        for k in range(weights.shape[0]):
            weights[k] = weights[k] * 0.5 + total
    return total

numba.njit(lambda number: number + 1)(1)
began = time.process_time()
for kind in (numba.float64, numba.float32, numba.int64, numba.int32):
    for order in ("C", "A"):
        real = [numba.types.Array(numba.float64, dimensions, order) for dimensions in (1, 2)]
        types = numba.types.Array(kind, 2, order), real[0], numba.int64, real[1]
        numba.njit(nogil=True)(smoothed).compile(types)
print(json.dumps([time.process_time() - began]))
"""
COMPILING = """
import json, time
import numba
from evosim.scenario import load_scenario
from evosim.simulation.process import process_of

numba.njit(lambda number: number + 1)(1)
took = []
for name in ("red_doors", "contraception"):
    began = time.process_time()
    process_of(load_scenario(name), 0).warm()
    took.append(time.process_time() - began)
print(json.dumps(took))
"""


COMPILED = {"compiling red_doors": (12.0, 22.0), "compiling contraception after it": (6.0, 9.0)}  # goal, and at most


def compiling_seconds(program: str) -> list[float]:
    """Run a program that compiles, with an empty cache; return the processor's times that it prints."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)
        command = [sys.executable, "-c", program]
        empty = environment(EVOSIM_CACHE_DIR=folder)
        done = subprocess.run(command, env=empty, cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    times: list[float] = json.loads(done.stdout)
    return times


def compile_all(rounds: int) -> list[Ratio]:
    """Compile what red_doors needs, then what an ecology needs beside it, in turns with the calibration kernel."""
    times = [(*compiling_seconds(COMPILING), *compiling_seconds(CALIBRATION)) for _ in range(rounds)]
    found = []
    for at, (name, limits) in enumerate(COMPILED.items()):
        ratios = sorted(each[at] / each[2] for each in times)
        own, other = median(each[at] for each in times), median(each[2] for each in times)
        found.append(Ratio(name, "kernel", *limits, own, other, ratios[0], median(ratios), ratios[-1]))
    return found


def print_row(found: Ratio) -> None:
    """Print a row of the table."""
    print(
        f"{found.name:<40}{found.beside:<8}{1000 * found.own:>10,.0f}{1000 * found.other:>10,.0f}"
        f"{found.ratio:>8.1f}  {found.low:.1f}–{found.high:.1f}{found.goal:>7.1f}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of starts (default: {ROUNDS})")
    parser.add_argument("--compiling", type=int, default=0, nargs="?", const=1, metavar="ROUNDS", help="compile, too")
    parser.add_argument("--guard", action="store_true", help="compile once, too; fail where anything has become slow")
    parser.add_argument("--json", type=Path, help="where to write what was measured")
    arguments = parser.parse_args()
    print(f"{'what':<40}{'beside':<8}{'own, ms':>10}{'its, ms':>10}{'ratio':>8}  quartiles   goal")
    found: list[Any] = take_rounds(arguments.rounds)
    for each in found:
        print_row(each)
    for each in compile_all(arguments.compiling or 1) if arguments.compiling or arguments.guard else []:
        found.append(each)
        print_row(each)
    if arguments.json:
        arguments.json.write_text(json.dumps([each._asdict() for each in found], indent=1) + "\n")
    slow = [each.name for each in found if arguments.guard and each.ratio > each.most]
    if slow:
        raise SystemExit(f"slower than it may become: {', '.join(slow)}")


if __name__ == "__main__":
    main()
