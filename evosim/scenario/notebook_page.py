"""What a notebook shows of an object: a heading, a list of what is said of it, and a table; all text is escaped."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape


def page(heading: str, said: Mapping[str, str], *parts: str) -> str:
    """Return a heading, what is said under each name unless it is empty, and further parts that are HTML."""
    listed = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th><td style='text-align:left'>{escape(text)}</td></tr>"
        for name, text in said.items()
        if text
    )
    table = f"<table>{listed}</table>" if listed else ""
    return f"<div class='evosim'><strong>{escape(heading)}</strong>{table}{''.join(parts)}</div>"


def rows(table: Iterable[Sequence[str]]) -> str:
    """Return a table whose first row is its head."""
    head, *body = table
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in body)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{lines}</tbody></table>"
