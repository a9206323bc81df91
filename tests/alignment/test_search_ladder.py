"""The benchmark of the ladder: its test, its rows, and its cells as scenarios."""

import pytest

from benchmarks.kept_rows import add_rows, read_rows
from benchmarks.search_ladder import (
    CONDITIONS,
    TRAINING,
    Row,
    against_random_search,
    by_cell,
    draw,
    overrides_of,
    seeds_of,
    wanted,
)
from evosim import load_scenario

FOUND = Row(
    2, "mix", "evolution", 1, 300, 512, 1, 100, 0.99, 0.93, 0.03, 1, 24, 0.97, 1.0, 0.0, 0.98, 1.0, 0.0, 1.0, "maximizing",
    "hmax vmax", "r0 = hmax r1; r0 = mask r0 wall", 61.0,
)  # fmt: skip


def test_evolution_is_compared_with_random_search_by_fishers_exact_test():
    evolved = [FOUND._replace(seed=seed, searching=int(seed <= 15)) for seed in range(1, 17)]
    random = [FOUND._replace(condition="random search", seed=seed, searching=0) for seed in range(1, 13)]
    assert against_random_search(evolved + random) == "rung 2, mix: 15 of 16 against 0 of 12, p = 4.3e-07"
    assert against_random_search(evolved) == ""


def test_rows_are_read_as_they_were_added_and_summarised_by_cell(tmp_path):
    other = FOUND._replace(seed=2, searching=0, since=-1, weight_red=0.2, weight_door=0.8)
    for row in (FOUND, other):
        add_rows(tmp_path / "rows.csv", [row])
    assert read_rows(Row, tmp_path / "rows.csv", tmp_path / "none.csv") == [FOUND, other]
    assert "| 2 | mix | evolution | 1 of 2 | 0.500 [0.013, 0.987] | 100 (100-100) |" in by_cell([FOUND, other])
    assert (wanted(FOUND), wanted(other), wanted(FOUND._replace(validity=0.5))) == ("red", "door", "other")
    assert seeds_of("1-3,7") == [1, 2, 3, 7]


def test_the_figure_has_a_line_and_a_count_for_each_cell_and_condition(tmp_path):
    rows = [FOUND, FOUND._replace(seed=2), FOUND._replace(condition="random search", searching=0)]
    rows += [FOUND._replace(rung=3, searching=0)]
    figure = draw(rows)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words == ["rung 2, mix", "2 of 2", "0 of 1", "rung 3, mix", "0 of 1"]
    figure.savefig(tmp_path / "ladder.png")
    assert (tmp_path / "ladder.png").stat().st_size > 10_000


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_cell_of_the_ladder_is_a_scenario(condition):
    for training in TRAINING:
        scenario = load_scenario("search_from_parts", overrides_of(2, training, condition))
        assert scenario.evolution.population * scenario.evolution.generations == 512 * 300
