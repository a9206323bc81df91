"""Dotted keys of a table: `a.b = [1]` and `"a.b" = [1]` are the same key, and where each was written is known."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from evosim.scenario.errors.diagnostic import Diagnostic

Where = tuple[str | int, ...]


def with_dotted_keys(
    asked: dict[str, Any], where: tuple[str, ...], is_leaf: Callable[[Any], bool], places: dict[Where, Where]
) -> dict[str, Any]:
    """Return what is asked for with the nested tables of one section as dotted keys, and note where each stood."""
    key, *rest = where
    inner = asked.get(key)
    if not isinstance(inner, dict):
        return asked
    if rest:
        below: dict[Where, Where] = {}
        changed = with_dotted_keys(inner, tuple(rest), is_leaf, below)
        places.update({(key, *at): (key, *path) for at, path in below.items()})
        return {**asked, key: changed}
    flat = {}
    for path, value in flattened(inner, is_leaf):
        dotted = ".".join(path)
        places[key, dotted] = (key, *path)
        flat[dotted] = value
    return {**asked, key: flat}


def flattened(table: Mapping[str, Any], is_leaf: Callable[[Any], bool]) -> Iterable[tuple[tuple[str, ...], Any]]:
    """Yield what stands in nested tables, each with its path."""
    for key, value in table.items():
        if isinstance(value, dict) and value and not is_leaf(value):
            for path, inner in flattened(value, is_leaf):
                yield (key, *path), inner
        else:
            yield (key,), value


def is_range(table: Any) -> bool:
    """Whether a table is a range, and no path to one."""
    return "from" in table or "to" in table


def placed(found: Diagnostic, places: Mapping[Where, Where]) -> Diagnostic:
    """Return a diagnostic at the path that was written."""
    for length in range(len(found.where), 0, -1):
        if found.where[:length] in places:
            return found._replace(where=(*places[found.where[:length]], *found.where[length:]))
    return found
