"""The walk through all commands on their page, one after the other, as they stand there; README shows some of them."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from evosim.cli import main

HOUSE = Path(__file__).parents[2]
PAGE = HOUSE / "docs/reference/commands.md"
SHORTER = {  # what is added so that it takes no minutes
    "record": ["--seconds", "0.2", "--size", "320x200"],
    "audit": ["--agents", "4"],
    "sweep": ["--dry-run"],
    "branch": ["--futures", "1", "--generation", "3", "--generations", "5"],
    "contraception": ["--set", "evolution.generations=1"],
}


def lines_of(page: Path, heading: str) -> list[str]:
    section = page.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("    evosim ")]


def walk() -> list[list[str]]:
    """Read the commands; those that open a window are left out."""
    commands = [shlex.split(line, comments=True)[1:] for line in lines_of(PAGE, "A walk through all of them")]
    return [command for command in commands if command[0] != "watch"]


def test_readme_shows_commands_of_the_walk():
    shown = [line for line in lines_of(HOUSE / "README.md", "Commands") if "--set" not in line]
    assert len(shown) > 4
    assert set(shown) <= set(lines_of(PAGE, "A walk through all of them"))


def test_the_walk_has_an_intervention_and_a_run_before_it():
    names = [command[0] for command in walk()]
    assert names.index("run") < names.index("intervene")
    assert {"list", "run", "record", "resume", "show", "plot", "report", "measure", "audit", "verify", "export", "new",
            "validate", "doctor", "schema"} <= set(names)  # fmt: skip


@pytest.mark.compiled
def test_the_walk_shows_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = {}
    for command in walk():
        name = "contraception" if "contraception" in command else command[0]
        runs = [str(path) for path in Path("runs").glob("red_doors-7-*.evosim")]
        given = [runs[0] if "…" in word else word for word in command]
        done = CliRunner().invoke(main, [*given, *SHORTER.get(name, [])])
        assert done.exit_code == 0, (given, done.output)
        said[name] = done.output
    typical = r"agent \d+ of generation 119, typical of \d+% of planners \(pseudo-aligned in deployment\): planner"
    assert re.search(typical, said["intervene"])
    genome, moved = re.findall(r"In (\d+) of 64 worlds it acted otherwise; (.*)\.", said["intervene"])
    assert moved[1].startswith("the base objective fell by")  # where doors are blue it does worse,
    assert genome[1].startswith("the base objective rose by")  # and if it doesn't care for colours well again
    assert int(genome[0]) > 48
    assert re.search(rf"A{typical[1:]}", " ".join(said["measure"].split()))
