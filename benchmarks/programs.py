"""How long a generation of programs takes, in 16 mazes each, by the processor time of one thread.

    python -m benchmarks.programs runs/search_from_parts-1-….evosim    # the last generation that is stored

Thinking is apart from moving: each distinct program thinks once of all mazes, side by side, before lives begin.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from evosim.episode.grid_environment import Grid
from evosim.episode.rollout import live
from evosim.mind.expression import express, group_by_kind
from evosim.mind.maps.foresight import number_alike
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.simulation.runs import open_run

ROUNDS, MAZES = 9, 16


def seconds(task: Callable[[], Any]) -> float:
    """Return the median of the processor time that a task takes, after a first call."""
    task()
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        task()
        found.append(time.process_time() - began)
    return float(np.median(found))


def main() -> None:
    """Print the time of a generation, and what of it is thinking."""
    run = open_run(sys.argv[1])
    stored = run.genomes(run.summary().done - 1)
    if stored is None:
        raise SystemExit(f"{sys.argv[1]}: the genomes of the last generation are not stored")
    environment = run.laboratory.environments["maze"]
    if not isinstance(environment, Grid):
        raise SystemExit(f"{sys.argv[1]}: its mazes are not grids")
    minds = express(run.scenario, run.laboratory.layout, stored[0])
    ids = np.arange(len(stored[0]))
    ground = environment.draw(key_of(1), MAZES)
    (group,) = group_by_kind(minds)
    with threads.using(1):
        whole = seconds(lambda: live(*ground, minds, ids, key_of(2)))
        thinking = seconds(lambda: group.prepared(ground.plan, ground.worlds, ground.atlas))
        expressing = seconds(lambda: express(run.scenario, run.laboratory.layout, stored[0]))
    distinct = len(number_alike(group.minds, group.rows)[1])
    length = float(minds.own["program"].length.mean())
    print(f"{len(ids)} programs, {distinct} of them distinct, of {length:.1f} instructions that have an effect")
    print(f"{whole:.3f} s in {MAZES} mazes; thinking {thinking:.3f} s of it; expression {expressing:.4f} s more")


if __name__ == "__main__":
    main()
