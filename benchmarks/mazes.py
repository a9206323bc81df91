"""Where search pays: one maze, a few, or ever new ones, at three prices of thinking, over seeds.

    python benchmarks/mazes.py --choose
    python benchmarks/mazes.py

The first command chooses the middle price, on seeds of its own, by a rule that looks neither at who wins nor at
fixed_maze: the lowest price of the ladder at which, in many_mazes, heuristics evolved alone come to more base objective
than planners evolved alone. The second tests on other seeds: whole runs at no price, the middle one and four times it,
their last generations measured where they were trained and in mazes they never saw; then the dose curve, at the middle
price, over the number of different mazes in training. The seed is the unit, and where mazes are few it draws them too.

What counts was settled before these seeds were run: whether at the middle price planners win in more seeds of
many_mazes than of fixed_maze (Fisher's exact test, .05), and whether their share rises with the number of mazes
(Spearman over runs, 95% interval above 0).
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import last_generation, written
from evosim.numerics.intervals import UNBOUNDED, jackknife_interval, mean_interval, share_interval
from evosim.numerics.statistics.comparisons import compare_counts, rank_correlation

SCENARIOS = ("many_mazes", "fixed_maze")
LADDER = (0.0001, 0.0002, 0.0004, 0.0008, 0.0016)
MIDDLE = 0.0004  # chosen by --choose
PRICES = (0.0, MIDDLE, 4 * MIDDLE)
DOSES = (1, 2, 4, 16, 64, 0)  # different mazes in training; 0: ever new ones
ADDED = 2  # after 1 and 4 had been seen, so the correlation leaves it out
CHOOSING, TESTING = 101, 13  # first seeds
NAMES = ("planners", "bottle caps", "heuristics", "horizon", "door", "door elsewhere")
LONGEST = 32.0  # horizon
SHARE = (0.0, 1.0)
ALONE = {"base objective": UNBOUNDED, "door": SHARE, "door elsewhere": SHARE}  # what minds of one kind come to


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
        float(minds.is_of(kind).mean()) for kind in ("planner", "open_loop", "heuristic")
    )
    return Result(
        planners,
        open_loop,
        heuristics,
        float(last.population["planning_mean"] or 0) if planners >= 0.5 else float("nan"),
        last.share("training", "entered_first.door"),
        last.share("elsewhere", "entered_first.door"),
    )


def alone(name: str, kind: str, price: float, seed: int) -> tuple[float, float, float]:
    """Run a scenario with one kind of mind; return the base objective, and doors reached here and elsewhere."""
    last = last_generation(name, seed, [f"mind.controllers={{ {kind} = 1 }}", f"objectives.base.thinking={-price}"])
    return (
        last.share("training", "base_mean"),
        last.share("training", "entered_first.door"),
        last.share("elsewhere", "entered_first.door"),
    )


def shown(column: Sequence[float], bounds: tuple[float, float]) -> str:
    """Write a mean over seeds with its interval; of what lies within `bounds`."""
    if np.isnan(column).all():
        return "–"
    mean, low, high = mean_interval(column, bounds=bounds)
    return f"**{written(mean)}** [{written(low)}, {written(high)}]"


def row_of(results: Sequence[Result]) -> str:
    """Write in how many runs planners are the majority, and the means over seeds."""
    won = sum(result.planners > 0.5 for result in results)
    _, low, high = share_interval(won, len(results))
    bounds = [(0.0, LONGEST) if name == "horizon" else SHARE for name in NAMES]
    return " | ".join(
        [f"{won} of {len(results)} [{low:.2f}, {high:.2f}]", *map(shown, zip(*results, strict=True), bounds)]
    )


def choose(seeds: Sequence[int]) -> None:
    """Print what planners and heuristics come to alone in many_mazes, price by price, and the price chosen."""
    print("| price | planners alone | heuristics alone |\n|---:|---:|---:|")
    heuristics = [alone("many_mazes", "heuristic", 0.0, seed)[0] for seed in seeds]  # they don't pay for thinking
    chosen = []
    for price in LADDER:
        planners = [alone("many_mazes", "planner", price, seed)[0] for seed in seeds]
        print(f"| {price} | {shown(planners, UNBOUNDED)} | {shown(heuristics, UNBOUNDED)} |", flush=True)
        if np.mean(heuristics) > np.mean(planners):
            chosen.append(price)
    print(f"\nchosen: {chosen[0] if chosen else 'none'}")


def print_prices(seeds: Sequence[int]) -> None:
    """Print all kinds of minds at three prices, and each kind alone at the middle price on half as many seeds."""
    print("\n| | price | planners win | " + " | ".join(NAMES) + " |")
    print("|---|---:|---:|" + "---:|" * len(NAMES))
    p_values = []
    for price in PRICES:
        found = {name: [measure(name, price, seed) for seed in seeds] for name in SCENARIOS}
        for name, results in found.items():
            print(f"| {name} | {price} | {row_of(results)} |", flush=True)
        many, fixed = (sum(result.planners > 0.5 for result in results) for results in found.values())
        p_values.append(f"{price}: {compare_counts(many, len(seeds), fixed, len(seeds)).p:.3g}")
    print(f"\nFisher's exact test of many mazes and one, by price: {', '.join(p_values)}")
    print(f"\n| | mind | {' | '.join(ALONE)} |\n|---|---|---:|---:|---:|")
    for name in SCENARIOS:
        for kind in ("planner", "heuristic", "open_loop"):
            rows = [alone(name, kind, MIDDLE, seed) for seed in seeds[: len(seeds) // 2]]
            columns = map(shown, zip(*rows, strict=True), ALONE.values())
            print(f"| {name} | {kind} | " + " | ".join(columns) + " |", flush=True)


def print_doses(seeds: Sequence[int]) -> None:
    """Print who wins by the number of different mazes in training, and the rank correlation of planners with it."""
    print("\n| mazes | planners win | " + " | ".join(NAMES) + " |\n|---:|---:|" + "---:|" * len(NAMES))
    planners = {}
    for dose in DOSES:
        results = [measure("many_mazes", MIDDLE, seed, [f"environments.training.worlds={dose}"]) for seed in seeds]
        planners[dose] = [result.planners for result in results]
        print(f"| {dose or 'ever new'} | {row_of(results)} |", flush=True)
    shares = np.array([row for dose, row in planners.items() if dose != ADDED])  # [doses, seeds]
    print(f"\nSpearman of planners with the number of mazes: {trend(shares)}")


def trend(shares: np.ndarray) -> str:
    """Write the rank correlation of shares `[doses, seeds]` with the dose over all runs; seeds are the units."""

    def correlation(seeds: np.ndarray) -> float:
        some = shares[:, seeds]
        rank = np.repeat(np.arange(len(some)), len(seeds))
        return float(np.arctanh(rank_correlation(rank.astype(np.float64), some.ravel())))

    middle, low, high = np.tanh(jackknife_interval(correlation, shares.shape[1]))
    return f"{middle:+.2f} [{low:+.2f}, {high:+.2f}]"


def main() -> None:
    """Choose the price, or print the tables of the test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--choose", action="store_true", help="choose the middle price")
    parser.add_argument("--seeds", type=int, default=12, help="how many seeds (default: 12)")
    parser.add_argument(
        "--first", type=int, help=f"the first of them (default: {CHOOSING} to choose, {TESTING} to test)"
    )
    arguments = parser.parse_args()
    first = arguments.first or (CHOOSING if arguments.choose else TESTING)
    seeds = range(first, first + arguments.seeds)
    if arguments.choose:
        choose(seeds)
    else:
        print_prices(seeds)
        print_doses(seeds)


if __name__ == "__main__":
    main()
