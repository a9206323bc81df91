"""The reader: a scenario file, with overrides, to a complete `Scenario`, or all its mistakes with their places."""

import hashlib
import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError

from evosim.scenario.meaning import Mistake, mistakes, suggest
from evosim.scenario.mending import meaning_beside
from evosim.scenario.schema import Scenario

LARGEST_FILE = 1_000_000  # bytes; a scenario is a page


class Complaint(NamedTuple):
    """One mistake as a person reads it."""

    source: str  # the file, or the option of the command line
    line: int | None
    column: int | None
    where: str
    what: str
    excerpt: str = ""  # the line of the file, and under it a caret

    def shown(self) -> str:
        """Write the mistake with its line under it, and a caret under the word that is wrong."""
        return f"{self}\n{self.excerpt}" if self.excerpt else str(self)

    def __str__(self) -> str:
        place = "".join(f":{number}" for number in (self.line, self.column) if number is not None)
        return (
            f"{self.source}{place}: {self.where}: {self.what}" if self.where else f"{self.source}{place}: {self.what}"
        )


class ScenarioError(ValueError):
    """A scenario that can't be run, with every mistake found in it."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = list(complaints)
        super().__init__("\n".join(map(str, self.complaints)))


def load_scenario(source: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario from a path, or by the name of one that is shipped (`"red_doors"`).

    `overrides` are TOML assignments such as `"evolution.population=1000"`, checked like the file.

    Raises:
        ScenarioError: nothing to read, or mistakes in it.
    """
    path = find_scenario(source)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ScenarioError([Complaint(str(path), None, None, "", f"larger than {LARGEST_FILE:,} bytes")])
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        complaint = Complaint(str(path), None, None, "", f"not UTF-8 text (byte {error.start})")
        raise ScenarioError([complaint]) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ScenarioError([Complaint(str(path), None, None, "", reason)]) from None
    return parse_scenario(text, source=str(path), name=path.stem, overrides=overrides)


def find_scenario(source: str | Path) -> Path:
    """Give the path of a scenario file, or of a shipped scenario by its name."""
    import scenarios

    path = Path(source)
    if path.suffix == ".toml" or path.exists() or len(path.parts) != 1:
        return path
    shipped = scenarios.paths()
    if path.name not in shipped:
        what = f"neither a file nor a shipped scenario; {suggest(path.name, list(shipped))}"
        raise ScenarioError([Complaint(str(source), None, None, "", what)])
    return shipped[path.name]


def parse_scenario(
    text: str, *, source: str = "scenario", name: str = "scenario", overrides: Sequence[str] = ()
) -> Scenario:
    """Read a scenario from TOML text; `source` and `name` are what messages and runs call it.

    Raises:
        ScenarioError: all mistakes, of form and of meaning.
    """
    try:
        asked = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError([_syntax_complaint(source, text, error)]) from None
    overridden: dict[tuple[str, ...], str] = {}
    for override in overrides:
        path, value = _parse_override(override)
        overridden[path] = f"--set {override}"
        asked = _put(asked, path, value)
    asked["name"] = asked.get("name", name)
    found: list[Mistake]
    whole = _complete(asked)
    try:
        scenario = Scenario.model_validate(whole)
        found = list(mistakes(scenario))
    except ValidationError as error:
        found = [_form_mistake(e) for e in error.errors(include_url=False)]
        found += meaning_beside(whole, error, [mistake.where for mistake in found])
    if found:
        raise ScenarioError(_complaints(found, text, source, overridden))
    return scenario


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
        found = [_form_mistake(e) for e in error.errors(include_url=False)]
    except (ValueError, RecursionError) as error:
        raise ScenarioError([Complaint(source, None, None, "", f"not a scenario: {error}")]) from None
    if found:
        raise ScenarioError([Complaint(source, None, None, _dotted(m.where), m.what) for m in found])
    return scenario


# ---------------------------------------------------------------- from what was asked to what is meant


