"""Rules about open loops in a scenario."""

from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.loci import MUTATION
from evosim.scenario.validation.rule import RuleSet

RULES = RuleSet(Scenario)
RULES.include("mind.open_loop", MUTATION)
