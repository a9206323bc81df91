"""Reproduction: a run's complete scenario as a file that gives the same run again."""

import json
from collections.abc import Iterator
from typing import Any

from evosim.scenario import Scenario

BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def scenario_as_toml(scenario: Scenario) -> str:
    """Return a scenario's explicit form as TOML."""
    return "\n".join(_table(scenario.model_dump(mode="json"), [])).strip() + "\n"


def _table(table: dict[str, Any], path: list[str]) -> Iterator[str]:
    """Yield the lines of a table: its values first, then its sub-tables."""
    values = {name: value for name, value in table.items() if value is not None and not _is_long(value)}
    if path and (values or not table):
        yield f"\n[{'.'.join(map(_key, path))}]"
    for name, value in values.items():
        yield f"{_key(name)} = {_value(value)}"
    for name, value in table.items():
        if _is_long(value):
            yield from _table(value, [*path, name])


def _is_long(value: Any) -> bool:
    """Whether a value is a table that needs lines of its own."""
    return isinstance(value, dict) and (any(isinstance(each, dict) for each in value.values()) or len(value) > 4)


def _key(name: str) -> str:
    return name if name and set(name) <= BARE else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items() if each is not None)
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)  # text, truth values and finite numbers are written alike
