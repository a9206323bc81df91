"""Folders: every command that writes a file makes the folder that it is to be in, or says in one sentence why not."""

import pytest
from click.testing import CliRunner
from small_sweeps import Here

from evosim.cli import main
from evosim.cli.commands.report import page_path
from evosim.scenario import load_scenario
from evosim.simulation.process import Process
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.reader import StoredRun
from evosim.sweeps import run as running
from evosim.system.folders import wrong_ending

SMALL = ["evolution.population=8", "evolution.generations=2", "evolution.episodes=2", "measure.episodes=2"]
SETTINGS = [word for each in SMALL for word in ("--set", each)]
SEARCH = ["--range", "evolution.mutation.rate=0.1,0.2", "--objective", "training.base_mean", "--trials", "2"]
SEARCH += ["--batch", "2", "--seeds", "1", "--fresh-seeds", "5-7", "--workers", "1"]
WRITING = {
    "run": ("made.evosim", ["red_doors", *SETTINGS, "--out"]),
    "plot": ("page.png", ["RUN", "-o"]),
    "report": ("page.html", ["RUN", "-o"]),
    "record": ("film.gif", ["RUN", "--seconds", "0.2", "--rate", "10", "--size", "160x160", "-o"]),
    "export": ("table.csv", ["RUN", "-o"]),
    "new": ("question.toml", []),
    "sweep": ("cells", ["red_doors", *SETTINGS, "--seeds", "1", "--make-only", "--out"]),
    "tune": ("tuned", ["red_doors", *SETTINGS, *SEARCH, "--out"]),
    "branch": ("futures", ["RUN", "--generation", "1", "--generations", "3", "--futures", "1", "--out"]),
}
NEEDS_A_DISPLAY = {"watch"}
FOLDERS = {"sweep", "branch", "tune"}  # which are what they write


@pytest.fixture(scope="module")
def run_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("folders") / "doors.evosim"
    with RunFile.create(path, load_scenario("red_doors", SMALL), 1) as run:
        list(carry_on(run))
    return path


@pytest.fixture(autouse=True)
def _workers_are_threads(monkeypatch):
    """Start no processes for runs of sweeps: what is asked here is where their files are."""
    monkeypatch.setattr(running, "LocalWorkers", Here)


def command(name, out, run_path):
    words = [str(run_path) if word == "RUN" else word for word in WRITING[name][1]]
    return CliRunner().invoke(main, [name, *words, str(out)])


def test_no_command_that_writes_a_file_is_forgotten():
    writing = {name for name, each in main.commands.items() if any(option.name == "out" for option in each.params)}
    assert writing | {"new"} == set(WRITING) | NEEDS_A_DISPLAY


def too_early(*_, **__):
    raise AssertionError("work was done before it was known where the result goes")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "tskit"], "a tree sequence is not text: choose a file with -o"),
        (["--format", "parquet"], "Parquet is not text: choose a file with -o"),
        (["--table", "individuals", "-o", "folder"], "folder: is a directory"),
        (["--table", "individuals", "-o", "doors.evosim"], "is the run itself"),
    ],
)
def test_an_export_that_has_nowhere_to_go_reads_nothing(words, said, run_path, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    (tmp_path / "folder").mkdir()
    (tmp_path / "doors.evosim").write_bytes(run_path.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(StoredRun, "table", too_early)
    monkeypatch.setattr(Process, "tree_sequence", too_early)
    ended = CliRunner().invoke(main, ["export", "doors.evosim", *words])
    assert ended.exit_code in (1, 2)
    assert said in ended.stderr


@pytest.mark.parametrize("name", WRITING)
def test_a_folder_that_is_not_there_is_made(name, run_path, tmp_path):
    out = tmp_path / "some" / "folder" / WRITING[name][0]
    ended = command(name, out, run_path)
    assert ended.exit_code == 0, ended.output
    assert out.is_dir() if name in FOLDERS else out.is_file()
    assert [each.name for each in out.parent.iterdir() if not each.name.startswith(".")] == [out.name]


@pytest.mark.parametrize("name", WRITING)
def test_a_folder_that_can_not_be_made_is_reported_in_a_sentence(name, run_path, tmp_path, monkeypatch):
    """It is reported before anything is read or compiled, which may take minutes."""
    for module in ("run", "report", "watch"):
        monkeypatch.setattr(f"evosim.cli.commands.{module}.compile_if_cold", too_early)
    monkeypatch.setattr(StoredRun, "table", too_early)
    for at in ("taken", "taken/folder"):
        (tmp_path / "taken").write_text("a file")
        out = tmp_path / at / WRITING[name][0]
        ended = command(name, out, run_path)
        assert ended.exit_code == (5 if name == "run" else 1), ended.output
        (said,) = (line for line in ended.stderr.splitlines() if "not a directory" in line)
        assert str(tmp_path / "taken") in said
        assert "Traceback" not in ended.output
        assert [each.name for each in tmp_path.iterdir()] == ["taken"]


def test_reports_of_other_agents_stand_apart_from_that_of_the_typical_one(run_path, tmp_path):
    path = tmp_path / "doors.evosim"
    path.write_bytes(run_path.read_bytes())
    made = [
        CliRunner().invoke(main, ["report", str(path), *more])
        for more in ([], ["--agent", "9"], ["--agent", "fittest"])
    ]
    assert [each.exit_code for each in made] == [0, 0, 0]
    names = ["doors.html", "doors-agent-9.html", "doors-fittest.html"]
    assert [each.stdout.strip() for each in made] == [str(tmp_path / name) for name in names]
    assert {each.name for each in tmp_path.glob("*.html")} == set(names)
    assert page_path(path, "typical").name == names[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("there", "is a folder; a figure is a file that ends in .png"),
        ("it", "a figure ends in .png"),
        ("it.gif", "a figure ends in .png, not in '.gif'"),
    ],
)
def test_how_a_file_is_to_end_is_said(name, said, tmp_path):
    (tmp_path / "there").mkdir()
    assert wrong_ending(tmp_path / name, "a figure", ".png") == f"{tmp_path / name}: {said}"
