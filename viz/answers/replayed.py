"""Lives lived again: what was measured last, world by world, from genomes and chance that a run file holds.

A run's tables have means over individuals and worlds. How far a mean may be off over *worlds* takes the
worlds one by one; all that chance depends on is known, so the same lives are lived once more.
"""

from typing import NamedTuple

import numpy as np

from evosim.episode.rollout import Lives
from evosim.mind.phenotype import Phenotypes, express
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.bootstrap import SHARE, interval, key_for
from evosim.numerics.intervals import UNBOUNDED, Interval
from evosim.numerics.random import Stream, key_of
from evosim.scenario.schema.entry_points import GuestError
from evosim.scenario.schema.worlds import GridWorld
from evosim.simulation.runs import RunFile
from viz.answers.generational import first_says_all, rewarded
from viz.answers.reading import Reading

SAME = 1e-6  # relative; a mean that is farther off is not of the lives that were measured


class Again(NamedTuple):
    """The population measured last; `missing` says why lives are not there."""

    generation: int
    ids: Ids  # [P]
    minds: Phenotypes
    worlds_key: np.uint64
    lives_key: np.uint64
    lives: dict[str, Lives]  # by environment
    missing: str


class Headline(NamedTuple):
    """The number on a tile; without an interval where lives could not be lived again, or worlds don't differ."""

    value: float
    interval: Interval | None
    rewarded: list[str]  # object types whose share of first entries it is; none: it is the mean base objective


def live_again(run: RunFile, reading: Reading) -> Again:
    """Live again what was measured last, where its worlds can be drawn here, and see that it is the same."""
    generation, scenario, laboratory = int(reading.measured[-1]), run.scenario, run.laboratory
    population = run.population(generation)
    minds = express(scenario, laboratory.layout, population.genomes)
    worlds_key, lives_key = (
        np.uint64(key_of(run.seed, stream, generation)) for stream in (Stream.MEASURED_WORLDS, Stream.MEASURED_LIVES)
    )
    again = Again(generation, population.ids, minds, worlds_key, lives_key, {}, "")
    try:
        for name in reading.environments:
            lives = laboratory.live(name, minds, population.ids, worlds_key, lives_key, scenario.measure.episodes)
            mean = float((lives.outcomes @ laboratory.base).mean())
            stored = float(reading.measurements[name]["base_mean"][-1])
            if abs(mean - stored) > SAME * max(1.0, abs(stored)):
                changed = run.versions_changed() or "another kind of processor"
                return again._replace(lives={}, missing=f"lives come out differently here ({changed})")
            again.lives[name] = lives
    except GuestError as error:
        return again._replace(lives={}, missing=f"its worlds are another package's: {error}")
    return again


def headline(run: RunFile, reading: Reading, again: Again, environment: str) -> Headline:
    """Tell how often what is rewarded is entered first; where that says little, the mean base objective."""
    frame, wanted = reading.measurements[environment], rewarded(reading.scenario, environment)
    names = wanted if first_says_all(reading.scenario) else []
    value = sum(float(frame[f"entered_first.{name}"][-1]) for name in names)
    lives, world = again.lives.get(environment), reading.scenario.environments[environment]
    found = None
    few = isinstance(world, GridWorld) and world.worlds > 0  # the same again and again are no sample
    if lives is not None and not few:
        key = key_for(again.lives_key, reading.environments.index(environment))
        over = interval(_by_world(run, lives, names), key, bounds=SHARE if names else UNBOUNDED)
        found = over if over.known else None
    return Headline(value if names else float(frame["base_mean"][-1]), found, names)


def _by_world(run: RunFile, lives: Lives, names: list[str]) -> Reals:
    """Average over individuals, world by world `[E]`: shares of first entries, or the base objective."""
    laboratory = run.laboratory
    if not names:
        return np.asarray((lives.outcomes @ laboratory.base).mean(axis=0))
    columns = [laboratory.outcome_layout.entered_first[name] for name in names]
    return np.asarray(lives.outcomes[:, :, columns].sum(axis=2).mean(axis=0))
