"""Measure what a sweep adds to its runs: seconds per short cell, and the speed of two workers beside that of one.

    python benchmarks/sweep_overhead.py                  # 1,000 cells
    python benchmarks/sweep_overhead.py --cells 100

Cells are as short as can be: eight individuals, two generations. The same runs are made one after the other in one
process, without a sweep; the difference is the overhead. Starting workers is counted apart. On a busy machine only the
ratios mean something.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from evosim.numerics.compiler import threads
from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from evosim.sweeps.engine import Engine, warm
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.load import SweepOptions, load_sweep
from evosim.sweeps.workers import LocalWorkers

SHORT = ["evolution.population=8", "evolution.generations=2", "evolution.episodes=1", "measure.episodes=2"]


def seconds_alone(place: Path, cells: int) -> float:
    """Return the seconds that runs take one after the other, without a sweep."""
    scenario = load_scenario("red_doors", SHORT)
    with threads.using(1):
        run(scenario, 0, place / "first.evosim").close()
        began = time.perf_counter()
        for seed in range(1, cells + 1):
            run(scenario, seed, place / f"{seed}.evosim").close()
        return time.perf_counter() - began


def seconds_of_sweep(place: Path, cells: int, count: int) -> tuple[float, float]:
    """Return the seconds until all workers have started, and those that all cells take."""
    folder = SweepFolder.create(place, load_sweep("red_doors", SweepOptions((), SHORT, f"1-{cells}")))
    warm(folder)
    began = time.perf_counter()
    with LocalWorkers(count) as workers:
        first = SweepFolder.create(place.with_name(f"{place.name}-first"), load_sweep(
            "red_doors", SweepOptions((), SHORT, f"1-{count}")))  # fmt: skip
        Engine(first, workers, count).run()  # each loads its kernels
        started = time.perf_counter()
        found = Engine(folder, workers, count).run()
        assert found.done == cells
        return started - began, time.perf_counter() - started


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=1000)
    cells = parser.parse_args().cells
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "alone").mkdir()
        alone = seconds_alone(place / "alone", cells)
        print(f"without a sweep: {1000 * alone / cells:.1f} ms a run", flush=True)
        times = {}
        for count in (1, 2):
            start, times[count] = seconds_of_sweep(place / f"sweep{count}", cells, count)
            print(
                f"{count} workers: started in {start:.1f} s, then {1000 * times[count] / cells:.1f} ms a cell",
                flush=True,
            )
        print(
            f"overhead {1000 * (times[1] - alone) / cells:.1f} ms a cell; 2 workers {times[1] / times[2]:.2f} × as fast"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
