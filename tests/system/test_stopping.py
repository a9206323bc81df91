"""A program that is asked to stop ends with exit code 130 and one sentence, wherever it is, and leaves nothing half done."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.system.stopping import SignalHandling, Stop

HOUSE = Path(__file__).parents[2]
SMALL = ["evolution.population=16", "evolution.episodes=2", "measure.episodes=2", "measure.every=2"]
HOURS = ["--set", "evolution.population=4000", "--set", "evolution.episodes=20000"]
ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
STUCK = """
import importlib.abc, os, signal, sys, time

class Stuck(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == os.environ.get("STUCK_AT"):
            os.kill(os.getpid(), int(os.environ["STUCK_SIGNAL"]))
            for _ in range(600):
                try:
                    time.sleep(0.1)
                except KeyboardInterrupt:  # as in a callback of the compiler
                    pass

sys.meta_path.insert(0, Stuck())
"""


HEEDING = f"""
import os, signal, sys
for number in {[int(number) for number in ENDS]}:
    signal.signal(number, signal.SIG_DFL)  # a shell without a terminal starts programs that ignore some of them
os.execv(sys.executable, [sys.executable, "-m", "evosim", *sys.argv[1:]])
"""
STARTED = []


@pytest.fixture(autouse=True)
def none_left():
    yield
    while STARTED:
        with STARTED.pop() as process:  # does nothing to one that has ended
            process.kill()


def started(*arguments, cwd, **variables):
    environment = {**os.environ, "PYTHONPATH": f"{cwd}/site{os.pathsep}{HOUSE}", **variables}
    STARTED.append(subprocess.Popen(
        [sys.executable, "-c", HEEDING, *map(str, arguments)],
        cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ))  # fmt: skip
    return STARTED[-1]


def contents(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    path = tmp_path_factory.mktemp("straight") / "run.evosim"
    with RunFile.create(path, load_scenario("red_doors", [*SMALL, "evolution.generations=6"]), 1) as run:
        list(carry_on(run))
    return path


@pytest.fixture
def stored(straight, tmp_path):
    return shutil.copy(straight, tmp_path / "run.evosim")


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(STUCK)


COMMANDS = [
    ("run red_doors --out new.evosim", "click", "before a generation was done; nothing was changed"),
    ("run red_doors --out new.evosim", "numba", "before a generation was done; nothing was changed"),
    ("run red_doors --out run.evosim --force", "evosim.simulation.generational.generations", "before a generation was done; nothing was changed"),
    ("resume run.evosim --generations 9", "evosim.simulation.generational.generations", "before a generation was done; nothing was changed"),
    ("verify run.evosim", "numba", "nothing was changed"),
    ("measure run.evosim", "evosim.alignment.battery.battery", "nothing was changed"),
    ("null run.evosim", "evosim.studies.nulls", "nothing was changed"),
    ("audit run.evosim --generation 5", "evosim.studies.detector_audit", "nothing was changed"),
    ("intervene run.evosim --set objective.red=0", "evosim.studies.interventions", "nothing was changed"),
    ("report run.evosim -o page.html", "viz.report", "nothing was changed"),
    ("plot run.evosim -o page.png", "matplotlib", "nothing was changed"),
    ("record run.evosim -o film.gif", "pygame", "nothing was changed"),
    ("export run.evosim -o out.csv", "evosim.storage.export", "nothing was changed"),
    ("show run.evosim", "evosim.storage.writer", "nothing was changed"),
    ("list", "rich", "nothing was changed"),
    ("validate red_doors", "evosim.simulation.laboratory", "nothing was changed"),
    ("doctor", "evosim.cli.installation", "nothing was changed"),
]  # fmt: skip


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(("command", "at", "said"), COMMANDS)
def test_every_command_stops_where_python_does_not_listen(command, at, said, stored, tmp_path):
    before, number = contents(stored), ENDS[len(command) % 3]
    process = started(*command.split(), cwd=tmp_path, STUCK_AT=at, STUCK_SIGNAL=str(int(number)))
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert told == f"stopped{'' if said[0] == 'b' else ';'} {said}\n"
    assert names_in(tmp_path) == ["run.evosim", "site"]
    if not command.startswith("resume"):  # which notes that it began
        assert contents(stored) == before


def test_a_stop_that_comes_in_a_callback_of_foreign_code_is_not_lost(tmp_path):
    program = (
        "from evosim.system.stopping import program; program.begin()\n"
        "import ctypes, os, signal, time\n"
        "def back():\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    while True: time.sleep(0.1)\n"
        "ctypes.CFUNCTYPE(None)(back)()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=HOUSE, timeout=60)
    assert (done.returncode, done.stderr) == (130, "stopped; nothing was changed\n")


@pytest.mark.compiled
@pytest.mark.parametrize("number", ENDS)
def test_a_run_stops_while_it_compiles(number, tmp_path):
    process = started("run", "red_doors", "--out", "new.evosim", cwd=tmp_path, EVOSIM_CACHE_DIR=str(tmp_path / "cache"))
    while not list((tmp_path / "cache").rglob("*.nbc")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert told.splitlines()[1:] == [
        "stopped before a generation was done; nothing was changed; what has been compiled is kept"
    ]
    assert names_in(tmp_path) == ["cache"]


@pytest.mark.compiled
@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGTERM] * 2, [signal.SIGINT, signal.SIGTERM]])
def test_a_generation_that_takes_long_is_not_waited_for(numbers, tmp_path):
    process = started("run", "red_doors", *HOURS, "--out", "big.evosim", cwd=tmp_path)
    while not (tmp_path / "big.evosim").exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(1.0)  # into the first generation, which takes minutes
    for number in numbers:
        with suppress(ProcessLookupError):
            process.send_signal(number)
        time.sleep(0.3)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert told.splitlines()[-1] == "stopped before a generation was done; nothing was changed"
    assert names_in(tmp_path) == []


@pytest.mark.compiled
@pytest.mark.parametrize("number", ENDS)
def test_a_window_takes_the_run_that_is_evolved_for_it_along(number, tmp_path):
    process = started("watch", "red_doors", *HOURS, "--out", "big.evosim", cwd=tmp_path, SDL_VIDEODRIVER="dummy")
    while not (tmp_path / "big.evosim").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert told == "stopped before a generation was done; nothing was changed\n"
    assert names_in(tmp_path) == []


@pytest.mark.compiled
def test_what_was_stored_before_a_stop_at_once_is_there_and_gone_on_with(stored, straight, tmp_path):
    with RunFile.open(stored) as run:
        before = run.digests()
    process = started("resume", "run.evosim", "--generations", "100000", "--progress", "json", cwd=tmp_path)
    acknowledged = -1
    for line in process.stderr:
        if '"generation"' in line:
            acknowledged = json.loads(line)["generation"]
        if acknowledged == 12:
            break
    process.send_signal(signal.SIGTERM)
    told = process.stderr.read()
    assert process.wait(timeout=60) == 130
    process.stdout.close()
    process.stderr.close()
    assert "to resume:" in told
    assert names_in(tmp_path) == ["run.evosim"]
    with RunFile.open(stored) as run:
        assert run.digests()[:6] == before
        assert run.summary().done > 12


def test_two_signals_at_the_same_time_are_one(monkeypatch):
    told, program = [], SignalHandling()
    monkeypatch.setattr(program, "leave", lambda: told.append("left"))
    program.stop = Stop()
    program.hear(signal.SIGINT)
    program.hear(signal.SIGINT)  # a terminal sends it to all, and whoever started us hands it on
    assert program.stop.wanted
    assert told == []
    program.heard -= 1.0
    program.hear(signal.SIGTERM)
    assert told == ["left"]
    program.stop = None  # its patience ends after this test


def test_what_ignores_the_end_of_its_terminal_goes_on(tmp_path):
    program = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from evosim.system.stopping import program; program.begin()\n"
        "os.kill(os.getpid(), signal.SIGHUP)\n"
        "import time; time.sleep(0.5)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=HOUSE, timeout=60).returncode == 0


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_not_finished_is_put_away(what, tmp_path):
    program = {
        "file": "from evosim.storage.export import atomic_path as place\n",
        "folder": "from viz.live.film.film import _folder as place\n",
    }[what]
    program += (
        "from evosim.system.stopping import program; program.begin()\n"
        "import os, signal, sys, time\n"
        "from pathlib import Path\n"
        "with place(Path(sys.argv[1])) as new:\n"
        "    (new / 'part' if new.is_dir() else new).write_text('half')\n"
        "    assert len(list(Path(sys.argv[1]).parent.iterdir())) == 1\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(60)\n"
    )
    environment = {**os.environ, "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out")], cwd=HOUSE, timeout=60, env=environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "stopped; nothing was changed\n")
    assert names_in(tmp_path) == []


def test_a_film_of_pictures_is_not_hindered_by_what_a_killed_process_of_the_same_number_left(tmp_path):
    from viz.live.film.film import _folder

    (tmp_path / f".out.{os.getpid()}-0.part").mkdir()
    with _folder(tmp_path / "out") as new:
        (new / "frame").write_text("")
    assert names_in(tmp_path / "out") == ["frame"]


# ---------------------------------------------------------------- closed streams


def without(*numbers):
    return lambda: [os.close(number) for number in numbers]


def done_without(numbers, *arguments, cwd):
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    streams = {1: "stdout", 2: "stderr"}
    pipes = {name: subprocess.PIPE for number, name in streams.items() if number not in numbers}
    command = [sys.executable, "-m", "evosim", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, preexec_fn=without(*numbers), text=True, **pipes)


@pytest.mark.parametrize("closed", [(2,), (1,), (0,), (0, 1, 2)])
def test_a_run_needs_no_stream(closed, straight, tmp_path):
    changes = [word for each in (*SMALL, "evolution.generations=6") for word in ("--set", each)]
    done = done_without(closed, "run", "red_doors", *changes, "--out", "run.evosim", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not done.stdout
    assert names_in(tmp_path) == ["run.evosim"]
    with RunFile.open(tmp_path / "run.evosim") as run, RunFile.open(straight) as other:
        assert run.digests() == other.digests()


@pytest.mark.parametrize("command", ["show run.evosim", "export run.evosim", "--help"])
def test_data_that_nobody_can_be_given_is_reported(command, stored, tmp_path):
    done = done_without((1,), *command.split(), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "input or output: bad file descriptor\n"


@pytest.mark.parametrize("command", ["show none.evosim", "run none", "run"])
def test_what_went_wrong_chooses_the_exit_code_though_nobody_can_be_told(command, tmp_path):
    seen = subprocess.run(
        [sys.executable, "-m", "evosim", *command.split()], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(HOUSE)},
        capture_output=True,
    ).returncode  # fmt: skip
    assert done_without((2,), *command.split(), cwd=tmp_path).returncode == seen != 0
    with open("/dev/full", "w") as full:
        program = [sys.executable, "-m", "evosim", *command.split()]
        environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
        assert subprocess.run(program, cwd=tmp_path, env=environment, stderr=full).returncode == seen


def test_a_run_goes_on_where_its_messages_find_no_room(straight, tmp_path):
    changes = [word for each in (*SMALL, "evolution.generations=6") for word in ("--set", each)]
    program = [
        sys.executable,
        "-m",
        "evosim",
        "run",
        "red_doors",
        *changes,
        "--out",
        "run.evosim",
        "--progress",
        "json",
    ]
    with open("/dev/full", "w") as full:
        done = subprocess.run(program, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(HOUSE)}, stderr=full)
    assert done.returncode == 0
    with RunFile.open(tmp_path / "run.evosim") as run, RunFile.open(straight) as other:
        assert run.digests() == other.digests()
