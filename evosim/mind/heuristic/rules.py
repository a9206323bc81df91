"""Rules about heuristics in a scenario: the range and the names of their weights, and their temperature."""

from collections.abc import Iterator

from evosim.mind.heuristic.senses import choice_names, senses_of
from evosim.mind.heuristic.settings import HeuristicMind
from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld
from evosim.scenario.validation.loci import MUTATION, WEIGHTS, rules_of_locus, wrong_weights
from evosim.scenario.validation.rule import RuleSet

INITIAL = ("mind", "heuristic", "initial")
SENSES = ("world.kind", "world.features", "mind.objective.drives", "mind.heuristic.distances")  # what the inputs are

RULES = RuleSet(Scenario)
RULES.include("mind.heuristic", WEIGHTS)


@RULES.rule(reads=("mind.heuristic.initial", "mind.heuristic.range", "mind.heuristic.evolves", "mind.heuristic.hidden"))
def check_initial_of_heuristic(scenario: Scenario) -> Iterator[Diagnostic]:
    heuristic = scenario.mind.of(HeuristicMind)
    (low, high), initial = heuristic.range, heuristic.initial
    if initial is None:
        missing = "is missing: weights that don't evolve must be given"
        yield from [] if heuristic.evolves else [Diagnostic(INITIAL, missing)]
    elif isinstance(initial, dict):
        what = "weights of hidden units have no names: give one number for all"
        yield from [Diagnostic(INITIAL, what)] if heuristic.hidden else []
    elif not low <= initial <= high:
        yield Diagnostic(INITIAL, f"{initial:g} lies outside the range {low:g} to {high:g}")


@RULES.rule(reads=("mind.heuristic.initial", "mind.heuristic.range", "mind.heuristic.hidden", *SENSES))
def check_weights_of_heuristic(scenario: Scenario) -> Iterator[Diagnostic]:
    heuristic = scenario.mind.of(HeuristicMind)
    if isinstance(heuristic.initial, dict) and not heuristic.hidden:
        names = [*senses_of(scenario), "stay", *choice_names(scenario)]
        yield from wrong_weights(INITIAL, heuristic.initial, names, *heuristic.range)


@RULES.rule(reads=("mind.heuristic.distances", "world.kind"))
def check_heuristics_have_a_map(scenario: Scenario) -> Iterator[Diagnostic]:
    if scenario.mind.of(HeuristicMind).distances and not isinstance(scenario.world, GridWorld):
        yield Diagnostic(("mind", "heuristic", "distances"), "only in grids do minds have a map: leave this out")


RULES.include("mind.heuristic", MUTATION)
RULES.include("mind.heuristic.temperature", MUTATION)
RULES.include("mind.heuristic.temperature", rules_of_locus(0, 1e6))
