"""The reader: a scenario file, with overrides, to a `Scenario`, or all its diagnostics with their source positions."""

import codecs
import hashlib
import io
import json
import os
import re
import tomllib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.errors.messages import (
    Layer,
    LocatedDiagnostic,
    ScenarioError,
    form_diagnostic,
    locate,
    syntax_diagnostic,
    without_text,
)
from evosim.scenario.loading.founder_tables import anchored, with_founders
from evosim.scenario.loading.overrides import overridden
from evosim.scenario.loading.recovery import form_diagnostics, rule_diagnostics
from evosim.scenario.loading.resolve import extend, refuse_deep_keys, resolve
from evosim.scenario.loading.spelling import (
    idle_environments,
    misspelt_objects,
    misspelt_outcomes,
    misspelt_places,
    with_features,
)
from evosim.scenario.loading.unset import UNSET, blamed_unsets, unset_keys, without
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.plugins import measure_diagnostics, plugin_diagnostics, unknown_measures, unknown_worlds
from evosim.scenario.validation.rules import diagnostics
from evosim.system.near_paths import near_path, suggest_path

LARGEST_FILE = 1_000_000  # bytes; a scenario is a page
DATABASE = b"SQLite format 3\0"  # how a run file begins
LONGEST_CHAIN = 8  # of scenarios that extend each other


