"""Mending: so that mistakes of meaning are found in the same go as mistakes of form.

What is malformed is put aside, what is missing is stood in for, and the rest is read on. A
mistake of meaning that may only follow from what was put aside is not told.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.paths import Path, Unreliable
from evosim.scenario.validation.rules import diagnostics

ROUNDS = 8
MOST = 200  # mistakes of form, beside which mistakes of meaning are looked for
STAND_INS: dict[str, Any] = {
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


def meaning_beside(asked: dict[str, Any], error: ValidationError, wrong: list[Path]) -> Iterator[Diagnostic]:
    """Find mistakes of meaning in what is left of a scenario when what is `wrong` in form is put aside."""
    if len(wrong) > MOST:
        return
    aside, unknown = set(wrong), set()
    for _ in range(ROUNDS):
        for each in error.errors(include_url=False):
            path = _existing(asked, each["loc"])
            stand_in = _stand_in(path) if each["type"] == "missing" else None
            asked = _without(asked, path) if stand_in is None else _with(asked, path, stand_in)
            whole_array = bool(path) and isinstance(path[-1], int)  # the positions in it are others now
            aside.add(path[:-1] if whole_array else path)
            if each["type"] == "extra_forbidden":
                unknown.add(path)
        try:
            scenario = Scenario.model_validate(asked)
        except ValidationError as still:
            error = still
            continue
        yield from diagnostics(scenario, Unreliable(aside, unknown))
        return


def _stand_in(path: Path) -> Any:
    """Give something well-formed for what is missing at a path, or None."""
    if path[-1:] == ("features",):
        return {} if set(path) & {"objects", "places"} else ["feature"]
    return STAND_INS.get(str(path[-1])) if path else None


def _existing(asked: Any, loc: Iterable[str | int]) -> Path:
    """Keep of one of pydantic's paths what leads somewhere: the parts that are keys, and a last one that is missing."""
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
