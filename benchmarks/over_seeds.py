"""Over seeds: run a scenario for many seeds and describe each run's last generation; the seed is the unit.

What is measured on individuals of one run are relatives' numbers, so each run gives one number, and
a number over runs comes with a 95% bootstrap interval over seeds.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from evosim.experiment import Generation, Laboratory, generations
from evosim.format import tables_of
from evosim.scenario import load_scenario
from evosim.statistics import Value, generation_row, locus_rows, measurement_rows

ROUNDS = 10_000


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
    """Run a scenario to its end, and measure there."""
    scenario = load_scenario(name, [f"measure.every={10**9}", *overrides])
    laboratory = Laboratory(scenario, seed)
    (last,) = deque(generations(scenario, seed), maxlen=1)
    columns = tables_of(scenario)
    measured = [
        dict(zip([column.name for column in columns.measurements], row, strict=True))
        for row in measurement_rows(laboratory, last)
    ]
    return Last(
        seed,
        laboratory,
        last,
        dict(zip([column.name for column in columns.generations], generation_row(laboratory, last), strict=True)),
        {str(row["environment"]): row for row in measured},
        {str(row[1]): float(row[2] or 0.0) for row in locus_rows(laboratory, last)},
    )


def interval(values: Iterable[float], middle: Callable[..., Any] = np.median) -> tuple[float, float, float]:
    """Give the median over seeds, or the mean, and its 95% bootstrap interval (percentile method, 10,000 rounds)."""
    known = np.array([value for value in values if not np.isnan(value)])
    drawn = np.random.default_rng(0).choice(known, (ROUNDS, len(known)))
    low, high = np.quantile(middle(drawn, axis=1), [0.025, 0.975])
    return float(middle(known)), float(low), float(high)


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
    return f"{number:.3f}" if abs(number) < 10 else f"{number:.1f}"
