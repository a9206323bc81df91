"""Whatever a plugin prints, standard output has the data of the command and nothing else."""

import ast
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import forked
import packages
import pytest

from evosim.system.streams import data_only, output

HOUSE = Path(__file__).parents[2]
LOUD = '''\
"""The example's plugins, which print in all that they do."""

import functools

from evosim_example import annealing, islands, orchard

print("noise: imported")


def loud(function):
    @functools.wraps(function)
    def louder(*given, **named):
        print("noise:", function.__name__)
        return function(*given, **named)

    return louder


def louder(plugin):
    own = {name: loud(each) for name, each in vars(plugin).items() if callable(each) and name != "Settings"}
    own |= {name: staticmethod(loud(each.__func__)) for name, each in vars(plugin).items() if type(each) is staticmethod}
    return type("Loud", (plugin,), own)


Annealing, Orchard = louder(annealing.Annealing), louder(orchard.Orchard)
Islands, IslandsProcess = louder(islands.Islands), louder(islands.IslandsProcess)
'''
PROJECT = """\
[project]
name = "evosim-loud"
version = "1.0"
[project.entry-points."evosim.optimizers"]
loud_annealing = "evosim_loud:Annealing"
loud_islands = "evosim_loud:Islands"
[project.entry-points."evosim.worlds"]
loud_orchard = "evosim_loud:Orchard"
[project.entry-points."evosim.processes"]
loud_islands = "evosim_loud:IslandsProcess"
[tool.setuptools]
packages = ["evosim_loud"]
"""
SMALL = "[evolution]\npopulation = 4\ngenerations = 2\nepisodes = 1\n"
HEURISTICS = "[mind]\ncontrollers = { heuristic = 1 }\n[measure]\nalignment = false\nepisodes = 1\n"
GRID = 'schema = 1\nextends = "red_doors"\n[world]\nsize = [7, 7]\nsteps = 6\n' + HEURISTICS + SMALL
PAGES = {
    "optimizer": GRID + 'algorithm = "loud_annealing"\n',
    "process": GRID + 'algorithm = "loud_islands"\n',
    "world": f"""\
schema = 1
title = "Orchard"
[world]
kind = "loud_orchard"
features = ["sweet", "red"]
outcomes = ["eaten", "poisoned"]
[environments.training]
[objectives]
base = {{ eaten = 1 }}
[mind]
controllers = {{ planner = 0.5, heuristic = 0.5 }}
{SMALL}""",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    (source / "evosim_loud").mkdir()
    (source / "evosim_loud/__init__.py").write_text(LOUD)
    (source / "pyproject.toml").write_text(PROJECT)
    target = packages.install(tmp_path_factory.mktemp("installed"))
    return packages.install(target, source=source)


@pytest.fixture
def evosim(installed, tmp_path):
    """Return a function that carries out a command without a compiler, and gives its data and whether there was noise."""

    def call(*arguments, code=0):
        done = forked.evosim(*arguments, cwd=tmp_path, plain=True, installed=installed)
        assert done.returncode == code, done.stderr
        assert "noise" not in done.stdout
        return done.stdout, "noise" in done.stderr

    return call


@pytest.mark.parametrize("kind", PAGES)
def test_what_a_plugin_prints_is_no_data(kind, evosim, tmp_path):
    (tmp_path / "page.toml").write_text(PAGES[kind])
    noisy = set()

    def data(*arguments):
        printed, is_noisy = evosim(*arguments)
        if is_noisy:
            noisy.add(arguments[0])
        return printed

    assert json.loads(data("validate", "page.toml", "--json"))["schema"] == 1
    assert json.loads(data("run", "page.toml", "--out", "it.evosim", "--json"))["state"] == "complete"
    assert json.loads(data("resume", "it.evosim", "--generations", "3", "--json"))["done"] == 3
    assert json.loads(data("show", "it.evosim", "--json"))["done"] == 3
    assert json.loads(data("verify", "it.evosim", "--json"))["differs"] is None
    rows = list(csv.DictReader(io.StringIO(data("export", "it.evosim", "--table", "generations", "-o", "-"))))
    assert [row["generation"] for row in rows][-1] == "2"
    if kind == "world":  # in which alignment can't be measured
        assert evosim("measure", "it.evosim", "--json", code=1) == ("", True)
    assert {"validate", "run", "resume", "verify"} <= noisy


FILE = '''\
"""A mind that stays and a measure, which print in all that they do, and a program that prints when it ends."""

import atexit

from evosim.measures import measure
from evosim.mind.open_loop.kind import OpenLoop

print("noise: imported")
atexit.register(lambda: print("noise: at exit"))


class Loud(OpenLoop):
    name = "loud"

    def __getattribute__(self, name):
        print("noise:", name)
        return super().__getattribute__(name)


@measure(unit="1", definition="Always 1.")
def loudness(seen):
    print("noise: measured")
    return 1.0


MINDS, MEASURES = {"loud": Loud}, {"loudness": loudness}
'''


def test_what_a_file_with_a_mind_and_a_measure_prints_is_no_data(evosim, tmp_path):
    (tmp_path / "loud.py").write_text(FILE)
    page = GRID.replace("{ heuristic = 1 }", "{ heuristic = 0.5, loud = 0.5 }").replace(
        "[measure]", '[measure]\nown = ["loudness"]'
    )
    (tmp_path / "page.toml").write_text(page)
    for arguments in (
        ["validate", "page.toml", "--json"], ["run", "page.toml", "--out", "it.evosim", "--json"], ["schema"],
        ["show", "it.evosim", "--json"], ["measure", "it.evosim", "--json"], ["list", "--json"], ["doctor", "--json"],
    ):  # fmt: skip
        data, is_noisy = evosim("--plugin", "loud.py", *arguments)
        assert json.loads(data)
        assert is_noisy
    command = [sys.executable, "-m", "evosim", "--plugin", "loud.py", "schema"]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}
    )
    assert json.loads(ended.stdout)
    assert ended.stderr.splitlines()[-1] == "noise: at exit"


def test_data_go_where_they_went_however_deep_commands_are(capsys):
    with data_only():
        print("noise")
        with data_only():
            print("data", file=output())
            print("noise")
        print("data", file=output())
    print("data")
    assert capsys.readouterr() == ("data\ndata\ndata\n", "noise\nnoise\n")


def test_commands_print_their_data_by_what_knows_where_they_go():
    for path in (HOUSE / "evosim/cli").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("click.echo", "print", "click.secho"):
                named = {each.arg: ast.unparse(each.value) for each in node.keywords}
                to_messages = named.get("err") == "True" or named.get("file") == "sys.stderr"
                assert to_messages or "output()" in named.get("file", ""), (path, node.lineno)
