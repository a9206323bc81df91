"""Searching the keys of scenario files by their paths, as `evolution.mutation.rate`."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from shlex import quote
from typing import Any, NamedTuple

from evosim.scenario.errors.diagnostic import suggest
from evosim.scenario.loading.key_tables import ENTRY, NAME, KeyMeaning, KeyTable, Node, complete_schema, key_tables

MOST_SUGGESTED = 4
REPEATED = "environments."  # tables in which all keys of `world` are there again
Path = tuple[str, ...]


class FoundKey(NamedTuple):
    """What is at a path: a key in each of some tables, and the tables that it can be."""

    keys: list[tuple[KeyTable, KeyMeaning]]
    tables: list[KeyTable]
    is_everywhere: bool  # whether all tables at the place of the keys have it


class KeySearch:
    """All keys of scenario files, to be found by their paths."""

    def __init__(self) -> None:
        self.schema = complete_schema()
        self.tables = list(key_tables(self.schema))

    def find(self, word: str) -> FoundKey:
        """Return what is at a path such as `world.objects.door.count` or `evolution.schedule.0.from`.

        Raises:
            LookupError: there is nothing; the message says what would be right.
        """
        path = path_of(word) or (word,)
        keys = [(table, key) for table in self.tables for key in table.keys if _fits(path, _place(table, key))]
        inside = [table for table in self.tables if table.path and _fits(path, path_of(table.path))]
        if not keys and not inside:
            raise LookupError(self._refusal(path))
        beside = [table for table in self.tables if _fits(path[:-1], path_of(table.path))]
        return FoundKey(keys, inside, len(keys) == len(beside))

    def schema_of(self, found: FoundKey) -> Node:
        """Return the JSON Schema of what was found, complete in itself."""
        nodes = [key.node for _, key in found.keys] or [table.node for table in found.tables]
        different = [node for i, node in enumerate(nodes) if node not in nodes[:i]]
        whole = dict(different[0]) if len(different) == 1 else {"anyOf": different}
        definitions: Node = {}
        waiting = [*_references(whole)]
        while waiting:
            name = waiting.pop()
            if name not in definitions:
                definitions[name] = self.schema["$defs"][name]
                waiting += _references(definitions[name])
        return {**whole, "$defs": definitions} if definitions else whole

    def _refusal(self, path: Path) -> str:
        """Return why nothing is at a path, with a suggestion."""
        known = (n for n in range(len(path) - 1, 0, -1) if self._keys_at(path[:n]) or self._is_key(path[:n]))
        here = next(known, 0)
        where, allowed = ".".join(path[:here]), self._keys_at(path[:here])
        what = f"no key {path[here]!r} {f'in {where}' if where else 'at the top level'}"
        if not allowed:
            return f"{what}, whose keys are names of your own; `evosim schema {quote(where)}` explains it"
        places = [_place(table, key) for table in self.tables for key in table.keys]
        named = [each for each in places if _fits(path, each[-len(path) :])]
        near = get_close_matches(path[here], allowed, n=1)
        if not named and near and self._is_key(corrected := (*path[:here], near[0], *path[here + 1 :])):
            named = [corrected]
        elif not named and near:
            named = [(*path[:here], near[0])]
        elif not named:
            close = get_close_matches(path[-1], {each[-1] for each in places}, n=1, cutoff=0.8)
            named = [each for each in places if each[-1:] == tuple(close)]
        shown = list(dict.fromkeys(".".join(each) for each in sorted(named, key=len)))
        shown = [each for each in shown if not each.startswith(REPEATED)] or shown
        if not shown:
            return f"{what}; {suggest(path[here], allowed)}"
        more = ", …" if len(shown) > MOST_SUGGESTED else ""
        return f"{what}; did you mean {_or(shown[:MOST_SUGGESTED])}{more}?"

    def _keys_at(self, path: Path) -> list[str]:
        """Return the keys of all tables at a path."""
        tables = [table for table in self.tables if _fits(path, path_of(table.path))]
        return list(dict.fromkeys(key.name for table in tables for key in table.keys))

    def _is_key(self, path: Path) -> bool:
        return any(_fits(path, _place(table, key)) for table in self.tables for key in table.keys)


def path_of(word: str) -> Path:
    """Return the parts of a path, without numbers and brackets that stand for an entry of a list."""
    parts = word.replace(ENTRY, "").split(".") if word else []
    return tuple(part for part in parts if not re.fullmatch(r"\d+|\[\d+\]", part))


def _place(table: KeyTable, key: KeyMeaning) -> Path:
    return (*path_of(table.path), key.name)


def _fits(path: Path, place: Path) -> bool:
    """Whether a path leads to a place, in which names of a person's own may stand."""
    return len(path) == len(place) and all(own in (said, NAME) for said, own in zip(path, place, strict=True))


def _references(node: Any) -> Iterable[str]:
    """Yield the names of the definitions that a node refers to."""
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference.removeprefix("#/$defs/")
        for each in node.values():
            yield from _references(each)
    elif isinstance(node, list):
        for each in node:
            yield from _references(each)


def _or(words: Sequence[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} or {last}" if before else last
