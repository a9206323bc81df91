"""What a person asks for: a scenario file, read strictly and resolved into one explicit form."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evosim.scenario.errors.messages import ScenarioError
    from evosim.scenario.loading.load import load_scenario, parse_scenario
    from evosim.scenario.schema.scenario import Scenario

__all__ = ["Scenario", "ScenarioError", "load_scenario", "parse_scenario"]

ROOMS = {
    "Scenario": "evosim.scenario.schema.scenario",
    "ScenarioError": "evosim.scenario.errors.messages",
    "load_scenario": "evosim.scenario.loading.load",
    "parse_scenario": "evosim.scenario.loading.load",
}


def __getattr__(name: str) -> Any:
    """Fetch a name when it is first asked for: the settings of a kind of mind need only what they are made of."""
    if name not in ROOMS:
        raise AttributeError(f"module 'evosim.scenario' has no attribute {name!r}")
    return getattr(import_module(ROOMS[name]), name)
