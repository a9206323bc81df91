"""The pages of docs/ that define all columns: `python tests/pages_of_columns.py` writes their tables.

A page keeps its words; below each heading that names a table of a run, the lines that define columns are those of the
code, in its order.
"""

from pathlib import Path

from evosim.scenario.schema.names import Names
from evosim.simulation.ecology import columns as ecology
from evosim.simulation.ecology.process import EcologyProcess
from evosim.simulation.generational import columns as generational
from evosim.simulation.generational.process import GenerationalProcess
from evosim.storage.columns import Tables, columns_of

DOCS = Path(__file__).parent.parent / "docs"


def pages() -> dict[str, Tables]:
    """Return the tables that each page defines; names of a scenario's own stand in angle brackets."""
    names = Names(["<weight>"], ["<outcome>"], ["<object>"], ["<place>"], ["<environment>"], assessed=True)
    shared = names._replace(objects=["<food>"])
    return {
        "statistics.md": {
            **columns_of(generational.tables(names)),
            "lineage": GenerationalProcess.lineage_columns,
        },
        "vital_statistics.md": {
            **columns_of(ecology.tables(shared)),
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


if __name__ == "__main__":
    for name, tables in pages().items():
        path = DOCS / name
        path.write_text(written(path.read_text(), tables))
