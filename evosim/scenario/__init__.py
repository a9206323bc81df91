"""What a person asks for: a scenario file, read strictly and resolved into one explicit form."""

from evosim.scenario.errors.messages import ScenarioError
from evosim.scenario.loading.load import load_scenario, parse_scenario
from evosim.scenario.schema.scenario import Scenario

__all__ = ["Scenario", "ScenarioError", "load_scenario", "parse_scenario"]
