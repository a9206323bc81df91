"""Sources: where a view reads a run from. A stored run and one that is evolving are read alike.

A run evolves in a separate process, which doesn't depend on the window: it goes on when the window is closed or
crashes. All that is shown comes from the run file.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import evosim
from evosim.scenario import Scenario
from evosim.scenario.loading import plugin_files
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError


class RunProgress(NamedTuple):
    """How far a run has come."""

    done: int  # generations that are stored
    asked: int  # for
    state: str  # as the run file says: running, stopped, interrupted, complete, extinct; or waiting
    words: str = ""  # what it waits for


class Source(Protocol):
    """A run to be shown."""

    @property
    def scenario(self) -> Scenario:
        """Return the scenario."""

    @property
    def seed(self) -> int:
        """Return the seed."""

    @property
    def path(self) -> Path:
        """Return the path of the run file, which may not exist yet."""

    def open(self) -> RunFile | None:
        """Open the run for reading, on the reading thread; None while there is nothing to read."""

    def is_evolving(self) -> bool:
        """Whether it is being evolved by a process of ours."""


class StoredSource:
    """A stored run, which another process may still be writing."""

    def __init__(self, path: Path) -> None:
        """Read which run it is.

        Raises:
            RunFileError: it is none that can be read.
        """
        self.path = path
        with RunFile.open(path) as run:
            self.scenario, self.seed = run.scenario, run.seed

    def open(self) -> RunFile:
        """Open the run for reading."""
        return RunFile.open(self.path)

    def is_evolving(self) -> bool:
        """Return False, since we don't evolve it."""
        return False


class EvolvingSource:
    """A run that a child process starts or continues for us."""

    def __init__(self, scenario: Scenario, seed: int, path: Path, command: Sequence[str]) -> None:
        self.scenario, self.seed, self.path = scenario, seed, path
        self.was_ended = False
        self.process = subprocess.Popen(words_of(command), stdin=subprocess.DEVNULL)

    def open(self) -> RunFile | None:
        """Open the run for reading; None while it is being created.

        Raises:
            RunFileError: it can't be read, or its process has ended before there was anything to be read.
        """
        try:
            return RunFile.open(self.path)
        except RunFileError:
            code = self.process.poll()
            if code is None:
                return None
            if self.path.exists():
                raise
            remedy = "the terminal says why"
            raise RunFileError(f"the run ended before anything was stored (exit code {code}); {remedy}") from None

    def is_evolving(self) -> bool:
        """Whether the process is running."""
        return self.process.poll() is None

    def end(self, number: int) -> None:
        """Forward a signal to the process, and wait for it to end."""
        if self.is_evolving():
            self.was_ended = True
            self.process.send_signal(number)
            self.process.wait()

    def wait(self) -> int:
        """Wait for the process, and return its exit code."""
        return self.process.wait()


def words_of(command: Sequence[str]) -> list[str]:
    """Return the words that start a command of this evosim in another process, with the same plugin files.

    A folder `evosim` where it is started, such as that of a clone, isn't taken for it unless it was here.
    """
    own = Path(evosim.__file__).resolve().parents[1]
    first = not sys.flags.safe_path and Path(sys.path[0]).resolve() == own  # as by `python -m evosim` in a clone
    return [sys.executable, *([] if first else ["-P"]), "-m", "evosim", *plugin_words(), *command]


def plugin_words() -> list[str]:
    """Return the options of a command by which it uses the plugin files that this process uses."""
    return [word for file in dict.fromkeys(plugin_files.FILES) for word in ("--plugin", file)]


def read_progress(run: RunFile, *, evolving: bool) -> RunProgress:
    """Return how far a run has come."""
    summary = run.summary()
    waits = "" if summary.done or not evolving else f"the first {run.process.unit.one}"
    return RunProgress(summary.done, summary.generations, summary.state, waits)


def lower_priority(niceness: int = 4) -> None:
    """Lower the priority of this process, so that watching doesn't slow down the run."""
    if hasattr(os, "nice"):
        os.nice(niceness)
