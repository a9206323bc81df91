"""The figure of a run: one page that answers its scenario's question.

with RunFile.open("runs/red_doors-1.evosim") as run:
    save_figure(run, "red_doors.png")
"""

from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from evosim.export import appearing
from evosim.records import RunFile
from evosim.scenario.names import object_names, outcomes_in, place_names
from viz.answer import answer, first_says_all, plane
from viz.charts import (
    base_chart,
    entered_chart,
    first_entered_chart,
    foresight_chart,
    horizon_chart,
    individuals_chart,
    objective_chart,
    optimizer_chart,
    outcomes_chart,
)
from viz.marks import POINTS_PER_INCH, SMALL, short
from viz.palette import FAINT_INK, INK, PAPER
from viz.reading import Reading, planners, read

UNDATED: dict[str, dict[str, Any]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}  # what to write into each kind of file so that the same run makes the same bytes
DPI = 144
MARGIN = 0.25  # inches
WIDTH = 10.67  # inches: 1536 pixels
EDGE = 0.62  # inches left of a panel, for its ticks
LABEL, LETTER = 0.3, 0.078  # inches right of a panel for what is named there, and for each character
HEADING, FEET = 0.5, 0.5  # inches above a panel for its title, and below for its ticks
TALL, TALLER = 1.7, 2.2
NARROWEST = 1.6  # inches of a chart of what is entered first
TITLE = FontProperties(family="DejaVu Sans", weight="bold", size=16)
ANSWER = FontProperties(family="DejaVu Sans", size=10)
STYLE: Any = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so it is the same everywhere
    "font.size": 9,
    "text.usetex": False,
    "text.parse_math": False,  # a question may have dollars in it
    "text.color": INK,
    "axes.edgecolor": FAINT_INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": FAINT_INK,
    "ytick.color": FAINT_INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "hatch.linewidth": 0.5,
    "path.simplify": True,
    "savefig.dpi": "figure",
    "savefig.bbox": None,
    "svg.hashsalt": "evosim",
    "svg.fonttype": "path",
}


def run_figure(run: RunFile) -> Figure:
    """Draw what a run found out, under the question that its scenario asks.

    Raises:
        ValueError: no generation is stored yet.
        RunFileError: the file can't be read.
    """
    reading = read(run)
    question = _lines(reading.scenario.question or reading.scenario.title, TITLE, 4)
    found = _lines(answer(reading), ANSWER, 6)
    header = 0.3 + 0.3 * len(question) + 0.2 * len(found)
    abreast = _abreast(reading)
    rows = -(-len(reading.environments) // abreast)
    height = header + rows * (HEADING + TALL + FEET) + HEADING + TALLER + FEET + 0.3
    with matplotlib.style.context(["default", STYLE]):
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=PAPER)
        figure.suptitle(
            "\n".join(question), x=MARGIN / WIDTH, y=1 - 0.2 / height, ha="left", va="top", fontproperties=TITLE
        )
        below = 1 - (0.27 + 0.3 * len(question)) / height
        figure.text(MARGIN / WIDTH, below, "\n".join(found), va="top", fontproperties=ANSWER, linespacing=1.3)
        _environment_rows(figure, reading, header, abreast)
        _lower_row(figure, reading, header + rows * (HEADING + TALL + FEET))
        figure.text(MARGIN / WIDTH, 0.1 / height, _footer(reading), color=FAINT_INK, fontsize=SMALL)
    return figure


