"""Rules about drawings of worlds: each fault is reported once, at its line and column in the file."""

import textwrap
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from evosim.scenario.errors.diagnostic import Diagnostic, Spot, suggest
from evosim.scenario.schema.layouts import MEANINGS, MapLayout, rows_of_drawing
from evosim.scenario.schema.worlds import Anywhere, GridWorld
from evosim.scenario.validation.rule import RuleSet

DRAWING = ("layout", "drawing")
START, WALL, FLOOR = "@", "#", ". "
SEPARATORS = " \t,;|"
SUGGESTIONS = {
    **dict.fromkeys("SAPsap", "a start is '@'"),
    **dict.fromkeys("F-_0,", "floor is '.'"),
    **dict.fromkeys("XWxw1%█▓", "a wall is '#'"),
}  # signs of other programs' maps that have no meaning here


class Drawing(NamedTuple):
    """A drawing as cells, with their positions in the text of the drawing."""

    rows: list[str]
    first: int  # line of the text that is the first row
    indents: list[int]  # letters before each row

    def at(self, row: int, column: int = 0) -> Spot:
        """Return the position of a cell in the text."""
        return Spot(self.first + row, self.indents[row] + column)


@lru_cache(maxsize=8)
def read_drawing(text: str) -> Drawing:
    """Return a layout's drawing with the positions of its rows."""
    written, rows = text.split("\n"), textwrap.dedent(text).split("\n")
    first = next((number for number, row in enumerate(rows) if row), 0)
    shown = rows_of_drawing(text)
    return Drawing(shown, first, [len(written[first + i]) - len(row) for i, row in enumerate(shown)])


MAPS = RuleSet(GridWorld, reads=("kind", "layout?"))


@MAPS.rule(each="layout.legend.{symbol}", reads=("layout.legend.{symbol}", "objects.*?"))
def check_legend(world: GridWorld, symbol: str) -> Iterator[Diagnostic]:
    if isinstance(world.layout, MapLayout) and world.layout.legend[symbol] not in world.objects:
        name = world.layout.legend[symbol]
        what = f"there is no object {name!r}; {suggest(name, world.objects, *MEANINGS)}"
        yield Diagnostic(("layout", "legend", symbol), what)


@MAPS.rule(reads=("layout.drawing",), conclusive=True)
def check_cells_stand_side_by_side(world: GridWorld) -> Iterator[Diagnostic]:
    if isinstance(world.layout, MapLayout):
        apart = _apart(read_drawing(world.layout.drawing))
        yield from [Diagnostic(DRAWING, *apart)] if apart else ()


@MAPS.rule(reads=("layout.drawing", "layout.legend.*?"))
def check_symbols(world: GridWorld) -> Iterator[Diagnostic]:
    if isinstance(world.layout, MapLayout):
        drawing = read_drawing(world.layout.drawing)
        for symbol, cell in _unknown(world.layout).items():
            what = f"line {cell[0] + 1} of the map has {symbol!r}, which {_advice(symbol, world)}"
            yield Diagnostic(DRAWING, what, drawing.at(*cell))


@MAPS.rule(reads=("layout.drawing",))
def check_lengths_of_lines(world: GridWorld) -> Iterator[Diagnostic]:
    if isinstance(world.layout, MapLayout):
        uneven = _uneven(read_drawing(world.layout.drawing))
        yield from [Diagnostic(DRAWING, *uneven)] if uneven else ()


@MAPS.rule(reads=("layout.drawing", "layout.legend.*?"))
def check_border(world: GridWorld) -> Iterator[Diagnostic]:
    if isinstance(world.layout, MapLayout):
        drawing = read_drawing(world.layout.drawing)
        border = None if _uneven(drawing) else _open_border(drawing, _unknown(world.layout))
        yield from [Diagnostic(DRAWING, *border)] if border else ()


@MAPS.rule(reads=("size", "layout.drawing"))
def check_size_of_the_map(world: GridWorld) -> Iterator[Diagnostic]:
    if isinstance(world.layout, MapLayout):
        drawing = read_drawing(world.layout.drawing)
        size = len(drawing.rows), len(drawing.rows[0])
        if not _uneven(drawing) and tuple(world.size) != size:
            yield Diagnostic(("size",), f"the map has {size[0]} rows and {size[1]} columns; leave this out")


@MAPS.rule(reads=("layout.drawing", "layout.legend.*?"))
def check_map_has_a_start(world: GridWorld) -> Iterator[Diagnostic]:
    if isinstance(world.layout, MapLayout) and START not in world.layout.drawing:
        is_misspelt = any(SUGGESTIONS.get(symbol) == SUGGESTIONS["S"] for symbol in _unknown(world.layout))
        if not is_misspelt:
            yield Diagnostic(DRAWING, "the map has no start: mark where agents may start with '@'")


@MAPS.rule(reads=("layout.drawing", "start?"))
def check_start_is_given_once(world: GridWorld) -> Iterator[Diagnostic]:
    if isinstance(world.layout, MapLayout) and START in world.layout.drawing and not isinstance(world.start, Anywhere):
        yield Diagnostic(("start",), "the map marks where agents start, with '@': leave this out")


@MAPS.rule(each="objects.{name}", reads=("objects.{name}.count", "layout.drawing", "layout.legend"))
def check_objects_have_marks(world: GridWorld, name: str) -> Iterator[Diagnostic]:
    if isinstance(world.layout, MapLayout):
        symbols, count = _symbols(world.layout, name), world.objects[name].count
        marks = sum(row.count(symbol) for symbol in symbols for row in read_drawing(world.layout.drawing).rows)
        if symbols and count > marks:
            what = f"{count} of {name!r} don't fit: the map marks {marks} of {' and '.join(map(repr, symbols))}"
            yield Diagnostic(("objects", name, "count"), what)


