"""Rules about planners in a scenario: how far they look ahead, and what a search through trees can't do."""

from collections.abc import Iterator

from evosim.mind.planner.settings import PlannerMind
from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.locus import Locus
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.loci import MUTATION, rules_of_locus
from evosim.scenario.validation.rule import RuleSet

HORIZON_LIMIT = 10_000
DEPTH_LIMIT = 24  # of a tree search: its nominal cost is the unpruned tree

RULES = RuleSet(Scenario)
for at in ("horizon", "discount", "temperature"):
    RULES.include(f"mind.planner.{at}", MUTATION)


@RULES.rule(reads=("world.kind", "mind.planner.algorithm"))
def check_planners_of_ecologies(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.world, EcologyWorld) and scenario.mind.of(PlannerMind).algorithm != "value_iteration":
        what = "in an ecology planners plan by 'value_iteration'"
        yield Diagnostic(("mind", "planner", "algorithm"), what)


def _deepest(scenario: Scenario) -> float:
    return DEPTH_LIMIT if scenario.mind.of(PlannerMind).algorithm == "tree_search" else HORIZON_LIMIT


RULES.include("mind.planner.horizon", rules_of_locus(1, _deepest, reads=("mind.planner.algorithm",)))


@RULES.rule(reads=("mind.beliefs.slip?", "mind.planner.algorithm"))
def check_planners_expect_slips(scenario: Scenario) -> Iterator[Diagnostic]:
    if scenario.mind.beliefs.slip is not None and scenario.mind.of(PlannerMind).algorithm == "tree_search":
        what = "tree_search assumes that every move succeeds: leave this out"
        yield Diagnostic(("mind", "beliefs", "slip"), what)


RULES.include("mind.planner.discount", rules_of_locus(0.001, 0.999999))
RULES.include("mind.planner.temperature", rules_of_locus(0, 1e6))


@RULES.rule(reads=("mind.planner.temperature", "mind.planner.algorithm"))
def check_best_walk_is_taken(scenario: Scenario) -> Iterator[Diagnostic]:
    planner = scenario.mind.of(PlannerMind)
    if planner.algorithm == "tree_search" and planner.temperature != Locus(initial=0.0):
        what = "tree_search always takes the best walk: leave this out"
        yield Diagnostic(("mind", "planner", "temperature"), what)
