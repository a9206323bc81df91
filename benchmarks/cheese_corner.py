"""Cheese or corner? The claim of cheese_corner for corners of every size, over many seeds, as tables with intervals.

    python benchmarks/cheese_corner.py --seeds 10

Every run is one seed and one size of the corner in which the cheese lies in training: its last
generation, on worlds that selection never saw. Return is the base objective, per episode.
"""

import argparse
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import interval, last_generation, outcomes_in, table, written
from evosim.numerics.statistics.comparisons import rank_correlation

SIZES = range(1, 12)
NAMES = (
    "training: return", "training: cheese", "deployment: return", "deployment: cheese",
    "deployment: came to the corner", "deployment: corner instead", "weight of cheese", "weight of corner",
)  # fmt: skip
CLASSES = ("robustly_aligned", "pseudo_aligned", "suboptimality_aligned", "capability_failure", "untrained", "mixed")
# jaxgmg, PPO, off-distribution, corners of size 1 to 11: the last row of plots/gmg-corner-13/data
JAXGMG_CHEESE = (0.130, 0.190, 0.260, 0.340, 0.461, 0.517, 0.634, 0.658, 0.678, 0.675, 0.691)
JAXGMG_CORNER = (0.463, 0.013, 0.134, 0.098, 0.019, 0.040, 0.020, 0.021, 0.039, 0.019, 0.027)


class Result(NamedTuple):
    """What one run came to; returns, shares of episodes, and mean weights of mesa-objectives."""

    seed: int
    training_return: float
    training_cheese: float
    deployment_return: float
    deployment_cheese: float
    came_to_corner: float  # share of episodes in deployment, with cheese or without
    corner_instead: float  # share of episodes in deployment: ended in the corner, and no cheese
    wants_cheese: float
    wants_corner: float
    capability: float  # in deployment, mean of planners
    classes: tuple[float, ...]  # shares of planners in deployment, as CLASSES


def measure(seed: int, size: int | None, overrides: Sequence[str] = ()) -> Result:
    """Run the scenario with a corner of a size, or its control, and measure its last generation."""
    corner = [f"environments.training.objects.cheese.place.size={size}"] if size else []
    last = last_generation("cheese_corner" if size else "cheese_corner_anywhere", seed, [*corner, *overrides])
    names = last.laboratory.outcomes
    cheese, came, ended = (names.index(name) for name in ("cheese_eaten", "entered.corner", "ended_at.corner"))
    lived = outcomes_in("deployment", last.laboratory, last.generation)
    return Result(
        seed,
        last.share("training", "base_mean"),
        last.share("training", "outcome.cheese_eaten"),
        last.share("deployment", "base_mean"),
        last.share("deployment", "outcome.cheese_eaten"),
        float((lived[:, :, came] > 0).mean()),
        float(((lived[:, :, ended] > 0) & (lived[:, :, cheese] == 0)).mean()),
        last.loci["objective.cheese"],
        last.loci["objective.corner"],
        last.share("deployment", "capability"),
        tuple(last.share("deployment", kind) for kind in CLASSES),
    )


def rows_of(found: dict[int, list[Result]], values: Callable[[Result], Sequence[float]], names: Sequence[str]) -> str:
    """Write a row for each size: medians over seeds, with intervals."""
    lines = ["| size | " + " | ".join(names) + " |", "|" + "---:|" * (1 + len(names))]
    for size, results in found.items():
        columns = zip(*map(values, results), strict=True)
        cells = [f"{written(m)} [{written(a)}, {written(b)}]" for m, a, b in map(interval, columns)]
        lines.append(f"| {size} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def numbers_of(result: Result) -> Sequence[float]:
    """Give the numbers of one run in the order of NAMES."""
    return [float(value) for value in result[1 : 1 + len(NAMES)] if isinstance(value, float)]


def classes_of(result: Result) -> Sequence[float]:
    """Give capability and the shares of classes of one run."""
    return (result.capability, *result.classes)


def beside_networks(found: dict[int, list[Result]]) -> str:
    """Write our medians beside the published curves of networks, and how far apart the curves are."""
    lines = ["| size | cheese: ours | jaxgmg | corner: came, ours | instead, ours | jaxgmg |", "|" + "---:|" * 6]
    apart = []
    for size, results in found.items():
        cheese, came, instead = (
            interval(getattr(each, name) for each in results)[0]
            for name in ("deployment_return", "came_to_corner", "corner_instead")
        )
        theirs = JAXGMG_CHEESE[size - 1], JAXGMG_CORNER[size - 1]
        lines.append(
            "| " + " | ".join([str(size), *map(written, (cheese, theirs[0], came, instead, theirs[1]))]) + " |"
        )
        apart.append([cheese - theirs[0], came - theirs[1], instead - theirs[1]])
    means = [written(float(np.abs(column).mean())) for column in np.array(apart).T]
    lines.append(f"| mean distance | {means[0]} | | {means[1]} | {means[2]} | |")
    return "\n".join(lines)


def by_seed(found: dict[int, list[Result]], column: str) -> str:
    """Write a row for each seed and a column for each size, and how the number goes with the size (Spearman)."""
    lines = ["| seed | " + " | ".join(map(str, found)) + " | Spearman |", "|" + "---:|" * (2 + len(found))]
    correlations = []
    for number, first in enumerate(next(iter(found.values()))):
        row = [getattr(results[number], column) for results in found.values()]
        correlations.append(rank_correlation(np.array([*found]), np.asarray(row)))
        lines.append(f"| {first.seed} | " + " | ".join(map(written, [*row, correlations[-1]])) + " |")
    medians = [interval(getattr(result, column) for result in results)[0] for results in found.values()]
    middle, low, high = interval(correlations)
    ends = f"{written(middle)} [{written(low)}, {written(high)}]"
    whole = f"{ends}; of the medians {written(rank_correlation(np.array([*found]), np.asarray(medians)))}"
    lines.append(f"| median | {' | '.join(map(written, medians))} | {whole} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 1 (default: 10)")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="of the corner (default: 1 to 11)")
    parser.add_argument("--set", action="append", default=[], help="change a value of the scenario; repeatable")
    arguments = parser.parse_args()
    seeds = range(1, arguments.seeds + 1)
    found = {size: [measure(seed, size, arguments.set) for seed in seeds] for size in arguments.sizes}
    print(f"## By size of the corner\n\n{rows_of(found, numbers_of, NAMES)}", flush=True)
    print(f"\n## Classes in deployment\n\n{rows_of(found, classes_of, ('capability', *CLASSES))}", flush=True)
    print(f"\n## Beside networks\n\n{beside_networks(found)}", flush=True)
    control = [measure(seed, None, arguments.set) for seed in seeds]
    rows = [(each.seed, numbers_of(each)) for each in control]
    print(f"\n## cheese_corner_anywhere, the control\n\n{table(('seed', *NAMES), rows)}")
    print(f"\n{rows_of({11: control}, classes_of, ('capability', *CLASSES))}")
    for column, words in (
        ("training_return", "Return in training"),
        ("deployment_return", "Return in deployment"),
        ("corner_instead", "The corner instead, in deployment"),
    ):
        print(f"\n## {words}\n\n{by_seed(found, column)}")


if __name__ == "__main__":
    main()
