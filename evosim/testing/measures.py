"""Conformance of measures: a function of what it sees of a step, and of nothing else."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from evosim.measures.columns import called
from evosim.numerics.compiler import plainly
from evosim.scenario import Scenario, load_scenario
from evosim.scenario.schema.measures import OwnMeasure
from evosim.simulation.process import Process, process_of
from evosim.testing.conformance import (
    AT_ONCE,
    ConformanceError,
    at_once,
    elsewhere,
    expect_same,
    other_global_seeds,
    without_side_effects,
)

SEED = 5
ONE_KIND = "mind.controllers={ heuristic = 1 }"  # nobody has a mesa-objective
REPEATED = 3


class Seen(NamedTuple):
    """What a measure is called with, and what that is."""

    name: str
    view: Any


def check_measure(function: Callable[[Any], Any], *, scenario: str | Scenario = "red_doors") -> None:
    """Check that a measure obeys its contract (docs/extending.md).

    It is called with what it would see of minimal runs of a `scenario`, by its name or path, with its own minds and
    with heuristics alone; or of one that was loaded, run as it is.

    Raises:
        ConformanceError: it doesn't; the message says what it does, where, and what would be right.
    """
    who = str(getattr(function, "__name__", None) or type(function).__name__)
    own = getattr(function, "definition", None)
    if not isinstance(own, OwnMeasure):
        raise ConformanceError(f"{who} has no definition: put `@measure(unit=…)` of evosim.measures above it")
    cases = [*_seen_in(scenario, own.table)]
    if not cases:
        raise ConformanceError(f"{who} is of table {own.table!r}, which the run of an ecology doesn't have")
    first = {}
    for case in cases:
        with without_side_effects(who):
            first[case.name] = called(function, who, own, case.view)
    with without_side_effects(who):
        _check_that_nothing_else_matters(function, own, cases, first, who)


def _check_that_nothing_else_matters(
    function: Callable[[Any], Any], own: OwnMeasure, cases: Sequence[Seen], first: dict[str, Any], who: str
) -> None:
    """Call a measure again, in another order, on other threads and beside other calls.

    Raises:
        ConformanceError: it comes to something else.
    """

    def called_again(seen: Sequence[Seen]) -> dict[str, Any]:
        return {f"{who}, of {case.name},": called(function, who, own, case.view) for case in seen}

    same = {f"{who}, of {name},": value for name, value in first.items()}
    expect_same(called_again(cases), same, "differs when it is called again: it may draw from `seen.rng()` only")
    with other_global_seeds():
        expect_same(called_again(cases), same, "depends on a global generator: draw from `seen.rng()`")
    backwards = "depends on what was measured before: a run that is resumed begins anywhere, so keep nothing"
    expect_same(called_again(cases[::-1]), same, backwards)
    expect_same(elsewhere(partial(called_again, cases)), same, "is another on another thread")
    for _ in range(REPEATED):
        for together in at_once([partial(called_again, [cases[n % len(cases)]]) for n in range(AT_ONCE)]):
            expect_same(together, same, "is another when several threads ask at once: keep nothing of a call")


def _seen_in(scenario: str | Scenario, table: str) -> Iterator[Seen]:
    """Yield what is seen of the steps of small runs, for rows of a table."""
    if isinstance(scenario, Scenario):
        yield from _seen_of(process_of(scenario, SEED), table, "")
        return
    yield from _seen_of(process_of(load_scenario(scenario), SEED).small(), table, "")
    yield from _seen_of(process_of(load_scenario(scenario, [ONE_KIND]), SEED).small(), table, " of heuristics")


def _seen_of(process: Process, table: str, whom: str) -> Iterator[Seen]:
    with plainly():
        steps = [process.measure(step) for step in process.steps(None)]
    yield from (Seen(f"{name}{whom}", view) for step in steps for name, view in process.views_of(step, table))
