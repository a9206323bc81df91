"""Printing: tables for people, JSON for programs."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from evosim.records import RunFile


def run_record(run_file: "RunFile") -> dict[str, Any]:
    """Gather what a run is, for programs."""
    summary = run_file.summary()
    columns, rows = last_measurements(run_file)
    return {
        **summary._asdict(),
        "path": str(summary.path),
        "measurements": [dict(zip(columns, row, strict=True)) for row in rows],
        "scenario": run_file.scenario.model_dump(mode="json"),
    }


def last_measurements(run_file: "RunFile") -> tuple[list[str], list[Any]]:
    """Read the measurements of the last generation that was measured."""
    return run_file.table("measurements", "generation = (select max(generation) from measurements)")


def print_summary(run_file: "RunFile") -> None:
    """Print what a run is, for people."""
    summary, scenario = run_file.summary(), run_file.scenario
    for name, value in (
        ("title", summary.title),
        ("question", scenario.question),
        ("seed", summary.seed),
        ("state", f"{summary.state}, {summary.done} of {summary.generations} generations"),
        ("digest", summary.digest),
        ("versions", ", ".join(f"{name} {version}" for name, version in summary.versions.items())),
    ):
        click.echo(f"{name:<9} {value}")
    print_measurements(run_file)


def print_measurements(run_file: "RunFile", *, err: bool = False) -> None:
    """Print what the last measured generation did, environment by environment."""
    from evosim.progress import outcomes_of, shares_of

    columns, rows = last_measurements(run_file)
    measured = [dict(zip(columns, row, strict=True)) for row in rows]
    if not measured:
        return
    has_objects = bool(shares_of(measured[0]))
    names = list(shares_of(measured[0]) or outcomes_of(measured[0]))
    lines = []
    for each in measured:
        mesa = "–" if each["mesa_mean"] is None else f"{each['mesa_mean']:.3f}"
        shares = [f"{share:.0%}" for share in shares_of(each).values()]
        amounts = [f"{amount:.3f}" for amount in outcomes_of(each).values()]
        lines.append([each["environment"], f"{each['base_mean']:.3f}", mesa, *(shares if has_objects else amounts)])
    what = "what is entered first" if has_objects else "what comes about"
    title = f"Generation {measured[0]['generation']}: {what}, and the objectives"
    print_table(title, ["environment", "base", "mesa", *names], lines, err=err)


def print_table(title: str, columns: list[str], rows: list[list[str]], *, err: bool = False) -> None:
    """Print a table to a person."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(Text(column))
    for row in rows:
        table.add_row(*map(Text, row))
    Console(stderr=err).print(table)


def print_json(value: Any) -> None:
    """Print JSON that programs can read."""
    click.echo(json.dumps(value, indent=2, default=str))
