"""Values of axes as text: how a value is shown, and how several are given."""

from typing import Any

from evosim.scenario.toml_values import toml_value


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
