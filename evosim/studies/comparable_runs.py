"""Runs that a mean over seeds may be taken of: of one scenario, each with a seed of its own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evosim.scenario import Scenario
from evosim.simulation.runs import RunFile

PARTS = ("world", "environments", "objectives", "mind", "evolution")  # of a scenario: others are words and measuring
LENGTH = "evolution.generations"
LONGEST = 40  # letters of a value in a message


def check_comparable(runs: Sequence[RunFile]) -> None:
    """Check that runs are of one scenario, whatever their length and their words, and that no two have the same seed.

    Raises:
        ValueError: they aren't; the message names the first run that isn't, and what differs.
    """
    for i, run in enumerate(runs):
        if differs := first_difference(run.scenario, runs[0].scenario):
            raise ValueError(
                f"{run.path}: of another scenario than {runs[0].path}: {differs}; an interval over seeds is of one"
            )
        if same := [other.path for other in runs[:i] if other.seed == run.seed]:
            raise ValueError(
                f"{run.path}: has the seed of {same[0]}, {run.seed}; an interval over seeds takes another seed each"
            )


def first_difference(one: Scenario, other: Scenario) -> str:
    """Return the first key in which two scenarios differ, and both values; empty where they don't."""
    first, second = _values(one), _values(other)
    for key in dict.fromkeys([*first, *second]):
        if first.get(key) != second.get(key):
            return f"{key} is {_shown(first.get(key))}, and there {_shown(second.get(key))}"
    return "" if [*first] == [*second] else "objects, features or environments have another order"


def _values(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario's lives and selection follow from, by dotted keys."""
    explicit = scenario.model_dump(mode="json")
    found = dict(_flat({part: explicit[part] for part in PARTS}))
    found.pop(LENGTH)
    return found


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def _shown(value: Any) -> str:
    text = "not set" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
