"""Printing: tables for people, JSON for programs."""

import json
from collections import Counter
from math import nan
from typing import TYPE_CHECKING, Any

import click

from evosim.alignment.minds_in_words import describe_minds
from evosim.cli.explanations import explain_words
from evosim.numerics.formatting import MINUS, number, percent, short_number
from evosim.system.streams import output

if TYPE_CHECKING:
    from evosim.simulation.runs import RunFile

VITAL = {"births": "births", "mesa_utility": "utility", "mesa_utility_frozen": "frozen"}  # rates that are printed
MOST_ISLANDS = 20  # that are printed
AT_ONCE, IN_THE_END = 300, 500  # ticks


def run_record(run_file: "RunFile") -> dict[str, Any]:
    """Return a run for JSON, with its last measurements, or its last rows where it has none."""
    summary = run_file.summary()
    is_measured = run_file.process.offers.summary == "measurements"
    columns, rows = last_measurements(run_file) if is_measured else last_rows(run_file)
    return {
        **summary._asdict(),
        "path": str(summary.path),
        "measurements" if is_measured else "last": [dict(zip(columns, row, strict=True)) for row in rows],
        "scenario": run_file.scenario.model_dump(mode="json"),
    }


def last_measurements(run_file: "RunFile") -> tuple[list[str], list[Any]]:
    """Return the measurements of the last generation that was measured."""
    return run_file.table("measurements", "generation = (select max(generation) from measurements)")


def last_rows(run_file: "RunFile") -> tuple[list[str], list[Any]]:
    """Return the rows of the last step."""
    return run_file.table("generations", "generation = (select max(generation) from generations)")


def print_summary(run_file: "RunFile") -> None:
    """Print a summary of a run."""
    summary, scenario = run_file.summary(), run_file.scenario
    for name, value in (
        ("title", summary.title),
        ("question", scenario.question),
        ("seed", summary.seed),
        ("state", f"{summary.state}, {summary.done} of {summary.generations} {run_file.process.unit.many}"),
        ("digest", summary.digest),
        ("versions", ", ".join(f"{name} {version}" for name, version in summary.versions.items())),
    ):
        print_line(f"{name:<9} {value}")
    print_measurements(run_file)


def print_measurements(run_file: "RunFile", *, err: bool = False) -> None:
    """Print the results of a run, in the form that its process asks for."""
    printers = {"measurements": print_measured, "rates": print_rates}
    printers.get(run_file.process.offers.summary, print_last)(run_file, err)


def print_last(run_file: "RunFile", err: bool) -> None:
    """Print the last rows of table `generations`, a number a line."""
    columns, rows = last_rows(run_file)
    unit = run_file.process.unit.one
    lines = [
        [name, *("–" if row[i] is None else format_value(row[i]) for row in rows)] for i, name in enumerate(columns)
    ]
    print_table(f"The last {unit}", ["", *(f"{i + 1}" for i in range(len(rows)))], lines, err=err)


def format_value(value: Any) -> str:
    """Return a number in its shortest readable form."""
    if isinstance(value, int):
        return str(value).replace("-", MINUS)
    return short_number(value) if isinstance(value, float) else str(value)


def print_measured(run_file: "RunFile", err: bool) -> None:
    """Print the measurements of the last measured generation, environment by environment."""
    from evosim.cli.progress import outcomes_of, shares_of

    columns, rows = last_measurements(run_file)
    measured = [dict(zip(columns, row, strict=True)) for row in rows]
    if not measured:
        return
    has_objects = bool(shares_of(measured[0]))
    names = list(shares_of(measured[0]) or outcomes_of(measured[0]))
    lines = []
    for each in measured:
        mesa = "–" if each["mesa_mean"] is None else number(each["mesa_mean"], 3)
        shares = [percent(share) for share in shares_of(each).values()]
        amounts = [number(amount, 3) for amount in outcomes_of(each).values()]
        lines.append([each["environment"], number(each["base_mean"], 3), mesa, *(shares if has_objects else amounts)])
    what = "what is entered first" if has_objects else "mean outcomes"
    title = f"Generation {measured[0]['generation']}: {what}, and the objectives"
    print_table(title, ["environment", "base", "mesa", *names], lines, err=err)
    columns, rows = run_file.table("generations", "generation = ?", (measured[0]["generation"],))
    share: Any = rows[0][columns.index("optimizer_fraction")]
    ahead, searching = ({each["environment"]: each[name] for each in measured} for name in ("plans_ahead", "searching"))
    asked, valid = (measured[0][f"objectives_{what}"] for what in ("asked", "read"))
    said = describe_minds(share, ahead, searching, asked, valid)
    print_line(f"{said[0].upper()}{said[1:]}", err=err)
    for line in explain_words(["base", "mesa", *(["plan ahead"] if "plan ahead" in said else [])]):
        print_line(line, err=err)
    print_islands(run_file, measured[0]["generation"], err=err)
    print_commonest_program(run_file, measured[0]["generation"], err=err)


def print_islands(run_file: "RunFile", generation: int, *, err: bool) -> None:
    """Print how the islands of a measured generation differ, where the population lives on any."""
    if "islands" not in run_file.tables():
        return
    columns, rows = run_file.table("islands", "generation = ?", (generation,))
    measured = [name for name in columns if name.startswith(("base_mean.", "inner_gap."))]
    lines = []
    for row in rows[:MOST_ISLANDS]:
        each: dict[str, Any] = dict(zip(columns, row, strict=True))
        numbers = ["–" if each[name] is None else number(each[name], 3) for name in measured]
        lines.append([str(each["island"]), percent(each["optimizer_fraction"]), *numbers])
    names = [name.replace("base_mean.", "base: ").replace("inner_gap.", "inner gap: ") for name in measured]
    print_table(f"Generation {generation}: the islands", ["island", "planners", *names], lines, err=err)
    if len(rows) > MOST_ISLANDS:
        print_line(f"and {len(rows) - MOST_ISLANDS} islands more; `evosim export --table islands` has all", err=err)


