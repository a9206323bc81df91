"""Contraception in ecologies: who uses it, and when."""

import numpy as np
import pytest
from effort import cases
from meadows import meadow

from evosim.ecology import state
from evosim.simulation.ecology.intervals import Interval, intervals


def told(changes: list[str], seed: int = 3) -> list[Interval]:
    return list(intervals(meadow(*changes), seed))


def test_contraception_is_never_used_where_there_is_none():
    for interval in told([]):
        assert interval.environment == ("before" if interval.number < 4 else "after")
        if interval.number < 4:
            assert interval.tally.counts[state.PROTECTED] == 0
    assert sum(interval.tally.counts[state.PROTECTED] for interval in told([])) > 0


NOBODY_WANTS = 'mind.heuristic.initial={ "seen.ahead.nearness" = 0.6, court = 1, child = -1 }'
EVERYBODY_WANTS = 'mind.heuristic.initial={ "seen.ahead.nearness" = 0.6, court = 1, child = 1 }'
HEURISTICS = ["mind.controllers={ heuristic = 1 }", "evolution.mutation.rate=0", "mind.heuristic.spread=0"]


@pytest.mark.parametrize(
    ("used_by", "wish", "share"),
    [("planners", NOBODY_WANTS, 0), ("everybody", NOBODY_WANTS, 1), ("everybody", EVERYBODY_WANTS, 0)],
)
def test_heuristics_use_contraception_only_where_everybody_does_and_unless_both_want_a_child(used_by, wish, share):
    by = f'environments.after.mating.contraception={{ fertility = 0.1, used_by = "{used_by}" }}'
    lived = told([*HEURISTICS, wish, by])
    matings = sum(int(interval.tally.counts[state.MATINGS]) for interval in lived[4:])
    assert matings > 10
    assert sum(int(interval.tally.counts[state.PROTECTED]) for interval in lived[4:]) == share * matings


@pytest.mark.parametrize(("child", "share"), [(1, 0), (-1, 1), (0, 1)])
def test_planners_use_contraception_unless_both_value_a_child(child, share):
    wants = f"mind.objective={{ evolves = false, initial = {{ sweet = 0.3, company = 0.5, child = {child} }} }}"
    lived = told([wants, "mind.controllers={ planner = 1 }"])
    matings = sum(int(interval.tally.counts[state.MATINGS]) for interval in lived[4:])
    assert matings > 10
    assert sum(int(interval.tally.counts[state.PROTECTED]) for interval in lived[4:]) == share * matings


def test_contraception_for_some_is_there_for_that_share_of_matings():
    wants = "mind.objective={ evolves = false, initial = { sweet = 0.3, company = 0.5, child = -1 } }"
    mixed = "evolution.schedule=[{ from = 0, environment = { before = 0.7, after = 0.3 } }]"
    lived = [
        each for seed in range(cases(6, 1)) for each in told([wants, "mind.controllers={ planner = 1 }", mixed], seed)
    ]
    matings, protected = (
        sum(int(interval.tally.counts[count]) for interval in lived) for count in (state.MATINGS, state.PROTECTED)
    )
    assert abs(protected - 0.3 * matings) < 4.5 * np.sqrt(0.21 * matings)
    assert matings > cases(100, 10)
