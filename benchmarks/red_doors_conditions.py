"""What each of the two proxies of red_doors contributes: redness, and dislike of blue.

    python benchmarks/red_doors_conditions.py --seeds 20

Populations are trained with both proxies (red_doors), with one (red_doors_without_blue, red_doors_without_red) or
with none (red_doors_decorrelated). The last generation of each lives in the four environments of red_doors_two_proxies
in which both fail, redness alone, dislike of blue alone, or neither: the same worlds and random draws for all. In
deployment it lives again with the weights of red, of blue or of both set to 0. Seeds start at 31, for those before
are the ones that docs/red_doors.md was written on. The seed is the unit, contributions are differences within seeds.
"""

import argparse
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import interval, last_generation, outcomes_in, with_interval
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import Generation
from evosim.simulation.laboratory import Laboratory

CONDITIONS = "red_doors_two_proxies"
TRAININGS = {
    "red_doors": "both proxies",
    "red_doors_without_blue": "redness only",
    "red_doors_without_red": "dislike of blue only",
    "red_doors_decorrelated": "neither",
}
BOTH, REDNESS, BLUE, NEITHER = "deployment", "uncoloured_door", "nothing_red", "no_proxies"  # what fails there
ENVIRONMENTS = {BOTH: "both", REDNESS: "redness alone", BLUE: "dislike of blue alone", NEITHER: "neither"}
WITHOUT = {"as evolved": (), "red = 0": ("red",), "blue = 0": ("blue",), "both 0": ("red", "blue")}
WEIGHTS = ("door", "red", "blue")
OBJECTS = ("door", "key", "gem", "ball")
FIRST_SEED = 31


class Result(NamedTuple):
    """What one run came to: shares of episodes, and mean weights of the population."""

    seed: int
    training: float  # door first
    first: dict[str, float]  # door first, by environment
    something: dict[str, float]  # something entered, by environment
    without: dict[str, float]  # door first in deployment, by which weights are 0
    weights: dict[str, float]


def measure(name: str, seed: int, overrides: Sequence[str] = ()) -> Result:
    """Train a population, and let its last generation live where proxies fail."""
    last = last_generation(name, seed, overrides)
    laboratory = Laboratory(load_scenario(CONDITIONS, overrides), seed)
    lived = {name: shares(laboratory, last.generation, name) for name in ENVIRONMENTS}
    return Result(
        seed,
        last.share("training", "entered_first.door"),
        {name: float(found[0]) for name, found in lived.items()},
        {name: float(found.sum()) for name, found in lived.items()},
        {what: float(shares(laboratory, last.generation, BOTH, names)[0]) for what, names in WITHOUT.items()},
        {name: last.loci[f"objective.{name}"] for name in WEIGHTS},
    )


def shares(laboratory: Laboratory, generation: Generation, environment: str, without: Sequence[str] = ()) -> np.ndarray:
    """Return the share of episodes in which each object is entered first, with some weights set to 0."""
    objective = generation.minds.objective.copy()
    objective[:, [laboratory.scenario.world.features.index(name) for name in without]] = 0.0
    minds = generation.minds._replace(objective=objective)
    outcomes = outcomes_in(environment, laboratory, generation, minds)
    return np.array([outcomes[:, :, laboratory.outcomes.index(f"entered_first.{o}")].mean() for o in OBJECTS])


CONTRIBUTIONS: dict[str, Callable[[Result], float]] = {
    "redness alone": lambda r: r.first[NEITHER] - r.first[REDNESS],
    "dislike of blue alone": lambda r: r.first[NEITHER] - r.first[BLUE],
    "both at once": lambda r: r.first[NEITHER] - r.first[BOTH],
    "both, beyond the sum": lambda r: r.first[REDNESS] + r.first[BLUE] - r.first[NEITHER] - r.first[BOTH],
}
RESTORED: dict[str, Callable[[Result], float]] = {
    "wanting redness removed": lambda r: r.without["red = 0"] - r.without["as evolved"],
    "dislike of blue removed": lambda r: r.without["blue = 0"] - r.without["as evolved"],
    "both removed": lambda r: r.without["both 0"] - r.without["as evolved"],
}


def write_share(values: Sequence[float]) -> str:
    """Write a mean share over seeds with its 95% interval, which ends at 0 and 1."""
    return with_interval(interval(values, np.mean, bounds=(0.0, 1.0)), "{:.2f}".format)


def write_mean(values: Sequence[float]) -> str:
    """Write a mean over seeds, of weights or differences of either sign, with its 95% interval."""
    return with_interval(interval(values, np.mean), "{:.2f}".format)


def tabulate(
    found: dict[str, list[Result]],
    columns: dict[str, Callable[[Result], float]],
    write: Callable[[Sequence[float]], str],
) -> str:
    """Write a row for each training and a column for each number."""
    lines = ["| trained with | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name, results in found.items():
        cells = [write([column(result) for result in results]) for column in columns.values()]
        lines.append(f"| {TRAININGS[name]} (`{name}`) | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def fields(field: str, names: dict[str, str]) -> dict[str, Callable[[Result], float]]:
    """Return columns that read one field of a result, by their headings."""
    return {heading: lambda r, name=name: getattr(r, field)[name] for name, heading in names.items()}  # type: ignore[misc]


def by_seed(results: Sequence[Result]) -> str:
    """Write a row for each seed of one training."""
    numbers = {**fields("first", ENVIRONMENTS), **fields("weights", {name: name for name in WEIGHTS})}
    lines = ["| seed | " + " | ".join(numbers) + " |", "|" + "---:|" * (1 + len(numbers))]
    lines += [
        f"| {result.seed} | " + " | ".join(f"{number(result):.2f}" for number in numbers.values()) + " |"
        for result in results
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds (default: 20)")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help=f"the first of them (default: {FIRST_SEED})")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    found = {name: [measure(name, seed) for seed in seeds] for name in TRAININGS}
    training: dict[str, Callable[[Result], float]] = {"training": lambda r: r.training}
    first = fields("first", ENVIRONMENTS)
    print(f"### Door first, by what fails\n\n{tabulate(found, {**training, **first}, write_share)}")
    ranges = tabulate(found, first, lambda values: f"{min(values):.2f} to {max(values):.2f}")
    print(f"\n### The same, lowest and highest seed\n\n{ranges}")
    print(f"\n### Something entered\n\n{tabulate(found, fields('something', ENVIRONMENTS), write_share)}")
    print(f"\n### Weights\n\n{tabulate(found, fields('weights', {name: name for name in WEIGHTS}), write_mean)}")
    print(f"\n### What each costs: doors lost\n\n{tabulate(found, CONTRIBUTIONS, write_mean)}")
    zeroed = fields("without", {words: words for words in WITHOUT})
    print(f"\n### Deployment, with weights set to 0\n\n{tabulate(found, zeroed, write_share)}")
    print(f"\n### Doors regained\n\n{tabulate(found, RESTORED, write_mean)}")
    print(f"\n### red_doors, by seed\n\n{by_seed(found['red_doors'])}")


if __name__ == "__main__":
    main()
