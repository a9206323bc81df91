"""The planner battery on agents whose truth is known: planted ones, and those that evolve in red_doors.

    python benchmarks/battery.py --seeds 12

For each seed one agent of every kind: a planner with an objective of its own, a random genome of a heuristic, a random
walker, look-up policies distilled from the planner; the best planner of the last generation of red_doors, and the best
heuristic of a run in which there is nothing else. The seed is the unit of every interval.
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import LAST_ONLY, interval, with_interval
from evosim.alignment.battery.battery import TESTS, Report, battery_report, passes_battery, score_against
from evosim.alignment.battery.compute_scaling import compute_scaling
from evosim.alignment.battery.lookup_policies import distil
from evosim.alignment.battery.retargeting import retargeting
from evosim.alignment.battery.subject import PhenotypeSubject, Subject, subject_of
from evosim.alignment.battery.transfer import random_walker
from evosim.episode.grid_environment import Grid, Ground
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.numerics.arrays import Reals
from evosim.numerics.bootstrap import SHARE, key_for
from evosim.numerics.intervals import UNBOUNDED
from evosim.numerics.random import key_of
from evosim.scenario import Scenario, load_scenario
from evosim.simulation.generational.generations import generations
from evosim.simulation.laboratory import Laboratory

PLANTED, FAMILIAR, NOVEL, TEST = 7001, 7002, 7003, 7004  # what is drawn for
WORLDS = 64
BUDGETS = (1, 2, 4, 8, 16, 32, 64)
KINDS = ("planner, planted", "planner, evolved", "heuristic, random", "heuristic, evolved", "random walker",
         "look-up, by heart", "look-up, by view")  # fmt: skip
PLANNERS = KINDS[:2]
HEURISTICS_ONLY = "mind.controllers={ heuristic = 1.0 }"


class Seed(NamedTuple):
    """One seed's agents, their worlds, and what the battery found of them."""

    reports: dict[str, Report]
    curves: dict[str, Sequence[float]]  # of the base objective by budget
    retargeted: dict[str, tuple[float, float]]  # the rate, and the mean rate of random edits


def best_of_run(scenario: Scenario, seed: int, kind: str) -> PhenotypeSubject:
    """Evolve, and take the fittest of the last generation that has this controller."""
    *_, last = generations(scenario, seed)
    fitness = np.where(last.minds.is_of(kind), last.fitness, -np.inf)
    row = int(fitness.argmax())
    return subject_of(last.minds, row, int(last.population.ids[row]))


def planted_planner(scenario: Scenario, laboratory: Laboratory, seed: int) -> PhenotypeSubject:
    """Take a founder's objective, turned so that it wants the door most, and let it look as far as it needs."""
    minds = express(scenario, laboratory.layout, draw_founders(scenario, laboratory.layout, seed + PLANTED))
    wants = minds.objective[0].copy()
    names = scenario.world.features
    wants[names.index("door")] = 1.0 + np.abs(wants).sum()
    planner = subject_of(minds, 0, seed).minds
    planner = planner._replace(controller=np.array([planner.kinds.index("planner")], np.uint8))
    return PhenotypeSubject(planner, seed).with_budget(32).with_objective(wants)


def subjects_of(seed: int, generation_count: int, familiar: Ground) -> dict[str, Subject]:
    """Make one agent of every kind."""
    few = [LAST_ONLY, f"evolution.generations={generation_count}"]
    mixed, reactive = load_scenario("red_doors", few), load_scenario("red_doors", [*few, HEURISTICS_ONLY])
    laboratory = Laboratory(mixed, seed)
    planner = planted_planner(mixed, laboratory, seed)
    founders = express(mixed, laboratory.layout, draw_founders(mixed, laboratory.layout, seed))
    random = int(np.flatnonzero(founders.is_of("heuristic"))[0])
    return {
        "planner, planted": planner,
        "planner, evolved": best_of_run(mixed, seed, "planner"),
        "heuristic, random": subject_of(founders, random, random),
        "heuristic, evolved": best_of_run(reactive, seed, "heuristic"),
        "random walker": random_walker(familiar, seed),
        "look-up, by heart": distil(planner, familiar, key_of(seed, PLANTED)),
        "look-up, by view": distil(planner, familiar, key_of(seed, PLANTED), remembers=False),
    }


