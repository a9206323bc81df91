"""Panels: charts of matplotlib as pictures within the page, in the page's own ink and type.

Every chart is a picture of its own, so that they stand beside each other on a desk and below each other
on a phone. Colours that depend on light or dark are left to the page's style.
"""

import re
from collections.abc import Callable
from io import StringIO
from typing import NamedTuple

import matplotlib.style
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evosim.scenario.schema.names import object_names, outcomes_in, place_names
from viz.answers.generational import first_says_all
from viz.answers.perception import Seen
from viz.answers.reading import Reading
from viz.answers.specifics import Front
from viz.charts.generational import (
    base_chart,
    entered_chart,
    first_entered_chart,
    foresight_chart,
    horizon_chart,
    individuals_chart,
    optimizer_chart,
    outcomes_chart,
)
from viz.charts.page import STYLE
from viz.charts.story import front_chart, perception_chart
from viz.marks import short
from viz.palette import CONTROLLERS, FAINT_INK, FOUNDER, INK, NOTHING, PAPER, RULE

WIDTH, HEIGHT = 5.3, 2.75  # inches
LEFT, TOP, BOTTOM = 0.62, 0.52, 0.5
CELL, FOOT_OF_SEEN = 0.32, 0.45  # inches of a cell of what is perceived, and of the names below
FIRST_OF_SEEN = 200  # the number of the first of these panels
LABEL, LETTER = 0.34, 0.082  # inches right of a chart for what is named there, and for each character
INKS = {
    INK: "ink", FAINT_INK: "faint", RULE: "rule", PAPER: "paper", NOTHING.colour: "nothing", FOUNDER: "founder",
    CONTROLLERS["planner"].colour: "planner",
}  # fmt: skip
DOT = re.compile(r"M (?:\S+) (?:\S+) *\n(?:C [-\d. ]+\n){8}z\n")  # a circle as matplotlib writes it


class Panel(NamedTuple):
    """A chart, and what it shows in words."""

    picture: Markup
    words: str


def panel(
    number: int,
    words: str,
    draw: Callable[[Axes], None],
    *,
    right: float = 0.2,
    xlabel: str = "",
    height: float = HEIGHT,
    foot: float = BOTTOM,
) -> Panel:
    """Draw a chart with so many inches right of it for names."""
    with matplotlib.style.context(["default", STYLE, {"svg.fonttype": "none"}]):
        figure = Figure(figsize=(WIDTH, height))
        figure.patch.set_visible(False)
        size = ((WIDTH - LEFT - right) / WIDTH, (height - TOP - foot) / height)
        axes = figure.add_axes((LEFT / WIDTH, foot / height, *size))
        axes.patch.set_visible(False)
        draw(axes)
        if xlabel:
            axes.set_xlabel(xlabel)
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return Panel(inline(written.getvalue(), f"p{number}", words), words)


def inline(picture: str, prefix: str, words: str) -> Markup:
    """Make a file of matplotlib's part of a page: no prolog, names of its own, the page's colours."""
    body = picture[picture.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = DOT.sub(as_arcs, body)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', body)
    body = re.sub(r'(url\(|href=")#', rf"\1#{prefix}-", body)
    for colour, role in INKS.items():
        body = body.replace(colour, f"var(--{role})")
    body = re.sub(r'<svg [^>]*?(viewBox="[^"]+")[^>]*>', r"<svg \1 {}>", body, count=1)
    opening, rest = body.split("{}", 1)
    named = f'role="img" aria-label="{escape(words)}" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return Markup(f"{opening}{named}{rest}")


def as_arcs(dot: re.Match[str]) -> str:
    """Write a circle as two arcs; a hatch of dots is hundreds of them, of eight Bézier curves each."""
    ends = re.findall(r"(\S+) (\S+) *\n", dot[0])
    across, down = ([float(end[axis]) for end in ends] for axis in (0, 1))
    r = (max(across) - min(across)) / 2
    x, y = (max(across) + min(across)) / 2, (max(down) + min(down)) / 2
    return f"M{x - r:g} {y:g}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0z\n"


def run_panels(reading: Reading) -> list[Panel]:
    """Draw what happened from generation to generation, in each environment and over all."""
    drawn = [_environment_panel(reading, name, number) for number, name in enumerate(reading.environments)]
    names = room(reading.environments, " -0.00")
    count = len(drawn)
    words = "Mean base objective in each environment over generations, with its spread over individuals"
    drawn.append(panel(count, words, lambda axes: base_chart(axes, reading), right=names, xlabel="generation"))
    if len(reading.scenario.mind.controllers) > 1:
        words = "Share of the population who are planners, and who plan ahead, over generations"
        drawn.append(
            panel(
                count + 1,
                words,
                lambda axes: optimizer_chart(axes, reading),
                right=room([], "100% ahead"),
                xlabel="generation",
            )
        )
    if bool((reading.generations["optimizer_fraction"] > 0).any()):
        words = "How far planners look ahead, over generations"
        steps = room([], "100 steps")
        drawn.append(
            panel(count + 2, words, lambda axes: horizon_chart(axes, reading), right=steps, xlabel="generation")
        )
    return drawn


def individuals_panel(reading: Reading) -> Panel:
    """Draw, where there is no space of objectives, how individuals do."""
    minds = reading.scenario.mind
    if "planner" in minds.controllers and not minds.objective.evolves:
        words = "How well individuals do that look ahead so far"
        return panel(90, words, lambda axes: foresight_chart(axes, reading))
    return panel(90, "How each individual does in two environments", lambda axes: individuals_chart(axes, reading))


def perception_panels(seen: list[Seen]) -> list[Panel]:
    """Draw what planners perceive of what there is, environment by environment."""
    return [
        panel(
            FIRST_OF_SEEN + number,
            f"How much of what they care for planners perceive in each thing, in {each.environment}",
            lambda axes, each=each: perception_chart(axes, each),  # type: ignore[misc]
            height=TOP + CELL * len(each.features) + FOOT_OF_SEEN,
            foot=FOOT_OF_SEEN,
        )
        for number, each in enumerate(seen)
    ]


def front_panel(front: Front) -> Panel:
    """Draw the front of Pareto objectives."""
    words = "Individuals by two Pareto objectives, and the front of those whom nobody beats in both"
    return panel(91, words, lambda axes: front_chart(axes, front), foot=BOTTOM + 0.15)


def room(names: list[str], more: str) -> float:
    """Give the inches that the longest of the names needs, with a number after it."""
    return LABEL + LETTER * (len(more) + max((len(short(name)) for name in names), default=0))


def _environment_panel(reading: Reading, environment: str, number: int) -> Panel:
    """Draw what is entered first, or how often; else what comes about."""
    world = reading.scenario.environments[environment]
    if world.objects and first_says_all(reading.scenario):
        chart, said = first_entered_chart, "Shares of what is entered first"
    elif world.objects or world.places:
        chart, said = entered_chart, "How often what is entered"
    else:
        chart, said = outcomes_chart, "Mean amounts of what comes about"
    things = [*object_names(reading.scenario), *place_names(reading.scenario), "nothing"]
    right = room(things, " 100%") if world.objects else room(outcomes_in(world), " -000.00")
    words = f"{said}, in {environment}, over generations"
    return panel(number, words, lambda axes: chart(axes, reading, environment), right=right, xlabel="generation")
