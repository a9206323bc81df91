"""Mending: so that mistakes of meaning are found in the same go as mistakes of form.

What is malformed is put aside, what is missing is stood in for, and the rest is read on. A
mistake of meaning that may only follow from what was put aside is not told.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from evosim.scenario.meaning import mistakes
from evosim.scenario.mistakes import Mistake
from evosim.scenario.schema import Scenario

Path = tuple[str | int, ...]
ROUNDS = 8
MOST = 200  # mistakes of form, beside which mistakes of meaning are looked for
ANY = "*"
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
}


def meaning_beside(asked: dict[str, Any], error: ValidationError, wrong: list[Path]) -> Iterator[Mistake]:
    """Find mistakes of meaning in what is left of a scenario when what is `wrong` in form is put aside."""
    if len(wrong) > MOST:
        return
    aside = set(wrong)
    for _ in range(ROUNDS):
        for each in error.errors(include_url=False):
            path = _existing(asked, each["loc"])
            stands_in = each["type"] == "missing" and _is_known(path)
            asked = _with(asked, path, STAND_INS[str(path[-1])]) if stands_in else _without(asked, path)
            aside.add(path)
        try:
            scenario = Scenario.model_validate(asked)
        except ValidationError as still:
            error = still
            continue
        yield from (m for m in mistakes(scenario) if not _follows_from(m.where, aside))
        return


def _is_known(path: Path) -> bool:
    return bool(path) and path[-1] in STAND_INS


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


def _follows_from(where: Path, aside: set[Path]) -> bool:
    """Tell whether a mistake stands in, above or on something that was put aside."""
    return any(_touches(path, each) for path in (where, *_rests_on(where)) for each in aside)


def _touches(path: Path, other: Path) -> bool:
    return all(mine in (its, ANY) for mine, its in zip(path, other, strict=False))


def _rests_on(where: Path) -> Iterator[Path]:
    """Say on what else a rule depends that complains of a place."""
    match where:
        case ("objectives", *_):
            for part in ("objects", "places", "outcomes", "kind"):
                yield ("world", part)
                yield ("environments", ANY, part)
            if where[1:2] == ("pareto",):
                yield ("evolution", "selection")
        case ("world", "objects", _, "features", *_):
            yield ("world", "features")
        case ("environments", name, "objects", _, "features", *_):
            yield ("world", "features")
            yield ("environments", name, "features")
        case ("environments", name, *_):
            yield ("world",)
            yield ("environments", name)
        case ("world", *_):
            yield ("world",)
        case ("mind", "objective", *_):
            yield ("mind", "objective", "drives")
            yield ("world",)
            yield ("environments", ANY)
        case ("mind", *_, "mutation" | "scale"):
            yield ("evolution", "algorithm")
            yield ("evolution", "mutation")
        case ("evolution", "cma_es" | "crossover" | "mutation"):
            yield ("evolution", "algorithm")
        case ("evolution", "elites"):
            yield ("evolution", "algorithm")
            yield ("evolution", "population")
            yield ("evolution", "selection")
        case ("evolution", "selection"):
            yield ("evolution", "algorithm")
            yield ("objectives", "pareto")
        case ("evolution", "episodes"):
            yield ("evolution", "selection")
        case ("evolution", "schedule", *_) | ("measure", "environments", *_):
            yield ("environments",)
        case _:
            return
