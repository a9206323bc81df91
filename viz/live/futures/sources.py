"""Futures of a run as run files: made by `evosim branch` in another process, and dropped unless they are saved."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from evosim.scenario import Scenario
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from evosim.sweeps.branch import futures_path, plan_futures
from evosim.sweeps.plan import Plan
from evosim.system.stopping import register_cleanup, unregister_cleanup
from viz.live.futures.parameters import LENGTH
from viz.live.scenes.sources import words_of

AS_IT_WAS, CHANGED = "as it was", "changed"
PATIENCE = 3.0  # seconds that a process has to end


class Maker(Protocol):
    """A process that makes futures."""

    def poll(self) -> int | None:
        """Return the exit code; None while it runs."""

    def terminate(self) -> None:
        """Request that it stops."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""

    def kill(self) -> None:
        """End it."""


class FuturesPlan(NamedTuple):
    """What is to be shown side by side: futures with something changed and, for each, the run as it was."""

    run: Path
    step: int  # the last that all share
    changed: Plan
    unchanged: Plan | None  # futures as it was; None: the run itself is the only one
    seed: int  # of the run


def plan_both(run: RunFile, step: int, seeds: Sequence[int], overrides: Sequence[str]) -> FuturesPlan:
    """Plan futures of a run after a step, and those that it would have had unchanged with the same seeds.

    The future with the seed of the run, unchanged, is the run itself, unless futures are to be longer than it is.

    Raises:
        RunFileError, ScenarioError: as `plan_futures` does.
    """
    changed = plan_futures(run, step, seeds, overrides)
    longer = [override for override in overrides if override.partition("=")[0] == LENGTH]
    others = [seed for seed in seeds if seed != run.seed or longer]
    unchanged = plan_futures(run, step, others, longer) if others else None
    return FuturesPlan(run.path, step, changed, unchanged, run.seed)


class FutureSource:
    """A future, shown while it is made and after."""

    def __init__(self, scenario: Scenario, seed: int, path: Path, maker: Maker, log: Path) -> None:
        self.scenario, self.seed, self.path, self.maker, self.log = scenario, seed, path, maker, log

    def open(self) -> RunFile | None:
        """Open it for reading; None while its past is being played.

        Raises:
            RunFileError: it can't be read, or making it failed.
        """
        if self.path.exists():
            return RunFile.open(self.path)
        if self.maker.poll() is not None:
            raise RunFileError(f"no future was made: {last_words(self.log, self.maker)}")
        return None

    def is_evolving(self) -> bool:
        """Whether the process that makes it is running."""
        return self.maker.poll() is None


class ComparedRun(NamedTuple):
    """One of the runs that are shown side by side."""

    name: str  # AS_IT_WAS or CHANGED
    seed: int
    source: FutureSource | None  # None: the run itself


class Futures:
    """Futures that are being made, or are there."""

    def __init__(self, plan: FuturesPlan, make: Callable[[list[str], Path], Maker] | None = None) -> None:
        """Begin to make futures in a folder of their own.

        Raises:
            OSError: it can't be written, or no process can be started.
        """
        self.plan = plan
        self.folder = Path(tempfile.mkdtemp(prefix="evosim-futures-"))
        self.saved: list[Path] = []  # where they are now, once they are saved
        self.makers: dict[str, Maker] = {}
        make = make or spawn
        register_cleanup(self.end_at_once)
        try:
            for name, part in self.parts():
                self.makers[name] = make(self._words(name, part), self._log(name))
        except OSError:
            self.end()
            raise

    def parts(self) -> list[tuple[str, Plan]]:
        """Return what is made, by name."""
        found = [(CHANGED, self.plan.changed)]
        return [(AS_IT_WAS, self.plan.unchanged), *found] if self.plan.unchanged is not None else found

    def _at(self, name: str) -> Path:
        return self.folder / name.replace(" ", "-")

    def _log(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.log"

    def _words(self, name: str, plan: Plan) -> list[str]:
        """Return the words of the command that makes a part."""
        seeds = ",".join(map(str, plan.seeds))
        sets = [word for change in plan.changes for word in ("--set", change)]
        at = ["--generation", str(self.plan.step), "--seeds", seeds, "--out", str(self._at(name))]
        return ["branch", str(self.plan.run), *at, *sets, "--workers", "1", "--progress", "none"]

    def sides(self) -> list[ComparedRun]:
        """Return the runs to be shown: as it was and changed, seed by seed."""
        found = []
        for seed in self.plan.changed.seeds:
            for name in (AS_IT_WAS, CHANGED):
                plan = dict(self.parts()).get(name)
                source = None
                if plan is not None and seed in plan.seeds:
                    cell = next(cell for cell in plan.cells if cell.seed == seed)
                    path = self._at(name) / "runs" / f"{cell.name}.evosim"
                    scenario = plan.conditions[0].scenario
                    source = FutureSource(scenario, seed, path, self.makers[name], self._log(name))
                found.append(ComparedRun(name, seed, source))
        return found

    @property
    def is_done(self) -> bool:
        """Whether all futures are made."""
        return all(maker.poll() is not None for maker in self.makers.values())

    def save(self) -> list[Path]:
        """Copy the futures beside the run, where `evosim branch` would put them, and return their folders.

        Those that are there already stay as they are.

        Raises:
            RunFileError: some could not be made.
            OSError: they can't be written.
        """
        for name, maker in self.makers.items():
            if maker.poll() != 0:
                raise RunFileError(f"not all futures were made: {last_words(self._log(name), maker)}")
        for name, plan in self.parts():
            path = futures_path(self.plan.run, plan, [self.plan.step])
            if not path.exists():
                new = path.with_name(f".{path.name}.new")
                shutil.rmtree(new, ignore_errors=True)
                try:
                    shutil.copytree(self._at(name), new)
                    new.rename(path)
                finally:
                    shutil.rmtree(new, ignore_errors=True)
            if path not in self.saved:
                self.saved.append(path)
        return self.saved

    def end(self) -> None:
        """Stop making futures, and drop those that were not saved."""
        for maker in self.makers.values():
            if maker.poll() is None:
                maker.terminate()
        for maker in self.makers.values():
            try:
                maker.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                maker.kill()
                maker.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        unregister_cleanup(self.end_at_once)

    def end_at_once(self) -> None:
        """End futures without patience, as a program does that is asked to stop; its workers end with a process."""
        for maker in self.makers.values():
            if maker.poll() is None:
                maker.kill()
                maker.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def last_words(log: Path, maker: Maker) -> str:
    """Return the last line that a process wrote, or its exit code."""
    said: list[str] = []
    with contextlib.suppress(OSError):
        said = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return said[-1] if said else f"exit code {maker.poll()}"


def spawn(words: list[str], log: Path) -> Maker:
    """Start a command of evosim; what it says goes to a file.

    Raises:
        OSError: it can't be started.
    """
    with log.open("wb") as said:
        return subprocess.Popen(words_of(words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
