"""Measures of one's own: their columns are stored with their definitions, and are read without the functions."""

import json
from itertools import islice

import numpy as np
import pytest
from berries import BERRIES
from click.testing import CliRunner

import evosim
from evosim.cli import main
from evosim.cli.options import override_measures
from evosim.interactive.plugins import with_measures
from evosim.measures import measure
from evosim.scenario import ScenarioError, load_scenario, parse_scenario
from evosim.scenario.loading import plugin_files
from evosim.scenario.schema import entry_points
from evosim.scenario.schema.entry_points import PluginError
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile, default_path
from evosim.sweeps.branch import changed
from evosim.sweeps.results import open_sweep
from evosim.sweeps.summary import choose_quantities

FILE = """
from evosim.measures import measure

@measure(unit="share", table="measurements", definition="Share of episodes in which something was eaten.")
def fed(seen):
    print("noise")
    return (seen.outcomes["eaten"] > 0).mean()

@measure(unit="share", definition="Never known.")
def failing(seen):
    return {}["nothing"]

@measure(unit="share", table="measurements", definition="Share of episodes that end at the door.")
def entered(seen):
    return seen.outcomes["entered.door"].mean()

def bare(seen):
    return 1.0

MEASURES = {"fed": fed, "failing": failing, "entered": entered, "bare": bare}
"""


@measure(unit="utility", table="individuals", may_be_empty=True)
def sweetness(seen):
    """Weight of sweet in a mesa-objective; empty for who has none.

    This paragraph is not part of the definition.
    """
    return seen.objectives["sweet"]


@measure(unit="individuals", kind="integer", definition="Number of those who plan.")
def planning(seen):
    return seen.is_planner.sum()


@measure(unit="name", kind="text", table="individuals", definition="Kind of mind.")
def mind(seen):
    return seen.controllers


@measure(unit="share", table="measurements", definition="A share that is drawn.")
def drawn(seen):
    return seen.rng().random()


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    """Leave nothing behind that a process was given."""
    monkeypatch.setattr(entry_points, "LOCAL", {})
    monkeypatch.setattr(plugin_files, "FILES", [])


@pytest.fixture
def page(tmp_path):
    (tmp_path / "berries.toml").write_text(BERRIES)
    (tmp_path / "mine.py").write_text(FILE)
    return tmp_path


def command(*arguments: object):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_a_measure_is_a_column_with_its_definition_and_changes_nothing_else(tmp_path):
    scenario = parse_scenario(BERRIES)
    plain = evosim.run(scenario, 3, tmp_path / "plain.evosim")
    result = evosim.run(scenario, 3, tmp_path / "run.evosim", measures=[sweetness, planning, mind, drawn])
    assert result.summary().digest == plain.summary().digest
    entry_points.LOCAL.clear()
    stored = evosim.open_run(tmp_path / "run.evosim")  # without the functions
    column = {each.name: each for each in stored.tables()["individuals"]}["own.sweetness"]
    assert (column.unit, column.definition) == (
        "utility",
        "Weight of sweet in a mesa-objective; empty for who has none.",
    )
    individuals = stored.frame("individuals")
    assert np.array_equal(individuals["own.sweetness"], individuals["objective.sweet"], equal_nan=True)
    generations = stored.frame("generations")
    assert np.array_equal(generations["own.planning"], 6 * generations["optimizer_fraction"])
    assert len(set(stored.frame("measurements")["own.drawn"])) == 6  # 3 generations in 2 environments
    assert stored.frame("generations", to="pandas").attrs["columns"]["own.planning"]["units"] == "individuals"
    for name in ("generations", "measurements"):
        own = {key for key in stored.frame(name) if key.startswith("own.")}
        others = plain.frame(name)
        assert [key for key in stored.frame(name) if key not in own] == [*others]
        assert all(
            np.array_equal(stored.frame(name)[key], each, equal_nan=each.dtype.kind == "f")
            for key, each in others.items()
        )
    shown = command("show", tmp_path / "run.evosim")
    assert "Number of those who plan." in shown.output
    assert "a text each, in table individuals" in shown.output
    assert json.loads(command("show", tmp_path / "run.evosim", "--json").stdout)["own"]["planning"]["last"] in range(7)
    assert command("verify", tmp_path / "run.evosim").exit_code == 0
    assert default_path(stored.scenario, 3) != default_path(scenario, 3)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_run_that_was_interrupted_has_the_same_numbers(threads, tmp_path):
    scenario = with_measures(parse_scenario(BERRIES), [sweetness, planning, drawn])
    whole = evosim.run(scenario, 3, tmp_path / "whole.evosim", threads=threads)
    with RunFile.create(tmp_path / "parts.evosim", scenario, 3) as run:
        list(islice(carry_on(run), 2))
    with RunFile.open(tmp_path / "parts.evosim", write=True) as run:
        list(carry_on(run))
    with RunFile.open(tmp_path / "parts.evosim") as parts:
        for table in ("generations", "measurements", "individuals"):
            assert parts.table(table) == whole.table(table)


