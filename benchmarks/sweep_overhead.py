"""Measure what a sweep adds to its runs: seconds per short cell, and the speed of two workers beside that of one.

    python -m benchmarks.sweep_overhead                  # 1,000 cells with each number of workers
    python -m benchmarks.sweep_overhead --cells 100

Cells are as short as can be: eight individuals, two generations. The same runs are made one after the other in one
process, without a sweep; the difference is the overhead. What takes turns: runs without a sweep, one worker, two, and a
probe in C, the same lives by one thread and by two, which says what the machine's second core gives at that moment.
Starting workers is not counted. Medians of rounds, with the range of the middle half.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks import references
from benchmarks.speed_rows import Ground, ground
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from evosim.sweeps.engine import Engine, warm
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.load import SweepOptions, load_sweep
from evosim.sweeps.workers import LocalWorkers

SHORT = ["evolution.population=8", "evolution.generations=2", "evolution.episodes=1", "measure.episodes=2"]
ROUNDS = 10
PROBES = 16  # calls of the probe, which its threads share


def probe_seconds(on: Ground, count: int) -> float:
    """Return the seconds that lives of planners take in C on `count` threads, which hold no lock meanwhile."""
    began = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        for _ in pool.map(lambda key: references.planner_lives(*on, key), map(key_of, range(PROBES))):
            pass
    return time.perf_counter() - began


def seconds_alone(place: Path, seeds: range) -> float:
    """Return the seconds that runs take one after the other, without a sweep."""
    scenario = load_scenario("red_doors", SHORT)
    with threads.using(1):
        began = time.perf_counter()
        for seed in seeds:
            run(scenario, seed, place / f"{seed}.evosim").close()
        return time.perf_counter() - began


def folder_of(place: Path, seeds: range) -> SweepFolder:
    """Make the folder of a sweep of short cells."""
    return SweepFolder.create(place, load_sweep("red_doors", SweepOptions((), SHORT, f"{seeds[0]}-{seeds[-1]}")))


def seconds_of_sweep(place: Path, seeds: range, workers: LocalWorkers, count: int) -> float:
    """Return the seconds that all cells take."""
    folder = folder_of(place, seeds)
    began = time.perf_counter()
    found = Engine(folder, workers, count).run()
    assert found.done == len(seeds)
    return time.perf_counter() - began


def said(numbers: list[float], digits: int = 1) -> str:
    """Say the median and the middle half of some numbers."""
    low, middle, high = np.quantile(numbers, [0.25, 0.5, 0.75])
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=1000, help="in all rounds, each way (default: 1000)")
    each = max(2, parser.parse_args().cells // ROUNDS)
    probe = ground("mind.controllers={planner=1}") if references.compiler() else None
    if probe is None:
        print("no C compiler here: how two threads scale without a sweep is not measured")
    taken: dict[str, list[float]] = {name: [] for name in ("alone", "1", "2", "C 1", "C 2")}
    with tempfile.TemporaryDirectory() as place:
        warm(folder_of(Path(place, "kernels"), range(2)))
        with LocalWorkers(1) as one, LocalWorkers(2) as two:
            for turn in range(ROUNDS + 1):  # the first, in which all load their kernels, doesn't count
                seeds = range(each * turn, each * (turn + 1))
                at = Path(place, str(turn))
                at.mkdir()
                found = {
                    "alone": seconds_alone(at, seeds),
                    "1": seconds_of_sweep(at / "one", seeds, one, 1),
                    "2": seconds_of_sweep(at / "two", seeds, two, 2),
                }
                if probe is not None:
                    found |= {"C 1": probe_seconds(probe, 1), "C 2": probe_seconds(probe, 2)}
                for name, seconds in found.items() if turn else ():
                    taken[name].append(seconds)
    ms = {name: [1000 * seconds / each for seconds in taken[name]] for name in ("alone", "1", "2")}
    print(f"{ROUNDS} rounds of {each} cells on {os.cpu_count()} processors; medians [middle half]")
    print(f"without a sweep     {said(ms['alone'])} ms a run")
    print(f"1 worker            {said(ms['1'])} ms a cell")
    print(f"2 workers           {said(ms['2'])} ms a cell")
    print(f"overhead            {said([b - a for a, b in zip(ms['alone'], ms['1'], strict=True)])} ms a cell")
    print(f"1 to 2 workers      {said([a / b for a, b in zip(ms['1'], ms['2'], strict=True)], 2)}")
    if probe is not None:
        scaling = [a / b for a, b in zip(taken["C 1"], taken["C 2"], strict=True)]
        print(f"1 to 2 threads in C {said(scaling, 2)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
