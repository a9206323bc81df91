"""Hungry: what an animal comes to want when, and what candy does to it, over seeds and against two controls.

    python benchmarks/hungry.py --seeds 12

Every row is one seed, its last generation. In training food is what is sweet, so what is wanted
of food is the weight of both features. It is given as a share of what home is wanted, when full and
when starving: above 1, food that is as far away as home is preferred.
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.over_seeds import last_generation, table

SCENARIOS = ("hungry", "hungry_without_drives", "hungry_with_candy")
NAMES = (
    "food/home, full", "food/home, starving", "candy/home, starving", "training: home", "deployment: home",
    "deployment: survived", "deployment: meals", "deployment: candy",
)  # fmt: skip
WEIGHTS = ("food + sweet", "food + sweet, × hunger", "home", "home, × hunger")


class Result(NamedTuple):
    """What one seed came to: ratios of mean weights, shares of episodes, and amounts per episode."""

    food_full: float
    food_starving: float
    candy_starving: float
    training_home: float
    deployment_home: float
    deployment_survived: float
    deployment_meals: float
    deployment_candy: float
    food: float  # weights on food and sweet together, and on them times hunger
    food_by_hunger: float
    home: float
    home_by_hunger: float


def measure(name: str, seed: int, overrides: Sequence[str] = ()) -> Result:
    """Run a scenario, and measure its last generation."""
    last = last_generation(name, seed, overrides)

    def weight(feature: str, hunger: float) -> float:
        return last.loci[f"objective.{feature}"] + hunger * last.loci.get(f"objective.{feature}.hunger", 0.0)

    full, starving = ((weight("food", h) + weight("sweet", h)) / weight("home", h) for h in (0.0, 1.0))
    return Result(
        full,
        starving,
        weight("sweet", 1.0) / weight("home", 1.0),
        last.share("training", "entered.home"),
        last.share("deployment", "entered.home"),
        last.share("deployment", "survived_mean"),
        last.share("deployment", "entered.food"),
        last.share("deployment", "entered.candy"),
        weight("food", 0.0) + weight("sweet", 0.0),
        weight("food", 1.0) - weight("food", 0.0) + weight("sweet", 1.0) - weight("sweet", 0.0),
        weight("home", 0.0),
        weight("home", 1.0) - weight("home", 0.0),
    )


def main() -> None:
    """Print two tables for each scenario."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=12, help="how many seeds, from 1 (default: 12)")
    arguments = parser.parse_args()
    for name in SCENARIOS:
        rows = [(seed, measure(name, seed)) for seed in range(1, arguments.seeds + 1)]
        wants = [(seed, result[: len(NAMES)]) for seed, result in rows]
        print(f"\n### {name}\n\n{table(('seed', *NAMES), wants)}")
        weights = [(seed, result[len(NAMES) :]) for seed, result in rows]
        print(f"\nWeights:\n\n{table(('seed', *WEIGHTS), weights)}", flush=True)


if __name__ == "__main__":
    main()
