"""The scenarios that evosim ships: each a question, as a page of TOML."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
TEMPLATE = HERE / "_new.toml"  # what `evosim new` starts from


class Summary(NamedTuple):
    """What a scenario is about."""

    name: str
    title: str
    question: str
    paper: str


def paths() -> dict[str, Path]:
    """Map the name of every shipped scenario to its file."""
    return {path.stem: path for path in sorted(HERE.glob("[!_]*.toml"))}


def sweep_paths() -> dict[str, Path]:
    """Map the name of every shipped sweep to its file."""
    return {path.stem: path for path in sorted((HERE / "sweeps").glob("*.toml"))}


def heading_of(path: Path) -> dict[str, Any]:
    """Return what a page says before its first table: what it is about, and what it extends."""
    return tomllib.loads(path.read_text(encoding="utf-8").split("\n[", 1)[0])


def sweep_summaries() -> list[Summary]:
    """Return what each shipped sweep is about."""
    pages = {name: heading_of(path) for name, path in sweep_paths().items()}
    return [Summary(name, page["title"], page["question"], "") for name, page in pages.items()]


def summaries() -> list[Summary]:
    """Return what each shipped scenario is about: as it says, or the scenario that it extends."""
    pages = {name: heading_of(path) for name, path in paths().items()}

    def said(name: str, key: str) -> str:
        page = pages[name]
        if key in page or "extends" not in page:
            return str(page.get(key, ""))
        return said(Path(page["extends"]).stem, key)

    return [Summary(name, *(said(name, key) for key in Summary._fields[1:])) for name in pages]