def save_figure(run: RunFile, path: str | Path) -> Path:
    """Draw a run into a file, .png, .svg or .pdf by its suffix; the file is there whole or not at all.

    Raises:
        ValueError: another suffix, or no generation is stored yet.
        RunFileError: the run can't be read.
        OSError: the file can't be written.
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in UNDATED:
        raise ValueError(f"{path}: a figure ends in .png, .svg or .pdf, not in {path.suffix or 'nothing'!r}")
    figure = run_figure(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = BytesIO()  # on a full disk some of matplotlib's writers fail in words of their own
    with matplotlib.style.context(["default", STYLE]):
        figure.savefig(drawn, format=kind, metadata=UNDATED[kind])
    with appearing(path) as unfinished:
        unfinished.write_bytes(drawn.getvalue())
    return path


def _environment_rows(figure: Figure, reading: Reading, top: float, abreast: int) -> None:
    """Draw what is entered first, or how often, in one panel for each environment; else what comes about."""
    by_counts = not first_says_all(reading.scenario)
    each = WIDTH / abreast
    width = each - EDGE - _names_room(reading)
    for number, environment in enumerate(reading.environments):
        row, column = divmod(number, abreast)
        above = top + row * (HEADING + TALL + FEET) + HEADING
        axes = _panel(figure, column * each + EDGE, above, width, TALL)
        world = reading.scenario.environments[environment]
        if world.objects and not by_counts:
            first_entered_chart(axes, reading, environment)
        elif world.objects or world.places:
            entered_chart(axes, reading, environment)
        else:
            outcomes_chart(axes, reading, environment)
        axes.set_xlabel("generation")


def _lower_row(figure: Figure, reading: Reading, top: float) -> None:
    """Draw the base objective, the optimizers and what they want."""
    top += HEADING
    names = _room(reading.environments, " -0.00")
    steps = _room([], "100 steps")
    width = (WIDTH - 3 * EDGE - names - steps - TALLER - MARGIN) / 2
    base_axes = _panel(figure, EDGE, top, width, TALLER)
    base_chart(base_axes, reading)
    base_axes.set_xlabel("generation")
    ever = bool((reading.generations["optimizer_fraction"] > 0).any())
    left, half = 2 * EDGE + width + names, (TALLER - HEADING) / 2 if ever else TALLER
    planning = _panel(figure, left, top, width, half)
    optimizer_chart(planning, reading)
    if ever:
        planning.tick_params(labelbottom=False)
        planning = _panel(figure, left, top + half + HEADING, width, half)
        horizon_chart(planning, reading)
    planning.set_xlabel("generation")
    space = _panel(figure, WIDTH - TALLER - MARGIN, top, TALLER, TALLER)
    minds = reading.scenario.mind
    if "planner" in minds.controllers and not minds.objective.evolves:
        foresight_chart(space, reading)
    elif np.size(planners(reading.final)["id"]):
        objective_chart(space, reading, plane(reading))
    else:
        individuals_chart(space, reading)


def _lines(words: str, font: FontProperties, most: int) -> list[str]:
    """Break words into as few lines as the page is wide, at most so many, of much the same length."""
    measure = TextToPath()
    best: list[str] = []
    for characters in range(200, 10, -1):
        lines = wrap(words, characters, max_lines=most, placeholder=" …")
        if best and (len(lines) > len(best) or " ".join(lines) != " ".join(best)):
            break
        widths = [measure.get_text_width_height_descent(line, font, ismath=False)[0] for line in lines]
        if max(widths, default=0) <= (WIDTH - 2 * MARGIN) * POINTS_PER_INCH:
            best = lines
    return best


def _abreast(reading: Reading) -> int:
    """Say how many charts of what is entered first stand side by side."""
    return min(len(reading.environments), int(WIDTH / (EDGE + NARROWEST + _names_room(reading))))


def _names_room(reading: Reading) -> float:
    things = [*object_names(reading.scenario), *place_names(reading.scenario), "nothing"]
    objects = _room(things, " 100%")
    guests = [world for world in reading.scenario.environments.values() if not world.objects]
    return max([objects, *(_room(outcomes_in(world), " -000.00") for world in guests)])


def _room(names: list[str], more: str) -> float:
    """Give the inches that the longest of the names needs, with a number after it."""
    return LABEL + LETTER * (len(more) + max((len(short(name)) for name in names), default=0))


def _panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Place axes on the page, in inches from its top left corner."""
    tall = figure.get_size_inches()[1]
    return figure.add_axes((left / WIDTH, 1 - (top + height) / tall, width / WIDTH, height / tall))


def _footer(reading: Reading) -> str:
    run = reading.summary
    parts = (
        run.name,
        f"seed {run.seed}",
        f"population {reading.scenario.evolution.population:,}",
        f"{run.done:,} of {run.generations:,} generations",
        f"numbers of generation {reading.measured[-1]:,}",
        f"digest {run.digest[:8]}",
        f"evosim {run.versions['evosim']}",
    )
    return "  ·  ".join(parts)
