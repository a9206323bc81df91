"""What the live view can show: checks before a window or a film, which load what draws only if it is needed."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evosim.cli.opening import is_sweep_folder, open_run_file

if TYPE_CHECKING:
    from evosim.scenario import Scenario
    from evosim.simulation.runs import RunFile
    from viz.live.futures.stored import StoredFutures


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
