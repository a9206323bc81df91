"""The reader: a scenario file, with overrides, to a complete `Scenario`, or all its mistakes with their places."""

import hashlib
import io
import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evosim.scenario.complaints import (
    Complaint,
    Layer,
    ScenarioError,
    complaints_of,
    form_mistake,
    plain_complaints,
    syntax_complaint,
)
from evosim.scenario.completing import complete, extend, parse_override, put, refuse_deep_keys
from evosim.scenario.meaning import Mistake, mistakes, suggest
from evosim.scenario.mending import meaning_beside
from evosim.scenario.schema import Scenario

LARGEST_FILE = 1_000_000  # bytes; a scenario is a page
LONGEST_CHAIN = 8  # of scenarios that extend each other


def load_scenario(source: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario from a path, or by the name of one that is shipped (`"red_doors"`).

    `overrides` are TOML assignments such as `"evolution.population=1000"`, checked like the file.

    Raises:
        ScenarioError: nothing to read, or mistakes in it.
    """
    path = find_scenario(source)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).lstrip(".-") or "scenario"
    return _parse(_read(path), str(path), path, name, overrides)


def parse_scenario(
    text: str, *, source: str = "scenario", name: str = "scenario", overrides: Sequence[str] = ()
) -> Scenario:
    """Read a scenario from TOML text; `source` and `name` are what messages and runs call it.

    Raises:
        ScenarioError: all mistakes, of form and of meaning.
    """
    return _parse(text, source, Path(), name, overrides)


def find_scenario(source: str | Path) -> Path:
    """Give the path of a scenario file, or of a shipped scenario by its name."""
    import scenarios

    path = Path(source)
    if path.suffix == ".toml" or path.is_file() or len(path.parts) != 1:
        return path
    shipped = scenarios.paths()
    if path.name not in shipped:
        what = f"neither a file nor a shipped scenario; {suggest(path.name, list(shipped))}"
        raise ScenarioError([Complaint(str(source), None, None, "", what)])
    return shipped[path.name]


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)  # it may be a pipe, or a device that has no end
        if len(data) > LARGEST_FILE:
            raise ScenarioError([Complaint(str(path), None, None, "", f"larger than {LARGEST_FILE:,} bytes")])
        return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        complaint = Complaint(str(path), None, None, "", f"not UTF-8 text (byte {error.start})")
        raise ScenarioError([complaint]) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ScenarioError([Complaint(str(path), None, None, "", reason)]) from None


def _tables(text: str, source: str) -> dict[str, Any]:
    try:
        refuse_deep_keys(text)
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError([syntax_complaint(source, text, error)]) from None


def _parse(text: str, source: str, path: Path, name: str, overrides: Sequence[str]) -> Scenario:
    layers = [Layer(source, text)]
    asked = _extended(_tables(text, source), path, layers)
    for override in overrides:
        option = f"--set {override}"
        try:
            keys, value = parse_override(override)
        except ValueError as error:
            raise ScenarioError([Complaint(option, None, None, "", str(error))]) from None
        layers.append(Layer(option, "", keys))
        asked = put(asked, keys, value)
    whole = complete({"name": name, **asked})
    found: list[Mistake]
    try:
        scenario = Scenario.model_validate(whole)
        found = list(mistakes(scenario))
    except ValidationError as error:
        found = [form_mistake(e) for e in error.errors(include_url=False)]
        found += meaning_beside(whole, error, [mistake.where for mistake in found])
    if found:
        raise ScenarioError(complaints_of(found, layers))
    return scenario


def _extended(asked: dict[str, Any], path: Path, layers: list[Layer]) -> dict[str, Any]:
    """Put what a scenario says over the scenario that it extends, and note the texts."""
    if "extends" not in asked:
        return asked
    base = asked["extends"]
    here = layers[-1]
    what = ""
    if not isinstance(base, str):
        what = f"expected the path of a scenario, or the name of one that is shipped, got {base!r}"
    elif len(layers) >= LONGEST_CHAIN:
        what = f"a chain of more than {LONGEST_CHAIN} scenarios; does one extend itself?"
    if what:
        raise ScenarioError(complaints_of([Mistake(("extends",), what)], [here]))
    try:
        found = find_scenario(path.parent / base if base.endswith(".toml") else base)
        if found.exists() and not found.is_file():
            raise ScenarioError([Complaint(str(found), None, None, "", "no plain file")])
        text = _read(found)
    except ScenarioError as error:
        what = error.complaints[0].what
        raise ScenarioError(complaints_of([Mistake(("extends",), f"{base}: {what}")], [here])) from None
    layers.append(Layer(str(found), text))
    below = _extended(_tables(text, str(found)), found, layers)
    return extend(below, {key: value for key, value in asked.items() if key != "extends"})


def scenario_to_json(scenario: Scenario) -> str:
    """Write the explicit form as JSON: same scenario, same text.

    Objects and features keep their order, for it numbers them, and the lower number wins a tie.
    """
    return json.dumps(scenario.model_dump(mode="json"), separators=(",", ":"), allow_nan=False)


def scenario_digest(scenario: Scenario, seed: int) -> str:
    """Digest what a run starts from: the scenario but for its length, and the seed.

    So a run of 50 generations has the digest of the first 50 of a longer one.
    """
    evolution = scenario.evolution.model_copy(update={"generations": 1})
    text = scenario_to_json(scenario.model_copy(update={"evolution": evolution}))
    return hashlib.sha256(f"{text}\n{seed}".encode()).hexdigest()


def scenario_from_json(text: str, source: str) -> Scenario:
    """Read the explicit form back; it is checked like a file, for it may come from a stranger.

    Raises:
        ScenarioError: it is not a scenario.
    """
    try:
        scenario = Scenario.model_validate(json.loads(text))
        found = list(mistakes(scenario))
    except ValidationError as error:
        found = [form_mistake(e) for e in error.errors(include_url=False)]
    except (ValueError, RecursionError) as error:
        raise ScenarioError([Complaint(source, None, None, "", f"not a scenario: {error}")]) from None
    if found:
        raise ScenarioError(plain_complaints(found, source))
    return scenario
