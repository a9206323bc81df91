"""Life histories of ecologies, from births and deaths alone."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from meadows import meadow

from evosim.cli import main
from evosim.ecology.state import Count
from evosim.interactive.run import Run
from evosim.numerics.compiler import plainly
from evosim.simulation.ecology.checkpoint import lives
from evosim.simulation.ecology.life_histories import (
    CAUSES,
    LIFE_TABLE,
    LIVES,
    LifeHistories,
    life_histories,
    life_table_rows,
    lives_rows,
)
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile

NOBODY = -1
THREE = LifeHistories(  # a founder aged 4, another newly born; they have a child at tick 6; ten ticks
    parents=np.array([[NOBODY, NOBODY], [NOBODY, NOBODY], [0, 1]]),
    born=np.array([-4, 0, 6]),
    died=np.array([7, NOBODY, NOBODY]),
    cause=np.array([1, NOBODY, NOBODY]),
    end=10,
)


def test_causes_are_named_in_the_order_in_which_they_are_counted():
    assert list(range(Count.OF_HUNGER, Count.OF_HUNGER + len(CAUSES))) == [
        Count.OF_HUNGER,
        Count.OF_AGE,
        Count.OF_ACCIDENT,
        Count.CULLED,
    ]


def test_a_row_says_who_an_agent_was():
    assert list(lives_rows(THREE)) == [
        (0, None, None, -4, 7, "age", 1),
        (1, None, None, 0, None, None, 1),
        (2, 0, 1, 6, None, None, 0),
    ]


def test_a_life_table_counts_agents_while_they_are_seen():
    rows = {age: rest for age, *rest in life_table_rows(THREE)}
    assert list(rows) == list(range(12))  # the founder is 11 when it dies, in a tick that it lives through
    assert sum(rest[0] for rest in rows.values()) == 8 + 10 + 4
    assert [rows[age][0] for age in (0, 3, 4, 9, 10, 11)] == [2, 2, 2, 2, 1, 1]
    assert [age for age, rest in rows.items() if rest[1]] == [11]
    assert {age: rest[2] for age, rest in rows.items() if rest[2]} == {6: 0.5, 10: 0.5}
    assert rows[11][3] == 1.0
    assert [rows[age][5] for age in (0, 11)] == [1.0, 1.0]


def test_survivorship_falls_by_mortality():
    many = 1000
    died = np.arange(many) % 10
    histories = LifeHistories(np.full((many, 2), NOBODY), np.zeros(many, int), died, np.zeros(many, int), 10)
    rows = list(life_table_rows(histories))
    assert [row[1] for row in rows] == [many - 100 * age for age in range(10)]
    assert rows[1][6] == pytest.approx(np.exp(-0.1))
    assert all(rows[n + 1][6] < rows[n][6] for n in range(9))


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """Give a run of two intervals, and its life histories, which were read while the second was stored."""
    path = tmp_path_factory.mktemp("runs") / "meadow.evosim"
    changes = ["evolution.ticks=40", "evolution.interval=20", "evolution.schedule=[{from=0,environment='before'}]"]
    with plainly(), RunFile.create(path, meadow(*changes), 1) as made, RunFile.open(path) as reading:
        steps = carry_on(made)
        next(steps)

        def every(run):
            yield from lives(run)
            next(steps)

        before = life_histories(reading, every)
        list(steps)
    return path, before


def test_life_histories_are_of_one_state_of_a_run_that_goes_on(grown):
    path, before = grown
    with RunFile.open(path) as run:
        after = life_histories(run, lives)
        seen = before.died < 0
        assert (before.end, after.end) == (20, 40)
        assert len(before.born) == (after.born < 20).sum() < len(after.born)
        assert (after.died[: len(seen)][seen & (after.died[: len(seen)] >= 0)] >= 20).all()


def test_tables_of_a_run_agree_with_what_it_counted(grown):
    path, _ = grown
    with Run.open(path) as run:
        counted, agents = run.frame("generations"), run.frame("lives", to="pandas")
        assert (agents["cause"] != "").sum() == counted["deaths"].sum() > 0
        children = agents["parent_1"].notna().sum()
        assert children == counted["births"].sum()
        assert agents["children"].sum() == 2 * children
        table = run.frame("life_table")
        assert table["deaths"].sum() == counted["deaths"].sum()
        assert table["births"].sum() == children
        with pytest.raises(ValueError, match="is worked out, not stored"):
            run.frame("lives", "id = 1")
    done = CliRunner().invoke(main, ["export", str(path), "--table", "life_table"])
    assert done.exit_code == 0
    assert len(list(csv.DictReader(io.StringIO(done.stdout)))) == len(table["age"])


@pytest.mark.parametrize(("name", "columns"), [("lives", LIVES), ("life_table", LIFE_TABLE)])
def test_every_column_is_documented(name, columns):
    page = (Path(__file__).parents[2] / "docs/vital_statistics.md").read_text()
    section = page.split(f"## `{name}`")[1].split("\n## ")[0]
    rows = [f"| `{c.name}` | {c.unit} | {c.definition} |" for c in columns]
    assert [line for line in section.splitlines() if line.startswith("| `")] == rows
