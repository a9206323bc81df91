"""`evosim branch`: several futures of one state of a run."""

from pathlib import Path

import click

from evosim.cli.opening import open_run_file
from evosim.cli.options import (
    json_option,
    overrides_option,
    progress_option,
    run_argument,
    workers_option,
)


@click.command()
@run_argument
@click.option("--generation", type=click.IntRange(1), required=True, metavar="G", help="The state after it is shared.")
@click.option("--futures", type=click.IntRange(1, 100_000), metavar="N", help="How many: of the seeds 1 to N.")
@click.option("--seeds", metavar="SEEDS", help="The seeds of the futures: 1-20, or 1-5,9.")
@click.option(
    "--generations", type=click.IntRange(1, 10**9), help="How many generations in all; the run says otherwise."
)
@overrides_option
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
@progress_option
@json_option
@click.pass_context
def branch(
    ctx: click.Context,
    run_path: Path,
    generation: int,
    futures: int | None,
    seeds: str | None,
    generations: int | None,
    overrides: tuple[str, ...],
    vary: str,
    out: Path | None,
    workers: int | None,
    progress: str | None,
    as_json: bool,
) -> None:
    """Run several futures of RUN from its state after generation G, each with another seed, as a sweep.

    They share all up to generation G. The future with the seed of RUN repeats RUN, unless --set changes what follows.

    \b
    Example:
      evosim branch runs/red_doors-1-0f3a5b7c.evosim --generation 40 --futures 6
    """
    from evosim.cli.commands.run import compile_if_cold
    from evosim.cli.commands.sweep import HowToRun, carry_out_sweep
    from evosim.cli.progress import default_mode, waiting
    from evosim.sweeps.branch import make_futures, plan_futures
    from evosim.sweeps.schema import parse_seeds

    if (futures is None) == (seeds is None):
        raise click.UsageError("say how many futures by --futures 6, or which seeds by --seeds 1-6")
    if generations is not None:
        overrides = (*overrides, f"evolution.generations={generations}")
    try:
        chosen = parse_seeds(seeds or f"1-{futures}")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--seeds'") from None
    mode = progress or default_mode()
    with open_run_file(run_path) as run:
        plan = plan_futures(run, generation, chosen, overrides, vary)
        by = "" if vary == "seed" else f"{vary}-"
        folder = out or run_path.with_name(f"{run_path.stem}-branch-{generation}-{by}{plan.digest[:8]}")
        compile_if_cold(run.scenario, mode)
        with waiting(mode, f"playing again up to {run.process.unit.one} {generation}"):
            made = make_futures(folder, plan, run, generation)
    ctx.exit(carry_out_sweep(made, HowToRun(workers, None, progress, as_json)))
