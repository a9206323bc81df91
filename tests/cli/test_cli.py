"""The command line, as a person uses it: in processes of their own."""

import csv
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import forked
import pytest

from evosim.cli import main

SMALL = [
    "--set", "evolution.population=16", "--set", "evolution.episodes=2", "--set", "measure.episodes=2",
    "--set", "measure.every=2",
]  # fmt: skip


def evosim(*arguments, cwd, **environment):
    """Run a command and give what it printed; with variables of its own, from the start on."""
    if not environment:
        return forked.evosim(*arguments, cwd=cwd)
    return subprocess.run(
        [sys.executable, "-m", "evosim", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def run_path(folder):
    done = evosim("run", "red_doors", *SMALL, "--generations", 5, "--out", "doors.evosim", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "doors.evosim: 5 generations, digest" in done.stderr
    return folder / "doors.evosim"


def test_show_tells_what_a_run_is(run_path, folder):
    shown = evosim("show", run_path, cwd=folder)
    assert shown.returncode == 0
    assert "complete, 5 of 5 generations" in shown.stdout
    record = json.loads(evosim("show", run_path, "--json", cwd=folder).stdout)
    assert record["state"] == "complete"
    assert re.fullmatch("[0-9a-f]{64}", record["digest"])
    assert record["scenario"]["evolution"]["population"] == 16
    assert set(record["versions"]) >= {"evosim", "numpy", "numba", "deap", "python"}
    assert {m["environment"] for m in record["measurements"]} == {"training", "deployment"}


def test_the_same_seed_gives_the_same_digest_whatever_the_threads_and_the_hash_seed(run_path, folder):
    digests = {json.loads(evosim("show", run_path, "--json", cwd=folder).stdout)["digest"]}
    for threads, hash_seed in ((1, "0"), (2, "12345")):
        done = evosim(
            "run", "red_doors", *SMALL, "--generations", 5, "--out", f"again-{threads}.evosim", "--threads", threads,
            "--json", "--progress", "none", cwd=folder, PYTHONHASHSEED=hash_seed,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        digests.add(json.loads(done.stdout)["digest"])
    assert len(digests) == 1


MEASURES = ("base_performance", "capability", "inner_gap", "starc_base_mesa")
ASSESSED = [*(f"{name}{what}" for name in MEASURES for what in ("", "_std")), "outer_gap", "classified",
            "untrained", "suboptimality_aligned", "robustly_aligned", "pseudo_aligned", "capability_failure",
            "mixed"]  # fmt: skip
OF_EACH = ("base_mean", "mesa_mean", *MEASURES, "class")


@pytest.mark.parametrize(
    ("table", "count", "columns"),
    [
        ("generations", 5, ["generation", "environment", "population", "fitness_mean", "fitness_std", "fitness_min",
                            "fitness_q25", "fitness_median", "fitness_q75", "fitness_max", "optimizer_fraction",
                            "planning_mean", "genetic_diversity", "description_mean"]),
        ("loci", 5 * 77, ["generation", "locus", "mean", "std", "q05", "q95"]),
        ("measurements", 6, ["generation", "environment", "agents", "episodes", "intended_mean", "base_mean",
                             "mesa_mean", "thinking_mean", "steps_mean", "energy_mean", "survived_mean",
                             "outcome.door_reached", "entered.door", "entered.key", "entered.gem", "entered.ball",
                             "entered_first.door", "entered_first.key", "entered_first.gem", "entered_first.ball",
                             "entered_first.nothing", "plans_ahead", *ASSESSED, "searching",
                             "objectives_asked", "objectives_read"]),
        ("individuals", 48, ["generation", "id", "parent_1", "parent_2", "controller", "fitness", "horizon",
                             "objective.red", "objective.blue", "objective.door", "objective.key", "objective.gem",
                             "objective.ball",
                         *(f"{what}.{where}" for where in ("training", "deployment") for what in OF_EACH)]),
    ],
)  # fmt: skip
def test_every_table_is_exported_alike_as_csv_and_json(table, count, columns, run_path, folder):
    printed = evosim("export", run_path, "--table", table, "-o", "-", cwd=folder).stdout
    from_csv = list(csv.DictReader(io.StringIO(printed)))
    assert list(from_csv[0]) == columns
    assert len(from_csv) == count
    done = evosim("export", run_path, "--table", table, "--format", "json", "-o", "out.json", cwd=folder)
    assert done.stdout == ""
    assert f"{count} rows" in done.stderr
    from_json = json.loads((folder / "out.json").read_text())
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in from_json] == from_csv


def test_an_export_that_cannot_be_written_leaves_nothing(run_path, folder):
    (folder / "nowhere").write_text("no folder")
    done = evosim("export", run_path, "-o", "nowhere/out.csv", cwd=folder)
    assert done.returncode == 1
    assert "not a directory" in done.stderr
    assert done.stderr.startswith("nowhere: ")
    assert (folder / "nowhere").read_text() == "no folder"
    (folder / "nowhere").unlink()


def test_without_an_extra_the_message_names_it_and_the_rest_works(run_path, folder, tmp_path):
    (tmp_path / "pyarrow.py").write_text("raise ImportError")
    paths = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = evosim("export", run_path, "--format", "parquet", "-o", "x.parquet", cwd=folder, PYTHONPATH=paths)
    assert done.returncode == 7
    assert done.stderr == "Parquet needs pyarrow: pip install 'evosim[parquet]'\n"
    assert not (folder / "x.parquet").exists()
    for form in ("csv", "json", "alife"):
        done = evosim("export", run_path, "--table", "lineage", "--format", form, cwd=folder, PYTHONPATH=paths)
        assert done.returncode == 0, done.stderr


def test_a_reader_who_has_seen_enough_causes_no_traceback(run_path, folder):
    program = f"{sys.executable} -m evosim export {run_path} --table loci | head -n 1"
    done = subprocess.run(program, shell=True, capture_output=True, text=True, cwd=folder)
    assert done.stdout == "generation,locus,mean,std,q05,q95\n"
    assert done.stderr == ""


def test_plot_draws_the_page_and_prints_where_it_is(run_path, folder):
    done = evosim("plot", run_path, "-o", "page.png", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "page.png\n"
    assert (folder / "page.png").read_bytes().startswith(b"\x89PNG")
    assert evosim("plot", run_path, "-o", "page.doc", cwd=folder).returncode == 1
    assert not (folder / "page.doc").exists()


def test_verify_runs_again_and_names_the_first_generation_that_differs(run_path, folder, tmp_path):
    done = evosim("verify", run_path, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "5 generations verified" in done.stdout
    copy = tmp_path / "copy.evosim"
    copy.write_bytes(run_path.read_bytes())
    connection = sqlite3.connect(copy)
    connection.execute("update digests set digest = 'forged' where generation >= 3")
    connection.commit()
    connection.close()
    forged = evosim("verify", copy, "--json", cwd=folder)
    assert forged.returncode == 4
    assert json.loads(forged.stdout)["differs"] == 3
    assert "generation 3 differs (with the same versions)" in forged.stderr


def test_new_writes_a_scenario_that_runs_and_overwrites_nothing(tmp_path):
    first = evosim("new", "sweet", cwd=tmp_path)
    assert first.stdout == "sweet.toml\n"
    assert "  evosim validate sweet.toml " in first.stderr
    assert "  evosim run sweet.toml " in first.stderr
    done = evosim("run", "sweet.toml", *SMALL, "--generations", 2, "--out", "s.evosim", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "sweet.toml").read_text()
    again = evosim("new", "sweet.toml", cwd=tmp_path)
    assert again.returncode == 1
    assert "sweet.toml: exists already; choose another name, or replace it (--force)" in again.stderr
    assert (tmp_path / "sweet.toml").read_text() == text
    (tmp_path / "sweet.toml").write_text("")
    assert evosim("new", "sweet", "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / "sweet.toml").read_text() == text


def test_schema_is_json_on_standard_output(folder):
    assert json.loads(evosim("schema", cwd=folder).stdout)["title"] == "evosim scenario"


def test_list_names_scenarios_and_runs(folder, tmp_path):
    done = evosim("list", cwd=tmp_path)
    assert "red_doors_decorrelated" in done.stdout
    record = json.loads(evosim("list", "--json", cwd=tmp_path).stdout)
    assert {scenario["name"] for scenario in record["scenarios"]} >= {"red_doors", "red_doors_decorrelated"}
    assert record["runs"] == []


def test_validate_says_what_is_wrong_or_prints_the_explicit_form(folder):
    done = evosim("validate", "red_doors", "--json", cwd=folder)
    assert json.loads(done.stdout)["environments"]["deployment"]["steps"] == 60
    small = [*SMALL, "--set", "evolution.generations=2"]
    told = evosim("validate", "red_doors", *small, cwd=folder).stdout
    assert re.search(
        r"about 2 s if every episode lasts all its steps, the first 2 s of it to start and load kernels;", told
    )
    bad = evosim("validate", "red_doors", "--set", "evolution.elitess=2", cwd=folder)
    assert bad.returncode == 3
    assert "did you mean 'elites'?" in bad.stderr
    crowded = evosim("validate", "red_doors", "--set", "world.size=[3,7]", cwd=folder)
    assert crowded.returncode == 3
    assert "use a larger size, more steps, fewer objects" in crowded.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Usage"),
        (["run"], 2, "Missing argument"),
        (["run", "nonsense"], 3, "neither a file nor a shipped scenario"),
        (["run", "missing.toml"], 3, "no such file"),
        (["run", "red_doors", "--seed", "-1"], 2, "expected a whole number from 0 on"),
        (
            ["run", "red_doors", "--seed", "1-3"],
            2,
            "1-3 are several seeds; `evosim run SCENARIO --seeds 1-3` runs each",
        ),
        (["run", "red_doors", "--threads", "0"], 2, "expected a whole number from 1 to 1024"),
        (["run", "red_doors", "--progress", "loud"], 2, "is not one of"),
        (["run", "red_doors", "--set", "a"], 3, "expected KEY=VALUE"),
        (["run", "red_doors", "--generations", "2", "--out", "/proc/nowhere/x.evosim"], 5, "can't be written"),
        (["resume", "missing.evosim"], 5, "no such file"),
        (["show", "missing.evosim"], 5, "no such file"),
        (["export", "missing.evosim"], 5, "no such file"),
        (["plot", "missing.evosim"], 5, "no such file"),
        (["fly"], 2, "No such command"),
        (["run", "/dev/zero"], 3, "/dev/zero: larger than"),
        (["run", "."], 3, ".: is a directory"),
        (["run", "doors.evosim"], 3, "doors.evosim: a run or another database, not a scenario"),
        (["run", "red_doors", "--out", "."], 2, ". is a folder; name a file in it"),
        (["run", "red_doors", "--out", "-"], 2, "a run is a database, which can't go to standard output"),
        (["run", "red_doors", "--out", os.devnull], 2, "is not a regular file"),
        (["run", "red_doors", "--seed", "99999999999999999999"], 2, "expected a whole number from 0 to"),
        (["run", "red_doors", "--set", "evolution.schedule.7.from=3"], 3, "there is no element 7: it has element 0"),
        (["show", "red_doors"], 5, "no such file; it is a scenario; `evosim run red_doors` makes a run from it"),
        (["show", "page.toml"], 5, "page.toml: a scenario, not a run; `evosim run page.toml` makes a run from it"),
        (["show", "door.evosim"], 5, "door.evosim: no such file; did you mean doors.evosim?"),
        (["resume", "doors.evosim", "--generations", "5"], 2, "doors.evosim holds 5 generations already"),
        (["resume", "."], 5, ".: is a folder"),
        (["verify", "junk.evosim"], 5, "junk.evosim: not a run file that can be read"),
        (["export", "doors.evosim", "--table", "people"], 2, "no table 'people'; there are generations"),
        (["export", "doors.evosim", "--one-parent"], 2, "--one-parent is for --format alife"),
        (["export", "doors.evosim", "--format", "parquet"], 2, "choose a file with -o"),
        (["export", "doors.evosim", "-o", "doors.evosim"], 2, "is the run itself"),
        (["export", "doors.evosim", "-o", "."], 1, ".: is a directory"),
        (["run", "red_doors", "--plugin", "x.py"], 2, "--plugin goes before the command: evosim --plugin FILE run …"),
        (["new", ""], 2, "'': a scenario's name has printable characters"),
        (["new", ".."], 2, "'..': a scenario's name has printable characters"),
        (["new", 'a"b'], 2, "a scenario's name has printable characters"),
        (["new", "page.toml/x"], 1, "page.toml: not a directory"),
    ],
)
def test_wrong_arguments_get_a_sentence_and_an_exit_code(arguments, code, said, run_path, folder):
    (folder / "page.toml").write_text("schema = 1")
    (folder / "junk.evosim").write_text("junk")
    done = evosim(*arguments, cwd=folder)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_scenario_comes_from_standard_input_too(folder):
    text = 'schema = 1\nextends = "red_doors"\nevolution.elite = 2\n'
    command = [sys.executable, "-m", "evosim", "validate", "-"]
    wrong = subprocess.run(command, input=text, capture_output=True, text=True, cwd=folder)
    assert wrong.returncode == 3
    assert wrong.stderr.startswith("standard input:3:11: evolution.elite: unknown field")
    right = text.replace("elite", "elites").replace("\n", "\r\n")
    done = subprocess.run([*command, "--json"], input=right.encode(), capture_output=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["evolution"]["elites"] == 2


def test_a_name_that_is_no_text_is_reported_as_it_is(folder):
    program = [os.fsencode(sys.executable), b"-m", b"evosim", b"validate", b"caf\xe9.toml"]
    done = subprocess.run(program, capture_output=True, cwd=folder)
    assert done.returncode == 3
    assert done.stderr == b"caf\xe9.toml: no such file or directory\n"
    new = subprocess.run([*program[:3], b"new", b"caf\xe9"], capture_output=True, cwd=folder)
    assert new.returncode == 2
    assert not list(folder.glob("caf*"))


@pytest.mark.parametrize("command", [["show", "doors.evosim"], ["list"], ["doctor"], ["--help"]])
def test_every_terminal_is_printed_to(command, run_path, folder):
    for variables in (
        {"PYTHONIOENCODING": "ascii"},
        {"TERM": "dumb", "NO_COLOR": "1"},
        {"COLUMNS": "20"},
        {"HOME": ""},
    ):
        done = evosim(*command, cwd=folder, EVOSIM_CACHE_DIR=str(folder / "cache"), **variables)
        assert done.returncode == 0, (variables, done.stderr)
        assert done.stdout


@pytest.mark.parametrize("command", [["show", "doors.evosim"], ["export", "doors.evosim"], ["schema"], ["--help"]])
def test_a_full_disk_is_reported(command, run_path, folder):
    with open("/dev/full", "w") as full:
        program = [sys.executable, "-m", "evosim", *command]
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, cwd=folder)
    assert done.returncode == 1
    assert done.stderr == "input or output: no space left on device\n"


def test_a_failed_start_leaves_nothing_behind(tmp_path):
    done = evosim("run", "red_doors", "--set", "world.size=[3,7]", "--out", "never.evosim", cwd=tmp_path)
    assert done.returncode == 3
    assert list(tmp_path.iterdir()) == []


def test_an_existing_run_is_replaced_only_when_told_so(run_path, folder):
    arguments = ["run", "red_doors", *SMALL, "--generations", 2, "--out", "twice.evosim", "--progress", "none"]
    assert evosim(*arguments, cwd=folder).returncode == 0
    refused = evosim(*arguments, cwd=folder)
    assert refused.returncode == 5
    said = (
        "twice.evosim: exists already, with seed 1 of red_doors, complete; choose another file (--out), make it longer"
    )
    assert f"{said} (`evosim resume twice.evosim --generations N`), or replace it (--force)" in refused.stderr
    assert "replace=True" not in refused.stderr
    assert evosim(*arguments, "--force", cwd=folder).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_saves_its_generation_and_says_how_to_go_on(number, tmp_path):
    command = [sys.executable, "-m", "evosim", "run", "red_doors", *SMALL, "--out", "long.evosim", "--progress", "json"]
    with subprocess.Popen(
        [*command, "--generations", "100000"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if '"generation": 3,' in line:
                break
        process.send_signal(number)
        said = process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert "interrupted after generation" in said
    command = re.search(r"^  evosim (resume .*)$", said, re.MULTILINE)[1].split()
    done = json.loads(evosim("show", "long.evosim", "--json", cwd=tmp_path).stdout)["done"]
    resumed = evosim(*command, "--generations", done + 2, "--json", "--progress", "none", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    straight = evosim(
        "run", "red_doors", *SMALL, "--generations", done + 2, "--out", "straight.evosim", "--json", "--progress",
        "none", cwd=tmp_path,
    )  # fmt: skip
    assert json.loads(resumed.stdout)["digest"] == json.loads(straight.stdout)["digest"]


@pytest.mark.compiled
def test_a_second_ctrl_c_stops_at_once_and_leaves_nothing_half_written(tmp_path):
    hours = ["--set", "evolution.population=4000", "--set", "evolution.episodes=20000"]
    command = [sys.executable, "-m", "evosim", "run", "red_doors", *hours, "--out", "big.evosim", "--progress", "json"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "big.evosim").exists():
            time.sleep(0.1)
        time.sleep(2.0)  # into the first generation, which takes minutes
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.compiled
def test_a_killed_run_resumes_to_the_digest_of_a_straight_one(tmp_path):
    arguments = ["run", "red_doors", *SMALL, "--progress", "json"]
    command = [sys.executable, "-m", "evosim", *arguments, "--generations", "60", "--out", "killed.evosim"]
    acknowledged = -1
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if '"event": "generation"' in line:
                acknowledged = json.loads(line)["generation"]
            if acknowledged == 20:
                process.kill()
                break
    assert json.loads(evosim("show", "killed.evosim", "--json", cwd=tmp_path).stdout)["done"] > acknowledged
    resumed = evosim("resume", "killed.evosim", "--json", "--progress", "none", cwd=tmp_path)
    straight = evosim(*arguments[:-1], "none", "--generations", 60, "--out", "straight.evosim", "--json", cwd=tmp_path)
    assert json.loads(resumed.stdout)["digest"] == json.loads(straight.stdout)["digest"]


def test_progress_is_reported_as_asked_and_never_on_standard_output(tmp_path):
    base = ["run", "red_doors", *SMALL, "--generations", 2, "--force", "--out", "p.evosim"]
    plain = evosim(*base, "--progress", "plain", cwd=tmp_path)
    assert plain.stdout == ""
    assert re.search(
        r"generation 2/2  fitness [+−]?\d\.\d+  planners [<>]?\d+%, [<>]?\d+% of them plan ahead  training: .* · deployment: ",
        plain.stderr,
    )
    lines = evosim(*base, "--progress", "json", cwd=tmp_path).stderr.splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    assert [r["generation"] for r in records if r["event"] == "generation"] == [0, 1]
    assert "training" in records[-1]["entered_first"]
    assert evosim(*base, "--progress", "none", cwd=tmp_path).stderr == ""
    forced = evosim(*base, cwd=tmp_path, FORCE_COLOR="1").stderr
    assert "\x1b[2K" not in forced  # a log file is not animated
    assert "\r" not in forced


def test_a_bar_is_shown_on_a_terminal_even_without_colour(tmp_path):
    import pty

    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "evosim", "run", "red_doors", *SMALL, "--generations", "3", "--out", "b.evosim"]
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "160"}
    with subprocess.Popen(command, cwd=tmp_path, stderr=follower, env=environment) as process:
        os.close(follower)
        said = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:
                break
            if not part:
                break
            said += part
        assert process.wait(timeout=120) == 0
    os.close(leader)
    assert b"generation 3/3" in said
    assert "━".encode() in said


def test_every_command_is_documented_and_its_help_ends_in_an_example():
    page = (Path(__file__).parents[2] / "docs/reference/commands.md").read_text()
    for name, command in main.commands.items():
        last = [line for line in command.help.splitlines() if line.strip()][-1]
        assert last.strip().startswith(f"evosim {name}"), name
        assert not re.search(r"docs/|\.md\b", command.help), f"{name}: whoever installed evosim has the guide elsewhere"
        assert f"    evosim {name}" in page, f"the walk through all commands does not show evosim {name}"


def test_help_and_version_answer(folder):
    assert evosim("--version", cwd=folder).stdout.startswith("evosim, version 0.")
    assert evosim("run", "--help", cwd=folder).returncode == 0
