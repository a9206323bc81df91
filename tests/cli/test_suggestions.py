"""What was probably meant: paths that aren't there, options in the wrong place, words for numbers; and commands to copy."""

import ast
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from evosim.cli import COMMANDS, main
from evosim.system.near_paths import near_path, suggest_path

HOUSE = Path(__file__).parents[2]
QUOTED_BEFORE = {"run", "value", "ctx.info_name", "error.option_name", "having[0]"}  # quoted, or no names of files
SHORT = [
    word
    for each in ("evolution.population=16", "evolution.episodes=2", "measure.episodes=2", "evolution.generations=1")
    for word in ("--set", each)
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("runs/red_doors.evosim", "runs/red_doors-7-0528e31f.evosim", "runs/red_doors-8-55aa0f01.evosim",
                 "sweeps/question/sweep.json", "sweeps/notes.txt", "mushrooms.toml", "own_mind.py"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("show runs/red_doors-7-….evosim", "for the rest of a name; did you mean runs/red_doors-7-0528e31f.evosim?"),
        ("plot runs/red_doors-7-...evosim", "for the rest of a name; did you mean runs/red_doors-7-0528e31f.evosim?"),
        (
            "report runs/red_doors-….evosim",
            "did you mean runs/red_doors-7-0528e31f.evosim or runs/red_doors-8-55aa0f01.evosim?",
        ),
        ("watch runs/red_doors-9-….evosim", "… stands for the rest of a name, and nothing here has such a name"),
        ("show sweeps/questoin", "sweeps/questoin: no such file; did you mean sweeps/question?"),
        ("show run/red_doors.evosim", "did you mean runs/red_doors.evosim?"),
        ("sweep --join sweeps/questoin", "sweeps/questoin: no such folder; did you mean sweeps/question?"),
        ("run mushroom.toml", "mushroom.toml: no such file or directory; did you mean mushrooms.toml?"),
        ("run mushroms", "did you mean 'mushrooms.toml'?"),
        ("run red_door.toml", "did you mean 'red_doors'?"),
        ("validate ./mushrooms.tml", "did you mean 'mushrooms.toml'?"),
        ("--plugin own_mnd.py list", "own_mnd.py: no such file; did you mean own_mind.py?"),
        ("--seed 3 run red_doors", "--seed goes after the command: evosim run … --seed"),
        ("--json show runs/red_doors.evosim", "--json goes after the command: evosim show … --json"),
        ("--seed 3", "evosim run … --seed (or watch"),
        ("--flavour 3 run red_doors", "No such option '--flavour'"),
        ("run red_doors --seed x", "'x': expected a whole number from 0 on"),
        ("run red_doors --seed -1", "'-1': expected a whole number from 0 on"),
        ("run red_doors --seed 99999999999999999999", "expected a whole number from 0 to 9223372036854775807"),
        ("run red_doors --threads 1e3", "'1e3': expected a whole number from 1 to 1024"),
        ("record runs/red_doors.evosim -o f.gif --seconds long", "'long': expected a number from 0.1 to 3600"),
        ("power --difference 1 --spread 0", "'0': expected a number above 0"),
        ("power --correlation 1", "'1': expected a number between -1 and 1"),
    ],
)
def test_what_was_probably_meant_is_said(command, said, folder):
    done = CliRunner().invoke(main, shlex.split(command))
    assert done.exit_code != 0
    assert said in done.output


def test_a_name_with_spaces_is_suggested_as_it_is_typed(folder):
    (folder / "my question.toml").touch()
    assert (
        suggest_path(Path("my questoin.toml"), lambda each: each.suffix == ".toml")
        == "did you mean 'my question.toml'?"
    )


def test_no_folder_and_no_file_of_another_kind_is_suggested(folder):
    assert near_path(Path("nowhere/at/all.evosim"), Path.is_file) is None
    assert suggest_path(Path("sweeps/note.txt"), Path.is_dir) == ""
    assert near_path(Path("sweeps/note.txt"), Path.is_file) == Path("sweeps/notes.txt")


@pytest.mark.parametrize(("words", "same"), [(["help"], ["--help"]), (["help", "run"], ["run", "--help"])])
def test_help_is_asked_for_in_either_way(words, same):
    shown, usual = (CliRunner().invoke(main, each, prog_name="evosim") for each in (words, same))
    assert (shown.exit_code, shown.output) == (0, usual.output)


def test_help_imports_no_compiler_and_no_arrays():
    script = "import sys\nfrom evosim.cli import main\nmain({!r}, standalone_mode=False)\n"
    script += "sys.exit('numba' in sys.modules or 'numpy' in sys.modules)\n"
    for words in (["--help"], ["help"], ["help", "run"], ["run", "--help"]):
        done = subprocess.run([sys.executable, "-c", script.format(words)], capture_output=True, text=True, cwd=HOUSE)
        assert done.returncode == 0, done.stderr


def test_commands_that_are_printed_can_be_copied(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    new = CliRunner().invoke(main, ["new", "my question"])
    assert "  evosim validate 'my question.toml' " in new.output
    assert "`evosim run 'my question.toml'`" in (tmp_path / "my question.toml").read_text()
    again = CliRunner().invoke(main, ["show", "my question.toml"])
    assert "`evosim run 'my question.toml'` makes a run from it" in again.output


def test_names_in_commands_are_quoted_everywhere():
    """No f-string has a name that isn't quoted after `evosim COMMAND`."""
    unquoted = []
    for file in [*HOUSE.glob("evosim/**/*.py"), *HOUSE.glob("viz/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.JoinedStr):
                continue
            before = ""
            for part in node.values:
                if isinstance(part, ast.Constant):
                    before += str(part.value)
                elif is_in_command(before):
                    given = ast.unparse(part.value)
                    if not given.startswith(("quote(", "shlex.")) and given not in QUOTED_BEFORE:
                        unquoted.append(f"{file.relative_to(HOUSE)}:{node.lineno}: {given}")
                    before = ""
    assert unquoted == []


def is_in_command(text: str) -> bool:
    """Whether what comes after a text is a word of a command."""
    end = text.rpartition("evosim ")[2] if "evosim " in text else ""
    is_command = end.partition(" ")[0] in COMMANDS
    return is_command and not set(end) & set("`;:,()\n") and "  " not in end and end.endswith(" ")