def _complete(asked: dict[str, Any]) -> dict[str, Any]:
    """Say everything that the short form leaves unsaid."""
    whole = dict(asked)
    world = asked.get("world")
    environments = asked.get("environments") or {"training": {}}
    if isinstance(world, dict) and isinstance(environments, dict):
        whole["environments"] = {
            name: _override(world, change) if isinstance(change, dict) else change
            for name, change in environments.items()
        }
    objectives = asked.get("objectives")
    if isinstance(objectives, dict) and "base" in objectives:
        whole["objectives"] = {"intended": objectives["base"], **objectives}
    names = list(environments) if isinstance(environments, dict) else []
    evolution = asked.get("evolution")
    if isinstance(evolution, dict):
        schedule = [{"from": 0, "environment": name} for name in names[:1]]
        whole["evolution"] = {"schedule": schedule, **_elites_of(evolution), **evolution}
    measure = asked.get("measure", {})
    if isinstance(measure, dict):
        whole["measure"] = {"environments": names, **measure}
    return whole


def _elites_of(evolution: dict[str, Any]) -> dict[str, Any]:
    """Say how many elites there are where none can be: NSGA-II has survivors instead, CMA-ES a distribution."""
    selection = evolution.get("selection")
    by_pareto = isinstance(selection, dict) and selection.get("operator") == "nsga2"
    return {"elites": 0} if by_pareto or evolution.get("algorithm") == "cma_es" else {}


