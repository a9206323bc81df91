"""Progress of measuring and auditing: what is computed, and how much of it is done."""

import json

import pytest

from evosim.cli import progress
from evosim.cli.progress import counting


def test_lines_say_what_is_computed_and_how_much_is_done(capsys, monkeypatch):
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.0)
    with counting("plain", "measuring 2 agents") as report:
        report("agent 7", 0, 2)
        report("agent 9", 1, 2)
    assert capsys.readouterr().err.splitlines() == ["measuring 2 agents", "0/2  agent 7", "1/2  agent 9"]


def test_lines_are_printed_every_few_seconds_only(capsys):
    with counting("plain", "measuring 2 agents") as report:
        report("agent 7", 0, 2)
    assert capsys.readouterr().err.splitlines() == ["measuring 2 agents"]


def test_json_says_the_same(capsys):
    with counting("json", "measuring 2 agents") as report:
        report("agent 7", 0, 2)
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert said == [
        {"event": "begin", "what": "measuring 2 agents"},
        {"event": "computing", "what": "agent 7", "done": 0, "of": 2},
    ]


@pytest.mark.parametrize(("mode", "shown"), [("none", ""), ("bar", "measuring 2 agents")])
def test_a_bar_stands_under_what_is_computed_and_silence_is_silent(mode, shown, capsys):
    with counting(mode, "measuring 2 agents") as report:
        report("agent 7", 1, 2)
    told = capsys.readouterr().err
    assert told.splitlines()[:1] == ([shown] if shown else [])
