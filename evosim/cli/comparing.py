"""Nulls: evolved planners beside random ones that are as good in training, run by run and over seeds."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evosim.cli.opening import opened_run
from evosim.cli.options import json_option
from evosim.cli.printing import print_json, print_table
from evosim.cli.running import compile_if_cold

if TYPE_CHECKING:
    from evosim.records import RunFile
    from evosim.studies.null_rows import NullRow
    from evosim.studies.over_seeds import OverSeeds

ONE_SEED = "one seed: no interval; `evosim null` takes several runs of a scenario"


@click.command()
@click.argument("run_paths", metavar="RUN...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--generation", type=click.IntRange(0), metavar="G", help="Which generation. Default: the last stored.")
@click.option(
    "--agents", type=click.IntRange(16, 100_000), metavar="N", help="How many evolved planners to match. Default: all."
)
@json_option
def null(run_paths: tuple[Path, ...], generation: int | None, agents: int | None, as_json: bool) -> None:
    """Measure what planners are like that did not evolve, and are as good in training; store it with each RUN.

    How much of what is found of evolved objectives is evolution, and how much is counting? The first null draws
    objectives from the founders' prior until each evolved planner is matched by one that does as well in training; the
    second lets them drift, with training performance held. Several runs of a scenario, one for each seed, give evolved
    minus null with a 95% interval over seeds. docs/null.md has the details.

    \b
    Example:
      evosim null runs/red_doors-*.evosim
    """
    if len(set(run_paths)) < len(run_paths):
        raise click.UsageError("a run is named twice")
    told: list[tuple[Path, int, list[NullRow], list[str]]] = []
    names: dict[str, Path] = {}
    for path in run_paths:
        with opened_run(path, write=True, episodes=True) as run:
            names.setdefault(run.scenario.name, path)
            if len(names) > 1:
                one, other = names.values()
                raise click.UsageError(f"{one} and {other} are runs of different scenarios: ask for one at a time")
            told.append((path, run.seed, *measured(run, generation, agents)))
    if len({seed for _, seed, _, _ in told}) < len(told):
        raise click.UsageError("two of the runs have the same seed; the seed is the unit of the interval")
    together = summed_up([rows for _, _, rows, _ in told])
    if as_json:
        print_json({"runs": [record(*each) for each in told], "over_seeds": [overall(each) for each in together]})
        return
    for path, _, rows, left_out in told if len(told) == 1 else []:
        print_run(path, rows, left_out)
        click.echo(ONE_SEED, err=True)
    if together:
        print_over_seeds(together, len(told))


def measured(run: "RunFile", generation: int | None, agents: int | None) -> "tuple[list[NullRow], list[str]]":
    """Measure the nulls of a run, and store them with it."""
    from evosim.progress import default_mode
    from evosim.studies.nulls import nulls_of_run

    compile_if_cold(run.scenario, default_mode())
    click.echo(f"{run.path}: matching evolved planners …", err=True)
    found = nulls_of_run(run, generation, agents)
    run.store_nulls(found.rows[0].generation, found.rows)
    for line in found.left_out:
        click.echo(f"{run.path}: {line}", err=True)
    return found.rows, found.left_out


def summed_up(runs: "Sequence[Sequence[NullRow]]") -> "list[OverSeeds]":
    """Put runs together, if there are several."""
    if len(runs) < 2:
        return []
    from evosim.studies.over_seeds import over_seeds

    return over_seeds(runs)


def record(path: Path, seed: int, rows: "Sequence[NullRow]", left_out: list[str]) -> dict[str, Any]:
    """Write the nulls of a run for programs."""
    return {
        "run": str(path),
        "seed": seed,
        "nulls": [{**row._asdict(), "difference": row.difference} for row in rows],
        "left_out": left_out,
    }


def overall(each: "OverSeeds") -> dict[str, Any]:
    """Write what holds over seeds for programs."""
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


def print_run(path: Path, rows: "Sequence[NullRow]", left_out: Sequence[str] = ()) -> None:
    """Print the nulls of a run as a table: classes of planners, and how they are matched."""
    from evosim.studies.null_rows import AS_GOOD, MATCHED, NULLS

    first = rows[0]
    title = f"Generation {first.generation}: {first.evolved_agents} evolved planners, and nulls as good in training"
    print_table(title, ["environment", "share", "null", "evolved", "null", "evolved − null"], list(table_rows(rows)))
    for row in rows:
        if row.quantity == MATCHED:
            click.echo(
                f"{NULLS[row.null]}: training performance {written(row.expected)}, evolved {written(row.evolved)}; "
                f"{row.tried:,} tried, {row.null_agents:,} matched by {row.method}"
            )
        elif row.quantity == AS_GOOD:
            click.echo(
                f"of random objectives {row.expected or 0:.1%} do as well in training as the median evolved planner"
            )


def table_rows(rows: "Sequence[NullRow]") -> "list[list[str]]":
    """Write the classes that anybody is of, in each environment and null."""
    from evosim.cli.measuring import SHOWN
    from evosim.studies.null_rows import NULLS, shares_told

    lines = []
    for environment in dict.fromkeys(row.environment for row in rows):
        for null, classes in shares_told(rows, environment).items():
            for name, row in classes.items():
                words = SHOWN.get(name, name.replace("_", " "))
                numbers = [written(number) for number in (row.evolved, row.expected)]
                lines.append([environment, words, NULLS[null], *numbers, signed(row.difference)])
    return lines


def print_over_seeds(together: "Sequence[OverSeeds]", seeds: int) -> None:
    """Print means over seeds, and evolved minus null with its interval."""
    from evosim.alignment.names import OF_PLANNERS
    from evosim.cli.measuring import SHOWN
    from evosim.studies.null_rows import NULLS

    lines = []
    for each in together:
        if each.quantity not in OF_PLANNERS or each.evolved.middle or each.expected.middle:
            words = SHOWN.get(each.quantity, each.quantity.replace("_", " "))
            low, high = signed(each.difference.low), signed(each.difference.high)
            difference = signed(each.difference.middle) + (f" [{low}, {high}]" if each.difference.known else "")
            means = [written(each.evolved.middle), written(each.expected.middle)]
            lines.append([each.environment, words, NULLS[each.null], *means, difference])
    columns = ["environment", "quantity", "null", "evolved", "null", "evolved − null [95%]"]
    print_table(f"Means over {seeds} seeds", columns, lines)


def written(number: float | None) -> str:
    """Write a share or a mean."""
    return "–" if number is None else f"{number:.3f}"


def signed(number: float | None) -> str:
    """Write a difference with its sign."""
    return "–" if number is None else f"{number:+.3f}".replace("-", "−")
