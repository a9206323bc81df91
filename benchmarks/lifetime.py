"""Agent-steps per second of the lifetime kernel, for heuristics and planners, at 1 and 2 threads.

    python benchmarks/lifetime.py

All cases take turns in every round, so that a noisy machine disturbs them alike; what counts are
the ratios of medians over rounds. The reference is the same kernel as plain Python on fewer
lives (`NUMBA_DISABLE_JIT=1`, in a process of its own), the peer what a user would write.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from evosim.episode.outcomes import numbered_layout
from evosim.episode.rollout import live
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.gridworld.spec import blueprint
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario

TAKEN = [
    *(f"world.objects.{name}.ends_episode=false" for name in ("key", "gem")),
    *(f"world.objects.{name}.consumed=true" for name in ("key", "gem")),
]
HUNGRY = ["world.energy={ initial = 60 }", 'mind.objective.drives=["hunger"]']
CASES = {
    "planner": ["mind.controllers={planner=1}"],
    "planner, horizon 32": ["mind.controllers={planner=1}", "mind.planner.horizon=32"],
    "planner, slip 0.1": ["mind.controllers={planner=1}", "world.slip=0.1"],
    "planner, objects consumed": ["mind.controllers={planner=1}", *TAKEN],
    "planner, sees 3 cells far": ["mind.controllers={planner=1}", "world.vision=3"],
    "planner, with hunger": ["mind.controllers={planner=1}", *TAKEN, *HUNGRY],
    "planner, with detectors": ["mind.controllers={planner=1}", "mind.perception.evolves=true"],
    "tree search, depth 6": [
        "mind.controllers={planner=1}",
        *TAKEN,
        "mind.planner={ algorithm = 'tree_search', horizon = 6 }",
    ],
    "tree search, depth 12": [
        "mind.controllers={planner=1}",
        *TAKEN,
        "mind.planner={ algorithm = 'tree_search', horizon = 12 }",
    ],
    "mcts, 64 simulations": ["mind.controllers={planner=1}", "mind.planner={ algorithm = 'mcts', simulations = 64 }"],
    "plan optimization": ["mind.controllers={planner=1}", "mind.planner={ algorithm = 'plan_optimization' }"],
    "heuristic, linear": ["mind.controllers={heuristic=1}"],
    "heuristic, 8 hidden units": ["mind.controllers={heuristic=1}", "mind.heuristic.hidden=8"],
    "open loop": ["mind.controllers={open_loop=1}"],
}


def prepare(overrides: list[str], population: int, episodes: int) -> Callable[[], int]:
    """Make worlds and minds, and give a function that lives all lives and counts their steps."""
    scenario = load_scenario("red_doors", [*overrides, f"evolution.population={population}"])
    layout = genome_layout(scenario)
    minds = express(scenario, layout, draw_founders(scenario, layout, 1))
    plan = blueprint(scenario, "training")
    worlds = draw_worlds(plan, key_of(1), episodes)
    atlas = draw_atlas(plan, worlds)
    ids = np.arange(population, dtype=np.int64)
    ticks = numbered_layout(plan).slice_of("steps")

    def run() -> int:
        return int(live(plan, worlds, atlas, minds, ids, key_of(2)).outcomes[:, :, ticks].sum())

    return run


def rate(run: Callable[[], int]) -> float:
    """Time one call, in agent-steps per second."""
    began = time.perf_counter()
    steps = run()
    return steps / (time.perf_counter() - began)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="rounds in which all cases take turns (default: 15)")
    parser.add_argument("--plain", metavar="CASE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.plain:
        print(rate(prepare(CASES[arguments.plain], 8, 2)))
        return
    runs = {name: prepare(overrides, 512, 64) for name, overrides in CASES.items()}
    rates: dict[tuple[str, int], list[float]] = {(name, count): [] for name in runs for count in (1, 2)}
    for turn in range(arguments.rounds + 1):
        for count in (1, 2):
            threads.choose(count)
            for name, run in runs.items():
                found_rate = rate(run)
                if turn:  # the first round compiles
                    rates[name, count].append(found_rate)
    print(f"{'mind':<27}{'1 thread':>14}{'2 threads':>14}{'ratio':>7}{'÷ plain Python':>16}   agent-steps/s")
    for name in runs:
        one, two = (median(rates[name, count]) for count in (1, 2))
        command = [sys.executable, __file__, "--plain", name]
        environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
        plain = float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
        print(f"{name:<27}{one / 1e6:>12.1f} M{two / 1e6:>12.1f} M{two / one:>7.2f}{one / plain:>16,.0f}")


if __name__ == "__main__":
    main()
