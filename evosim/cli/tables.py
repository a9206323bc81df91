"""Tables that fit: wide, turned on their side, or as a list, but never with a number, a name or a path cut.

Rows become columns where a table is too wide for its terminal, or for a log (100 columns unless `COLUMNS` says
otherwise), and if that is too wide as well each row becomes a few lines of its own. Sentences go on in the next line,
but only on terminals: logs are searched by lines.
"""

import os
from collections.abc import Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

PROSE = 30  # letters from which on a cell of several words is a sentence, which may go on in the next line
NARROWEST = 24  # letters in a line of a sentence
LOG = 100  # letters in a line of a table in a log
MOST = 10**6  # letters in a line of a log


def show_table(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table such that each cell can be read."""
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        console.width = LOG
    console.print()
    console.print(Text(title, style="italic"), soft_wrap=not console.is_terminal)
    widest = console.options.update(max_width=MOST)
    for heads, cells in ((columns, rows), transposed(columns, rows)):
        wraps = heads is columns and is_prose([row[-1] for row in rows])
        table = table_of(heads, cells, wraps=wraps and console.is_terminal)
        needed = Measurement.get(console, widest, table)
        if (needed.minimum if wraps else needed.maximum) <= console.width:
            width = console.width
            console.width = width if console.is_terminal else MOST
            console.print(table)
            console.width = width
            return
    for line in as_list(columns, rows):
        wraps = console.is_terminal and is_prose([line.partition(": ")[2]])
        console.print(Text(line), soft_wrap=not wraps)
    console.print()


def is_prose(cells: Sequence[str]) -> bool:
    """Whether some cells are sentences."""
    return any(cell_len(cell) > PROSE and len(cell.split()) > 3 for cell in cells)


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str]], *, wraps: bool) -> Table:
    """Return a table, whose last column may continue in the next line if it `wraps`; all others never do."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns[: len(columns) - wraps]:
        table.add_column(Text(column), no_wrap=True)
    if wraps:
        longest = max(cell_len(word) for text in (columns[-1], *(row[-1] for row in rows)) for word in text.split())
        table.add_column(Text(columns[-1]), min_width=max(NARROWEST, longest))
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def transposed(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Return a table with rows as columns."""
    first, *others = zip(columns, *rows, strict=True)
    return list(first), [list(each) for each in others]


def as_list(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return each row as lines of its own, one for each cell under the first."""
    heads = [" ".join(column.split()) for column in columns]
    lines = [f"{heads[0]}:"] if heads[0] else []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        lines.append(cells[0])
        lines += [f"  {head}: {cell}" if head else f"  {cell}" for head, cell in zip(heads[1:], cells[1:], strict=True)]
    return lines
