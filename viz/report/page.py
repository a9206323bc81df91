"""The report page: everything known about a run, in one HTML file."""

from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evosim.numerics.formatting import enumerated, in_words, number, percent
from evosim.scenario.schema.entry_points import PluginError
from evosim.simulation.runs import RunFile
from evosim.storage.export import atomic_path
from evosim.storage.schema import CorruptRunError
from evosim.studies.interventions import TYPICAL
from evosim.studies.null_rows import why_undefined
from evosim.system.folders import wrong_ending
from viz.answers.classes import SUMMARY_COLUMNS
from viz.answers.generational import answer_generational, join_alternatives
from viz.answers.nulls import null_tables
from viz.answers.reading import Reading, read_run
from viz.answers.replayed import replay_measured
from viz.answers.story import write_story
from viz.answers.verdict import summarise
from viz.answers.wants import describe_mean_weights
from viz.palette import CLASS_STYLES
from viz.report.agent import ReportedAgent, describe_agent
from viz.report.behaviour import describe_directions
from viz.report.bundle import bundle
from viz.report.class_panels import class_panels
from viz.report.live_pair import AT_FIRST
from viz.report.maps import assign_letters
from viz.report.panels import front_panel, individuals_panel, perception_panels, run_panels
from viz.report.reproduce import scenario_as_toml
from viz.report.space import SIDE, objective_space

KINDS_OF_FILE = (".html", ".htm")
STYLES = ("style.css", "live.css")
MOST_IN_HEADER = 4  # environments, whose numbers fit into the header
MOST_CARDS = 2000  # rows of report cards that a page can hold


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


def save_report(run: RunFile, path: str | Path, *, agent: int | str = TYPICAL) -> Path:
    """Save the report of a run as an HTML file, written whole or not at all.

    Raises:
        ValueError: another suffix than .html, no generation is stored yet, or there is no such agent.
        RunFileError: the run can't be read.
        OSError: the file can't be written.
    """
    path = Path(path)
    if path.suffix.lower() not in KINDS_OF_FILE:
        raise ValueError(wrong_ending(path, "a report", ".html"))
    text = render_report(run, agent=agent)
    with atomic_path(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
    return path


def render_report(run: RunFile, *, agent: int | str = TYPICAL) -> str:
    """Render the report of a run as HTML.

    Raises:
        ValueError: no generation is stored yet, or there is no such agent.
        RunFileError: the run can't be read.
    """
    reading = read_run(run)
    again = replay_measured(run, reading)
    story = write_story(run, reading, again)
    found = summarise(run, reading, again, story)
    subject, why_no_subject = _subject(run, reading, agent)
    panels = run_panels(reading)
    space = objective_space(run, reading)
    context: dict[str, Any] = {
        "scenario": reading.scenario,
        "run": reading.summary,
        "file": run.path.name,
        "last_measured": int(reading.measured[-1]),
        "verdict": found,
        "answer": answer_generational(reading),
        "most_in_header": MOST_IN_HEADER,
        "missing": again.missing,
        "any_numbers": any(amount.mean for tile in found.tiles for amount in tile.numbers.values()),
        "panels": panels,
        "class_panels": class_panels(reading, len(panels) + 3),
        "story": story,
        "perception_panels": perception_panels(story.seen),
        "front": front_panel(story.front) if story.front else None,
        "individuals": None if space else individuals_panel(reading),
        "classes": CLASS_STYLES,
        "number_names": SUMMARY_COLUMNS,
        "nulls": null_tables(run),
        "null_is_defined": not why_undefined(reading.scenario),
        "definitions": _definitions(run),
        "space": space,
        "wants": describe_mean_weights(reading.scenario, reading.final),
        "frames": [] if space is None else space.frames,
        "side": SIDE,
        "subject": subject,
        "unseen": _unseen(subject, reading) if subject else [],
        "why_no_subject": why_no_subject,
        "first_weights": AT_FIRST,
        "letters": assign_letters(reading.scenario),
        "cards": _cards(run),
        "most_cards": MOST_CARDS,
        "toml": scenario_as_toml(reading.scenario),
    }
    return templates().get_template("page.html.j2").render(context)


def _subject(run: RunFile, reading: Reading, agent: int | str) -> tuple[ReportedAgent | None, str]:
    """Describe the agent of the page, or explain why it can't be shown."""
    try:
        return describe_agent(run, reading, agent), ""
    except PluginError as error:
        return None, str(error)


def _unseen(subject: ReportedAgent, reading: Reading) -> list[str]:
    if subject.behaviour.found is None:
        return []
    return describe_directions(subject.behaviour.found, reading.scenario.world.features)


def _definitions(run: RunFile) -> dict[str, str]:
    """Return the definitions of the page's numbers, from the columns of the run's tables."""
    return {column.name: column.definition for column in run.tables()["measurements"]}


def _cards(run: RunFile) -> list[CardRow]:
    """Return the report cards that `evosim measure` stored, latest generation first."""
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
    templates = Environment(
        loader=PackageLoader("viz.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    templates.filters |= {
        "words": in_words,
        "enumerated": enumerated,
        "either": _either,
        "number": _number,
        "fine": _fine,
        "percent": percent,
        "percentage": _percentage,
    }
    source = templates.loader
    assert source is not None
    styles = "".join(source.get_source(templates, name)[0] for name in STYLES)
    templates.globals["style"] = Markup(styles)  # our own, from the package, as scripts are: all else is escaped
    templates.globals["script"] = lambda *names: Markup(bundle(*names))
    return templates


def _either(name: str) -> str:
    return join_alternatives([in_words(name)])


def _number(value: float | None) -> str:
    return "–" if value is None else number(value)


def _fine(value: float | None) -> str:
    """Format a number to two significant digits where two decimals would hide it."""
    if value is None or value == 0 or abs(value) >= 0.1:
        return _number(value)
    sign = "−" if value < 0 else ""
    return f"{sign}{abs(value):.2g}" if abs(value) >= 0.0001 else f"{sign}<0.0001"


def _percentage(share: float) -> str:
    """Format a share as a CSS length, in plain digits."""
    return f"{100 * float(share):.2f}%"
