"""The reader of sweeps: a sweep file or a scenario, with options of the command line, to a plan, or its diagnostics.

Every condition is checked as `evosim validate` checks a scenario, before anything is run. What is wrong is reported
where it was written: in the sweep file, in the scenario, or in an option.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from evosim.scenario import Scenario
from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.errors.messages import (
    Layer,
    LocatedDiagnostic,
    ScenarioError,
    form_diagnostic,
    locate,
)
from evosim.scenario.loading.load import find_base, find_scenario, load_scenario, parse_scenario, read_tables, read_text
from evosim.scenario.loading.overrides import option_of, parse_override
from evosim.scenario.toml_values import toml_value
from evosim.sweeps.dotted_keys import Where, is_range, placed, with_dotted_keys
from evosim.sweeps.plan import Axis, Condition, Plan, combinations, hypercube_axis
from evosim.sweeps.schema import MOST_CELLS, SweepFile, contradiction_in, most_points, parse_seeds
from evosim.sweeps.toml_values import split_values

EXPECTED = "expected KEY=VALUE,VALUE,…, as in evolution.mutation.rate=0.05,0.1,0.2"


class SweepOptions(NamedTuple):
    """What the command line says of a sweep."""

    over: Sequence[str] = ()  # KEY=VALUE,VALUE,…: axes of the grid
    overrides: Sequence[str] = ()  # KEY=VALUE: of every condition
    seeds: str | None = None


class Written(NamedTuple):
    """A sweep as it was asked for, and where each part of it stands."""

    file: SweepFile
    layer: Layer  # the text of the sweep file; empty if there is none
    scenario: str | Path  # to be loaded
    overrides: list[tuple[str, Where | None]]  # with where they stand in the file; None: options
    axes: list[Axis]
    places: dict[str, Where]  # of each axis's key in the file; of options none
    over: dict[str, str]  # of each axis's key, the option that gave it


def load_sweep(source: str | Path, options: SweepOptions | None = None) -> Plan:
    """Read a sweep from a sweep file, from the name of one that is shipped, or from a scenario and options.

    Raises:
        ScenarioError: nothing to read, or something is wrong with it or with one of its conditions.
        ValueError: an option is wrong.
    """
    options = options or SweepOptions()
    written = _written_in(source, options) if (path := sweep_path(source)) is None else _read_sweep(path, options)
    count = len(written.file.seeds)
    for axis in written.axes:
        count *= len(axis.rows)
    if count > MOST_CELLS:
        raise ValueError(f"{source}: {count:,} cells; a sweep has at most {MOST_CELLS:,}")
    conditions = _conditions(written)
    first = conditions[0].scenario
    return Plan(
        written.file.title or first.title, written.file.question or first.question, first.name, tuple(written.axes),
        tuple(written.file.seeds), tuple(conditions), changes=tuple(text for text, _ in written.overrides),
    )  # fmt: skip


def sweep_path(source: str | Path) -> Path | None:
    """Return the path of a sweep file; None if the source is a scenario."""
    import scenarios

    shipped = scenarios.sweep_paths()
    if str(source) in shipped and not Path(source).is_file():
        return shipped[str(source)]
    path = Path(source)
    if str(source) == "-" or not path.is_file():
        return None
    try:
        tables = read_tables(read_text(path, str(path)), str(path))
    except ScenarioError:
        return path if re.search(r"(?m)^\s*scenario\s*=", path.read_text(errors="replace")) else None
    return path if "scenario" in tables else None


def _written_in(source: str | Path, options: SweepOptions) -> Written:
    """Return the sweep that options ask for, of a scenario."""
    if options.seeds is None:
        raise ValueError(f"{source}: a scenario, so --seeds is needed, such as --seeds 1-20")
    if str(source) != "-":
        find_scenario(source)
    file = SweepFile.model_validate({"schema": 1, "scenario": str(source), "seeds": parse_seeds(options.seeds)})
    axes, over = _axes_of(options.over)
    return Written(file, Layer(str(source), ""), source, [(each, None) for each in options.overrides], axes, {}, over)


def _read_sweep(path: Path, options: SweepOptions) -> Written:
    """Read a sweep file, and put options over it: an axis of the same key is replaced, seeds are, others are added.

    Raises:
        ScenarioError: something is wrong with the file.
    """
    text = read_text(path, str(path))
    layer = Layer(str(path), text)
    asked = read_tables(text, str(path))
    places: dict[Where, Where] = {}
    is_list: Callable[[Any], bool] = lambda _: False  # noqa: E731 - axes are arrays: tables are paths to them
    asked = with_dotted_keys(asked, ("grid",), is_list, places)
    asked = with_dotted_keys(asked, ("zip",), is_list, places)
    asked = with_dotted_keys(asked, ("latin_hypercube", "ranges"), is_range, places)
    try:
        file = SweepFile.model_validate(asked)
    except ValidationError as error:
        found = [form_diagnostic(each, SweepFile) for each in error.errors(include_url=False)]
        found = [placed(each, places) for each in found]
        raise ScenarioError(locate(found, [layer])) from None
    if found := [placed(each, places) for each in _contradictions(file)]:
        raise ScenarioError(locate(found, [layer]))
    try:
        scenario = find_base(file.scenario, path.parent)
    except ScenarioError as error:
        raise ScenarioError(locate([Diagnostic(("scenario",), error.diagnostics[0].what)], [layer])) from None
    if options.seeds is not None:
        file = file.model_copy(update={"seeds": parse_seeds(options.seeds)})
    axes, over = _axes_of(options.over)
    axes = _replaced(_axes_in(file), axes)
    keys = {key: places.get((*where, key), (*where, key)) for where, table in (
        (("grid",), file.grid), (("zip",), file.zip),
        (("latin_hypercube", "ranges"), file.latin_hypercube.ranges if file.latin_hypercube else {}),
    ) for key in table if key not in over}  # fmt: skip
    overrides: list[tuple[str, Where | None]] = [(each, ("set", i)) for i, each in enumerate(file.set)]
    overrides += [(each, None) for each in options.overrides]
    return Written(file, layer, scenario, overrides, axes, keys, over)


def _contradictions(file: SweepFile) -> list[Diagnostic]:
    """Return what is wrong between the parts of a sweep file."""
    found = []
    lengths = {key: len(values) for key, values in file.zip.items()}
    for key, length in lengths.items():
        first = next(iter(lengths))
        if length != lengths[first]:
            what = f"has {length} values where {first} has {lengths[first]}; zipped axes change together"
            found.append(Diagnostic(("zip", key), what))
    if len(set(lengths.values())) == 1:
        known_rows: set[str] = set()
        for number, row in enumerate(zip(*file.zip.values(), strict=True)):
            if (text := repr(row)) in known_rows:
                twice = "zip", next(iter(lengths)), number
                found.append(Diagnostic(twice, "these values of all keys are there twice"))
            known_rows.add(text)
    cube = file.latin_hypercube
    for key, each in (cube.ranges if cube else {}).items():
        where = "latin_hypercube", "ranges", key
        if (wrong := contradiction_in(each)) is not None:
            found.append(wrong._replace(where=(*where, *wrong.where)))
        elif each.whole and each.scale == "log":
            found.append(Diagnostic((*where, "scale"), "whole numbers are drawn on a linear scale"))
    if cube is not None and not found and (most := most_points(cube)) < cube.points:
        what = f"expected at most {most:g}, as many as there are in whole numbers between these ends, got {cube.points}"
        found.append(Diagnostic(("latin_hypercube", "points"), what))
    known: set[str] = set()
    tables: tuple[tuple[Where, Any], ...] = (
        (("grid",), file.grid), (("zip",), file.zip), (("latin_hypercube", "ranges"), cube.ranges if cube else {}),
    )  # fmt: skip
    for at, table in tables:
        for key in table:
            if key in known:
                found.append(Diagnostic((*at, key), "is an axis already"))
            known.add(key)
    return found


def _axes_in(file: SweepFile) -> list[Axis]:
    """Return the axes of a sweep file."""
    axes = [Axis("grid", (key,), tuple((value,) for value in values)) for key, values in file.grid.items()]
    if file.zip:
        axes.append(Axis("zip", tuple(file.zip), tuple(zip(*file.zip.values(), strict=True))))
    if file.latin_hypercube is not None:
        axes.append(hypercube_axis(file.latin_hypercube))
    return axes


def _replaced(axes: list[Axis], others: list[Axis]) -> list[Axis]:
    """Return axes with those of a grid replaced whose keys others have, and the rest of these added.

    Raises:
        ValueError: a key of a zip or of a Latin hypercube would be replaced, which would take the others apart.
    """
    by_key = {axis.keys: axis for axis in others}
    for axis in axes:
        for key in axis.keys if axis.kind != "grid" else ():
            if (key,) in by_key:
                raise ValueError(f"--over {key}: the sweep file changes {key} together with others; edit it there")
    kept = [by_key.pop(axis.keys, axis) for axis in axes]
    return [*kept, *by_key.values()]


def _axes_of(over: Sequence[str]) -> tuple[list[Axis], dict[str, str]]:
    """Return the axes that `--over KEY=VALUE,VALUE,…` gives, and the option of each key.

    Raises:
        ValueError: an option can't be read, or gives an axis or a value twice.
    """
    axes, options = [], {}
    for option in over:
        key, equals, text = option.partition("=")
        key = key.strip()
        if not equals or not key or not text.strip():
            raise ValueError(f"--over {option}: {EXPECTED}")
        if key in options:
            raise ValueError(f"--over {option}: {key} is an axis already")
        values: list[Any] = []
        for part in split_values(text):
            try:
                value = parse_override(f"{key}={part.strip()}")[1]
            except ValueError as error:
                raise ValueError(f"--over {option}: {part.strip()!r}: {error}") from None
            if any(type(value) is type(other) and value == other for other in values):
                raise ValueError(f"--over {option}: value {part.strip()} is there twice")
            values.append(value)
        options[key] = f"--over {option}"
        axes.append(Axis("grid", (key,), tuple((value,) for value in values)))
    return axes, options


def _conditions(written: Written) -> list[Condition]:
    """Return the conditions, all checked.

    Raises:
        ScenarioError: one of them is invalid; all diagnostics, each once.
    """
    conditions: list[Condition] = []
    found: dict[LocatedDiagnostic, None] = {}
    read = _reader_of(written.scenario)
    for number, values in enumerate(combinations(written.axes), 1):
        try:
            given = {key: f"{key}={toml_value(value)}" for key, value in values.items()}
        except ValueError as error:
            raise ScenarioError([LocatedDiagnostic(written.layer.source, None, None, "", str(error))]) from None
        try:
            scenario = read([*(each for each, _ in written.overrides), *given.values()])
            conditions.append(Condition(number, values, scenario))
        except ScenarioError as error:
            found |= dict.fromkeys(_blamed(each, written, values, given) for each in error.diagnostics)
    if found:
        raise ScenarioError(list(found))
    return conditions


def _reader_of(source: str | Path) -> Callable[[Sequence[str]], Scenario]:
    """Return a function that reads a scenario with overrides; standard input can be read only once."""
    if source != "-":
        return lambda overrides: load_scenario(source, overrides)
    text = read_text(0, "standard input")
    return lambda overrides: parse_scenario(text, source="standard input", overrides=overrides)


def _blamed(
    found: LocatedDiagnostic, written: Written, values: dict[str, Any], given: dict[str, str]
) -> LocatedDiagnostic:
    """Return a diagnostic of a condition at what gave it: an element of an axis, an element of `set`, or an option."""
    for key, text in given.items():
        if found.source == option_of(text):
            if key in written.over:
                return found._replace(source=written.over[key], what=f"{toml_value(values[key])}: {found.what}")
            where = written.places[key]
            axis = next(axis for axis in written.axes if key in axis.keys)
            if axis.kind != "latin_hypercube":
                where = (*where, axis.rows.index(tuple(values[each] for each in axis.keys)))
            return _at(where, found, written)
    for text, place in written.overrides:
        if found.source == option_of(text) and place is not None:
            return _at(place, found, written)
    return found


def _at(where: Where, found: LocatedDiagnostic, written: Written) -> LocatedDiagnostic:
    what = f"{found.where}: {found.what}" if found.where else found.what
    return locate([Diagnostic(where, what)], [written.layer])[0]
