"""The benchmark of families of worlds: planted programs in them, and its table."""

import numpy as np
import pytest

from benchmarks.kept_rows import add_rows
from benchmarks.search_families import CASES, FAMILIES, Row, by_family, collected, ways_to_door
from benchmarks.search_ladder import Row as LadderRow
from benchmarks.search_scale import program_in
from evosim.alignment.assessment.search_quantities import alone
from evosim.alignment.search.shares import map_kinds, thinker_of

BELLMAN = (
    "r1 = hmax r0; r2 = vmax r0; r0 = max r1 r2; r0 = scale r0 0.9; r0 = mask r0 thing; r0 = add r0 door;"
    " r0 = mask r0 wall"
)
FOUND = Row(1, "ladder.csv", 1, "mazes", 13, 32, 500, 0.95, 1.0, 1.02, 0.9)


def think_of(program: str):
    mind = program_in(program, 1)
    (kind,) = map_kinds(mind)
    return alone(thinker_of(kind, mind, np.array([0])))


@pytest.fixture(autouse=True)
def few_worlds(monkeypatch):
    monkeypatch.setattr("benchmarks.search_families.WORLDS", 30)


@pytest.mark.parametrize("family", FAMILIES)
def test_value_iteration_takes_shortest_ways_in_all_families_if_it_thinks_long_enough(family):
    think, door = think_of(BELLMAN), np.array([1.0, 1.0])
    assert (ways_to_door(think, door, family, 13, 64, 1) == 1.0).all()
    assert np.isinf(ways_to_door(think, door, family, 13, 1, 1)).any()


def test_rows_of_the_ladder_are_measured_once(tmp_path, monkeypatch):
    ladder = LadderRow(
        2, "mix", "evolution", 3, 300, 512, 1, 100, 0.99, 0.93, 0.03, 1, 24, 0.97, 1.0, 0.0, 0.98, 1.0, 0.0, 1.0, "maximizing",
        "hmax vmax", BELLMAN, 61.0,
    )  # fmt: skip
    add_rows(tmp_path / "ladder.csv", [ladder, ladder._replace(seed=4, training="mazes")])
    asked = [1, 2, 3, 4], tmp_path / "rows.csv", [tmp_path / "ladder.csv"]
    rows = collected(*asked)
    assert [(row.seed, row.family, row.size, row.thoughts) for row in rows] == [
        (3, family, size, thoughts) for family in FAMILIES for size, thoughts in CASES
    ]
    assert all(row.searching and row.good for row in rows if row.thoughts == 128)
    monkeypatch.setattr("benchmarks.search_families.measured", None)
    assert collected(*asked) == rows


def test_the_table_is_of_those_that_search():
    rows = [FOUND, FOUND._replace(seed=2, reached=0.7), FOUND._replace(seed=3, searching=0)]
    assert (
        "| mazes | 13 × 13 | 32 | 1 of 2 | 0.500 [0.013, 0.987] | 0.82 (0.70–0.95) | 1.00 | 1.02 | 0.90 |"
        in by_family(rows)
    )
    assert not FOUND._replace(length=1.1).good
