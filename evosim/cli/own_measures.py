"""Measures of a person's own, printed: the last number of each, with its definition."""

from math import fsum
from typing import TYPE_CHECKING, Any

from evosim.cli.printing import format_value, print_line, print_table

if TYPE_CHECKING:
    from evosim.simulation.runs import RunFile

NOTHING = "–"


def last_own(run_file: "RunFile") -> dict[str, dict[str, Any]]:
    """Return the measures of one's own of a run, each with its definition and its last values.

    These are by environment where it is taken in each, or the mean over agents where each has a number.
    """
    from evosim.scenario.schema.measures import OWN

    found = {}
    for name, own in run_file.scenario.measure.own.items():
        last = f"generation = (select max(generation) from {own.table})"
        columns, rows = run_file.table(own.table, last)
        at = columns.index(OWN + name)
        values: Any = rows[0][at] if rows else None
        if own.table == "measurements":
            values = {str(row[columns.index("environment")]): row[at] for row in rows}
        elif own.table == "individuals":
            known = [value for row in rows if isinstance(value := row[at], int | float)]
            values = fsum(known) / len(known) if known else None
        found[name] = {**own.model_dump(), "column": OWN + name, "last": values}
    return found


def print_own(run_file: "RunFile", *, err: bool = False) -> None:
    """Print the measures of one's own of a run, if it has any, and what they are."""
    measures = last_own(run_file)
    if not measures:
        return
    lines = [[name, where, shown, each["unit"]] for name, each in measures.items() for where, shown in _lines_of(each)]
    print_table(
        "Measures of your own, at the last step that has them", ["measure", "of", "value", "unit"], lines, err=err
    )
    for name, each in measures.items():
        print_line(f"{name}: {each['definition']}", err=err)


def _lines_of(measure: dict[str, Any]) -> list[tuple[str, str]]:
    last = measure["last"]
    if isinstance(last, dict):
        return [(environment, _shown(value)) for environment, value in last.items()]
    if measure["table"] != "individuals":
        return [("the population", _shown(last))]
    if measure["kind"] == "text":
        return [("agents", "a text each, in table individuals")]
    return [("agents: the mean", _shown(last))]


def _shown(value: Any) -> str:
    return NOTHING if value is None else format_value(value)