def _override(world: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Replace the values that an environment names: of the world, and of its objects one by one."""
    merged = {**world, **change}
    objects, changed = world.get("objects"), change.get("objects")
    if isinstance(objects, dict) and isinstance(changed, dict):
        merged["objects"] = {
            name: {**objects[name], **kind}
            if isinstance(kind := changed.get(name, {}), dict) and isinstance(objects.get(name), dict)
            else kind
            for name in dict.fromkeys([*objects, *changed])
        }
    return merged


def _parse_override(override: str) -> tuple[tuple[str, ...], Any]:
    """Read `key.path=value` as the path and the value; a bare word counts as a string."""
    key, equals, value = override.partition("=")
    try:
        if not equals:
            raise ValueError("expected KEY=VALUE, as in evolution.population=1000")
        if re.fullmatch(r"\s*[A-Za-z_][\w.-]*\s*", value) and value.strip() not in ("true", "false", "inf", "nan"):
            value = json.dumps(value.strip())
        whole: Any = tomllib.loads(f"{key} = {value}")
        depth: Any = tomllib.loads(f"{key} = 0")
    except ValueError as error:
        raise ScenarioError([Complaint(f"--set {override}", None, None, "", str(error))]) from None
    path: list[str] = []
    while isinstance(depth, dict):
        ((part, depth),) = depth.items()
        path.append(part)
        whole = whole[part]
    return tuple(path), whole


def _put(table: Any, path: tuple[str, ...], value: Any) -> Any:
    """Give the table with the value at `path` replaced; tables on the way are made if they aren't there."""
    if not path:
        return value
    inner = table if isinstance(table, dict) else {}
    return {**inner, path[0]: _put(inner.get(path[0]), path[1:], value)}


# ---------------------------------------------------------------- from mistakes to complaints


def _syntax_complaint(source: str, text: str, error: Exception) -> Complaint:
    if isinstance(error, RecursionError):
        return Complaint(source, None, None, "", "nested too deeply")
    place = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
    line, column = (int(place[1]), int(place[2])) if place else (None, None)
    what = str(error).replace(place[0], "") if place else str(error)
    excerpt = _excerpt(text, line, column) if line is not None and column is not None else ""
    return Complaint(source, line, column, "", f"not valid TOML: {what[0].lower()}{what[1:]}", excerpt)


def _form_mistake(error: Any) -> Mistake:
    """Turn one of pydantic's errors into a mistake with the path that a person wrote."""
    where, fields = _as_written(error["loc"])
    kind, given = error["type"], error.get("input")
    if kind == "extra_forbidden":
        *above, word = where
        return Mistake(where, f"unknown field {word!r}; {suggest(str(word), fields)}" if above or fields else "")
    if kind == "missing":
        return Mistake(where, "is missing")
    what = {
        "int_type": "expected a whole number",
        "int_from_float": "expected a whole number",
        "float_type": "expected a number",
        "string_type": "expected a text",
        "bool_type": "expected true or false",
        "list_type": "expected an array",
        "dict_type": "expected a table",
        "model_type": "expected a table",
        "model_attributes_type": "expected a table",
        "tuple_type": "expected an array of two numbers",
        "finite_number": "expected a finite number",
    }.get(kind, _in_our_words(error["msg"]))
    if kind == "union_tag_invalid":
        return Mistake((*where, "kind"), f"expected {error['ctx']['expected_tags']}, got {error['ctx']['tag']!r}")
    shown = "" if isinstance(given, dict | list) or kind == "operator" else f", got {given!r}"
    return Mistake(where, what + shown)


def _in_our_words(message: str) -> str:
    for theirs, ours in (
        ("Input should be", "expected"),
        ("greater than or equal to", "at least"),
        ("less than or equal to", "at most"),
        ("greater than", "more than"),
    ):
        message = message.replace(theirs, ours)
    return message


def _as_written(loc: tuple[str | int, ...]) -> tuple[tuple[str | int, ...], list[str]]:
    """Drop what pydantic adds to a path (names of models and tags of unions); list the fields allowed at its end."""
    path: list[str | int] = []
    models: list[type[BaseModel]] = [Scenario]
    allowed: list[str] = []
    for part in loc:
        if part == "[key]" or (isinstance(part, str) and part.startswith("<")):
            continue
        allowed = [str(name) for model in models for name in _fields(model)]
        tagged = [model for model in models if part in _tags(model)]
        if len(models) > 1 and tagged:
            models = tagged
            continue
        types = [model_fields[part] for model in models if part in (model_fields := _fields(model))]
        if not types and not path:
            path.append(part)
            continue
        if not types:  # a name of the person's own: what may stand under it?
            types = [extra for model in models if (extra := model.__annotations__.get("__pydantic_extra__"))]
        if types:
            models = _models(types[0])
        path.append(part)
    return tuple(path), allowed


def _fields(model: type[BaseModel]) -> dict[str | int, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("kind") or model.model_fields.get("operator")
    tags = get_args(field.annotation) if field else ()
    return tags or ("deap",)


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Find the models that an annotation can hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is None:
        return []
    return [model for part in get_args(annotation) for model in _models(part)]


def _complaints(
    found: list[Mistake], text: str, source: str, overridden: dict[tuple[str, ...], str]
) -> list[Complaint]:
    from evosim.scenario.places import find_places, nearest_place

    places = find_places(text)
    complaints = []
    for where, what in found:
        above: dict[tuple[str | int, ...], str]
        above = {path[: len(where)]: option for path, option in overridden.items()} if where not in places else {}
        option = next((o for path, o in overridden.items() if path == where[: len(path)]), above.get(where))
        if option is not None:
            complaints.append(Complaint(option, None, None, _dotted(where), what))
            continue
        if where[:1] == ("environments",) and where not in places:  # inherited from [world], and said there
            inherited = ("world", *where[2:])
            if Mistake(inherited, what) in found:
                continue
        if where[:2] == ("objectives", "intended") and where[:2] not in places:  # left out: as base
            where = ("objectives", "base", *where[2:])
        place = nearest_place(places, where)
        if place is None:
            complaints.append(Complaint(source, None, None, _dotted(where), what))
        else:
            excerpt = _excerpt(text, place.line, place.column, place.length)
            complaints.append(Complaint(source, place.line, place.column, _dotted(where), what, excerpt))
    return sorted(set(complaints), key=lambda c: (c.line or 0, c.column or 0, c.where))


def _excerpt(text: str, line: int, column: int, length: int = 1) -> str:
    """Quote a line of a text with its number, and point at a word in it."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return ""
    quoted = lines[line - 1].rstrip("\r").replace("\t", " ")
    return f"{line:>5} | {quoted}\n      | {' ' * (column - 1)}{'^' * max(1, length)}"


def _dotted(path: Sequence[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
