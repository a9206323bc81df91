"""Rules about planners in a scenario: how far they look ahead, and what a search through trees can't do."""

from collections.abc import Iterator

from evosim.mind.planner.settings import (
    EFFORTS,
    LONGEST_HORIZON,
    MCTS,
    MOST_EFFORT,
    PLAN_OPTIMIZATION,
    TREE_SEARCH,
    VALUE_ITERATION,
    PlannerMind,
)
from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.locus import Locus
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.loci import MUTATION, rules_of_locus
from evosim.scenario.validation.rule import RuleSet

DEPTH_LIMIT = 24  # of a tree search: its nominal cost is the unpruned tree
CERTAIN = {  # algorithms that imagine every move to succeed
    TREE_SEARCH: "tree_search assumes that every move succeeds",
    PLAN_OPTIMIZATION: "plan_optimization assumes that every move succeeds",
}
DETERMINED = {  # algorithms that have no use for a temperature
    TREE_SEARCH: "tree_search always takes the best walk",
    MCTS: "mcts always takes the action that most simulations chose",
    PLAN_OPTIMIZATION: "plan_optimization always takes the best plan",
}
OF_ONE = {name: algorithm for algorithm, name in EFFORTS.items()} | {"candidates": PLAN_OPTIMIZATION}

RULES = RuleSet(Scenario)
for at in ("horizon", "discount", "temperature", *MOST_EFFORT):
    RULES.include(f"mind.planner.{at}", MUTATION)


@RULES.rule(reads=("world.kind", "mind.planner.algorithm"))
def check_planners_of_ecologies(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.world, EcologyWorld) and scenario.mind.of(PlannerMind).algorithm != VALUE_ITERATION:
        what = "in an ecology planners plan by 'value_iteration'"
        yield Diagnostic(("mind", "planner", "algorithm"), what)


def _deepest(scenario: Scenario) -> float:
    return DEPTH_LIMIT if scenario.mind.of(PlannerMind).algorithm == TREE_SEARCH else LONGEST_HORIZON


RULES.include("mind.planner.horizon", rules_of_locus(1, _deepest, reads=("mind.planner.algorithm",)))

for effort, most in MOST_EFFORT.items():
    RULES.include(f"mind.planner.{effort}", rules_of_locus(1, most))
RULES.include("mind.planner.discount", rules_of_locus(0.001, 0.999999))
RULES.include("mind.planner.temperature", rules_of_locus(0, 1e6))


@RULES.rule(reads=("mind.beliefs.slip?", "mind.planner.algorithm"))
def check_planners_expect_slips(scenario: Scenario) -> Iterator[Diagnostic]:
    why = CERTAIN.get(scenario.mind.of(PlannerMind).algorithm)
    if scenario.mind.beliefs.slip is not None and why:
        yield Diagnostic(("mind", "beliefs", "slip"), f"{why}: leave this out")


@RULES.rule(reads=("mind.planner.temperature", "mind.planner.algorithm"))
def check_best_plan_is_taken(scenario: Scenario) -> Iterator[Diagnostic]:
    planner = scenario.mind.of(PlannerMind)
    why = DETERMINED.get(planner.algorithm)
    if why and planner.temperature != Locus(initial=0.0):
        yield Diagnostic(("mind", "planner", "temperature"), f"{why}: leave this out")


@RULES.rule(reads=("mind.planner",))
def check_numbers_of_another_algorithm(scenario: Scenario) -> Iterator[Diagnostic]:
    planner = scenario.mind.of(PlannerMind)
    for name, algorithm in OF_ONE.items():
        if planner.algorithm != algorithm and getattr(planner, name) != PlannerMind.model_fields[name].get_default():
            what = f"{planner.algorithm} has no {name}: leave this out, or plan by {algorithm!r}"
            yield Diagnostic(("mind", "planner", name), what)
