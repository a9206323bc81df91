"""The guide says what is true: every column, every key, and code that runs."""

import re
import runpy
import sqlite3
from contextlib import closing
from pathlib import Path

import click
import pytest
from pages_of_columns import pages, written
from pydantic import BaseModel

from evosim.alignment.detectors.optimizer import OF_OPTIMIZERS
from evosim.alignment.detectors.pseudo_alignment import OF_PSEUDO_ALIGNED
from evosim.cli import main
from evosim.scenario import load_scenario
from evosim.scenario.errors.messages import models_in
from evosim.scenario.schema.scenario import Scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.reader import STATES
from evosim.storage.schema import table_statements
from evosim.version import __version__

HOUSE = Path(__file__).parent.parent
DOCS = HOUSE / "docs"


@pytest.mark.parametrize(("name_of_page", "tables"), pages().items())
def test_every_column_is_documented_with_definition_and_unit(name_of_page, tables):
    page = (DOCS / name_of_page).read_text()
    assert page == written(page, tables), "`python tests/pages_of_columns.py` writes what the code says"
    for name, columns in tables.items():
        section = page.split(f"## `{name}`")[1].split("\n## ")[0]
        rows = [f"| `{c.name}` | {c.unit} | {c.definition} |" for c in columns]
        assert [line for line in section.splitlines() if line.startswith("| `")] == rows


def test_every_table_and_column_of_a_run_file_is_documented():
    """Statistics have pages of their own; of all other tables every column stands in docs/run-file.md, with its type."""
    page, tables_told, columns_told = (DOCS / "run-file.md").read_text(), set(), []
    with closing(sqlite3.connect(":memory:")) as connection:
        for name in ("red_doors", "contraception"):
            for statement in table_statements(RunFile.contents_of(load_scenario(name))):
                assert f"`{statement.table}`" in page
                if statement.columns or statement.table in tables_told:
                    continue
                tables_told.add(statement.table)
                connection.execute(statement.sql)
                info = connection.execute(f"pragma table_info({statement.table})").fetchall()
                columns_told += [(statement.table, column, kind.lower()) for _, column, kind, *_ in info]
    assert len(tables_told) > 10
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (\w+) \| \S.*\|$", page, re.MULTILINE)
    assert sorted(rows) == sorted(columns_told)


def test_every_detector_is_documented():
    page = (DOCS / "audit.md").read_text()
    detectors = {each.name for each in (*OF_OPTIMIZERS, *OF_PSEUDO_ALIGNED)}
    assert {name for name in detectors if f"\n| `{name}` | " not in page} == set()


def test_what_contributors_are_told_to_look_at_is_there():
    """Files and tests that CONTRIBUTING.md names exist."""
    page = (HOUSE / "CONTRIBUTING.md").read_text()
    assert len(named := set(re.findall(r"`((?:evosim|viz|tests|docs|benchmarks)/[\w/.]+)`", page))) > 20
    assert {name for name in named if not (HOUSE / name).exists()} == set()
    tests = "".join(path.read_text() for path in (HOUSE / "tests").rglob("test_*.py"))
    assert {name for name in re.findall(r"`(test_\w+)`", page) if f"def {name}(" not in tests} == set()


def test_every_state_of_a_run_is_documented():
    page = (DOCS / "run-file.md").read_text()
    for table in ("the resolved scenario", "`extinct` |"):
        (line,) = (line for line in page.splitlines() if line.startswith("| `run` |") and table in line)
        assert {state for state in STATES if f"`{state}`" in line} == set(STATES)


def test_every_table_that_can_be_exported_is_documented_and_every_statistic_can_be_exported():
    page = (DOCS / "running.md").read_text()
    (told,) = re.findall(r"The tables are (.*?);", page, re.DOTALL)
    known = {
        name
        for each, changes in (("red_doors", ["evolution.islands.count=2"]), ("contraception", []))
        for name in RunFile.contents_of(load_scenario(each, changes)).tables
    }
    assert set(re.findall(r"`(\w+)`", told)) == known | {"lineage"}


def keys_of(model: type[BaseModel]) -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        found.add(field.alias or name)
        for inner in models_in(field.annotation):
            found |= keys_of(inner)
    return found


def test_every_key_of_a_scenario_is_documented():
    page = (DOCS / "scenarios.md").read_text()
    code = " ".join(re.findall(r"`[^`]+`|^#.*$", page, re.MULTILINE))
    undocumented = {key for key in keys_of(Scenario) if not re.search(rf"\b{key}\b", code)}
    assert undocumented == {"name"} - set(re.findall(r"\bname\b", code))  # the name is that of the file


