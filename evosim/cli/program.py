"""The program: errors in a command become a message and an exit code, never a traceback."""

import builtins
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from evosim.system.stopping import EXIT_CODE, NOTHING_CHANGED, program
from evosim.system.streams import data_only

FAILED, WRONG_USAGE, INVALID_SCENARIO, MISMATCH, RUN_FILE, NO_DISPLAY, MISSING_EXTRA = 1, 2, 3, 4, 5, 6, 7
SOME_FAILED = 8
MOST_NAMED = 4  # commands
INTERRUPTED = EXIT_CODE


class Commands(Mapping[str, click.Command]):
    """Commands by name, each imported when it is first asked for, so that help imports none of them.

    Each has standard output to itself: what plugins print goes to standard error.
    """

    def __init__(self, groups: Mapping[str, Mapping[str, tuple[str, str]]]) -> None:
        self.groups = groups  # by their titles, with commands by name: the module, and a short help
        self.listed = {name: each for group in groups.values() for name, each in group.items()}
        self.imported: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self.imported:
            module = import_module(f"evosim.cli.commands.{self.listed[name][0]}")
            found: click.Command = getattr(module, f"{name}_" if name in vars(builtins) else name)
            found.short_help = self.listed[name][1]
            if found.callback is not None:
                found.callback = data_only()(found.callback)
            self.imported[name] = found
        return self.imported[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)


class Evosim(click.Group):
    """A group of commands, listed in order, whose errors are reported in a sentence."""

    commands: Commands  # type: ignore[assignment]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return commands in the order in which a person meets them."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line about each command, group by group; where it is too long for a terminal, it goes on below."""
        widest = max(map(len, self.commands))
        for title, group in self.commands.groups.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), short) for name, (_, short) in group.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what is before the command; `help` and `help run` are `--help` and `run --help`.

        Raises:
            UsageError: an option of a command stands before it.
        """
        if args[:1] == ["help"]:
            args = [*args[1:2], "--help"]
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if where := self._place_of(error.option_name, given):
                raise click.UsageError(where, ctx) from None
            raise

    def _place_of(self, option: str, given: list[str]) -> str:
        """Return after which command of those that are given, or else of all, an option goes; empty if it has none."""
        named = [word for word in given if word in self.commands]
        having = [
            name for name in named[:1] or self.commands
            if any(option in parameter.opts for parameter in self.commands[name].params)
        ]  # fmt: skip
        if not having:
            return ""
        others = f" (or {', '.join(having[1:MOST_NAMED])})" if len(having) > 1 else ""
        return f"{option} goes after the command: evosim {having[0]} … {option}{others}"

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program, with messages that can be printed whatever characters they contain.

        Figures go to files, whatever backend of matplotlib a notebook passes on to its child processes.
        """
        is_program = not args and "args" not in kwargs  # and not called by one
        if is_program:
            program.begin()
        os.environ["MPLBACKEND"] = "agg"
        for stream in (sys.stdout, sys.stderr):
            if isinstance(
                stream, io.TextIOWrapper
            ):  # a file's name may be no text; not every terminal knows every sign
                stream.reconfigure(errors="surrogateescape" if stream.encoding.lower() == "utf-8" else "replace")
        try:
            return super().main(*args, **kwargs)
        except OSError as error:  # not even help could be printed
            click.echo(describe_error(error), err=True)
            discard_output()
            sys.exit(FAILED)
        finally:
            program.rest()
            if is_program:
                close_output()

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke a command, and report its errors.

        Raises:
            UsageError: an option of all commands stands after the command.
        """
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            for option in self.params:
                if error.ctx is not None and error.option_name in option.opts:
                    rest = f" {option.metavar} {error.ctx.info_name} …" if option.metavar else ""
                    what = f"{error.option_name} goes before the command: evosim {error.option_name}{rest}"
                    raise click.UsageError(what, error.ctx) from None
            raise
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except BrokenPipeError:  # whoever read our output has seen enough
            program.rest()
            discard_output()
            ctx.exit(FAILED)
        except KeyboardInterrupt:  # of whoever called us
            click.echo(f"\n{NOTHING_CHANGED}", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:
            program.rest()
            if os.environ.get("EVOSIM_DEBUG"):
                raise
            click.echo(describe_error(error), err=True)
            discard_output()
            ctx.exit(exit_code(error))


def close_output() -> None:
    """Write all data out, and keep what is printed from now on out of them, as by plugins while the program ends."""
    with suppress(OSError, ValueError):  # where it can't be written, Python says so when it exits
        if sys.stdout is not None:
            sys.stdout.flush()
        sys.stdout = sys.stderr


def discard_output() -> None:
    """Discard output that can't be written: else Python tries again when it exits, and sets the exit code."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def describe_error(error: Exception) -> str:
    """Return a message for an error."""
    if isinstance(error, MemoryError):
        return f"not enough memory: {error}"
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {(error.strerror or str(error)).lower()}"
    if type(error).__name__ == "ScenarioError":
        return "\n".join(diagnostic.shown() for diagnostic in getattr(error, "diagnostics", []))
    known = type(error).__module__.startswith(("evosim.", "viz.")) or isinstance(error, ValueError)
    hint = "" if known else f" ({type(error).__name__}; EVOSIM_DEBUG=1 shows where)"
    return f"{error}{hint}"


def exit_code(error: Exception) -> int:
    """Return the exit code by the class of the error, without importing what defines it."""
    codes = {
        "ExportError": WRONG_USAGE,
        "ScenarioError": INVALID_SCENARIO,
        "CrowdedWorldError": INVALID_SCENARIO,
        "RunFileError": RUN_FILE,
        "SweepFolderError": RUN_FILE,
        "OtherVersionError": RUN_FILE,
        "NoDisplayError": NO_DISPLAY,
        "MissingExtraError": MISSING_EXTRA,
    }
    return codes.get(type(error).__name__, FAILED)
