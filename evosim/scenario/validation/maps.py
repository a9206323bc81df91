"""What a drawing of a world can still get wrong, told once each, at its line and column in the file."""

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from evosim.scenario.errors.diagnostic import Diagnostic, Spot, suggest
from evosim.scenario.schema.layouts import MapLayout
from evosim.scenario.schema.worlds import Anywhere, GridWorld

START, WALL, FLOOR = "@", "#", ". "
SEPARATORS = " \t,;|"
MEANT = {
    **dict.fromkeys("SAPsap", "a start is '@'"),
    **dict.fromkeys("F-_0,", "floor is '.'"),
    **dict.fromkeys("XWxw1%█▓", "a wall is '#'"),
}  # what the maps of other programs mean by signs that have no meaning here


class Drawing(NamedTuple):
    """A drawing as cells, and where these stand in the text of the drawing."""

    rows: list[str]
    first: int  # line of the text that is the first row
    indents: list[int]  # letters before each row

    def at(self, row: int, column: int = 0) -> Spot:
        """Say where a cell stands in the text."""
        return Spot(self.first + row, self.indents[row] + column)


def drawing_of(layout: MapLayout) -> Drawing:
    """Read a layout's drawing with the places of its rows."""
    written, rows = layout.drawing.split("\n"), textwrap.dedent(layout.drawing).split("\n")
    first = next((number for number, row in enumerate(rows) if row), 0)
    shown = layout.rows()
    return Drawing(shown, first, [len(written[first + i]) - len(row) for i, row in enumerate(shown)])


def map_mistakes(where: tuple[str, ...], world: GridWorld, layout: MapLayout) -> Iterator[Diagnostic]:
    """Find what is wrong with a drawing; a line is one of the drawing's, from 1.

    What only follows from cells that are apart, from lines of different lengths or from signs that mean something else
    elsewhere, is not told.
    """
    at, drawing = (*where, "layout", "drawing"), drawing_of(layout)
    for symbol, name in layout.legend.items():
        if name not in world.objects:
            what = f"there is no object {name!r}; {suggest(name, list(world.objects))}"
            yield Diagnostic((*where, "layout", "legend", symbol), what)
    apart = _apart(drawing)
    if apart:
        yield Diagnostic(at, *apart)
        return
    unknown = _unknown(drawing, {WALL, *FLOOR, START, *layout.legend})
    for symbol, cell in unknown.items():
        yield Diagnostic(
            at, f"line {cell[0] + 1} of the map has {symbol!r}, which {_advice(symbol, world)}", drawing.at(*cell)
        )
    uneven = _uneven(drawing)
    if uneven:
        yield Diagnostic(at, *uneven)
    else:
        border = _open_border(drawing, unknown)
        yield from [Diagnostic(at, *border)] if border else ()
        size = len(drawing.rows), len(drawing.rows[0])
        if tuple(world.size) != size:
            yield Diagnostic((*where, "size"), f"the map has {size[0]} rows and {size[1]} columns; leave this out")
    if START not in layout.drawing and not any(MEANT.get(symbol) == MEANT["S"] for symbol in unknown):
        yield Diagnostic(at, "the map has no start: mark where agents may start with '@'")
    elif START in layout.drawing and not isinstance(world.start, Anywhere):
        yield Diagnostic((*where, "start"), "the map marks where agents start, with '@': leave this out")
    yield from _marked_objects(where, world, layout, drawing.rows)


def _apart(drawing: Drawing) -> tuple[str, Spot] | None:
    """Find cells that are apart by spaces or other signs, or else a tab."""
    rows = drawing.rows
    between = {sign for row in rows for sign in row[1::2]}
    if len(between) == 1 and between <= set(SEPARATORS) and any(len(row) > 2 for row in rows):
        (sign,) = between
        named = {" ": "spaces", "\t": "tabs"}.get(sign, repr(sign))
        what = f"the cells of the map are apart by {named}: write them side by side, the first line as {rows[0][::2]!r}"
        return what, drawing.at(0, 1)
    for number, row in enumerate(rows):
        if "\t" in row:
            return f"line {number + 1} of the map has a tab; use spaces", drawing.at(number, row.index("\t"))
    return None


