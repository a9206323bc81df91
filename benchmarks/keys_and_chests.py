"""Keys and chests: what is wanted, and what it comes to where keys are plenty, by how plans are searched for.

    python benchmarks/keys_and_chests.py --seeds 10

Three searches, each trained where keys are scarce, and in the control where they are plenty. Every
row is one seed, its last generation. `without the wish` asks whether keys must be wanted for
themselves: the same minds live in training once more, their weight on keys set to 0.
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.over_seeds import Last, last_generation, table
from evosim.numerics.random import Stream, key_of

SCENARIOS = ("keys_and_chests", "keys_and_chests_control")
SEARCHES = {
    "value iteration": [],
    "tree, 2 moves": ['mind.planner.algorithm="tree_search"', "mind.planner.horizon=2"],
    "tree, 8 moves": ['mind.planner.algorithm="tree_search"', "mind.planner.horizon=8"],
}
NAMES = (
    "wants key", "wants chest", "key ≥ chest", "training: chests", "without the wish",
    "deployment: chests", "deployment: keys",
)  # fmt: skip


class Result(NamedTuple):
    """What one seed came to: mean weights, the share of individuals that want keys as much, and amounts per episode."""

    wants_key: float
    wants_chest: float
    prefer_key: float
    training_chests: float
    without_the_wish: float
    deployment_chests: float
    deployment_keys: float


def measure(name: str, seed: int, overrides: Sequence[str] = ()) -> Result:
    """Run a scenario, and measure its last generation."""
    last = last_generation(name, seed, overrides)
    key, chest = last.generation.minds.objective.T
    return Result(
        float(key.mean()),
        float(chest.mean()),
        float((key >= chest).mean()),
        last.share("training", "entered.chest"),
        chests_without_the_wish(last),
        last.share("deployment", "entered.chest"),
        last.share("deployment", "entered.key"),
    )


def chests_without_the_wish(last: Last) -> float:
    """Let the last generation live in the measured worlds of training again, not wanting keys; count chests opened."""
    laboratory, generation = last.laboratory, last.generation
    objective = generation.minds.objective.copy()
    objective[:, laboratory.scenario.world.features.index("key")] = 0.0
    lives = laboratory.live(
        "training",
        generation.minds._replace(objective=objective),
        generation.population.ids,
        key_of(last.seed, Stream.MEASURED_WORLDS, generation.number),
        key_of(last.seed, Stream.MEASURED_LIVES, generation.number),
        laboratory.scenario.measure.episodes,
    )
    return float(lives.outcomes[:, :, laboratory.outcomes.index("entered.chest")].mean())


def main() -> None:
    """Print a table for each search and scenario."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 1 (default: 10)")
    arguments = parser.parse_args()
    for search, overrides in SEARCHES.items():
        for name in SCENARIOS:
            rows = [(seed, measure(name, seed, overrides)) for seed in range(1, arguments.seeds + 1)]
            print(f"\n### {name}, {search}\n\n{table(('seed', *NAMES), rows)}", flush=True)


if __name__ == "__main__":
    main()
