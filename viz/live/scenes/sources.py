"""Sources: where frames come from. A run that is stored and one that is evolved right now are read alike.

A run is evolved in a process of its own, which knows nothing of a window: it can be watched or not, and outlives a
window that is closed, or crashes. What is seen is what the run file holds.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from evosim.scenario import Scenario
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError


class Standing(NamedTuple):
    """How far a run has come."""

    done: int  # generations that are stored
    asked: int  # for
    state: str  # as the run file says: running, stopped, interrupted, complete, extinct; or waiting
    words: str = ""  # what it waits for


class Source(Protocol):
    """A run to be looked at."""

    @property
    def scenario(self) -> Scenario:
        """Give the scenario."""

    @property
    def seed(self) -> int:
        """Give the seed."""

    @property
    def path(self) -> Path:
        """Say where its file is, or will be."""

    def open(self) -> RunFile | None:
        """Open it to be read, by the thread that reads; None as long as nothing is there."""

    def is_evolving(self) -> bool:
        """Tell whether it is being evolved for us."""


class StoredSource:
    """A run that is stored; somebody may be writing it."""

    def __init__(self, path: Path) -> None:
        """Look what run it is.

        Raises:
            RunFileError: it is none that can be read.
        """
        self.path = path
        with RunFile.open(path) as run:
            self.scenario, self.seed = run.scenario, run.seed

    def open(self) -> RunFile | None:
        """Open it to be read."""
        return RunFile.open(self.path)

    def is_evolving(self) -> bool:
        """Say that we don't evolve it."""
        return False


class EvolvingSource:
    """A run that a process of its own evolves, begun or gone on with for us."""

    def __init__(self, scenario: Scenario, seed: int, path: Path, command: Sequence[str]) -> None:
        self.scenario, self.seed, self.path = scenario, seed, path
        self.was_ended = False
        self.process = subprocess.Popen([sys.executable, "-m", "evosim", *command], stdin=subprocess.DEVNULL)

    def open(self) -> RunFile | None:
        """Open it to be read; None as long as it is only being made.

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
            told = "the terminal says why"
            raise RunFileError(f"the run ended before anything was stored (exit code {code}); {told}") from None

    def is_evolving(self) -> bool:
        """Tell whether the process is at work."""
        return self.process.poll() is None

    def end(self, number: int) -> None:
        """Hand on a signal to the process, and wait for it to end."""
        if self.is_evolving():
            self.was_ended = True
            self.process.send_signal(number)
            self.process.wait()

    def wait(self) -> int:
        """Wait for the process; give its exit code."""
        return self.process.wait()


def standing(run: RunFile, *, evolving: bool) -> Standing:
    """Say how far a run has come."""
    summary = run.summary()
    waits = "" if summary.done or not evolving else f"the first {run.process.unit.one}"
    return Standing(summary.done, summary.generations, summary.state, waits)


def step_back(niceness: int = 4) -> None:
    """Let everything else on the machine go first: who watches must not slow down what is watched."""
    if hasattr(os, "nice"):
        os.nice(niceness)
