"""The reader of searches: a tune file, or a scenario with options, to what is searched.

What is wrong is reported where it was written: in the tune file, in the scenario, or in an option.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.errors.messages import Layer, LocatedDiagnostic, ScenarioError, form_diagnostic, locate
from evosim.scenario.loading.load import find_base, find_scenario, read_tables, read_text
from evosim.scenario.loading.overrides import option_of, parse_override
from evosim.sweeps.dotted_keys import Where, is_range, placed, with_dotted_keys
from evosim.sweeps.schema import contradiction_in
from evosim.sweeps.toml_values import split_values
from evosim.sweeps.tuning.schema import TuneFile
from evosim.sweeps.tuning.space import Point, Space, overrides_of

PARTS = {"ranges": dict, "choices": dict, "objectives": dict, "set": list}  # of a file, to which options add
RANGE = re.compile(r"\s*(\S+?)\s*\.\.\s*(\S+?)\s*(?::(log|whole))?\s*")


class TuneOptions(NamedTuple):
    """What the command line says of a search."""

    ranges: Sequence[str] = ()  # KEY=LOW..HIGH, KEY=LOW..HIGH:log, :whole, or KEY=A,B,C
    objectives: Sequence[str] = ()  # NAME, NAME:max or NAME:min
    overrides: Sequence[str] = ()
    given: dict[str, Any] = {}  # noqa: RUF012 - never changed: trials, seeds and the like, as in a file


class WrittenSearch(NamedTuple):
    """A search as it was asked for, and where each part of it stands."""

    layer: Layer  # the text of the tune file; empty if there is none
    scenario: str
    tables: dict[str, Any]
    places: Mapping[Where, Where]  # of each dotted key in the file
    own_set: Sequence[str]  # of the file
    options: Mapping[str, str]  # of each key, the option that gave it

    def located(self, found: Diagnostic) -> LocatedDiagnostic:
        """Return a diagnostic at the option, or at the line, that it is about."""
        option = self.options.get(str(found.where[1])) if len(found.where) > 1 else None
        if option is not None and found.where[0] in ("ranges", "choices"):
            return LocatedDiagnostic(option, None, None, "", found.what)
        return locate([placed(found, self.places)], [self.layer])[0]


def load_search(source: str, options: TuneOptions) -> tuple[TuneFile, Space]:
    """Read a search from a tune file, or from a scenario and options, and check all that it can ask for.

    Raises:
        ScenarioError: nothing to read, or something is wrong with the file, a range or a scenario of the space.
        ValueError: an option is wrong, or nothing is searched.
    """
    written = _with_options(_read(source), options)
    asked = written.tables
    if not asked["objectives"]:
        raise ValueError(f"{source}: no objective; name one by --objective NAME, or in [objectives] of a tune file")
    try:
        file = TuneFile.model_validate(asked)
    except ValidationError as error:
        found = [form_diagnostic(each, TuneFile) for each in error.errors(include_url=False)]
        if not written.layer.text:
            raise ValueError("; ".join(f"{'.'.join(map(str, each.where))}: {each.what}" for each in found)) from None
        raise ScenarioError([written.located(each) for each in found]) from None
    if not (file.ranges or file.choices):
        raise ValueError("nothing is searched: give ranges or choices")
    if wrong := [written.located(each) for each in _contradictions(file)]:
        raise ScenarioError(wrong)
    space = Space(written.scenario, tuple(file.set), file.ranges, file.choices)
    _check(space, written)
    return file, space


def _read(source: str) -> WrittenSearch:
    """Read a tune file, or find a scenario.

    Raises:
        ScenarioError: there is neither, or the file is no TOML.
    """
    path = Path(source)
    text = read_text(path, source) if path.is_file() else ""
    if not re.search(r"(?m)^\s*scenario\s*=", text):
        find_scenario(source)
        return WrittenSearch(Layer(source, ""), source, {"schema": 1, "scenario": source}, {}, (), {})
    asked, layer, places = read_tables(text, source), Layer(source, text), dict[Where, Where]()
    try:
        scenario = find_base(str(asked.get("scenario", "")), path.parent)
    except ScenarioError as error:
        raise ScenarioError(locate([Diagnostic(("scenario",), error.diagnostics[0].what)], [layer])) from None
    if wrong := [
        Diagnostic((name,), f"expected {'an array' if kind is list else 'a table'}")
        for name, kind in PARTS.items()
        if not isinstance(asked.get(name, kind()), kind)
    ]:
        raise ScenarioError(locate(wrong, [layer]))
    asked = with_dotted_keys(asked, ("ranges",), is_range, places)
    for name in ("choices", "objectives"):
        asked = with_dotted_keys(asked, (name,), lambda _: False, places)
    return WrittenSearch(layer, str(scenario), asked, places, asked.get("set", []), {})


def _with_options(written: WrittenSearch, options: TuneOptions) -> WrittenSearch:
    """Return a search with options over it.

    Raises:
        ValueError: one can't be read.
    """
    asked = {**written.tables, **options.given}
    ranges, choices = dict(asked.get("ranges", {})), dict(asked.get("choices", {}))
    given = {}
    for option in options.ranges:
        key, equals, text = option.partition("=")
        key = key.strip()
        if not equals or not text.strip():
            raise ValueError(f"--range {option}: expected KEY=LOW..HIGH, KEY=LOW..HIGH:log, :whole, or KEY=A,B,C")
        given[key] = f"--range {option}"
        for table in (ranges, choices):
            table.pop(key, None)
        if (match := RANGE.fullmatch(text)) is not None:
            ranges[key] = _range_of(option, *match.groups())
        else:
            choices[key] = [parse_override(f"{key}={part.strip()}")[1] for part in split_values(text)]
    objectives = dict(asked.get("objectives", {}))
    for each in options.objectives:
        name, _, direction = each.partition(":")
        if direction not in ("", "max", "min"):
            raise ValueError(f"--objective {each}: expected NAME, NAME:max or NAME:min")
        objectives[name] = "minimize" if direction == "min" else "maximize"
    tables = {
        **asked, "ranges": ranges, "choices": choices, "objectives": objectives,
        "set": [*asked.get("set", []), *options.overrides],
    }  # fmt: skip
    return written._replace(tables=tables, options=given)


def _range_of(option: str, low: str, high: str, how: str | None) -> dict[str, Any]:
    """Return the range that an option gives, as a file would.

    Raises:
        ValueError: its ends are no numbers.
    """
    try:
        ends = {"from": float(low), "to": float(high)}
    except ValueError:
        raise ValueError(f"--range {option}: {low} and {high} are to be numbers") from None
    return ends | ({"scale": "log"} if how == "log" else {"whole": True} if how == "whole" else {})


def _contradictions(file: TuneFile) -> Iterator[Diagnostic]:
    """Yield what is wrong between the parts of a tune file."""
    for key, each in file.ranges.items():
        if (wrong := contradiction_in(each)) is not None:
            yield wrong._replace(where=("ranges", key, *wrong.where))
        if key in file.choices:
            yield Diagnostic(("choices", key), "has a range as well; it can have one of them")


def _check(space: Space, written: WrittenSearch) -> None:
    """Check that the scenario is valid as it is, and with the ends of each range and each choice, one at a time.

    Raises:
        ScenarioError: it isn't.
    """
    _blaming(space, written, {}, ())
    found: dict[LocatedDiagnostic, None] = {}
    for key, which, point in space.ends():
        try:
            _blaming(space, written, point, ("ranges" if isinstance(which, str) else "choices", key, which))
        except ScenarioError as error:
            found |= dict.fromkeys(error.diagnostics)
    if found:
        raise ScenarioError(list(found))


def _blaming(space: Space, written: WrittenSearch, point: Point, where: Where) -> None:
    """Read the scenario of a point; what is wrong with a value of it, or of `set`, is said where that stands.

    Raises:
        ScenarioError: it is invalid.
    """
    stands: dict[str, Where] = {option_of(each): ("set", i) for i, each in enumerate(written.own_set)}
    stands |= {option_of(each): where for each in overrides_of(point)}
    try:
        space.scenario_at(point)
    except ScenarioError as error:
        raise ScenarioError([
            written.located(Diagnostic(stands[each.source], f"{each.where}: {each.what}" if each.where else each.what))
            if each.source in stands else each
            for each in error.diagnostics
        ]) from None  # fmt: skip
