"""Opening run files: the run that a command reads, whether a window or film can show it, and the path of a new one."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from evosim.system.near_paths import suggest_path

if TYPE_CHECKING:
    from evosim.scenario import Scenario
    from evosim.simulation.runs import RunFile
    from viz.live.futures.stored import StoredFutures


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
    from evosim.simulation.runs import RunFile
    from evosim.storage.schema import COMPLETE, EXTINCT, RunFileError

    if not os.path.lexists(path):
        return
    holds = how = ""
    with suppress(RunFileError, OSError), RunFile.open(path) as run_file:
        summary = run_file.summary()
        holds = f", with seed {summary.seed} of {summary.name}, {summary.state}"
        go_on = f"evosim resume {quote(str(path))}"
        longer = f"make it longer (`{go_on} --generations N`), "
        how = {COMPLETE: longer, EXTINCT: ""}.get(summary.state, f"continue it (`{go_on}`), ")
    raise RunFileError(f"{path}: exists already{holds}; choose another file (--out), {how}or replace it (--force)")


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


@contextmanager
def quiet_pygame() -> Iterator[None]:
    """Import pygame without its greeting on standard output, and name windows after the program."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    os.environ.setdefault("SDL_VIDEO_X11_WMCLASS", "evosim")
    yield


def futures_in(path: Path) -> "StoredFutures | None":
    """Return the futures of a run that a folder holds; None if it is no folder of futures.

    Raises:
        RunFileError: they can't be shown.
    """
    if not is_sweep_folder(path):
        return None
    with quiet_pygame():
        from viz.live.futures.stored import open_futures

    futures = open_futures(path)
    if futures is not None:
        with open_run_file(futures.past.path) as run:
            check_view(run)
    return futures


def refuse_of_futures(ctx: click.Context, path: Path | str, options: Sequence[str]) -> None:
    """Check that no option is given that a folder of futures doesn't take.

    Raises:
        UsageError: one is.
    """
    if given := [f"--{name}" for name in options if is_given(ctx, name)]:
        raise click.UsageError(f"{path}: a folder of futures, which takes no {' and no '.join(given)}")


def is_given(ctx: click.Context, name: str) -> bool:
    """Whether an option is on the command line."""
    parameter = "overrides" if name == "set" else name.replace("-", "_")
    return ctx.get_parameter_source(parameter) is click.core.ParameterSource.COMMANDLINE


def check_view(run: "RunFile") -> None:
    """Check that a run has a live view.

    Raises:
        RunFileError: no live view shows it.
    """
    with quiet_pygame():
        from viz.live.window.views import view_kind

    view_kind(run.path, run.scenario)


def check_agent_viewable(path: Path, agent: int | str) -> None:
    """Check that an agent can be shown first.

    Raises:
        UsageError: agents of an ecology can't be, or the generation of an agent is not stored.
    """
    if click.get_current_context().get_parameter_source("agent") is click.core.ParameterSource.DEFAULT:
        return
    if not path.exists():
        if isinstance(agent, int):
            raise click.UsageError("--agent: an agent id needs a stored run")
        return
    with quiet_pygame():
        from viz.live.window.views import view_kind

    with open_run_file(path) as run:
        if why := view_kind(path, run.scenario).no_agent:
            raise click.UsageError(f"--agent: {why}")
        if isinstance(agent, int) and agent // run.scenario.evolution.population not in run.stored_generations():
            from evosim.studies.interventions import find_agent, stored_agents

            find_agent(run, stored_agents(run), agent)  # says whose genomes are stored
            raise click.UsageError(
                f"--agent: the generation of agent {agent} is not stored as a whole, so it can't be shown"
            )


def check_environment_viewable(
    path: Path, scenario: "Scenario", environment: str | None, *, training_only: bool = False
) -> None:
    """Check that an environment, if one is asked for, can be shown beside that of selection, or that alone.

    Raises:
        UsageError: it can't; the message lists those that can.
    """
    if environment is None and not training_only:
        return
    with quiet_pygame():
        from viz.live.window.views import view_kind

    kind = view_kind(path, scenario)
    if kind.no_environment:
        option = "--training-only" if environment is None else "--environment"
        raise click.UsageError(f"{option}: {kind.no_environment}")
    if environment is not None and environment not in (others := kind.others(scenario)):
        there_are = f"there are: {', '.join(others)}" if others else "there is none"
        raise click.UsageError(f"--environment: agents can't be moved to {environment!r}; {there_are}")
