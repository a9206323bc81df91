"""`evosim tune`: an optimizer above the base optimizer searches keys of a scenario."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evosim.cli.numbers import WholeNumber
from evosim.cli.options import json_option, overrides_option, progress_option, workers_option
from evosim.cli.printing import print_json, print_line, print_table
from evosim.cli.program import INTERRUPTED
from evosim.cli.sweep_printing import plain_values

if TYPE_CHECKING:
    from evosim.sweeps.engine import Progress
    from evosim.sweeps.folder import SweepFolder
    from evosim.sweeps.tuning.schema import TuneFile
    from evosim.sweeps.tuning.search import Search
    from evosim.sweeps.tuning.space import Space


@click.command()
@click.argument("source")
@click.option(
    "--range", "ranges", multiple=True, metavar="KEY=LOW..HIGH",
    help="Search a key: 0.01..0.4, 0.01..0.4:log, 1..16:whole, or choices A,B,C; repeatable.",
)  # fmt: skip
@click.option(
    "--objective", "objectives", multiple=True, metavar="NAME[:max|:min]",
    help="A number of the table `cells` to maximize, or minimize; with several, a Pareto front.",
)  # fmt: skip
@click.option("--trials", type=WholeNumber(2, 10_000), help="Points that each method tries. Default: 40.")
@click.option("--batch", type=WholeNumber(1, 1000), help="Trials after which the sampler learns. Default: 4.")
@click.option("--seeds", metavar="SEEDS", help="The seeds of every trial. Default: 1-3.")
@click.option("--fresh-seeds", metavar="SEEDS", help="Those that winners are measured with again. Default: 101-110.")
@click.option("--seed", type=WholeNumber(0, 2**32 - 1), help="The seed of the search itself. Default: 0.")
@overrides_option
@click.option("--out", type=click.Path(path_type=Path), help="The folder of the search. Default: tuned/<scenario>")
@workers_option
@click.option("--dry-run", is_flag=True, help="Check the search, and print what would be run.")
@progress_option
@json_option
@click.pass_context
def tune(
    ctx: click.Context,
    source: str,
    ranges: tuple[str, ...],
    objectives: tuple[str, ...],
    trials: int | None,
    batch: int | None,
    seeds: str | None,
    fresh_seeds: str | None,
    seed: int | None,
    overrides: tuple[str, ...],
    out: Path | None,
    workers: int | None,
    dry_run: bool,
    progress: str | None,
    as_json: bool,
) -> None:
    """Search keys of SOURCE, a tune file or a scenario, for what its runs come to.

    Optuna's sampler, random search and quasi-random search try as many points each; winners are measured again with
    fresh seeds, beside the scenario as it is. Started again, a search goes on where it was.

    \b
    Example:
      evosim tune red_doors --range evolution.mutation.rate=0.01..0.5:log --objective training.base_mean --dry-run
    """
    from evosim.scenario import ScenarioError
    from evosim.sweeps.tuning.load import TuneOptions, load_search

    given = {"trials": trials, "batch": batch, "seeds": seeds, "fresh_seeds": fresh_seeds, "seed": seed}
    options = TuneOptions(ranges, objectives, overrides, {name: x for name, x in given.items() if x is not None})
    try:
        file, space = load_search(source, options)
    except ScenarioError:
        raise
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if dry_run:
        print_size(file, space)
        return
    ctx.exit(
        carry_out_search(out or Path("tuned") / Path(source).stem, file, space, workers, progress, as_json=as_json)
    )


def print_size(file: "TuneFile", space: "Space") -> None:
    """Print how many runs a search makes, and what they need."""
    from evosim.simulation.resources import STARTUP, format_bytes, format_duration
    from evosim.sweeps.plan import Condition
    from evosim.sweeps.run import check_conditions, choose_workers
    from evosim.sweeps.tuning.samplers import METHODS
    from evosim.sweeps.tuning.search import sweeps_in

    (needs,) = check_conditions([Condition(1, {}, space.scenario_at({}))])
    runs = len(METHODS) * file.trials * len(file.seeds) + (1 + len(METHODS)) * len(file.fresh_seeds)
    count = choose_workers(None, needs.memory, runs)
    starting, time = sweeps_in(file) * STARTUP, "for an unknown time"
    if needs.expected_seconds is not None:
        whole = format_duration(starting + runs * needs.expected_seconds / count)
        time = f"about {whole}, {format_duration(starting)} of it to start workers,"
    print_line(f"{len(METHODS)} methods, {file.trials} trials each, seeds: {len(file.seeds)}; {runs} runs in all")
    print_line(
        f"{time} with {count} workers if trials take as long as the scenario as it is; "
        f"{format_bytes(runs * needs.disk)} of disk; nothing was run"
    )


def carry_out_search(
    path: Path, file: "TuneFile", space: "Space", workers: int | None, progress: str | None, *, as_json: bool
) -> int:
    """Run a search, print what it came to, and write its figure and the best scenario; return the exit code."""
    from evosim.cli.progress import default_mode
    from evosim.sweeps.run import run_sweep
    from evosim.sweeps.tuning.search import InterruptedSearchError, search
    from evosim.system.stopping import set_stop_message, stop_gracefully
    from viz.figures.tune import save_search

    mode = progress or default_mode()
    again = f"interrupted; the same command goes on, in {path}"
    set_stop_message(lambda: again)
    with stop_gracefully() as stop:

        def run(folder: "SweepFolder") -> bool:
            last: Progress = run_sweep(folder, workers, stop=stop)
            if mode != "none":
                click.echo(f"{folder.path}: {last.done} of {last.cells} runs are done", err=True)
            return not (stop.wanted and last.done + last.failed < last.cells)

        try:
            found = search(path, file, space, run)
        except InterruptedSearchError:
            click.echo(again, err=True)
            return INTERRUPTED
    paths = save_search(found, path)
    if as_json:
        print_json(record_of(found))
    else:
        print_search(found)
        for each in paths:
            print_line(each)
    return 0


def print_search(found: "Search") -> None:
    """Print the winners: what each came to when it was found, and with fresh seeds."""
    from evosim.numerics.formatting import number_between, small_number
    from evosim.sweeps.tuning.search import describe_point

    names = list(found.file.objectives)
    lines = []
    for each in found.winners:
        values = each.trial.values if each.trial is not None else None
        between = [number_between(*mean) if mean.known else (small_number(mean.middle), "") for mean in each.fresh]
        fresh = [f"{middle} [{ends}]" if ends else middle for middle, ends in between]
        when = ["–"] * len(names) if values is None else [small_number(value) for value in values]
        lines.append(
            [each.label, *(cell for pair in zip(when, fresh, strict=True) for cell in pair),
             "" if each.trial is None else describe_point(each.trial.point)]
        )  # fmt: skip
    heads = ["trial", *(head for name in names for head in (f"{name}, found", "fresh seeds [95%]")), "values"]
    print_table("Winners, as they were found and with fresh seeds", heads, lines)
    failed = sum(each.values is None for each in found.trials)
    if failed:
        print_line(f"{failed} of {len(found.trials)} trials have no value: invalid, or empty in one of their seeds")


def record_of(found: "Search") -> dict[str, Any]:
    """Return a search for JSON."""
    return {
        "search": found.file.model_dump(mode="json"),
        "trials": [plain_values(each) for each in found.trials],
        "winners": [
            {"label": each.label, "point": dict(each.trial.point) if each.trial else None,
             "fresh": [plain_values(mean) for mean in each.fresh], "seeds": each.seeds}
            for each in found.winners
        ],
    }  # fmt: skip
