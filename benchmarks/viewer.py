"""The live view: how long a frame takes, and how much slower a run evolves while it is watched.

    python benchmarks/viewer.py
    python benchmarks/viewer.py --rounds 5 --generations 2000

Frames are drawn as the window draws them (time passes, all panels are drawn, a surface of 1280 × 800 is filled), one
after the other without a rest; a screen that shows 60 a second leaves 16.7 ms for each. Evolution is timed by the run
file's own table `timings`, alone and watched in turns: with a window on a screen of memory (Xvfb) where there is one,
which costs processor time that a real screen would not, else on SDL's dummy screen.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from evosim.simulation.runs import RunFile
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import DARK
from viz.live.panels.timeline import draw_timeline
from viz.live.scenes.sources import EvolvingSource, Source, StoredSource
from viz.live.window.screen import render
from viz.live.window.session import Session
from viz.live.worker.worker import Worker

SIZE = (1280, 800)
FRAMES = 600
FRAME = 1 / 60


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="runs alone and watched, in turns (default: 3)")
    parser.add_argument("--generations", type=int, default=1000, help="of red_doors, for the slowdown (default: 1000)")
    parser.add_argument("--frames", type=int, default=FRAMES, help=f"that are timed (default: {FRAMES})")
    arguments = parser.parse_args()
    rounds, generations, frames = arguments.rounds, arguments.generations, arguments.frames
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{'frames of ' + str(SIZE[0]) + ' × ' + str(SIZE[1]):44}{'median':>9}{'p99':>9}{'most':>9}   ms")
        for title, path, keys in scenes(folder):
            taken, about = frame_times(StoredSource(path), keys, frames)
            times = 1000 * taken
            figures = f"{np.median(times):9.1f}{np.quantile(times, 0.99):9.1f}{times.max():9.1f}"
            print(f"{title:44}{figures}   {about}")
        live = folder / "live.evosim"
        changes = ["--set", f"evolution.generations={generations}"]
        command = ["run", "red_doors", "--out", str(live), *changes, "--progress", "none"]
        source = EvolvingSource(load_scenario("red_doors"), 1, live, command)
        taken, about = frame_times(source, ["newest"], 3 * frames)
        source.process.terminate()
        source.wait()
        times = 1000 * taken
        figures = f"{np.median(times):9.1f}{np.quantile(times, 0.99):9.1f}{times.max():9.1f}"
        print(f"{'wall, 64 worlds, while it is evolved':44}{figures}   {about}")
        print(f"\n{'a card of 20 lines and a slider, all changed':44}{'median':>9}   ms")
        for name, draw_once in widgets():
            taken = np.array([1000 * timed(draw_once, number) for number in range(frames)])
            print(f"{name:44}{np.median(taken):9.2f}")
        alone, watched = [], []
        for number in range(rounds):
            alone.append(evolve(folder / f"alone{number}.evosim", generations))
            watched.append(evolve_watched(folder / f"watched{number}.evosim", generations))
        ratios = np.array(watched) / np.array(alone)
        print(f"\nred_doors, {generations} generations, seconds: alone {np.median(alone):.2f}, ", end="")
        print(f"watched {np.median(watched):.2f}; ratios {', '.join(f'{ratio:.3f}' for ratio in ratios)}")


def scenes(folder: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """Make the runs to be looked at; give each with the keys that are pressed first."""
    doors = made(folder / "doors.evosim", "red_doors", ["evolution.generations=21"])
    yield "wall, 64 worlds", doors, []
    yield "wall, 64 worlds, lens", doors, ["lens"]
    yield "wall, 128 worlds", doors, ["more"]
    yield "wall, one world large, lens", doors, ["large", "lens"]
    for agents, side in ((1_000, 128), (5_000, 224), (20_000, 320)):
        changes = [
            f"evolution.population={agents}", f"world.size=[{side},{side}]", "evolution.generations=2",
            f"world.objects.fruit.count={agents}", f"world.objects.fruit.grows={agents / 18}",
            "evolution.interval=250", "measure.every=1",
        ]  # fmt: skip
        path = made(folder / f"field{agents}.evosim", "contraception", changes)
        yield f"field, {agents:,} founders", path, []
        yield f"field, {agents:,} founders, near", path, ["zoom_in"] * 6
    tiny = [
        "evolution.population=8",
        "evolution.episodes=1",
        "measure.episodes=1",
        "measure.every=10",
        "world.steps=20",
    ]
    long = made(folder / "long.evosim", "red_doors", [*tiny, "evolution.generations=10000", "measure.alignment=false"])
    yield "plots of 10,000 generations, small", long, []
    yield "plots of 10,000 generations, large", long, ["plots"]


def made(path: Path, scenario: str, changes: list[str]) -> Path:
    """Make a run."""
    run(load_scenario(scenario, changes), seed=1, out=path).close()
    return path


def frame_times(source: Source, keys: list[str], frames: int) -> tuple[np.ndarray, str]:
    """Time frames `[F]` in seconds: those after the first, while a worker reads beside; say where it has come to."""
    session = Session(source, Worker(), size=SIZE)
    surface = pygame.Surface(SIZE)
    while session.seen is None or not session.view.clock():
        session.advance(FRAME)
        time.sleep(0.01)
    for key in keys:
        session.perform(key)
    times = np.zeros(frames)
    for frame in range(-30, frames):
        began = time.perf_counter()
        session.advance(FRAME)
        render(session, surface)
        if frame >= 0:
            times[frame] = time.perf_counter() - began
        time.sleep(0.002)  # as a window has to wait for its screen
    about = session.view.clock()
    session.close()
    return times, about


def widgets() -> Iterator[tuple[str, Callable[[int], None]]]:
    """Give what draws a card of words and a slider that are others in each frame: ours, and a library's."""
    surface, box = pygame.Surface((344, 480)), pygame.Rect(0, 0, 344, 420)
    pen = Pen(DARK)

    def ours(number: int) -> None:
        pen.card(surface, box)
        for line in range(20):
            pen.text(surface, f"line {line}: {number / 7 + line:.2f}", (10, 10 + 20 * line))
        draw_timeline(pen, surface, pygame.Rect(0, 420, 344, 60), 900, 1000, number, [], [(0.0, "a")], [], None, "tick")

    yield "our pen", ours
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pygame_gui
    except ImportError:
        print("(pip install pygame_gui, and it is measured beside)")
        return
    pygame.display.init()
    pygame.display.set_mode((344, 480))
    manager = pygame_gui.UIManager((344, 480))
    labels = [pygame_gui.elements.UILabel(pygame.Rect(10, 10 + 20 * n, 320, 20), "", manager) for n in range(20)]
    slider = pygame_gui.elements.UIHorizontalSlider(pygame.Rect(10, 430, 320, 30), 0, (0, 1000), manager)

    def library(number: int) -> None:
        for line, label in enumerate(labels):
            label.set_text(f"line {line}: {number / 7 + line:.2f}")
        slider.set_current_value(number % 1000)
        manager.update(FRAME)
        manager.draw_ui(surface)

    yield "pygame_gui", library


