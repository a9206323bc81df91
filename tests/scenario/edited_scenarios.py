"""Scenarios with a change, and what is said of them."""

import pytest

import scenarios
from evosim.scenario import ScenarioError, parse_scenario

RED_DOORS = scenarios.paths()["red_doors"].read_text()


def diagnostics(text: str, *overrides: str) -> list[str]:
    """Read a text that is wrong, and list what is said of it."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, source="doors.toml", overrides=overrides)
    return str(caught.value).splitlines()


def with_change(old: str, new: str) -> str:
    assert RED_DOORS.count(old) == 1, old
    return RED_DOORS.replace(old, new)
