"""Waiting for the compiler: how long it takes is said, in a log too, and that what is compiled is kept."""

import threading

import pytest
from click.testing import CliRunner

from evosim.cli import main, progress
from evosim.cli.compiling import compile_if_cold
from evosim.numerics import compiler
from evosim.scenario import load_scenario
from evosim.simulation import process
from evosim.system.stopping import program


class Cold:
    """A process none of whose kernels is compiled."""

    kernels, kinds, warms_all = compiler.MEASURES, (), False

    def __init__(self):
        self.sentence, self.said = "", threading.Event()

    def warm(self):
        self.sentence = program.sentence()
        self.said.wait(10.0)


@pytest.fixture
def cold(monkeypatch):
    found = Cold()
    monkeypatch.setattr(compiler, "is_cold", lambda *_: True)
    monkeypatch.setattr(compiler, "compiling_reason", lambda: "once on this machine")
    monkeypatch.setattr(process, "process_of", lambda *_: found)
    monkeypatch.setattr(progress, "WAITING_SECONDS", 0.01)
    say = progress._say

    def said(mode, record, text):
        say(mode, record, text)
        if "so far" in text:
            found.said.set()

    monkeypatch.setattr(progress, "_say", said)
    return found


@pytest.mark.parametrize(
    ("mode", "begin", "later"),
    [
        ("plain", "compiling, once on this machine; it takes about a minute …", "once on this machine: 0 s so far"),
        ("json", '"lasts": "it takes about a minute"', '"what": "compiling, once on this machine", "seconds": 0.'),
    ],
)
def test_a_log_says_how_long_compiling_takes_and_goes_on_saying(cold, mode, begin, later, capsys):
    compile_if_cold(load_scenario("red_doors"), mode)
    lines = capsys.readouterr().err.splitlines()
    assert begin in lines[0]
    assert later in lines[1]
    assert cold.said.is_set()


def test_who_stops_the_compiler_is_told_that_what_is_compiled_is_kept(cold, monkeypatch):
    cold.said.set()
    monkeypatch.setattr(program, "sentence", lambda: "stopped")
    compile_if_cold(load_scenario("red_doors"), "none")
    assert cold.sentence == "stopped; what has been compiled is kept"
    assert program.sentence() == "stopped"
    monkeypatch.setattr(compiler, "compiling_reason", lambda: "at every start: no folder")
    compile_if_cold(load_scenario("red_doors"), "none")
    assert cold.sentence == "stopped"


def test_verify_says_that_it_compiles(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr("evosim.cli.commands.run.compile_if_cold", lambda scenario, _: asked.append(scenario.name))
    small = ["evolution.population=8", "evolution.episodes=1", "measure.episodes=1", "evolution.generations=1"]
    out = str(tmp_path / "doors.evosim")
    for words in (["run", "red_doors", "--out", out, *(w for each in small for w in ("--set", each))], ["verify", out]):
        assert CliRunner().invoke(main, words).exit_code == 0
    assert asked == ["red_doors", "red_doors"]
