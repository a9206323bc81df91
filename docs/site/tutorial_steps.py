"""The steps of a tutorial, as its page has them: files to write, changes to files, and commands.

- A block of TOML or Python whose first line is a comment with a file's name is that file.
- A block of diff changes the file that it names: lines with a minus go, those with a plus come, others say where. Empty
  lines part what stands at different places.
- An indented line that begins with `evosim` or `python` is a command.
"""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$|^    ((?:evosim|python) [^\n]*)$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# ([\w/]+\.(?:toml|py))\n")


class Step(NamedTuple):
    """One step: a command, or a file with its text, or with what becomes what in it."""

    command: tuple[str, ...] = ()
    file: str = ""
    text: str = ""
    changes: tuple[tuple[str, str], ...] = ()


def steps_of(page: Path) -> list[Step]:
    """Return the steps of a page in their order."""
    found = []
    for kind, text, line in BLOCK.findall(page.read_text()):
        if line:
            found.append(Step(command=tuple(shlex.split(line, comments=True))))
        elif kind == "diff":
            found.append(Step(file=text.split("\n")[0].removeprefix("--- "), changes=tuple(_changes(text))))
        elif kind in ("toml", "python") and (named := NAMED.match(text)):
            found.append(Step(file=named[1], text=text))
    return found


def take(step: Step, folder: Path) -> None:
    """Write or change the file of a step.

    Raises:
        ValueError: what is to be changed doesn't stand in it exactly once.
    """
    path = folder / step.file
    text = step.text
    if step.changes:
        text = path.read_text()
        for old, new in step.changes:
            if text.count(old) != 1:
                raise ValueError(f"{step.file} has {text.count(old)} times:\n{old}")
            text = text.replace(old, new)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _changes(text: str) -> list[tuple[str, str]]:
    """Return what becomes what: groups of lines, parted by empty ones, before and after."""
    groups = [group.splitlines(keepends=True) for group in text.split("\n", 2)[2].split("\n\n")]
    return [
        tuple("".join(line.rstrip("\n")[1:] + "\n" for line in group if line[0] in kept) for kept in (" -", " +"))
        for group in groups
    ]
