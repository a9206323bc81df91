"""Located diagnostics: what is wrong with a scenario, as a person reads it: where, what, and what would be right."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from evosim.scenario.errors.diagnostic import Diagnostic, Spot, suggest
from evosim.scenario.schema.scenario import Scenario

if TYPE_CHECKING:
    from evosim.scenario.errors.toml_positions import SourcePosition

Path = tuple[str | int, ...]
MOST_REPORTED = 200  # diagnostics; whoever has more will not read them
LONGEST_LINE = 400  # letters of a line that is quoted


class Layer(NamedTuple):
    """One text that a scenario is made of: a file, one that it extends, or an option that sets one path."""

    source: str
    text: str
    option: Path | None = None
    unset: Mapping[Path, Path] = {}  # what it unsets of the files that it extends, with where it says so


class LocatedDiagnostic(NamedTuple):
    """One diagnostic as a person reads it."""

    source: str  # the file, or the option of the command line
    line: int | None
    column: int | None
    where: str
    what: str
    excerpt: str = ""  # the line of the file, and under it a caret

    def shown(self) -> str:
        """Write the diagnostic with its line under it, and a caret under the word that is wrong."""
        return f"{self}\n{self.excerpt}" if self.excerpt else str(self)

    def __str__(self) -> str:
        position = "".join(f":{number}" for number in (self.line, self.column) if number is not None)
        return (
            f"{self.source}{position}: {self.where}: {self.what}"
            if self.where
            else f"{self.source}{position}: {self.what}"
        )


class ScenarioError(ValueError):
    """A scenario that can't be run, with every diagnostic found in it."""

    def __init__(self, diagnostics: Sequence[LocatedDiagnostic]) -> None:
        self.diagnostics = list(diagnostics)
        super().__init__("\n".join(map(str, self.diagnostics)))


def syntax_diagnostic(source: str, text: str, error: Exception) -> LocatedDiagnostic:
    """Return the diagnostic of a text that is not valid TOML, or is nested too deeply to be read."""
    if isinstance(error, RecursionError):
        return LocatedDiagnostic(source, None, None, "", "nested too deeply")
    position = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
    line, column = (int(position[1]), int(position[2])) if position else (None, None)
    what = str(error).replace(position[0], "") if position else str(error)
    excerpt = _excerpt(text, line, column) if line is not None and column is not None else ""
    return LocatedDiagnostic(source, line, column, "", f"not valid TOML: {what[0].lower()}{what[1:]}", excerpt)


def form_diagnostic(error: Any, model: type[BaseModel] = Scenario) -> Diagnostic:
    """Return the diagnostic for one of pydantic's errors about a model, at the path that a person wrote."""
    kind, given, limits = error["type"], error.get("input"), error.get("ctx", {})
    where, fields, others = _as_written(error["loc"], model, is_own=kind == "extra_forbidden")
    if kind == "extra_forbidden":
        field = str(where[-1])
        return Diagnostic(where, f"unknown field {field!r}; {suggest(field, fields)}{_of_another_kind(field, others)}")
    if kind == "union_tag_not_found":
        return Diagnostic(where, _without_a_kind(given, others))
    if kind == "missing":
        return Diagnostic(where, "is missing")
    if kind == "too_short" and where[:1] == ("objectives",) and isinstance(given, dict):
        return Diagnostic(where, "needs a weight on an outcome, as in { survived = 1 }")
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
        "too_short": f"expected at least {_entries(limits.get('min_length', 1))}",
        "too_long": f"expected at most {_entries(limits.get('max_length', 1))}",
        "string_too_long": f"expected at most {limits.get('max_length')} characters",
        "finite_number": "expected a finite number",
        "string_pattern_mismatch": "has characters that don't belong here",
    }.get(kind, _in_our_words(error["msg"]))
    if kind == "union_tag_invalid":
        return Diagnostic((*where, "kind"), f"expected {error['ctx']['expected_tags']}, got {error['ctx']['tag']!r}")
    if kind == "operator":
        what += _operator_suggestion(given, what)
    shown = "" if isinstance(given, dict | list | tuple) or kind in ("operator", "plain") else f", got {_short(given)}"
    return Diagnostic(where, what + shown)


def _of_another_kind(field: str, others: list[type[BaseModel]]) -> str:
    """Return which kinds of a table have a field, if any: the table then names no kind, or another one."""
    having = [other for other in others if field in _fields(other)]
    tags = [tag for other in having for tag in _tags(other)]
    return f"; {field!r} is of {_tag_of(having[0])} {_either(tags)}" if tags else ""


