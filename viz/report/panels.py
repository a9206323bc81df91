"""Panels: matplotlib charts as SVG within the page, in the page's own ink and type.

Each chart is a separate picture, so that they stand side by side on a desktop and stacked on a phone. Colours that
depend on the light or dark theme are left to the page's style.
"""

import re
from collections.abc import Callable, Sequence
from io import StringIO
from textwrap import wrap
from typing import NamedTuple

import matplotlib.style
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from evosim.measures.curves import OwnCurve
from evosim.mind.kinds import wanting_kinds
from evosim.numerics.formatting import in_words
from evosim.scenario.schema.names import object_names, outcomes_in, place_names
from viz.answers.objectives.minds import searching_shares
from viz.answers.perception import MeanPerception
from viz.answers.reading import Reading
from viz.answers.specifics import Front
from viz.charts.fitting import fit_labels
from viz.charts.generational import (
    base_chart,
    environment_chart,
    foresight_chart,
    horizon_chart,
    individuals_chart,
    optimizer_chart,
)
from viz.charts.islands import island_chart, island_quantities
from viz.charts.own_measures import names_room, own_chart
from viz.charts.page import STYLE, label_width
from viz.charts.story import front_chart, perception_chart
from viz.marks import NOTE_UP, POINTS_PER_INCH, TITLE_UP, height_of_labels
from viz.palette import FAINT_INK, FOUNDER, INK, MESA_OPTIMIZER, NO_ENTRY, PAPER, RULE

WIDTH, HEIGHT = 5.3, 2.75  # inches
LEFT, TOP, BOTTOM = 0.62, 0.52, 0.5
CHARACTER_OF_NOTE, LINE = 0.059, 9.8  # inches, and points from line to line
CELL, FOOT_OF_SEEN = 0.32, 0.45  # inches of a cell of what is perceived, and of the names below
FIRST_OF_SEEN = 200  # the number of the first of these panels
FIRST_OF_ISLANDS = 300  # likewise
FIRST_OF_OWN = 400  # likewise
LABEL = 0.34  # inches right of a chart before what is named there
OTHER_FONT = 1.05  # how much wider letters may be in a reader's font
INKS = {
    INK: "ink", FAINT_INK: "faint", RULE: "rule", PAPER: "paper", NO_ENTRY.colour: "nothing", FOUNDER: "founder",
    MESA_OPTIMIZER.colour: "planner",
}  # fmt: skip
DOT = re.compile(r"M (?:\S+) (?:\S+) *\n(?:C [-\d. ]+\n){8}z\n")  # a circle as matplotlib writes it


class Panel(NamedTuple):
    """A chart and its description in words."""

    picture: Markup
    words: str


def render_panel(
    number: int,
    words: str,
    draw: Callable[[Axes], None],
    *,
    right: float = 0.2,
    xlabel: str = "",
    height: float = HEIGHT,
    foot: float = BOTTOM,
) -> Panel:
    """Render a chart, leaving `right` inches beside it for labels."""
    with matplotlib.style.context(["default", STYLE, {"svg.fonttype": "none"}]):
        figure = Figure(figsize=(WIDTH, height))
        figure.patch.set_visible(False)
        size = ((WIDTH - LEFT - right) / WIDTH, (height - TOP - foot) / height)
        axes = figure.add_axes((LEFT / WIDTH, foot / height, *size))
        axes.patch.set_visible(False)
        draw(axes)
        _wrap_note(axes, WIDTH - LEFT, height)
        if xlabel:
            axes.set_xlabel(xlabel)
        fit_labels(figure)
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return Panel(inline_svg(written.getvalue(), f"p{number}", words), words)


def _wrap_note(axes: Axes, wide: float, height: float) -> None:
    """Break the note below a panel's title to `wide` inches, and make room for its lines in a figure of a `height`."""
    heading = [text for text in axes.texts if isinstance(text, Annotation) and text.xy == (0, 1)]
    title, note = (next((text for text in heading if text.xyann == (0, up)), None) for up in (TITLE_UP, NOTE_UP))
    if title is None or note is None:
        return
    lines = wrap(note.get_text(), int(wide / CHARACTER_OF_NOTE)) or [""]
    more = LINE * (len(lines) - 1)
    note.set_text("\n".join(lines))
    title.xyann = (0, TITLE_UP + more)
    box = axes.get_position()
    axes.set_position((box.x0, box.y0, box.width, box.height - more / POINTS_PER_INCH / height))