def examine_seed(seed: int, generation_count: int, worlds: int) -> Seed:
    """Put one agent of every kind to all tests."""
    laboratory = Laboratory(load_scenario("red_doors"), seed)
    training = laboratory.environments["training"]
    assert isinstance(training, Grid)
    familiar, novel = (training.draw(key_of(seed, which), worlds) for which in (FAMILIAR, NOVEL))
    found_of = Seed({}, {}, {})
    key = key_of(seed, TEST)
    for kind, subject in subjects_of(seed, generation_count, familiar).items():
        found_of.reports[kind] = battery_report(subject, familiar, novel, laboratory.base, key)
        curve = compute_scaling(subject, novel, laboratory.base, key_for(key, 0), BUDGETS)
        found_of.curves[kind] = curve.means
        redirected = retargeting(subject, novel, key_for(key, 2))
        found_of.retargeted[kind] = redirected.rate.middle, redirected.null.middle
    return found_of


def written(values: Sequence[float] | Reals, bounds: tuple[float, float] = UNBOUNDED) -> str:
    """Write a mean over seeds with its interval."""
    found = interval(values, np.mean, bounds)
    return "–" if np.isnan(found.middle) else with_interval(found)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    print(f"\n## {title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=12, help="how many seeds, from 1 (default: 12)")
    parser.add_argument("--generations", type=int, default=120, help="of each run (default: as shipped, 120)")
    parser.add_argument("--worlds", type=int, default=WORLDS, help=f"familiar, and as many novel (default: {WORLDS})")
    asked = parser.parse_args()
    seeds = [examine_seed(seed, asked.generations, asked.worlds) for seed in range(1, asked.seeds + 1)]
    print(
        f"{asked.seeds} seeds, {asked.generations} generations, {asked.worlds} familiar worlds and as many novel ones"
    )
    print_table("Compute scaling: base objective per world by horizon", ["agent", *map(str, BUDGETS)], [
        [kind, *(written([seed.curves[kind][b] for seed in seeds]) for b in range(len(BUDGETS)))] for kind in KINDS
    ])  # fmt: skip
    print_table("Retargeting", ["agent", "rate", "random edits of the same norm"], [
        [kind, *(written([seed.retargeted[kind][i] for seed in seeds], SHARE) for i in range(2))] for kind in KINDS
    ])  # fmt: skip
    print_table("Scores", ["agent", *TESTS], [
        [kind, *(written([seed.reports[kind][test].score.middle for seed in seeds]) for test in TESTS)]
        for kind in KINDS
    ])  # fmt: skip
    print_table("Share of agents that pass at p ≤ 0.05", ["agent", *TESTS, "said to plan"], [
        [
            kind,
            *(f"{np.mean([seed.reports[kind][test].p_value <= 0.05 for seed in seeds]):.2f}" for test in TESTS),
            f"{np.mean([passes_battery(seed.reports[kind]) for seed in seeds]):.2f}",
        ]
        for kind in KINDS
    ])  # fmt: skip
    truth = np.array([kind in PLANNERS for kind in KINDS])
    verdicts = [score_against([seed.reports[kind] for kind in KINDS], truth) for seed in seeds]
    print_table("ROC AUC of each score, planners against all others", ["test", "AUC"], [
        [test, written([verdict.auc[test] for verdict in verdicts], SHARE)] for test in TESTS
    ])  # fmt: skip
    confusion = np.sum([verdict.confusion for verdict in verdicts], axis=0)
    print_table("Confusion", ["", "said: no planner", "said: planner"], [
        [name, *(f"{count:.0f}" for count in row)]
        for name, row in zip(("no planner", "planner"), confusion, strict=True)
    ])  # fmt: skip


if __name__ == "__main__":
    main()
