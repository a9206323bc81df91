"""Classes of planners: their shares where they were measured last, and from generation to generation."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import number
from evosim.scenario.schema.worlds import GridWorld
from viz.answers.reading import Reading
from viz.palette import CLASSES

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


def stacked(reading: Reading, environment: str) -> Reals:
    """Give the shares of classes `[C, M]` in the order they are stacked; 0 where nobody planned."""
    frame = reading.measurements[environment]
    heights: Reals = np.nan_to_num(np.array([frame[name] for name in CLASSES], np.float64))
    return heights


def leading(found: Sequence[Share]) -> Share | None:
    """Name the class of more than half, if there is one."""
    return next((each for each in found if each.share > 0.5), None)
