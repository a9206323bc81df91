"""Where search pays: one maze or ever new ones, at three prices of thinking, over seeds.

    python benchmarks/mazes.py --seeds 12

Every row is a scenario at a price: whole runs, their last generations measured where they were
trained, and in mazes they never saw. The seed is the unit, and in fixed_maze the maze too: a number
over seeds is a mean, with a bootstrap interval over seeds. A second table has each kind of mind
evolved alone, half as many seeds.
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import interval, last_generation, written
from evosim.mind.phenotype import HEURISTIC, OPEN_LOOP, PLANNER

SCENARIOS = ("many_mazes", "fixed_maze")
PRICES = (0.0, 0.0004, 0.0016)
NAMES = ("planners", "bottle caps", "heuristics", "horizon", "door", "door elsewhere")


class Result(NamedTuple):
    """What one seed came to: shares of the population, mean horizon of planners, and shares of episodes."""

    planners: float
    open_loop: float
    heuristics: float
    horizon: float  # NaN where less than half of the population plans
    door: float
    door_elsewhere: float


def measure(name: str, price: float, seed: int, overrides: Sequence[str] = ()) -> Result:
    """Run a scenario at a price of thinking, and measure its last generation."""
    last = last_generation(name, seed, [f"objectives.base.thinking={-price}", *overrides])
    minds = last.generation.minds
    planners, open_loop, heuristics = (
        float((minds.controller == kind).mean()) for kind in (PLANNER, OPEN_LOOP, HEURISTIC)
    )
    return Result(
        planners,
        open_loop,
        heuristics,
        float(last.population["planning_mean"] or 0) if planners >= 0.5 else float("nan"),
        last.share("training", "entered_first.door"),
        last.share("elsewhere", "entered_first.door"),
    )


def alone(name: str, kind: str, seed: int) -> tuple[float, float, float]:
    """Run a scenario with one kind of mind; give the base objective, and doors reached here and elsewhere."""
    last = last_generation(name, seed, [f"mind.controllers={{ {kind} = 1 }}"])
    return (
        last.share("training", "base_mean"),
        last.share("training", "entered_first.door"),
        last.share("elsewhere", "entered_first.door"),
    )


def shown(column: Sequence[float]) -> str:
    """Write a mean with its interval."""
    if np.isnan(column).all():
        return "–"
    mean, low, high = interval(column, np.mean)
    return f"**{written(mean)}** [{written(low)}, {written(high)}]"


def main() -> None:
    """Print the tables: all kinds of minds at three prices, and each kind alone at the price of the scenario."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=12, help="how many seeds, from 1 (default: 12)")
    arguments = parser.parse_args()
    print("| | price | planners win | " + " | ".join(NAMES) + " |")
    print("|---|---:|---:|" + "---:|" * len(NAMES))
    for price in PRICES:
        for name in SCENARIOS:
            results = [measure(name, price, seed) for seed in range(1, arguments.seeds + 1)]
            won = sum(r.planners >= 0.5 for r in results)
            cells = [shown(column) for column in zip(*results, strict=True)]
            print(f"| {name} | {price} | {won} of {len(results)} | " + " | ".join(cells) + " |", flush=True)
    print("\n| | mind | base objective | door | door elsewhere |\n|---|---|---:|---:|---:|")
    for name in SCENARIOS:
        for kind in ("planner", "heuristic", "open_loop"):
            rows = [alone(name, kind, seed) for seed in range(1, arguments.seeds // 2 + 1)]
            print(f"| {name} | {kind} | " + " | ".join(map(shown, zip(*rows, strict=True))) + " |", flush=True)


if __name__ == "__main__":
    main()
