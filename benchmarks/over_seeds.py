"""Over seeds: run a scenario for many seeds and describe each run's last generation; the seed is the unit.

What is measured on individuals of one run are relatives' numbers, so each run gives one number, and
a number over runs comes with a 95% interval over seeds: order statistics for medians, bootstrap-t for means.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import ConfidenceInterval, mean_interval, median_interval
from evosim.numerics.random import Stream, key_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import names_of
from evosim.simulation.generational.columns import tables
from evosim.simulation.generational.columns.views import GenerationSnapshot
from evosim.simulation.generational.generations import Generation, evolve, measure_generation
from evosim.simulation.laboratory import Laboratory
from evosim.storage.columns import Value

LAST_ONLY = "measure.every=1000000000"  # selection never sees measurements, so leaving some out changes nothing else


class Last(NamedTuple):
    """The last generation of a run, by the columns of its tables."""

    seed: int
    laboratory: Laboratory
    generation: Generation
    population: dict[str, Value]  # row of table `generations`
    measured: dict[str, dict[str, Value]]  # rows of table `measurements` by environment
    loci: dict[str, float]  # means by locus

    def share(self, environment: str, column: str) -> float:
        """Give a number of table `measurements`; NaN where there is none."""
        value = self.measured[environment][column]
        return float(value) if value is not None else float("nan")


def last_generation(name: str, seed: int, overrides: Sequence[str] = ()) -> Last:
    """Run a scenario to its end, and measure that: selection never sees measurements."""
    scenario = load_scenario(name, overrides)
    laboratory = Laboratory(scenario, seed)
    (end,) = deque(evolve(Laboratory(scenario, seed)), maxlen=1)
    last = measure_generation(laboratory, end)
    snapshot = GenerationSnapshot(laboratory, last)
    rows = {table.name: table.named_rows(snapshot) for table in tables(names_of(scenario))}
    return Last(
        seed,
        laboratory,
        last,
        rows["generations"][0],
        {str(row["environment"]): row for row in rows["measurements"]},
        {str(row["locus"]): float(row["mean"] or 0.0) for row in rows["loci"]},
    )


def outcomes_in(
    environment: str, laboratory: Laboratory, generation: Generation, minds: Phenotypes | None = None, episodes: int = 0
) -> Reals:
    """Let a generation live the episodes in which it is, or would be, measured; give the outcomes `[P, E, K]`.

    With other `minds`, these live in its place: the same worlds, the same luck.
    """
    worlds_key, key = (
        key_of(laboratory.seed, stream, generation.number) for stream in (Stream.MEASURED_WORLDS, Stream.MEASURED_LIVES)
    )
    return laboratory.live(
        environment, minds or generation.minds, generation.population.ids, worlds_key, key,
        episodes or laboratory.scenario.measure.episodes,
    ).outcomes  # fmt: skip


def interval(
    values: Iterable[float],
    middle: Callable[..., Any] = np.median,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> ConfidenceInterval:
    """Give the median over seeds with its 95% interval by order statistics, or the mean with its studentised one.

    NaN is left out; infinity, of what never happened, is a value like others for a median. Values can't leave
    `bounds`; shares that are all 1 have a mean's interval only with bounds.
    """
    return median_interval(values) if middle is np.median else mean_interval(values, bounds=bounds)


def with_interval(found: ConfidenceInterval, written: Callable[[float], str] = "{:.3f}".format) -> str:
    """Write a number with its interval; where it is the same for all, or there is but one, that is said instead."""
    if not found.known:
        return written(found.middle) + ("" if np.isnan(found.middle) else " in all")
    return f"{written(found.middle)} [{written(found.low)}, {written(found.high)}]"


def table(names: Sequence[str], rows: Sequence[tuple[object, Sequence[float]]]) -> str:
    """Write rows, each a label and numbers, as a Markdown table with medians and intervals below."""
    lines = ["| " + " | ".join(names) + " |", "|" + "---:|" * len(names)]
    for label, numbers in rows:
        lines.append("| " + " | ".join([str(label), *map(written, numbers)]) + " |")
    medians = []
    for column in zip(*(numbers for _, numbers in rows), strict=True):
        middle, low, high = interval(column)
        medians.append(f"**{written(middle)}** [{written(low)}, {written(high)}]")
    return "\n".join([*lines, "| " + " | ".join(["median [95%]", *medians]) + " |"])


def written(number: float) -> str:
    """Write a number with three digits, or one if it is large."""
    if not np.isfinite(number):
        return "never" if number > 0 else "–"
    return f"{number:.3f}" if abs(number) < 10 else f"{number:.1f}"
