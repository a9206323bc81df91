"""Values and keys as TOML."""

import json
import math
import re
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_value(value: Any) -> str:
    """Return a value as TOML.

    Raises:
        ValueError: it is a date, a time, infinite or not a number, which no key of a scenario takes.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{toml_key(key)} = {toml_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    raise ValueError(f"expected a finite number, a text, true or false, an array or a table, got {value}")


def toml_key(key: str) -> str:
    """Return a key as TOML, in quotes if it needs them."""
    return key if BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