@MAPS.rule(each="objects.{name}", reads=("objects.{name}.place?", "layout.drawing", "layout.legend"))
def check_marked_objects_have_no_place(world: GridWorld, name: str) -> Iterator[Diagnostic]:
    is_marked = isinstance(world.layout, MapLayout) and bool(_symbols(world.layout, name))
    if is_marked and not isinstance(world.objects[name].place, Anywhere):
        yield Diagnostic(("objects", name, "place"), f"the map says where {name!r} stands: leave this out")


def _symbols(layout: MapLayout, name: str) -> list[str]:
    """Return the symbols of a legend that stand for objects of a type."""
    return [symbol for symbol, named in layout.legend.items() if named == name]


def _apart(drawing: Drawing) -> tuple[str, Spot] | None:
    """Return what is wrong, and where, if cells are separated by a character, or else if there is a tab."""
    rows = drawing.rows
    between = {sign for row in rows for sign in row[1::2]}
    if len(between) == 1 and between <= set(SEPARATORS) and any(len(row) > 2 for row in rows):
        (sign,) = between
        named = {" ": "spaces", "\t": "tabs"}.get(sign, repr(sign))
        what = f"the cells of the map are separated by {named}: leave these out, so that line 1 is {rows[0][::2]!r}"
        return what, drawing.at(0, 1)
    for number, row in enumerate(rows):
        if "\t" in row:
            return f"line {number + 1} of the map has a tab; use spaces", drawing.at(number, row.index("\t"))
    return None


def _unknown(layout: MapLayout) -> dict[str, tuple[int, int]]:
    """Return the unknown symbols, each with its first cell."""
    return _signs(layout.drawing, frozenset({WALL, *FLOOR, START, *layout.legend}))


@lru_cache(maxsize=8)
def _signs(drawing: str, known: frozenset[str]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(read_drawing(drawing).rows):
        for column, symbol in enumerate(row):
            if symbol not in known:
                found.setdefault(symbol, (number, column))
    return found


def _advice(symbol: str, world: GridWorld) -> str:
    """Return a suggestion for a symbol that is not in the legend."""
    suggestion = SUGGESTIONS.get(symbol, f"others are {_described(world)}")
    if symbol in SUGGESTIONS:
        suggestion += f"; or say {_key(symbol)} = {_meaning(symbol)!r} in it"
    named = next((name for name in world.objects if name[0].lower() == symbol.lower()), None)
    if named is not None and symbol not in SUGGESTIONS:
        suggestion = f"is it {symbol} = {named!r}?"
    return f"is not in the legend; {suggestion}"


def _described(world: GridWorld) -> str:
    """Return what signs of a map mean: those that all maps have, and the legend."""
    legend = world.layout.legend if isinstance(world.layout, MapLayout) else {}
    signs = {sign: meaning for meaning, sign in MEANINGS.items()} | legend
    return ", ".join(f"{sign!r} {meaning}" for sign, meaning in signs.items())


def _key(symbol: str) -> str:
    """Return a symbol as a key of a legend."""
    return symbol if symbol.isascii() and symbol.isalnum() else f"{symbol!r}"


def _meaning(symbol: str) -> str:
    """Return what a sign of other programs probably means."""
    return next(meaning for meaning, own in MEANINGS.items() if f"is {own!r}" in SUGGESTIONS[symbol])


def _uneven(drawing: Drawing) -> tuple[str, Spot] | None:
    """Return what is wrong, and where, if a row has another length than the first."""
    rows = drawing.rows
    others = [number for number, row in enumerate(rows) if len(row) != len(rows[0])]
    if not others:
        return None
    trailing = [number for number, row in enumerate(rows) if row != row.rstrip(" ")]
    if len({len(row.rstrip(" ")) for row in rows}) == 1:
        number, end = trailing[0], len(rows[trailing[0]].rstrip(" "))
        return f"line {number + 1} of the map has spaces at its end, which are floor: remove them", drawing.at(
            number, end
        )
    number, more = others[0], len(others) - 1
    cells, first = len(rows[number]), len(rows[0])
    what = f"line {number + 1} of the map has {cells} cells, the first line {first}"
    return f"{what}{_and_others(more, 'differs', 'differ')}", drawing.at(number, min(cells, first))


def _open_border(drawing: Drawing, unknown: dict[str, tuple[int, int]]) -> tuple[str, Spot] | None:
    """Return where a drawing is open to the outside; other programs' walls are reported as unknown symbols instead."""
    rows = drawing.rows
    walls = {WALL, *(symbol for symbol in unknown if SUGGESTIONS.get(symbol) == SUGGESTIONS["X"])}
    last, right = len(rows) - 1, len(rows[0]) - 1
    border = [(r, c) for r in range(last + 1) for c in range(right + 1) if r in (0, last) or c in (0, right)]
    gaps = [(r, c) for r, c in border if rows[r][c] not in walls]
    if not gaps:
        return None
    if 2 * len(gaps) > len(border):
        return "the map is open to the outside: put a ring of '#' around it", drawing.at(0)
    row, column = gaps[0]
    more = len({r for r, _ in gaps}) - 1
    what = f"line {row + 1} of the map is open to the outside: the outermost cells must be '#'"
    return f"{what}{_and_others(more, 'is', 'are')}", drawing.at(row, column)


def _and_others(count: int, one: str, several: str) -> str:
    """Return, in words, the number of other lines of which the same is true."""
    return f"; {count} more line{f' {one}' if count == 1 else f's {several}'}" if count else ""
