"""Rules about selection operators of DEAP, and their arguments."""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from inspect import Parameter, getmembers, isfunction, signature
from typing import Any

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.schema.evolution import DeapSelection
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.rule import RuleSet

UNUSABLE = {
    "selTournamentDCD": "it compares crowding distances, which only NSGA-II measures: use operator = 'nsga2'",
    "selNSGA3": "it needs reference points, which a scenario can't give: use operator = 'nsga2'",
}  # operators of DEAP that lack what they select by
LARGEST_TOURNAMENT = 10_000  # as of evosim's own


def _is_number(value: Any, low: float, high: float, *, whole: bool) -> bool:
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool) and low <= value <= high


A_SIZE = (
    partial(_is_number, low=1, high=LARGEST_TOURNAMENT, whole=True),
    f"a whole number from 1 to {LARGEST_TOURNAMENT:,}",
)
ARGUMENTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "tournsize": A_SIZE,
    "fitness_size": A_SIZE,
    "parsimony_size": (partial(_is_number, low=1, high=2, whole=False), "a number from 1 to 2"),
    "fitness_first": (lambda value: isinstance(value, bool), "true or false"),
    "epsilon": (partial(_is_number, low=0, high=1e9, whole=False), "a number from 0 to 1e9"),
    "nd": (lambda value: value == "standard", "'standard'; 'log' sorts by several objectives, and there is one here"),
}  # which values operators accept, and that in words

DEAP = RuleSet(DeapSelection)


@lru_cache(maxsize=1)
def _operators() -> dict[str, list[Parameter]]:
    """Return the parameters of each operator, other than the individuals, the number to select, and the fitness."""
    from deap import tools

    operators = {name: function for name, function in getmembers(tools, isfunction) if name.startswith("sel")}
    parameters = {name: signature(function).parameters.values() for name, function in operators.items()}
    return {name: [each for each in found if each.name != "fit_attr"][2:] for name, found in parameters.items()}


def _usable(selection: DeapSelection) -> tuple[str, list[Parameter]]:
    """Return the name of an operator, and its parameters; there are none if it can't be used."""
    name = selection.operator.removeprefix("deap.")
    return name, [] if name in UNUSABLE else _operators().get(name, [])


@DEAP.rule(reads=(".operator",), conclusive=True)
def check_operator(_: Scenario, selection: DeapSelection) -> Iterator[Diagnostic]:
    name = selection.operator.removeprefix("deap.")
    if name not in _operators():
        yield Diagnostic(("operator",), f"DEAP has no operator {name!r}; {suggest(name, _operators())}")
    elif name in UNUSABLE:
        yield Diagnostic(("operator",), UNUSABLE[name])


@DEAP.rule(each="{argument}", reads=(".operator", ".{argument}"))
def check_argument(_: Scenario, selection: DeapSelection, argument: str) -> Iterator[Diagnostic]:
    name, parameters = _usable(selection)
    own, value = [each.name for each in parameters], selection.__pydantic_extra__[argument]
    if argument not in own:
        advice = suggest(argument, own) if own else "it has none"
        yield Diagnostic((argument,), f"unknown argument of {name}; {advice}")
    elif argument in ARGUMENTS and not ARGUMENTS[argument][0](value):
        yield Diagnostic((argument,), f"expected {ARGUMENTS[argument][1]}, got {value!r}")


@DEAP.rule(reads=(".",))
def check_all_arguments_are_there(_: Scenario, selection: DeapSelection) -> Iterator[Diagnostic]:
    name, parameters = _usable(selection)
    for each in parameters:
        if each.default is each.empty and each.name not in selection.arguments():
            yield Diagnostic((), f"{name} needs the argument {each.name!r}")
