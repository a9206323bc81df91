"""`evosim sweep`: many runs, of every combination of values and every seed, as a folder."""

from functools import partial
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from evosim.cli.numbers import WholeNumber
from evosim.cli.options import (
    json_option,
    measures_option,
    override_measures,
    overrides_option,
    progress_option,
    scheduler_option,
    seeds_option,
    workers_option,
)
from evosim.cli.printing import print_json, print_line, print_table
from evosim.cli.program import INTERRUPTED, SOME_FAILED
from evosim.numerics.formatting import pluralize

if TYPE_CHECKING:
    from evosim.sweeps.engine import Progress
    from evosim.sweeps.folder import SweepFolder
    from evosim.sweeps.plan import Plan


ROOM_OF_KEYS = 50  # letters in the head of a table


class HowToRun(NamedTuple):
    """How a sweep is to be run, and reported."""

    workers: int | None = None
    scheduler: str | None = None
    progress: str | None = None
    as_json: bool = False
    retry: bool = False
    dry_run: bool = False
    make_only: bool = False


MOST_SHOWN = 40  # conditions of a dry run, and failed cells
MOST_READ, MOST_CELLS_READ = 6, 200  # conditions and cells whose means are printed at the end


@click.command()
@click.argument("source", required=False)
@click.option(
    "--over", multiple=True, metavar="KEY=VALUE,…", help="Run every one of these values of a key; repeatable."
)
@seeds_option
@click.option("--generations", type=WholeNumber(1, 10**9), help="Number of generations. Default: that of the scenario.")
@overrides_option
@measures_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The folder of the sweep. Default: sweeps/<scenario>-<digest>",
)
@click.option(
    "--join", type=click.Path(path_type=Path), metavar="FOLDER", help="Run cells of a sweep that is there already."
)
@workers_option
@scheduler_option
@click.option("--dry-run", is_flag=True, help="Check every cell, and print what would be run with what it needs.")
@click.option("--make-only", is_flag=True, help="Check every cell and make the folder, for others to --join.")
@click.option("--retry", is_flag=True, help="Run failed cells again.")
@progress_option
@json_option
@click.pass_context
def sweep(
    ctx: click.Context,
    source: str | None,
    over: tuple[str, ...],
    seeds: str | None,
    generations: int | None,
    overrides: tuple[str, ...],
    measures: tuple[str, ...],
    out: Path | None,
    join: Path | None,
    workers: int | None,
    scheduler: str | None,
    dry_run: bool,
    make_only: bool,
    retry: bool,
    progress: str | None,
    as_json: bool,
) -> None:
    """Run SOURCE, a sweep file or a scenario, with every combination of values and every seed.

    Each cell is a run file in a folder. Started again, a sweep goes on where it was; with other seeds, these are added.
    Any number of processes can --join a folder. Exit code 8 if cells failed.

    \b
    Example:
      evosim sweep red_doors --over evolution.mutation.rate=0.05,0.1,0.2 --seeds 1-20 --out sweeps/rates
    """
    overrides = override_measures(overrides, measures)
    if generations is not None:
        overrides = (*overrides, f"evolution.generations={generations}")
    if scheduler is not None and workers is not None:
        raise click.UsageError("--workers is for processes of this machine; a scheduler has its own")
    how = HowToRun(workers, scheduler, progress, as_json, retry, dry_run, make_only)
    if join is not None:
        given: dict[str, object] = {
            "SOURCE": source,
            "--over": over,
            "--seeds": seeds,
            "--set": overrides,
            "--out": out,
        }
        given["--make-only"] = make_only
        if extra := [name for name, value in given.items() if value]:
            raise click.UsageError(f"--join takes what is in the folder, so there can't be {extra[0]}")
        ctx.exit(join_folder(join, how))
    if source is None:
        raise click.UsageError("name a sweep file or a scenario, or a folder to --join")
    ctx.exit(run_plan(source, over, overrides, seeds, out, how))


