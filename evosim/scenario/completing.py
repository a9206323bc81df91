"""Completing: from the short form that a person writes to the explicit one, still as plain tables."""

import json
import re
import tomllib
from typing import Any, TypeAlias

Sections: TypeAlias = "dict[str, Sections]"
ANY = "*"
DEEP_KEY = re.compile(r"""(?<![\w-])(?:(?>[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+){32}""")

# The tables whose keys are replaced one by one; every other value is replaced as a whole.
WORLD: Sections = {"objects": {ANY: {}}}
SECTIONS: Sections = {
    "world": WORLD,
    "environments": {ANY: WORLD},
    "objectives": {},
    "mind": {"objective": {}, "open_loop": {}, "heuristic": {}, "planner": {}},
    "evolution": {},
    "measure": {},
}


def complete(asked: dict[str, Any]) -> dict[str, Any]:
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


def extend(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Give a scenario with the values replaced that another names; what it doesn't name stays."""
    return _replaced(base, change, SECTIONS)


def _override(world: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Replace the values that an environment names: of the world, and of its objects one by one."""
    return _replaced(world, change, WORLD)


def _replaced(base: dict[str, Any], change: dict[str, Any], sections: Sections) -> dict[str, Any]:
    merged = dict(base)
    for key, value in change.items():
        inner = sections.get(key, sections.get(ANY))
        kept = merged.get(key)
        within = inner is not None and isinstance(kept, dict) and isinstance(value, dict)
        merged[key] = _replaced(kept, value, inner) if within and inner is not None and kept is not None else value
    return merged


def refuse_deep_keys(text: str) -> None:
    """Refuse a key of very many parts, over which the reader of TOML would sit for hours.

    Raises:
        RecursionError: there is one.
    """
    if DEEP_KEY.search(text):
        raise RecursionError("nested too deeply")


def parse_override(override: str) -> tuple[tuple[str, ...], Any]:
    """Read `key.path=value` as the path and the value; a bare word counts as a string.

    Raises:
        ValueError: it is no assignment.
    """
    key, equals, value = override.partition("=")
    try:
        refuse_deep_keys(override)
    except RecursionError as error:
        raise ValueError(str(error)) from None
    if not equals:
        raise ValueError("expected KEY=VALUE, as in evolution.population=1000")
    if re.fullmatch(r"\s*[A-Za-z_][\w.-]*\s*", value) and value.strip() not in ("true", "false", "inf", "nan"):
        value = json.dumps(value.strip())
    whole: Any = tomllib.loads(f"{key} = {value}")
    depth: Any = tomllib.loads(f"{key} = 0")
    path: list[str] = []
    if not whole:
        raise ValueError("expected KEY=VALUE, as in evolution.population=1000")
    while isinstance(depth, dict):
        ((part, depth),) = depth.items()
        path.append(part)
        whole = whole[part]
    return tuple(path), whole


def put(table: Any, path: tuple[str, ...], value: Any) -> Any:
    """Give the table with the value at `path` replaced; tables on the way are made if they aren't there."""
    if not path:
        return value
    inner = table if isinstance(table, dict) else {}
    return {**inner, path[0]: put(inner.get(path[0]), path[1:], value)}
