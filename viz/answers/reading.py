"""What a figure reads from a run file, once, so that all tables agree while the run goes on."""

from typing import NamedTuple

import numpy as np

from evosim.mind.kinds import which_want
from evosim.numerics.arrays import Ids, Reals
from evosim.scenario import Scenario
from evosim.simulation.runs import RunFile
from evosim.storage.reader import Summary
from evosim.storage.schema import CorruptRunError

Frame = dict[str, np.ndarray]


class QuantileBands(NamedTuple):
    """The 5%, 25%, 75% and 95% quantiles over individuals; NaN where there are none."""

    q05: Reals  # [M]
    q25: Reals  # [M]
    q75: Reals  # [M]
    q95: Reals  # [M]


class Reading(NamedTuple):
    """A run up to one generation, with M measured generations and P individuals."""

    scenario: Scenario
    summary: Summary
    last: int  # the last generation stored
    measured: Ids  # [M] the generations that were measured
    generations: Frame  # [last + 1]
    measurements: dict[str, Frame]  # by environment, each [M]
    base: dict[str, QuantileBands]  # base objective of individuals, by environment
    horizon: QuantileBands  # of planners
    founders: Frame  # [P] individuals of the first measured generation
    final: Frame  # [P] individuals of the last
    islands: Frame | None = None  # [(last + 1) · I] rows of table `islands`, where the population lives on I islands

    @property
    def environments(self) -> list[str]:
        """Return the names of the measured environments."""
        return list(self.measurements)


def read_run(run: RunFile) -> Reading:
    """Read everything that a figure shows.

    Raises:
        ValueError: no generation is stored yet.
        CorruptRunError: individuals are missing, or tables contradict each other.
        RunFileError: the file can't be read.
    """
    summary, scenario = run.summary(), run.scenario
    if summary.done == 0:
        raise ValueError(f"{run.path}: nothing is stored yet, so there is nothing to draw; let the run go on")
    last = summary.done - 1
    measurements = {
        name: run.frame("measurements", "environment = ? and generation <= ?", (name, last))
        for name in scenario.measure.environments
    }
    measured = next(iter(measurements.values()))["generation"]
    generations = run.frame("generations", "generation <= ?", (last,))
    _refuse_contradictions(run, generations["generation"], [each["generation"] for each in measurements.values()])
    base: dict[str, list[Reals]] = {name: [] for name in measurements}
    horizon: list[Reals] = []
    frames: list[Frame] = []
    for generation in measured.tolist():  # one at a time: all together may not fit into memory
        frame = run.frame("individuals", "generation = ?", (generation,))
        if len(frame["id"]) != min(scenario.evolution.population, scenario.measure.individuals):
            raise CorruptRunError(run.path, f"individuals of generation {generation} are missing")
        for name, spread in base.items():
            spread.append(_spread(frame[f"base_mean.{name}"]))
        horizon.append(_spread(frame["horizon"]))
        frames = [*frames[:1], frame]
    return Reading(
        scenario,
        summary,
        last,
        measured,
        generations,
        measurements,
        {name: QuantileBands(*np.array(spread).T) for name, spread in base.items()},
        QuantileBands(*np.array(horizon).T),
        frames[0],
        frames[-1],
        None if scenario.evolution.islands is None else _islands(run, last),
    )


def _islands(run: RunFile, last: int) -> Frame:
    """Read table `islands` up to a generation, and check that every island is there in each.

    Raises:
        CorruptRunError: one is missing.
    """
    frame, settings = run.frame("islands", "generation <= ?", (last,)), run.scenario.evolution.islands
    assert settings is not None
    rows = np.arange((last + 1) * settings.count)
    for name, expected in (("generation", rows // settings.count), ("island", rows % settings.count + 1)):
        if not np.array_equal(frame[name], expected):
            raise CorruptRunError(run.path, "its table `islands` doesn't have a row for each island of each generation")
    return frame


def _refuse_contradictions(run: RunFile, generations: np.ndarray, measured: list[np.ndarray]) -> None:
    """Check that every generation is there once, and was measured in all environments or in none."""
    each_once = np.array_equal(generations, np.arange(len(generations)))
    alike = all(np.array_equal(measured[0], other) for other in measured[1:])
    rising = measured[0].size > 0 and bool((np.diff(measured[0]) > 0).all())
    if not (each_once and alike and rising):
        raise CorruptRunError(run.path, "its tables contradict each other")


def select_planners(individuals: Frame) -> Frame:
    """Return the rows of planners, which are the individuals with a mesa-objective."""
    rows = which_want(individuals["controller"])
    return {name: column[rows] for name, column in individuals.items()}


def _spread(values: np.ndarray) -> Reals:
    numbers = values[~np.isnan(values)]
    return np.quantile(numbers, [0.05, 0.25, 0.75, 0.95]) if numbers.size else np.full(4, np.nan)


def describe_selection(reading: Reading, environment: str) -> str:
    """Describe whether selection acts in an environment."""
    schedule = reading.scenario.evolution.schedule
    selected = [environment in phase.shares() for phase in schedule if phase.start <= reading.last]
    if not any(selected):
        return "selection never sees it"
    return "selection happens here" if selected[-1] else "selection happened here, and moved away"
