"""The figure of a run: one page that answers its scenario's question.

with RunFile.open("runs/red_doors-1.evosim") as run:
    save_figure(run, "red_doors.png")
"""

from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure

from evosim.measures.curves import read_own
from evosim.mind.kinds import wanting_kinds
from evosim.scenario.schema.names import object_names, outcomes_in, place_names
from evosim.simulation.runs import RunFile
from evosim.storage.export import atomic_path
from evosim.system.folders import refuse_unwritable, wrong_ending
from viz.answers.generational import answer_generational
from viz.answers.nulls import null_sentence
from viz.answers.objectives.minds import searching_shares
from viz.answers.objectives.plane import NO_PLANE, choose_plane
from viz.answers.perception import MeanPerception
from viz.answers.reading import Reading, read_run, select_planners
from viz.answers.specifics import Front
from viz.answers.story import write_story
from viz.answers.wants import describe_mean_weights
from viz.charts.fitting import fit_labels, names_in_full
from viz.charts.generational import (
    base_chart,
    environment_chart,
    foresight_chart,
    horizon_chart,
    individuals_chart,
    objective_chart,
    optimizer_chart,
)
from viz.charts.islands import island_chart, island_quantities
from viz.charts.own_measures import draw_own_rows, own_rows_height
from viz.charts.page import (
    ANSWER,
    EDGE,
    FEET,
    FOOT_LINE,
    FOOTER,
    HEADING,
    MARGIN,
    MOST_LINES_OF_NAMES,
    STYLE,
    WIDTH,
    add_panel,
    label_width,
    make_page,
    run_footer,
    title_height,
    wrap_lines,
    wrap_title,
    write_names,
)
from viz.charts.story import front_chart, perception_chart
from viz.figures.ecology import ecology_figure
from viz.figures.generic import generic_figure
from viz.marks import draw_time_axis, height_of_labels

__all__ = ["STYLE", "run_figure", "save_figure"]

UNDATED: dict[str, dict[str, Any]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}  # what to write into each kind of file so that the same run makes the same bytes
LABEL = 0.3  # inches right of a panel before what is named there
TALL, TALLER = 1.7, 2.2
NOT_SHOWN = 0.2  # inches below the last row, for who isn't shown in it
NARROWEST = 1.6  # inches of a chart of what is entered first
CELL, FOOT_OF_SEEN = 0.3, 0.4  # inches of a cell of what is perceived, and of the names below


def run_figure(run: RunFile, weights: Sequence[str] = ()) -> Figure:
    """Draw the results of a run under its scenario's question; `weights` are the axes of what planners want.

    Raises:
        ValueError: no generation is stored yet, or there are no such weights to draw.
        RunFileError: the file can't be read.
    """
    if weights and run.process.offers.figure != "generations":
        raise ValueError(f"{run.path}: {NO_PLANE}")
    pages: dict[str, Callable[[RunFile], Figure]] = {
        "generations": partial(generational_figure, weights=weights),
        "ecology": ecology_figure,
    }
    figure = pages.get(run.process.offers.figure, generic_figure)(run)
    with matplotlib.style.context(["default", STYLE]):
        fit_labels(figure)
    return figure


