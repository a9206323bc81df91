"""Keys of scenario files explained: what each means, which values it takes, and its default."""

from collections.abc import Iterator

from evosim.cli.printing import print_line, print_table
from evosim.scenario.loading.key_search import FoundKey
from evosim.scenario.loading.key_tables import KeyMeaning, KeyTable


def print_key(word: str, found: FoundKey) -> None:
    """Print what was found at a path: in a few lines, and the keys of tables in a table each."""
    if found.keys:
        print_line(word)
        for line in describe_key(found):
            print_line(f"  {line}")
    for table in first_of_each(found.tables):
        title = f"{word}{plain(table.which)}"
        if table.meaning and table.meaning not in [key.meaning for _, key in found.keys]:
            title += f": {plain(table.meaning)}"
        rows = [[key.name, " ".join((plain(key.meaning), sentence(key.accepts)))] for key in table.keys]
        if len(rows) == 1 and "const" in table.keys[0].node:  # nothing but what tells it from others
            print_line(f"\n{title}")
        else:
            print_table(title, ["key", "meaning"], rows)


def describe_key(found: FoundKey) -> Iterator[str]:
    """Yield lines that explain a key: what it means, and what it can be, in which tables if that differs."""
    meanings: dict[str, list[tuple[KeyTable, KeyMeaning]]] = {}
    for table, key in found.keys:
        meanings.setdefault(key.meaning, []).append((table, key))
    for meaning, places in meanings.items():
        yield plain(meaning)
        values: dict[str, list[str]] = {}
        for table, key in places:
            is_choice = "const" in key.node
            said = f"{key.values}: {plain(table.meaning)}" if is_choice else key.accepts
            values.setdefault(said, []).append("" if is_choice else plain(table.which).strip(" ,"))
        is_everywhere = len(meanings) == len(values) == 1 and found.is_everywhere
        for said, which in values.items():
            where = " or ".join(dict.fromkeys(filter(None, which)))
            yield said if is_everywhere or not where else f"{said} ({where})"


def first_of_each(tables: list[KeyTable]) -> list[KeyTable]:
    """Return tables without those that are the same in another kind of world."""
    return [table for n, table in enumerate(tables) if table.node not in [other.node for other in tables[:n]]]


def plain(text: str) -> str:
    """Return Markdown as text."""
    return text.replace("`", "")


def sentence(words: str) -> str:
    """Return words as a sentence."""
    return f"{words[:1].upper()}{words[1:]}." if words else ""