def test_how_to_cite_says_what_the_package_says():
    """The keys that the Citation File Format 1.2 requires, and the version and licence of this release."""
    lines = (HOUSE / "CITATION.cff").read_text().splitlines()
    said = dict(line.split(": ", 1) for line in lines if re.match(r"[a-z-]+: ", line))
    assert {"cff-version", "message", "title", "version", "license"} <= set(said)
    assert "authors:" in lines
    assert said["version"] == __version__
    assert said["license"] == "MIT"
    assert re.search(rf"^## {re.escape(__version__)} ", (HOUSE / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_public_workflow_runs_what_stands_in_one_place():
    workflow = (HOUSE / ".github/workflows/ci.yml").read_text()
    assert re.findall(r"\brun: (.+)", workflow) == [".ci/run"]
    assert "python:3.11" in workflow


def test_every_link_leads_somewhere():
    for page in [*HOUSE.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The sources of the site, as `make site` hands them to Sphinx."""
    into = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS / "site"))
        runpy.run_path(str(DOCS / "site/assemble.py"))["assemble"](into)
    return into


def test_every_page_stands_in_the_contents_of_the_site_once(site):
    """Sphinx refuses pages that stand nowhere; this is found without it."""
    listed = []
    for index in site.rglob("*.md"):
        for contents in re.findall(r"```{toctree}\n:hidden:\n\n(.*?)```", index.read_text(), re.DOTALL):
            listed += [(index.parent / name).resolve().relative_to(site).as_posix() for name in contents.split()]
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    renamed = {"search": "search_page"}  # search.html is the page on which Sphinx searches
    assert sorted(listed) == sorted(
        {renamed.get(page, page) for page in pages} - {"index"} | {"files/CONTRIBUTING", "files/CHANGELOG"}
    )


def test_the_page_of_commands_has_each_with_its_options_and_its_example(site):
    page = (site / "reference/commands.md").read_text()
    for name, command in main.commands.items():
        section = page.split(f"\n## evosim {name}\n")[1].split("\n## ")[0]
        for option in command.params:
            assert isinstance(option, click.Argument) or option.hidden or f"`{option.opts[0]}" in section, (
                name,
                option,
            )
        assert f"    evosim {name}" in section.split("Example:")[1]


def test_the_page_of_keys_has_every_key_and_says_which_are_required(site):
    page = (site / "reference/keys.md").read_text()
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert keys_of(Scenario) - listed == {"name"}  # the name is that of the file
    top = page.split("## Top level")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` .*, required \|$", top, re.MULTILINE) == [
        "schema", "title", "world", "objectives", "mind", "evolution",
    ]  # fmt: skip
    maze = page.split('## `world.layout` with `kind = "maze"`')[1].split("\n## ")[0]
    row = "| `opened` | Probability that an inner wall of the perfect maze is opened. | a number from 0 to 1, default `0` |"
    assert row in maze
    assert not re.findall(r"^\| `\w+` \| +\|", page, re.MULTILINE)  # each has a meaning


def headings_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    names = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", name) for name in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
    return {re.sub(r"[^\w\- ]", "", name.strip().lower()).replace(" ", "-") for name in names}


def test_every_link_to_a_heading_leads_to_one():
    for page in [*HOUSE.glob("*.md"), *DOCS.rglob("*.md")]:
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", page.read_text()):
            if "://" not in target and (not target or target.endswith(".md")):
                assert anchor in headings_of((page.parent / target) if target else page), (
                    f"{page.name}: {target}#{anchor}"
                )


def python_of(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)


@pytest.mark.parametrize(
    "page",
    ["README.md", "docs/by_hand.md", "docs/run-file.md", pytest.param("docs/deap.md", marks=pytest.mark.compiled)],
)
def test_the_python_in_the_guide_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small = ["evolution.population=8", "evolution.generations=2", "measure.episodes=2"]
    with RunFile.create(tmp_path / "runs/red_doors.evosim", load_scenario("red_doors", small), 1) as run:
        list(carry_on(run))
    snippets = python_of(HOUSE / page)
    assert snippets
    for snippet in snippets:
        assert "import" in snippet
        exec(snippet.replace('"evolution.generations=3"', f'"evolution.generations=3", {small[0]!r}, {small[2]!r}'), {})


def test_the_numbers_that_lives_are_drawn_by_stand_on_the_page():
    """What a stranger needs to live a life again: constants of the hash, streams, and which draw is for what."""
    from evosim.episode.rollout import DRAWS, LEVELS
    from evosim.numerics import random as chance

    page = (DOCS / "model.md").read_text()
    for constant in (chance.GOLDEN, chance.KEY_1, chance.KEY_2, chance.DRAW_1, chance.DRAW_2):
        assert f"{int(constant):016x}" in page
    for shift in (chance.U11, chance.U27, chance.U30, chance.U31, chance.U33):
        assert f"≫ {int(shift)}" in page or f"≫{int(shift)}" in page
    assert f"The stream is {int(chance.Stream.LIVES)} for lives in which agents are selected" in page
    assert f"{int(chance.Stream.MEASURED_LIVES)} for those in\n" in page
    assert (
        f"has the draws {DRAWS}t (the mind's), {DRAWS}t + 1 (whether a move slips) and {DRAWS}t + 2 (where to)" in page
    )
    assert f"rint({LEVELS} · (1 − energy / most)) / {LEVELS}" in page
