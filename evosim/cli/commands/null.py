"""`evosim null`: evolved planners beside random ones that are as good in training, run by run and over seeds."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from evosim.cli.compiling import compile_if_cold
from evosim.cli.explanations import METHODS, explain_words
from evosim.cli.numbers import WholeNumber
from evosim.cli.opening import open_run_file
from evosim.cli.options import json_option
from evosim.cli.printing import print_json, print_line, print_table
from evosim.numerics.formatting import UNKNOWN, fine_percent, in_words, number, signed_number
from evosim.system.stopping import MEASURED_BEFORE, set_stop_message

if TYPE_CHECKING:
    from evosim.simulation.runs import RunFile
    from evosim.studies.null_rows import NullRow
    from evosim.studies.over_seeds import OverSeeds

HEADS = {"version_space": "random", "neutral_drift": "drifted"}
ONE_SEED = "one seed: no interval; `evosim null` takes several runs of a scenario"


@click.command()
@click.argument("run_paths", metavar="RUN...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--generation", type=WholeNumber(0), metavar="G", help="Generation. Default: the last stored.")
@click.option(
    "--agents", type=WholeNumber(16, 100_000), metavar="N", help="How many evolved planners to match. Default: all."
)
@json_option
def null(run_paths: tuple[Path, ...], generation: int | None, agents: int | None, as_json: bool) -> None:
    """Compare evolved planners with random ones that do as well in training, and store the result with each RUN.

    Which properties of evolved objectives are due to evolution, and which do most objectives have that do as well in
    training? The first null draws objectives from the founders' prior until each evolved planner is matched by one that
    does as well in training; the second lets them drift, with training performance maintained. Several runs of a
    scenario, one for each seed, or a sweep of nothing but seeds, give evolved minus null with a 95% interval over
    seeds. The guide has the details, in "Nulls".

    \b
    Example:
      evosim null runs/red_doors-*.evosim
    """
    run_paths = tuple(run for path in run_paths for run in runs_named(path))
    if len(set(run_paths)) < len(run_paths):
        raise click.UsageError("a run is named twice")
    refuse_incomparable(run_paths)
    shown: list[tuple[Path, int, list[NullRow], list[str]]] = []
    for path in run_paths:
        with open_run_file(path, write=True) as run:
            shown.append((path, run.seed, *measure_run(run, generation, agents)))
    together = combine([rows for _, _, rows, _ in shown])
    if as_json:
        print_json(
            {
                "runs": [nulls_record(*each) for each in shown],
                "over_seeds": [over_seeds_record(each) for each in together],
            }
        )
        return
    if len(shown) == 1:
        print_run(shown[0][2])
        click.echo(ONE_SEED, err=True)
    if together:
        print_over_seeds(together, len(shown))
        from evosim.studies.over_seeds import FEWEST

        few = min(each.seeds for each in together)
        if few < FEWEST:
            click.echo(f"{few} seeds: too few for an interval, which takes {FEWEST}", err=True)


def runs_named(path: Path) -> list[Path]:
    """Return the runs that a path names: itself, or those of a sweep that are done.

    Raises:
        UsageError: a sweep has several conditions, or no run that is done.
    """
    from evosim.cli.sweep_printing import is_sweep

    if not is_sweep(path):
        return [path]
    from evosim.sweeps.folder import DONE
    from evosim.sweeps.results import open_sweep

    result = open_sweep(path)
    if (count := result.source.stored.conditions) > 1:
        first = f"evosim null {quote(str(path))}/runs/0001-*.evosim"
        raise click.UsageError(f"{path}: {count} conditions, and a null is of one: name its runs, such as `{first}`")
    done = [result.source.run_path(state.cell) for state in result.states if state.state in DONE]
    if not done:
        raise click.UsageError(f"{path}: no run of this sweep is done")
    return done


def refuse_incomparable(paths: Sequence[Path]) -> None:
    """Check, before all work, that an interval over seeds can be had of several runs.

    Raises:
        RunFileError: one can't be opened.
        UsageError: they are of several scenarios, or two have the same seed.
    """
    from evosim.studies.comparable_runs import check_comparable

    runs = []
    for path in paths:  # no more of them are open than one
        with open_run_file(path) as run:
            runs.append(run)
    try:
        check_comparable(runs)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def measure_run(run: "RunFile", generation: int | None, agents: int | None) -> "tuple[list[NullRow], list[str]]":
    """Measure the nulls of a run, and store them with it.

    Raises:
        RunFileError: runs of this kind have none.
        ValueError: those of this scenario have none; the message says why.
    """
    from evosim.cli.progress import default_mode
    from evosim.storage.schema import RunFileError
    from evosim.studies.nulls import check_defined, nulls_of_run

    if why := run.process.offers.no_nulls:
        raise RunFileError(f"{run.path}: {why}")
    check_defined(run.scenario)
    compile_if_cold(run.scenario, default_mode())
    click.echo(f"{run.path}: matching evolved planners …", err=True)
    found = nulls_of_run(run, generation, agents)
    run.store_nulls(found.rows[0].generation, found.rows)
    set_stop_message(lambda: MEASURED_BEFORE)
    for line in found.left_out:
        click.echo(f"{run.path}: {line}", err=True)
    return found.rows, found.left_out


def combine(runs: "Sequence[Sequence[NullRow]]") -> "list[OverSeeds]":
    """Return means over several runs; none of a single one."""
    if len(runs) < 2:
        return []
    from evosim.studies.over_seeds import over_seeds

    return over_seeds(runs)


def nulls_record(path: Path, seed: int, rows: "Sequence[NullRow]", left_out: list[str]) -> dict[str, Any]:
    """Return the nulls of a run for JSON."""
    return {
        "run": str(path),
        "seed": seed,
        "nulls": [{**row._asdict(), "difference": row.difference} for row in rows],
        "left_out": left_out,
    }


def over_seeds_record(each: "OverSeeds") -> dict[str, Any]:
    """Return a mean over seeds for JSON."""
    intervals = {}
    for name in ("evolved", "expected", "difference"):
        ends = getattr(each, name)._asdict().items()
        intervals[name] = {end: number if isfinite(number) else None for end, number in ends}
    return {
        "null": each.null,
        "environment": each.environment,
        "quantity": each.quantity,
        "seeds": each.seeds,
    } | intervals


def print_run(rows: "Sequence[NullRow]") -> None:
    """Print the nulls of a run: classes, weights, and how they are matched."""
    from evosim.studies.null_rows import AS_GOOD, MATCHED, NULLS, reported_environments, weight_rows

    for environment in reported_environments(rows):
        print_planners(rows, environment)
    print_beside("Mean weights of objectives", weight_rows(rows))
    for row in rows:
        if row.quantity == MATCHED:
            print_line(
                f"{NULLS[row.null]}: training performance {format_number(row.expected)}, "
                f"evolved {format_number(row.evolved)}; "
                f"{row.null_agents:,} planners matched, of {row.tried:,} tried, by "
                f"{METHODS.get(row.method, row.method)}"
            )
        elif row.quantity == AS_GOOD:
            share = f"{fine_percent(row.expected or 0)} of random objectives"
            print_line(f"{share} do as well in {row.environment} as the median evolved planner")
    for line in explain_words(NULLS[row.null] for row in rows):
        print_line(line)


def print_planners(rows: "Sequence[NullRow]", environment: str) -> None:
    """Print the classes of planners in an environment, beside those of each null; without classes, what they do."""
    from evosim.studies.null_rows import behaviour_rows, class_share_rows, matched_in

    shown = class_share_rows(rows, environment) or behaviour_rows(rows, environment)
    title = f"Generation {rows[0].generation} in {environment}, beside nulls as good in {matched_in(rows)}"
    print_beside(title, shown)


def print_beside(title: str, shown: "Mapping[str, Mapping[str, NullRow]]") -> None:
    """Print numbers of evolved planners, of each null, and the differences."""
    lines = []
    for name in dict.fromkeys(name for numbers in shown.values() for name in numbers):
        found = [shown[null].get(name) for null in shown]
        evolved = next((row.evolved for row in found if row is not None), None)
        cells = [
            cell
            for row in found
            for cell in (
                format_number(row.expected if row else None),
                format_difference(row.difference if row else None),
            )
        ]
        lines.append([in_words(name), format_number(evolved), *cells])
    if lines:
        print_table(
            title,
            ["", "evolved", *(head for null in shown for head in (HEADS[null], f"evolved − {HEADS[null]}"))],
            lines,
        )


def print_over_seeds(together: "Sequence[OverSeeds]", seeds: int) -> None:
    """Print means over seeds, and evolved minus null with its interval."""
    from evosim.alignment.class_names import OF_PLANNERS
    from evosim.studies.null_rows import MEANS, NULLS, is_weight, reported_environments

    shown = [each for each in together if each.evolved.middle or each.expected.middle]
    known = any(each.quantity in OF_PLANNERS for each in shown)
    for null, words in NULLS.items():
        for environment in reported_environments(together):
            here = [each for each in shown if (each.null, each.environment) == (null, environment)]
            some = [each for each in here if not known or each.quantity in (*OF_PLANNERS, *MEANS)]
            print_means(f"In {environment}, {words}: means over {seeds} seeds", some)
        weights = [each for each in shown if each.null == null and is_weight(each.quantity)]
        print_means(f"Weights of objectives, {words}: means over {seeds} seeds", weights)


def print_means(title: str, shown: "Sequence[OverSeeds]") -> None:
    """Print means over seeds as a table."""
    from evosim.sweeps.summary import BEYOND

    lines = []
    for each in shown:
        low, high = format_difference(each.difference.low), format_difference(each.difference.high)
        ends = f" [{low}, {high}]" if each.difference.known else ""
        means = [format_number(each.evolved.middle), format_number(each.expected.middle)]
        lines.append([in_words(each.quantity), *means, format_difference(each.difference.middle) + ends])
    if lines:
        print_table(title, ["", "evolved", "null", "evolved − null [95%]"], lines)
        if any(each.reaches_beyond for each in shown):
            print_line(f"{BEYOND}; where all agree, it is what so many leave open.")


def format_number(value: float | None) -> str:
    """Return a share or a mean, formatted."""
    return UNKNOWN if value is None else number(value, 3)


def format_difference(value: float | None) -> str:
    """Return a difference with its sign, formatted."""
    return UNKNOWN if value is None else signed_number(value, 3)