def _unknown(drawing: Drawing, known: set[str]) -> dict[str, tuple[int, int]]:
    """Find the signs that mean nothing, each where it first stands."""
    found: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(drawing.rows):
        for column, symbol in enumerate(row):
            if symbol not in known:
                found.setdefault(symbol, (number, column))
    return found


def _advice(symbol: str, world: GridWorld) -> str:
    """Say what was probably meant by a sign that is not in the legend."""
    meant = MEANT.get(symbol, "others are '#', '.', '@'")
    named = next((name for name in world.objects if name[0].lower() == symbol.lower()), None)
    if named is not None and symbol not in MEANT:
        meant = f"is it {symbol} = {named!r}?"
    return f"is not in the legend; {meant}"


def _uneven(drawing: Drawing) -> tuple[str, Spot] | None:
    """Find a row of another length than the first."""
    rows = drawing.rows
    others = [number for number, row in enumerate(rows) if len(row) != len(rows[0])]
    if not others:
        return None
    trailing = [number for number, row in enumerate(rows) if row != row.rstrip(" ")]
    if len({len(row.rstrip(" ")) for row in rows}) == 1:
        number, end = trailing[0], len(rows[trailing[0]].rstrip(" "))
        return f"line {number + 1} of the map has spaces at its end, which are floor: take them away", drawing.at(
            number, end
        )
    number, more = others[0], len(others) - 1
    cells, first = len(rows[number]), len(rows[0])
    told = f"line {number + 1} of the map has {cells} cells, the first line {first}"
    return f"{told}{_and_others(more, 'differs', 'differ')}", drawing.at(number, min(cells, first))


def _open_border(drawing: Drawing, unknown: dict[str, tuple[int, int]]) -> tuple[str, Spot] | None:
    """Find where a drawing is open to the outside; what other programs draw as a wall is told of as a sign."""
    rows = drawing.rows
    walls = {WALL, *(symbol for symbol in unknown if MEANT.get(symbol) == MEANT["X"])}
    last, right = len(rows) - 1, len(rows[0]) - 1
    border = [(r, c) for r in range(last + 1) for c in range(right + 1) if r in (0, last) or c in (0, right)]
    gaps = [(r, c) for r, c in border if rows[r][c] not in walls]
    if not gaps:
        return None
    if 2 * len(gaps) > len(border):
        return "the map is open to the outside: put a ring of '#' around it", drawing.at(0)
    row, column = gaps[0]
    more = len({r for r, _ in gaps}) - 1
    told = f"line {row + 1} of the map is open to the outside: the outermost cells must be '#'"
    return f"{told}{_and_others(more, 'is', 'are')}", drawing.at(row, column)


def _and_others(count: int, one: str, several: str) -> str:
    """Say of how many other lines the same is true."""
    return f"; {count} more line{f' {one}' if count == 1 else f's {several}'}" if count else ""


def _marked_objects(
    where: tuple[str, ...], world: GridWorld, layout: MapLayout, rows: list[str]
) -> Iterator[Diagnostic]:
    """Find objects that the map marks too few cells for, or that say where they stand as well."""
    for name, kind in world.objects.items():
        symbols = [symbol for symbol, named in layout.legend.items() if named == name]
        marks = sum(row.count(symbol) for symbol in symbols for row in rows)
        if symbols and kind.count > marks:
            what = f"{kind.count} of {name!r} don't fit: the map marks {marks} of {' and '.join(map(repr, symbols))}"
            yield Diagnostic((*where, "objects", name, "count"), what)
        if symbols and not isinstance(kind.place, Anywhere):
            yield Diagnostic((*where, "objects", name, "place"), f"the map says where {name!r} stands: leave this out")
