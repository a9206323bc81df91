"""Printing a sweep: for people its axes, its cells and means over seeds, and for programs JSON."""

import os
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evosim.cli.printing import print_line, print_table

if TYPE_CHECKING:
    from evosim.sweeps.results import SweepResult

MOST_SHOWN = 60  # conditions, and failed cells


def check_baseline(result: "SweepResult", against: int | None) -> None:
    """Check that there is a condition of this number.

    Raises:
        BadParameter: there is none.
    """
    count = result.folder.stored.conditions
    if against is not None and against > count:
        raise click.BadParameter(f"no condition {against}; there are 1 to {count}", param_hint="'--against'")


def is_sweep(path: Path) -> bool:
    """Whether a path is to be read as a sweep: it is a folder."""
    return os.path.isdir(path)  # unlike Path.is_dir it raises nothing where it may not look


def refuse_for_runs(path: Path, **options: object) -> None:
    """Check that no option for sweeps is given for a path that is a run's.

    Raises:
        UsageError: one is. Where nothing is, opening it says so.
    """
    for name, value in options.items():
        if value and os.path.lexists(path):
            raise click.UsageError(f"--{name.removesuffix('s')} is for a sweep, which is a folder")


def print_sweep(result: "SweepResult", columns: Sequence[str], against: int | None = None) -> None:
    """Print what a sweep is, how far it is, means over seeds for each condition, and how conditions compare."""
    from evosim.sweeps.comparing.tables import tables_of
    from evosim.sweeps.summary import ANECDOTE, choose_quantities

    stored = result.folder.stored
    seeds = stored.seeds
    what = "seeds" if not stored.apart else "futures"
    shown_seeds = (
        f"{seeds[0]}–{seeds[-1]}" if seeds == list(range(seeds[0], seeds[-1] + 1)) else ", ".join(map(str, seeds))
    )
    states = ", ".join(f"{count} {state}" for state, count in sorted(result.counts.items()))
    for name, value in (
        ("title", stored.title),
        ("question", stored.question),
        ("scenario", stored.scenario),
        *(("set", change) for change in stored.changes),
        *([("axes", ", ".join(result.folder.keys))] if result.folder.keys else []),
        (what, shown_seeds if len(seeds) > 1 else f"{seeds[0]}: {ANECDOTE}"),
        ("cells", f"{len(result.states)}: {states}"),
        ("digest", stored.digest),
    ):
        print_line(f"{name:<9} {value}")
    for state in result.failed[:MOST_SHOWN]:
        print_line(f"failed    {state.cell.name}: {state.reason}")
    quantities = choose_quantities(result, columns)
    for table in tables_of(result, quantities, result.frame(), against):
        print_table(table.title, table.heads, table.rows[:MOST_SHOWN])
        if len(table.rows) > MOST_SHOWN:
            print_line(f"and {len(table.rows) - MOST_SHOWN} rows more; `evosim show {result.path} --json` has all")


def sweep_record(result: "SweepResult", columns: Sequence[str], against: int | None = None) -> dict[str, Any]:
    """Return a sweep for JSON: what it is, its cells, means over seeds for each condition, and how these compare."""
    from evosim.sweeps.comparing.comparisons import answers, compare_conditions, trends
    from evosim.sweeps.comparing.decided import decided_shares, has_states
    from evosim.sweeps.summary import choose_quantities, condition_means

    quantities = choose_quantities(result, columns)
    frame, names = result.frame(), [each.name for each in quantities]
    conditions: list[dict[str, Any]] = [
        {"condition": condition, "values": dict(values), "means": {}} for condition, values in result.values.items()
    ]
    for quantity in quantities:
        for record, each in zip(conditions, condition_means(result, quantity.name, frame), strict=True):
            ends = {name: value if isfinite(value) else None for name, value in each.mean._asdict().items()}
            record["means"][quantity.name] = {**ends, "seeds": list(each.seeds), "values": list(each.values)}
    tested: dict[str, Any]
    if has_states(result):
        tested = {"decided": [plain_values(each) for each in decided_shares(result, names, frame)]}
    else:
        tested = {
            "baseline": against or 1,
            "answers": [plain_values(each) for each in answers(result, frame, against or 1)],
            "comparisons": [plain_values(each) for each in compare_conditions(result, names, frame, against or 1)],
            "trends": [plain_values(each) for each in trends(result, names, frame)],
        }
    return {
        "path": str(result.path),
        **result.folder.stored.model_dump(mode="json"),
        "states": dict(result.counts),
        "cells": [
            {"condition": each.cell.condition, "seed": each.cell.seed, **each._asdict(), "cell": each.cell.name}
            for each in result.states
        ],
        "conditions": conditions,
        **tested,
    }


def plain_values(value: Any) -> Any:
    """Return a named tuple as nested dictionaries for JSON, with what is not a finite number as None."""
    if hasattr(value, "_asdict"):
        return {name: plain_values(each) for name, each in value._asdict().items()}
    return None if isinstance(value, float) and not isfinite(value) else value
