"""What all reports have in common: templates, filters, report cards, and how to reproduce the run."""

import shlex
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from evosim.numerics.formatting import enumerated, in_words, number, percent
from evosim.scenario import Scenario
from evosim.simulation.runs import RunFile, default_path
from evosim.storage.reader import Summary
from evosim.storage.schema import CorruptRunError
from evosim.system.folders import refuse_unwritable, wrong_ending
from viz.answers.generational import join_alternatives
from viz.report.bundle import bundle
from viz.report.reproduce import scenario_as_toml
from viz.report.sweep.tables import breakable, with_whole_interval

KINDS_OF_FILE = (".html", ".htm")
STYLES = ("style.css", "live.css")
MOST_CARDS = 2000  # rows of report cards that a page can hold


def check_page(path: Path) -> None:
    """Check, before anything is computed, that a report can be written to a path.

    Raises:
        ValueError: another suffix than .html.
        OSError: the file can't be written.
    """
    if path.suffix.lower() not in KINDS_OF_FILE:
        raise ValueError(wrong_ending(path, "a report", ".html"))
    refuse_unwritable(path)


class CardRow(NamedTuple):
    """A number that `evosim measure` stored about an agent."""

    generation: int
    id: int
    environment: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    unit: str


def render_page(
    template: str, run: RunFile, scenario: Scenario, summary: Summary, scripts: list[str], own: dict[str, Any]
) -> str:
    """Render a template with its `own` context and what all reports have; `scripts` are modules of JavaScript.

    Raises:
        CorruptRunError: a report card has an invalid value.
    """
    shared = {
        "scenario": scenario,
        "run": summary,
        "unit": run.process.unit,
        "file": run.path.name,
        "named": shlex.quote(str(run.path)),  # as it was given, so that commands work where the page was made
        "again": shlex.quote(str(_path_again(scenario, summary))),
        "cards": read_cards(run),
        "most_cards": MOST_CARDS,
        "toml": scenario_as_toml(scenario),
        "scripts": scripts,
        "subject": None,
    }
    return templates().get_template(template).render(shared | own)


def _path_again(scenario: Scenario, summary: Summary) -> Path:
    """Return where a run of the steps that are stored is written if it is made again."""
    steps = summary.done or scenario.evolution.generations
    evolution = scenario.evolution.model_copy(update={"generations": steps})
    return default_path(scenario.model_copy(update={"evolution": evolution}), summary.seed)


def read_cards(run: RunFile) -> list[CardRow]:
    """Return the report cards that `evosim measure` stored, latest generation first.

    Raises:
        CorruptRunError: one of them has an invalid value.
    """
    with run.explain_errors():
        rows = run.connection.execute(
            "select generation, id, environment, quantity, value, low, high, unit from report_cards "
            "order by generation desc, id, environment, rowid limit ?",
            (MOST_CARDS,),
        ).fetchall()
    cards = [CardRow(*row) for row in rows]
    for card in cards:
        numbers = [each for each in (card.value, card.low, card.high) if each is not None]
        words = (card.environment, card.quantity, card.unit)
        if not all(map(isfinite, numbers)) or not all(map(str.isprintable, words)):
            raise CorruptRunError(run.path, f"the report card of agent {card.id} has an invalid value")
    return cards


def templates() -> Environment:
    """Create the template environment, which escapes all values and rejects undefined ones."""
    environment = Environment(
        loader=PackageLoader("viz.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "words": in_words,
        "enumerated": enumerated,
        "either": _either,
        "number": _number,
        "fine": fine,
        "percent": percent,
        "percentage": _percentage,
        "with_code": with_code,
        "quoted": shlex.quote,
        "breakable": breakable,
        "with_whole_interval": with_whole_interval,
    }
    source = environment.loader
    assert source is not None
    styles = "".join(source.get_source(environment, name)[0] for name in STYLES)
    environment.globals["style"] = Markup(styles)  # our own, from the package, as scripts are: all else is escaped
    environment.globals["script"] = lambda *names: Markup(bundle(*names))
    return environment


def _either(name: str) -> str:
    return join_alternatives([in_words(name)])


def _number(value: float | None) -> str:
    return "–" if value is None else number(value)


def fine(value: float | None) -> str:
    """Format a number to two significant digits where two decimals would hide it."""
    if value is None or value == 0 or abs(value) >= 0.1:
        return _number(value)
    sign = "−" if value < 0 else ""
    return f"{sign}{abs(value):.2g}" if abs(value) >= 0.0001 else f"{sign}<0.0001"


def with_code(words: str) -> Markup:
    """Return words in which what stands between backticks is code, and all else is text."""
    parts = [escape(part) for part in words.split("`")]
    if len(parts) % 2 == 0:  # one of them has no partner
        return escape(words)
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def _percentage(share: float) -> str:
    """Format a share as a CSS length, in plain digits."""
    return f"{100 * float(share):.2f}%"
