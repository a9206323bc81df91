"""The report page: everything known about a run, in one HTML file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evosim.measures.curves import read_own
from evosim.scenario.schema.entry_points import PluginError
from evosim.simulation.runs import RunFile
from evosim.storage.export import atomic_path
from evosim.storage.schema import RunFileError
from evosim.studies.interventions import TYPICAL
from evosim.studies.null_rows import why_undefined
from viz.answers.classes import SUMMARY_COLUMNS
from viz.answers.generational import answer_generational
from viz.answers.nulls import null_tables
from viz.answers.objectives.minds import count_wanting, searching_shares
from viz.answers.objectives.plane import NO_PLANE
from viz.answers.reading import Reading, read_run
from viz.answers.replayed import replay_measured
from viz.answers.story import write_story
from viz.answers.verdict import summarise
from viz.answers.wants import describe_mean_weights
from viz.marks import draw_time_axis
from viz.palette import CLASS_STYLES
from viz.report.agent import ReportedAgent, describe_agent
from viz.report.behaviour import describe_directions
from viz.report.class_panels import class_panels
from viz.report.document import check_page, render_page
from viz.report.ecology_page import render_ecology
from viz.report.live_pair import AT_FIRST
from viz.report.maps import assign_letters
from viz.report.panels import front_panel, individuals_panel, own_panels, perception_panels, run_panels
from viz.report.space import SIDE, objective_space

SCRIPTS = ["tables", "objective_space", "pair"]
MOST_IN_HEADER = 4  # environments, whose numbers fit into the header


def save_report(run: RunFile, path: str | Path, *, agent: int | str = TYPICAL, weights: Sequence[str] = ()) -> Path:
    """Save the report of a run as an HTML file, written whole or not at all.

    Raises:
        ValueError: another suffix than .html, no generation is stored yet, there is no such agent, or no such weights.
        RunFileError: the run can't be read.
        OSError: the file can't be written.
    """
    path = Path(path)
    check_page(path)
    text = render_report(run, agent=agent, weights=weights)
    with atomic_path(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
    return path


def render_report(run: RunFile, *, agent: int | str = TYPICAL, weights: Sequence[str] = ()) -> str:
    """Render the report of a run as HTML; that of an ecology is about its population.

    Raises:
        ValueError: no generation is stored yet, there is no such agent, or no such weights.
        RunFileError: the run can't be read, or its process has no report.
    """
    match run.process.offers.figure:
        case "generations":
            return render_generations(run, agent, weights)
        case "ecology" if weights:
            raise ValueError(f"{run.path}: {NO_PLANE}")
        case "ecology" if agent == TYPICAL:
            return render_ecology(run)
        case "ecology":
            raise ValueError(f"{run.path}: the report of an ecology is about its population, not about an agent")
    raise RunFileError(f"{run.path}: runs of this kind have no report; `evosim show`, `plot` and `export` show it")


def render_generations(run: RunFile, agent: int | str = TYPICAL, weights: Sequence[str] = ()) -> str:
    """Render the report of a generational run.

    Raises:
        ValueError: no generation is stored yet, there is no such agent, or no such weights.
        RunFileError: the run can't be read.
    """
    reading = read_run(run)
    again = replay_measured(run, reading)
    story = write_story(run, reading, again)
    found = summarise(run, reading, again, story)
    subject, why_no_subject = _subject(run, reading, agent)
    schedule = reading.scenario.evolution.schedule
    own = own_panels(
        read_own(run, reading.last),
        reading.environments,
        lambda axes: draw_time_axis(axes, reading.last, schedule),
        "generation",
    )
    panels = run_panels(reading)
    space = objective_space(run, reading, weights)
    if weights and space is None:
        raise ValueError(f"{run.path}: {NO_PLANE}")
    context: dict[str, Any] = {
        "last_measured": int(reading.measured[-1]),
        "verdict": found,
        "answer": answer_generational(reading),
        "most_in_header": MOST_IN_HEADER,
        "missing": again.missing,
        "any_numbers": any(amount.mean for tile in found.tiles for amount in tile.numbers.values()),
        "panels": panels,
        "own_panels": own,
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
        "wanting": count_wanting(reading),
        "searching": searching_shares(reading),
        "subject": subject,
        "unseen": _unseen(subject, reading) if subject else [],
        "why_no_subject": why_no_subject,
        "first_weights": AT_FIRST,
        "letters": assign_letters(reading.scenario),
    }
    return render_page("page.html.j2", run, reading.scenario, reading.summary, SCRIPTS, context)


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
