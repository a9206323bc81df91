"""A lock: one writer a run file, for as long as it writes.

The lock is on a hidden file beside the run, not on the run itself: closing any handle on a database
file would let go of SQLite's own locks. The system lets go of it when its process dies.
"""

import errno
import os
import tempfile
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks on this system: transactions still keep writers apart
    fcntl = None  # type: ignore[assignment]


NO_LOCK_ERRNOS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)


class NoLocksError(OSError):
    """The file system of a folder has no locks."""


class WriterLock:
    """The exclusive right to write a run file; `take` it, `release` it."""

    def __init__(self, run: Path) -> None:
        self.path = run.with_name(f".{run.name}.lock")
        self.handle: int | None = None

    def take(self) -> bool:
        """Take the lock; False if another process has it.

        Raises:
            NoLocksError: the file system has no locks.
            OSError: the folder can't be written.
        """
        while fcntl is not None:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(handle), os.stat(self.path)):
                    self.handle = handle
                    return True
                os.close(handle)  # its last owner has just removed it
            except BlockingIOError:
                os.close(handle)
                return False
            except FileNotFoundError:
                os.close(handle)
            except OSError as error:
                os.close(handle)
                self.path.unlink(missing_ok=True)
                if error.errno in NO_LOCK_ERRNOS:
                    raise NoLocksError(error.errno, error.strerror, str(self.path)) from None
                raise
        return True

    def release(self) -> None:
        """Release the lock, and remove its file."""
        if self.handle is not None:
            self.path.unlink(missing_ok=True)
            os.close(self.handle)
            self.handle = None


def lacks_locks(folder: Path) -> bool:
    """Whether the file system of a folder lacks the locks that SQLite takes; False if that can't be found out."""
    if fcntl is None:
        return False
    try:
        with tempfile.TemporaryFile(dir=folder) as file:  # never the run: to close it would let go of SQLite's locks
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in NO_LOCK_ERRNOS
    return False


def is_being_written(run: Path) -> bool:
    """Whether some process holds the lock of a run file's writer."""
    path = WriterLock(run).path
    if fcntl is None or not path.exists():
        return False
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False
