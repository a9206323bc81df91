"""Overriding: values that `--set` gives, put into what a scenario's files say."""

import json
import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from pydantic import ValidationError

from evosim.scenario.complaints import Complaint, Layer, Path, dotted
from evosim.scenario.completing import (
    ANY,
    SECTIONS,
    UNSAID_ENVIRONMENTS,
    Sections,
    complete,
    leave_behind,
    outdated,
    refuse_deep_keys,
)
from evosim.scenario.naming import refuse_mistaken_name
from evosim.scenario.schema import Scenario

NO_ASSIGNMENT = "expected KEY=VALUE, as in evolution.population=1000"


class Overridden(NamedTuple):
    """What is asked for with all overrides put in."""

    asked: dict[str, Any]
    options: list[Layer]  # what the overrides set
    complaints: list[Complaint]  # of those that fit nowhere
    left: set[Path]  # of the files' keys, those that have no use any more


def overridden(asked: dict[str, Any], overrides: Sequence[str]) -> Overridden:
    """Put overrides into what the files say, in order. Another algorithm leaves behind what only the old one used."""
    options, complaints = [], []
    left = outdated(asked, _algorithm(overrides))
    asked = leave_behind(asked, left)
    explicit = complete(asked)
    for override in overrides:
        source = f"--set {override}"
        with suppress(ValidationError):  # where it can't be read, the explicit form from before will do
            explicit = Scenario.model_validate(complete(asked)).model_dump(mode="json")
        try:
            keys, value = parse_override(override)
            refuse_mistaken_name(asked, keys)
            asked, path = put(asked, explicit, keys, value)
            options.append(Layer(source, "", path))
        except ValueError as error:
            complaints.append(Complaint(source, None, None, "", str(error)))
    return Overridden(asked, options, complaints, {("evolution", key) for key in left})


def _algorithm(overrides: Sequence[str]) -> Any:
    """Give the base optimizer that overrides choose, or None."""
    chosen = None
    for override in overrides:
        with suppress(ValueError):
            keys, value = parse_override(override)
            chosen = value if keys == ("evolution", "algorithm") else chosen
    return chosen


def parse_override(override: str) -> tuple[tuple[str, ...], Any]:
    """Read `key.path=value` as the path and the value; a bare word counts as a string, `[0]` in the path as `.0`.

    Raises:
        ValueError: it is no assignment, or more than one.
    """
    key, equals, value = override.partition("=")
    try:
        refuse_deep_keys(override)
    except RecursionError as error:
        raise ValueError(str(error)) from None
    if not equals:
        raise ValueError(NO_ASSIGNMENT)
    key = re.sub(r"\[(\d+)\]", r".\1", key)
    if re.fullmatch(r"\s*[A-Za-z_][\w.-]*\s*", value) and value.strip() not in ("true", "false", "inf", "nan"):
        value = json.dumps(value.strip())
    whole, depth = _tables_of(f"{key} = {value}"), _tables_of(f"{key} = 0")
    path: list[str] = []
    if not whole:
        raise ValueError(NO_ASSIGNMENT)
    while isinstance(depth, dict):
        if len(whole) > 1:
            raise ValueError("more than one assignment; repeat --set for each")
        ((part, depth),) = depth.items()
        path.append(part)
        whole = whole[part]
    return tuple(path), whole


def _tables_of(assignment: str) -> Any:
    try:
        return tomllib.loads(assignment)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        what = re.sub(r" \(at .*\)$", "", str(error))
        raise ValueError(f"not TOML: {what[0].lower()}{what[1:]}; {NO_ASSIGNMENT}") from None


def put(asked: dict[str, Any], explicit: Any, keys: tuple[str, ...], value: Any) -> tuple[dict[str, Any], Path]:
    """Give what is asked for with one value replaced, and its path, in which positions are numbers.

    A number chooses an element of an array, and one past the end appends one. Of a table or an array
    that the files leave unsaid, what is not named stays as it is in the explicit form.

    Raises:
        ValueError: the keys lead into an array by a word or beyond its end, or into what is no table.
    """
    if keys[0] == "environments" and len(keys) > 1 and not asked.get("environments"):
        asked = {**asked, "environments": UNSAID_ENVIRONMENTS}
    changed, path = _put(asked, explicit, SECTIONS, (), keys, value)
    return dict(changed), path


def _put(
    here: Any, explicit: Any, sections: "Sections | None", above: Path, keys: tuple[str, ...], value: Any
) -> tuple[Any, Path]:
    if not keys:
        return value, above
    key, rest = keys[0], keys[1:]
    here = _opened(here, explicit if sections is None else {}, above, key)
    if isinstance(here, list):
        at = _position(here, above, key)
        known = explicit[at] if isinstance(explicit, list) and at < len(explicit) else None
        inner, path = _put(here[at] if at < len(here) else None, known, None, (*above, at), rest, value)
        return [*here[:at], inner, *here[at + 1 :]], path
    below = None if sections is None else sections.get(key, sections.get(ANY))
    known = explicit.get(key) if isinstance(explicit, dict) else None
    inner, path = _put(here.get(key), known, below, (*above, key), rest, value)
    return {**here, key: inner}, path


def _opened(here: Any, explicit: Any, above: Path, key: str) -> Any:
    """Give the table or the array in which something is to be set."""
    if isinstance(here, dict | list):
        return here
    if isinstance(explicit, dict | list) and (explicit or here is None):
        return explicit
    if here is None:
        return [] if key == "0" else {}
    raise ValueError(f"{dotted(above)}: is {here!r}, in which there is no {key!r} to set; replace it as a whole")


def _position(array: list[Any], above: Path, key: str) -> int:
    """Read the number of an element, or of the one that would be appended."""
    end = len(array)
    is_number = re.fullmatch(r"[0-9]{1,9}", key)
    if is_number and int(key) <= end:
        return int(key)
    there = ("is empty", "has element 0", f"has elements 0 to {end - 1}")[min(end, 2)]
    wrong = f"there is no element {key}" if is_number else f"an array, where {key!r} is no number of an element"
    raise ValueError(f"{dotted(above)}: {wrong}: it {there}, and {end} appends one")
