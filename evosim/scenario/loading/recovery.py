"""Error recovery: diagnostics of rules are reported together with those of form.

Malformed values are set aside, placeholders stand for missing ones, and the rest is checked. Rules that read what was
set aside are skipped, since what they find may only be a consequence.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.errors.messages import form_diagnostic
from evosim.scenario.loading.resolve import sources_of
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.paths import Path, Unreliable
from evosim.scenario.validation.rules import diagnostics

ROUNDS = 8
MOST = 200  # diagnostics of form, beyond which rules are not evaluated
PLACEHOLDERS: dict[str, Any] = {
    "schema": 1,
    "name": "scenario",
    "title": "scenario",
    "kind": "open",
    "outcomes": [],
    "size": [1001, 1001],
    "steps": 1,
    "probability": 0.5,
    "operator": "tournament",
    "population": 1_000_000,
    "generations": 1,
    "controllers": {"heuristic": 1},
    "base": {"steps": 1},
    "intended": {"steps": 1},
    "from": 0,
    "initial": 1,
    "environment": "training",
    "place": {"kind": "anywhere"},
    "rows": [1, 1],
    "columns": [1, 1],
    "to": "start",
    "drawing": "###\n#@#\n###",
    "objects": {"thing": {"features": {}}},
    "objectives": {"base": {"steps": 1}, "intended": {"steps": 1}},
    "mind": {"controllers": {"heuristic": 1}},
}


def form_diagnostics(whole: dict[str, Any], error: ValidationError) -> list[Diagnostic]:
    """Return what is wrong with the form of a resolved scenario, except for mere consequences of something else."""
    found = [
        (form_diagnostic(each), each["type"] in ("missing", "too_short")) for each in error.errors(include_url=False)
    ]
    malformed = {diagnostic.where for diagnostic, is_missing in found if not is_missing}
    kinds = {where for where in malformed if where[-1:] == ("kind",) and where[:-1] in _worlds(whole)}
    unreadable: set[Path] = {where[:-1] for where in kinds}  # nobody knows what may be said of these
    if any(diagnostic.where == ("world",) for diagnostic, _ in found):
        unreadable.add(("environments",))  # which have nothing to inherit
    return [
        diagnostic
        for diagnostic, is_missing in found
        if (diagnostic.where in kinds or not _is_in(unreadable, diagnostic.where))
        and not (is_missing and any(_is_in(malformed, source) for source in sources_of(whole, diagnostic.where)))
    ]


def _is_in(paths: set[Path], path: Path) -> bool:
    """Whether a path is one of others, or leads on from it."""
    return any(path[:length] in paths for length in range(1, len(path) + 1))


def _worlds(whole: dict[str, Any]) -> set[Path]:
    """Return the paths of all worlds."""
    environments = whole.get("environments")
    return {("world",), *(("environments", name) for name in (environments if isinstance(environments, dict) else ()))}


def rule_diagnostics(whole: dict[str, Any], error: ValidationError, wrong: list[Path]) -> Iterator[Diagnostic]:
    """Yield what rules find in what is left of a resolved scenario when what is `wrong` in form is set aside."""
    if len(wrong) > MOST:
        return
    unreliable, rest = Unreliable(wrong), whole
    for _ in range(ROUNDS):
        for each in error.errors(include_url=False):
            path = _existing(rest, each["loc"])
            placeholder = _placeholder(path) if each["type"] == "missing" else None
            rest = _without(rest, path) if placeholder is None else _with(rest, path, placeholder)
            in_array = bool(path) and isinstance(path[-1], int)  # later elements have moved
            unreliable.add(path[:-1] if in_array else path, is_unknown=each["type"] == "extra_forbidden")
            if path[:1] == ("world",) and each["type"] != "extra_forbidden":
                for heir in _heirs(whole, path):
                    unreliable.add(heir)
        try:
            scenario = Scenario.model_validate(rest)
        except ValidationError as still:
            error = still
            continue
        yield from diagnostics(scenario, unreliable)
        return


def _heirs(whole: dict[str, Any], path: Path) -> Iterator[Path]:
    """Yield where environments have a table that changes one of the world, which is malformed: it lacks the rest."""
    for world in _worlds(whole) - {("world",)}:
        table: Any = whole
        for part in (*world, *path[1:]):
            table = table.get(part) if isinstance(table, dict) else None
        if isinstance(table, dict) and len(path) > 1:
            yield (*world, *path[1:])


def _placeholder(path: Path) -> Any:
    """Return something well-formed for what is missing at a path, or None."""
    if path[-1:] == ("features",):
        return {} if set(path) & {"objects", "places"} else ["feature"]
    return PLACEHOLDERS.get(str(path[-1])) if path else None


def _existing(asked: Any, loc: Iterable[str | int]) -> Path:
    """Return what of one of pydantic's paths leads somewhere: its keys, and a last one that is missing."""
    path: list[str | int] = []
    parts = list(loc)
    for i, part in enumerate(parts):
        is_key = isinstance(asked, dict) and part in asked
        is_place = isinstance(asked, list) and isinstance(part, int) and part < len(asked)
        if is_key or is_place:
            asked = asked[part]
            path.append(part)
        elif i == len(parts) - 1 and isinstance(asked, dict) and isinstance(part, str):
            path.append(part)
    return tuple(path)


def _with(asked: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    if isinstance(asked, list) and isinstance(path[0], int):
        return [_with(each, path[1:], value) if i == path[0] else each for i, each in enumerate(asked)]
    return {**asked, path[0]: _with(asked.get(path[0], {}), path[1:], value)}


def _without(asked: Any, path: Path) -> Any:
    if not path:
        return asked
    first, rest = path[0], path[1:]
    if isinstance(asked, list):
        kept = [(_without(each, rest) if i == first else each) for i, each in enumerate(asked) if rest or i != first]
        return kept
    if not isinstance(asked, dict) or first not in asked:
        return asked
    if not rest:
        return {key: value for key, value in asked.items() if key != first}
    return {**asked, first: _without(asked[first], rest)}
