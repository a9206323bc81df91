"""Does a proxy pay while search is weak, and the base objective once it is strong? Three wants planted at each depth.

    python benchmarks/interdependence.py --worlds 2000

In keys_and_chests only chests pay, and a chest takes a key. Planners that want chests alone fetch keys only if they
look far enough ahead to see what these open; those that want keys alone open chests that they happen to walk over. Each
depth of tree search has planners of three wants, in the same fresh worlds: nothing evolves. The world is the unit, and
differences are paired. What counts was fixed before these worlds were drawn, from a look at others: keys − chests is
above 0 at depths 1 to 3 in training, and below 0 at 8 and 12. In the control, trained where keys are plentiful, keys
should pay less at every depth.
"""

import argparse
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import with_interval
from evosim.mind.expression import express
from evosim.mind.phenotype import select_minds
from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import mean_interval
from evosim.numerics.random import Stream, key_of
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory

SCENARIOS = ("keys_and_chests", "keys_and_chests_control")
DEPTHS = (1, 2, 3, 4, 6, 8, 12)
WANTS = {"chests": {"chest": 1.0}, "keys": {"key": 1.0}, "both": {"key": 1.0, "chest": 1.0}}
SEED = 20_261_130


class Found(NamedTuple):
    """Chests opened, by want and world `[3, W]`."""

    depth: int
    training: Reals
    deployment: Reals


def measure(name: str, depth: int, worlds: int, seed: int = SEED) -> Found:
    """Let planners of each want live in the same fresh worlds."""
    search = ['mind.planner.algorithm="tree_search"', f"mind.planner.horizon={depth}"]
    laboratory = Laboratory(load_scenario(name, search), seed)
    minds = express(laboratory.scenario, laboratory.layout, laboratory.optimizer().ask())
    features = laboratory.scenario.world.features
    planted = select_minds(minds, np.zeros(len(WANTS), np.int64))._replace(
        objective=np.array([[want.get(feature, 0.0) for feature in features] for want in WANTS.values()])
    )
    worlds_key, key = (key_of(seed, stream, 0) for stream in (Stream.MEASURED_WORLDS, Stream.MEASURED_LIVES))
    chests = laboratory.outcomes.index("entered.chest")
    ids = np.zeros(len(WANTS), np.int64)
    opened = (
        laboratory.live(environment, planted, ids, worlds_key, key, worlds).outcomes[:, :, chests]
        for environment in ("training", "deployment")
    )
    return Found(depth, *opened)


def row(found: Found) -> str:
    """Write a depth as a row: means in training, the two differences there, and means in deployment."""
    chests, keys, both = found.training
    cells = [f"{each.mean():.2f}" for each in found.training]
    cells += [with_interval(mean_interval(each - chests)) for each in (keys, both)]
    cells += [f"{each.mean():.2f}" for each in found.deployment]
    return f"| {found.depth} | " + " | ".join(cells) + " |"


def main() -> None:
    """Print a table for each scenario."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=2000, help="fresh worlds of each scenario (default: 2000)")
    asked = parser.parse_args()
    head = ("depth", *WANTS, "keys − chests", "both − chests", *(f"deployment: {want}" for want in WANTS))
    for name in SCENARIOS:
        print(f"\n### {name}\n\n| {' | '.join(head)} |\n|{'---:|' * len(head)}")
        for depth in DEPTHS:
            print(row(measure(name, depth, asked.worlds)), flush=True)


if __name__ == "__main__":
    main()
