"""Quantities: numbers about an agent, each with its interval and its unit."""

from typing import NamedTuple

from evosim.numerics.arrays import Flags
from evosim.numerics.intervals import share_interval
from evosim.numerics.ratio_estimate import Estimate


class Quantity(NamedTuple):
    """A number about an agent in an environment, with its 95% interval over worlds where it has one."""

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    unit: str = ""


def first_quantity(name: str, estimate: Estimate) -> Quantity:
    """Return the first of some estimates as a quantity."""
    value, low, high = (float(part[0]) for part in estimate)
    return Quantity(name, value, low, high)


def share_quantity(name: str, happened: Flags) -> Quantity:
    """Return the share of worlds in which something happened `[E]`, with the interval of Clopper and Pearson 1934."""
    return Quantity(name, *share_interval(int(happened.sum()), len(happened)), "share of worlds")
