"""The reader of searches: a tune file, or a scenario with options, to what is searched."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.errors.messages import Layer, ScenarioError, form_diagnostic, locate
from evosim.scenario.loading.load import find_base, find_scenario, read_tables, read_text
from evosim.scenario.loading.overrides import parse_override
from evosim.sweeps.schema import flattened
from evosim.sweeps.toml_values import split_values
from evosim.sweeps.tuning.schema import TuneFile
from evosim.sweeps.tuning.space import Space, space_of

RANGE = re.compile(r"\s*(\S+?)\s*\.\.\s*(\S+?)\s*(?::(log|whole))?\s*")


class TuneOptions(NamedTuple):
    """What the command line says of a search."""

    ranges: Sequence[str] = ()  # KEY=LOW..HIGH, KEY=LOW..HIGH:log, :whole, or KEY=A,B,C
    objectives: Sequence[str] = ()  # NAME, NAME:max or NAME:min
    overrides: Sequence[str] = ()
    given: dict[str, Any] = {}  # noqa: RUF012 - never changed: trials, seeds and the like, as in a file


def load_search(source: str, options: TuneOptions) -> tuple[TuneFile, Space]:
    """Read a search from a tune file, or from a scenario and options, and check all that it can ask for.

    Raises:
        ScenarioError: nothing to read, or something is wrong with the file or with a scenario of its space.
        ValueError: an option is wrong, or nothing is searched.
    """
    path = Path(source)
    tables: dict[str, Any] = {}
    if path.is_file():
        text = read_text(path, source)
        if re.search(r"(?m)^\s*scenario\s*=", text):
            tables = read_tables(text, source)
    scenario: Path | str = source
    if tables:
        try:
            scenario = find_base(str(tables.get("scenario", "")), path.parent)
        except ScenarioError as error:
            raise ScenarioError(
                locate([Diagnostic(("scenario",), error.diagnostics[0].what)], [Layer(source, text)])
            ) from None
    else:
        text = ""
        find_scenario(source)
        tables = {"schema": 1, "scenario": source}
    asked = _with_options(_flat(tables), options)
    if not asked["objectives"]:
        raise ValueError(f"{source}: no objective; name one by --objective NAME, or in [objectives] of a tune file")
    try:
        file = TuneFile.model_validate(asked)
    except ValidationError as error:
        found = [form_diagnostic(each, TuneFile) for each in error.errors(include_url=False)]
        if not text:
            raise ValueError("; ".join(f"{'.'.join(map(str, each.where))}: {each.what}" for each in found)) from None
        raise ScenarioError(locate(found, [Layer(source, text)])) from None
    space = space_of(file, str(scenario))
    space.check()
    return file, space


def _flat(tables: dict[str, Any]) -> dict[str, Any]:
    """Return the tables of a file with dotted keys in those that are by the keys of a scenario or of a table."""
    leaves = {
        "ranges": lambda table: "from" in table or "to" in table,
        "choices": lambda _: False,
        "objectives": lambda _: False,
    }
    found = dict(tables)
    for name, is_leaf in leaves.items():
        if isinstance(found.get(name), dict):
            found[name] = {".".join(path): value for path, value in flattened(found[name], is_leaf)}
    return found


def _with_options(tables: dict[str, Any], options: TuneOptions) -> dict[str, Any]:
    """Return what a file says with options over it.

    Raises:
        ValueError: one can't be read.
    """
    asked = {**tables, **options.given}
    ranges, choices = dict(asked.get("ranges", {})), dict(asked.get("choices", {}))
    for option in options.ranges:
        key, equals, text = option.partition("=")
        if not equals or not text.strip():
            raise ValueError(f"--range {option}: expected KEY=LOW..HIGH, KEY=LOW..HIGH:log, :whole, or KEY=A,B,C")
        if (match := RANGE.fullmatch(text)) is not None:
            try:
                low, high = float(match[1]), float(match[2])
            except ValueError:
                raise ValueError(f"--range {option}: {match[1]} and {match[2]} are to be numbers") from None
            ranges[key.strip()] = {"from": low, "to": high} | (
                {"scale": "log"} if match[3] == "log" else {"whole": True} if match[3] == "whole" else {}
            )
        else:
            choices[key.strip()] = [parse_override(f"{key}={part.strip()}")[1] for part in split_values(text)]
    objectives = dict(asked.get("objectives", {}))
    for each in options.objectives:
        name, _, direction = each.partition(":")
        if direction not in ("", "max", "min"):
            raise ValueError(f"--objective {each}: expected NAME, NAME:max or NAME:min")
        objectives[name] = "minimize" if direction == "min" else "maximize"
    return {
        **asked, "ranges": ranges, "choices": choices, "objectives": objectives,
        "set": [*asked.get("set", []), *options.overrides],
    }  # fmt: skip
