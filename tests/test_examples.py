"""Examples: each runs as its first lines say, only smaller, and prints what it promises."""

import json
import re
import runpy
import subprocess
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


@pytest.mark.compiled
@pytest.mark.parametrize("path", sorted((HOUSE / "examples/notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last(path, tmp_path):
    """In a kernel of its own, as a person would run it; what its cells say is what stands in the file."""
    program = (
        "import sys, nbclient, nbformat\n"
        "book = nbformat.read(sys.argv[1], 4)\n"
        "nbclient.NotebookClient(book, timeout=300).execute()\n"
        "nbformat.write(book, sys.argv[2])\n"
    )
    command = [sys.executable, "-c", program, str(path), str(tmp_path / "run.ipynb")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert said_by(tmp_path / "run.ipynb") == said_by(path)


def said_by(path: Path) -> list[str]:
    """Return what each cell of a notebook prints, in however many pieces it came."""
    cells = [cell.get("outputs", []) for cell in json.loads(path.read_text())["cells"]]
    assert any(cells)
    return [
        "".join("".join(out["text"]) for out in outputs if out["output_type"] == "stream" and out["name"] == "stdout")
        for outputs in cells
    ]


@pytest.mark.parametrize("name", SAYS)
def test_an_example_begins_by_saying_how_to_run_it(name):
    text = (HOUSE / "examples" / name).read_text()
    assert f"    python examples/{name}" in text.split('"""')[1]
    assert f"examples/{name}" in (HOUSE / "docs/extending.md").read_text()
