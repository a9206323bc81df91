"""Where a value stands in a TOML file: paths of keys to lines and columns.

`tomllib` returns values without positions, so the text is parsed a second time, by tree-sitter,
and only when there is a diagnostic to locate.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Path = tuple[str | int, ...]


class SourcePosition(NamedTuple):
    """A word in a text: its position, both numbers from 1, and how long it is."""

    line: int
    column: int
    length: int


def find_source_positions(text: str) -> dict[Path, SourcePosition]:
    """Return where each key, array element and line of a text of several lines first stands, by its path.

    What is nested so deeply that it can't be followed is left out.
    """
    positions: dict[Path, SourcePosition] = {}
    with suppress(RecursionError):
        _add_all(text, positions)
    return positions if text.isascii() else _in_letters(positions, text)


def _add_all(text: str, positions: dict[Path, SourcePosition]) -> None:
    tree = Parser(Language(tree_sitter_toml.language())).parse(text.encode())
    tables_seen: dict[Path, int] = {}
    for node in tree.root_node.named_children:
        if node.type == "pair":
            _add_pair((), node, positions)
        elif node.type in ("table", "table_array_element"):
            path = _key_path(node.named_children[0])
            _add_prefixes((), node.named_children[0], positions)
            if node.type == "table_array_element":
                position = tables_seen.get(path, -1) + 1
                tables_seen[path] = position
                path = (*path, position)
                positions.setdefault(path, _position(node))
            for child in node.named_children[1:]:
                if child.type == "pair":
                    _add_pair(path, child, positions)


def _add_pair(above: Path, node: Node, positions: dict[Path, SourcePosition]) -> None:
    key, value = (child for child in node.named_children if child.type != "comment")
    _add_prefixes(above, key, positions)
    _add_value((*above, *_key_path(key)), value, positions)


def _add_value(path: Path, node: Node, positions: dict[Path, SourcePosition]) -> None:
    if node.type == "inline_table":
        for child in node.named_children:
            if child.type == "pair":
                _add_pair(path, child, positions)
    elif node.type == "array":
        elements = [child for child in node.named_children if child.type != "comment"]
        for position, child in enumerate(elements):
            positions.setdefault((*path, position), _position(child))
            _add_value((*path, position), child, positions)

    elif (node.text or b"")[:3] in (b'"""', b"'''"):
        _add_lines(path, node, positions)


def _add_lines(path: Path, node: Node, positions: dict[Path, SourcePosition]) -> None:
    """Add each line of a text of several lines; of one with escapes, which may join lines, none."""
    text = (node.text or b"").decode()
    quotes, content = text[:3], text[3:-3]
    if quotes == '"""' and "\\" in content:
        return
    row, column = node.start_point[0], node.start_point[1] + len(quotes)
    if content.startswith("\n"):  # it is none of the text
        content, row, column = content[1:], row + 1, 0
    for number, line in enumerate(content.split("\n")):
        positions[(*path, number)] = SourcePosition(row + 1 + number, column + 1, len(line))
        column = 0


def _add_prefixes(above: Path, key: Node, positions: dict[Path, SourcePosition]) -> None:
    """Add `a`, `a.b` and `a.b.c` for the dotted key a.b.c, each where its last part stands."""
    path = above
    for part in _key_parts(key):
        path = (*path, _key_text(part))
        positions.setdefault(path, _position(part))


def _key_path(key: Node) -> Path:
    return tuple(_key_text(part) for part in _key_parts(key))


def _key_parts(key: Node) -> Iterator[Node]:
    if key.type == "dotted_key":
        for child in key.named_children:
            yield from _key_parts(child)
    else:
        yield key


def _key_text(node: Node) -> str:
    text = (node.text or b"").decode()
    return text[1:-1] if node.type == "quoted_key" else text


def _position(node: Node) -> SourcePosition:
    (row, start), (last_row, end) = node.start_point, node.end_point
    line = (node.text or b"").decode().split("\n", 1)[0]
    return SourcePosition(row + 1, start + 1, len(line) if row == last_row and end > start else 1)


def _in_letters(positions: dict[Path, SourcePosition], text: str) -> dict[Path, SourcePosition]:
    """Return positions with columns in letters, as people count: tree-sitter counts bytes."""
    lines = [line.encode() for line in text.split("\n")]
    return {
        path: position._replace(
            column=len(lines[position.line - 1][: position.column - 1].decode("utf-8", "replace")) + 1
        )
        for path, position in positions.items()
    }
