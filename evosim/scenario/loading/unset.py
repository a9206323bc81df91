"""Unsetting: keys of the scenario that one extends, as if it didn't say them."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.errors.messages import Layer, Path, dotted
from evosim.scenario.loading.resolve import refuse_deep_keys

UNSET = "unset"
MOST_TRIED = 20  # unset keys, each of which takes another check
EXPECTED = 'expected an array of keys, as ["evolution.crossover", "environments.elsewhere"]'


def unset_keys(asked: Mapping[str, Any]) -> tuple[dict[Path, Path], list[Diagnostic]]:
    """Return the paths that a scenario unsets, each with where it says so, and what is wrong with how it does."""
    said = asked.get(UNSET, [])
    if not isinstance(said, list):
        return {}, [Diagnostic((UNSET,), EXPECTED)]
    found: dict[Path, Path] = {}
    wrong = []
    if said and "extends" not in asked:
        wrong.append(Diagnostic((UNSET,), "there is nothing to unset: this scenario extends no other"))
    for at, key in enumerate(said):
        path = _path_of(key)
        if path is None:
            wrong.append(Diagnostic((UNSET, at), f"{key!r} is not a key; {EXPECTED}"))
        elif path in found:
            wrong.append(Diagnostic((UNSET, at), f"{dotted(path)} is there twice"))
        else:
            found[path] = (UNSET, at)
    return found, wrong


def without(below: dict[str, Any], keys: Mapping[Path, Path]) -> tuple[dict[str, Any], list[Diagnostic]]:
    """Return a scenario without some keys, and a diagnostic for each that it doesn't say."""
    wrong = []
    for path, where in keys.items():
        below, why = _removed(below, path, 0)
        if why:
            wrong.append(Diagnostic(where, f"{dotted(path)}: {why}"))
    return below, wrong


def blamed_unsets(
    found: Sequence[Diagnostic], layers: Sequence[Layer], kept: Callable[[tuple[int, Path]], list[Diagnostic] | None]
) -> dict[Diagnostic, tuple[int, Path]]:
    """Return what is wrong only since a key was unset that it is about: the number of the layer that does, and the key.

    `kept` returns the diagnostics without that; None where these wouldn't tell.
    """
    blamed: dict[Diagnostic, tuple[int, Path]] = {}
    keys = [(number, key) for number, layer in enumerate(layers) for key in layer.unset]
    for number, key in keys[:MOST_TRIED]:
        about = [each for each in found if each not in blamed and _is_about(each, str(key[-1]))]
        before = kept((number, key)) if about else None
        if before is not None:
            blamed |= {each: (number, key) for each in about if each not in before}
    return blamed


def _is_about(diagnostic: Diagnostic, name: str) -> bool:
    return name in diagnostic.where or name in diagnostic.what


def _removed(table: dict[str, Any], path: Path, depth: int) -> tuple[dict[str, Any], str]:
    """Return a table without what stands at the rest of a path, or why nothing can be removed there."""
    key = str(path[depth])
    if key not in table:
        inside = f" in {dotted(path[:depth])}" if depth else ""
        return table, f"the scenario that this one extends doesn't say {key!r}{inside}; {suggest(key, table)}"
    if depth == len(path) - 1:
        return {name: value for name, value in table.items() if name != key}, ""
    if not isinstance(table[key], dict):
        return table, f"{dotted(path[: depth + 1])} is {table[key]!r:.40}, and no table: set it as a whole"
    inner, why = _removed(table[key], path, depth + 1)
    return {**table, key: inner}, why


def _path_of(key: Any) -> Path | None:
    """Return the path that a key says, in the words of TOML; None if it isn't one."""
    try:
        refuse_deep_keys(str(key))
        inner: Any = tomllib.loads(f"{key} = 0") if isinstance(key, str) else {}
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    path: list[str] = []
    while isinstance(inner, dict):
        if len(inner) != 1:
            return None
        ((part, inner),) = inner.items()
        path.append(part)
    return tuple(path) if inner == 0 else None
