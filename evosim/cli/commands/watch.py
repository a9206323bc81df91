"""`evosim watch` and `record`: a window on a run, while it evolves or later; and films of one, without a window."""

import os
import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evosim.cli.compiling import compile_if_cold
from evosim.cli.numbers import RealNumber, WholeNumber
from evosim.cli.opening import (
    check_agent_viewable,
    check_environment_viewable,
    check_view,
    futures_in,
    is_sweep_folder,
    open_run_file,
    quiet_pygame,
    refuse_of_futures,
    run_file_to_be,
)
from evosim.cli.options import agent_option, overrides_option, seed_range, threads_option
from evosim.cli.printing import print_line
from evosim.system.stopping import register_cleanup, set_stop_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from viz.live.scenes.sources import EvolvingSource, StoredSource

SMALLEST, LARGEST = 160, 7680  # pixels
ITS_SECONDS = 1.6  # that the process which evolves has to store its generation, and to say so
NOT_OF_FUTURES = ("set", "seed", "out", "threads", "agent", "environment", "training-only")
NOT_FILMED_OF_FUTURES = ("story", "agent", "environment", "training-only")
LENS_NAMES = ("none", "wanted", "counted", "disagreement", "perception")


class Size(click.ParamType):  # type: ignore[type-arg]
    """A size in pixels, as WIDTHxHEIGHT."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Convert a word to a size."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", str(value))
        sides = (int(found[1]), int(found[2])) if found else (0, 0)
        if not all(SMALLEST <= side <= LARGEST for side in sides):
            self.fail(
                f"{value!r} is not a size; write it as 1280x720, each side from {SMALLEST} to {LARGEST}", param, ctx
            )
        return sides


theme_option = click.option(
    "--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True, help="Colours."
)
scale_option = click.option(
    "--scale", type=RealNumber(0.5, 4.0), help="Scale of text and graphics. Default: by the size of the screen."
)

environment_option = click.option(
    "--environment",
    metavar="NAME",
    help="The environment beside that of selection, to which agents are moved first.",
)
training_only_option = click.option(
    "--training-only",
    is_flag=True,
    help="Show agents only where they are selected, and nothing of what they want; in the window, R reveals the rest.",
)


@click.command()
@click.argument("what", metavar="SCENARIO|RUN|FUTURES")
@overrides_option
@click.option("--seed", type=seed_range, default=1, show_default=True, help="Seed of a new run.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    callback=run_file_to_be,
    help="The run file of a new run. Default: runs/<scenario>-<seed>-<digest>.evosim",
)
@threads_option
@click.option("--size", type=Size(), default=(1280, 800), metavar="WxH", help="Size of the window. Default: 1280x800.")
@theme_option
@scale_option
@click.option("--fullscreen", is_flag=True, help="Fill the screen.")
@agent_option
@environment_option
@training_only_option
@click.pass_context
def watch(
    ctx: click.Context,
    what: str,
    overrides: tuple[str, ...],
    seed: int,
    out: Path | None,
    threads: int | None,
    size: tuple[int, int],
    theme: str,
    scale: float | None,
    fullscreen: bool,
    agent: int | str,
    environment: str | None,
    training_only: bool,
) -> None:  # fmt: skip
    """Open a window on a run: evolve SCENARIO and show it, or show RUN, stored or still being written.

    FUTURES is a folder that `evosim branch` made of one state; its runs are shown side by side.

    The run evolves in a separate process. Closing the window does not stop it. A run that was begun before is shown,
    and continued if it was stopped. In the window, ? lists all keys.

    \b
    Examples:
      evosim watch red_doors
      evosim watch runs/red_doors-1-0f3a5b7c.evosim
      evosim watch runs/red_doors-1-0f3a5b7c-branch-40-3e88a195
    """
    with quiet_pygame():
        from viz.live.window.window import watch_run

    futures = futures_in(Path(what))
    if futures is not None:
        refuse_of_futures(ctx, what, NOT_OF_FUTURES)
        watch_run(futures.past, size=size, theme=theme, scale=scale, fullscreen=fullscreen, futures=futures)
        return
    source, evolving = source_of(what, overrides, seed, out, threads, environment, training_only=training_only)
    check_agent_viewable(source.path, agent)
    if evolving is not None:
        forward_signals(evolving)
    try:
        watch_run(
            source, size=size, theme=theme, scale=scale, fullscreen=fullscreen, who=agent, environment=environment,
            training_only=training_only,
        )  # fmt: skip
    finally:
        if evolving is not None and evolving.is_evolving():
            shown = "the window is closed; the run goes on (Ctrl-C stops it; `evosim resume` continues it)"
            click.echo(shown, err=True)
    if evolving is not None:
        ctx.exit(evolving.wait())


def source_of(
    what: str,
    overrides: tuple[str, ...],
    seed: int,
    out: Path | None,
    threads: int | None,
    environment: str | None,
    *,
    training_only: bool = False,
) -> "tuple[EvolvingSource | StoredSource, EvolvingSource | None]":
    """Return the source to be watched; begin or resume a run, if a scenario is named that has no complete one.

    Raises:
        NoDisplayError: a run would have to begin, and there is no screen to show it on.
        ScenarioError: the scenario is invalid.
        RunFileError: the run can't be read, or has no live view.
        UsageError: runs of the scenario have none, or can't be shown in the environment.
    """
    from viz.live.scenes.sources import EvolvingSource, StoredSource
    from viz.live.window.views import has_view
    from viz.live.window.window import refuse_without_display

    path = Path(what)
    if path.suffix == ".evosim" or (path.is_file() and path.suffix != ".toml") or is_sweep_folder(path):
        if overrides or out is not None:
            raise click.UsageError("--set and --out are for scenarios, not for an existing run")
        with open_run_file(path) as run:  # says what was meant, if it is none
            check_view(run)
            check_environment_viewable(path, run.scenario, environment, training_only=training_only)
        return StoredSource(path), None
    if what == "-":
        raise click.UsageError("a scenario from standard input can't be watched; save it, or run it first")
    from evosim.scenario import load_scenario
    from evosim.simulation.runs import default_path

    scenario = load_scenario(what, overrides)
    if not has_view(scenario):
        raise click.UsageError(f"{what}: runs of this scenario have no live view; `evosim run` evolves one")
    check_environment_viewable(path, scenario, environment, training_only=training_only)
    run_path = out or default_path(scenario, seed)
    using = [] if threads is None else ["--threads", str(threads)]
    if run_path.exists():
        with open_run_file(run_path) as run:
            check_view(run)
            state = run.summary().state
        if state not in ("stopped", "interrupted"):
            click.echo(f"{run_path}: {state} already; showing that", err=True)
            return StoredSource(run_path), None
    refuse_without_display(
        "`evosim run SCENARIO` evolves, and `evosim record RUN -o film.mp4` makes a film without one"
    )
    if run_path.exists():
        click.echo(f"{run_path}: begun before; continuing it", err=True)
        command = ["resume", str(run_path), *using]
    else:
        changes = [word for override in overrides for word in ("--set", override)]
        command = ["run", what, *changes, "--seed", str(seed), "--out", str(run_path), *using]
    evolving = EvolvingSource(scenario, seed, run_path, command)
    return evolving, evolving


def forward_signals(evolving: "EvolvingSource") -> None:
    """Stop a run that is evolved for us when we are asked to stop; it says itself how to resume it."""
    from evosim.system.stopping import program

    program.clearing = ITS_SECONDS
    register_cleanup(lambda: evolving.end(program.number))
    set_stop_message(lambda: "" if evolving.was_ended else "stopped; what was stored stays")


@click.command()
@click.argument("run_path", metavar="RUN|FUTURES", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The film: .mp4, .gif, .webp, or a folder of pictures.",
)
@click.option("--size", type=Size(), default=(1280, 720), metavar="WxH", help="Size of the film. Default: 1280x720.")
@click.option("--seconds", type=RealNumber(0.1, 3600), default=30.0, show_default=True, help="Length in seconds.")
@click.option("--rate", type=RealNumber(1, 60), default=30.0, show_default=True, help="Frames per second.")
@theme_option
@scale_option
@click.option("--generation", type=WholeNumber(0, 2**53), help="Show only this generation; in an ecology, begin there.")
@click.option("--speed", type=RealNumber(1, 480), help="Ticks per second.")
@click.option("--lens", type=click.Choice(LENS_NAMES), default="none", help="Show through this lens.")
@click.option("--story", is_flag=True, help="The whole run in a few chapters with captions.")
@agent_option
@environment_option
@training_only_option
@click.pass_context
def record(
    ctx: click.Context,
    run_path: Path,
    out: Path,
    size: tuple[int, int],
    seconds: float,
    rate: float,
    theme: str,
    scale: float | None,
    generation: int | None,
    speed: float | None,
    lens: str,
    story: bool,
    agent: int | str,
    environment: str | None,
    training_only: bool,
) -> None:  # fmt: skip
    """Film RUN without a display; the same run and options make the same film.

    FUTURES is a folder that `evosim branch` made of one state; its runs are filmed side by side.

    By default it is a tour: the typical agent in two environments, then all agents from the founders on. The second
    environment is the one, of those without selection, in which agents keep least of the return that evolution counts;
    `--environment` names another. `--story` adds captions, written from what was measured. A generation, a speed or a
    lens selects one thing instead.

    \b
    Examples:
      evosim record runs/red_doors-1-0f3a5b7c.evosim -o red_doors.mp4
      evosim record runs/red_doors-1-0f3a5b7c.evosim -o story.mp4 --story
      evosim record runs/red_doors-1-0f3a5b7c.evosim -o frames/ --seconds 5 --lens wanted
      evosim record runs/red_doors-1-0f3a5b7c.evosim -o guess.gif --seconds 20 --training-only
      evosim record runs/red_doors-1-0f3a5b7c-branch-40-3e88a195 -o futures.mp4
    """
    from evosim.cli.progress import default_mode

    if story and (generation is not None or speed is not None or lens != "none"):
        raise click.UsageError("--story is of the whole run: leave --generation, --speed and --lens out")
    if training_only and (story or lens != "none"):
        raise click.UsageError("--training-only hides what agents want: leave --story and --lens out")
    if isinstance(agent, int) and generation is not None:
        raise click.UsageError("the id of an agent determines its generation: leave --generation out")
    futures = futures_in(run_path)
    if futures is not None:
        refuse_of_futures(ctx, run_path, NOT_FILMED_OF_FUTURES)
        scenario = futures.runs[0].scenario
    else:
        with open_run_file(run_path) as run:
            check_view(run)
            scenario = run.scenario
        check_agent_viewable(run_path, agent)
        check_environment_viewable(run_path, scenario, environment, training_only=training_only)
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    with quiet_pygame():
        from viz.live.film.film import check_film
        from viz.live.recording.recording import Shot, record_film

    check_film(out, size, rate)
    compile_if_cold(scenario, default_mode())
    fits = scale or max(0.5, min(size[0] / 1280, size[1] / 720))
    shot = Shot(size, seconds, rate, theme, fits, generation, speed, lens, agent, story, training_only, environment)
    with frame_progress() as shown:
        print_line(record_film(run_path, out, shot, shown, futures))


@contextmanager
def frame_progress() -> "Iterator[Callable[[int, int], None]]":
    """Show on a terminal how many frames are done."""
    from evosim.cli.progress import NARROW, console, default_mode

    if default_mode() != "bar":
        yield lambda done, of: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown_on = console()
    bar = (BarColumn(bar_width=20),) if shown_on.width >= NARROW else ()
    columns = (TextColumn("frame"), *bar, MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=shown_on, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)
