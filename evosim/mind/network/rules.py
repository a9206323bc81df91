"""Rules about networks in a scenario: their parts, and the names and the range of their weights."""

from collections.abc import Iterator

from evosim.mind.maps.rules import rules_of_climbers
from evosim.mind.network.settings import NetworkMind
from evosim.mind.network.weights import weight_names
from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.loci import MUTATION, WEIGHTS, wrong_weights
from evosim.scenario.validation.rule import RuleSet

INITIAL = ("mind", "network", "initial")

RULES = RuleSet(Scenario)
RULES.include("mind.network", WEIGHTS)
RULES.include("mind.network", MUTATION)
RULES.include("", rules_of_climbers("network", "reads", "inputs"))


@RULES.rule(
    reads=(
        "mind.network.initial",
        "mind.network.range",
        "mind.network.channels",
        "mind.network.reads",
        "mind.network.inputs",
        "world.features",
    )
)
def check_initial_weights(scenario: Scenario) -> Iterator[Diagnostic]:
    mind = scenario.mind.of(NetworkMind)
    (low, high), initial = mind.range, mind.initial
    if isinstance(initial, dict):
        names = weight_names(mind, scenario.world.features)
        yield from wrong_weights(INITIAL, initial, list(names), low, high)
        if not low <= 0.0 <= high and not set(names) <= set(initial):
            yield Diagnostic(INITIAL, "weights that are not named are 0, which lies outside the range")
    elif not low <= initial <= high:
        yield Diagnostic(INITIAL, f"{initial:g} lies outside the range {low:g} to {high:g}")
