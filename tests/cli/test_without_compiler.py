"""Commands that look at scenarios and runs start no compiler: it takes a second, and a minute for the first time."""

import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

import scenarios
from evosim.cli import main
from evosim.numerics.compiler import plainly
from evosim.scenario import load_scenario
from evosim.simulation.runner import run

DENSE = ["world.layout={kind='scatter', density=0.6}", "evolution.population=8000"]
SMALL = ["evolution.population=4", "evolution.generations=2"]
PROGRAM = """
import json, sys
from evosim.cli import main

for command in json.loads(sys.argv[1]):
    try:
        main(command)
    except SystemExit as stopped:
        assert not stopped.code, command
    assert not {"numba", "llvmlite"} & set(sys.modules), command
"""


def carried_out(*commands, cwd):
    """Carry out commands in one process that asks after each whether a compiler was imported."""
    given = [sys.executable, "-c", PROGRAM, json.dumps(commands)]
    done = subprocess.run(given, capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_scenario_of_ours_is_checked_without_a_compiler(tmp_path):
    printed = carried_out(*(["validate", name] for name in scenarios.paths()), cwd=tmp_path)
    assert printed.count(": valid; ") == len(scenarios.paths()) > 25


def test_the_schema_and_the_list_of_scenarios_need_no_compiler(tmp_path):
    assert '"$defs"' in carried_out(["schema"], ["list"], cwd=tmp_path)


AT_THE_END = """
import atexit, gc, os, sys

def report():
    imported = {"numpy", "pydantic", "statistics", "difflib"} & set(sys.modules)
    os.write(2, f"frozen {gc.get_freeze_count() > 0}, imported {sorted(imported)}".encode())

atexit.register(report)
sys.argv = ["evosim", "list"]
from evosim.__main__ import main
main()
"""


def test_the_list_imports_little_and_ends_without_a_search_for_cycles(tmp_path):
    done = subprocess.run([sys.executable, "-c", AT_THE_END], capture_output=True, text=True, cwd=tmp_path)
    assert "red_doors" in done.stdout
    assert done.stderr == "frozen True, imported []"


@pytest.mark.parametrize("name", ["red_doors", "contraception"])
def test_a_run_is_shown_without_a_compiler(name, tmp_path):
    small = [*SMALL, "evolution.interval=4"] if name == "contraception" else [*SMALL, "evolution.episodes=1"]
    with plainly():
        run(load_scenario(name, small), seed=1, out=tmp_path / "run.evosim")
    shown = carried_out(["show", "run.evosim"], ["show", "run.evosim", "--json"], cwd=tmp_path)
    assert f'"name": "{name}"' in shown


def test_what_cannot_be_is_refused_without_a_compiler(tmp_path):
    program = PROGRAM.replace("assert not stopped.code, command", "assert stopped.code == 3, command")
    commands = [
        ["validate", "red_doors", "--set", "world.size=[5, 5]"],
        ["validate", "contraception", *(word for each in DENSE for word in ("--set", each))],
    ]
    given = [sys.executable, "-c", program, json.dumps(commands)]
    done = subprocess.run(given, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "use a larger size" in done.stderr
    assert "8000 founders" in done.stderr


def test_the_list_says_of_scenarios_what_they_say_themselves():
    for name, path in scenarios.paths().items():
        whole = load_scenario(path)
        (listed,) = [each for each in scenarios.summaries() if each.name == name]
        assert listed == (whole.name, whole.title, whole.question, whole.paper)


@pytest.mark.parametrize("command", [["--help"], ["list"], ["list", "--json"]])
def test_help_and_the_list_of_scenarios_import_no_library_that_takes_its_time(command, tmp_path):
    program = PROGRAM.replace('{"numba", "llvmlite"}', '{"numpy", "pydantic", "numba"}')
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps([command])], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_help_says_of_each_command_what_it_is_in_one_line_of_a_terminal():
    shown = CliRunner().invoke(main, ["--help"], terminal_width=80).stdout
    for name, command in main.commands.items():
        assert re.search(rf"^  {name} +{re.escape(command.short_help)}$", shown, re.MULTILINE), name


def test_a_command_imports_no_other_command(tmp_path):
    program = PROGRAM.replace('{"numba", "llvmlite"}', '{"evosim.cli.commands.watch", "evosim.cli.commands.run"}')
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps([["list"], ["--help"]])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_scenario_is_checked_without_what_only_runs_need(tmp_path):
    program = PROGRAM.replace('{"numba", "llvmlite"}', '{"deap.tools", "moocore", "rich"}')
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps([["validate", "red_doors"]])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
