"""Rules about programs in a scenario: their parts, and the base optimizers that can vary them."""

from collections.abc import Iterator

from evosim.mind.maps.inputs import input_names
from evosim.mind.maps.rules import rules_of_climbers
from evosim.mind.program.code import REGISTERS, ListingError, operand_names, parse
from evosim.mind.program.settings import ProgramMind
from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.loci import rules_of_structure
from evosim.scenario.validation.rule import RuleSet

RULES = RuleSet(Scenario)
RULES.include("", rules_of_climbers("program", "operations", "inputs"))
RULES.include("", rules_of_structure("program"))


@RULES.rule(
    reads=(
        "mind.program.initial",
        "mind.program.operations",
        "mind.program.rung",
        "mind.program.inputs",
        "mind.program.registers",
        "mind.program.instructions",
        "world.features",
    )
)
def check_initial_program(scenario: Scenario) -> Iterator[Diagnostic]:
    mind = scenario.mind.of(ProgramMind)
    where = ("mind", "program", "initial")
    if len(mind.initial) > mind.instructions:
        yield Diagnostic(where, f"{len(mind.initial)} lines, where a program has {mind.instructions} instructions")
    elif mind.initial and len(mind.initial) < mind.instructions and "nop" not in mind.names:
        what = f"{len(mind.initial)} lines, and without 'nop' a program of {mind.instructions} can't be filled up"
        yield Diagnostic(where, what)
    names = operand_names(mind.registers, input_names(mind.inputs, scenario.world.features, REGISTERS))
    for i, line in enumerate(mind.initial):
        try:
            parse([line], names, mind.registers, mind.names)
        except ListingError as error:
            yield Diagnostic((*where, i), str(error))
