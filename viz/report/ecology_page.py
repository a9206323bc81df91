"""The report of an ecology: its change, what evolution counts, what agents want and get, families, and the world."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from evosim.measures.curves import read_own
from evosim.mind.kinds import wanting_kinds
from evosim.numerics.formatting import number
from evosim.simulation.runs import RunFile
from evosim.studies.either_world import EitherWorld, simulate_in_either_world
from evosim.studies.reproductive_alignment import FEWEST, first_and_last
from viz.answers.ecology import answer_ecology, format_times, is_end_apart, rate_ratio
from viz.answers.ecology_families import read_families
from viz.answers.ecology_reading import Course, child_features, kinds_alive, read_course
from viz.answers.ecology_states import read_states
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
from viz.charts.ecology_families import families_chart
from viz.charts.ecology_kinds import kinds_chart
from viz.report.document import render_page
from viz.report.ecology_world import colour_states, draw_dots, field_data
from viz.report.panels import Panel, label_room, own_panels, render_panel

SCRIPTS = ["tables", "ecology"]
CONTRAST = "Births and what agents get over ticks, as multiples of before the change"
WANTS = "Mean weights of the mesa-objective over ticks, with their spread"
KINDS = "Shares of the kinds of mind among the living, over ticks"
SELECTION = "Selection on the weight of a child, by tick of birth"
PER = 1000  # agent-ticks, that rates are given for


class StageTile(NamedTuple):
    """A stage of the run: before the change, right after it, or in the end."""

    name: str
    ticks: str
    births: str  # per 1,000 agent-ticks
    got: str  # as a multiple of that before the change; empty where it isn't known
    living: str


def render_ecology(run: RunFile) -> str:
    """Render the report of an ecology as HTML.

    Raises:
        ValueError: no interval is stored yet.
        RunFileError: the run can't be read.
    """
    course = read_course(run)
    families = read_families(run, course)
    states = read_states(run, course, families)
    field = None if states is None else colour_states(run.scenario, states, families)
    first, _, others = answer_ecology(course).partition(". ")
    context: dict[str, Any] = {
        "wants": bool(wanting_kinds(run.scenario)),
        "headline": f"{first.rstrip('.')}.",
        "figures": others,
        "tiles": summarise_stages(course),
        "panels": _panels(course, lambda axes, course: families_chart(axes, course, families)),
        "own_panels": own_panels(
            read_own(run, course.summary.done - 1), (), lambda axes: draw_tick_axis(axes, course), "tick"
        ),
        "exchanges": exchange_worlds(run, course),
        "children": child_features(run.scenario),
        "field": field,
        "field_data": None if field is None else field_data(field),
        "draw_dots": draw_dots,
    }
    return render_page("ecology.html.j2", run, course.scenario, course.summary, SCRIPTS, context)


def summarise_stages(course: Course) -> list[StageTile]:
    """Summarise births, what agents get, and how many live, before the first change, right after it, and in the end."""
    change = course.changes[0] if course.changes else None
    stages = [("before the change" if change else "the whole run", course.before)]
    if change and course.at_once.any():
        stages.append(("right after the change", course.at_once))
    apart = is_end_apart(course) if change else bool((~course.in_the_end).any())
    if apart and not course.extinct:
        stages.append(("in the end", course.in_the_end))
    return [_stage(course, name, chosen, n > 0) for n, (name, chosen) in enumerate(stages) if chosen.any()]


def _stage(course: Course, name: str, chosen: np.ndarray, compared: bool) -> StageTile:
    """Summarise a stage, with what agents get there if it is compared with the first."""
    rows = np.flatnonzero(chosen)
    births = PER * course.mean("births_per_capita", chosen)
    got = rate_ratio(course, "mesa_utility_frozen_per_capita", chosen)
    begins, ends = course.begins[rows[0]], course.frame["tick"][rows[-1]]
    return StageTile(
        name,
        f"ticks {begins:,.0f} to {ends:,.0f}",
        number(births),
        "" if np.isnan(got) or not compared else f"{format_times(got)} as much of what they want",
        f"{course.frame['population'][rows[-1]]:,} live at its end",
    )


def exchange_worlds(run: RunFile, course: Course) -> dict[str, EitherWorld]:
    """Simulate the last stored agents before the change, and the last of all, in either world, by who they are.

    Returns nothing where the world doesn't change.

    Raises:
        RunFileError: a state is corrupt.
    """
    if len(first_and_last(run.scenario)) < 2 or not course.changes:
        return {}
    living = course.frame["population"]
    stored = [n for n in run.kept_generations() if n < len(living) and living[n] >= FEWEST]
    change = course.changes[0]
    before = [n for n in stored if (n + 1) * course.interval <= change.start]
    after = [n for n in stored if (n + 1) * course.interval > change.end]
    chosen = {"before the change": before, "in the end": after}
    return {who: simulate_in_either_world(run, found[-1]) for who, found in chosen.items() if found}


def _panels(course: Course, families: Callable[[Axes, Course], None]) -> list[Panel]:
    """Render the charts that the run has data for: the hero first."""
    used = bool((np.nan_to_num(course.rate("contraception_share")) > 0).any())
    selected = any(is_selection_measurable(course, name) for name in child_features(course.scenario))
    kinds = kinds_alive(course)
    every: list[tuple[bool, Callable[[Axes, Course], None], str, float]] = [
        (True, contrast_chart, CONTRAST, label_room([], "by own weights ×3.43")),
        (bool(course.loci), wants_chart, WANTS, label_room(course.scenario.world.features, " +0.00")),
        (len(kinds) > 1, kinds_chart, KINDS, label_room(kinds, " 100%")),
        (bool(course.loci) and selected, selection_chart, SELECTION, label_room([], "")),
        (True, turnover_chart, "Births, and deaths by cause, over ticks", label_room([], "accident")),
        (True, population_chart, "How many live, over ticks", label_room([], "10,000")),
        (True, families, "Shares of the largest families, over ticks", label_room([], "of agent 1000 100%")),
        (used, contraception_chart, "Share of matings with contraception, over ticks", label_room([], "100%")),
    ]
    drawn = [(chart, words, right) for there, chart, words, right in every if there]
    return [
        render_panel(n, words, lambda axes, chart=chart: chart(axes, course), right=right, xlabel="tick")  # type: ignore[misc]
        for n, (chart, words, right) in enumerate(drawn)
    ]
