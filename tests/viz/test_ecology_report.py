"""The report of an ecology: its families, its worlds and its futures are those of the run, however that went."""

import json
import re
import tracemalloc
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from browsers import chromium, needs_chromium
from pages_read import Page
from test_ecology_figures import CHANGE, CHANGING, DEADLY

from evosim.mind.expression import express
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import objective_names
from evosim.simulation.ecology.checkpoint import checkpoint_at, lives
from evosim.simulation.ecology.intervals import intervals
from evosim.simulation.runs import RunFile
from viz.answers.ecology_families import count_lines, founder_lines, read_families
from viz.answers.ecology_reading import read_course
from viz.answers.ecology_states import DISLIKES, NOTHING_WANTED, WANTS, read_states
from viz.report.ecology_page import exchange_worlds
from viz.report.ecology_world import draw_dots
from viz.report.page import render_report

pytestmark = pytest.mark.compiled

BRIEF = (*CHANGING, "evolution.generations=10")
SCENARIOS = {
    "changed": ("contraception", BRIEF, None),
    "first": ("contraception", BRIEF, 1),
    "extinct": ("contraception", (*BRIEF, DEADLY), None),
    "heuristics": ("heuristics_only", BRIEF, 8),
    "mixed": ("contraception", (*BRIEF, "mind.controllers={planner=0.5,heuristic=0.5}"), 8),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunFile]]:
    folder, recorded = tmp_path_factory.mktemp("ecologies"), {}
    for name, (scenario, changes, stop) in SCENARIOS.items():
        chosen = load_scenario(scenario, changes)
        recorded[name] = RunFile.create(folder / f"{name}.evosim", chosen, seed=1)
        for interval in islice(intervals(chosen, seed=1), stop):
            recorded[name].append(recorded[name].process.record(interval))
    yield recorded
    for run in recorded.values():
        run.close()


@pytest.fixture(scope="module")
def pages(runs: dict[str, RunFile]) -> dict[str, str]:
    return {name: render_report(run) for name, run in runs.items()}


def test_lines_of_a_hundred_thousand_agents_take_no_table_of_them_all():
    line, born = np.arange(100_000) % 2, np.arange(100_000) // 250
    tracemalloc.start()
    founders, counts = count_lines(line, born, born + 3, np.arange(1, 401))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (founders.tolist(), counts[0].tolist(), counts[-1].tolist()) == ([0, 1], [125, 125], [375, 375])
    assert most < 10e6  # bytes; a number for each agent and tick takes 320 MB


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_report_of_an_ecology_is_complete_in_itself_and_sound(name, pages):
    page = Page(pages[name])
    assert {each for each in page.addresses if not each.startswith("#")} == {"data:,"}
    assert page.handlers == []
    assert len(page.ids) == len(set(page.ids))
    assert page.pointed <= set(page.ids)
    assert page.elements["h1"] == 1
    assert page.elements["caption"] == page.elements["table"]
    assert "One run is one seed." in page.text
    assert len(pages[name].encode()) < 1_000_000


def test_lines_follow_first_parents_to_their_founders():
    assert founder_lines(np.array([-1, -1, 0, 1, 2, 4, -1, 3])).tolist() == [0, 1, 0, 1, 0, 0, 6, 1]


@pytest.mark.parametrize("name", ["changed", "extinct"])
def test_families_are_shares_of_those_who_live(name, runs):
    course = read_course(runs[name])
    families = read_families(runs[name], course)
    records = list(lives(runs[name]))
    for k, tick in enumerate(course.frame["tick"].tolist()):
        living = [each for each in records if each.born < tick and (each.died is None or each.died >= tick)]
        assert len(living) == course.frame["population"][k]
        mine = [int(families.line[each.id]) for each in living]
        assert families.left[k] == len(set(mine))
        for number, founder in enumerate(families.named):
            share = mine.count(founder) / len(mine) if mine else np.nan
            assert families.shares[k, number] == pytest.approx(share, nan_ok=True)
    assert (np.diff(families.left) <= 0).all()  # lines can only be lost


def test_states_hold_what_the_run_stored_and_group_agents_by_the_weight_of_a_child(runs):
    run = runs["mixed"]
    course = read_course(run)
    read = read_states(run, course, read_families(run, course))
    assert read.weight == "child"
    assert CHANGE in [state.tick for state in read.states]  # the last before the change
    for state in read.states:
        stored = checkpoint_at(run, state.tick // course.interval - 1)
        minds = express(run.scenario, run.laboratory.layout, stored.genomes)
        weights = minds.objective[:, objective_names(run.scenario).index("child")]
        assert np.array_equal(state.want == NOTHING_WANTED, ~minds.is_of("planner"))
        assert (weights[state.want == WANTS] >= 0.05).all()
        assert (weights[state.want == DISLIKES] <= -0.05).all()
        assert sum(len(cells) for cells in state.food) == int(
            ((w := stored.memory["what"]) >= 0).sum() - (w >= 1024).sum()
        )
    assert draw_dots(np.array([7]), 4) == "M3.5 1.5h0"


def test_the_future_of_the_last_agents_before_the_change_in_the_new_world_is_what_became_of_them(runs):
    run = runs["changed"]
    course = read_course(run)
    found = exchange_worlds(run, course)
    before = found["before the change"]
    assert before.tick == CHANGE
    assert [each.environment for each in before.futures] == ["ancestral", "modern"]
    chosen = course.within(CHANGE, CHANGE + before.ticks)
    assert before.futures[1].births == pytest.approx(1000 * course.mean("births_per_capita", chosen), rel=1e-6)
    assert before.futures[1].living == course.frame["population"][np.flatnonzero(chosen)[-1]]
    assert before.futures[0].births != before.futures[1].births
    assert list(found) in (
        ["before the change"],
        ["before the change", "in the end"],
    )  # where few are left, nobody is asked
    assert exchange_worlds(runs["first"], read_course(runs["first"])) == {}


def test_who_wants_nothing_is_not_told_to_get_it(pages):
    assert "what they want" not in Page(pages["heuristics"]).text.partition("Methods and definitions")[0]
    assert "what they want" in Page(pages["changed"]).text.partition("Methods and definitions")[0]
    assert "doesn't plan" in Page(pages["heuristics"]).text
    assert "nobody is left" in Page(pages["extinct"]).text


SCRUB = """
addEventListener("load", () => {
  const slider = document.querySelector(`[data-field="state"]`);
  slider.value = 0;
  document.querySelector(`[data-field="way"]`).value = "family";
  slider.dispatchEvent(new Event("input"));
});
"""


@needs_chromium
def test_in_a_browser_the_world_has_a_slider_over_its_states(runs, pages, tmp_path):
    path = tmp_path / "scrubbed.html"
    path.write_text(pages["changed"].replace("</body>", f"<script>{SCRUB}</script></body>"))
    dom = chromium(path, "--dump-dom").stdout
    course = read_course(runs["changed"])
    families = read_families(runs["changed"], course)
    first = read_states(runs["changed"], course, families).states[0]
    layers = dom.split('<g data-field="layers">')[1].split("</g>")[0]
    for group in set(first.family.tolist()):
        drawn = re.search(rf'class="agent family{group}" d="([^"]+)"', layers)[1]
        assert drawn == draw_dots(first.cell[first.family == group], 40)
    assert f"tick {first.tick:,}, ancestral: {len(first.cell):,} agents" in dom
    assert json.loads(re.search(r'id="field-data">(.*?)</script>', pages["changed"])[1])["columns"] == 40
