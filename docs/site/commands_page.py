"""The page of commands: what the program says about itself, as Markdown."""

import inspect
import re

import click

from evosim.cli import main

CODE = re.compile(
    r"`[^`]*`|(?<!\w)(--[\w-]+|[A-Z]{3,}(?:\.toml)?)(?!\w)"
)  # what is code already, and what becomes code


def commands() -> str:
    """Return every command with its options and an example, as Markdown."""
    context = click.Context(main, info_name="evosim")
    return "\n".join(_command(context, name) for name in main.list_commands(context))


def _command(parent: click.Context, name: str) -> str:
    command = main.get_command(parent, name)
    assert command is not None
    context = click.Context(command, info_name=name, parent=parent)
    words, example = re.split(r"Examples?:\n", inspect.cleandoc(command.help or ""))
    usage = " ".join(["evosim", name, *command.collect_usage_pieces(context)])
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    rows = [row for each in options for row in _option(each, context)]
    lines = ["", f"## evosim {name}", "", f"    {usage}", "", *(_paragraph(each) for each in words.split("\n\n"))]
    if rows:
        lines += ["| option | meaning |", "|---|---|", *rows, ""]
    lines += ["Example:", "", *(f"    {line.strip()}" for line in example.splitlines()), ""]
    return "\n".join(lines)


def _paragraph(text: str) -> str:
    """Return a paragraph of a command's help; words in capitals are what a person fills in."""
    words = " ".join(text.replace("\b", "").split())
    return CODE.sub(lambda match: f"`{match[1]}`" if match[1] else match[0], words) + "\n"


def _option(option: click.Option, context: click.Context) -> list[str]:
    record = option.get_help_record(context)
    if record is None:
        return []
    names, meaning = (each.replace(" RANGE", "").replace("|", "\\|") for each in record)
    return [f"| `{names}` | {meaning.replace('<', '&lt;')} |"]
