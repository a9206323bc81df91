"""The claim of red_doors, over many seeds and against its control, as a table with intervals.

    python benchmarks/red_doors.py --seeds 20

Every row is one seed: the last generation of a whole run, measured on worlds that selection
never saw. The seed is the unit: medians come with a 95% interval over seeds.
"""

import argparse
from typing import NamedTuple

from benchmarks.over_seeds import last_generation, table

NAMES = ("training: door", "deployment: door", "deployment: something", "red instead", "planners", "horizon")


class Result(NamedTuple):
    """What one seed came to; shares of episodes, but for the planners, a share of individuals."""

    seed: int
    training_door: float
    deployment_door: float
    deployment_something: float
    red_instead: float  # of what is entered first in deployment and is not a door, the share that is red
    planners: float
    horizon: float


def measure(name: str, seed: int) -> Result:
    """Run a scenario and measure its last generation."""
    last = last_generation(name, seed)
    door, key, gem, ball, nothing = (
        last.share("deployment", f"entered_first.{what}") for what in ("door", "key", "gem", "ball", "nothing")
    )
    instead = key + gem + ball
    return Result(
        seed,
        last.share("training", "entered_first.door"),
        door,
        1 - nothing,
        (key + gem) / instead if instead else float("nan"),
        float(last.population["optimizer_fraction"] or 0),
        float(last.population["planning_mean"] or 0),
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds, from 1 (default: 20)")
    arguments = parser.parse_args()
    for name in ("red_doors", "red_doors_decorrelated"):
        results = [measure(name, seed) for seed in range(1, arguments.seeds + 1)]
        print(f"\n## {name}\n\n{table(('seed', *NAMES), [(r.seed, r[1:]) for r in results])}", flush=True)


if __name__ == "__main__":
    main()
