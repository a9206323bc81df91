"""Recorded births: tables of everybody's genome at birth and of how lives ended, and what follows from them."""

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from meadows import meadow
from stored_meadows import SHORT, made_plainly

from evosim.cli import main
from evosim.interactive.run import Run
from evosim.mind.genome import genome_layout
from evosim.numerics.compiler import plainly
from evosim.scenario import ScenarioError, load_scenario
from evosim.simulation.ecology.agents import KIND, OF_AN_AGENT, agents_rows
from evosim.simulation.process import process_of
from evosim.simulation.runner import Stop, carry_on
from evosim.simulation.runs import RunFile

TABLES = ("births", "ends")


def stored(path):
    with closing(sqlite3.connect(path)) as connection:
        return {name: connection.execute(f"select * from {name} order by rowid").fetchall() for name in TABLES}


def test_everybody_has_a_row_at_birth_and_at_death(recorded):
    with Run.open(recorded) as run:
        births, ends, counted = run.frame("births"), run.frame("ends"), run.frame("generations")
        lives, agents = run.frame("lives", to="pandas"), run.frame("agents", to="pandas")
        loci = genome_layout(run.scenario).loci
        genomes, ids = run.array("genomes", 1), run.memory(1)["id"]
        by_kind, whole = run.frame("life_table_by_kind"), run.frame("life_table")
    assert births["id"].tolist() == list(range(len(lives)))
    assert len(ends["id"]) == counted["deaths"].sum() > 0
    for name in ("born", "died", "parent_1", "parent_2"):
        assert agents[name].equals(lives[name])
    assert agents["cause"].tolist() == lives["cause"].tolist()
    assert agents["children"].tolist() == lives["children"].tolist()
    assert np.array_equal(np.array([births[locus][ids] for locus in loci], np.float32).T, genomes)
    assert {len(row) for row in births["origins"].tolist()} == {len(loci)}
    for name in ("at_risk", "deaths", "births"):
        assert by_kind[name].sum() == whole[name].sum()
    assert set(by_kind["controller"].tolist()) == {"heuristic", "planner"}
    assert (births["cell_row"] < 12).all()
    assert (ends["cell_column"] < 12).all()


def test_a_run_that_stopped_has_the_records_of_one_that_never_did(recorded, tmp_path):
    path = tmp_path / "stopped.evosim"
    with plainly(), RunFile.create(path, meadow(*SHORT, "measure.births=true"), 1) as run:
        for step in carry_on(run, stop := Stop()):
            stop.wanted = step.number == 0
    assert 0 < len(stored(path)["births"]) < len(stored(recorded)["births"])
    with plainly(), RunFile.open(path, write=True) as run:
        list(carry_on(run))
    assert stored(path) == stored(recorded)


def test_agents_are_exported_with_their_loci(recorded):
    done = CliRunner().invoke(main, ["export", str(recorded), "--table", "agents"])
    assert done.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [*rows[0]] == [*(column.name for column in OF_AN_AGENT), *genome_layout(meadow()).loci]
    assert rows[0]["parent_1"] == ""


def test_agents_of_a_run_that_is_being_written_are_read(recorded, monkeypatch):
    """An interval that is stored between one table and the next is no contradiction."""
    with Run.open(recorded) as run:
        table, least = run.table, iter([1])
        monkeypatch.setattr(run, "table", lambda name: table(name, "generation < ?", (next(least, 2),)))
        rows = list(agents_rows(run))
        assert len(rows) == len(table("births")[1])


def test_a_run_without_records_says_how_to_get_them(tmp_path):
    path = made_plainly(tmp_path / "plain.evosim", "evolution.ticks=20")
    done = CliRunner().invoke(main, ["export", str(path), "--table", "agents"])
    assert done.exit_code == 5
    assert "births are not recorded: run its scenario again with --set measure.births=true" in done.output


def test_generations_have_no_births_to_record():
    with pytest.raises(ScenarioError, match=r"measure.births: only natural_selection has births to record"):
        load_scenario("red_doors", ["measure.births=true"])


def test_the_disk_that_records_take_is_estimated():
    def disk(*more):
        return process_of(load_scenario("contraception", [*more]), 0).resources().disk

    lives = 1000 * 12_000 / 250
    assert 100 * lives < disk("measure.births=true") - disk() < 200 * lives  # 128 bytes measured, of seven loci


@pytest.mark.parametrize(("name", "columns"), [("agents", OF_AN_AGENT), ("life_table_by_kind", (KIND,))])
def test_every_column_is_documented(name, columns):
    page = (Path(__file__).parents[2] / "docs/vital_statistics.md").read_text()
    section = page.split(f"## `{name}`")[1].split("\n## ")[0]
    rows = [f"| `{c.name}` | {c.unit} | {c.definition} |" for c in columns]
    assert [line for line in section.splitlines() if line.startswith("| `")] == rows
