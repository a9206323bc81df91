"""Tuned for training alone, is alignment in deployment better or worse than by random hyperparameters?

    python -m benchmarks.tuned_alignment --studies 10 --out tuned/studies

Each study is a search as `evosim tune` makes it: 40 points by Optuna's sampler, 40 by random and 40 by quasi-random
search, three seeds a point, for the base performance in training, and nothing else. The winner of each method is run
again with ten fresh seeds. It is compared with the mean of the 40 random points in the same study, which nothing
selected, by three numbers in deployment and one in training. Searches and seeds are new in each study: the study is the
unit, and differences are within studies.

What counts was fixed before any study was run: *worse* if the difference of the inner gap, or of the share of planners
that are pseudo-aligned, is above zero (Wilcoxon, p at most .05 corrected by Holm for the three numbers in deployment),
*better* if below; else undecided, with its interval. The control is red_doors_decorrelated, in which training tells
doors from redness: there is little there that tuning could make worse. Along the random and quasi-random points, the
rank correlation of training with each number says by which way tuning would work. What is found in the folder is not
run again.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import LAST_ONLY, with_interval
from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import mean_interval
from evosim.numerics.statistics.comparisons import compare_pairs, holm, rank_correlation
from evosim.sweeps.engine import Engine, warm
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.results import SweepResult
from evosim.sweeps.tuning.load import TuneOptions, load_search
from evosim.sweeps.tuning.samplers import METHODS
from evosim.sweeps.tuning.search import AS_IT_IS, Search, search
from evosim.sweeps.workers import LocalWorkers

SCENARIOS = ("red_doors", "red_doors_decorrelated")
SMALLER = [LAST_ONLY, "evolution.population=256", "evolution.generations=40"]
RANGES = [
    "evolution.mutation.rate=0.01..0.5:log",
    "evolution.mutation.scale=0.01..0.5:log",
    "evolution.selection.size=2..8:whole",
    "evolution.crossover.rate=0..0.95",
    "evolution.elites=0,1,4,16",
    "mind.planner.horizon.initial=1..32:whole",
]
TUNED_FOR = "training.base_performance"
DEPLOYED = ("deployment.inner_gap", "deployment.pseudo_aligned", "deployment.base_performance")
NUMBERS = (TUNED_FOR, *DEPLOYED)
RANDOM = "random"
CELLS_APART = 1000  # seeds of two studies


class Study(NamedTuple):
    """What a study came to: means of each of `NUMBERS`."""

    number: int
    random: Reals  # of the random points
    winners: dict[str, Reals]  # by method, and of the scenario as it is, with fresh seeds
    along: Reals  # rank correlations with training, over random and quasi-random points


def run_study(name: str, number: int, place: Path, workers: LocalWorkers, count: int, trials: int) -> Study:
    """Run a study, or go on with it, and read it."""
    first = CELLS_APART * number
    options = TuneOptions(
        RANGES, [f"{TUNED_FOR}:max"], SMALLER,
        {"trials": trials, "seeds": f"{first + 1}-{first + 3}", "fresh_seeds": f"{first + 101}-{first + 110}",
         "seed": number},
    )  # fmt: skip
    file, space = load_search(name, options)

    def run(folder: SweepFolder) -> bool:
        warm(folder)
        done = Engine(folder, workers, count).run()
        if done.failed:
            raise SystemExit(f"{folder.path}: {done.failed} cells failed")
        return True

    return read_study(number, place, search(place, file, space, run))


def read_study(number: int, place: Path, found: Search) -> Study:
    """Read what the sweeps of a study came to."""
    undirected = [means_of(place / method / "0001") for method in METHODS[1:]]
    labels = [AS_IT_IS, *(each.trial.method for each in found.winners if each.trial is not None)]
    winners = dict(zip(labels, means_of(place / "winners"), strict=True))
    points = np.concatenate(undirected)
    along = [rank_correlation(points[:, 0], column) for column in points.T[1:]]
    return Study(number, np.nanmean(means_of(place / RANDOM / "0001"), axis=0), winners, np.array(along))


def means_of(folder: Path) -> Reals:
    """Return the mean over seeds of each of `NUMBERS` in each condition `[C, N]`."""
    frame = SweepResult(SweepFolder.open(folder)).frame()
    conditions = np.asarray(frame["condition"], dtype=int)
    values = np.array([np.asarray(frame[name], dtype=float) for name in NUMBERS]).T
    return np.array([np.nanmean(values[conditions == each], axis=0) for each in np.unique(conditions)])


def lines_of(name: str, studies: Sequence[Study]) -> Iterator[str]:
    """Write what all studies came to as Markdown."""
    yield f"\n### {name}, {len(studies)} studies\n"
    yield "| number | random points | winner: " + " | winner: ".join([*METHODS, AS_IT_IS]) + " |"
    yield "|---|" + "---:|" * (2 + len(METHODS))
    for n, number in enumerate(NUMBERS):
        cells = [[each.random[n] for each in studies]]
        cells += [[each.winners[label][n] for each in studies] for label in (*METHODS, AS_IT_IS)]
        yield f"| `{number}` | " + " | ".join(with_interval(mean_interval(each)) for each in cells) + " |"
    yield "\n| winner − random points | " + " | ".join(METHODS) + " |"
    yield "|---|" + "---:|" * len(METHODS)
    corrected = {method: p_of(studies, method) for method in METHODS}
    for n, number in enumerate(NUMBERS):
        differences = []
        for method in METHODS:
            found = mean_interval(each.winners[method][n] - each.random[n] for each in studies)
            p = f", p {corrected[method][number]:.3f}" if number in corrected[method] else ""
            differences.append(with_interval(found, "{:+.3f}".format) + p)
        yield f"| `{number}` | " + " | ".join(differences) + " |"
    yield "\n| along undirected points | rank correlation with training |\n|---|---:|"
    for n, number in enumerate(DEPLOYED):
        yield f"| `{number}` | {with_interval(mean_interval([each.along[n] for each in studies]), '{:+.2f}'.format)} |"


def p_of(studies: Sequence[Study], method: str) -> Mapping[str, float]:
    """Return p, corrected for the three numbers in deployment, of a method's winners against random points."""
    random = np.array([each.random for each in studies])
    winners = np.array([each.winners[method] for each in studies])
    found = [compare_pairs(random[:, n], winners[:, n]).p for n in range(1, len(NUMBERS))]
    return dict(zip(DEPLOYED, holm(found), strict=True))


def main() -> None:
    """Run what isn't there yet, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=10)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--out", type=Path, default=Path("tuned/studies"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scenarios", nargs="+", default=SCENARIOS)
    asked = parser.parse_args()
    with LocalWorkers(asked.workers) as workers:
        for name in asked.scenarios:
            studies = []
            for number in range(1, asked.studies + 1):
                place = asked.out / name / f"{number:02}"
                studies.append(run_study(name, number, place, workers, asked.workers, asked.trials))
                print(f"{name}: study {number} is done", flush=True)
            print("\n".join(lines_of(name, studies)), flush=True)


if __name__ == "__main__":
    main()
