"""Classes of planners: their shares where they were measured last, and from generation to generation."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from evosim.alignment.class_names import OF_PLANNERS
from evosim.formatting import in_words, number, percent
from evosim.numerics.arrays import Reals
from evosim.scenario.schema.worlds import GridWorld
from viz.answers.reading import Reading
from viz.charts.generational import selection_in
from viz.marks import Name, heading, names_beside, short, time_axis, widened
from viz.palette import CLASSES, PAPER
from viz.report.panels import Panel, panel, room

NUMBERS = ("base_performance", "capability", "inner_gap", "outer_gap", "starc_base_mesa")


class Share(NamedTuple):
    """How many of an environment's planners are of a class."""

    name: str
    share: float
    colour: str


class Amount(NamedTuple):
    """A mean over agents with its standard deviation, each as text; empty where there is none."""

    mean: str
    spread: str


def is_known(reading: Reading, environment: str) -> bool:
    """Tell whether classes were measured in an environment, in the generation measured last."""
    frame = reading.measurements[environment]
    return "mixed" in frame and not np.isnan(frame["mixed"][-1])


def why_unknown(reading: Reading, environment: str) -> str:
    """Say why no classes were measured in an environment."""
    scenario = reading.scenario
    if not scenario.measure.alignment:
        return "the scenario says `measure.alignment = false`"
    if float(reading.generations["optimizer_fraction"][reading.measured[-1]]) == 0.0:
        return "nobody plans, and only planners have a mesa-objective"
    if not isinstance(scenario.environments[environment], GridWorld):
        return "its worlds are another package's, and can't be listed as states"
    if classified(reading, environment) == 0:
        return "of no planner all the numbers that a class needs are measured and defined"
    return (
        "its worlds, or those of training, have too many states to be listed during a run, or training isn't among them"
    )


def classified(reading: Reading, environment: str) -> int | None:
    """Return how many planners have a class in an environment; None where that was not noted."""
    column = reading.measurements[environment].get("classified")
    return None if column is None or np.isnan(column[-1]) else int(column[-1])


def how_many_plan(reading: Reading) -> int:
    """Return how many planners there are in the generation measured last."""
    return int((reading.final["controller"] == "planner").sum())


def over_how_many(reading: Reading, environment: str) -> str:
    """Say over how many planners the shares of classes are; nothing where that was not noted."""
    count, planners = classified(reading, environment), how_many_plan(reading)
    if count is None:
        return ""
    return f"of {planners} planners" if count == planners else f"of the {count} of {planners} planners with a class"


def shares(reading: Reading, environment: str) -> list[Share]:
    """List the classes with their shares in an environment; none where they are not known."""
    if not is_known(reading, environment):
        return []
    frame = reading.measurements[environment]
    return [Share(name, float(frame[name][-1]), kind.colour) for name, kind in CLASSES.items()]


def numbers(reading: Reading, environment: str) -> dict[str, Amount]:
    """Write gaps and performance in an environment, with their spread over agents."""
    frame = reading.measurements[environment]
    return {name: Amount(_last(frame, name), _last(frame, f"{name}_std")) for name in NUMBERS}


def _last(frame: dict[str, np.ndarray], name: str) -> str:
    """Write the last number of a column, or nothing."""
    if name not in frame or np.isnan(float(frame[name][-1])):
        return ""
    return number(float(frame[name][-1]))


def class_panels(reading: Reading, first: int) -> list[Panel]:
    """Draw the classes over generations, environment by environment, numbered from `first`."""
    known = [name for name in reading.environments if is_known(reading, name)]
    right = room([_short(name) for name in OF_PLANNERS], " 100%")
    return [
        panel(
            first + number,
            f"Shares of planners of each class, in {name}, over generations",
            lambda axes, name=name: class_chart(axes, reading, name),  # type: ignore[misc]
            right=right,
            xlabel="generation",
        )
        for number, name in enumerate(known)
    ]


def class_chart(axes: Axes, reading: Reading, environment: str) -> None:
    """Stack the shares of classes among planners; what stays aligned lies at the bottom."""
    x, heights = widened(reading.measured, stacked(reading, environment))
    edges = np.vstack([np.zeros(len(x)), np.cumsum(heights, axis=0)])
    axes.set_ylim(0, 1)
    names = []
    for (name, kind), low, high in zip(CLASSES.items(), edges, edges[1:], strict=False):
        axes.fill_between(
            x, low, high, facecolor=kind.colour, edgecolor=PAPER, hatch=kind.hatch, linewidth=0.6, label=name
        )
        share = float(high[-1] - low[-1])
        if share > 0:
            words = f"{_short(name)} {percent(share)}"
            names.append(Name(float(low[-1] + high[-1]) / 2, words, kind.colour, share == heights[:, -1].max()))
    names_beside(axes, names)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule, named=True)
    count, there_are = classified(reading, environment), how_many_plan(reading)
    of_whom = "planners" if count is None else f"{there_are} planners"
    if count is not None and count < there_are:
        of_whom = f"{count} of {of_whom}"
    note = f"share of {of_whom}; {selection_in(reading, environment)}"
    heading(axes, f"Classes · {short(environment)}", note)


def stacked(reading: Reading, environment: str) -> Reals:
    """Give the shares of classes `[C, M]` in the order they are stacked; 0 where nobody planned."""
    frame = reading.measurements[environment]
    heights: Reals = np.nan_to_num(np.array([frame[name] for name in CLASSES], np.float64))
    return heights


def _short(name: str) -> str:
    """Name a class beside a chart."""
    return {"suboptimality_aligned": "suboptimality", "capability_failure": "capab. failure"}.get(name, in_words(name))


def leading(found: Sequence[Share]) -> Share | None:
    """Name the class of more than half, if there is one."""
    return next((each for each in found if each.share > 0.5), None)
