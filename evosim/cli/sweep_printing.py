"""Printing a sweep: for people its axes, its cells and means over seeds, and for programs JSON."""

import os
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosim.cli.printing import print_line, print_table
from evosim.numerics.formatting import number, percent, percent_between

if TYPE_CHECKING:
    from evosim.sweeps.results import SweepResult
    from evosim.sweeps.summary import ConditionMean, Quantity

MOST_SHOWN = 60  # conditions, and failed cells


def is_sweep(path: Path) -> bool:
    """Whether a path is to be read as a sweep: it is a folder."""
    return os.path.isdir(path)  # unlike Path.is_dir it raises nothing where it may not look


def print_sweep(result: "SweepResult", columns: Sequence[str]) -> None:
    """Print what a sweep is, how far it is, and means over seeds for each condition."""
    from evosim.sweeps.summary import ANECDOTE, FEWEST, choose_quantities, condition_means

    stored = result.folder.stored
    seeds = stored.seeds
    shown_seeds = (
        f"{seeds[0]}–{seeds[-1]}" if seeds == list(range(seeds[0], seeds[-1] + 1)) else ", ".join(map(str, seeds))
    )
    states = ", ".join(f"{count} {state}" for state, count in sorted(result.counts.items()))
    for name, value in (
        ("title", stored.title),
        ("question", stored.question),
        ("scenario", stored.scenario),
        ("axes", ", ".join(result.folder.keys) or "none"),
        ("seeds", shown_seeds if len(seeds) > 1 else f"{seeds[0]}: {ANECDOTE}"),
        ("cells", f"{len(result.states)}: {states}"),
        ("digest", stored.digest),
    ):
        print_line(f"{name:<9} {value}")
    for state in result.failed[:MOST_SHOWN]:
        print_line(f"failed    {state.cell.name}: {state.reason}")
    quantities = choose_quantities(result, columns)
    frame = result.frame()
    means = [condition_means(result, each.name, frame) for each in quantities]
    if not any(each.values for column in means for each in column):
        return
    heads, lines = _rows(result, quantities, means)
    few = max(len(each.seeds) for column in means for each in column)
    what = "means over seeds [95%]" if few >= FEWEST else "means over seeds" if few > 1 else ANECDOTE
    print_table(f"At the end: {what}", heads, lines[:MOST_SHOWN])
    if len(lines) > MOST_SHOWN:
        print_line(f"and {len(lines) - MOST_SHOWN} conditions more; `evosim export {result.path}` has all")


def _rows(
    result: "SweepResult", quantities: "Sequence[Quantity]", means: "list[list[ConditionMean]]"
) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows of a table with a row for each condition."""
    from evosim.sweeps.summary import extinctions
    from evosim.sweeps.toml_values import shown_value

    died = extinctions(result)
    anyone = any(extinct for extinct, _, _ in died.values())
    lines = []
    for i, each in enumerate(means[0]):
        values = result.values[each.condition]
        gone, of, _ = died.get(each.condition, (0, 0, None))
        lines.append(
            [
                str(each.condition), *(shown_value(values[key]) for key in result.folder.keys), str(of),
                *([f"{gone} of {of}"] if anyone else []),
                *(format_mean(column[i], quantity) for column, quantity in zip(means, quantities, strict=True)),
            ]
        )  # fmt: skip
    gone_head = ["died out"] if anyone else []
    return ["condition", *result.folder.keys, "seeds", *gone_head, *(each.name for each in quantities)], lines


def format_mean(each: "ConditionMean", quantity: "Quantity") -> str:
    """Return a mean over seeds with its interval, as text."""
    mean = each.mean
    if not isfinite(mean.middle):
        return "–"
    if quantity.is_share:
        if not mean.known:
            return percent(mean.middle)
        share, ends = percent_between(*mean)
        return f"{share} [{ends}]"
    digits = 2 if abs(mean.middle) < 1000 else 0
    ends = f" [{number(mean.low, digits)}, {number(mean.high, digits)}]" if mean.known else ""
    return f"{number(mean.middle, digits)}{ends}"


def sweep_record(result: "SweepResult", columns: Sequence[str]) -> dict[str, Any]:
    """Return a sweep for JSON: what it is, its cells, and means over seeds for each condition."""
    from evosim.sweeps.summary import choose_quantities, condition_means

    quantities = choose_quantities(result, columns)
    frame = result.frame()
    conditions: list[dict[str, Any]] = [
        {"condition": condition, "values": dict(values), "means": {}} for condition, values in result.values.items()
    ]
    for quantity in quantities:
        for record, each in zip(conditions, condition_means(result, quantity.name, frame), strict=True):
            ends = {name: value if isfinite(value) else None for name, value in each.mean._asdict().items()}
            record["means"][quantity.name] = {**ends, "seeds": list(each.seeds), "values": list(each.values)}
    return {
        "path": str(result.path),
        **result.folder.stored.model_dump(mode="json"),
        "states": dict(result.counts),
        "cells": [
            {"condition": each.cell.condition, "seed": each.cell.seed, **each._asdict(), "cell": each.cell.name}
            for each in result.states
        ],
        "conditions": conditions,
    }
