"""The benchmark of scale: its champions, its rows, and how collapses are named."""

import numpy as np
import pytest

from benchmarks.kept_rows import add_rows, read_rows
from benchmarks.search_ladder import Row as LadderRow
from benchmarks.search_scale import (
    CASES,
    WRONG,
    Row,
    by_seed,
    champions_in,
    exact_planner,
    kept,
    program_in,
    steps_by_kind,
    summary,
)
from evosim.alignment.assessment.search_quantities import alone
from evosim.alignment.search.shares import map_kinds, thinker_of
from evosim.mind.expression import describe_mind

BELLMAN = ("r1 = hmax r0", "r2 = vmax r0", "r1 = max r1 r2", "r1 = scale r1 0.9", "r0 = max r0 r1", "r0 = max r0 door",
           "r0 = mask r0 wall")  # fmt: skip
FLOOD = tuple(line for line in BELLMAN if "scale" not in line)  # everywhere as high as at the door
DIM = tuple(line.replace("0.9", "1e-12") for line in BELLMAN)  # too small to be told from 0 after 25 steps
FLEEING = ("r1 = hmax r2", "r0 = vmax r2", "r1 = max r0 r1", "r1 = scale r1 0.9", "r2 = max r1 r2", "r2 = max r2 door",
           "r2 = mask r2 wall", "r0 = scale r2 -1")  # fmt: skip
LADDER = LadderRow(
    2, "mix", "evolution", 5, 300, 512, 1, 100, 0.99, 0.93, 0.03, 1, 24, 0.97, 1.0, 0.0, 0.98, 1.0, 0.0, 1.0, "maximizing",
    "hmax vmax", "; ".join(BELLMAN), 61.0,
)  # fmt: skip
FOUND = Row(5, "ladder.csv", 13, 32, 60, 0.9, 1.0, 0.95, 0.01, 0.02, 0.015, 0.005, 1, "; ".join(BELLMAN))


def shares_of(lines, thoughts):
    mind = program_in("; ".join(lines), 1)
    (kind,) = map_kinds(mind)
    think = alone(thinker_of(kind, mind, np.array([0])))
    return dict(zip(("right", *WRONG), steps_by_kind(think, np.array([1.0, 1.0]), 13, thoughts, 1), strict=True))


@pytest.mark.parametrize(
    ("lines", "thoughts", "why"),
    [(FLOOD, 64, "saturating"), (DIM, 64, "fading"), (BELLMAN, 6, "too few thoughts"), (FLEEING, 64, "astray")],
)
def test_collapses_are_named_after_what_is_most_frequent(lines, thoughts, why):
    found = shares_of(lines, thoughts)
    assert sum(found.values()) == pytest.approx(1.0)
    wrong = {name: found[name] for name in WRONG}
    assert max(wrong, key=wrong.__getitem__) == why


def test_a_search_with_thoughts_enough_takes_shortest_steps_alone():
    assert shares_of(BELLMAN, 64)["right"] == 1.0


def test_champions_are_taken_from_rows_of_the_ladder_as_they_were_written(tmp_path):
    rows = tmp_path / "ladder.csv"
    for row in (LADDER, LADDER._replace(training="open", seed=6), LADDER._replace(condition="random search")):
        add_rows(rows, [row])
    (champion,) = champions_in(rows)
    assert (champion.seed, champion.source) == (5, "ladder.csv")
    assert tuple(describe_mind(champion.mind, 0)) == BELLMAN


def test_the_exact_planner_wants_doors_alone_and_sees_to_the_end():
    planner = exact_planner(25)
    assert planner.objective.tolist() == [[0.0, 1.0]]
    assert planner.own["planner"].horizon.tolist() == [120]


def test_rows_are_read_as_they_were_noted_and_summed_up(tmp_path):
    good = [FOUND._replace(size=size, thoughts=thoughts) for size, thoughts in CASES]
    bad = [row._replace(seed=6, searching=0, success=0.9 if row.size == 13 else 0.2) for row in good]
    add_rows(tmp_path / "rows.csv", good)
    add_rows(tmp_path / "rows.csv", bad)
    assert read_rows(Row, tmp_path / "rows.csv") == good + bad
    assert not read_rows(Row, tmp_path / "none.csv")
    assert kept({(row.size, row.thoughts): row for row in bad}) == pytest.approx(0.2 / 0.9)
    assert "all: 1 of 2 carry over, 0.500 [0.013, 0.987]; collapses: 1 saturating;" in summary(good + bad)
    assert "that search: 1 of 1 carry over" in summary(good + bad)
    assert "| 6 | no | 0.90 | 0.90 | 0.90 | 0.20 | 0.20 | 0.95 | no: saturating |" in by_seed(good + bad)
