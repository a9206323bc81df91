"""Leases: which process works on a cell, as files in the folder of a sweep.

A lease is a file named after its cell and the number of the attempt. It is made atomically: whoever makes attempt n + 1
has taken the cell over from attempt n, and of several who try only one succeeds. So no lease is ever removed by anyone
but its owner or whoever finishes the cell. An owner shows that it is alive by touching the file. A lease is stale if
its process is gone, which is known at once on the same machine, or if it was not touched for STALE seconds by the
clock of the file system. The lock of the run file keeps two writers apart whatever the clocks do.
"""

import json
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

BEAT, STALE = 5.0, 60.0  # seconds between signs of life, and after which there has been none for too long


@lru_cache(maxsize=1)
def machine() -> str:
    """Return what tells this machine, since it was started, from others; of containers their processes' name space."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return f"{uuid.getnode():x}"


def process_start(pid: int) -> str:
    """Return when a process started, in the system's own unit; empty if it is gone or that isn't known."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if after_name[0] in "ZX" else after_name[19]


def is_alive(pid: int, started: str) -> bool:
    """Whether a process of this machine is alive: not only its number, which another may have by now."""
    if Path("/proc/self/stat").exists():
        return process_start(pid) == started != ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


class Lease:
    """The right to work on a cell, taken by this process; released by `release`."""

    def __init__(self, path: Path, attempt: int) -> None:
        self.path = path
        self.attempt = attempt

    def beat(self) -> bool:
        """Show that the owner is alive; False if another has taken the cell over."""
        try:
            os.utime(self.path)
        except FileNotFoundError:
            return False
        return not self.path.with_suffix(f".{self.attempt + 1}").exists()

    def release(self) -> None:
        """Remove the lease, and those of attempts before it."""
        for attempt in range(1, self.attempt + 1):
            self.path.with_suffix(f".{attempt}").unlink(missing_ok=True)


class Leases:
    """The leases of a sweep, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, cell: str) -> Lease | None:
        """Take a cell; None if another process is working on it.

        Raises:
            OSError: the folder can't be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        attempt = self.attempt_of(cell)
        if attempt and not self.is_stale(self._path(cell, attempt)):
            return None
        path = self._path(cell, attempt + 1)
        owner = {"machine": machine(), "pid": os.getpid(), "started": process_start(os.getpid()), "at": time.time()}
        return Lease(path, attempt + 1) if make_exclusively(path, json.dumps(owner)) else None

    def remove(self, cell: str) -> None:
        """Remove all leases of a cell, which is done."""
        Lease(self._path(cell, attempt := self.attempt_of(cell)), attempt).release()

    def is_held(self, cell: str) -> bool:
        """Whether a process that is alive works on a cell."""
        attempt = self.attempt_of(cell)
        return attempt > 0 and not self.is_stale(self._path(cell, attempt))

    def held(self) -> set[str]:
        """Return the cells that processes work on which are alive."""
        try:
            names = {path.stem for path in self.folder.iterdir() if not path.name.startswith(".")}
        except OSError:
            return set()
        return {name for name in names if self.is_held(name)}

    def attempt_of(self, cell: str) -> int:
        """Return the number of the last attempt at a cell; 0 if there is none."""
        attempts = [0]
        with suppress(OSError):
            attempts += [int(path.suffix[1:]) for path in self.folder.glob(f"{cell}.*") if path.suffix[1:].isdigit()]
        return max(attempts)

    def is_stale(self, path: Path) -> bool:
        """Whether nobody is behind a lease any more; one that is gone is stale."""
        try:
            touched = path.stat().st_mtime
            owner = _owner(path)
        except OSError:
            return True
        if owner.get("machine") == machine():
            return not is_alive(int(owner["pid"]), str(owner["started"]))
        return self._now() - touched > STALE

    def _now(self) -> float:
        """Return the time by the clock that touches files in this folder, which may be another machine's."""
        try:
            with tempfile.TemporaryFile(dir=self.folder) as file:
                return os.fstat(file.fileno()).st_mtime
        except OSError:
            return time.time()

    def _path(self, cell: str, attempt: int) -> Path:
        return self.folder / f"{cell}.{attempt}"


def _owner(path: Path) -> dict[str, Any]:
    """Read the owner of a lease; nothing of one that is just being made, or not by us."""
    try:
        owner = json.loads(path.read_text())
    except ValueError:
        return {}
    if not isinstance(owner, dict) or type(owner.get("pid")) is not int or owner["pid"] <= 0:
        return {}
    return owner


def make_exclusively(path: Path, text: str) -> bool:
    """Make a file with its content at once; False if it is there already.

    Raises:
        OSError: the folder can't be written.
    """
    unfinished = path.with_name(f".{uuid.uuid4().hex}")
    unfinished.write_text(text)
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return False
    except OSError:  # no hard links here
        try:
            with path.open("x") as file:
                file.write(text)
        except FileExistsError:
            return False
    finally:
        unfinished.unlink(missing_ok=True)
    return True


@contextmanager
def keep_alive(lease: Lease, every: float = BEAT) -> Iterator[threading.Event]:
    """Touch a lease meanwhile, in a thread; yield an event that is set if another process takes the cell over."""
    done, lost = threading.Event(), threading.Event()

    def beat() -> None:
        while not done.wait(every):
            with suppress(OSError):  # a file system that is away for a moment
                if not lease.beat():
                    lost.set()

    thread = threading.Thread(target=beat, name="evosim-lease", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        done.set()
        thread.join()
