"""The page of all keys: what a scenario may say, as Markdown, from the schema that scenarios are checked by."""

import re

from evosim.scenario.loading.key_tables import KeyTable, complete_schema, key_tables

CODE = re.compile(r'(?<=default )(\S.*)|"[^"]*"|true|false')  # what a person writes as it stands
MARKED = r"`\g<0>`"


def keys() -> str:
    """Return every table of a scenario with its keys, their meanings, values and defaults."""
    return "\n".join(_table(table) for table in key_tables(complete_schema(), once=True))


def _table(table: KeyTable) -> str:
    """Return one table of a scenario: a heading, what it is, and a row for each key."""
    heading = f"`{table.path}`{table.which}" if table.path else "Top level"
    rows = [f"| `{key.name}` | {key.meaning} | {CODE.sub(MARKED, key.accepts)} |" for key in table.keys]
    head = ["| key | meaning | value |", "|---|---|---|"]
    return "\n".join(["", f"## {heading}", "", table.meaning, "", *head, *rows, ""])
