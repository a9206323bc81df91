"""Plugins without a package: from a file that a person names, or classes of a notebook."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import evosim
from evosim.cli import main
from evosim.mind.kinds import kind_named
from evosim.scenario import ScenarioError, load_scenario
from evosim.scenario.loading import plugin_files
from evosim.scenario.schema import entry_points
from evosim.scenario.schema.entry_points import PluginError, local_version
from evosim.simulation.runs import RunFile

EXAMPLES = Path(__file__).parents[1] / "third_party/evosim_example"
ORCHARD = """
schema = 1
title = "Orchard"
[world]
kind = "orchard"
features = ["sweet", "red"]
outcomes = ["eaten", "poisoned"]
steps = 2
[objectives]
base = { eaten = 1 }
[mind]
controllers = { planner = 1 }
[evolution]
population = 4
generations = 2
episodes = 1
[measure]
episodes = 1
"""


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    """Leave nothing behind that a process was given."""
    monkeypatch.setattr(entry_points, "LOCAL", {})
    monkeypatch.setattr(plugin_files, "FILES", [])
    yield
    kind_named.cache_clear()


@pytest.fixture
def orchard(tmp_path):
    """A file with a kind of world, and a scenario of it."""
    (tmp_path / "orchard.py").write_text(
        (EXAMPLES / "orchard.py").read_text() + '\nprint("hello")\nWORLDS = {"orchard": Orchard}\n'
    )
    (tmp_path / "orchard.toml").write_text(ORCHARD)
    return tmp_path / "orchard.py", tmp_path / "orchard.toml"


def classes_of(name: str) -> dict:
    sys.path.insert(0, str(EXAMPLES.parent))
    try:
        module = __import__(f"evosim_example.{name}", fromlist=[name])
    finally:
        sys.path.pop(0)
    return vars(module)


def command(*arguments: object):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_a_file_is_used_only_if_a_person_names_it(orchard, tmp_path):
    plugin, scenario = orchard
    refused = command("validate", scenario)
    assert refused.exit_code == 3
    assert "no installed package provides 'orchard'" in refused.output
    done = command(
        "--plugin", plugin, "run", scenario, "--out", tmp_path / "run.evosim", "--json", "--progress", "none"
    )
    assert done.exit_code == 0, done.output
    assert "hello" not in done.stdout
    with RunFile.open(tmp_path / "run.evosim") as run:
        provider = run.scenario.environments["training"].provided_by
        assert provider.startswith("orchard.py ")
        assert run.versions_changed() == ""
        plugin.write_text(plugin.read_text() + "# changed\n")
        plugin_files.use_file(plugin)
        assert f"orchard.py {provider.split()[1]} → " in run.versions_changed()
    assert command("show", tmp_path / "run.evosim").exit_code == 0


def test_workers_use_the_files_of_their_parent(orchard):
    from evosim.sweeps.workers import PoolWorker

    plugin_files.use_file(orchard[0])
    worker = PoolWorker()
    try:
        assert worker.pool.submit(local_version, "orchard.py").result() == local_version("orchard.py") is not None
    finally:
        worker.pool.shutdown()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("1 / 0", "mine.py failed: ZeroDivisionError: division by zero"),
        ("x = 1", "adds nothing: a table OPTIMIZERS or WORLDS or MINDS or PROCESSES or MEASURES is needed"),
        ('WORLDS = {"grid": int}', "'grid' is one of evosim's own"),
        ('WORLDS = {"field": 3}', "'field' can't be called: 3"),
        ("WORLDS = [int]", r"mine.py: WORLDS is not a table of what it adds, by name: \[<class 'int'>\]"),
        ("WORLDS = {1: int}", "1 is not a name: a text is needed"),
    ],
)
def test_a_file_that_will_not_do_is_named(text, what, tmp_path):
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(PluginError, match=what):
        plugin_files.use_file(tmp_path / "mine.py")
    done = command("--plugin", tmp_path / "missing.py", "list")
    assert done.exit_code == 1
    assert "missing.py: no such file" in done.output


def test_classes_are_used_by_the_names_they_are_given(tmp_path):
    with pytest.raises(ScenarioError, match="no installed package provides 'annealing'"):
        load_scenario("red_doors", ["evolution.algorithm=annealing"])
    evosim.use(optimizers={"annealing": classes_of("annealing")["Annealing"]})
    scenario = load_scenario("red_doors", ["evolution.algorithm=annealing"])
    assert scenario.evolution.provided_by.startswith("Annealing ")
    evosim.use(minds={"wall_follower": classes_of("wall_follower")["WallFollower"]})
    scenario = load_scenario("red_doors", ["mind.controllers={planner=0.5,wall_follower=0.5}"])
    assert scenario.mind.provided_by["wall_follower"].startswith("WallFollower ")
    assert kind_named("wall_follower").look.label == "wall follower"
    with pytest.raises(PluginError, match="'planner' is one of evosim's own"):
        evosim.use(minds={"planner": int})
