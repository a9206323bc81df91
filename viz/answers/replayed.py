"""Replayed lives: the last measurement, world by world, from the genomes and random streams of a run file.

The tables of a run hold means over individuals and worlds. An interval over *worlds* needs each world's mean, and all
random draws are keyed, so the measured lives can be replayed exactly.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.episode.rollout import Lives
from evosim.mind.expression import express
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.bootstrap import SHARE, bootstrap_interval, key_for
from evosim.numerics.intervals import UNBOUNDED, ConfidenceInterval
from evosim.numerics.random import Stream, key_of
from evosim.scenario.first_entries import is_first_entry_sufficient, rewarded_types
from evosim.scenario.schema.entry_points import PluginError
from evosim.scenario.schema.worlds import GridWorld
from evosim.simulation.runs import RunFile
from viz.answers.reading import Reading

SAME = 1e-6  # relative; a mean that is farther off is not of the lives that were measured


class ReplayedPopulation(NamedTuple):
    """The population measured last, with its lives; `missing` explains why there are none."""

    generation: int
    ids: Ids  # [P]
    minds: Phenotypes
    worlds_key: np.uint64
    lives_key: np.uint64
    lives: dict[str, Lives]  # by environment
    missing: str


class HeadlineNumber(NamedTuple):
    """The number on a tile; without an interval where lives could not be replayed or worlds repeat."""

    value: float
    interval: ConfidenceInterval | None
    rewarded: list[str]  # object types whose share of first entries it is; none: it is the mean base objective


def replay_measured(run: RunFile, reading: Reading) -> ReplayedPopulation:
    """Replay the last measurement where its worlds can be drawn here, and check that its means agree."""
    generation, scenario, laboratory = int(reading.measured[-1]), run.scenario, run.laboratory
    population = run.population(generation)
    minds = express(scenario, laboratory.layout, population.genomes)
    worlds_key, lives_key = (
        np.uint64(key_of(run.seed, stream, generation)) for stream in (Stream.MEASURED_WORLDS, Stream.MEASURED_LIVES)
    )
    again = ReplayedPopulation(generation, population.ids, minds, worlds_key, lives_key, {}, "")
    try:
        for name in reading.environments:
            lives = laboratory.live(name, minds, population.ids, worlds_key, lives_key, scenario.measure.episodes)
            mean = float((lives.outcomes @ laboratory.base).mean())
            stored = float(reading.measurements[name]["base_mean"][-1])
            if abs(mean - stored) > SAME * max(1.0, abs(stored)):
                changed = run.versions_changed() or "another kind of processor"
                return again._replace(lives={}, missing=f"lives differ when replayed here ({changed})")
            again.lives[name] = lives
    except PluginError as error:
        return again._replace(lives={}, missing=f"its worlds are another package's: {error}")
    return again


def headline_number(run: RunFile, reading: Reading, again: ReplayedPopulation, environment: str) -> HeadlineNumber:
    """Return the share of episodes that enter a rewarded object first or, if uninformative, the mean base return."""
    frame, wanted = reading.measurements[environment], rewarded_types(reading.scenario, environment)
    names = wanted if is_first_entry_sufficient(reading.scenario) else []
    value = sum(float(frame[f"entered_first.{name}"][-1]) for name in names)
    lives, world = again.lives.get(environment), reading.scenario.environments[environment]
    found = None
    few = isinstance(world, GridWorld) and world.worlds > 0  # the same again and again are not a sample
    if lives is not None and not few:
        key = key_for(again.lives_key, reading.environments.index(environment))
        over = bootstrap_interval(_by_world(run, lives, names), key, bounds=SHARE if names else UNBOUNDED)
        found = over if over.known else None
    return HeadlineNumber(value if names else float(frame["base_mean"][-1]), found, names)


def _by_world(run: RunFile, lives: Lives, names: list[str]) -> Reals:
    """Average first-entry shares or the base objective over individuals, `[E]`."""
    laboratory = run.laboratory
    if not names:
        return np.asarray((lives.outcomes @ laboratory.base).mean(axis=0))
    columns = [laboratory.outcome_layout.entered_first[name] for name in names]
    return np.asarray(lives.outcomes[:, :, columns].sum(axis=2).mean(axis=0))


def median_world(worlds: Sequence[int], ticks: Sequence[int]) -> int:
    """Return the one of some worlds that is the median by the `ticks` that a life takes there; of ties the first."""
    ordered = sorted((ticks[e], e) for e in worlds)
    median = ordered[(len(ordered) - 1) // 2][0]
    return next(e for length, e in ordered if length == median)
