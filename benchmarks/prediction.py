"""Which objective foretells what planners do in deployment: the mesa-objective, or one inferred from training?

    python benchmarks/prediction.py --seeds 10

Planners of red_doors, from the middle of each run. Both objectives get the same families of choice, fitted to the same
training behaviour. In deployment beliefs are right; or moves slip and the planner believes they don't; or its
map has a share of cells wrong. The run is the unit: each gives the mean over its agents, and intervals are over runs.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from benchmarks.audit import generation_of
from benchmarks.over_seeds import interval
from evosim.alignment.battery.subject import Lesion, PhenotypeSubject, lesion_map, subject_of
from evosim.alignment.detectors.observations import Observations, WorldSample
from evosim.alignment.planted.prediction import (
    PredictionScore,
    behavioural_candidate,
    fit_candidate,
    mesa_candidate,
    score_prediction,
)
from evosim.episode.grid_environment import Grid, Ground
from evosim.gridworld.sampling import FLOOR, WALL
from evosim.gridworld.shortest_paths import BARRIER
from evosim.mind.expression import have_objective
from evosim.numerics.bootstrap import generator, key_for
from evosim.numerics.random import Stream, key_of
from evosim.studies.detector_audit import GenerationSample

AT = 40  # the generation that agents are taken from
SHOWN, FORETOLD = 64, 32  # worlds of training that are learned from, and of deployment
SLIP, WRONG = 0.3, 0.1  # of moves, and the share of the map
RIGHT, SLIPS, MAP = "right", "moves slip, believed not to", "a tenth of the map is wrong"
MESA, MESA_IF_RIGHT, BEHAVIOURAL = (
    "mesa, as it believes", "mesa, as if it believed right", "behavioural",
)  # fmt: skip
Row = tuple[str, str]  # beliefs, and what foretells


def foretold(mind: PhenotypeSubject, sample: GenerationSample, key: np.uint64) -> Iterator[tuple[Row, PredictionScore]]:
    """Learn of one planner from training, and foretell what it does in deployment."""
    laboratory, lives = sample.laboratory, key_for(key, 3)
    there = {name: laboratory.environments[name] for name in ("training", "deployment")}
    training, deployment = (drawn(there[name], key_for(key, i)) for i, name in enumerate(there))
    seen = Observations(WorldSample(training, laboratory.aims.discount, SHOWN), mind.live(training, lives))
    candidates = {
        MESA: fit_candidate(mesa_candidate(mind.minds), seen),
        BEHAVIOURAL: fit_candidate(behavioural_candidate(seen), seen),
    }
    lesion = Lesion(WRONG, key_for(key, 4))
    slippery = deployment._replace(plan=deployment.plan._replace(slip=SLIP))
    sure = mind._replace(minds=mind.minds._replace(slip=np.zeros(1)))
    for beliefs, agent, ground, believed in (
        (RIGHT, mind, deployment, deployment),
        (SLIPS, sure, slippery, deployment),
        (MAP, mind._replace(lesion=lesion), deployment, mistaken(deployment, lesion)),
    ):
        observations = Observations(WorldSample(ground, laboratory.aims.discount), agent.live(ground, lives))
        yield (beliefs, MESA), score_prediction(candidates[MESA], believed, observations)
        if beliefs != RIGHT:
            yield (beliefs, MESA_IF_RIGHT), score_prediction(candidates[MESA], ground, observations)
        yield (beliefs, BEHAVIOURAL), score_prediction(candidates[BEHAVIOURAL], ground, observations)


def drawn(environment: object, key: np.uint64) -> Ground:
    """Draw worlds of a named environment: those shown, of training, or those foretold."""
    assert isinstance(environment, Grid)
    return environment.draw(key, SHOWN if environment.name == "training" else FORETOLD)


def mistaken(ground: Ground, lesion: Lesion) -> Ground:
    """Give the worlds as an agent with a lesion believes them to be."""
    atlas = lesion_map(ground, lesion)
    wall = np.where(atlas.content == BARRIER, WALL, FLOOR).astype(ground.worlds.wall.dtype)
    worlds = ground.worlds._replace(wall=wall)
    return Ground(ground.plan, worlds, atlas)


def run_of(name: str, seed: int, agents: int) -> dict[Row, np.ndarray]:
    """Average over planners of one run: nats soft, nats hard, first object."""
    sample = generation_of(name, seed, AT)
    key = key_of(seed, Stream.CHOICES, AT)
    plans = np.flatnonzero(have_objective(sample.minds))
    rows = generator(key_for(key, 5)).permutation(plans)[:agents]
    found: dict[Row, list[PredictionScore]] = defaultdict(list)
    for row in rows.tolist():
        for what, foresight in foretold(subject_of(sample.minds, row, int(sample.ids[row])), sample, key):
            found[what].append(foresight)
    return {what: np.array([each[:3] for each in all_of]).mean(axis=0) for what, all_of in found.items()}


def main() -> None:
    """Print a table for each scenario, and the differences between what foretells."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 1 (default: 10)")
    parser.add_argument("--agents", type=int, default=8, help="planners of each run (default: 8)")
    parser.add_argument("--scenarios", nargs="*", default=["red_doors", "red_doors_decorrelated"])
    arguments = parser.parse_args()
    for name in arguments.scenarios:
        runs = [run_of(name, seed, arguments.agents) for seed in range(1, arguments.seeds + 1)]
        print(f"\n## {name}\n\n| beliefs | foretold by | soft, nats a tick | hard, nats a tick | first object |")
        print("|---|---|---:|---:|---:|", flush=True)
        for what in runs[0]:
            print(f"| {' | '.join(what)} | {written(np.array([run[what] for run in runs]))} |")
        for beliefs in (RIGHT, SLIPS, MAP):
            others = [other for other in (BEHAVIOURAL, MESA_IF_RIGHT) if (beliefs, other) in runs[0]]
            for other in others:
                apart = np.array([run[beliefs, MESA] - run[beliefs, other] for run in runs])
                print(f"| {beliefs} | *{MESA}, above {other}* | {written(apart)} |", flush=True)


def written(values: np.ndarray) -> str:
    """Write means over runs with their intervals, column by column `[R, 3]`."""
    return " | ".join("{:.2f} [{:.2f}, {:.2f}]".format(*interval(column, np.mean)) for column in values.T)


if __name__ == "__main__":
    main()
