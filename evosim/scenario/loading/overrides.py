"""Overriding: values that `--set` gives, put into what a scenario's files say."""

import json
import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from evosim.scenario.errors.messages import Layer, LocatedDiagnostic, Path, dotted, models_in
from evosim.scenario.loading.reach import refuse_idle_world, refuse_operator_without_use
from evosim.scenario.loading.resolve import (
    ANY,
    OF_ALL_KINDS,
    SECTIONS,
    Alternatives,
    Sections,
    leave_behind,
    other_length,
    outdated,
    refuse_deep_keys,
    resolve,
)
from evosim.scenario.loading.spelling import refuse_misspelt_name
from evosim.scenario.schema.defaults import UNSAID_ENVIRONMENTS
from evosim.scenario.schema.evolution import Crossover, Mutation, Selection
from evosim.scenario.schema.layouts import Layout
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import Placement, kind_of

CHOICES = {
    "selection": Selection,
    "crossover": Crossover,
    "mutation": Mutation,
    "layout": Layout,
    "start": Placement,
    "place": Placement,
}  # tables that are of one kind or of another, by their keys
NO_ASSIGNMENT = "expected KEY=VALUE, as in evolution.population=1000"


class Overridden(NamedTuple):
    """What is asked for with all overrides put in."""

    asked: dict[str, Any]
    options: list[Layer]  # what the overrides set
    diagnostics: list[LocatedDiagnostic]  # of those that fit nowhere
    left: set[Path]  # of the files' keys, those that have no use any more


def overridden(asked: dict[str, Any], overrides: Sequence[str]) -> Overridden:
    """Return what the files say with overrides put into it, in order.

    Another algorithm, operator or kind leaves behind what only the old one had a use for.
    """
    options, diagnostics = [], []
    algorithm = _algorithm(overrides)
    left = outdated(asked, algorithm)
    asked = leave_behind(asked, left)
    explicit = resolve(asked)
    without: set[Path] = {("evolution", key) for key in left}
    said = asked
    for override in overrides:
        with suppress(ValueError):
            asked, superfluous = _of_another_kind(asked, *parse_override(override))
            without |= superfluous
    for override in overrides:
        source = option_of(override)
        with suppress(ValidationError):  # where it can't be read, the explicit form from before will do
            explicit = Scenario.model_validate(resolve(asked)).model_dump(mode="json")
        try:
            keys, value = parse_override(override)
            if keys == ("seed",):
                what = "a scenario has no seed: use --seed"
                diagnostics.append(LocatedDiagnostic(source, None, None, "", what))
                continue
            refuse_misspelt_name(asked, keys)
            asked = _with_measures_by_name(leave_behind(asked, other_length(asked, keys)), keys)
            refuse_operator_without_use(asked, algorithm, keys, value)
            changed, path = put(asked, explicit, keys, value)
            refuse_idle_world(said if keys[-1] == "kind" else asked, changed, keys)  # a kind is in its place by now
            asked = changed
            options.append(Layer(source, "", path))
        except ValueError as error:
            diagnostics.append(LocatedDiagnostic(source, None, None, "", str(error)))
    return Overridden(asked, options, diagnostics, without)


def option_of(override: str) -> str:
    """Return what an override is called in messages: the option that gives it."""
    added = re.fullmatch(r"measure\.own\.([\w-]+)=\{\}", override)
    return f"--measure {added[1]}" if added else f"--set {override}"


