"""A column says what it is called, what it means and how it is computed; rows of any table are made by one function."""

import gc
import json
import subprocess
import sys
import weakref
from itertools import pairwise

import numpy as np
import pytest
from pages_of_columns import FORMAT, FORMATS, columns_now, pages

from evosim.scenario import load_scenario
from evosim.scenario.schema.names import names_of
from evosim.simulation.generational.columns import individuals
from evosim.simulation.generational.columns.views import GenerationSnapshot
from evosim.simulation.generational.generations import generations
from evosim.simulation.generational.process import GenerationalProcess
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.process import process_class
from evosim.storage.columns import Column, Table, finite_or_nan, masked, mean, rows_of

KINDS = ("red_doors", "contraception")


def column(name, compute, kind="real"):
    return Column(name, kind, "", "A number; empty if there is none.", compute)


def test_a_view_of_single_entries_has_one_row():
    columns = (column("a", lambda view: view["a"]), column("b", lambda view: np.float64(0.5)))
    assert rows_of(columns, {"a": 3}) == [(3, 0.5)]


def test_a_view_of_arrays_has_a_row_for_each_entry_and_what_does_not_differ_is_in_all():
    columns = (
        column("step", lambda _: 7, "integer"),
        column("name", lambda _: ["x", "y"], "text"),
        column("value", lambda _: np.array([0.25, np.nan])),
        column("nothing", lambda _: None),
        column("count", lambda _: np.array([1, 2], np.int32), "integer"),
    )
    rows = rows_of(columns, None)
    assert rows == [(7, "x", 0.25, None, 1), (7, "y", None, None, 2)]
    assert [type(value) for value in rows[0]] == [int, str, float, type(None), int]


def test_a_view_of_empty_arrays_has_no_rows():
    assert rows_of((column("step", lambda _: 7), column("value", lambda _: np.empty(0))), None) == []


def test_columns_of_different_lengths_are_refused_by_name():
    with pytest.raises(ValueError, match=r"'a': 2, 'b': 3"):
        rows_of((column("a", lambda _: np.zeros(2)), column("b", lambda _: np.zeros(3))), None)


@pytest.mark.parametrize("value", [float("nan"), np.float32("nan"), np.float64("nan"), None])
def test_what_is_not_a_number_is_empty(value):
    assert rows_of((column("a", lambda _: value),), None) == [(None,)]
    assert rows_of((column("a", lambda _: np.array([1.0, value], float)),), None) == [(1.0,), (None,)]


def test_whole_numbers_stay_whole_where_others_are_empty():
    large = 2**60 + 1
    values = masked(np.array([True, False, True]), np.array([large, 5, -1]))
    assert rows_of((column("a", lambda _: values, "integer"),), None) == [(large,), (None,), (-1,)]


def test_means_over_nobody_and_infinite_numbers_are_empty():
    assert mean(np.empty(0)) is None
    assert mean(np.array([True, False])) == 0.5
    assert finite_or_nan(np.array([np.inf, -np.inf, 1.0])).tolist()[2:] == [1.0]
    assert rows_of((column("a", lambda _: finite_or_nan(np.array([np.inf, -np.inf]))),), None) == [(None,), (None,)]


def test_a_table_has_the_rows_of_all_its_views_in_order():
    table = Table("t", (column("a", lambda view: view), column("b", lambda view: 2 * view)), range)
    assert table.rows(3) == [(0, 0), (1, 2), (2, 4)]
    assert table.named_rows(2) == [{"a": 0, "b": 0}, {"a": 1, "b": 2}]


def test_a_column_may_be_empty_exactly_where_its_definition_says_when():
    for columns in (columns for tables in pages().values() for columns in tables.values()):
        for each in columns:
            assert each.may_be_empty == ("empty" in each.definition.lower()), each.name


def test_a_format_has_the_columns_that_were_recorded_when_it_was_counted_up():
    """A column more, and MINOR as it was: older readers could not tell. Columns are never taken away in a format."""
    formats = json.loads(FORMATS.read_text())
    assert formats.get(FORMAT) == columns_now(), "count up MINOR in storage/schema.py; python tests/pages_of_columns.py"
    ordered = sorted(formats, key=lambda name: tuple(map(int, name.split("."))))
    for earlier, later in pairwise(ordered):
        if earlier.split(".")[0] == later.split(".")[0]:
            for table, columns in formats[earlier].items():
                assert set(columns) <= set(formats[later][table])


def test_the_record_of_formats_sees_a_column_more(monkeypatch):
    more = Column("more", "real", "", "Empty in older runs.", may_be_empty=True)
    monkeypatch.setattr(GenerationalProcess, "lineage_columns", (*GenerationalProcess.lineage_columns, more))
    assert json.loads(FORMATS.read_text())[FORMAT] != columns_now()


@pytest.mark.parametrize("name", KINDS)
def test_every_column_of_a_table_is_there_once_and_is_computed(name):
    for columns in process_class(load_scenario(name)).contents(load_scenario(name)).tables.values():
        names = [each.name for each in columns]
        assert len(set(names)) == len(names)
        assert all(each.compute is not Column("", "", "", "").compute for each in columns)


def test_where_nobody_plans_what_is_only_planners_is_empty():
    small = ["evolution.population=4", "evolution.generations=1", "evolution.episodes=1", "measure.episodes=1"]
    scenario = load_scenario("red_doors", [*small, "mind.controllers={ heuristic = 1.0 }"])
    (last,) = generations(scenario, 1)
    rows = individuals.table(names_of(scenario)).named_rows(GenerationSnapshot(Laboratory(scenario, 1), last))
    assert [row["controller"] for row in rows] == ["heuristic"] * 4
    for row in rows:
        assert type(row["base_mean.training"]) is float
        assert {row[name] for name in row if name.startswith(("objective.", "horizon", "mesa_mean."))} == {None}


def test_the_lives_of_a_generation_are_let_go_of_once_its_rows_are_made():
    small = ["evolution.population=4", "evolution.generations=1", "evolution.episodes=1", "measure.episodes=1"]
    scenario = load_scenario("red_doors", small)
    process = process_class(scenario)(scenario, 1)
    (last,) = generations(scenario, 1)
    lived = [weakref.ref(each.outcomes) for each in last.measured]
    gc.collect()
    gc.disable()  # it would find them, some time later, when as many more generations are held
    try:
        assert process.record(last).rows["measurements"]
        del last
        assert [each() for each in lived] == [None] * 2
    finally:
        gc.enable()


@pytest.mark.parametrize("process", ["generational", "ecology"])
def test_columns_are_listed_without_a_compiler(process):
    program = (
        "import sys\nfrom evosim.scenario.schema.names import Names\n"
        f"from evosim.simulation.{process}.columns import tables\n"
        "names = Names(['w'], ['o'], ['f'], ['p'], ['e'], assessed=True)\n"
        "print(sum(len(table.columns) for table in tables(names)) > 30, 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
