"""Mending: so that mistakes of meaning are found in the same go as mistakes of form.

What is malformed is put aside, what is missing is stood in for, and the rest is read on. A
mistake of meaning that may only follow from what was put aside is not told.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.rules import mistakes

Path = tuple[str | int, ...]
ROUNDS = 8
MOST = 200  # mistakes of form, beside which mistakes of meaning are looked for
ANY = "*"
NAME = "(name)"  # under a table: what only needs to know that it is there
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
        yield from (m for m in mistakes(scenario) if not _follows_from(m.where, aside, unknown))
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


def _follows_from(where: Path, aside: set[Path], unknown: set[Path]) -> bool:
    """Tell whether a mistake stands on something that was put aside, or depends on it."""
    if any(where[: len(each)] == each for each in aside):
        return True
    return any(_touches(path, each, each in unknown) for path in _rests_on(where) for each in aside)


def _touches(path: Path, other: Path, is_unknown: bool) -> bool:
    """Tell whether one path lies on the other; an unknown key may be a slip of the one that it is like."""
    pairs = list(zip(path, other, strict=False))
    if is_unknown and len(path) >= len(other) and pairs[-1][0] != NAME:
        meant, slip = map(str, pairs.pop())
        if meant not in (slip, ANY) and not get_close_matches(slip, [meant]):
            return False
    return all(mine in (its, ANY) for mine, its in pairs)


def _rests_on(where: Path) -> Iterator[Path]:
    """Say on what a rule depends that complains of a place."""
    match where:
        case ("world", *rest):
            yield from _of_a_world(("world",), tuple(rest))
        case ("environments", name):
            yield ("environments", name, NAME)
        case ("environments", name, *rest):
            yield from _of_a_world(("environments", name), tuple(rest))
            if rest == ["features"]:
                yield ("world", "features")
        case ("objectives", *_):
            yield where
            for world in (("world",), ("environments", ANY)):
                yield (*world, "objects", ANY, "outcomes")
                yield (*world, "places", ANY, NAME)
                yield (*world, "outcomes")
                yield (*world, "kind")
            if where[1:2] == ("pareto",):
                yield ("evolution", "selection")
        case ("mind", *_):
            yield where[:2] if where[1:] == ("controllers",) else where[: max(3, len(where) - 1)]
            yield from _of_a_mind(where)
        case ("evolution", *_) | ("measure", *_):
            yield where
            yield from _of_evolution(where)
        case _:
            yield where


def _of_a_world(world: Path, rest: Path) -> Iterator[Path]:
    """Say on what a rule depends that complains of a place in a world."""
    size, drawing, legend = ("size",), ("layout", "drawing"), ("layout", "legend")
    on: list[Path] = [rest]
    match rest:
        case ("size",):
            on += [("layout", "kind"), drawing]
        case ("layout",):
            on = [size, ("layout", "kind"), ("layout", "rows"), ("layout", "columns")]
        case ("layout", "drawing"):
            on += [legend]
        case ("layout", "legend", *_):
            on += [("objects", ANY, NAME)]
        case ("objects",):
            on = [size, drawing, legend, ("objects", ANY, "count")]
        case ("objects" | "places", name):
            on = [(rest[0], name, NAME)]
        case ("objects", _, "count"):
            on += [drawing, legend]
        case ("objects" | "places", _, "features", *_):
            on += [("features",)]
        case (*_, "to"):
            on += [("objects", ANY, "place"), ("objects", ANY, "count"), drawing, legend]
        case (*_, "place" | "start"):
            on += [drawing, legend]
        case (*_, "rows" | "columns"):
            on += [size, drawing]
        case ("objects", _, "needs", needed):
            on += [("objects", needed, "carried")]
        case ("objects", name, "respawns"):
            on += [("objects", name, "consumed"), ("objects", name, "carried")]
        case ("objects", _, "energy"):
            on += [("energy", NAME)]
        case ("energy", *_):
            on += [("energy", "initial"), ("energy", "most")]
    yield (*world, "kind")
    yield from ((*world, *each) for each in on)


def _of_a_mind(where: Path) -> Iterator[Path]:
    match where[1:]:
        case ("objective", "initial", *_):
            for key in ("range", "drives", "evolves"):
                yield ("mind", "objective", key)
            yield ("world", "features")
            yield ("world", "kind")
        case ("objective", "drives", *_):
            for world in (("world",), ("environments", ANY)):
                yield (*world, "energy", NAME)
                yield (*world, "kind")
        case (_, "initial" | "range"):
            yield where[:2]
        case (*_, "mutation") | (*_, "mutation", "scale"):
            yield where[: where.index("mutation")]
            yield ("evolution", "algorithm")
            yield ("evolution", "mutation")
        case ("planner", "horizon" | "temperature", *_) | ("beliefs", "slip", *_):
            yield ("mind", "planner", "algorithm")


def _of_evolution(where: Path) -> Iterator[Path]:
    match where[1:]:
        case ("algorithm",):  # how many loci there are
            yield ("mind",)
            yield ("world",)
        case ("cma_es" | "crossover" | "mutation",):
            yield ("evolution", "algorithm")
        case ("elites",):
            yield ("evolution", "algorithm")
            yield ("evolution", "population")
            yield ("evolution", "selection")
        case ("selection", *_):
            yield ("evolution", "algorithm")
            yield ("objectives", "pareto")
        case ("episodes",):
            yield ("evolution", "selection")
        case ("schedule", _, "from"):
            yield ("evolution", "schedule", ANY, "from")
        case ("schedule", *_) | ("environments", *_):
            yield ("environments", ANY, NAME)
