"""`evosim branch`: several futures of states of runs."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from evosim.cli.numbers import WholeNumber
from evosim.cli.opening import open_run_file
from evosim.cli.options import (
    StepsChoice,
    json_option,
    measures_option,
    override_measures,
    overrides_option,
    progress_option,
    workers_option,
)

if TYPE_CHECKING:
    from evosim.simulation.runs import RunFile
    from evosim.sweeps.plan import Plan


class Asked(NamedTuple):
    """Which futures are asked for."""

    steps: list[int]
    futures: int | None
    seeds: str | None
    overrides: tuple[str, ...]
    vary: str


@click.command()
@click.argument("sources", metavar="RUN…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--generation",
    "steps",
    type=StepsChoice(),
    required=True,
    metavar="G[,G…]",
    help="The state after it is shared. Several: futures of each, to see how much is decided when.",
)
@click.option(
    "--futures", type=WholeNumber(1, 100_000), metavar="N", help="How many of each state: of the seeds 1 to N."
)
@click.option("--seeds", metavar="SEEDS", help="The seeds of the futures of one state: 1-20, or 1-5,9.")
@click.option("--generations", type=WholeNumber(1, 10**9), help="How many generations in all; the run says otherwise.")
@overrides_option
@measures_option
@click.option(
    "--vary",
    type=click.Choice(["seed", "mutation", "environment"]),
    default="seed",
    show_default=True,
    help="What differs between futures: all that is drawn, what the base optimizer draws, or worlds and lives.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The folder of the futures. Default: beside RUN, RUN-branch-G-digest"
)
@workers_option
@click.option(
    "--dry-run", is_flag=True, help="Check the futures, and print what would be run with its time, memory and disk."
)
@progress_option
@json_option
@click.pass_context
def branch(
    ctx: click.Context,
    sources: tuple[Path, ...],
    steps: list[int],
    futures: int | None,
    seeds: str | None,
    generations: int | None,
    overrides: tuple[str, ...],
    measures: tuple[str, ...],
    vary: str,
    out: Path | None,
    workers: int | None,
    dry_run: bool,
    progress: str | None,
    as_json: bool,
) -> None:
    """Run several futures of RUN from its state after generation G, each with another seed, as a sweep.

    They share all up to generation G. The future with the seed of RUN repeats RUN, unless --set changes what follows.
    With several runs, or the folder of a sweep, and several generations `evosim show` and `evosim plot` say how much of
    the outcome is decided after each.

    \b
    Example:
      evosim branch runs/red_doors-1-0f3a5b7c.evosim --generation 40 --futures 6
      evosim branch sweeps/red_doors-0f3a5b7c --generation 0,20,40,80 --futures 6
    """
    from evosim.cli.commands.sweep import HowToRun, carry_out_sweep, print_matrix
    from evosim.cli.compiling import compile_if_cold
    from evosim.cli.progress import default_mode, waiting
    from evosim.numerics.formatting import enumerated
    from evosim.sweeps.branch import futures_path, make_futures, without_effect
    from evosim.sweeps.folder import SweepFolder
    from evosim.sweeps.run import check_conditions

    length = () if generations is None else (f"evolution.generations={generations}",)
    asked = Asked(steps, futures, seeds, override_measures((*overrides, *length), measures), vary)
    mode = progress or default_mode()
    with ExitStack() as opened:
        runs = [opened.enter_context(open_run_file(path)) for path in run_paths(sources)]
        plan = plan_of(runs, asked)
        for idle in without_effect(runs[0].scenario, overrides):
            click.echo(f"--set {idle}: changes nothing, it is so in {runs[0].path}", err=True)
        folder = out or futures_path(sources[0], plan, steps)
        if dry_run:
            print_matrix(plan, check_conditions(plan.conditions), folder, workers, as_json=as_json)
            return
        SweepFolder.create(folder, plan)  # it is refused, if it can't be made, before anything is compiled
        compile_if_cold(runs[0].scenario, mode)
        with waiting(mode, f"playing again up to {runs[0].process.unit.one} {enumerated([*map(str, steps)])}"):
            made = make_futures(folder, plan, runs, steps)
    ctx.exit(carry_out_sweep(made, HowToRun(workers, None, progress, as_json)))


def run_paths(sources: tuple[Path, ...]) -> list[Path]:
    """Return the run files that are named, those of a sweep in its folder.

    Raises:
        RunFileError: a sweep has several conditions, or a cell that isn't done.
    """
    from evosim.cli.sweep_printing import is_sweep
    from evosim.sweeps.branch import runs_of

    return [path for source in sources for path in (runs_of(source) if is_sweep(source) else [source])]


def plan_of(runs: "list[RunFile]", asked: Asked) -> "Plan":
    """Return the plan of the futures that are asked for.

    Raises:
        UsageError: options contradict each other.
        BadParameter: seeds are no seeds.
        RunFileError, ScenarioError: as `plan_futures` and `plan_states` do.
    """
    from evosim.sweeps.branch import plan_futures, plan_states
    from evosim.sweeps.schema import parse_seeds

    if len(runs) > 1 or len(asked.steps) > 1:
        if asked.futures is None or asked.seeds is not None:
            raise click.UsageError("say how many futures each state has by --futures 6; they have seeds of their own")
        return plan_states(runs, asked.steps, asked.futures, asked.overrides, asked.vary)
    if (asked.futures is None) == (asked.seeds is None):
        raise click.UsageError("say how many futures by --futures 6, or which seeds by --seeds 1-6")
    try:
        chosen = parse_seeds(asked.seeds or f"1-{asked.futures}")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--seeds'") from None
    return plan_futures(runs[0], asked.steps[0], chosen, asked.overrides, asked.vary)
