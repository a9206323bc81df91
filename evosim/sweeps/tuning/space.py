"""The space that is searched: ranges and choices of keys, as points in the unit cube and as scenarios."""

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any, NamedTuple

from evosim.numerics.arrays import Reals
from evosim.scenario import Scenario
from evosim.scenario.loading.load import load_scenario
from evosim.sweeps.schema import Range
from evosim.sweeps.toml_values import toml_value
from evosim.sweeps.tuning.schema import TuneFile

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
        return load_scenario(self.scenario, [*self.overrides, *(f"{key}={toml_value(x)}" for key, x in point.items())])

    def check(self) -> None:
        """Check that the scenario is valid as it is, and with the ends of each range and each choice, one at a time.

        Raises:
            ScenarioError: it isn't.
        """
        load_scenario(self.scenario, list(self.overrides))
        for key, each in self.ranges.items():
            for end in (0.0, 1.0):
                self.scenario_at({key: value_at(each, end)})
        for key, options in self.choices.items():
            for value in options:
                self.scenario_at({key: value})


def space_of(file: TuneFile, scenario: str) -> Space:
    """Return the space of a tune file.

    Raises:
        ValueError: nothing is searched, a key is there twice, or a range is none.
    """
    if not (file.ranges or file.choices):
        raise ValueError("nothing is searched: give ranges or choices")
    if twice := sorted(set(file.ranges) & set(file.choices)):
        raise ValueError(f"{twice[0]} has a range and choices; it can have one of them")
    for key, each in file.ranges.items():
        if each.low >= each.high:
            raise ValueError(f"ranges.{key}: expected more than {each.low:g} as its end, got {each.high:g}")
        if each.scale == "log" and each.low <= 0:
            raise ValueError(f"ranges.{key}: a logarithmic scale begins above 0, got {each.low:g}")
        if each.whole and not (each.low.is_integer() and each.high.is_integer()):
            raise ValueError(f"ranges.{key}: whole numbers are between whole numbers")
    return Space(scenario, tuple(file.set), file.ranges, file.choices)


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
