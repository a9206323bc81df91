"""Runs of networks: what commands say of minds that think in a map holds for them, with words of their own."""

import pytest
from test_program_runs import ONLY_OF_PLANNERS, words_of

from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile, open_run

SMALL = [
    "evolution.population=4", "evolution.generations=1", "evolution.episodes=1", "evolution.elites=1",
    "measure.episodes=8", "world.size=[9,9]", "world.steps=30", 'measure.environments=["maze", "deployment"]',
    'evolution.schedule.0.environment="maze"', "mind.network.thoughts=32", "mind.network.channels=1",
    'mind.network.initial={"c0.max.c0" = 0.95, "c0.red" = 1, "c0.wall" = -2}',
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Give a run in which all plan by value iteration, and want redness."""
    path = tmp_path_factory.mktemp("networks") / "red.evosim"
    with RunFile.create(path, load_scenario("search_in_networks", SMALL), 1) as file:
        list(carry_on(file))
    return path


def test_show_counts_who_searches_and_export_has_their_rules(run):
    said = words_of("show", run)
    assert "100% of the minds that think in a map search" in said
    assert not any(words in said for words in ONLY_OF_PLANNERS)
    with open_run(run) as file:
        assert set(file.frame("individuals")["network"]) == {"c0 = clip(0.95 max.c0 - 2 wall + 1 red)"}


@pytest.mark.compiled
def test_a_report_says_what_it_wants_and_plays_it(run, tmp_path):
    words_of("report", run, "-o", tmp_path / "page.html")
    page = " ".join((tmp_path / "page.html").read_text().split())
    assert "climbs what comes of it in c0:" in page
    assert "Read off its map, it wants red 1.00 and door 0.00" in page
    assert "100% of the population (networks, by genome)" in page
    assert page.count("what it climbs, by rank, from ") == 2
    assert '"kind": "network"' in page or '"kind":"network"' in page
    assert not any(words in page for words in ONLY_OF_PLANNERS)
