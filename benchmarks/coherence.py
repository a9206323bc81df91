"""Who is coherent: planners, heuristics and random choosers in budget mazes, with the power of the test.

    python benchmarks/coherence.py --seeds 8

Every agent collects what it will in 30 mazes with prices of their own and one budget of steps. A row of the first table
is a population of planted minds; a number is the median over agents with a 95% interval. Those who
spend little could hardly have been incoherent: *power* is the share of random choosers spending as
much, maze by maze, whom the test would have found out. A row of the second table is
evolved in mazes with other prices, to collect things of the first kind; the seed is the unit, and a number the
median over seeds of the mean over agents.
"""

import argparse
from typing import NamedTuple

import numpy as np
from scipy.stats import mannwhitneyu

from benchmarks.over_seeds import interval, written
from evosim.alignment.rationality.bronars import all_efficiencies, bronars_power, random_efficiencies
from evosim.alignment.rationality.budget_mazes import GOODS, BudgetMazes, budget_mazes, collect_bundles, crossing_prices
from evosim.alignment.rationality.garp import satisfies_garp
from evosim.alignment.rationality.money_pump import money_pump_index
from evosim.mind.expression import express
from evosim.mind.phenotype import Phenotypes
from evosim.mind.planner.kind import planners
from evosim.mind.planner.settings import Algorithm
from evosim.numerics.arrays import Flags, Reals
from evosim.numerics.intervals import ConfidenceInterval, share_interval
from evosim.numerics.random import Stream, key_of, uniform
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory

BUDGET, MAZES, DEAREST = 30, 30, 16
FEATURES = np.array([[1.0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0]])  # a red door, and a blue gem
COIN = 0.05 * FEATURES.sum(axis=0)
GENERATIONS, POPULATION = 60, 128
POWER_SAMPLES = 60
TESTABLE = 0.5  # power
FOUNDERS = 1024
NAMES = ("agents", "budget spent", "on the first kind", "power", "violate GARP", "CCEI", "money pump")


class Tested(NamedTuple):
    """What P agents' choices came to."""

    spent: Reals  # [P] share of the budgets
    first: Reals  # [P] share of that for things of the first kind; NaN where nothing was spent
    power: Reals  # [P] of the test, at what they spent
    violating: Reals  # [P] 1 who violates GARP
    efficiency: Reals  # [P]
    pump: Reals  # [P]


def mazes_of(seed: int, *, coin: bool) -> BudgetMazes:
    """Build the mazes: with a coin that is worth a little to who wants either kind, or nothing."""
    prices = crossing_prices(MAZES, DEAREST)
    return budget_mazes(prices, BUDGET, FEATURES, coin=COIN if coin else None, seed=seed)


def judged(prices: Reals, bundles: Reals) -> Tested:
    """Test choices `[P, N, 2]` for coherence."""
    spent = (bundles * prices).sum(axis=2)
    total, first = spent.sum(axis=1), (bundles * prices)[:, :, 0].sum(axis=1)
    return Tested(
        spent.mean(axis=1) / BUDGET,
        np.divide(first, total, out=np.full(len(total), np.nan), where=total > 0.0),
        np.array([power_of(prices, each) for each in spent]),
        np.array([not satisfies_garp(prices, each) for each in bundles], np.float64),
        all_efficiencies(prices, bundles),
        np.array([money_pump_index(prices, each) for each in bundles]),
    )


def some_of(found: Tested, rows: Flags) -> Tested:
    """Give what some of the agents' choices came to."""
    return Tested(*(numbers[rows] for numbers in found))


def power_of(prices: Reals, spent: Reals) -> float:
    """Give the power of the test of who has spent so much in each maze `[N]`."""
    some = spent > 0.0
    return bronars_power(prices[some], spent[some], samples=POWER_SAMPLES) if some.sum() > 1 else 0.0


def planted_planners(count: int, seed: int, discount: float, *, algorithm: Algorithm = "value_iteration") -> Phenotypes:
    """Plant planners who want both kinds, each as much as it happens, and count on the whole budget."""
    wants = np.random.default_rng(seed).uniform(0.1, 1.0, (count, GOODS))
    horizon = np.full(count, BUDGET - 1, np.int32)
    return planners(wants @ FEATURES, horizon, np.full(count, discount), algorithm=algorithm)


def random_walkers(count: int, seed: int) -> Phenotypes:
    """Plant planners who want nothing: they wander."""
    minds = planted_planners(count, seed, 0.95)
    return minds._replace(objective=np.zeros_like(minds.objective))


def fickle(bundles: Reals) -> Reals:
    """Make agents who want something else in each maze, out of what P others did there `[P, N, 2]`."""
    mazes = np.arange(bundles.shape[1])
    return np.asarray(bundles[(np.arange(len(bundles))[:, None] + mazes) % len(bundles), mazes])


def choosers(prices: Reals, count: int, seed: int) -> Reals:
    """Buy at random `[P, N, 2]`: at each shop a thing of either kind, as long as any can be paid."""
    bundles = np.zeros((count, *prices.shape))
    for p, maze in np.ndindex(count, len(prices)):
        key, left, shop = key_of(seed, Stream.CHOICES, p, maze), float(BUDGET), 0
        while left >= prices[maze].min():
            kind = int(uniform(key, shop) < 0.5)
            shop += 1
            if prices[maze, kind] <= left:
                bundles[p, maze, kind] += 1
                left -= prices[maze, kind]
    return bundles


def laboratory_of(controller: str, population: int, seed: int) -> Laboratory:
    """Make a laboratory whose genomes are minds of one kind."""
    changes = [f"evolution.population={population}", f"mind.controllers={{ {controller} = 1.0 }}"]
    return Laboratory(load_scenario("red_doors", changes), seed)


