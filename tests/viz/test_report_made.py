"""Reports of a run of their own: of vast worlds, of other packages, and by the command."""

import re
import subprocess
import sys
from pathlib import Path

import packages
import pytest
from pages_read import Page
from reported_runs import SMALL, door_lovers, record
from test_plugin_worlds import PAGE as ORCHARD

from evosim.scenario import load_scenario, parse_scenario
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from viz.report import maps, save_report
from viz.report.page import render_report


@pytest.mark.compiled
def test_a_vast_world_full_of_things_makes_no_vast_page(tmp_path, monkeypatch):
    monkeypatch.setattr(maps, "MOST_THINGS", 10)
    vast = ["world.size=[45,45]", 'world.layout={kind="open"}', "world.steps=150", "world.objects.ball.count=20"]
    small = ["evolution.population=2", "evolution.generations=1", "evolution.episodes=1", "measure.episodes=2",
             "measure.alignment=false", "mind.controllers={planner=1}", "evolution.selection.size=2"]  # fmt: skip
    with record(tmp_path / "vast.evosim", load_scenario("red_doors", [*vast, *small])) as run:
        page = render_report(run)
    assert "13 more things are not drawn" in page
    assert page.count('class="height"') <= 2 * (maps.HEIGHT_LEVELS + 1)
    assert len(page.encode()) < 400_000


def test_worlds_of_another_package_are_reported_with_it_and_without_it(tmp_path, monkeypatch):
    path, scenario = tmp_path / "orchard.evosim", f"{ORCHARD}\n[measure]\nepisodes = 4\n"
    with monkeypatch.context() as installed:
        installed.syspath_prepend(packages.install(tmp_path / "installed"))
        with record(path, parse_scenario(scenario, name="orchard")) as run:
            page = Page(render_report(run))
    assert re.search(r"In training the mean base objective per episode is [−\d.]+ \(95% interval", page.text)
    assert "its worlds are another package's, and can't be listed as states" in page.text
    with RunFile.open(path) as run:
        without = Page(render_report(run))
    assert "No intervals: its worlds are another package's" in without.text
    assert "no installed package provides 'orchard'" in without.text


def test_a_report_card_with_an_invalid_value_is_refused(tmp_path):
    with record(tmp_path / "odd.evosim", load_scenario("red_doors", SMALL), 1) as run:
        run.connection.execute("insert into report_cards values (0, 1, 'training', 'gap', 9e999, null, null, '')")
        with pytest.raises(RunFileError, match="report card of agent 1 has an invalid value"):
            render_report(run)


def command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evosim", "report", *map(str, arguments)], capture_output=True, text=True, cwd=cwd
    )


def test_the_command_says_where_the_page_is_and_what_is_wrong(tmp_path):
    record(tmp_path / "doors.evosim", door_lovers()).close()
    done = command("doors.evosim", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "doors.html\n"), done.stderr
    assert (tmp_path / "doors.html").read_text().startswith("<!DOCTYPE html>")
    wrong = command("doors.evosim", "-o", "doors.pdf", cwd=tmp_path)
    assert wrong.returncode == 1
    assert wrong.stderr == "doors.pdf: a report ends in .html, not in '.pdf'\n"


def test_a_run_without_a_generation_has_no_report(tmp_path):
    new = RunFile.create(tmp_path / "new.evosim", load_scenario("red_doors", SMALL), seed=1)
    with new as run, pytest.raises(ValueError, match="nothing is stored yet"):
        save_report(run, tmp_path / "new.html")
    assert not (tmp_path / "new.html").exists()