def inline_svg(picture: str, prefix: str, words: str) -> Markup:
    """Prepare an SVG for inlining: drop the prolog, prefix its ids, and use the page's colours."""
    body = picture[picture.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = DOT.sub(circle_as_arcs, body)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', body)
    body = re.sub(r'(url\(|href=")#', rf"\1#{prefix}-", body)
    for colour, role in INKS.items():
        body = body.replace(colour, f"var(--{role})")
    body = re.sub(r'<svg [^>]*?(viewBox="[^"]+")[^>]*>', r"<svg \1 {}>", body, count=1)
    opening, rest = body.split("{}", 1)
    named = f'role="img" aria-label="{escape(words)}" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return Markup(f"{opening}{named}{rest}")


def circle_as_arcs(dot: re.Match[str]) -> str:
    """Replace a circle by two arcs; a dotted hatch has hundreds, of eight Bézier curves each."""
    ends = re.findall(r"(\S+) (\S+) *\n", dot[0])
    across, down = ([float(end[axis]) for end in ends] for axis in (0, 1))
    r = (max(across) - min(across)) / 2
    x, y = (max(across) + min(across)) / 2, (max(down) + min(down)) / 2
    return f"M{x - r:g} {y:g}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0z\n"


def run_panels(reading: Reading) -> list[Panel]:
    """Render the course of evolution: a panel for each environment, then those over all."""
    drawn = [_environment_panel(reading, name, number) for number, name in enumerate(reading.environments)]
    names = label_room(reading.environments, " -0.00")
    count = len(drawn)
    words = "Mean base objective in each environment over generations, with its spread over individuals"
    tall = max(HEIGHT, TOP + BOTTOM + height_of_labels(count))
    drawn.append(
        render_panel(
            count, words, lambda axes: base_chart(axes, reading), right=names, xlabel="generation", height=tall
        )
    )
    searching = searching_shares(reading)
    if len(reading.scenario.mind.controllers) > 1 or searching:
        words = "Share of planners in the population, and of those that plan ahead, over generations"
        if searching:
            words = "Share that searches of the minds that think in a map, over generations"
        drawn.append(
            render_panel(
                count + 1,
                words,
                lambda axes: optimizer_chart(axes, reading),
                right=names if searching else label_room([], "plan ahead >99%"),
                xlabel="generation",
                height=tall if searching else HEIGHT,
            )
        )
    if bool((reading.generations["optimizer_fraction"] > 0).any()):
        words = "How far planners look ahead, over generations"
        steps = label_room([], "100 steps")
        drawn.append(
            render_panel(count + 2, words, lambda axes: horizon_chart(axes, reading), right=steps, xlabel="generation")
        )
    return [*drawn, *_island_panels(reading)]


def _island_panels(reading: Reading) -> list[Panel]:
    """Render what differs between islands, where the population lives on any."""
    return [
        render_panel(
            FIRST_OF_ISLANDS + number,
            f"{quantity.title}, over generations",
            lambda axes, quantity=quantity: island_chart(axes, reading, quantity),  # type: ignore[misc]
            right=label_room([], " -0.00"),
            xlabel="generation",
        )
        for number, quantity in enumerate(island_quantities(reading))
    ]


def own_panels(
    curves: Sequence[OwnCurve], environments: Sequence[str], finish: Callable[[Axes], None], xlabel: str
) -> list[Panel]:
    """Render measures of one's own over the run; `finish` sets up the axis of time."""
    return [
        render_panel(
            FIRST_OF_OWN + number,
            f"{curve.name}: {curve.definition}",
            lambda axes, curve=curve: own_chart(axes, curve, environments, finish),  # type: ignore[misc]
            right=names_room(curve),
            xlabel=xlabel,
        )
        for number, curve in enumerate(curves)
    ]


def individuals_panel(reading: Reading) -> Panel:
    """Render individuals by performance, for populations without mesa-objectives."""
    minds = reading.scenario.mind
    if wanting_kinds(reading.scenario) and not minds.objective.evolves:
        words = "Performance of individuals by planning horizon"
        return render_panel(90, words, lambda axes: foresight_chart(axes, reading))
    return render_panel(
        90, "How each individual does in two environments", lambda axes: individuals_chart(axes, reading)
    )


def perception_panels(seen: list[MeanPerception]) -> list[Panel]:
    """Render the planners' perception of things, one panel for each environment."""
    return [
        render_panel(
            FIRST_OF_SEEN + number,
            f"How much of each relevant feature planners perceive in each thing, in {each.environment}",
            lambda axes, each=each: perception_chart(axes, each),  # type: ignore[misc]
            height=TOP + CELL * len(each.features) + FOOT_OF_SEEN,
            foot=FOOT_OF_SEEN,
        )
        for number, each in enumerate(seen)
    ]


def front_panel(front: Front) -> Panel:
    """Render the front of Pareto objectives."""
    words = "Individuals by two Pareto objectives, and the non-dominated front"
    return render_panel(91, words, lambda axes: front_chart(axes, front), foot=BOTTOM + 0.15)


def label_room(names: list[str], more: str) -> float:
    """Return the width in inches of the longest name followed by a number."""
    return LABEL + label_width(names, more) * OTHER_FONT


def _environment_panel(reading: Reading, environment: str, number: int) -> Panel:
    """Render first entries, entry counts or outcomes of an environment."""
    world = reading.scenario.environments[environment]
    chart, said = environment_chart(reading, environment)
    things = [*object_names(reading.scenario), *place_names(reading.scenario), "nothing"]
    right = label_room(things, " >99%") if world.objects else label_room(outcomes_in(world), " -000.00")
    words = f"{said}, in {in_words(environment)}, over generations"
    return render_panel(number, words, lambda axes: chart(axes, reading, environment), right=right, xlabel="generation")
