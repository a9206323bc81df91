"""The pages of docs/ that define all columns, and the columns of each format of the run file.

`python tests/pages_of_columns.py` writes the tables of the pages, and records a new format's columns.

A page keeps its words; below each heading that names a table of a run, the lines that define columns are those of the
code, in its order.
"""

import json
from pathlib import Path

from evosim.scenario.schema.names import LISTED, Names
from evosim.simulation.ecology import columns as ecology
from evosim.simulation.ecology.process import EcologyProcess
from evosim.simulation.generational import columns as generational
from evosim.simulation.generational.process import GenerationalProcess
from evosim.storage.columns import Tables, columns_of
from evosim.storage.schema import FIXED_TABLES, MAJOR, MINOR

DOCS = Path(__file__).parent.parent / "docs"
FORMATS = Path(__file__).parent / "golden" / "formats.json"
FORMAT = f"{MAJOR}.{MINOR}"


def pages() -> dict[str, Tables]:
    """Return the tables that each page defines; names of a scenario's own stand in angle brackets."""
    names = Names(
        ["<weight>"], ["<outcome>"], ["<object>"], ["<place>"], ["<environment>"], assessed=True, listed=LISTED,
        islands=True,
    )  # fmt: skip
    shared = names._replace(objects=["<food>"], kinds=["<kind>"])
    return {
        "statistics.md": {
            **columns_of(generational.tables(names)),
            "lineage": GenerationalProcess.lineage_columns,
        },
        "vital_statistics.md": {
            **columns_of(ecology.tables(shared, ["<locus>"])),
            "lineage": EcologyProcess.lineage_columns,
        },
    }


def written(page: str, tables: Tables) -> str:
    """Return a page with all lines that define columns as the code has them."""
    before, *sections = page.split("\n## ")
    return "\n## ".join([before, *(_section(section, tables) for section in sections)])


def _section(section: str, tables: Tables) -> str:
    name = section.split("`")[1] if section.startswith("`") else ""
    if name not in tables:
        return section
    rows = [f"| `{column.name}` | {column.unit} | {column.definition} |" for column in tables[name]]
    head, mark, rest = section.partition("|---|---|---|\n")
    after = rest.split("\n")
    while after and after[0].startswith("| "):
        after.pop(0)
    return "\n".join([head + mark.rstrip("\n"), *rows, *after])


def columns_now() -> dict[str, list[str]]:
    """Return the names of the columns of every table that a run file of this format can have."""
    fixed = {statement.split()[2]: [statement.strip()] for statement in FIXED_TABLES.split(";") if statement.strip()}
    own = {
        f"{name} ({page.removesuffix('.md')})": [column.name for column in columns]
        for page, tables in pages().items()
        for name, columns in tables.items()
    }
    return fixed | own


def record_format() -> None:
    """Record the columns of this format, unless it is recorded: what is released doesn't change."""
    formats = json.loads(FORMATS.read_text())
    if FORMAT not in formats:
        FORMATS.write_text(json.dumps(formats | {FORMAT: columns_now()}, indent=1) + "\n")


if __name__ == "__main__":
    record_format()
    for name, tables in pages().items():
        path = DOCS / name
        path.write_text(written(path.read_text(), tables))