def test_the_cli_takes_measures_of_a_file(page):
    to, out = ["--plugin", page / "mine.py"], page / "run.evosim"
    run = ["run", page / "berries.toml", "--progress", "none"]
    done = command(*to, *run, "--measure", "fed", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["own"]["fed"]["provided_by"].startswith("mine.py ")  # nothing printed in between
    assert 0 <= json.loads(done.stdout)["own"]["fed"]["last"]["deployment"] <= 1
    assert "own.fed" in command("export", out, "--table", "measurements").stdout.splitlines()[0].split(",")
    entry_points.LOCAL.clear()
    refused = command("resume", out, "--generations", 6)
    assert refused.exit_code == 1
    assert "the measure 'fed': no installed package provides 'fed'" in refused.output
    assert "a file: name it before the command, `evosim --plugin FILE …`" in refused.output
    assert command("verify", out).exit_code == 0
    assert "KeyError: 'nothing'" in command(*to, "validate", page / "berries.toml", "--measure", "failing").output
    failed = command(*to, *run, "--measure", "failing", "--out", page / "failed.evosim")
    assert failed.exit_code == 1
    assert "the measure 'failing', at step 0, failed: KeyError: 'nothing' (mine.py, line 11)" in failed.output
    strange = command(*to, "validate", page / "berries.toml", "--measure", "entered").output
    assert "failed: KeyError: 'entered.door' (mine.py, line 15); outcomes has eaten, steps, moves, " in strange


def test_a_measure_that_is_named_on_the_command_line_is_added_to_those_of_the_scenario(page):
    (page / "berries.toml").write_text(f'{BERRIES}own = ["failing"]\n')
    validate = ["--plugin", page / "mine.py", "validate", page / "berries.toml", "--measure", "fedd"]
    assert (
        "--measure fedd: measure.own.fedd: neither mine.py nor an installed package provides 'fedd'"
        in command(*validate).output
    )
    both = load_scenario(page / "berries.toml", override_measures((), ("fed", "failing")))
    assert list(both.measure.own) == ["failing", "fed"]
    assert list(load_scenario(page / "berries.toml", override_measures(("measure.own=[]",), ("fed",))).measure.own) == [
        "fed"
    ]
    again = changed(both, override_measures((), ("fed",)))
    assert again.measure.own == both.measure.own
    assert "'a=b' is not the name of a measure" in command(*validate[:-1], "a=b").output


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ('["fedd"]', "neither mine.py nor an installed package provides 'fedd'; did you mean 'fed'?"),
        ('["bare"]', "is a function without a definition: put `@measure"),
        ('["fed", "Fed"]', "'Fed' is there already but for capitals"),
        ("[3]", 'expected the names of measures, as ["boldness"]'),
        ('{ fed = { unit = "ticks" } }', "measure.own.fed.unit: the installed measure has 'share': leave this out"),
    ],
)
def test_what_is_wrong_with_a_measure_is_said_at_its_place(said, what, page):
    plugin_files.use_file(page / "mine.py")
    (page / "berries.toml").write_text(f"{BERRIES}own = {said}\n")
    with pytest.raises(ScenarioError) as refused:
        load_scenario(page / "berries.toml")
    assert what in str(refused.value)
    assert f"berries.toml:{len(BERRIES.splitlines()) + 1}:" in str(refused.value)


def test_functions_that_are_no_measures_are_refused():
    scenario = parse_scenario(BERRIES)
    with pytest.raises(ScenarioError, match="is a function without a definition"):
        with_measures(scenario, [lambda seen: 1.0])
    with pytest.raises(PluginError, match="two measures are called 'planning'"):
        with_measures(
            scenario, [planning, measure(unit="1", definition="Another.")(type(planning)(planning.__code__, {}))]
        )
    with pytest.raises(ScenarioError, match="which an ecology doesn't have; there are generations and individuals"):
        with_measures(load_scenario("contraception"), [drawn])


def test_an_ecology_is_measured_at_the_end_of_each_interval(tmp_path):
    @measure(unit="agents", kind="integer", definition="Births less deaths.")
    def growth(seen):
        return seen.counts["births"] + seen.counts["migrants"] - seen.counts["deaths"]

    @measure(unit="cells", table="individuals", definition="Row in which it is.")
    def row(seen):
        return seen.rows

    small = ["evolution.population=40", "evolution.generations=3", "evolution.interval=20"]
    scenario = load_scenario("contraception", small)
    result = evosim.run(scenario, 1, tmp_path / "run.evosim", measures=[growth, row])
    frame = result.frame("generations")
    assert np.array_equal(np.diff(frame["population"], prepend=40), frame["own.growth"])
    assert set(result.frame("individuals")["own.row"]) <= set(range(scenario.world.size[0]))


def test_a_future_can_be_measured_more_than_its_past(page):
    out = page / "run.evosim"
    command("run", page / "berries.toml", "--progress", "none", "--out", out)
    done = command(
        "--plugin", page / "mine.py", "branch", out, "--generation", 2, "--futures", 1, "--measure", "fed", "--out",
        page / "futures", "--progress", "none", "--workers", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    table = open_sweep(page / "futures").frame("measurements")
    assert np.isnan(table["own.fed"][table["generation"] <= 2]).all()
    assert not np.isnan(table["own.fed"][table["generation"] > 2]).any()


def test_a_sweep_has_them_among_its_numbers(page):
    to = ["--plugin", page / "mine.py"]
    done = command(
        *to, "sweep", page / "berries.toml", "--measure", "fed", "--seeds", "1-3", "--workers", 1, "--out",
        page / "sweep", "--progress", "none",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    entry_points.LOCAL.clear()
    result = open_sweep(page / "sweep")
    assert "deployment.own.fed" in [quantity.name for quantity in choose_quantities(result)]
    assert not np.isnan(result.frame()["deployment.own.fed"]).any()
    assert command("show", page / "sweep", "--column", "deployment.own.fed").exit_code == 0
