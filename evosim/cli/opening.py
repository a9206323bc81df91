"""Opening run files: the run that a command reads, and the path of a new one."""

import os
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from evosim.system.near_paths import suggest_path

if TYPE_CHECKING:
    from evosim.simulation.runs import RunFile


def open_run_file(path: Path, *, write: bool = False, episodes: bool = False) -> "RunFile":
    """Open a run; where something else was named, the error says what it is or which run was probably meant.

    With `episodes`, only runs in which agents live episodes are accepted.

    Raises:
        RunFileError: as `RunFile.open` does, or it is the run of an ecology.
    """
    from evosim.simulation.runs import RunFile
    from evosim.storage.schema import RunFileError

    try:
        run_file = RunFile.open(path, write=write)
        if episodes and (what := run_file.process.offers.no_agents):
            run_file.close()
            cards = ", `measure`" if run_file.process.offers.report_card else ""
            raise RunFileError(f"{path}: {what}; `evosim show`, `plot`{cards} and `export` show it")
        return run_file
    except RunFileError as error:
        hint = None
        with suppress(OSError):  # a folder that may not be seen into hides what else could have been meant
            hint = _hint(path)
        if hint is None:
            raise
        raise RunFileError(f"{hint if path.exists() else f'{error}; {hint}'}") from None


def _hint(path: Path) -> str | None:
    import scenarios

    if path.is_file() and path.suffix == ".toml":
        return f"{path}: a scenario, not a run; `evosim run {quote(str(path))}` makes a run from it"
    if is_sweep_folder(path):
        runs = sorted((path / "runs").glob("*.evosim"))
        named = f"name one of its runs, such as {quote(str(runs[0]))}" if runs else "none of its cells has a run yet"
        return f"{path}: a sweep, not a run; {named}; `evosim show`, `plot`, `report` and `export` take the folder"
    if path.exists():
        return None
    if str(path) in scenarios.paths():
        return f"it is a scenario; `evosim run {quote(str(path))}` makes a run from it"
    return suggest_path(path, lambda each: each.suffix == ".evosim" or is_sweep_folder(each)) or None


def is_sweep_folder(path: Path) -> bool:
    """Whether there is the folder of a sweep."""
    return (path / "sweep.json").is_file()


def refuse_existing(path: Path) -> None:
    """Check that no run is written over that nobody asked to replace.

    Raises:
        RunFileError: the file exists.
    """
    from evosim.storage.schema import RunFileError

    if os.path.lexists(path):
        how = f"choose another file (--out), continue it (`evosim resume {quote(str(path))}`), or replace it (--force)"
        raise RunFileError(f"{path}: exists already; {how}")


def run_file_to_be(ctx: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
    """Check that a path can be that of a new run: a database can't be a folder, a device or a pipe.

    With `--seeds` it is the folder of a sweep, which that checks.

    Raises:
        BadParameter: it can't.
    """
    if path is None or ctx.params.get("seeds") is not None:
        return path
    if str(path) == "-":
        raise click.BadParameter("a run is a database, which can't go to standard output")
    if path.is_dir():
        raise click.BadParameter(f"{path} is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise click.BadParameter(f"{path} is not a regular file")
    return path
