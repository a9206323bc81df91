"""Null models beside evolved planners: class shares of random planners that perform as well in training."""

from collections.abc import Callable
from typing import NamedTuple

from evosim.numerics.formatting import EDGE, fine_percent, in_words, number, percent, signed_number
from evosim.simulation.runs import RunFile
from evosim.studies.null_rows import (
    NEUTRAL_DRIFT,
    VERSION_SPACE,
    NullRow,
    behaviour_rows,
    class_share_rows,
    matched_in,
    reported_environments,
    stored_nulls,
)

COLUMN_HEADS = {VERSION_SPACE: "random", NEUTRAL_DRIFT: "drifted"}
SENTENCE_CLASSES = (
    "pseudo_aligned",
    "robustly_aligned",
)  # classes that a sentence is about, the first that anybody is of


class NullLine(NamedTuple):
    """One row: the value among evolved planners and each null, and their differences, as text."""

    name: str
    evolved: str
    cells: list[str]


class NullTable(NamedTuple):
    """Class shares in an environment, or behaviour, of evolved planners and of the nulls."""

    environment: str
    generation: int
    what: str
    heads: list[str]
    lines: list[NullLine]


def null_tables(run: RunFile) -> list[NullTable]:
    """Return the tables that `evosim null` stored with a run; an empty list if it was never used."""
    rows = stored_nulls(run)
    return [_table(rows, environment) for environment in reported_environments(rows)]


def null_sentence(run: RunFile, generation: int) -> str:
    """Compare the share of pseudo-aligned planners of a generation with that among the nulls."""
    rows = stored_nulls(run)
    if not rows or rows[0].generation != generation:
        return ""
    for environment in reported_environments(rows):
        shares = class_share_rows(rows, environment).get(VERSION_SPACE, {})
        for kind in SENTENCE_CLASSES:
            row = shares.get(kind)
            if row is not None and row.evolved is not None and row.expected is not None:
                words, there, where = map(in_words, (kind, environment, matched_in(rows)))
                return (
                    f"In {there} {percent(row.evolved)} of evolved planners are {words}; of random planners as good in "
                    f"{where} {percent(row.expected)} are."
                )
    return ""


def _table(rows: list[NullRow], environment: str) -> NullTable:
    by_null, unit = class_share_rows(rows, environment), ", percentage points"
    written: Callable[[float], str] = fine_percent
    differs: Callable[[float], str] = _points
    what = "Shares of planners of each class"
    if not by_null:
        by_null, unit, written, differs = behaviour_rows(rows, environment), "", number, signed_number
        what = "The mean base objective and the entries per episode"
    heads = [head for null in by_null for head in (COLUMN_HEADS[null], f"evolved minus {COLUMN_HEADS[null]}{unit}")]
    lines = []
    for name in dict.fromkeys(name for numbers in by_null.values() for name in numbers):
        found = [by_null[null].get(name) for null in by_null]
        evolved = next((row.evolved for row in found if row is not None), None)
        cells: list[str] = []
        for row in found:
            if row is None or row.expected is None or row.difference is None:
                cells += ["–", "–"]
            else:
                cells += [written(row.expected), differs(row.difference)]
        lines.append(NullLine(name, "–" if evolved is None else written(evolved), cells))
    return NullTable(environment, rows[0].generation, what, heads, lines)


def _points(difference: float) -> str:
    """Return a difference of shares in percentage points, whole ones where it has at least one."""
    return signed_number(100.0 * difference, int(abs(difference) < EDGE))
