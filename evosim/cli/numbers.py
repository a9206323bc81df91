"""Numbers on the command line: what is expected is said in words, whatever is wrong with the word."""

from typing import Any

import click

ENDLESS = 10**9  # a largest number from which on it isn't said, unless somebody goes beyond it


class WholeNumber(click.IntRange):
    """A whole number in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert a word to a number."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r}: expected a whole number {describe_range(self, value)}", param, ctx)


class RealNumber(click.FloatRange):
    """A number in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert a word to a number."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r}: expected a number {describe_range(self, value)}", param, ctx)


def describe_range(asked: click.IntRange | click.FloatRange, value: Any) -> str:
    """Return a range in words: from 0 on; from 1 to 1024; above 0; between −1 and 1."""
    low, high = asked.min, asked.max
    if high is not None and high >= ENDLESS and not _is_above(value, high):
        high = None
    if high is None:
        return f"above {low:,g}" if asked.min_open else f"from {low} on"
    if asked.min_open and asked.max_open:
        return f"between {low} and {high}"
    return f"from {low} to {high}"


def _is_above(value: Any, high: float) -> bool:
    try:
        return float(value) > high
    except (TypeError, ValueError):
        return False
