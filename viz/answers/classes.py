"""Class shares among those who have a mesa-objective, in the last generation measured and over generations."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import number
from evosim.scenario.schema.worlds import GridWorld
from viz.answers.objectives.minds import count_wanting, searching_shares
from viz.answers.reading import Reading
from viz.palette import CLASS_STYLES

SUMMARY_COLUMNS = ("base_performance", "capability", "inner_gap", "outer_gap", "starc_base_mesa")


class ClassShare(NamedTuple):
    """The share of an environment's planners in one class, with the colour of that class."""

    name: str
    share: float
    colour: str


class MeanAndSpread(NamedTuple):
    """A mean over agents and its standard deviation, formatted as text; empty where undefined."""

    mean: str
    spread: str


def are_classes_known(reading: Reading, environment: str) -> bool:
    """Whether classes were measured in an environment in the generation measured last."""
    frame = reading.measurements[environment]
    return "mixed" in frame and not np.isnan(frame["mixed"][-1])


def explain_unknown(reading: Reading, environment: str) -> str:
    """Explain in a phrase why no classes were measured in an environment."""
    scenario = reading.scenario
    if not scenario.measure.alignment:
        return "the scenario says `measure.alignment = false`"
    wanting = count_wanting(reading)
    if not wanting.number and wanting.asked:
        return f"of {wanting.asked} minds asked, {wanting.valid} have a valid objective in their map, too few to count"
    if not wanting.number and not searching_shares(reading):
        return "there are no planners, and only planners have a mesa-objective"
    if not isinstance(scenario.environments[environment], GridWorld):
        return "its worlds are another package's, and can't be listed as states"
    if count_classified(reading, environment) == 0:
        whom = "no planner" if not wanting.read else f"none of the {wanting.whom}"
        return f"{whom} has all the numbers that a class needs"
    return (
        "its worlds, or those of training, have too many states to be listed during a run, or training isn't among them"
    )


def count_classified(reading: Reading, environment: str) -> int | None:
    """Return the number of planners that have a class in an environment; None where it was not recorded."""
    column = reading.measurements[environment].get("classified")
    return None if column is None or np.isnan(column[-1]) else int(column[-1])


def describe_denominator(reading: Reading, environment: str) -> str:
    """Describe whom class shares refer to; empty where their number was not recorded."""
    count, wanting = count_classified(reading, environment), count_wanting(reading)
    if count is None:
        return ""
    asked = f" ({wanting.asked} were asked)" if wanting.read else ""
    if count == wanting.number:
        return f"of {count} {wanting.whom}{asked}"
    if wanting.read:
        return f"of the {count} with a class, of {wanting.number} {wanting.whom}{asked}"
    return f"of the {count} of {wanting.number} planners with a class"


def class_shares(reading: Reading, environment: str) -> list[ClassShare]:
    """Return each class with its share in an environment; an empty list where classes are unknown."""
    if not are_classes_known(reading, environment):
        return []
    frame = reading.measurements[environment]
    return [ClassShare(name, float(frame[name][-1]), kind.colour) for name, kind in CLASS_STYLES.items()]


def summary_numbers(reading: Reading, environment: str) -> dict[str, MeanAndSpread]:
    """Format gaps and performance in an environment, each with its standard deviation over agents."""
    frame = reading.measurements[environment]
    return {name: MeanAndSpread(_last(frame, name), _last(frame, f"{name}_std")) for name in SUMMARY_COLUMNS}


def _last(frame: dict[str, np.ndarray], name: str) -> str:
    """Format the last number of a column; empty where it is missing."""
    if name not in frame or np.isnan(float(frame[name][-1])):
        return ""
    return number(float(frame[name][-1]))


def stacked_shares(reading: Reading, environment: str) -> Reals:
    """Return the class shares `[C, M]` in stacking order, 0 where there were no planners."""
    frame = reading.measurements[environment]
    heights: Reals = np.nan_to_num(np.array([frame[name] for name in CLASS_STYLES], np.float64))
    return heights


def majority_class(found: Sequence[ClassShare]) -> ClassShare | None:
    """Return the class that more than half belong to, or None."""
    return next((each for each in found if each.share > 0.5), None)
