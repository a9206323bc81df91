"""`evosim sweep` and `evosim run --seeds`: what they print, and their exit codes."""

import json
import os
import re
import signal
import sys

import pytest
from drawn_commands import evosim
from small_sweeps import RATES, TINY, Here

from evosim.simulation.resources import STARTUP, format_duration
from evosim.sweeps import run as running
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.workers import LocalWorkers, checked_process

SETS = [word for each in TINY for word in ("--set", each)]


@pytest.fixture
def here(monkeypatch, tmp_path):
    monkeypatch.setattr(running, "LocalWorkers", Here)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_dry_run_prints_the_matrix_and_runs_nothing(here):
    done = evosim("sweep", "red_doors", "--over", RATES, "--seeds", "1-20", "--workers", 2, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "red_doors: 2 conditions, 20 seeds, 40 cells" in done.output
    assert f"if every episode lasts all its steps, {format_duration(STARTUP)} of it to start workers" in done.output
    assert "with 2 workers" in done.output
    assert list(here.iterdir()) == []
    done = evosim("sweep", "red_doors", "--over", RATES, "--seeds", "1-20", "--workers", 2, "--dry-run", "--json")
    matrix = json.loads(done.stdout)
    assert (matrix["cells"], len(matrix["conditions"]), matrix["workers"]) == (40, 2, 2)
    assert matrix["seconds"] == matrix["processor_seconds"] / 2
    assert matrix["typical_seconds"] == matrix["typical_processor_seconds"] / 2 < matrix["seconds"]
    runs = 20 * sum(each["seconds"] for each in matrix["conditions"])
    assert matrix["seconds"] == pytest.approx(STARTUP + runs / 2)  # each worker starts once
    assert matrix["disk"] == pytest.approx(20 * sum(each["disk"] for each in matrix["conditions"]))
    assert matrix["folder"].startswith("sweeps/red_doors-")
    done = evosim("sweep", "red_doors", "--seeds", "1", "--out", "elsewhere", "--dry-run", "--json")
    assert json.loads(done.stdout)["folder"] == "elsewhere"


def test_a_dry_run_takes_a_line_for_each_condition_and_says_once_what_is_alike():
    lines = evosim("sweep", "red_doors_decorrelation", "--dry-run").stdout.splitlines()
    assert sum("decorrelated" in line for line in lines) == 2  # the head of the table, and the whole keys
    assert [line.split() for line in lines if line.startswith("  7 ")] == [["7", "0.5", "0.5"]]
    assert sum("each cell: time " in line for line in lines) == 1
    assert len(lines) <= 16


def test_a_sweep_is_run_gone_on_with_and_joined(here):
    command = ["sweep", "red_doors", *SETS, "--over", RATES, "--out", "rates", "--workers", 1]
    done = evosim(*command, "--seeds", "1-2", "--json", "--progress", "json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["cells"], told["done"], told["failed"], told["failures"]) == (4, 4, 0, {})
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [each["share"] for each in events if each["event"] == "sweep"] == sorted(
        each["share"] for each in events if each["event"] == "sweep"
    )
    done = evosim(*command, "--seeds", "3", "--progress", "plain")
    assert "rates: 6 of 6 cells are done, 0 failed" in done.stderr
    done = evosim("sweep", "--join", "rates", "--progress", "none")
    assert (done.exit_code, done.output) == (0, "")
    done = evosim("sweep", "--join", "rates", "--dry-run", "--json")
    assert [json.loads(done.stdout)[name] for name in ("cells", "folder")] == [6, "rates"]


def test_a_sweep_says_at_its_end_what_shows_it(here):
    words = ["run", "red_doors", *SETS, "--seeds", "1-2", "--out", "seeds", "--workers", 1]
    done = evosim(*words, "--progress", "plain")
    assert "At the end: means over seeds" in done.stderr
    assert "deployment.entered_first.door" in done.stderr
    assert "evosim show seeds " in done.stderr
    assert "compares conditions" not in done.stderr
    assert "evosim plot seeds " in done.stderr
    for quiet in (["--progress", "none"], ["--json"]):
        assert "evosim show" not in evosim(*words, *quiet).output


@pytest.mark.parametrize("command", ["resume", "verify", "measure", "intervene"])
def test_several_runs_are_refused_by_what_takes_one(command):
    done = evosim(command, "a.evosim", "b.evosim", "c.evosim")
    assert done.exit_code == 2
    assert f"3 runs; `evosim {command}` takes one at a time" in " ".join(done.stderr.split())


def test_nulls_of_a_sweep_are_those_of_its_runs_if_nothing_but_seeds_varies(here, monkeypatch):
    from evosim.cli.commands import null

    monkeypatch.setattr(null, "measure_run", lambda run, *_: ([], [str(run.path)]))
    assert evosim("run", "red_doors", *SETS, "--seeds", "4-5", "--out", "seeds").exit_code == 0
    done = evosim("null", "seeds", "--json")
    assert done.exit_code == 0, done.output
    assert [(each["seed"], each["run"]) for each in json.loads(done.stdout)["runs"]] == [
        (4, "seeds/runs/0001-4.evosim"), (5, "seeds/runs/0001-5.evosim")
    ]  # fmt: skip
    words = ["sweep", "red_doors", *SETS, "--over", RATES, "--seeds", "1", "--out", "rates"]
    assert evosim(*words, "--make-only").exit_code == 0
    done = evosim("null", "rates")
    assert done.exit_code == 2
    said = " ".join(done.stderr.split())
    assert "2 conditions, and a null is of one: name its runs, such as `evosim null rates/runs/0001-*.evosim`" in said
    assert evosim("run", "red_doors", *SETS, "--seeds", "9", "--out", "none", "--progress", "none").exit_code == 0
    (here / "none/runs/0001-9.evosim").unlink()
    assert "no run of this sweep is done" in evosim("null", "none").stderr


def test_a_folder_is_made_for_others_to_join(here):
    words = ["sweep", "red_doors", *SETS, "--over", RATES, "--seeds", "1", "--out", "rates"]
    done = evosim(*words, "--make-only")
    assert (done.exit_code, done.stderr) == (0, "rates: 2 cells; to run them: evosim sweep --join rates\n")
    assert not (here / "rates/runs").exists()
    assert evosim("sweep", "--join", "rates", "--make-only").exit_code == 2
    assert evosim("sweep", "--join", "rates").exit_code == 0


def test_cells_that_fail_are_named_and_give_exit_code_8(here):
    command = ["sweep", "red_doors", *SETS, "--over", RATES, "--seeds", "1", "--out", "rates"]
    (here / "rates").mkdir()
    assert evosim(*command, "--dry-run").exit_code == 0
    assert evosim(*command).exit_code == 0
    (here / "rates/runs/0002-1.evosim").write_text("junk")
    done = evosim("sweep", "--join", "rates")
    assert done.exit_code == 8
    assert "1 of 2 cells are done, 1 failed" in done.stderr
    assert "0002-1: rates/runs/0002-1.evosim: not a run file that can be read" in done.stderr
    assert "to run these again: evosim sweep --join rates --retry" in done.stderr
    (here / "rates/runs/0002-1.evosim").unlink()
    assert evosim("sweep", "--join", "rates").exit_code == 8
    assert evosim("sweep", "--join", "rates", "--retry").exit_code == 0


def test_run_with_seeds_is_a_sweep_of_one_condition(here):
    done = evosim("run", "red_doors", *SETS, "--seeds", "1-2", "--out", "doors", "--progress", "none")
    assert done.exit_code == 0, done.output
    folder = SweepFolder.open(here / "doors")
    for command in (["verify"], ["measure"], ["record", "-o", "film.gif"]):
        done = evosim(command[0], "doors", *command[1:])
        assert (done.exit_code, done.stderr.strip()) == (
            5, "doors: a sweep, not a run; name one of its runs, such as doors/runs/0001-1.evosim; `evosim show`, `plot`, "
            "`report` and `export` take the folder"
        )  # fmt: skip
    assert [state.state for state in folder.states()] == ["complete"] * 2
    alone = evosim("run", "red_doors", *SETS, "--seed", "2", "--out", "alone.evosim", "--json", "--progress", "none")
    assert json.loads(alone.stdout)["digest"] == folder.states()[1].digest
    evosim("run", "red_doors", *SETS, "--seeds", "1", "--progress", "none")
    assert [path.name.startswith("red_doors-") for path in (here / "sweeps").iterdir()] == [True]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["sweep"], 2, "name a sweep file or a scenario"),
        (["sweep", "red_doors"], 2, "--seeds is needed, such as --seeds 1-20"),
        (["sweep", "red_door", "--seeds", "1"], 3, "did you mean 'red_doors'?"),
        (["sweep", "red_doors", "--seeds", "5-1"], 2, "'5-1' ends before it begins"),
        (["sweep", "red_doors", "--seeds", "1", "--over", "evolution.elites"], 2, "expected KEY=VALUE,VALUE"),
        (["sweep", "red_doors", "--seeds", "1", "--over", "evolution.elites=1,x"], 3, "expected a whole number"),
        (["sweep", "red_doors", "--seeds", "1-90000", "--over", "evolution.elites=1,2"], 2, "180,000 cells"),
        (["sweep", "red_doors", "--seeds", "1", "--set", "world.size=[5,5]"], 3, "no way was found to place 4 objects"),
        (["sweep", "red_doors", "--seeds", "1", "--workers", "1000"], 1, "at most \\d+ fit"),
        (["sweep", "--join", "nowhere"], 5, "nowhere: no such folder"),
        (["sweep", "--join", "nowhere", "--seeds", "1"], 2, "--join takes what is in the folder"),
        (["sweep", "red_doors", "--join", "nowhere"], 2, "--join takes what is in the folder"),
        (["run", "red_doors", "--seeds", "1-2", "--seed", "1"], 2, "--seed can't be beside --seeds"),
        (["run", "red_doors", "--seeds", "1-2", "--force"], 2, "--force can't be beside --seeds"),
        (["run", "red_doors", "--seeds", "1-2", "--threads", "1"], 2, "--threads can't be beside --seeds"),
        (["plot", "nowhere", "--column", "x"], 5, "nowhere: no such file"),
        (["show", "nowhere", "--against", "1"], 5, "nowhere: no such file"),
        (["report", "nowhere", "--column", "x"], 5, "nowhere: no such file"),
        (["run", "red_doors", "--workers", "2"], 2, "--workers is for --seeds"),
    ],
)
def test_wrong_words_get_a_sentence_and_an_exit_code(words, code, said, here):
    done = evosim(*words)
    assert done.exit_code == code, done.output
    assert re.search(said, done.output), done.output
    assert list(here.iterdir()) == []


@pytest.mark.compiled
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found in /proc")
def test_workers_are_processes_with_one_thread_that_are_replaced_when_killed(tmp_path):
    with LocalWorkers(1) as workers:
        (first,) = workers.pids
        assert workers.submit(checked_process).result() == first != os.getpid()
        os.kill(first, signal.SIGKILL)
        while workers.submit(checked_process).exception() is None:
            pass
        second = workers.submit(checked_process).result()
        assert second != first
        os.kill(second, signal.SIGTERM)  # it ends after what it is at
        last = [workers.submit(checked_process).result() for _ in range(3)]
        assert second not in last[-2:]
