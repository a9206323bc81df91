"""The page of an ecology: births and utility under the question, and below them the mechanism."""

from collections.abc import Callable

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evosim.measures.curves import read_own
from evosim.simulation.runs import RunFile
from viz.answers.ecology import answer_ecology
from viz.answers.ecology_reading import Course, child_features, kinds_alive, read_course
from viz.charts.ecology import (
    contraception_chart,
    contrast_chart,
    is_selection_measurable,
    population_chart,
    selection_chart,
    turnover_chart,
    wants_chart,
)
from viz.charts.ecology_axes import draw_tick_axis
from viz.charts.ecology_kinds import kinds_chart
from viz.charts.fitting import names_in_full
from viz.charts.own_measures import draw_own_rows, own_rows_height
from viz.charts.page import (
    ANSWER,
    EDGE,
    FEET,
    FOOT_LINE,
    FOOTER,
    HEADING,
    MOST_LINES_OF_NAMES,
    STYLE,
    WIDTH,
    add_panel,
    make_page,
    run_footer,
    title_height,
    wrap_lines,
    wrap_title,
    write_names,
)

HERO, TALL, LOW = 2.7, 2.0, 1.45  # inches of the rows, from above

ChartPart = tuple[Callable[[Axes, Course], None], float]  # a chart, and the inches right of it for names


def ecology_figure(run: RunFile) -> Figure:
    """Draw the results of an ecology under its scenario's question.

    Raises:
        ValueError: no interval is stored yet.
        RunFileError: the file can't be read.
    """
    course = read_course(run)
    question = wrap_title(course.scenario.question or course.scenario.title)
    found = wrap_lines(answer_ecology(course), ANSWER, 6)
    every: list[tuple[list[ChartPart], float]] = [
        ([(contrast_chart, 1.8)], HERO),
        (_inside(course), TALL),
        ([(kinds_chart, 1.45)] if len(kinds_alive(course)) > 1 else [], LOW),
        (_outside(course), LOW),
    ]
    rows = [row for row in every if row[0]]
    top = title_height(question, found)
    own = read_own(run, course.summary.done - 1)
    names = wrap_lines(names_in_full(course.scenario.world.features), FOOTER, MOST_LINES_OF_NAMES)
    height = top + sum(HEADING + tall + FEET for _, tall in rows) + own_rows_height(own) + 0.3 + FOOT_LINE * len(names)
    with matplotlib.style.context(["default", STYLE]):
        figure = make_page(question, found, _footer(course), height)
        write_names(figure, names)
        for parts, tall in rows:
            _row(figure, course, parts, top + HEADING, tall)
            top += HEADING + tall + FEET
        draw_own_rows(figure, own, top, (), lambda axes: draw_tick_axis(axes, course), "tick")
    return figure


def _inside(course: Course) -> list[ChartPart]:
    """Select the charts about objectives that the run has data for."""
    if not course.loci:
        return []
    selected = any(is_selection_measurable(course, name) for name in child_features(course.scenario))
    return [(wants_chart, 1.45), *([(selection_chart, 0.35)] if selected else [])]


def _outside(course: Course) -> list[ChartPart]:
    """Select the charts about births, deaths and matings that the run has data for."""
    used = bool((np.nan_to_num(course.rate("contraception_share")) > 0).any())
    return [(population_chart, 0.65), (turnover_chart, 1.0), *([(contraception_chart, 0.65)] if used else [])]


def _row(figure: Figure, course: Course, parts: list[ChartPart], top: float, tall: float) -> None:
    """Draw charts of equal width side by side, `top` and `tall` in inches."""
    width = (WIDTH - sum(EDGE + room for _, room in parts)) / len(parts)
    left = 0.0
    for chart, room in parts:
        axes = add_panel(figure, left + EDGE, top, width, tall)
        chart(axes, course)
        axes.set_xlabel("tick")
        left += EDGE + width + room


def _footer(course: Course) -> str:
    run = course.summary
    return run_footer(
        run,
        f"{course.scenario.evolution.population:,} founders",
        f"{run.done:,} of {run.generations:,} intervals of {course.interval:,} ticks",
    )