def load_scenario(source: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario from a path, by the name of one that is shipped (`"red_doors"`), or from standard input (`"-"`).

    `overrides` are TOML assignments such as `"evolution.population=1000"`, checked like the file.

    Raises:
        ScenarioError: nothing to read, or something is wrong with it.
    """
    if source == "-":
        return _parse(read_text(0, "standard input"), "standard input", Path(), "scenario", overrides)
    path = find_scenario(source)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).lstrip(".-") or "scenario"
    return _parse(read_text(path, str(path)), str(path), path, name, overrides)


def parse_scenario(
    text: str, *, source: str = "scenario", name: str = "scenario", overrides: Sequence[str] = ()
) -> Scenario:
    """Read a scenario from TOML text; `source` and `name` are what messages and runs call it.

    Raises:
        ScenarioError: something is wrong with it: all diagnostics, of form and of rules.
    """
    return _parse(text, source, Path(), name, overrides)


def find_scenario(source: str | Path) -> Path:
    """Return the path of a scenario file, or of a shipped scenario by its name.

    Raises:
        ScenarioError: it is a folder, or neither a file nor a shipped scenario.
    """
    import scenarios

    path = Path(source)
    if path.suffix == ".toml" or path.is_file() or len(path.parts) != 1:
        return path
    shipped = scenarios.paths()
    if path.is_dir() and path.name not in shipped:
        raise ScenarioError([LocatedDiagnostic(str(source), None, None, "", "a folder, not a scenario")])
    if path.name not in shipped:
        what = f"neither a file nor a shipped scenario; {_suggest_scenario(path.name, Path())}"
        raise ScenarioError([LocatedDiagnostic(str(source), None, None, "", what)])
    return shipped[path.name]


def find_base(base: str, beside: Path) -> Path:
    """Return the path of a scenario that one extends, relative to the folder `beside` which that lies.

    A scenario may come from a stranger, and messages quote what is wrong. So nothing is read but what is a scenario by
    its name: `extends = "/etc/passwd"` would quote its first line.

    Raises:
        ScenarioError: it is neither a path that ends in .toml nor the name of a shipped scenario.
    """
    import scenarios

    if "\0" in base:
        raise ScenarioError([LocatedDiagnostic(base, None, None, "", "not the path of a file")])
    if base.endswith(".toml") and os.path.realpath(beside / base).endswith(".toml"):
        return beside / base
    shipped = scenarios.paths()
    if base not in shipped:
        suggestion = f"; {_suggest_scenario(base, beside)}" if len(Path(base).parts) == 1 else ""
        what = f"neither a file whose name ends in .toml nor a shipped scenario{suggestion}"
        raise ScenarioError([LocatedDiagnostic(base, None, None, "", what)])
    return shipped[base]


def _suggest_scenario(name: str, beside: Path) -> str:
    """Return a suggestion for the name of a scenario: a file, or one that is shipped."""
    import scenarios

    file, shipped = beside / f"{name}.toml", suggest(name, list(scenarios.paths()))
    near = file if file.is_file() or shipped.startswith("did you mean") else near_path(file, _is_scenario)
    return f"did you mean {near.name!r}?" if near is not None and near.is_file() else shipped


def _is_scenario(path: Path) -> bool:
    """Whether there is a file that has the name of a scenario's."""
    return path.suffix == ".toml" and path.is_file()


def _suggest_file(path: Path) -> str:
    """Return a suggestion for the path of a scenario that isn't there: another file, or one that is shipped."""
    import scenarios

    shipped = suggest(path.stem, list(scenarios.paths())) if len(path.parts) == 1 else ""
    near = suggest_path(path, _is_scenario)
    return near or (shipped if shipped.startswith("did you mean") else "")


def read_text(file: Path | int, source: str) -> str:
    """Return the text of a file, by its path or its number.

    Raises:
        ScenarioError: it can't be read, is not text, or is longer than a scenario may be.
    """
    try:
        with open(file, "rb", closefd=file != 0) as opened:
            content = opened.read(LARGEST_FILE + 1)
        if content.startswith(DATABASE):
            what = "a run or another database, not a scenario; `evosim show` says what a run is"
        elif len(content) > LARGEST_FILE:
            what = f"larger than {LARGEST_FILE:,} bytes"
        else:
            return io.StringIO(content.decode("utf-8-sig"), newline=None).read()
    except UnicodeDecodeError as error:
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        what = "UTF-16 text; save it as UTF-8" if wide else f"not UTF-8 text (byte {error.start})"
    except OSError as error:
        what = (error.strerror or str(error)).lower()
        if isinstance(error, FileNotFoundError) and isinstance(file, Path) and (near := _suggest_file(file)):
            what += f"; {near}"
    raise ScenarioError([LocatedDiagnostic(source, None, None, "", what)])


def read_tables(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises:
        ScenarioError: it isn't valid TOML, or nested too deeply.
    """
    try:
        refuse_deep_keys(text)
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError([syntax_diagnostic(source, text, error)]) from None


def _parse(text: str, source: str, path: Path, name: str, overrides: Sequence[str]) -> Scenario:
    """Return the scenario of a text with overrides.

    Raises:
        ScenarioError: something is wrong with it.
    """
    layers = [Layer(source, text)]
    asked = {"name": name, **_extended(read_tables(text, source), path, layers)}
    said = asked
    asked, options, misplaced, left = overridden(asked, overrides)
    scenario, found = check(asked)
    if options:
        found += idle_environments(resolve(asked), resolve(said))
    if found or misplaced or scenario is None:
        in_files = check(said)[1] if options else []
        kept = partial(_checked_with, text, source, path, name, overrides)
        blamed = blamed_unsets(found, layers, kept)
        raise ScenarioError([*misplaced, *locate(found, [*layers, *options], in_files, left, blamed)])
    return scenario


def _checked_with(
    text: str, source: str, path: Path, name: str, overrides: Sequence[str], kept: tuple[int, tuple[str | int, ...]]
) -> list[Diagnostic] | None:
    """Return the diagnostics of a scenario if one file, by its number, left a key in place; None if it is malformed."""
    try:
        asked = {"name": name, **_extended(read_tables(text, source), path, [Layer(source, text)], kept)}
    except ScenarioError:
        return None
    scenario, found = check(overridden(asked, overrides).asked)
    return None if scenario is None else found


def check(asked: dict[str, Any]) -> tuple[Scenario | None, list[Diagnostic]]:
    """Return the scenario that is asked for, unless its form is wrong, and all diagnostics."""
    strange = [*misspelt_objects(asked), *misspelt_places(asked)]
    whole, unread = with_founders(with_features(resolve(asked), strange))
    strange += unread
    strange += misspelt_outcomes(asked)
    scenario: Scenario | None = None
    try:
        scenario = Scenario.model_validate(whole)
        found = [*strange, *diagnostics(scenario)]
    except ValidationError as error:
        found = strange + form_diagnostics(whole, error)
        found += rule_diagnostics(whole, error, [diagnostic.where for diagnostic in found])
    unknown = [*unknown_worlds(whole), *unknown_measures(whole)]  # nobody knows what may be said of these
    found = [
        diagnostic for diagnostic in found if not any(diagnostic.where[: len(where)] == where for where in unknown)
    ]
    reported = {diagnostic.where for diagnostic in found}
    of_plugins = [*plugin_diagnostics(whole, scenario), *measure_diagnostics(whole, scenario)]
    return scenario, [*found, *(each for each in of_plugins if each.where not in reported)]


def _extended(
    asked: dict[str, Any], path: Path, layers: list[Layer], kept: tuple[int, tuple[str | int, ...]] | None = None
) -> dict[str, Any]:
    """Return a scenario put over the one that it extends, and append the texts to `layers`.

    With `kept`, the layer of this number leaves a key in place that it unsets.

    Raises:
        ScenarioError: what it extends can't be read, or extends too many others.
    """
    asked = anchored(asked, path.parent)
    here, (unset, wrong) = layers[-1], unset_keys(asked)
    if wrong:
        raise ScenarioError(locate(wrong, [here]))
    if "extends" not in asked:
        return {key: value for key, value in asked.items() if key != UNSET}
    base, layers[-1] = asked["extends"], here._replace(unset=unset)
    what = ""
    if not isinstance(base, str) or not base:
        what = f"expected the path of a scenario, or the name of one that is shipped, got {base!r}"
    elif len(layers) >= LONGEST_CHAIN:
        what = f"a chain of more than {LONGEST_CHAIN} scenarios; does one extend itself?"
    if what:
        raise ScenarioError(locate([Diagnostic(("extends",), what)], [here]))
    try:
        found = find_base(base, path.parent)
        if found.exists() and not found.is_file():  # a pipe has nothing to say until somebody speaks
            raise ScenarioError([LocatedDiagnostic(str(found), None, None, "", "not a regular file")])
        text = read_text(found, str(found))
    except ScenarioError as error:
        what = error.diagnostics[0].what
        raise ScenarioError(locate([Diagnostic(("extends",), f"{base}: {what}")], [here])) from None
    removed = {key: where for key, where in unset.items() if (len(layers) - 1, key) != kept}
    layers.append(Layer(str(found), text))
    below, wrong = without(_extended(read_tables(text, str(found)), found, layers, kept), removed)
    if wrong:
        raise ScenarioError(locate(wrong, [here]))
    return extend(below, {key: value for key, value in asked.items() if key not in ("extends", UNSET)})


def scenario_to_json(scenario: Scenario) -> str:
    """Write the explicit form as JSON: same scenario, same text.

    Objects and features keep their order, for it numbers them, and the lower number wins a tie. A field that the
    schema gains later is `YOUNGER`, and left out while it has its default, so that digests stay.
    """
    return json.dumps(scenario.model_dump(mode="json"), separators=(",", ":"), allow_nan=False)


def scenario_digest(scenario: Scenario, seed: int) -> str:
    """Return the digest of what a run starts from: the seed, and the scenario but for its length and own measures.

    So a run of 50 generations has the digest of the first 50 of a longer one, whatever measures one adds to either.
    """
    return digest_of_start(scenario_to_json(scenario), seed)


def digest_of_start(text: str, seed: int) -> str:
    """Return the digest of a scenario, written as JSON, and a seed, as `scenario_digest` does.

    A run keeps the text that it was started from, in which what a later release added is not said.
    """
    explicit = json.loads(text)
    explicit["evolution"]["generations"] = 1
    explicit["measure"].pop("own", None)
    start = json.dumps(explicit, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(f"{start}\n{seed}".encode()).hexdigest()


def scenario_from_json(text: str, source: str) -> Scenario:
    """Read the explicit form back; it is checked like a file, for it may come from a stranger.

    Raises:
        ScenarioError: it is not a scenario.
    """
    try:
        scenario = Scenario.model_validate(json.loads(text))
        found = list(diagnostics(scenario))
    except ValidationError as error:
        found = [form_diagnostic(e) for e in error.errors(include_url=False)]
    except (ValueError, RecursionError) as error:
        raise ScenarioError([LocatedDiagnostic(source, None, None, "", f"not a scenario: {error}")]) from None
    if found:
        raise ScenarioError(without_text(found, source))
    return scenario
