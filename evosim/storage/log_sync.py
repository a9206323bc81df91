"""Syncing the log of a run file: how soon what was stored survives a power cut.

SQLite writes each transaction to its log and, unless told otherwise, waits until it has reached the disk. A program
that is killed loses nothing either way, since the system keeps what was written to a file; in a power cut it would.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer

GENERATION, SECOND = "generation", "second"
DURABILITIES = (GENERATION, SECOND)
SECONDS = 1.0


class LogSync:
    """Sync a log within a second of what is written into it, in a thread of its own.

    `path` returns where the log is.
    """

    def __init__(self, path: Callable[[], Path]) -> None:
        self.path = path
        self.lock = Lock()
        self.timer: Timer | None = None
        self.failure: OSError | None = None

    def written(self) -> None:
        """Plan a sync of what was written, unless one is planned.

        Raises:
            OSError: the last sync failed.
        """
        with self.lock:
            if self.failure is not None:
                raise self.failure
            if self.timer is None:
                self.timer = Timer(SECONDS, self._sync)
                self.timer.daemon = True
                self.timer.start()

    def close(self) -> None:
        """Sync what was written, and do no more."""
        with self.lock:
            waiting, self.timer = self.timer, None
        if waiting is not None:
            waiting.cancel()
            with suppress(OSError):
                sync(self.path())

    def _sync(self) -> None:
        with self.lock:
            self.timer = None  # what is written from now on is synced after another second
        try:
            sync(self.path())
        except OSError as error:
            self.failure = error


def sync(path: Path) -> None:
    """Wait until all that was written to a file, if there is one, has reached the disk."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        os.fsync(file)
    finally:
        os.close(file)
