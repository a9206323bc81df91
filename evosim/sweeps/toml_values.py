"""Values of TOML as text: how a value of an axis is given to a scenario, and how it is shown."""

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


def shown_value(value: Any) -> str:
    """Return a value as a person reads it: a text without quotes, a number in its shortest form."""
    return value if isinstance(value, str) else f"{value:.6g}" if isinstance(value, float) else toml_value(value)


def split_values(text: str) -> list[str]:
    """Split `0.1,[1, 2],{a=1,b=2},"x,y"` at the commas that are in no bracket, brace or quote."""
    parts, depth, quote, current = [], 0, "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[{":
            depth += 1
        elif letter in "]}":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(current)
            current = ""
            continue
        current += letter
    return [*parts, current]
