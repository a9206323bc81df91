"""The sources of the site: the pages of docs/, and those that are made from the program and from files beside docs/.

Pages are plain Markdown, which a code host shows as it is. What Sphinx needs in addition is added to a copy of them:

- an index page is followed by a table of contents, made of the links in its lists;
- scenarios, examples and other files that pages link to become pages, so that they can be read on the site;
- the reference of commands is written by the program itself.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from commands_page import commands
from keys_page import keys

HOUSE = Path(__file__).resolve().parents[2]
DOCS = HOUSE / "docs"
INDEXES = ("index", "tutorials/index", "recipes/index", "results", "explanations", "reference/index", "project")
MADE = {"reference/commands": commands, "reference/keys": keys}  # pages with a part that the program writes
TAKEN = ("search", "genindex")  # names of pages that Sphinx makes
LANGUAGES = {".toml": "toml", ".py": "python", ".c": "c", ".sh": "bash"}
LINK = re.compile(r"(?<=\]\()([^)\s#]+)(#[^)\s]*)?(?=\))")


def assemble(into: Path) -> None:
    """Write all sources of the site into a new folder."""
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(DOCS, into, ignore=shutil.ignore_patterns("site", "*.md"))
    waiting = [*DOCS.rglob("*.md")]
    written: set[Path] = set()
    while waiting:
        path = waiting.pop()
        written.add(path)
        page = place_of(path)
        text = path.read_text() if path.suffix == ".md" else as_page(path)
        if path.suffix == ".md" or path.is_dir():
            waiting += [other for other in linked(path, text) if place_of(other) and other not in written]
            text = LINK.sub(lambda match, path=path: target_on_site(path, *match.groups()), text)
        name = page.with_suffix("").as_posix()
        if name in MADE:
            text += "\n" + MADE[name]()
        if name in INDEXES:
            text += contents_of(text)
        (into / page).parent.mkdir(parents=True, exist_ok=True)
        (into / page).write_text(text)


def place_of(path: Path) -> Path | None:
    """Return the page of the site, relative to its root, that shows a file; None if it is shown as it is."""
    inside = path.relative_to(HOUSE)
    if path.parent == DOCS and path.stem in TAKEN:
        return Path(f"{path.stem}_page.md")
    if path.suffix == ".md":
        return inside.relative_to("docs") if inside.is_relative_to("docs") else Path("files") / inside
    if (path.suffix in LANGUAGES or path.is_dir()) and not inside.is_relative_to("docs"):
        return Path("files") / f"{inside.as_posix()}.md"
    return None


def linked(path: Path, text: str) -> Iterator[Path]:
    """Yield the files and folders that a page links to."""
    for match in LINK.finditer(text):
        other = (path.parent / match[1]).resolve()
        if "://" not in match[1] and other.exists():
            yield other


def target_on_site(path: Path, target: str, anchor: str | None) -> str:
    """Return what a link of a page leads to on the site."""
    other, anchor = (path.parent / target).resolve(), anchor or ""
    if "://" in target or not other.exists():
        return target + anchor
    here = place_of(path)
    assert here is not None
    to = place_of(other) or other.relative_to(DOCS)
    return Path(os.path.relpath(to, here.parent)).as_posix() + anchor


def as_page(path: Path) -> str:
    """Return a page that shows a file of code, a scenario, or what is in a folder."""
    head = f"---\norphan: true\n---\n\n# `{path.relative_to(HOUSE).as_posix()}`\n\n"
    if path.is_dir():
        files = [each for each in sorted(path.rglob("*")) if each.suffix in LANGUAGES]
        return head + "".join(f"- [{each.relative_to(path)}]({each.relative_to(path.parent)})\n" for each in files)
    return f"{head}````{LANGUAGES[path.suffix]}\n{path.read_text()}````\n"


def contents_of(text: str) -> str:
    """Return the table of contents of an index page, hidden: the pages that its lists link to, in their order."""
    pages = re.findall(r"^(?:- |\| )\[[^\]]*\]\(([^)#]+)\.md\)", text, re.MULTILINE)
    return "\n".join(["", "```{toctree}", ":hidden:", "", *dict.fromkeys(pages), "```", ""])