def run_plan(
    source: str, over: tuple[str, ...], overrides: tuple[str, ...], seeds: str | None, out: Path | None, how: HowToRun
) -> int:
    """Check a sweep, make its folder and run it, or print what would be run; return the exit code.

    Raises:
        UsageError: an option is wrong.
    """
    from evosim.scenario import ScenarioError
    from evosim.scenario.loading.notes import notes_on_classes
    from evosim.sweeps.folder import SweepFolder
    from evosim.sweeps.load import SweepOptions, load_sweep
    from evosim.sweeps.run import check_conditions, choose_workers, default_folder, estimate

    try:
        plan = load_sweep(source, SweepOptions(over, overrides, seeds))
    except ScenarioError:
        raise
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    estimates = check_conditions(plan.conditions)
    for note in dict.fromkeys(note for each in plan.conditions for note in notes_on_classes(each.scenario)):
        click.echo(f"note: {note}", err=True)
    path = out or default_folder(plan)
    if how.dry_run:
        print_matrix(plan, estimates, path, how.workers, as_json=how.as_json)
        return 0
    choose_workers(how.workers, estimate(estimates, 1).memory, len(plan.cells))
    folder = SweepFolder.create(path, plan)
    if how.make_only:
        join = f"evosim sweep --join {quote(str(folder.path))}"
        click.echo(f"{folder.path}: {pluralize(len(folder.cells), 'cell')}; to run them: {join}", err=True)
        return 0
    return carry_out_sweep(folder, how)


def join_folder(path: Path, how: HowToRun) -> int:
    """Run cells of a sweep that is there, until none is left that nobody works on; return the exit code."""
    from evosim.sweeps.folder import SweepFolder
    from evosim.sweeps.plan import Plan
    from evosim.sweeps.run import check_conditions

    folder = SweepFolder.open(path)
    if how.dry_run:
        stored, conditions = folder.stored, tuple(folder.conditions())
        plan = Plan(stored.title, stored.question, stored.scenario, folder.axes, tuple(stored.seeds), conditions)
        print_matrix(plan, check_conditions(conditions), path, how.workers, as_json=how.as_json)
        return 0
    return carry_out_sweep(folder, how, waits=False)


def carry_out_sweep(folder: "SweepFolder", how: HowToRun, *, waits: bool = True) -> int:
    """Run a sweep, with its progress; return the exit code."""
    from evosim.cli.progress import default_mode
    from evosim.cli.sweep_progress import SweepReporter
    from evosim.numerics.compiler import compiling_reason
    from evosim.simulation.resources import COMPILING_TIME
    from evosim.sweeps.run import run_on_cluster, run_sweep
    from evosim.system.stopping import set_stop_message, stop_gracefully

    mode = how.progress or default_mode()
    if how.retry:
        folder.forget_failures()
    reporter = SweepReporter(folder, mode)
    set_stop_message(lambda: f"interrupted; to continue: evosim sweep --join {quote(str(folder.path))}")
    with stop_gracefully() as stop, reporter.shown():
        if how.scheduler is not None:
            say = partial(reporter.say, always=True)
            last = run_on_cluster(folder, how.scheduler, stop=stop, waits=waits, report=reporter.report, say=say)
        else:
            last = run_sweep(
                folder, how.workers, stop=stop, waits=waits, report=reporter.report,
                compiling=lambda: reporter.say(f"compiling, {compiling_reason()}; it takes {COMPILING_TIME} …"),
            )  # fmt: skip
        interrupted = stop.wanted and last.done + last.failed < last.cells
    return conclude(folder, last, mode, as_json=how.as_json, interrupted=interrupted)


def conclude(folder: "SweepFolder", last: "Progress", mode: str, *, as_json: bool, interrupted: bool) -> int:
    """Print what has become of a sweep; return the exit code."""
    failed = [(cell.name, reason) for cell in folder.cells if (reason := folder.failure(cell)) is not None]
    if as_json:
        print_json({"path": str(folder.path), **last._asdict(), "failures": dict(failed)})
    elif mode != "none":
        click.echo(f"{folder.path}: {last.done} of {last.cells} cells are done, {last.failed} failed", err=True)
    if mode != "none":
        for name, reason in failed[:MOST_SHOWN]:
            click.echo(f"  {name}: {reason}", err=True)
        if len(failed) > MOST_SHOWN:
            click.echo(
                f"  and {len(failed) - MOST_SHOWN} more; `evosim show {quote(str(folder.path))}` names all", err=True
            )
        if failed:
            click.echo(f"to run these again: evosim sweep --join {quote(str(folder.path))} --retry", err=True)
    if interrupted:
        click.echo(f"interrupted; to continue: evosim sweep --join {quote(str(folder.path))}", err=True)
        return INTERRUPTED
    if last.elsewhere and mode != "none":
        click.echo(f"{pluralize(last.elsewhere, 'cell')} being run by other processes", err=True)
    if last.done and mode != "none" and not as_json:
        print_results(folder)
        several = "shows means over seeds, and compares conditions"
        what = several if folder.stored.conditions > 1 else "shows this again; --column NAME chooses other numbers"
        click.echo(f"  evosim show {quote(str(folder.path))}      {what}", err=True)
        click.echo(f"  evosim plot {quote(str(folder.path))}      draws them", err=True)
    return SOME_FAILED if failed else 0


