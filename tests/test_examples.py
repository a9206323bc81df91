"""Examples: each runs as its first lines say, only smaller, and prints what it promises."""

import re
import runpy
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
SMALL = ["evolution.population=24", "evolution.generations=3", "evolution.episodes=2", "measure.episodes=2"]
SAYS = {  # arguments, and what is printed
    "ask_and_tell.py": (SMALL, r"(?:  [012]  base objective [-\d.]+  redness [+-][\d.]+\n){3}"),
    "own_detector.py": (
        [*SMALL, "evolution.generations=1"],
        r"stays +AUC [01]\.\d\d\npath_efficiency +AUC [01]\.\d\d\n",
    ),
    "read_a_run.py": (["small.evosim", *SMALL], r"The figure is small\.png\.\n"),
    "several_seeds.py": (SMALL, r"(?:seed \d: .*\n){6}difference [+-][\d.]+, 95% interval [+-][\d.]+ to [+-][\d.]+\n"),
}


def test_every_example_is_tried():
    assert {path.name for path in (HOUSE / "examples").glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs_and_says_what_it_shows(name, tmp_path, monkeypatch, capsys):
    arguments, expected = SAYS[name]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    runpy.run_path(str(HOUSE / "examples" / name), run_name="__main__")
    assert re.fullmatch(expected, capsys.readouterr().out)
    if name == "read_a_run.py":
        assert (tmp_path / "small.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", SAYS)
def test_an_example_begins_by_saying_how_to_run_it(name):
    text = (HOUSE / "examples" / name).read_text()
    assert f"    python examples/{name}" in text.split('"""')[1]
    assert f"examples/{name}" in (HOUSE / "docs/extending.md").read_text()