def generational_figure(run: RunFile, weights: Sequence[str] = ()) -> Figure:
    """Draw the results of a generational run; `weights` are the axes of what planners want.

    Raises:
        ValueError: no generation is stored yet, or there are no such weights to draw.
        RunFileError: the file can't be read.
    """
    reading = read_run(run)
    story = write_story(run, reading)
    question = wrap_title(reading.scenario.question or reading.scenario.title)
    nulls = null_sentence(run, int(reading.measured[-1]))
    wants = describe_mean_weights(reading.scenario, reading.final)
    paragraphs = [story.headline, *story.specific, f"{answer_generational(reading)} {nulls}".strip(), wants]
    found = [line for words in paragraphs if words for line in wrap_lines(words, ANSWER, 6)]
    header = title_height(question, found)
    abreast = _abreast(reading)
    rows = -(-len(reading.environments) // abreast)
    tall = HEADING + TALL + FEET, _height_of_seen(story.seen)
    below = header + rows * tall[0] + -(-len(story.seen) // abreast) * tall[1]
    with matplotlib.style.context(["default", STYLE]):
        tallest = _tallest(reading)
        lower = HEADING + tallest + FEET + (NOT_SHOWN if reading.islands is not None else 0.0)
        islands = HEADING + TALL + FEET if reading.islands is not None else 0.0
        own, foot = read_own(run, reading.last), below + lower + islands
        names = wrap_lines(names_in_full(_names(reading)), FOOTER, MOST_LINES_OF_NAMES)
        more = FOOT_LINE * len(names)
        figure = make_page(question, found, _footer(reading), foot + own_rows_height(own) + 0.3 + more)
        write_names(figure, names)
        _environment_rows(figure, reading, header, abreast)
        _perception_rows(figure, reading, story.seen, header + rows * tall[0], abreast)
        space = _lower_row(figure, reading, below, story.front, weights)
        _islands_row(figure, reading, below + lower)
        schedule = reading.scenario.evolution.schedule
        draw_own_rows(
            figure,
            own,
            foot,
            reading.environments,
            lambda axes: draw_time_axis(axes, reading.last, schedule),
            "generation",
        )
    if weights and space is not objective_chart:
        raise ValueError(f"{run.path}: {NO_PLANE}")
    return figure


def save_figure(run: RunFile, path: str | Path, weights: Sequence[str] = ()) -> Path:
    """Save the figure of a run as .png, .svg or .pdf, by its suffix; the file is written whole or not at all.

    Raises:
        ValueError: another suffix, no generation is stored yet, or there are no such weights to draw.
        RunFileError: the run can't be read.
        OSError: the file can't be written.
    """
    path = Path(path)
    check_picture(path)
    write_figure(run_figure(run, weights), path)
    return path


def file_kind(path: Path) -> str:
    """Return the kind of picture that a path asks for.

    Raises:
        ValueError: it is none that can be drawn.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in UNDATED:
        raise ValueError(wrong_ending(path, "a figure", ".png, .svg or .pdf"))
    return kind


def check_picture(path: Path) -> None:
    """Check, before anything is drawn, that a picture can be written to a path.

    Raises:
        ValueError: another suffix than that of a picture.
        OSError: the file can't be written.
    """
    file_kind(path)
    refuse_unwritable(path)


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure as .png, .svg or .pdf; the file is written whole or not at all.

    Raises:
        OSError: the file can't be written.
    """
    kind = file_kind(path)
    drawn = BytesIO()  # on a full disk some of matplotlib's writers fail in words of their own
    with matplotlib.style.context(["default", STYLE]):
        figure.savefig(drawn, format=kind, metadata=UNDATED[kind])
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(drawn.getvalue())


def _environment_rows(figure: Figure, reading: Reading, top: float, abreast: int) -> None:
    """Draw one panel for each environment: first entries, entry counts or outcomes."""
    each = WIDTH / abreast
    width = each - EDGE - _names_room(reading)
    for number, environment in enumerate(reading.environments):
        row, column = divmod(number, abreast)
        above = top + row * (HEADING + TALL + FEET) + HEADING
        axes = add_panel(figure, column * each + EDGE, above, width, TALL)
        chart, _ = environment_chart(reading, environment)
        chart(axes, reading, environment)
        axes.set_xlabel("generation")


def _perception_rows(figure: Figure, reading: Reading, seen: list[MeanPerception], top: float, abreast: int) -> None:
    """Draw, where detectors evolve, perception charts below each environment's chart."""
    each = WIDTH / abreast
    width = each - EDGE - _names_room(reading)
    for number, one in enumerate(seen):
        row, column = divmod(number, abreast)
        above = top + row * _height_of_seen(seen) + HEADING
        perception_chart(add_panel(figure, column * each + EDGE, above, width, CELL * len(one.features)), one)


def _height_of_seen(seen: list[MeanPerception]) -> float:
    """Return the height in inches of a row of perception charts."""
    return HEADING + CELL * max((len(each.features) for each in seen), default=0) + FOOT_OF_SEEN


def _lower_row(
    figure: Figure, reading: Reading, top: float, front: Front | None, weights: Sequence[str]
) -> Callable[..., None]:
    """Draw the base objective, the share of optimizers and their objectives; or the front, where there is one.

    Return the chart that is drawn last.
    """
    top += HEADING
    names = _room(reading.environments, " -0.00")
    steps = _room(reading.environments, " >99%") if searching_shares(reading) else _room([], "plan ahead >99%")
    width, tall = (WIDTH - 3 * EDGE - names - steps - TALLER - MARGIN) / 2, _tallest(reading)
    if not _has_planners(reading) and not searching_shares(reading):
        width = WIDTH - 2 * EDGE - names - TALLER - MARGIN
    base_axes = add_panel(figure, EDGE, top, width, tall)
    base_chart(base_axes, reading)
    base_axes.set_xlabel("generation")
    _planning_charts(figure, reading, top, 2 * EDGE + width + names, width)
    space = add_panel(figure, WIDTH - TALLER - MARGIN, top, TALLER, TALLER)
    if front is not None:
        front_chart(space, front)
        return front_chart
    if wanting_kinds(reading.scenario) and not reading.scenario.mind.objective.evolves:
        foresight_chart(space, reading)
        return foresight_chart
    if np.size(select_planners(reading.final)["id"]):
        objective_chart(space, reading, choose_plane(reading, weights))
        return objective_chart
    individuals_chart(space, reading)
    return individuals_chart


def _planning_charts(figure: Figure, reading: Reading, top: float, left: float, width: float) -> None:
    """Draw the share of planners and how far they plan, or who searches; nothing where nobody could do either."""
    ever = bool((reading.generations["optimizer_fraction"] > 0).any())
    if not _has_planners(reading) and not searching_shares(reading):
        return
    tall = _tallest(reading)
    half = (tall - HEADING) / 2 if ever else tall
    axes = add_panel(figure, left, top, width, half)
    optimizer_chart(axes, reading)
    if ever:
        axes.tick_params(labelbottom=False)
        axes = add_panel(figure, left, top + half + HEADING, width, half)
        horizon_chart(axes, reading)
    axes.set_xlabel("generation")


def _has_planners(reading: Reading) -> bool:
    """Whether there is a planner in any generation, or could be one by the scenario."""
    return bool(wanting_kinds(reading.scenario)) or bool((reading.generations["optimizer_fraction"] > 0).any())


def _islands_row(figure: Figure, reading: Reading, top: float) -> None:
    """Draw, where the population lives on islands, what differs between them."""
    drawn = island_quantities(reading)
    for place, quantity in enumerate(drawn):
        width = WIDTH / len(drawn) - EDGE - _room([], " -0.00")
        axes = add_panel(figure, place * WIDTH / len(drawn) + EDGE, top + HEADING, width, TALL)
        island_chart(axes, reading, quantity)
        axes.set_xlabel("generation")


def _abreast(reading: Reading) -> int:
    """Return the number of first-entry charts in a row."""
    return min(len(reading.environments), int(WIDTH / (EDGE + NARROWEST + _names_room(reading))))


def _names_room(reading: Reading) -> float:
    things = [*object_names(reading.scenario), *place_names(reading.scenario), "nothing"]
    objects = _room(things, " >99%")
    foreign = [world for world in reading.scenario.environments.values() if not world.objects]
    return max([objects, *(_room(outcomes_in(world), " -000.00") for world in foreign)])


def _room(names: list[str], more: str) -> float:
    """Return the width in inches of the longest name followed by a number."""
    return LABEL + label_width(names, more)


def _tallest(reading: Reading) -> float:
    """Return the height in inches of the lower charts, beside which all environments are named."""
    count = len(reading.environments)
    needed = height_of_labels(count) * 2 + HEADING if searching_shares(reading) else height_of_labels(count)
    return max(TALLER, needed)


def _names(reading: Reading) -> list[str]:
    """Return all names that stand in panels."""
    scenario = reading.scenario
    foreign = [name for world in scenario.environments.values() if not world.objects for name in outcomes_in(world)]
    things = [*object_names(scenario), *place_names(scenario), *scenario.world.features, *foreign]
    return [*reading.environments, *things, *scenario.mind.controllers]


def _footer(reading: Reading) -> str:
    run = reading.summary
    return run_footer(
        run,
        f"population {reading.scenario.evolution.population:,}",
        f"{run.done:,} of {run.generations:,} generations",
        f"numbers of generation {reading.measured[-1]:,}",
    )
