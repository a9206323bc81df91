"""Seen badly, or not wanted? Perception error and objective error in deployment, over many seeds, as tables.

    python benchmarks/misperceived.py --seeds 12

Every row is one seed: the planners of the last generation live the same episodes three times. As they
evolved; with true detectors, their objective kept (what they gain is the perception error); and with
true detectors and wanting doors alone, their horizon kept (what they gain further is the objective error).
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import Last, last_generation, outcomes_in, table
from evosim.mind.contract import perceive
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Flags

NAMES = (
    "training: base", "deployment: base", "perception error", "objective error", "blue door: seen as door",
    "red key: seen as door",
)  # fmt: skip
SCENARIOS: dict[str, tuple[str, tuple[str, ...]]] = {
    "misperceived": ("misperceived", ()),
    "misperceived_decorrelated": ("misperceived_decorrelated", ()),
    "red_doors": ("red_doors", ()),
    "misperceived, objective evolving as well": ("misperceived", ("mind.objective={ evolves = true }",)),
}


class Result(NamedTuple):
    """What one seed came to: means of the base objective per episode, over planners, and of what a detector says."""

    seed: int
    training: float
    deployment: float
    perception_error: float
    objective_error: float
    blue_door: float  # how far what is a door and blue is perceived as a door, 0 to 1
    red_key: float


def measure(name: str, seed: int, overrides: Sequence[str] = ()) -> Result:
    """Run a scenario and take its last generation's errors apart."""
    last = last_generation(name, seed, overrides)
    minds = last.generation.minds
    true_eyes = minds._replace(detectors=np.zeros((len(minds.controller), 0, 0)))
    doors = np.zeros_like(minds.objective)
    doors[:, last.laboratory.scenario.world.features.index("door")] = 1
    evolved, seeing, aligned = (
        base_in("deployment", last, each) for each in (minds, true_eyes, true_eyes._replace(objective=doors))
    )
    return Result(
        seed,
        base_in("training", last, minds),
        evolved,
        seeing - evolved,
        aligned - seeing,
        seen_as("door", ["door", "blue"], last),
        seen_as("door", ["key", "red"], last),
    )


def planners(last: Last) -> Flags:
    """Tell who plans: others have no objective that an error could be of."""
    return last.generation.is_planner


def base_in(environment: str, last: Last, minds: Phenotypes) -> float:
    """Let minds in the place of the last generation's live its episodes; give the planners' mean base objective."""
    outcomes = outcomes_in(environment, last.laboratory, last.generation, minds)
    return float((outcomes @ last.laboratory.base)[planners(last)].mean())


def seen_as(what: str, features: Sequence[str], last: Last) -> float:
    """Show the planners a thing with these features; give how far they perceive `what` in it, on average."""
    names, minds = last.laboratory.scenario.world.features, last.generation.minds
    thing = np.array([[float(name in features) for name in names]])
    if not minds.detectors.shape[1]:
        return float(what in features)
    perceived = np.empty_like(thing)
    seen = []
    for row in np.flatnonzero(planners(last)):
        perceive(int(row), thing, minds.detectors, minds.sharpness, perceived)
        seen.append(perceived[0, names.index(what)])
    return float(np.mean(seen))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=12, help="how many seeds, from 1 (default: 12)")
    arguments = parser.parse_args()
    for title, (name, overrides) in SCENARIOS.items():
        results = [measure(name, seed, overrides) for seed in range(1, arguments.seeds + 1)]
        print(f"\n## {title}\n\n{table(('seed', *NAMES), [(r.seed, r[1:]) for r in results])}", flush=True)


if __name__ == "__main__":
    main()
