"""Runs of earlier releases open, go on and end as if they had been made today."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import evosim.storage.schema
from evosim.cli import main
from evosim.simulation.generational.columns import generations
from evosim.simulation.runner import carry_on, run, verify
from evosim.simulation.runs import RunFile, open_run
from evosim.storage.columns import Column
from evosim.storage.schema import COMPLETE, MAJOR, MINOR, MINORS

EARLIER = Path(__file__).parents[1] / "earlier_runs"  # made at fdf3d2a, format 3
KINDS = ("grid", "ecology")


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def copied(name, folder):
    return Path(shutil.copy(EARLIER / f"{name}.evosim", folder / f"{name}.evosim"))


def change(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_run_of_an_earlier_release_opens_and_reading_it_changes_nothing(kind, tmp_path):
    for state in ("complete", "interrupted"):
        path = copied(f"{kind}_{state}", tmp_path)
        before = path.read_bytes()
        with open_run(path) as run:
            assert run.summary().state == state
            for name in run.tables():
                columns, rows = run.table(name)
                assert len(columns) == len(run.tables()[name])
                assert rows or name == "selection"  # of cohorts of whom everybody has died
        assert path.read_bytes() == before


def test_an_interrupted_run_of_an_earlier_release_ends_as_the_one_that_never_stopped(kind, tmp_path):
    path = copied(f"{kind}_interrupted", tmp_path)
    with RunFile.open(path, write=True) as run:
        list(carry_on(run))
    with open_run(path) as run, open_run(EARLIER / f"{kind}_complete.evosim") as straight:
        assert run.summary().state == COMPLETE
        assert run.digests() == straight.digests()
        assert run.connection.execute("pragma user_version").fetchone() == (MAJOR * MINORS + MINOR,)


def test_a_run_of_an_earlier_release_is_verified(kind):
    with open_run(EARLIER / f"{kind}_complete.evosim") as run:
        told = list(verify(run))
    assert [same for _, same in told] == [True] * run.scenario.evolution.generations


def test_rows_are_those_of_the_earlier_release_but_for_rounding(kind, tmp_path):
    """Sums of numpy differ in the last bits between processors: states, which digests are of, do not."""
    with (
        open_run(EARLIER / f"{kind}_complete.evosim") as earlier,
        run(earlier.scenario, earlier.seed, tmp_path / "again.evosim") as again,
    ):
        for table, columns in earlier.stored_columns.items():
            named = ", ".join(f'"{column}"' for column in columns)
            asked = f"select {named} from {table} order by rowid"
            rows = earlier.connection.execute(asked).fetchall()
            assert rows or table == "selection"
            assert [column.name for column in again.tables()[table] if column.name in columns] == columns
            assert_equal_but_for_rounding(again.connection.execute(asked).fetchall(), rows)
        assert again.digests() == earlier.digests()


def assert_equal_but_for_rounding(rows, expected):
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        for value, other in zip(row, wanted, strict=True):
            if isinstance(other, float):
                assert value == pytest.approx(other, rel=1e-10, abs=1e-12)
            else:
                assert value == other


@pytest.mark.parametrize("command", ["show", "plot", "export", "report", "measure"])
def test_commands_read_runs_of_earlier_releases(command, kind, tmp_path):
    path = copied(f"{kind}_complete", tmp_path)
    options = {"plot": ["-o", str(tmp_path / "it.png")], "export": ["--table", "generations"]}.get(command, [])
    ended = CliRunner().invoke(main, [command, str(path), *options])
    assert ended.exit_code == 0, ended.output


@pytest.fixture
def with_a_column(monkeypatch):
    """Let this release have a column and a table that the one before did not."""
    definition = "What was not known before; empty in runs of earlier releases."
    column = Column("luck", "real", "", definition, lambda snapshot: 0.5, may_be_empty=True)
    number, *others = generations.TABLE.columns
    monkeypatch.setattr(generations, "TABLE", generations.TABLE._replace(columns=(number, column, *others)))
    later = "create table omens (generation integer primary key, text text not null) strict;"
    monkeypatch.setattr(evosim.storage.schema, "FIXED_TABLES", evosim.storage.schema.FIXED_TABLES + later)


def test_columns_and_tables_that_came_later_are_empty_and_filled_from_then_on(with_a_column, tmp_path):
    path = copied("grid_interrupted", tmp_path)
    with open_run(path) as run:
        frame = run.frame("generations")
        assert list(frame)[:2] == ["generation", "luck"]
        assert np.isnan(frame["luck"]).all()
        assert (frame["population"] == 24).all()
        assert run.rows("select generation, text from omens", (int, str)) == []
    with RunFile.open(path, write=True) as run:
        list(carry_on(run))
    with open_run(path) as run, open_run(EARLIER / "grid_complete.evosim") as straight:
        luck = run.frame("generations")["luck"]
        assert np.isnan(luck[:4]).all()
        assert (luck[4:] == 0.5).all()
        assert run.digests() == straight.digests()
        assert np.array_equal(run.frame("generations")["fitness_mean"], straight.frame("generations")["fitness_mean"])


def test_columns_of_a_later_release_are_not_read(tmp_path):
    path = copied("grid_complete", tmp_path)
    change(path, 'alter table generations add column "omen" real', "pragma user_version = 3999")
    with open_run(path) as run:
        assert "omen" not in run.frame("generations")
        assert run.summary().state == COMPLETE


@pytest.mark.parametrize(
    "statements",
    [
        ("analyze",),
        ("create index by_environment on measurements (environment)",),
        ("create table notes (at text, words text)", "insert into notes values ('today', 'look at generation 3')"),
        ("drop index individuals_by_generation",),
    ],
    ids=["statistics", "an index", "notes", "without our index"],
)
def test_what_other_tools_keep_in_a_run_is_no_damage(statements, tmp_path):
    path = copied("grid_interrupted", tmp_path)
    change(path, *statements)
    assert CliRunner().invoke(main, ["show", str(path)]).exit_code == 0
    with RunFile.open(path, write=True) as run:
        list(carry_on(run))
    with open_run(path) as run, open_run(EARLIER / "grid_complete.evosim") as straight:
        assert run.digests() == straight.digests()
        if "notes" in statements[0]:
            assert run.rows("select words from notes", (str,)) == [("look at generation 3",)]


@pytest.mark.parametrize(
    "command", ["show", "resume", "verify", "plot", "report", "measure", "audit", "intervene", "export", "record"]
)
@pytest.mark.parametrize(("version", "remedy"), [(4000, "upgrade evosim"), (2, "run these again")])
def test_a_run_of_another_format_ends_every_command_with_a_remedy(version, remedy, command, tmp_path):
    path = copied("grid_complete", tmp_path)
    change(path, f"pragma user_version = {version}")
    options = {"intervene": ["--environment", "deployment"], "record": ["-o", str(tmp_path / "it.gif")]}.get(
        command, []
    )
    ended = CliRunner().invoke(main, [command, str(path), *options])
    assert ended.exit_code == 5
    assert remedy in ended.output


@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "nonsense"])
def test_a_figure_goes_to_a_file_whatever_backend_a_notebook_hands_on(backend, tmp_path):
    out = tmp_path / "it.png"
    command = [sys.executable, "-m", "evosim", "plot", str(EARLIER / "grid_complete.evosim"), "-o", str(out)]
    ended = subprocess.run(command, env=os.environ | {"MPLBACKEND": backend}, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert out.stat().st_size > 0
