"""Tutorials are carried out, their files and commands in the order of the page, with smaller runs; recipes are checked."""

import os
import re
import runpy
import shlex
import sys
from pathlib import Path

import click
import forked
import pytest
from click.testing import CliRunner

from evosim.cli import main
from evosim.scenario import load_scenario

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS / "site"))  # removed at once: only this module is needed
from tutorial_steps import steps_of, take  # noqa: E402

sys.path.remove(str(DOCS / "site"))

SMALL = ["evolution.population=48", "evolution.generations=3", "evolution.episodes=2", "measure.episodes=4"]
SHORTER = {  # what is added so that a page takes some seconds
    "run": [word for each in SMALL for word in ("--set", each)],
    "sweep": [word for each in SMALL for word in ("--set", each)],
    "record": ["--seconds", "0.2", "--size", "320x200"],
}
WINDOW = "watch"
FIRST = {"twenty_seeds": ["first_question"]}  # pages whose files another page needs


def tutorials() -> list[Path]:
    return [page for page in sorted((DOCS / "tutorials").glob("*.md")) if page.stem != "index"]


def carry_out(command: tuple[str, ...]) -> None:
    program, *words = command
    if program == "python":
        runpy.run_path(words[0], run_name="__main__")
    elif words[0] == "--plugin":  # in a process of its own, which alone has it, and without compiling for it
        words = [re.sub(r"^1-\d\d?$", "1-2", word) for word in words]
        words += [*SHORTER.get(words[2], []), *["--set", "evolution.population=8"] * (words[2] in ("run", "sweep"))]
        done = forked.evosim(*words, cwd=Path.cwd(), plain=True)
        assert done.returncode == 0, (command, done.stderr)
    elif words[0] != WINDOW:
        words = [re.sub(r"^1-\d\d?$", "1-2", word) for word in words]
        done = CliRunner().invoke(main, [*words, *SHORTER.get(words[0], [])])
        assert done.exit_code == 0, (command, done.output)


@pytest.mark.compiled
@pytest.mark.parametrize("page", tutorials(), ids=lambda page: page.stem)
def test_a_tutorial_can_be_followed_to_its_picture(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for other in FIRST.get(page.stem, []):
        for step in steps_of(page.with_stem(other)):
            if step.file or step.command[1] == "new":
                carry_out(step.command) if step.command else take(step, tmp_path)
    steps = steps_of(page)
    assert sum(bool(step.command) for step in steps) >= 3
    for step in steps:
        carry_out(step.command) if step.command else take(step, tmp_path)
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text())
    assert pictures
    for picture in pictures:
        assert os.path.getsize(picture) > 0, f"no command makes {picture}"
        assert (page.parent / picture).exists()


def test_every_file_of_a_recipe_is_a_valid_scenario(tmp_path):
    count = 0
    for page in (DOCS / "recipes").glob("*.md"):
        for text in re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL):
            path = tmp_path / f"{page.stem}-{count}.toml"
            path.write_text(text)
            load_scenario(path)
            count += 1
    assert count > 20


@pytest.mark.parametrize("page", sorted((DOCS / "recipes").glob("*.md")), ids=lambda page: page.stem)
def test_every_command_of_a_recipe_has_options_that_the_program_knows(page):
    """Commands need runs that take long; what can become wrong here is the name of an option, or a key."""
    for line in re.findall(r"^    evosim (.*)$", page.read_text(), re.MULTILINE):
        name, *words = shlex.split(line)
        command = main.commands[name]
        context = click.Context(command, info_name=name)
        values, rest, _ = command.make_parser(context).parse_args(list(words))
        assert not rest, line
        if name == "run":
            load_scenario(values["scenario"], values.get("overrides") or [])
