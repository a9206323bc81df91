"""The schema of a sweep file: a scenario, the axes along which it is changed, and seeds."""

import re
from math import inf, prod
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.base import Bound, Count, Index, Part, Words

LARGEST_SEED = 2**63 - 1
MOST_SEEDS = 100_000
SEEDS_EXPECTED = "expected seeds such as '1-20' or '1-5,9'"  # on a command line; in a file also an array


def parse_seeds(text: str) -> list[int]:
    """Read seeds as a person writes them: `1-20`, `7`, `1-5, 9`.

    Raises:
        ValueError: they are not seeds, or too many.
    """
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,19})\s*(?:-\s*(\d{1,19})\s*)?", part)
        if match is None:
            raise ValueError(f"{SEEDS_EXPECTED}, got {text!r}")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{part.strip()!r} ends before it begins")
        if last - first >= MOST_SEEDS:
            raise ValueError(f"at most {MOST_SEEDS:,} seeds")
        found += range(first, last + 1)
    return check_seeds(found)


def check_seeds(seeds: list[int]) -> list[int]:
    """Check that seeds can be seeds, and that none is there twice.

    Raises:
        ValueError: one can't be, or is there twice.
    """
    seen: set[int] = set()
    for seed in seeds:
        if not 0 <= seed <= LARGEST_SEED:
            raise ValueError(f"{seed} is not a seed; seeds go from 0 to {LARGEST_SEED}")
        if seed in seen:
            raise ValueError(f"seed {seed} is there twice; the seed is the unit, so that would count it twice")
        seen.add(seed)
    if not seeds:
        raise ValueError("at least one seed is needed")
    return seeds


def read_seeds(value: Any) -> Any:
    """Return seeds of a file as a list of numbers: they are an array, or text as a person writes them.

    Raises:
        PydanticCustomError: they are neither.
    """
    if isinstance(value, str):
        try:
            return parse_seeds(value)
        except ValueError as error:
            raise PydanticCustomError("plain", "{why}", {"why": str(error)}) from None
    if not isinstance(value, list) or not all(type(each) is int for each in value):
        raise PydanticCustomError("plain", f"{SEEDS_EXPECTED}, or an array of whole numbers")
    return value


def known_seeds(value: list[int]) -> list[int]:
    """Check seeds of a file as `check_seeds` does.

    Raises:
        PydanticCustomError: one can't be, or is there twice.
    """
    try:
        return check_seeds(value)
    except ValueError as error:
        raise PydanticCustomError("plain", "{why}", {"why": str(error)}) from None


def read_values(value: Any) -> Any:
    """Check the values of an axis: an array, none of them twice.

    Raises:
        PydanticCustomError: they are none.
    """
    if not isinstance(value, list):
        raise PydanticCustomError("plain", "expected an array of values")
    if not value:
        raise PydanticCustomError("plain", "expected at least one value")
    for i, each in enumerate(value):
        if any(type(each) is type(other) and each == other for other in value[:i]):
            raise PydanticCustomError("plain", "value {value} is there twice", {"value": repr(each)})
    return value


def _zipped(value: Any) -> Any:
    if not isinstance(value, list) or not value:
        raise PydanticCustomError("plain", "expected an array of values")
    return value


class Range(Part):
    """The range of a key in a Latin hypercube; on a logarithmic scale each factor is as likely as another."""

    low: Bound = Field(alias="from")
    high: Bound = Field(alias="to")
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False  # whole numbers, both ends included


def contradiction_in(asked: Range) -> Diagnostic | None:
    """Return what is wrong between the parts of a range, at one of them."""
    if asked.low >= asked.high:
        return Diagnostic(("to",), f"expected more than {asked.low:g}, got {asked.high:g}")
    if asked.scale == "log" and asked.low <= 0:
        return Diagnostic(("from",), f"a logarithmic scale begins above 0, got {asked.low:g}")
    if asked.whole and not (asked.low.is_integer() and asked.high.is_integer()):
        return Diagnostic(("whole",), "whole numbers are between whole numbers")
    return None


class LatinHypercube(Part):
    """Points that cover ranges evenly (McKay et al. 1979): each range is cut into as many parts as there are points."""

    points: Annotated[int, Field(ge=2, le=100_000)]
    seed: Index = 0
    ranges: Annotated[dict[str, Range], Field(min_length=1)]


def most_points(asked: LatinHypercube) -> float:
    """Return how many different points there are: infinitely many, unless all ranges are of whole numbers."""
    return prod(each.high - each.low + 1 if each.whole else inf for each in asked.ranges.values())


class SweepFile(Part):
    """A sweep file."""

    schema_version: Literal[1] = Field(alias="schema")
    title: Words = ""
    question: Words = ""
    scenario: Annotated[str, Field(min_length=1, max_length=1000)]
    set: list[str] = Field(default=[])
    seeds: Annotated[list[int], BeforeValidator(read_seeds), AfterValidator(known_seeds)]
    grid: dict[str, Annotated[list[Any], BeforeValidator(read_values)]] = Field(default={})
    zip: dict[str, Annotated[list[Any], BeforeValidator(_zipped)]] = Field(default={})
    latin_hypercube: LatinHypercube | None = None


MOST_CELLS: Count = 100_000
