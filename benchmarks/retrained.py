"""How fast the objective follows selection: the claim of retrained, over many seeds, as tables with intervals.

    python benchmarks/retrained.py --seeds 12

Every row is one seed. After the switch of selection to deployment, when is the door first
entered first in 80% and in 90% of episodes there? `red_doors` is the control: selection never
moves, but generations are counted from the same one. The last table is of other populations and rates.
"""

import argparse
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from benchmarks.over_seeds import LAST_ONLY, interval, outcomes_in, table, written
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import generations
from evosim.simulation.laboratory import Laboratory

SWITCH = 60  # as in scenarios/retrained.toml
EPISODES = 32  # each individual's, to tell how often the door is entered first in a generation
NAMES = ("before: door", "until 80%", "until 90%", "at the end: door", "at the end, training: door")
SHIPPED = "as shipped: population 512, mutation rate 0.2, scale 0.1"
VARIANTS = {
    "population 256": ("evolution.population=256",),
    "population 128": ("evolution.population=128",),
    "population 64": ("evolution.population=64",),
    "mutation rate 0.05": ("evolution.mutation.rate=0.05",),
    "population 128, mutation rate 0.05": ("evolution.population=128", "evolution.mutation.rate=0.05"),
    "population 128, mutation scale 0.3": ("evolution.population=128", "evolution.mutation.scale=0.3"),
}


class Result(NamedTuple):
    """What one seed came to: shares of episodes in which the door is entered first, and generations."""

    seed: int
    before: float  # in deployment, the generation before the switch
    until_80: float  # generations of selection after the switch; infinite if it never comes to that
    until_90: float
    final: float
    final_training: float


def measure(name: str, seed: int, overrides: Sequence[str] = ()) -> Result:
    """Run a scenario and follow what is entered first in deployment."""
    scenario = load_scenario(name, [LAST_ONLY, *overrides])
    laboratory = Laboratory(scenario, seed)
    door = laboratory.outcomes.index("entered_first.door")
    doors: dict[int, float] = {}
    for generation in generations(scenario, seed):
        if generation.number >= SWITCH - 1:
            lived = outcomes_in("deployment", laboratory, generation, episodes=EPISODES)
            doors[generation.number] = float(lived[:, :, door].mean())
    training = float(outcomes_in("training", laboratory, generation, episodes=EPISODES)[:, :, door].mean())

    def until(share: float) -> float:
        return min((number - SWITCH for number in doors if number > SWITCH and doors[number] >= share), default=inf)

    return Result(seed, doors[SWITCH - 1], until(0.8), until(0.9), doors[generation.number], training)


def compare(shipped: list[Result], seeds: range) -> str:
    """Compare populations and rates of mutation: a line each."""
    found = {SHIPPED: shipped}
    for words, overrides in VARIANTS.items():
        found[words] = [measure("retrained", seed, overrides) for seed in seeds]
    lines = ["| variant | door at the end | until 80% | seeds that never come to 80% |", "|---|---:|---:|---:|"]
    for words, results in found.items():
        never = sum(result.until_80 == inf for result in results)
        cells = [
            f"{written(middle)} [{written(low)}, {written(high)}]"
            for middle, low, high in (interval(r.final for r in results), interval(r.until_80 for r in results))
        ]
        lines.append(f"| {words} | {' | '.join(cells)} | {never} of {len(results)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=12, help="how many seeds, from 1 (default: 12)")
    arguments = parser.parse_args()
    seeds = range(1, arguments.seeds + 1)
    results = {}
    for name in ("retrained", "red_doors"):
        results[name] = [measure(name, seed) for seed in seeds]
        print(f"\n## {name}\n\n{table(('seed', *NAMES), [(r.seed, r[1:]) for r in results[name]])}", flush=True)
    print(f"\n## Other populations and rates of mutation\n\n{compare(results['retrained'], seeds)}")


if __name__ == "__main__":
    main()
