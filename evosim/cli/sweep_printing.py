"""Printing a sweep: for people its axes, its cells and means over seeds, and for programs JSON."""

import os
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from evosim.cli.explanations import explain_words
from evosim.cli.printing import print_line, print_table
from evosim.numerics.formatting import percent, pluralize
from evosim.sweeps.toml_values import shown_value

if TYPE_CHECKING:
    from evosim.sweeps.results import SweepResult

MOST_SHOWN = 60  # conditions, and failed cells
MOST_KEYS = 6  # that are named beside axes, and conditions whose seeds are


def check_baseline(result: "SweepResult", against: str | None) -> int | None:
    """Return the number of the condition that others are compared with, if one is named.

    Raises:
        BadParameter: there is none of this number.
    """
    if against is None:
        return None
    count = result.source.stored.conditions
    if not (against.isdecimal() and 1 <= int(against) <= count):
        other = "" if against.isdecimal() else ", run or sweep"
        raise click.BadParameter(f"no condition{other} {against}; there are 1 to {count}", param_hint="'--against'")
    return int(against)


def is_sweep(path: Path) -> bool:
    """Whether a path is to be read as a sweep: it is a folder."""
    return os.path.isdir(path)  # unlike Path.is_dir it raises nothing where it may not look


def refuse_for_runs(path: Path, **options: object) -> None:
    """Check that no option for several runs is given for a path that is a run's.

    Raises:
        UsageError: one is. Where nothing is, opening it says so.
    """
    for name, value in options.items():
        if value and os.path.lexists(path):
            run = quote(str(path))
            where = f"of one run `evosim show {run} --column NAME` has these numbers, and `evosim plot` their curves"
            raise click.UsageError(
                f"--{name.removesuffix('s')} is for several runs, or for a sweep, which is a folder"
                + (f"; {where}" if name == "columns" else "")
            )


def print_sweep(result: "SweepResult", columns: Sequence[str], against: int | None = None) -> None:
    """Print what runs are of, how far they are, means over seeds for each condition, and how conditions compare."""
    from evosim.sweeps.comparing.tables import tables_of
    from evosim.sweeps.summary import OTHER_OBJECTIVES, choose_quantities

    stored, source = result.source.stored, result.source
    quantities = choose_quantities(result, columns)
    states = ", ".join(f"{count} {state}" for state, count in sorted(result.counts.items()))
    for name, value in (
        ("title", stored.title),
        *([("question", stored.question)] if stored.question else []),
        ("scenario", stored.scenario),
        *(("set", change) for change in stored.changes),
        *([("axes", ", ".join(result.telling_keys))] if source.keys else []),
        *(("beside", line) for line in describe_beside(result)),
        *([("beside", named_keys(source.others))] if source.others else []),
        *([("note", OTHER_OBJECTIVES)] if result.objectives_differ else []),
        ("seeds" if not stored.apart else "futures", describe_seeds(result)),
        (f"{source.noun}s", f"{len(result.states)}: {states}"),
        *([("left out", f"{pluralize(source.missing, 'cell')}, failed or without a run")] if source.missing else []),
        ("digest", result.states[0].digest if len(result.states) == 1 else stored.digest),
    ):
        print_line(f"{name:<9} {value}")
    for state in result.failed[:MOST_SHOWN]:
        print_line(f"failed    {state.cell.name}: {state.reason}")
    for note in dict.fromkeys(each.note for each in quantities if each.note):
        print_line(f"{'loci':<9} {note.removesuffix('.')}")
    for each in quantities:
        if each.chance is not None:
            print_line(f"{'chance':<9} {percent(each.chance)} {each.name}, of an agent blind to features")
    frame, heads = result.frame(), list[str]()
    for line in answer_lines(result, frame):
        print_line(f"{'answer':<9} {line}")
    for table in tables_of(result, quantities, frame, against):
        print_table(table.title, table.heads, table.rows[:MOST_SHOWN])
        heads += table.heads
        if len(table.rows) > MOST_SHOWN:
            print_line(f"and {len(table.rows) - MOST_SHOWN} rows more; --json has all")
        if table.note:
            print_line(table.note)
    for line in explain_words(heads):
        print_line(line)


def answer_lines(result: "SweepResult", frame: dict[str, Any]) -> list[str]:
    """Return a sentence on each environment: in how many runs the question has the answer that most of them give.

    There are none of a single run, nor of several conditions, whose answers a table compares.
    """
    from evosim.sweeps.comparing.comparisons import answers, describe_answer

    if len(result.values) != 1 or result.most_seeds < 2:
        return []
    first = {each.environment: each for each in reversed(answers(result, frame))}
    return [describe_answer(each) for each in reversed(first.values())]


def describe_beside(result: "SweepResult") -> list[str]:
    """Return a line for each key that stands beside the names of scenarios, with its value in each if these are few."""
    lines = []
    for axis in result.source.axes:
        for at, key in enumerate(axis.keys):
            if key not in result.telling_keys:
                values = [f"{shown_value(row[at])} in {row[0]}" for row in axis.rows]
                lines.append(f"{key}: {', '.join(values)}" if len(values) <= MOST_KEYS else key)
    return lines


def named_keys(keys: Sequence[str]) -> str:
    """Return the first of some keys of scenarios, and how many more there are."""
    more = len(keys) - MOST_KEYS
    return ", ".join(keys) if more <= 0 else f"{', '.join(keys[:MOST_KEYS])} and {pluralize(more, 'key')} more"


def describe_seeds(result: "SweepResult") -> str:
    """Return the seeds of runs, condition by condition where they differ; of one run for each, that this is little."""
    from evosim.sweeps.summary import anecdote

    seeds = result.source.stored.seeds
    of = {condition: [c.seed for c in result.source.cells if c.condition == condition] for condition in result.values}
    if result.source.stored.apart or all(each == seeds for each in of.values()):
        shown = seed_range(seeds)
    elif len(of) <= MOST_KEYS:
        shown = "; ".join(f"{seed_range(each)} in condition {condition}" for condition, each in of.items())
    else:
        shown = f"{seed_range(seeds)}, not all of them in each condition"
    return shown if result.most_seeds > 1 else f"{shown}: {anecdote(len(of))}"


def seed_range(seeds: Sequence[int]) -> str:
    """Return seeds as text: 1–20, or 1, 5, 9."""
    follow = len(seeds) > 1 and list(seeds) == list(range(seeds[0], seeds[-1] + 1))
    return f"{seeds[0]}–{seeds[-1]}" if follow else ", ".join(map(str, seeds))


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
        **result.source.stored.model_dump(mode="json"),
        "beside": list(result.source.others),
        "runs": {each.cell.name: str(result.source.run_path(each.cell)) for each in result.states},
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