def _with_measures_by_name(asked: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return what is asked for with measures of one's own that are a list as a table, if one is set by its name."""
    measure = asked.get("measure")
    own = measure.get("own") if isinstance(measure, dict) else None
    if keys[:2] != ("measure", "own") or len(keys) < 3 or not isinstance(own, list):
        return asked
    if keys[2].isdigit() or not all(isinstance(name, str) for name in own):
        return asked
    return {**asked, "measure": {**asked["measure"], "own": {name: {} for name in own}}}


def _of_another_kind(asked: dict[str, Any], keys: tuple[str, ...], value: Any) -> tuple[dict[str, Any], set[Path]]:
    """Return what is asked for with a table prepared for another operator or kind, and the paths that were dropped.

    A table that an environment inherits becomes its own: nothing else of it would be of use.
    """
    *above, key = keys
    table: Any = asked
    for part in above:
        table = table.get(part, {}) if isinstance(table, dict) else None
    if key == "kind" and isinstance(table, dict) and tuple(above) == ("world",):
        known = set(table) if value == kind_of(table) else {*OF_ALL_KINDS}
    else:
        fields = known_beside(above[-1] if above else "", key, value)
        if fields is None or not isinstance(table, dict) or table.get(key) == value:
            return asked, set()
        known = fields
    if set(table) <= {*known, key} and (table or above[0] != "environments"):
        return asked, set()
    kept = {name: each for name, each in table.items() if name in known} | {key: value}
    changed, path = put(asked, {}, tuple(above), kept)
    return changed, {(*path, name) for name in table if name not in kept}


def known_beside(table: str, key: str, value: Any) -> set[str] | None:
    """Return the fields of a table beside this operator or kind, or None if there is no such choice."""
    if key not in ("operator", "kind") or not isinstance(value, str):
        return None
    for model in models_in(CHOICES.get(table)):
        field = model.model_fields.get(key)
        chosen = get_args(field.annotation) if field else ()
        if value in chosen or (field and not chosen and value.startswith("deap.")):
            return set(model.model_fields)
    return None


def _algorithm(overrides: Sequence[str]) -> Any:
    """Return the base optimizer that overrides choose, or None."""
    chosen = None
    for override in overrides:
        with suppress(ValueError):
            keys, value = parse_override(override)
            chosen = value if keys == ("evolution", "algorithm") else chosen
    return chosen


def parse_override(override: str) -> tuple[tuple[str, ...], Any]:
    """Read `key.path=value` as the path and the value; a bare word counts as a string, `[0]` in the path as `.0`.

    Raises:
        ValueError: it is not an assignment, or more than one.
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
    """Return the tables of an assignment.

    Raises:
        ValueError: it isn't valid TOML.
    """
    try:
        return tomllib.loads(assignment)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        what = re.sub(r" \(at .*\)$", "", str(error))
        raise ValueError(f"not TOML: {what[0].lower()}{what[1:]}; {NO_ASSIGNMENT}") from None


def put(asked: dict[str, Any], explicit: Any, keys: tuple[str, ...], value: Any) -> tuple[dict[str, Any], Path]:
    """Return what is asked for with one value replaced, and its path, in which positions are numbers.

    A number chooses an element of an array, and one past the end appends one. Of a table or an array
    that the files leave unsaid, what is not named stays as it is in the explicit form.

    Raises:
        ValueError: the keys lead into an array by a word or beyond its end, or into what is not a table.
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
    if isinstance(below, Alternatives):
        if not rest and isinstance(value, dict):
            value = below.changed(here.get(key, known), value)
        below = None
    inner, path = _put(here.get(key), known, below, (*above, key), rest, value)
    return {**here, key: inner}, path


def _opened(here: Any, explicit: Any, above: Path, key: str) -> Any:
    """Return the table or the array in which something is to be set.

    Raises:
        ValueError: what stands there is neither.
    """
    if isinstance(here, dict | list):
        return here
    if isinstance(explicit, dict | list) and (explicit or here is None):
        return explicit
    if here is None:
        return [] if key == "0" else {}
    raise ValueError(f"{dotted(above)}: is {here!r}, in which there is no {key!r} to set; replace it as a whole")


def _position(array: list[Any], above: Path, key: str) -> int:
    """Return the number of an element, or of the one that would be appended.

    Raises:
        ValueError: there is no such element.
    """
    end = len(array)
    is_number = re.fullmatch(r"[0-9]{1,9}", key)
    if is_number and int(key) <= end:
        return int(key)
    there = ("is empty", "has element 0", f"has elements 0 to {end - 1}")[min(end, 2)]
    wrong = f"there is no element {key}" if is_number else f"an array, where {key!r} is not the index of an element"
    raise ValueError(f"{dotted(above)}: {wrong}: it {there}, and {end} appends one")