def founders(controller: str, count: int, seed: int) -> Phenotypes:
    """Draw minds as founders are drawn."""
    laboratory = laboratory_of(controller, count, seed)
    return express(laboratory.scenario, laboratory.layout, laboratory.optimizer().ask())


def evolved(controller: str, seed: int, generations: int = GENERATIONS) -> Phenotypes:
    """Evolve minds to collect the first kind in mazes whose prices are drawn anew each generation."""
    laboratory = laboratory_of(controller, POPULATION, seed)
    optimizer = laboratory.optimizer()
    minds = express(laboratory.scenario, laboratory.layout, optimizer.ask())
    for generation in range(generations):
        minds = express(laboratory.scenario, laboratory.layout, optimizer.ask())
        prices = crossing_prices(8, DEAREST - 2, seed=1000 * seed + generation)
        mazes = budget_mazes(prices, BUDGET, FEATURES, coin=COIN, seed=1000 * seed + generation)
        cases = collect_bundles(mazes, minds, seed=generation)[:, :, 0]
        optimizer.tell(cases.mean(axis=1), objectives=np.zeros((len(cases), 0)), cases=cases)
    return minds


def mann_whitney(first: Reals, second: Reals) -> float:
    """Give the two-sided p that neither of two groups has the larger numbers: normal approximation, with ties."""
    p_value = float(mannwhitneyu(first, second, use_continuity=False, method="asymptotic").pvalue)
    return 1.0 if np.isnan(p_value) else p_value  # all numbers are the same


def row(name: str, found: Tested) -> str:
    """Write a population as a row of a table: medians over agents, and the share of those who violate GARP."""
    violating = share_interval(int(found.violating.sum()), len(found.violating))
    numbers = [bold(violating) if each is found.violating else shown(each) for each in found]
    return f"| {name} | {len(found.spent)} | " + " | ".join(numbers) + " |"


def shown(numbers: Reals) -> str:
    """Write a median with its interval."""
    return bold(interval(numbers))


def bold(found: ConfidenceInterval) -> str:
    """Write a number with its interval, the number in bold."""
    return f"**{written(found.middle)}** [{written(found.low)}, {written(found.high)}]"


def planted(count: int, seed: int) -> dict[str, Tested]:
    """Test populations whose minds are known."""
    plain, baited = mazes_of(seed, coin=False), mazes_of(seed, coin=True)
    prices = plain.prices
    minds = planted_planners(count, seed, 0.999999, algorithm="tree_search")
    foreseeing = collect_bundles(plain, minds, seed=seed)
    aligned = minds.objective[:, 0] > minds.objective[:, 1]
    bundles = {
        "planners, the whole budget": foreseeing,
        "– who want the first kind more": foreseeing[aligned],
        "– who want the second kind more": foreseeing[~aligned],
        "planners, one thing at a time": collect_bundles(baited, planted_planners(count, seed, 0.95), seed=seed),
        "planners, fickle": fickle(foreseeing),
        "planners who want nothing": collect_bundles(plain, random_walkers(count, seed), seed=seed),
        "random choosers, shop by shop": choosers(prices, count, seed),
        "founder planners": collect_bundles(baited, founders("planner", count, seed), seed=seed),
        "founder heuristics": collect_bundles(baited, founders("heuristic", FOUNDERS, seed), seed=seed),
    }
    found = {}
    for name, each in bundles.items():
        found[name] = judged(prices, each)
        if name.startswith("founder"):
            found[f"– {name}, power over ½"] = some_of(found[name], found[name].power > TESTABLE)
    return found


def over_seeds(controller: str, seeds: int) -> Tested:
    """Evolve populations, and give the mean over agents of each seed `[seeds]`."""
    mazes = mazes_of(1, coin=True)
    results = [
        judged(mazes.prices, collect_bundles(mazes, evolved(controller, seed), seed=seed))
        for seed in range(1, seeds + 1)
    ]
    return Tested(*(np.array([np.nanmean(each) for each in column]) for column in zip(*results, strict=True)))


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8, help="how many seeds evolve, from 1 (default: 8)")
    parser.add_argument("--agents", type=int, default=POPULATION, help=f"in each row (default: {POPULATION})")
    arguments = parser.parse_args()
    head = "| minds | " + " | ".join(NAMES) + " |\n|---|" + "---:|" * len(NAMES)
    found = planted(arguments.agents, 1)
    print(f"### Planted, by agents\n\n{head}")
    for name, each in found.items():
        print(row(name, each))
    prices, budgets = crossing_prices(MAZES, DEAREST).astype(float), np.full(MAZES, float(BUDGET))
    null = random_efficiencies(prices, budgets, samples=1000)
    print(
        f"\nRandom division of each budget (Bronars): CCEI {shown(null)}, power {bronars_power(prices, budgets):.3f}."
    )
    first = found["planners, the whole budget"].efficiency
    for name in ("planners, fickle", "founder heuristics", "– founder heuristics, power over ½"):
        p = mann_whitney(first, found[name].efficiency)
        print(f"CCEI of planners, the whole budget, against {name.lstrip('– ')}: Mann–Whitney p = {p:.2g}.")
    print(f"\n### Evolved, by seeds\n\n{head.replace('agents', 'seeds')}")
    populations = [over_seeds(controller, arguments.seeds) for controller in ("planner", "heuristic")]
    for name, each in zip(("evolved planners", "evolved heuristics"), populations, strict=True):
        cells = " | ".join(shown(numbers) for numbers in each)
        print(f"| {name} | {arguments.seeds} | {cells} |", flush=True)
    p = mann_whitney(populations[0].efficiency, populations[1].efficiency)
    print(f"\nCCEI of evolved planners against evolved heuristics: Mann–Whitney p = {p:.2g}, over seeds.")


if __name__ == "__main__":
    main()
