"""The space that is searched: ranges and choices of keys, as points in the unit cube and as scenarios."""

from collections.abc import Iterator, Mapping, Sequence
from math import exp, log
from typing import Any, NamedTuple

from evosim.numerics.arrays import Reals
from evosim.scenario import Scenario
from evosim.scenario.loading.load import load_scenario
from evosim.scenario.toml_values import toml_value
from evosim.sweeps.schema import Range

Point = Mapping[str, Any]  # a value for each key


class Space(NamedTuple):
    """What is searched, and the scenario that it changes."""

    scenario: str
    overrides: tuple[str, ...]
    ranges: Mapping[str, Range]
    choices: Mapping[str, Sequence[Any]]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are searched."""
        return (*self.ranges, *self.choices)

    def at(self, cube: Reals) -> Point:
        """Return the point at coordinates `[K]` between 0 and 1."""
        values = {key: value_at(each, float(x)) for (key, each), x in zip(self.ranges.items(), cube, strict=False)}
        for (key, options), x in zip(self.choices.items(), cube[len(self.ranges) :], strict=True):
            values[key] = options[min(int(float(x) * len(options)), len(options) - 1)]
        return values

    def scenario_at(self, point: Point) -> Scenario:
        """Return the scenario of a point.

        Raises:
            ScenarioError: its values contradict each other.
        """
        return load_scenario(self.scenario, [*self.overrides, *overrides_of(point)])

    def ends(self) -> Iterator[tuple[str, str | int, Point]]:
        """Yield the ends of each range, and each choice: its key, which of them, and the point that has it alone."""
        for key, each in self.ranges.items():
            for end, share in (("from", 0.0), ("to", 1.0)):
                yield key, end, {key: value_at(each, share)}
        for key, options in self.choices.items():
            for i, value in enumerate(options):
                yield key, i, {key: value}


def overrides_of(point: Point) -> list[str]:
    """Return what a point changes, as options of `--set`."""
    return [f"{key}={toml_value(value)}" for key, value in point.items()]


def value_at(asked: Range, share: float) -> int | float:
    """Return the value at a share of a range, with six significant digits."""
    low, high = (log(asked.low), log(asked.high)) if asked.scale == "log" else (asked.low, asked.high)
    if asked.whole:
        if asked.scale == "log":
            return min(max(round(exp(low + share * (high - low))), int(asked.low)), int(asked.high))
        return int(asked.low + min(int(share * (asked.high - asked.low + 1)), int(asked.high - asked.low)))
    value = low + share * (high - low)
    inside = min(max(exp(value) if asked.scale == "log" else value, asked.low), asked.high)
    return float(f"{inside:.6g}")
