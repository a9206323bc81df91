"""Quantities: numbers about an agent, each with its interval and its unit."""

from typing import NamedTuple

import numpy as np

from evosim.alignment.performance import Estimate, Z
from evosim.types import Flags


class Quantity(NamedTuple):
    """A number about an agent in an environment, with its 95% interval over worlds where it has one."""

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    unit: str = ""


def told(name: str, estimate: Estimate) -> Quantity:
    """Take the first of some estimates."""
    value, low, high = (float(part[0]) for part in estimate)
    return Quantity(name, value, low, high)


def share_of(name: str, happened: Flags) -> Quantity:
    """Give a share of worlds, with the interval of Wilson 1927."""
    count = len(happened)
    if not count:
        return Quantity(name, float("nan"), unit="share of worlds")
    share, z = float(happened.mean()), Z
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return Quantity(name, share, middle - reach, middle + reach, "share of worlds")
