"""Rules about single loci, wherever a mind has one, and about the weights, mutation and structure of its segments."""

from collections.abc import Callable, Iterator
from typing import Protocol

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.schema.base import Part
from evosim.scenario.schema.evolution import NATURAL_SELECTION, RANDOM_SEARCH, GaussianMutation
from evosim.scenario.schema.locus import Locus, OwnMutation
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.rule import RuleSet


def rules_of_locus(least: float, most: float | Callable[[Scenario], float], *, reads: tuple[str, ...] = ()) -> RuleSet:
    """Return rules about a locus with values from `least` to `most`, which may depend on what else the rules `read`."""
    rules = RuleSet(Locus)

    @rules.rule(reads=(".",))  # all of it, for an unknown field may be what is missing
    def check_something_is_said(_: Scenario, locus: Locus) -> Iterator[Diagnostic]:
        if locus.range is None and locus.initial is None:
            yield Diagnostic(("initial",), "is missing")

    @rules.rule(reads=(".initial", ".range"))
    def check_initial(_: Scenario, locus: Locus) -> Iterator[Diagnostic]:
        if locus.range is None:
            return
        low, high = locus.range
        if not low < high:
            yield Diagnostic(("range",), f"the range is reversed or empty: {low:g} to {high:g}")
        elif locus.initial is not None and not low <= locus.initial <= high:
            yield Diagnostic(("initial",), f"{locus.initial:g} lies outside the range {low:g} to {high:g}")

    @rules.rule(reads=(".initial", ".range", *reads))
    def check_limits(scenario: Scenario, locus: Locus) -> Iterator[Diagnostic]:
        values = locus.range or ((locus.initial, locus.initial) if locus.initial is not None else None)
        limit = most(scenario) if callable(most) else most
        if values is not None and (values[0] < least or values[1] > limit):
            yield Diagnostic((), f"must lie between {least:g} and {limit:g}")

    return rules


class Weighed(Protocol):
    """A table that says in which range weights are."""

    range: tuple[float, float]


class Mutable(Protocol):
    """A table that says how loci mutate."""

    mutation: OwnMutation


WEIGHTS, MUTATION = RuleSet(Part), RuleSet(Part)
CONTINUOUS = ("cma_es", NATURAL_SELECTION)
CONTINUOUS_CROSSOVER, CONTINUOUS_MUTATION = ("blend", "sbx"), ("polynomial",)
MUTATING = ("genetic", NATURAL_SELECTION, RANDOM_SEARCH)  # random search ignores it: it is a control of any scenario


@WEIGHTS.rule(reads=(".range",))
def check_range(_: Scenario, table: Weighed) -> Iterator[Diagnostic]:
    low, high = table.range
    if not low < high:
        yield Diagnostic(("range",), f"the range is reversed or empty: {low:g} to {high:g}")


def wrong_weights(
    where: tuple[str, ...], weights: dict[str, float], names: list[str], low: float, high: float
) -> Iterator[Diagnostic]:
    """Yield what is wrong with weights given by name: unknown names, or values outside their range."""
    known = set(names)
    for name, weight in weights.items():
        if name not in known:
            yield Diagnostic((*where, name), f"there is no weight {name!r}; {suggest(name, names)}")
        elif not low <= weight <= high:
            yield Diagnostic((*where, name), f"{weight:g} lies outside the range {low:g} to {high:g}")


@MUTATION.rule(reads=(".", "evolution.algorithm", "evolution.mutation"))
def check_mutation(scenario: Scenario, table: Mutable) -> Iterator[Diagnostic]:
    own, evolution = table.mutation, scenario.evolution
    if own != OwnMutation() and evolution.algorithm not in MUTATING:
        yield Diagnostic(("mutation",), f"{evolution.algorithm} does not mutate: leave this out")
    elif own.scale is not None and not isinstance(evolution.mutation, GaussianMutation):
        what = f"{evolution.mutation.operator} mutation has no scale: leave this out"
        yield Diagnostic(("mutation", "scale"), what)
    elif own != OwnMutation() and isinstance(table, Locus) and table.range is None:
        yield Diagnostic(("mutation",), "what has no range does not evolve: leave this out")


def wrong_operators(scenario: Scenario, kind: str) -> Iterator[Diagnostic]:
    """Yield what can't vary the structured segments of a kind of mind."""
    evolution = scenario.evolution
    whose = f"{kind!r} has categories in its genome, not only numbers"
    if evolution.algorithm in CONTINUOUS:
        what = f"{whose}, which {evolution.algorithm} can't vary; use 'genetic' or 'random_search'"
        yield Diagnostic(("evolution", "algorithm"), what)
    elif evolution.crossover.operator in CONTINUOUS_CROSSOVER:
        what = f"{whose}, which {evolution.crossover.operator} can't mix; use 'uniform', 'one_point' or 'two_point'"
        yield Diagnostic(("evolution", "crossover", "operator"), what)
    elif evolution.mutation.operator in CONTINUOUS_MUTATION:
        what = f"{whose}, which {evolution.mutation.operator} mutation can't move; use 'gaussian' or 'reset'"
        yield Diagnostic(("evolution", "mutation", "operator"), what)


def rules_of_structure(kind: str) -> RuleSet:
    """Return the rule that nothing continuous varies the genomes of a kind of mind, if founders have it."""
    rules = RuleSet(Scenario)

    @rules.rule(reads=("mind.controllers.*?", "evolution.algorithm", "evolution.crossover", "evolution.mutation"))
    def check_what_varies_records(scenario: Scenario) -> Iterator[Diagnostic]:
        if kind in scenario.mind.controllers:
            yield from wrong_operators(scenario, kind)

    return rules
