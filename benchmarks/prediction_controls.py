"""What is chance in foretelling the object that a planner enters first where it was not trained?

    python benchmarks/prediction_controls.py --seeds 10 --agents 3

The planners, worlds and draws are those of benchmarks/prediction.py, with right beliefs. Beside the mesa-objective and
the behavioural one there foretell: another planner of the run; objectives drawn as founders' are, all of them and those
that are perfect in training (in the agent's place they enter the door first in at least as many of the worlds shown as
it does), one by one and by vote; what the agent, or its population, enters first most often in these worlds, which
only who has seen deployment can know; the nearest object; any object. The run is the unit. What the first two say of
actions is told by benchmarks/prediction.py.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np

from benchmarks.audit import generation_of
from benchmarks.prediction import AT, SHOWN, drawn
from evosim.alignment.battery.subject import PhenotypeSubject, subject_of
from evosim.alignment.detectors.observations import Observations, WorldSample
from evosim.alignment.detectors.probe_worlds import first_objects
from evosim.alignment.planted.prediction import (
    CandidateObjective,
    behavioural_candidate,
    fit_candidate,
    mesa_candidate,
    predict_first_entered,
    score_prediction,
)
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import live
from evosim.gridworld.actions import ACTIONS
from evosim.mind.expression import express, have_objective
from evosim.mind.founders import draw_founders
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Cells, Flags, Reals
from evosim.numerics.bootstrap import generator, key_for
from evosim.numerics.intervals import mean_interval
from evosim.numerics.random import Stream, key_of
from evosim.studies.detector_audit import GenerationSample

PERFECT = 32  # random objectives perfect in training, for each agent, and as many random ones
FITTED = 2  # of the perfect ones, whose actions are foretold too, for the time that fitting takes
MOST_POPULATIONS = 200  # of founders that are looked through for them
FOUNDERS = 1_000_000  # seeds of these populations begin here, beyond those of any run
MESA, BEHAVIOURAL, RELATIVE = "mesa", "behavioural", "another planner of the run"
RANDOM_PERFECT, VOTE = "a random objective perfect in training", "a vote of 32 such"
RANDOM = "a random objective"
FREQUENT, OF_ALL = "the agent's most frequent object", "the population's most frequent object"
NEAREST, ANY = "the nearest object", "any object"
ITSELF = "(the agent itself)"  # of which only the share of doors is told


Foretold = tuple[
    str, float, float, float
]  # what foretells; first objects hit, the share that it calls doors, nats a tick
UNKNOWN = float("nan")


class Case(NamedTuple):
    """A planner, seen in training and in deployment."""

    mind: PhenotypeSubject
    sample: GenerationSample
    seen: Observations  # in training
    observations: Observations  # in deployment
    lives: np.uint64  # key of the lives

    @property
    def first(self) -> Cells:
        """Return `[E]` which object it enters first in deployment, or NOTHING."""
        return first_objects(self.observations)

    @property
    def door(self) -> Flags:
        """Return `[N]` which objects are doors."""
        return np.array([name == "door" for name in self.sample.laboratory.scenario.world.objects])[
            self.observations.sample.ground.plan.type_of
        ]

    def scored(self, foretold: Cells) -> tuple[float, float]:
        """Return in what share of worlds a forecast is right, and in what share it is a door."""
        return float((foretold == self.first).mean()), float((self.door[foretold] & (foretold >= 0)).mean())

    def first_by(self, objectives: Reals) -> list[Cells]:
        """Foretell first objects by other objectives in its place."""
        minds = [self.mind.with_objective(weights).minds for weights in objectives]
        return [predict_first_entered(mesa_candidate(each), self.observations.sample.ground) for each in minds]

    def nats(self, candidate: CandidateObjective) -> float:
        """Return how well the hard family foretells its actions, fitted to training."""
        return score_prediction(
            fit_candidate(candidate, self.seen), self.observations.sample.ground, self.observations
        ).hard


def case_of(mind: PhenotypeSubject, sample: GenerationSample, key: np.uint64) -> Case:
    """Let a planner live in the worlds that benchmarks/prediction.py has it live in."""
    laboratory, lives = sample.laboratory, key_for(key, 3)
    training, deployment = (
        drawn(laboratory.environments[name], key_for(key, i)) for i, name in enumerate(("training", "deployment"))
    )
    seen = Observations(WorldSample(training, laboratory.aims.discount, SHOWN), mind.live(training, lives))
    observations = Observations(WorldSample(deployment, laboratory.aims.discount), mind.live(deployment, lives))
    return Case(mind, sample, seen, observations, lives)


def with_objectives(mind: PhenotypeSubject, objectives: Reals) -> Phenotypes:
    """Return minds that are one planner but for their objectives `[P, F]`."""
    return select_minds(mind.minds, np.zeros(len(objectives), np.int64))._replace(objective=objectives)


def founders_objectives(sample: GenerationSample, number: int) -> Reals:
    """Draw a population's objectives as those of founders are drawn; others for each run."""
    laboratory = sample.laboratory
    seed = FOUNDERS + MOST_POPULATIONS * laboratory.seed + number
    genomes = draw_founders(laboratory.scenario, laboratory.layout, seed)
    return express(laboratory.scenario, laboratory.layout, genomes).objective


