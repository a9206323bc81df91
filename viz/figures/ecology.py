"""The page of an ecology: under the question, what evolution counts and what agents get, and below it why."""

from collections.abc import Callable

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evosim.simulation.runs import RunFile
from viz.answers.ecology import answer
from viz.answers.ecology_reading import Course, child_features, read_course
from viz.charts.ecology import (
    contraception_chart,
    contrast_chart,
    population_chart,
    selected_by,
    selection_chart,
    turnover_chart,
    wants_chart,
)
from viz.charts.page import (
    ANSWER,
    EDGE,
    FEET,
    HEADING,
    STYLE,
    TITLE,
    WIDTH,
    header_height,
    lines_of,
    panel,
    titled_page,
)

HERO, TALL, LOW = 2.7, 2.0, 1.45  # inches of the rows, from above

Part = tuple[Callable[[Axes, Course], None], float]  # a chart, and the inches right of it for names


def ecology_figure(run: RunFile) -> Figure:
    """Draw what an ecology found out, under the question that its scenario asks.

    Raises:
        ValueError: no interval is stored yet.
        RunFileError: the file can't be read.
    """
    course = read_course(run)
    question = lines_of(course.scenario.question or course.scenario.title, TITLE, 4)
    found = lines_of(answer(course), ANSWER, 6)
    every: list[tuple[list[Part], float]] = [
        ([(contrast_chart, 1.8)], HERO),
        (_inside(course), TALL),
        (_outside(course), LOW),
    ]
    rows = [row for row in every if row[0]]
    top = header_height(question, found)
    height = top + sum(HEADING + tall + FEET for _, tall in rows) + 0.3
    with matplotlib.style.context(["default", STYLE]):
        figure = titled_page(question, found, _footer(course), height)
        for parts, tall in rows:
            _row(figure, course, parts, top + HEADING, tall)
            top += HEADING + tall + FEET
    return figure


def _inside(course: Course) -> list[Part]:
    """Choose what can be told of objectives."""
    if not course.loci:
        return []
    selected = any(selected_by(course, name) for name in child_features(course.scenario))
    return [(wants_chart, 1.45), *([(selection_chart, 0.35)] if selected else [])]


def _outside(course: Course) -> list[Part]:
    """Choose what can be told of births, deaths and matings."""
    used = bool((np.nan_to_num(course.rate("contraception_share")) > 0).any())
    return [(population_chart, 0.65), (turnover_chart, 1.0), *([(contraception_chart, 0.65)] if used else [])]


def _row(figure: Figure, course: Course, parts: list[Part], top: float, tall: float) -> None:
    """Draw charts of the same width side by side."""
    width = (WIDTH - sum(EDGE + room for _, room in parts)) / len(parts)
    left = 0.0
    for chart, room in parts:
        axes = panel(figure, left + EDGE, top, width, tall)
        chart(axes, course)
        axes.set_xlabel("tick")
        left += EDGE + width + room


def _footer(course: Course) -> str:
    run = course.summary
    parts = (
        run.name,
        f"seed {run.seed}",
        f"{course.scenario.evolution.population:,} founders",
        f"{run.done:,} of {run.generations:,} intervals of {course.interval:,} ticks",
        f"digest {run.digest[:8]}",
        f"evosim {run.versions['evosim']}",
        "one run is one seed",
    )
    return "  ·  ".join(parts)
