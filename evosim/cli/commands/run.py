"""`evosim run`, `resume` and `verify`: begin a run, continue it, or run it again to compare digests."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from evosim.cli.compiling import compile_if_cold
from evosim.cli.numbers import WholeNumber
from evosim.cli.opening import open_run_file, refuse_existing, run_file_to_be
from evosim.cli.options import (
    durability_option,
    json_option,
    measures_option,
    override_measures,
    overrides_option,
    progress_option,
    run_argument,
    seed_range,
    seeds_option,
    threads_option,
    workers_option,
)
from evosim.cli.own_measures import last_own, print_own
from evosim.cli.printing import print_json, print_line, print_measurements, run_record
from evosim.cli.program import INTERRUPTED, MISMATCH

if TYPE_CHECKING:
    from evosim.simulation.runs import RunFile


@click.command()
@click.argument("scenario")
@click.option("--seed", type=seed_range, default=1, show_default=True, help="Seed of all random streams.")
@seeds_option
@click.option("--generations", type=WholeNumber(1, 10**9), help="Number of generations. Default: that of the scenario.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    callback=run_file_to_be,
    help="The run file, or with --seeds the folder. Default: runs/<scenario>-<seed>-<digest>.evosim",
)
@overrides_option
@measures_option
@threads_option
@durability_option
@workers_option
@progress_option
@json_option
@click.option("--force", is_flag=True, help="Replace the run file if there is one.")
@click.pass_context
def run(
    ctx: click.Context,
    scenario: str,
    seed: int,
    seeds: str | None,
    generations: int | None,
    out: Path | None,
    overrides: tuple[str, ...],
    measures: tuple[str, ...],
    threads: int | None,
    durability: str,
    workers: int | None,
    progress: str | None,
    as_json: bool,
    force: bool,
) -> None:
    """Run SCENARIO, a file or the name of a shipped one, and store the run.

    SCENARIO can be -, for standard input. With --seeds there is a run of each seed, in a folder: see `evosim sweep`.

    \b
    Example:
      evosim run red_doors --seed 7 --set evolution.population=1024
    """
    from evosim.scenario import load_scenario
    from evosim.simulation.process import process_of
    from evosim.simulation.runs import RunFile, default_path

    overrides = override_measures(overrides, measures)
    if generations is not None:
        overrides = (*overrides, f"evolution.generations={generations}")
    if seeds is not None:
        from evosim.cli.commands.sweep import HowToRun, run_plan

        refuse_with_seeds(ctx)
        ctx.exit(run_plan(scenario, (), overrides, seeds, out, HowToRun(workers, None, progress, as_json)))
    if workers is not None:
        raise click.UsageError("--workers is for --seeds; one run is of one process, with --threads")
    asked = load_scenario(scenario, overrides)
    process_of(asked, seed).refuse_if_too_large()
    path = out or default_path(asked, seed)
    if not force:
        refuse_existing(path)
    with RunFile.create(path, asked, seed, replace=force) as run_file:
        run_file.choose_durability(durability)
        code = carry_to_end(run_file, threads, progress, as_json)
    ctx.exit(code)


def refuse_with_seeds(ctx: click.Context) -> None:
    """Check that no option is given that has no meaning for several seeds.

    Raises:
        UsageError: one is.
    """
    instead = {
        "seed": "--seeds 1-20 says all seeds",
        "threads": "each cell has one thread; --workers says how many run at once",
        "durability": "each generation of a cell is safe when it is stored",
        "force": "a sweep goes on where it was; remove its folder to run it anew",
    }
    for name in instead:
        if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name} can't be beside --seeds: {instead[name]}")


@click.command()
@run_argument
@click.option(
    "--generations", type=WholeNumber(1, 10**9), help="Continue until there are this many generations in total."
)
@threads_option
@durability_option
@progress_option
@json_option
@click.pass_context
def resume(
    ctx: click.Context,
    run_path: Path,
    generations: int | None,
    threads: int | None,
    durability: str,
    progress: str | None,
    as_json: bool,
) -> None:
    """Continue RUN from the last stored generation.

    A run that was interrupted ends with the digest of one that was not. A complete run can be made longer.

    \b
    Example:
      evosim resume runs/red_doors-1-0f3a5b7c.evosim --generations 200
    """
    with open_run_file(run_path, write=True) as run_file:
        summary = run_file.summary()
        if generations is not None:
            if generations <= summary.done:
                what = f"{run_path} holds {summary.done} generations already; ask for more than that"
                raise click.BadParameter(what, param_hint="'--generations'")
            run_file.extend(generations)
        elif summary.state == "extinct":
            click.echo(
                f"{run_path}: extinct after {summary.done} intervals; no agent is left to continue with", err=True
            )
        elif summary.done >= summary.generations:
            click.echo(f"{run_path}: complete with {summary.done} generations; --generations makes it longer", err=True)
        run_file.choose_durability(durability)
        ctx.exit(carry_to_end(run_file, threads, progress, as_json))


@click.command()
@run_argument
@threads_option
@json_option
@click.pass_context
def verify(ctx: click.Context, run_path: Path, threads: int | None, as_json: bool) -> None:
    """Run RUN again from its seed, and compare the digest of every generation. Exit code 4 if one differs.

    \b
    Example:
      evosim verify runs/red_doors-1-0f3a5b7c.evosim
    """
    from evosim.cli.progress import default_mode
    from evosim.numerics.compiler import threads as thread_pool
    from evosim.simulation.runner import verify as run_again
    from evosim.storage.schema import versions_here

    if threads is not None:
        thread_pool.choose(threads)
    with open_run_file(run_path) as run_file:
        refuse_future(run_file)
        compile_if_cold(run_file.scenario, default_mode())
        summary = run_file.summary()
        checked = list(run_again(run_file))
    differs = next((number for number, same in checked if not same), None)
    here = versions_here(run_file.scenario)
    changed = {name: [old, here.get(name)] for name, old in summary.versions.items() if here.get(name) != old}
    if as_json:
        print_json({"path": str(run_path), "checked": len(checked), "differs": differs, "versions_changed": changed})
    elif differs is None:
        print_line(f"{run_path}: {len(checked)} {run_file.process.unit.many} verified, digest {summary.digest[:16]}")
    if differs is not None:
        versions = "; ".join(f"{name} {old} then, {new} now" for name, (old, new) in changed.items())
        click.echo(
            f"{run_path}: {run_file.process.unit.one} {differs} differs ({versions or 'with the same versions'})",
            err=True,
        )
        ctx.exit(MISMATCH)


def refuse_future(run_file: "RunFile") -> None:
    """Check that a run began with its founders.

    Raises:
        RunFileError: it is a future of another run, whose past can't be run again from its own seed.
    """
    from evosim.storage.branching import branch_of
    from evosim.storage.schema import RunFileError

    if (branch := branch_of(run_file)) is not None:
        what = f"a future, which shares its past up to {run_file.process.unit.one} {branch.step} with another run"
        raise RunFileError(
            f"{run_file.path}: {what}; make it again by `evosim branch` in another folder, and compare digests"
        )


def carry_to_end(run_file: "RunFile", thread_count: int | None, progress: str | None, as_json: bool) -> int:
    """Carry a run to its end, telling of it; return the exit code."""
    from evosim.cli.progress import Reporter, default_mode
    from evosim.numerics.compiler import threads
    from evosim.simulation.runner import carry_on
    from evosim.system.stopping import NOTHING_DONE, set_stop_message, stop_gracefully

    mode = progress or default_mode()
    if thread_count is not None:
        threads.choose(thread_count)
    reached = run_file.acknowledged
    how = f"to resume: evosim resume {quote(str(run_file.path))}"
    set_stop_message(
        lambda: (
            NOTHING_DONE
            if run_file.acknowledged == reached
            else f"interrupted after {run_file.process.unit.one} {run_file.acknowledged}; {how}"
        )
    )
    compile_if_cold(run_file.scenario, mode)
    reporter = Reporter(run_file, mode)
    changed = run_file.versions_changed()
    if changed and mode != "none":
        click.echo(f"{run_file.path}: other versions than before: {changed}; the digest may differ", err=True)
    with stop_gracefully() as stop, reporter.shown(run_file.summary().done):
        for generation in carry_on(run_file, stop):
            reporter.report(generation.number)
    summary = run_file.summary()
    extinct = summary.state == "extinct"
    interrupted = summary.done < summary.generations and not extinct
    if as_json:
        print_json(run_record(run_file) | {"own": last_own(run_file)})
    elif mode != "none":
        print_measurements(run_file, err=True)
        print_own(run_file, err=True)
        what = run_file.process.unit.many
        click.echo(f"{run_file.path}: {summary.done} {what}, digest {summary.digest[:16]}", err=True)
        if extinct:
            click.echo(f"extinct in interval {summary.done - 1}: no agent is left, so the run ends there", err=True)
    if interrupted:
        click.echo(f"interrupted after {run_file.process.unit.one} {summary.done - 1}; to resume:", err=True)
        click.echo(f"  evosim resume {quote(str(run_file.path))}", err=True)
    elif mode != "none" and not as_json:
        click.echo(
            f"  evosim plot {quote(str(run_file.path))}      draws the figure that answers its question", err=True
        )
    return INTERRUPTED if interrupted else 0
