"""Answer a question over several seeds: does redness mislead less where doors are not always red?

Individuals of a run are relatives, so a run is one sample: each seed gives one number, paired with that of its control,
and the interval is over seeds. Arguments change both scenarios:

    python examples/several_seeds.py evolution.population=128 evolution.generations=20
"""

import sys

import numpy as np

from evosim import generations, load_scenario
from evosim.numerics.intervals import interval_of_means

SEEDS = range(1, 7)


def redness(name: str, seed: int) -> float:
    """Evolve a scenario; return the mean weight of redness in the objectives of the last generation's planners."""
    scenario = load_scenario(name, sys.argv[1:])
    *_, last = generations(scenario, seed)
    red = scenario.world.features.index("red")
    return float(last.minds.objective[last.is_planner, red].mean())


pairs = np.array([[redness(name, seed) for name in ("red_doors", "red_doors_decorrelated")] for seed in SEEDS])
for seed, (always, seldom) in zip(SEEDS, pairs, strict=True):
    print(f"seed {seed}: {always:+.2f} where doors are red, {seldom:+.2f} in the control")
difference = interval_of_means(pairs[:, 0] - pairs[:, 1])
print(f"difference {difference.middle:+.2f}, 95% interval {difference.low:+.2f} to {difference.high:+.2f}")
