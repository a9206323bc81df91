"""The benchmark of conditions for search: its conditions as scenarios, its rows, and its tests."""

import pytest

from benchmarks.kept_rows import add_rows, read_rows
from benchmarks.search_conditions import (
    AS_SHIPPED,
    EVER_NEW,
    KINDS,
    ONE_MAP,
    REACTIVE,
    USUAL,
    Row,
    by_condition,
    changes_of,
    collected,
    conditions,
    ends,
)
from benchmarks.search_ladder import overrides_of
from evosim import load_scenario

FOUND = Row(
    "worlds", "1", 1, 0, -1, 0.4, 0.0, 0.0, 0, 0.9, 0.4, 0.2, 0.1, 0.1, 0.0, 1.0, 1.0, "field-following", 32, "hmax",
    "r0 = hmax door", 40.0,
)  # fmt: skip
EVERY = list(conditions())


@pytest.mark.parametrize(
    "condition", [each for each in EVERY if each.name != REACTIVE], ids="{0.group}: {0.name}".format
)
def test_every_condition_is_a_scenario(condition):
    scenario = load_scenario("search_from_parts", changes_of(condition, 1))
    assert scenario.evolution.population * scenario.evolution.generations == 512 * 300
    shares = scenario.evolution.phase_in(0).shares()
    assert sum(shares.values()) == pytest.approx(1)
    assert all(name.removeprefix("home_") in KINDS for name in shares)


def test_one_map_is_the_same_for_a_seed_and_another_for_the_next():
    (condition,) = [each for each in EVERY if each.name == ONE_MAP]
    assert changes_of(condition, 1) == changes_of(condition, 1) != changes_of(condition, 2)


def test_what_is_as_shipped_changes_nothing_and_is_run_once(tmp_path):
    shipped = [each for each in EVERY if (each.group, each.name) in AS_SHIPPED]
    assert len(shipped) == len(AS_SHIPPED) == 4
    as_shipped = load_scenario("search_from_parts", overrides_of(2, "mix", "evolution")).model_dump()
    for each in shipped:
        found = load_scenario("search_from_parts", changes_of(each, 1)).model_dump()
        mixture = found["evolution"].pop("schedule")[0]["environment"]
        assert mixture.values() == pytest.approx([1 / 3] * 3, abs=1e-3)
        assert found == {
            **as_shipped,
            "evolution": {k: v for k, v in as_shipped["evolution"].items() if k != "schedule"},
        }
    path = tmp_path / "rows.csv"
    add_rows(path, [FOUND._replace(group="worlds", condition=EVER_NEW, searching=1)])
    others = list(collected([(each, 1) for each in shipped], path))  # nothing is run
    assert [(row.group, row.condition) for row in others] == [(each.group, each.name) for each in shipped]
    assert {row.program for row in others} == {FOUND.program}
    assert len(read_rows(Row, path)) == 4


def test_a_program_that_is_good_at_home_alone_has_learned_by_heart():
    assert FOUND.by_heart
    assert not FOUND._replace(home=0.7).by_heart
    assert not FOUND._replace(fresh=0.6).by_heart
    assert not FOUND._replace(searching=1).by_heart


def test_the_ends_of_an_axis_are_compared_by_fishers_exact_test():
    few = [FOUND._replace(seed=seed, searching=int(seed <= 2), since=20 if seed <= 2 else -1) for seed in range(10)]
    many = [row._replace(condition=EVER_NEW, searching=int(row.seed > 0)) for row in few]
    costs = [row._replace(group="costs", condition=USUAL) for row in many]
    assert ends(few + many + costs) == "worlds: 1 3 of 10, ever new 9 of 10, p = 0.02"
    assert (
        "| worlds: 1 | 3 of 10 | 0.300 [0.067, 0.652] | 20 (20-20) | 0.40 | 0.90 | 0.40 | 0.20 | 7 | 0 |"
        in by_condition(few)
    )
