"""The plan of a sweep: its conditions, each a resolved scenario, and its cells, each a condition and a seed."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from evosim.scenario import Scenario
from evosim.scenario.loading.load import scenario_to_json
from evosim.sweeps.schema import LatinHypercube, Range


class Axis(NamedTuple):
    """Keys whose values change together: one key of a grid, or all keys of a zip or of a Latin hypercube."""

    kind: str  # grid, zip, latin_hypercube
    keys: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]  # of values, one for each key


class Condition(NamedTuple):
    """A scenario under one combination of values of the axes."""

    number: int  # from 1
    values: Mapping[str, Any]  # by key
    scenario: Scenario


class Cell(NamedTuple):
    """One run of a sweep: a condition and a seed."""

    condition: int
    seed: int

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"{self.condition:04}-{self.seed}"


class Plan(NamedTuple):
    """All that a sweep runs."""

    title: str
    question: str
    source: str  # the scenario, as it was named
    axes: tuple[Axis, ...]
    seeds: tuple[int, ...]
    conditions: tuple[Condition, ...]
    kind: str = "sweep"
    varies: str = "seed"  # between futures of one state
    apart: int = 0  # by how much the seeds of a condition are larger than those of the one before
    changes: tuple[str, ...] = ()  # KEY=VALUE: what all conditions have otherwise than the scenario that is named

    @property
    def cells(self) -> list[Cell]:
        """All cells, seed by seed: what is interrupted early has some seeds of each condition."""
        return cells_of(self.seeds, len(self.conditions), self.apart)

    @property
    def digest(self) -> str:
        """The digest of the conditions: of what is run, without the seeds."""
        texts = [scenario_to_json(condition.scenario) for condition in self.conditions]
        if self.apart:  # then they differ in the states that they begin with
            texts += [json.dumps(dict(condition.values)) for condition in self.conditions]
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def cells_of(seeds: Sequence[int], conditions: int, apart: int = 0) -> list[Cell]:
    """List the cells of conditions from 1 on, seed by seed."""
    return [Cell(number, seed + apart * (number - 1)) for seed in seeds for number in range(1, conditions + 1)]


def combinations(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """Yield every combination of the rows of axes, the last axis changing fastest."""
    for rows in product(*(axis.rows for axis in axes)):
        yield {
            key: value for axis, row in zip(axes, rows, strict=True) for key, value in zip(axis.keys, row, strict=True)
        }


def hypercube_axis(asked: LatinHypercube) -> Axis:
    """Return the points of a Latin hypercube; a function of its ranges, their number and its seed."""
    columns = [
        _points_of(each, asked.points, np.random.Generator(np.random.Philox(key=[asked.seed, i])))
        for i, each in enumerate(asked.ranges.values())
    ]
    return Axis("latin_hypercube", tuple(asked.ranges), tuple(zip(*columns, strict=True)))


def _points_of(asked: Range, count: int, random: np.random.Generator) -> list[int | float]:
    """Return one coordinate of each point: one in each of `count` equal parts of the range, in random order."""
    shares = (random.permutation(count) + random.random(count)) / count
    if asked.whole:
        width = asked.high - asked.low + 1
        return [int(asked.low + min(int(share * width), width - 1)) for share in shares]
    if asked.scale == "log":
        low, high = np.log(asked.low), np.log(asked.high)
        return [float(f"{np.exp(low + share * (high - low)):.6g}") for share in shares]
    return [float(f"{asked.low + share * (asked.high - asked.low):.6g}") for share in shares]
