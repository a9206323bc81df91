"""The claim of red_doors, over many seeds and against its control, as a table with intervals.

    python benchmarks/red_doors.py --seeds 20

Every row is one seed: the last generation of a whole run, measured on worlds that selection
never saw. The seed is the unit: medians come with a bootstrap interval over seeds.
"""

import argparse
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from evosim.experiment import Laboratory, generations
from evosim.scenario import load_scenario
from evosim.statistics import generation_row, measurement_rows

ROUNDS = 10_000


class Result(NamedTuple):
    """What one seed came to; shares of episodes, but for the planners, a share of individuals."""

    seed: int
    training_door: float
    deployment_door: float
    deployment_something: float
    red_instead: float  # of what is entered first in deployment and is no door, the share that is red
    planners: float
    horizon: float


def measure(name: str, seed: int) -> Result:
    """Run a scenario and measure its last generation."""
    scenario = load_scenario(name)
    (last,) = deque(generations(scenario, seed), maxlen=1)
    laboratory = Laboratory(scenario, seed)
    training, deployment = (row[-5:] for row in measurement_rows(laboratory, last))
    door, key, gem, ball, nothing = (float(share or 0.0) for share in deployment)
    instead = key + gem + ball
    row = generation_row(laboratory, last)
    red = (key + gem) / instead if instead else float("nan")
    return Result(seed, float(training[0] or 0), door, 1 - nothing, red, float(row[10] or 0), float(row[11] or 0))


def interval(values: Iterable[float]) -> tuple[float, float, float]:
    """Give the median over seeds, and its 95% bootstrap interval (percentile method, 10,000 rounds)."""
    known = np.array([value for value in values if not np.isnan(value)])
    drawn = np.random.default_rng(0).choice(known, (ROUNDS, len(known)))
    low, high = np.quantile(np.median(drawn, axis=1), [0.025, 0.975])
    return float(np.median(known)), float(low), float(high)


def table(results: list[Result]) -> str:
    """Write results as a Markdown table."""
    names = ["seed", "training: door", "deployment: door", "deployment: something"]
    names += ["red instead", "planners", "horizon"]
    lines = ["| " + " | ".join(names) + " |", "|" + "---:|" * len(names)]
    for result in results:
        shares = [f"{share:.3f}" for share in result[1:6]]
        lines.append("| " + " | ".join([str(result.seed), *shares, f"{result.horizon:.1f}"]) + " |")
    medians = []
    for column in zip(*(result[1:] for result in results), strict=True):
        middle, low, high = interval(column)
        digits = 1 if middle > 1 else 3
        medians.append(f"**{middle:.{digits}f}** [{low:.{digits}f}, {high:.{digits}f}]")
    return "\n".join([*lines, "| " + " | ".join(["median [95%]", *medians]) + " |"])


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds, from 1 (default: 20)")
    arguments = parser.parse_args()
    for name in ("red_doors", "red_doors_decorrelated"):
        print(f"\n## {name}\n\n{table([measure(name, seed) for seed in range(1, arguments.seeds + 1)])}", flush=True)


if __name__ == "__main__":
    main()