def print_commonest_program(run_file: "RunFile", generation: int, *, err: bool) -> None:
    """Print the program that most agents of a measured generation run, if any do, a line for each instruction."""
    columns, rows = run_file.table("individuals", "generation = ?", (generation,))
    programs = [row[columns.index("program")] for row in rows] if "program" in columns else []
    run = [str(program) for program in programs if program]
    if not run:
        return
    commonest, count = Counter(run).most_common(1)[0]
    print_line(
        f"{percent(count / len(programs))} of the population run this program, in each cell of the map:", err=err
    )
    for line in commonest.split("; "):
        print_line(f"  {line}", err=err)


def print_rates(run_file: "RunFile", err: bool) -> None:
    """Print the rates of an ecology before its world changed, right after and at the end."""
    from evosim.scenario.schema.names import names_of

    columns, rows = run_file.table("generations")
    intervals: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in rows]
    starts = [phase.start for phase in run_file.scenario.evolution.schedule]
    names_here = names_of(run_file.scenario)
    kinds = [kind for kind in names_here.kinds if any(each[f"share.{kind}"] is not None for each in intervals)]
    features = run_file.scenario.world.features
    wanted = [name for name in features if any(each[f"wanted.{name}"] is not None for each in intervals)]
    lines, minds = [], []
    for start, end in zip(starts, [*starts[1:], float("inf")], strict=True):
        of_phase = [each for each in intervals if start < each["tick"] <= end]
        first = [each for each in of_phase if each["tick"] <= start + AT_ONCE]
        last = [each for each in of_phase if each["tick"] > of_phase[-1]["tick"] - IN_THE_END]
        for part in (first, last) if start and len(of_phase) > len(last) else (last,):
            if part:
                ticks = (
                    f"{start if part is first else max(start, part[-1]['tick'] - IN_THE_END):,}–{part[-1]['tick']:,}"
                )
                rates = [mean_rate(part, f"{name}_per_capita") for name in VITAL]
                population = f"{part[-1]['population']:,}"
                head = [part[-1]["environment"], ticks]
                lines.append([*head, population, *rates, mean_of(part, "children_mean", 1)])
                minds.append([*head, *(share_in(part, kind) for kind in kinds), *(wanted_in(part, w) for w in wanted)])
    names = ["environment", "ticks", "living", *VITAL.values(), "children"]
    print_table("Rates per thousand agent-ticks; children in a life", names, lines, err=err)
    for line in explain_words(names):
        print_line(line, err=err)
    if (len(kinds) > 1 or wanted) and minds:
        heads = ["environment", "ticks", *kinds, *(f"wants {name}" for name in wanted)]
        print_table("Who they are; mean weights in objectives [5–95% of agents]", heads, minds, err=err)


def share_in(rows: list[dict[str, Any]], kind: str) -> str:
    """Return the share of agents of a kind of mind, formatted."""
    return percent(mean_over_agents(rows, f"share.{kind}"))


def wanted_in(rows: list[dict[str, Any]], weight: str) -> str:
    """Return the mean weight of a feature in objectives, and between which nine of ten agents have it, formatted."""
    middle, low, high = (mean_of(rows, f"{name}.{weight}", 1) for name in ("wanted", "wanted_q05", "wanted_q95"))
    return middle if middle == "–" else f"{middle} [{low} to {high}]"


def mean_of(rows: list[dict[str, Any]], column: str, scale: float = 1000) -> str:
    """Return the mean of a column over all agents, formatted, without the rows in which it is empty."""
    return number(scale * mean_over_agents(rows, column))


def mean_rate(rows: list[dict[str, Any]], column: str) -> str:
    """Return the mean of a rate over agent-ticks, per thousand, formatted, without the rows in which it is empty."""
    known = [(row[column], agent_ticks_of(row)) for row in rows if row[column] is not None]
    total = sum(weight for _, weight in known)
    return number(1000 * sum(value * weight for value, weight in known) / total if known else nan)


def agent_ticks_of(row: dict[str, Any]) -> float:
    """Return how many ticks all agents together lived in an interval, recovered from births and deaths and their rates.

    Where there were none, hardly anyone was alive: then the population at its end stands in.
    """
    rate = (row["births_per_capita"] or 0.0) + (row["deaths_per_capita"] or 0.0)
    ticks = row["tick"] / (row["generation"] + 1)
    return float((row["births"] + row["deaths"]) / rate if rate else max(row["population"], 1) * ticks)


def mean_over_agents(rows: list[dict[str, Any]], column: str) -> float:
    """Return the mean of a column over all agents, without the rows in which it is empty; NaN if it is in all."""
    known = [(row[column], max(row["population"], 1)) for row in rows if row[column] is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if known else nan


def print_table(title: str, columns: list[str], rows: list[list[str]], *, err: bool = False) -> None:
    """Print a table for people, in the available width."""
    from rich.console import Console

    from evosim.cli.tables import show_table

    show_table(Console(stderr=True) if err else Console(file=output()), title, columns, rows)


def print_line(text: object, *, err: bool = False) -> None:
    """Print a line of what was asked for; with `err` a message."""
    click.echo(text, file=None if err else output(), err=err)


def print_json(value: Any) -> None:
    """Print JSON for programs."""
    print_line(json.dumps(value, indent=2, default=str))