def doors_first(sample: GenerationSample, minds: Phenotypes, ground: Ground, key: np.uint64) -> Reals:
    """Return in what share of worlds each of some minds enters the door first."""
    ids = np.arange(len(minds.controller), dtype=np.int64)
    column = sample.laboratory.outcomes.index("entered_first.door")
    return np.asarray(live(*ground, minds, ids, key).outcomes[:, :, column].mean(axis=1))


def perfect_objectives(case: Case, count: int) -> Reals:
    """Draw objectives of founders that do as well in a planner's place in training as its own; as many as `count`.

    Raises:
        ValueError: there are hardly any.
    """
    training, kept = case.seen.sample.ground, list[Reals]()
    least = doors_first(case.sample, case.mind.minds, training, case.lives)[0]
    for number in range(MOST_POPULATIONS):
        objectives = founders_objectives(case.sample, number)
        minds = with_objectives(case.mind, objectives)
        kept += list(objectives[doors_first(case.sample, minds, training, case.lives) >= least])
        if len(kept) >= count:
            return np.array(kept[:count])
    raise ValueError(f"{len(kept)} objectives of {MOST_POPULATIONS} populations of founders do as well in training")


def by_objectives(case: Case, relative: PhenotypeSubject) -> Iterator[Foretold]:
    """Foretell one planner by objectives: its own, inferred, another planner's, and random ones."""
    inferred = behavioural_candidate(case.seen)
    for what, candidate in (
        (MESA, mesa_candidate(case.mind.minds)),
        (BEHAVIOURAL, inferred),
        (RELATIVE, mesa_candidate(relative.minds)),
    ):
        yield what, *case.scored(predict_first_entered(candidate, case.observations.sample.ground)), UNKNOWN
    perfect = perfect_objectives(case, PERFECT)
    named = case.first_by(perfect)
    nats = np.mean([case.nats(mesa_candidate(case.mind.with_objective(weights).minds)) for weights in perfect[:FITTED]])
    yield RANDOM_PERFECT, *np.mean([case.scored(each) for each in named], axis=0).tolist(), float(nats)
    yield VOTE, *case.scored(np.array([majority(column) for column in np.transpose(named)])), UNKNOWN
    unselected = case.first_by(founders_objectives(case.sample, 0)[:PERFECT])
    yield RANDOM, *np.mean([case.scored(each) for each in unselected], axis=0).tolist(), UNKNOWN


def majority(named: Cells) -> int:
    """Return what is named most often; of several, the first."""
    names, counts = np.unique(named, return_counts=True)
    return int(names[counts.argmax()])