def _without_a_kind(given: Any, others: list[type[BaseModel]]) -> str:
    """Return the message for a table that names no kind, with the kinds that its fields belong to."""
    said = set(given) if isinstance(given, dict) else set()
    fitting = [other for other in others if said <= set(_fields(other))] if said else []
    kinds = [tag for other in fitting or others for tag in _tags(other)]
    return f"needs a {_tag_of(others[0])}: {_either(kinds)}" if others else "needs a kind"


def _tag_of(model: type[BaseModel]) -> str:
    return "kind" if "kind" in model.model_fields else "operator"


def _either(words: list[str]) -> str:
    """Return words of which one will do as text: 'a', 'b' or 'c'."""
    *before, last = map(repr, words)
    return f"{', '.join(before)} or {last}" if before else last


def _operator_suggestion(given: Any, what: str) -> str:
    operator = given.get("operator") if isinstance(given, dict) else None
    close = get_close_matches(operator, re.findall(r"'([^']+)'", what), n=1) if isinstance(operator, str) else []
    return f"; did you mean {close[0]!r}?" if close else ""


def _short(value: Any, most: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _in_our_words(message: str) -> str:
    for theirs, ours in (
        ("Input should be", "expected"),
        ("greater than or equal to", "at least"),
        ("less than or equal to", "at most"),
        ("greater than", "more than"),
        ("Value error, ", ""),
    ):
        message = message.replace(theirs, ours)
    return message


def _as_written(
    loc: tuple[str | int, ...], model: type[BaseModel], *, is_own: bool
) -> tuple[tuple[str | int, ...], list[str], list[type[BaseModel]]]:
    """Return a path without names of models and tags of unions, which pydantic adds, and the fields allowed at its end.

    Return also the models between which there is a choice. If its last part `is_own`, it is a word of the person's,
    whatever it looks like.
    """
    path: list[str | int] = []
    models = choice = [model]
    allowed: list[str] = []
    for i, part in enumerate(loc):
        is_last = is_own and i + 1 == len(loc)
        if not is_last and part == "[key]":
            continue
        if not is_last and isinstance(part, str) and part.startswith("<"):
            models = [model for model in models if getattr(model, "TAG", "") in ("", part)]
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
        if types and not is_last:
            models = choice = models_in(types[0])
        path.append(part)
    return tuple(path), allowed, choice


def _fields(model: type[BaseModel]) -> dict[str | int, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    if getattr(model, "TAG", ""):  # then its kind is not a mark
        return ()
    field = model.model_fields.get("kind") or model.model_fields.get("operator")
    tags = get_args(field.annotation) if field else ()
    return tags or ("deap",)


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Find the models that an annotation can hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is None:
        return []
    return [model for part in get_args(annotation) for model in models_in(part)]


def locate(
    found: list[Diagnostic],
    layers: Sequence[Layer],
    in_files: Sequence[Diagnostic] = (),
    left: Collection[Path] = (),
    blamed: Mapping[Diagnostic, tuple[int, Path]] = {},
) -> list[LocatedDiagnostic]:
    """Return each diagnostic with its source position: in the file, in one that it extends, or in an option.

    `layers` come with the strongest first; each is reported once, where its value was written, not where inherited.
    `in_files` are the diagnostics without the options: an option isn't blamed for them.
    What stands in files at the paths in `left` has no effect, and is not reported.
    Of what is wrong since a layer, by its number, unset a key, in `blamed`, a file below it is innocent.
    """
    from evosim.scenario.errors.toml_positions import find_source_positions

    options = [layer for layer in reversed(layers) if layer.option is not None]
    files: list[tuple[Layer, dict[Path, SourcePosition]]] = []
    gone: set[Path] = set()  # of what the files that are still to come say
    for layer in (layer for layer in layers if layer.option is None):
        positions = find_source_positions(layer.text)
        here = {at: position for at, position in positions.items() if not (_is_in(left, at) or _is_in(gone, at))}
        for at, where in layer.unset.items():
            here.setdefault(at, positions[where])
        gone |= layer.unset.keys()
        files.append((layer, here))
    diagnostics, all_found, all_in_files = [], set(found), set(in_files)
    for diagnostic in found[:MOST_REPORTED]:
        where, what, spot = diagnostic
        said = any(where in positions for _, positions in files)
        is_new = bool(options) and diagnostic not in all_in_files
        option = _option_to_blame(options, files, where, only_there=said and not is_new)
        inherited = where[:1] == ("environments",) and diagnostic._replace(where=("world", *where[2:])) in all_found
        if inherited and option is None and (is_new or not said):
            continue
        if where[:2] == ("objectives", "intended") and option is None and not said:
            where = ("objectives", "base", *where[2:])  # left out: as base
        if option is not None:
            diagnostics.append(LocatedDiagnostic(option.source, None, None, dotted(where), what))
            continue
        layer, position = _longest_match(files, where, spot)
        number, key = blamed.get(diagnostic, (len(layers), ()))
        if layer in layers[number + 1 :]:
            stands = f"{layer.source}:{position.line}" if position is not None else layer.source
            what = f"without {dotted(key)}, {dotted(where)} ({stands}) must be unset or changed too: {what}"
            layer, where = layers[number], layers[number].unset[key]
            position = find_source_positions(layer.text)[where]
        if position is None:
            diagnostics.append(LocatedDiagnostic(layer.source, None, None, dotted(where), what))
        else:
            excerpt = _excerpt(layer.text, position.line, position.column, position.length)
            diagnostics.append(
                LocatedDiagnostic(layer.source, position.line, position.column, dotted(where), what, excerpt)
            )
    order = {layer.source: i for i, layer in enumerate(layers)}
    located = sorted(dict.fromkeys(diagnostics), key=lambda c: (order[c.source], c.line or 0, c.column or 0, c.where))
    more = len(found) - MOST_REPORTED
    return [
        *located,
        *([LocatedDiagnostic(layers[0].source, None, None, "", f"and {more:,} more")] if more > 0 else []),
    ]


def _is_in(left: Collection[Path], path: Path) -> bool:
    return any(path[:length] in left for length in range(1, len(path) + 1))


def without_text(found: Iterable[Diagnostic], source: str) -> list[LocatedDiagnostic]:
    """Return the diagnostics of a scenario that has no text."""
    return [LocatedDiagnostic(source, None, None, dotted(diagnostic.where), diagnostic.what) for diagnostic in found]


def _option_to_blame(
    options: Sequence[Layer], files: "list[tuple[Layer, dict[Path, SourcePosition]]]", where: Path, *, only_there: bool
) -> Layer | None:
    """Return the option that set a value, or else something in it or beside it that is in no file."""
    for layer in options:
        option = layer.option or ()
        if option == where[: len(option)] or (not only_there and option[: len(where)] == where):
            return layer
    for length in range(len(where) - 1, 0, -1):
        if any(where[:length] in positions for _, positions in files):
            return None
        for layer in options:
            if (layer.option or ())[:length] == where[:length]:
                return layer
    return None


def _longest_match(
    files: "list[tuple[Layer, dict[Path, SourcePosition]]]", where: Path, spot: Spot | None = None
) -> "tuple[Layer, SourcePosition | None]":
    """Find where a path stands, or a spot in the text that stands there; or else what it is in."""
    for length in range(len(where), 0, -1):
        for layer, positions in files:
            if where[:length] not in positions:
                continue
            line = positions.get((*where, spot.line)) if spot is not None and length == len(where) else None
            if line is not None and spot is not None:
                return layer, line._replace(column=line.column + spot.letter, length=1)
            return layer, positions[where[:length]]
    return files[0][0], None


def _excerpt(text: str, line: int, column: int, length: int = 1) -> str:
    """Return a line of a text with its number, and a caret under a word in it."""
    lines = _lines(text)
    if not 1 <= line <= len(lines):
        return ""
    quoted = lines[line - 1].rstrip("\r").replace("\t", " ")
    if len(quoted) > LONGEST_LINE:
        skipped = max(0, min(column - LONGEST_LINE // 2, len(quoted) - LONGEST_LINE))
        quoted, column = f"…{quoted[skipped : skipped + LONGEST_LINE]}…", column - skipped + 1
        length = min(length, len(quoted) - column)
    return f"{line:>5} | {quoted}\n      | {' ' * (column - 1)}{'^' * max(1, length)}"


@lru_cache(maxsize=16)
def _lines(text: str) -> list[str]:
    return text.split("\n")


def dotted(path: Sequence[str | int]) -> str:
    """Write a path as a person reads it: `evolution.schedule[0].from`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
