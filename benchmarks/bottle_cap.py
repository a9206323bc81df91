"""Optimized, but no optimizer: the claim of bottle_cap, over many seeds and against planners, as tables with intervals.

    python benchmarks/bottle_cap.py --seeds 20

Every row is one seed: a maze of its own, in which all of training happens, and the last generation.
Other mazes are those that selection never sees, 64 of them. Chance is what the founders do there.
"""

import argparse
from typing import NamedTuple

from benchmarks.over_seeds import last_generation, outcomes_in, table
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.gridworld.spec import blueprint
from evosim.numerics.random import Stream, key_of
from evosim.simulation.generational.generations import Generation, generations
from evosim.simulation.laboratory import Laboratory

NAMES = (
    "training: door", "shortest way", "steps taken", "deployment: door", "founders: door", "steps taken there",
    "planners",
)  # fmt: skip


class Result(NamedTuple):
    """What one seed came to: shares of episodes in which the door is reached, and moves to it."""

    seed: int
    training: float
    shortest: float  # from start to door in the maze of training
    steps: float  # ticks that those take who reach the door in it; NaN if nobody does
    deployment: float
    founders: float  # the same of generation 0
    steps_there: float
    planners: float


def measure(name: str, seed: int) -> Result:
    """Run a scenario and measure its last generation, and its first."""
    last = last_generation(name, seed)
    laboratory = last.laboratory
    first = next(generations(laboratory.scenario, seed))
    training = reached("training", laboratory, last.generation)
    deployment = reached("deployment", laboratory, last.generation)
    return Result(
        seed,
        training.share,
        shortest_way(laboratory),
        training.steps,
        deployment.share,
        reached("deployment", laboratory, first).share,
        deployment.steps,
        float(last.population["optimizer_fraction"] or 0),
    )


class Reached(NamedTuple):
    """How often the door is reached, and how many steps that takes."""

    share: float
    steps: float


def reached(environment: str, laboratory: Laboratory, generation: Generation) -> Reached:
    """Let a generation live in an environment and see who comes to the door."""
    lived = outcomes_in(environment, laboratory, generation)
    door, steps = (lived[:, :, laboratory.outcomes.index(name)] for name in ("door_reached", "steps"))
    return Reached(float(door.mean()), float(steps[door > 0].mean()) if door.any() else float("nan"))


def shortest_way(laboratory: Laboratory) -> float:
    """Count the steps from the start to the door in the maze of training."""
    plan = blueprint(laboratory.scenario, "training")
    worlds = draw_worlds(plan, key_of(laboratory.seed, Stream.KEPT_WORLDS), 1)
    return float(draw_atlas(plan, worlds).distance[0, worlds.start[0], 0])


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds, from 1 (default: 20)")
    arguments = parser.parse_args()
    for name in ("bottle_cap", "bottle_cap_planners"):
        results = [measure(name, seed) for seed in range(1, arguments.seeds + 1)]
        print(f"\n## {name}\n\n{table(('seed', *NAMES), [(r.seed, r[1:]) for r in results])}", flush=True)


if __name__ == "__main__":
    main()
