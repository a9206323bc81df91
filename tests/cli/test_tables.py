"""Tables and progress: no number, name or path is ever cut, on whatever terminal, in whatever log."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from evosim import load_scenario, run
from evosim.cli import progress
from evosim.cli.progress import Reporter
from evosim.cli.tables import show_table

HOUSE = Path(__file__).parents[2]
WORDS = st.text("abcdefghij_", min_size=1, max_size=24)
NUMBERS = st.floats(-1e6, 1e6).map(lambda number: f"{number:.3f}")
INTERVALS = st.tuples(NUMBERS, NUMBERS, NUMBERS).map("{0[0]} [{0[1]}, {0[2]}]".format)
PATHS = st.lists(WORDS, min_size=1, max_size=6).map("/".join)
SENTENCES = st.lists(WORDS, min_size=1, max_size=20).map(" ".join)
CELLS = WORDS | NUMBERS | INTERVALS | PATHS


def printed(title, columns, rows, width, *, terminal):
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    show_table(console, title, columns, rows)
    return console.file.getvalue()


@pytest.fixture(autouse=True)
def columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


@st.composite
def tables(draw):
    width = draw(st.integers(1, 12))
    columns = draw(st.lists(WORDS, min_size=width, max_size=width, unique=True))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5))
    return draw(SENTENCES), columns, rows


@given(table=tables(), width=st.sampled_from([20, 40, 60, 80, 200]), terminal=st.booleans())
def test_every_cell_of_every_table_is_there_whole(table, width, terminal):
    title, columns, rows = table
    text = printed(title, columns, rows, width, terminal=terminal)
    assert "…" not in text
    lines = text.splitlines()
    for cell in (*columns, *(cell for row in rows for cell in row)):
        assert any(cell in line for line in lines), (cell, text)


@given(
    names=st.lists(WORDS, min_size=1, max_size=4), sentence=SENTENCES, width=st.sampled_from([40, 60, 80]),
    terminal=st.booleans(),
)  # fmt: skip
def test_sentences_go_on_in_the_next_line_and_no_word_is_lost(names, sentence, width, terminal):
    text = printed("title", ["name", "question"], [[name, sentence] for name in names], width, terminal=terminal)
    assert "…" not in text
    told = [word for line in text.splitlines() for word in line.split()]
    for word in (*names, *sentence.split()):
        assert told.count(word) >= 1
    if not terminal:
        assert any(sentence in line for line in text.splitlines())


def test_a_table_that_fits_stays_a_table_and_one_that_does_not_is_turned_or_becomes_a_list():
    columns, rows = (
        ["environment", *(f"fruit_{i}" for i in range(9))],
        [["training", *["11%"] * 9], ["deployment", *["22%"] * 9]],
    )
    wide, turned, long = (printed("t", columns, rows, width, terminal=True) for width in (140, 60, 30))
    assert re.search(r"^  training +11% +11%", wide, re.M)
    assert re.search(r"^  fruit_8 +11% +22%", turned, re.M)
    assert "deployment\n  fruit_0: 22%\n" in long


def test_all_tables_of_the_command_line_are_printed_by_what_cuts_nothing():
    for path in (HOUSE / "evosim").rglob("*.py"):
        if path.name != "tables.py":
            assert not re.search(r"from rich\.table import .*\bTable\b", path.read_text()), path


@pytest.fixture(scope="module")
def fruit_run(tmp_path_factory):
    """A run with so many objects that its table fits nowhere."""
    settings = ["evolution.generations=2", "evolution.population=12", "evolution.episodes=2", "measure.episodes=2"]
    more = [f"world.objects.fruit_number_{i}={{features={{red=1}}, ends_episode=true}}" for i in range(9)]
    scenario = load_scenario("red_doors", [*settings, *more])
    path = tmp_path_factory.mktemp("tables") / "a_run_with_a_long_name_to_be_found_again.evosim"
    with run(scenario, out=path) as stored:
        yield stored


@pytest.mark.parametrize("columns", ["40", "60", "80", ""])
def test_numbers_in_a_log_can_be_read(columns, fruit_run):
    environment = (
        {**os.environ, "COLUMNS": columns} if columns else {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    )
    command = [sys.executable, "-m", "evosim", "show", str(fruit_run.path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0
    assert "…" not in done.stdout
    for i in range(9):
        assert f"fruit_number_{i}" in done.stdout
    assert len(re.findall(r"\d%", done.stdout)) >= 26  # 12 objects and nothing, in two environments


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_bar_and_what_it_tells_is_whole_on_a_narrow_terminal(width, fruit_run, monkeypatch):
    screen = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, height=40)
    monkeypatch.setattr(progress, "console", lambda: screen)
    reporter = Reporter(fruit_run, "bar")
    with reporter.shown(0):
        reporter.report(1)
        reporter.bar.refresh()
        shown = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
        for part in reporter.bar.get_renderables():
            shown.print(part)
    text = shown.file.getvalue()
    assert "…" not in text
    assert "generation 2/2" in text
    words = text.split()
    assert words.count("fitness") == 1
    for line in reporter.bar.lines:
        assert all(word in words for word in line.split())


@pytest.mark.parametrize("width", [40, 60])
def test_what_is_waited_for_is_reported_whole_on_a_narrow_terminal(width, monkeypatch):
    screen = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    monkeypatch.setattr(progress, "console", lambda: screen)
    with progress.waiting("bar", "alternative lives, interval 1234, contraception_and_candy"):
        pass
    assert "contraception_and_candy" in screen.file.getvalue()
    assert "…" not in screen.file.getvalue()


def test_every_number_of_a_report_card_says_how_to_read_it(capsys):
    from evosim.cli.commands.measure import SCALES, print_scales

    text = (HOUSE / "docs" / "alignment.md").read_text().split("## A report card")[1]
    names = {name for row in re.findall(r"^\| (`[^|]+) \|", text, re.M) for name in re.findall(r"`(\w+)`", row)}
    beginnings = [each for group in SCALES for each in group]
    battery = ("_null", "_error", "money_pump", "bronars_power")
    assert len(names) > 15
    assert [
        name for name in sorted(names) if not name.startswith(tuple(beginnings)) and not name.endswith(battery)
    ] == []
    print_scales({"inner_gap_least", "starc_base_mesa"})
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said] == ["inner_gap", "starc_…"]