def print_results(folder: "SweepFolder") -> None:
    """Print means over seeds, and the answer, of a sweep that is small enough to be read at once, on standard error."""
    from evosim.sweeps.comparing.tables import tables_of
    from evosim.sweeps.results import SweepResult
    from evosim.sweeps.summary import choose_quantities

    if folder.stored.conditions > MOST_READ or len(folder.cells) > MOST_CELLS_READ:
        return
    result = SweepResult(folder)
    tables = tables_of(result, choose_quantities(result), result.frame())
    for table in islice(tables, 1 if folder.stored.conditions > 1 else None):
        print_table(table.title, table.heads, table.rows, err=True)


def print_matrix(plan: "Plan", estimates: list[Any], folder: Path, workers: int | None, *, as_json: bool) -> None:
    """Print the conditions of a sweep with what a cell of each needs, all cells together, and the folder for them."""
    from evosim.simulation.resources import STARTUP, format_bytes, format_duration, format_expected
    from evosim.sweeps.run import choose_workers, estimate
    from evosim.sweeps.toml_values import shown_value

    needs = estimate(estimates, len(plan.seeds))
    count = choose_workers(workers, needs.memory, len(plan.cells))
    processor, expected = (
        None if each is None else each + count * STARTUP for each in (needs.seconds, needs.expected_seconds)
    )
    wall, usual = (None if each is None else each / count for each in (processor, expected))
    if as_json:
        rows = [
            {"condition": each.number, "values": dict(each.values), **needed._asdict()}
            for each, needed in zip(plan.conditions, estimates, strict=True)
        ]
        print_json(
            {
                "folder": str(folder), "conditions": rows, "seeds": list(plan.seeds),
                "cells": len(plan.cells), "workers": count, "seconds": wall, "processor_seconds": processor,
                "typical_seconds": usual, "typical_processor_seconds": expected,
                "memory": count * needs.memory, "disk": needs.disk,
            }
        )  # fmt: skip
        return
    keys = [key for axis in plan.axes for key in axis.keys]
    needed = {
        "time": [
            "unknown" if each.expected_seconds is None else format_duration(each.expected_seconds) for each in estimates
        ],
        "memory": [format_bytes(each.memory) for each in estimates],
        "disk": [format_bytes(each.disk) for each in estimates],
    }
    differ = [name for name, said in needed.items() if len(set(said)) > 1]
    lines = [
        [str(each.number), *(shown_value(each.values[key]) for key in keys), *(needed[name][i] for name in differ)]
        for i, each in enumerate(plan.conditions[:MOST_SHOWN])
    ]
    sizes = (len(plan.conditions), "condition"), (len(plan.seeds), "seed"), (len(plan.cells), "cell")
    title = f"{plan.source}: {', '.join(pluralize(*size) for size in sizes)}"
    heads = short_names(keys)
    if keys or differ:
        print_table(title, ["condition", *heads, *differ], lines)
    else:
        print_line(title)
    if heads != keys:
        print_line(f"axes: {', '.join(keys)}")
    if alike := [f"{name} {said[0]}" for name, said in needed.items() if name not in differ]:
        print_line(f"each cell: {', '.join(alike)}")
    if len(plan.conditions) > MOST_SHOWN:
        print_line(f"and {pluralize(len(plan.conditions) - MOST_SHOWN, 'condition')} more")
    time = "for an unknown time (worlds of another package)"
    if wall is not None and usual is not None:
        most = f"{format_expected(usual, wall)}{'' if usual == wall else ' if every episode lasts all its steps'}"
        time = f"{most}, {format_duration(STARTUP)} of it to start workers,"
    print_line(
        f"in all {time} with {pluralize(count, 'worker')}; {format_bytes(count * needs.memory)} of memory, "
        f"{format_bytes(needs.disk)} of disk; nothing was run"
    )


def short_names(keys: list[str]) -> list[str]:
    """Return keys as they are if they fit beside each other, or else by their last parts that tell them apart."""
    if sum(map(len, keys)) <= ROOM_OF_KEYS:
        return keys
    parts = [key.split(".") for key in keys]
    for length in range(1, max(map(len, parts), default=0)):
        names = [".".join(each[-length:]) for each in parts]
        if len(set(names)) == len(names):
            return names
    return keys
