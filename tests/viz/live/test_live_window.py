"""A real window on a virtual screen: opened, looked at, clicked, typed at and closed, as a person would."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.viewer import a_screen
from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from evosim.simulation.runs import RunFile

SMALL = [
    "evolution.population=24", "evolution.generations=6", "evolution.episodes=4", "measure.episodes=12", "measure.every=1",
]  # fmt: skip
PATIENCE = 40.0  # seconds, where a processor is busy with other things
needs_screen = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool (Debian: xvfb, xdotool)"
)


@pytest.fixture
def screen():
    """Start a screen that nobody sees."""
    with a_screen() as environment:
        yield environment


def xdotool(screen, *words):
    return subprocess.run(["xdotool", *words], env=screen, capture_output=True, text=True, timeout=20).stdout.strip()


def window_of(screen, process) -> str:
    """Wait for the window of a process."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, process.communicate()
        found = xdotool(screen, "search", "--class", "evosim").splitlines()
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError("no window was opened")


@contextmanager
def opened(screen, folder, *words):
    """Give a process that watches, which doesn't outlive the test."""
    with subprocess.Popen(
        [sys.executable, "-m", "evosim", "watch", *map(str, words)],
        env=screen, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def closed(screen, window) -> bool:
    """Press Q until no window is there: one that is still opening may miss a key."""

    def is_gone():
        xdotool(screen, "key", "--window", window, "q")
        time.sleep(0.5)
        return not xdotool(screen, "search", "--class", "evosim")

    return until(is_gone)


def until(condition) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


@needs_screen
def test_a_window_on_a_stored_run_takes_keys_and_clicks_and_closes(screen, tmp_path):
    run(load_scenario("red_doors", SMALL), seed=1, out=tmp_path / "doors.evosim").close()
    before = (tmp_path / "doors.evosim").read_bytes()
    with opened(screen, tmp_path, "doors.evosim", "--size", "1200x760") as watching:
        window = window_of(screen, watching)
        time.sleep(2.0)
        xdotool(screen, "mousemove", "--window", window, "120", "150", "click", "1")
        for key in (
            "l",
            "l",
            "l",
            "l",
            "Tab",
            "Return",
            "d",
            "space",
            "Right",
            "Left",
            "p",
            "o",
            "p",
            "t",
            "c",
            "a",
            "Next",
        ):
            xdotool(screen, "key", "--window", window, key)

        def saves():  # a window that is busy opening may miss a key
            xdotool(screen, "key", "--window", window, "s")
            time.sleep(0.5)
            return list(tmp_path.glob("doors-*.png"))

        assert until(saves), "S saved no picture"
        xdotool(screen, "windowsize", window, "900", "600")
        time.sleep(0.5)
        assert watching.poll() is None
        assert closed(screen, window), "Q closed no window"
        out, err = watching.communicate(timeout=PATIENCE)
    assert (watching.returncode, out, err) == (0, "", "")
    assert (tmp_path / "doors.evosim").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["doors-001.png", "doors.evosim"]


@needs_screen
def test_a_run_outlives_its_window(screen, tmp_path):
    """A window that crashes takes nothing with it: the run goes on to its end, with the digest of one nobody watched."""
    words = [word for each in SMALL for word in ("--set", each)]
    words += ["--set", "evolution.generations=200", "--out", "doors.evosim"]
    path = tmp_path / "doors.evosim"
    with opened(screen, tmp_path, "red_doors", *words) as watching:
        window_of(screen, watching)
        assert until(path.exists)
        watching.kill()

    def is_complete() -> bool:
        with RunFile.open(path) as stored:
            return stored.summary().state == "complete"

    assert until(is_complete)
    alone = run(
        load_scenario("red_doors", [*SMALL, "evolution.generations=200"]), seed=1, out=tmp_path / "alone.evosim"
    )
    with RunFile.open(path) as stored:
        assert stored.summary().digest == alone.summary().digest
    alone.close()


@needs_screen
def test_closing_the_window_lets_the_run_go_on_and_waits_for_it(screen, tmp_path):
    words = [word for each in SMALL for word in ("--set", each)]
    words += ["--set", "evolution.generations=300", "--out", "d.evosim"]
    with opened(screen, tmp_path, "red_doors", *words) as watching:
        window = window_of(screen, watching)
        assert until((tmp_path / "d.evosim").exists)
        assert closed(screen, window), "Q closed no window"
        _, err = watching.communicate(timeout=PATIENCE)
    assert watching.returncode == 0, err
    with RunFile.open(tmp_path / "d.evosim") as stored:
        assert stored.summary().state == "complete"


def test_without_a_display_it_says_what_else_can_be_done(tmp_path):
    nowhere = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "XDG_RUNTIME_DIR")
    }
    watch = [sys.executable, "-m", "evosim", "watch"]
    done = subprocess.run([*watch, "red_doors"], env=nowhere, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 6
    assert done.stderr.startswith("no window can be opened here")
    assert len(done.stderr.splitlines()) == 1
    assert "evosim record" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(Path(tmp_path).iterdir()) == []
    (tmp_path / "red_doors.png").write_bytes(b"a picture")
    done = subprocess.run([*watch, "red_doors.png"], env=nowhere, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 5
    assert done.stderr.startswith("red_doors.png: not a run")  # which is so with and without a display
