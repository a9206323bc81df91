"""Tables of many runs as a page shows them: results first, and what is long broken where words end.

Few conditions stand side by side, a row for each number; many stand below each other, with what they are at the end
if that is long.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from evosim.sweeps.comparing.tables import TextTable

MOST_ABREAST = 4  # conditions
LONGEST_NAME, LONGEST_VALUE = 40, 120  # letters of what a condition is, in a head and in a cell
SHORT = 24  # letters of all that a condition is, which leave room for results beside it
NUMBER, SEEDS, CONDITION, DIED = "number", "seeds", "condition", "died out"


class PageTable(NamedTuple):
    """A table as a page shows it."""

    title: str
    heads: list[str]
    rows: list[list[str]]
    worded: frozenset[int] = frozenset()  # columns that are words, which may be long
    named: bool = False  # whether the first cell of a row says what it is about
    note: str = ""  # below it


def arrange_table(table: TextTable, keys: Sequence[str]) -> PageTable:
    """Return a table for a page; of the table of means, which has the `keys` of the axes, results come first."""
    if SEEDS not in table.heads:
        return PageTable(table.title, table.heads, table.rows)
    at = table.heads.index(SEEDS)  # before it is what a condition is
    varied = [n for n, head in enumerate(table.heads[:at]) if head in keys]
    counted = [n for n in range(at, len(table.heads)) if table.heads[n] in (SEEDS, DIED)]
    numbered = [n for n in range(at) if n not in varied]
    results = [n for n in range(at, len(table.heads)) if n not in counted]
    if len(table.rows) <= MOST_ABREAST:
        heads = [NUMBER, *(_head_of(row, numbered, varied) for row in table.rows)]
        order = [*results, *counted, *varied]
        rows = [[table.heads[n], *(_short(row[n], LONGEST_VALUE) for row in table.rows)] for n in order]
        return PageTable(table.title, heads, rows, named=True, note=table.note)
    room = sum(max(len(row[n]) for row in table.rows) for n in varied)
    order = [*numbered, *varied, *counted, *results] if room <= SHORT else [*numbered, *results, *counted, *varied]
    worded = frozenset(place for place, n in enumerate(order) if n in varied)
    rows = [[_short(row[n], LONGEST_VALUE) if n in varied else row[n] for n in order] for row in table.rows]
    return PageTable(table.title, [table.heads[n] for n in order], rows, worded, note=table.note)


def worded(table: PageTable, words: Mapping[str, str]) -> PageTable:
    """Return a table with `words` in place of names of numbers and scenarios.

    A name stands alone in a cell, or after a colon; a title may begin with one.
    """

    def said(cell: str) -> str:
        before, colon, name = cell.rpartition(": ")
        return f"{before}{colon}{words.get(name, name)}"

    name = next((each for each in words if table.title.startswith((f"{each}, ", f"{each} at "))), "")
    title = f"{words[name]}{table.title.removeprefix(name)}" if name else table.title
    heads, rows = [*map(said, table.heads)], [[*map(said, row)] for row in table.rows]
    return table._replace(title=title, heads=heads, rows=rows)


def _head_of(row: Sequence[str], numbered: Sequence[int], varied: Sequence[int]) -> str:
    """Return what a condition that is a column is called: its number, and its values as far as they are short."""
    if not numbered:
        return "all runs"
    name = ", ".join(row[n] for n in varied)
    number = f"{CONDITION} {row[numbered[0]]}"
    return f"{number}: {_short(name, LONGEST_NAME)}" if name else number


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def breakable(name: str) -> Markup:
    """Return a name that may be broken after its dots and underscores."""
    return escape(name).replace(".", Markup(".<wbr>")).replace("_", Markup("_<wbr>"))


def with_whole_interval(cell: object) -> Markup:
    """Return a cell that may be broken before an interval, and not in it."""
    value, bracket, interval = str(cell).partition(" [")
    if not bracket:
        return escape(value)
    return Markup('<span>{} <span class="together">[{}</span></span>').format(value, interval)
