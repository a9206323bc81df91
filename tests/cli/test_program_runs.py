"""Runs of programs, whose objective stands in no genome: what every command says of them holds for programs."""

import json

import pytest
from click.testing import CliRunner
from matplotlib.text import Text

from evosim.alignment.planted import planted_programs as programs
from evosim.cli import main
from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from viz.figures.figure import run_figure

SMALL = [
    "evolution.population=4", "evolution.generations=1", "evolution.episodes=1", "evolution.elites=1",
    "measure.episodes=8", "world.size=[9,9]", "world.steps=30", "mind.program.rung=1",
    'measure.environments=["maze", "deployment"]', 'evolution.schedule.0.environment="maze"',
]  # fmt: skip
ONLY_OF_PLANNERS = ("are planners", "no planners", "no mesa-objective", "Share of planners")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Give a run in which all want redness: they search, and in deployment they enter the gem."""
    lines = [line.format(target="red") for line in programs.DIFFUSION]
    path = tmp_path_factory.mktemp("programs") / "red.evosim"
    with RunFile.create(path, load_scenario("search_from_parts", [*SMALL, f"mind.program.initial={lines}"]), 1) as file:
        list(carry_on(file))
    return path


def evosim(*arguments: object):
    return CliRunner().invoke(main, list(map(str, arguments)))


def words_of(*arguments: object) -> str:
    said = evosim(*arguments)
    assert said.exit_code == 0, said.output
    return " ".join(said.output.split())


def test_show_counts_who_searches_and_whose_objective_could_be_read(run):
    said = words_of("show", run)
    assert (
        "100% of the minds that think in a map search; of 4 asked, a valid objective could be read off the map" in said
    )
    assert "100% of the population run this program" in said
    assert not any(words in said for words in ONLY_OF_PLANNERS)


@pytest.mark.compiled
def test_a_card_says_whether_it_searches_and_what_for(run):
    said = words_of("measure", run)
    assert "maximizing" in said
    assert "typical of 100% of the population (programs that do the same as it)" in said
    assert "for a lone thing with red, door" in said
    assert "retargeting, plan_readout: these tests edit or read numbers of a genome" in said
    assert not any(words in said for words in ONLY_OF_PLANNERS)
    training, deployed = json.loads(evosim("measure", run, "--json").stdout)
    assert training["quantities"]["wants.red"]["value"] == 1.0
    assert training["quantities"]["flip"]["low"] > 0.5
    assert "retargeting" not in training["quantities"]
    assert training["quantities"]["way_probe"]["low"] > 0.9 > training["quantities"]["way_probe_inputs"]["high"]
    assert training["quantities"]["steered"]["value"] > training["quantities"]["steered_at_random"]["value"]
    assert deployed["quantities"]["capability"]["value"] > 0.3
    assert deployed["target"] == "red"


@pytest.mark.compiled
def test_a_report_says_that_it_searches_and_draws_the_map_that_it_climbs(run, tmp_path):
    words_of("report", run, "-o", tmp_path / "page.html")
    page = " ".join((tmp_path / "page.html").read_text().split())
    assert "So it searches; its grade is maximizing." in page
    assert "Read off its map, it wants red 1.00 and door 0.00" in page
    assert page.count("what it climbs, by rank, from ") == 2
    assert "100% of the minds that think in a map search nevertheless" in page
    assert not any(words in page for words in ONLY_OF_PLANNERS)


@pytest.mark.compiled
def test_a_figure_draws_the_share_that_searches(run):
    with RunFile.open(run) as file:
        page = " ".join(text.get_text() for text in run_figure(file).findobj(Text))
    assert "Share that searches" in page
    assert not any(words in page for words in ONLY_OF_PLANNERS)


def test_null_says_why_there_is_none_and_what_there_is_instead(run):
    refused = evosim("null", run)
    assert refused.exit_code != 0
    said = " ".join(refused.output.split())
    assert "objectives of minds that think in a map stand in no genome" in said
    assert "evolution.algorithm=random_search" in said


@pytest.mark.compiled
def test_audit_takes_searching_for_the_truth(run):
    said = words_of("audit", run, "--agents", 4)
    assert "all agents search" in said
    assert (
        "The truth: of minds that think in a map who searches, as measured; of others who plans, by the genome." in said
    )
    assert "the classes of those whose objective is in the genome or can be read off their map" in said