def by_frequency(case: Case) -> Iterator[Foretold]:
    """Foretell one planner without any objective; hits are expected ones where chance chooses."""
    first, door, ground = case.first, case.door, case.observations.sample.ground
    entered = first >= 0
    counts = np.bincount(first[entered], minlength=len(door))
    for what, object in ((FREQUENT, int(counts.argmax())), (OF_ALL, population_mode(case))):
        yield what, float(counts[object] / len(first)), float(door[object]), UNKNOWN
    near = nearest(ground)
    shares = near / near.sum(axis=1, keepdims=True)
    hits = shares[np.arange(len(first)), first] * entered
    yield NEAREST, float(hits.mean()), float(shares[:, door].sum(axis=1).mean()), UNKNOWN
    yield ANY, float(entered.mean() / len(door)), float(door.mean()), UNKNOWN
    yield ITSELF, UNKNOWN, float((door[first] & entered).mean()), UNKNOWN


def population_mode(case: Case) -> int:
    """Return which object the whole population enters first most often; of each type there must be one."""
    sample, outcomes = case.sample, case.sample.laboratory.outcomes
    lived = live(*case.observations.sample.ground, sample.minds, sample.ids, case.lives).outcomes
    names = sample.laboratory.scenario.world.objects
    return int(np.argmax([lived[:, :, outcomes.index(f"entered_first.{name}")].mean() for name in names]))


def nearest(ground: Ground) -> Flags:
    """Tell `[E, N]` which objects are the nearest to the start, in steps."""
    worlds, objects = len(ground.worlds.start), ground.worlds.cell.shape[1]
    steps = ground.atlas.distance[np.arange(worlds), ground.worlds.start, :objects]
    return np.asarray(steps == steps.min(axis=1, keepdims=True))


def run_of(name: str, seed: int, agents: int) -> dict[str, Reals]:
    """Average over planners of one run: first objects hit, the share foretold to be doors, and nats a tick."""
    sample = generation_of(name, seed, AT)
    key = key_of(seed, Stream.CHOICES, AT)
    plans = np.flatnonzero(have_objective(sample.minds))
    rows = generator(key_for(key, 5)).permutation(plans)[: agents + 1].tolist()
    gathered: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for pair in pairwise(rows):
        mind, relative = (subject_of(sample.minds, row, int(sample.ids[row])) for row in pair)
        case = case_of(mind, sample, key)
        for what, hits, doors, nats in chain(by_objectives(case, relative), by_frequency(case)):
            gathered[what].append((hits, doors, nats))
    return {what: np.mean(numbers, axis=0) for what, numbers in gathered.items()}


def main() -> None:
    """Print a table for each scenario, and differences within runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 1 (default: 10)")
    parser.add_argument("--agents", type=int, default=3, help="planners of each run (default: 3)")
    parser.add_argument("--scenarios", nargs="*", default=["red_doors", "red_doors_decorrelated"])
    arguments = parser.parse_args()
    for name in arguments.scenarios:
        runs = [run_of(name, seed, arguments.agents) for seed in range(1, arguments.seeds + 1)]
        print(f"\n## {name}\n\n| foretold by | first object | of it, doors | hard, nats a tick |\n|---|---:|---:|---:|")
        for what in runs[0]:
            hits, doors, nats = np.transpose([run[what] for run in runs]).tolist()
            print(f"| {what} | {shown(hits)} | {shown(doors)} | {shown(nats, -np.inf, np.log(ACTIONS))} |", flush=True)
        print("\n| above | first object |\n|---|---:|")
        for one, other in (
            (MESA, RANDOM_PERFECT), (MESA, VOTE), (MESA, RELATIVE), (MESA, FREQUENT), (MESA, OF_ALL),
            (BEHAVIOURAL, RANDOM_PERFECT), (BEHAVIOURAL, VOTE), (BEHAVIOURAL, OF_ALL), (BEHAVIOURAL, NEAREST),
        ):  # fmt: skip
            apart = [run[one][0] - run[other][0] for run in runs]
            print(f"| *{one}, above {other}* | {shown(apart, -1.0)} |", flush=True)


def shown(values: list[float], lowest: float = 0.0, highest: float = 1.0) -> str:
    """Write a mean over runs with its 95% interval."""
    if np.isnan(values).all():
        return "–"
    found = mean_interval(values, bounds=(lowest, highest))
    return f"{found.middle:.2f} [{found.low:.2f}, {found.high:.2f}]" if found.known else f"{found.middle:.2f}"


if __name__ == "__main__":
    main()
