"""How fast evosim's kernels are, beside the same in C and beside what others make: each row a ratio of two times.

    make bench                                     # the whole table, a JSON file and a figure
    python -m benchmarks.speed --only planner      # rows whose names begin so

Both sides of a row give the same answers, which is checked first, and take turns in every round: a noisy machine
disturbs them alike. What counts is the median of their ratios; quartiles say how sure it is.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import references
from benchmarks.peers import BESIDE_PEERS
from benchmarks.speed_ecology import ECOLOGY_BESIDE_C, ON_TWO_THREADS
from benchmarks.speed_rows import BESIDE_C, Row, Run
from evosim.numerics.compiler import threads

LEAST = 0.02  # seconds that a turn takes, so that starting it doesn't count
ROUNDS = 21
PACKAGES = ("numpy", "numba", "llvmlite", "deap", "mesa", "quantecon", "evosax", "pymoo", "jax")
Clock = Callable[[], float]


class Found(NamedTuple):
    """What was measured of a row."""

    name: str
    peer: str
    threads: int
    goal: float | None
    ours: float  # seconds, the median
    theirs: float
    ratio: float  # theirs ÷ ours, the median of all rounds
    low: float  # the quartiles
    high: float


def equal(one: Any, other: Any) -> bool:
    """Whether two answers, arrays or tuples of them, are the same to the last bit."""
    if isinstance(one, tuple):
        return len(one) == len(other) and all(equal(*pair) for pair in zip(one, other, strict=True))
    return bool(one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes())


def seconds(run: Run, repeats: int, clock: Clock) -> float:
    """Time one call of several."""
    began = clock()
    for _ in range(repeats):
        run()
    return (clock() - began) / repeats


def clock_for(row: Row) -> Clock:
    """Return the clock of a row: the processor's where all is done by one thread, so that other programs count less.

    Where theirs takes several threads all the same, their times add up.
    """
    return time.perf_counter if row.threads > 1 else time.process_time


def repeats_of(run: Run, clock: Clock) -> int:
    """Return how many calls take long enough to be timed."""
    return max(1, round(LEAST / max(seconds(run, 1, clock), 1e-6)))


def measure(row: Row, rounds: int) -> Found:
    """Time both sides of a row in turns.

    Raises:
        AssertionError: their answers differ.
    """
    with threads.using(row.threads):
        ours, theirs = row.ours(), row.theirs()
        if row.same and not equal(ours, theirs):
            raise AssertionError(f"{row.name}: answers differ from those of {row.peer}")
        clock = clock_for(row)
        sides = [(run, repeats_of(run, clock)) for run in (row.ours, row.theirs)]
        times = np.array([[seconds(run, repeats, clock) for run, repeats in sides] for _ in range(rounds)])
    low, middle, high = np.quantile(times[:, 1] / times[:, 0], [0.25, 0.5, 0.75]).tolist()
    mine, other = np.median(times, axis=0).tolist()
    return Found(row.name, row.peer, row.threads, row.goal, mine, other, middle, low, high)


def processor() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def installed(name: str) -> bool:
    """Whether a package is installed."""
    return find_spec(name) is not None


def circumstances() -> dict[str, str]:
    """Say where and with what all is measured."""
    return {
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES if installed(name)),
        "C": references.compiler_version() if references.compiler() else "none",
    }


def print_row(found: Found) -> None:
    """Print a row of the table."""
    goal = f"{found.goal:.2f}" if found.goal else ""
    print(
        f"{found.name:<40}{found.peer:<10}{found.threads:>3}{1000 * found.ours:>11.3f}{1000 * found.theirs:>11.3f}"
        f"{found.ratio:>9.2f}  {found.low:.2f}–{found.high:.2f}{goal:>7}",
        flush=True,
    )


def chosen(only: str, guard: bool) -> Iterator[Callable[[], Row]]:
    """Yield what prepares each row whose name begins as told, and say which are left out."""
    for name, prepare in (BESIDE_C | ECOLOGY_BESIDE_C).items():
        if name.startswith(only) and references.compiler():
            yield partial(prepare, name)
    for name, prepare in ({} if guard else ON_TWO_THREADS).items():
        if name.startswith(only):
            yield partial(prepare, name)
    for name, (package, prepare) in ({} if guard else BESIDE_PEERS).items():
        if name.startswith(only) and not installed(package):
            print(f"{name:<40}left out: {package} is not installed (pip install 'evosim[bench]')")
        elif name.startswith(only):
            yield partial(prepare, name)


def draw(found: list[Found], path: Path) -> None:
    """Draw all ratios with their quartiles, on a logarithmic axis, and the goals."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = [f"{each.name} ({each.peer})" for each in found]
    figure, axes = plt.subplots(figsize=(9, 1.4 + 0.36 * len(found)), layout="constrained")
    for at, each in enumerate(found):
        colour = {"C": "#332288", "1 thread": "#999933"}.get(each.peer, "#117733")
        axes.plot([each.low, each.high], [at, at], color=colour, linewidth=5, alpha=0.35, solid_capstyle="butt")
        axes.plot(each.ratio, at, "o", color=colour)
        shown = f"{each.ratio:.0f}" if each.ratio >= 10 else f"{each.ratio:.2f}"
        axes.annotate(shown, (each.ratio, at), (0, 6), textcoords="offset points", ha="center")
        if each.goal:
            axes.plot(each.goal, at, "|", color="#aa4466", markersize=16, markeredgewidth=2)
    axes.axvline(1.0, color="#888888", linewidth=1, zorder=0)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(range(len(found)), names)
    axes.set_ylim(len(found) - 0.4, -0.9)  # the first on top, with room for its number
    axes.set_xlabel("their time ÷ ours: median and quartiles; red: the goal")
    figure.suptitle("evosim's kernels beside the same in C, and beside other packages")
    figure.savefig(path, dpi=130)


def main() -> None:
    """Print the table; write what was measured, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of each row (default: {ROUNDS})")
    parser.add_argument("--only", default="", help="measure rows whose names begin so")
    parser.add_argument("--guard", action="store_true", help="measure what has a goal; fail at half of it")
    parser.add_argument("--json", type=Path, help="where to write what was measured")
    parser.add_argument("--figure", type=Path, help="where to draw it")
    arguments = parser.parse_args()
    for name, what in circumstances().items():
        print(f"{name + ':':<11}{what}")
    if not references.compiler():
        print("There is no C compiler here (set CC to one): rows beside C are left out.")
    print(f"\n{'what':<40}{'beside':<10}{'thr':>3}{'ours, ms':>11}{'theirs, ms':>11}{'ratio':>9}  quartiles   goal")
    found = []
    for prepare in chosen(arguments.only, arguments.guard):
        row = prepare()
        if not arguments.guard or (row.goal and row.threads == 1):
            found.append(measure(row, arguments.rounds))
            print_row(found[-1])
    slow = [each.name for each in found if arguments.guard and each.goal and each.ratio < each.goal / 2]
    if slow:
        raise SystemExit(f"slower than half of the goal: {', '.join(slow)}")
    if arguments.json:
        report = {"circumstances": circumstances(), "rounds": arguments.rounds, "rows": [f._asdict() for f in found]}
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    if arguments.figure:
        draw(found, arguments.figure)


if __name__ == "__main__":
    main()
