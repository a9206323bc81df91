"""The plan of a sweep: its conditions, each a resolved scenario, and its cells, each a condition and a seed."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Any, NamedTuple

import numpy as np

from evosim.scenario import Scenario
from evosim.scenario.loading.load import scenario_to_json
from evosim.sweeps.schema import LatinHypercube, Range

MOST_TRIES = 1000  # at exchanging a coordinate of a point that is there twice


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
    """Return the points of a Latin hypercube, no two the same; a function of its ranges, their number and its seed."""
    columns = [
        _points_of(each, asked.points, np.random.Generator(np.random.Philox(key=[asked.seed, i])))
        for i, each in enumerate(asked.ranges.values())
    ]
    rows = list(zip(*columns, strict=True))
    if len(set(rows)) < len(rows):  # whole numbers
        if len(columns) == 1:
            (only,) = asked.ranges.values()
            rows = [(each,) for each in _moved_apart([int(each) for each in columns[0]], int(only.high))]
        else:
            rows = _exchanged(rows, np.random.Generator(np.random.Philox(key=[asked.seed, len(columns)])))
    return Axis("latin_hypercube", tuple(asked.ranges), tuple(dict.fromkeys(rows)))


def _moved_apart(points: list[int], high: int) -> list[int]:
    """Return whole numbers up to `high` of which no two are the same, each as near to its own as it can be."""
    order, moved = sorted(range(len(points)), key=points.__getitem__), list(points)
    for before, here in pairwise(order):
        moved[here] = max(moved[here], moved[before] + 1)
    for room, here in enumerate(reversed(order)):
        moved[here] = min(moved[here], high - room)
    return moved


def _exchanged(rows: list[tuple[Any, ...]], random: np.random.Generator) -> list[tuple[Any, ...]]:
    """Return points of which those that were there twice have exchanged their last coordinates with others.

    So each part of each range still has one. What no exchange is found for in MOST_TRIES stays.
    """
    rows, counts = list(rows), Counter(rows)
    for i in range(len(rows)):
        for _ in range(MOST_TRIES):
            if counts[rows[i]] == 1:
                break
            j = int(random.integers(len(rows)))
            one, other = (*rows[i][:-1], rows[j][-1]), (*rows[j][:-1], rows[i][-1])
            if one != other and not counts[one] and not counts[other]:
                counts.subtract([rows[i], rows[j]])
                counts.update([one, other])
                rows[i], rows[j] = one, other
    return rows


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
