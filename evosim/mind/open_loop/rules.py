"""Rules about open loops in a scenario."""

from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.loci import MUTATION
from evosim.scenario.validation.rule import Rules

RULES = Rules(Scenario)
RULES.include("mind.open_loop", MUTATION)