def timed(work: Callable[[int], None], number: int) -> float:
    """Time a piece of work, in seconds."""
    began = time.perf_counter()
    work(number)
    return time.perf_counter() - began


def evolve(path: Path, generations: int) -> float:
    """Evolve alone; give the seconds that all generations but the first took."""
    subprocess.run([*evosim("run"), *options(path, generations), "--progress", "none"], check=True)
    return taken(path)


def evolve_watched(path: Path, generations: int) -> float:
    """Evolve with a window on it, which is closed when the run is complete."""
    with a_screen() as screen:
        watching = subprocess.Popen(
            [*evosim("watch"), *options(path, generations)], env=screen, stderr=subprocess.DEVNULL
        )
        while not is_complete(path):
            if watching.poll() is not None:
                raise RuntimeError("the window closed by itself")
            time.sleep(0.2)
        watching.send_signal(signal.SIGINT)
        watching.wait()
    return taken(path)


def evosim(command: str) -> list[str]:
    """Write a command."""
    return [sys.executable, "-m", "evosim", command, "red_doors"]


def options(path: Path, generations: int) -> list[str]:
    """Write what is alike, watched or not."""
    return ["--out", str(path), "--set", f"evolution.generations={generations}"]


@contextmanager
def a_screen() -> Iterator[dict[str, str]]:
    """Give an environment with a screen in it."""
    if not shutil.which("Xvfb"):
        yield {**os.environ, "SDL_VIDEODRIVER": "dummy"}
        return
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24", "-noreset"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as told:
        display = f":{told.readline().strip()}"
    try:
        yield {**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11"}
    finally:
        server.terminate()
        server.wait()


def is_complete(path: Path) -> bool:
    """Tell whether a run is at its end."""
    if not path.exists():
        return False
    with RunFile.open(path) as stored:
        return stored.summary().state == "complete"


def taken(path: Path) -> float:
    """Add up what a run's generations took, in seconds, without the first, which waits for kernels."""
    with RunFile.open(path) as stored:
        rows = stored.rows("select seconds from timings where generation > 0", (float,))
    return float(sum(seconds for (seconds,) in rows))


if __name__ == "__main__":
    main()
