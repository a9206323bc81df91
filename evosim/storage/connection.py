"""Files of a run: the database, what SQLite keeps beside it, and how each is opened, put in place and removed."""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from evosim.storage.lock import NoLocksError, WriterLock, lacks_locks
from evosim.storage.schema import RunFileError
from evosim.system.folders import make_folder_of

LOGS = ("-wal", "-shm", "-journal")
NO_LOCKS = ("SQLITE_IOERR_LOCK", "SQLITE_IOERR_RDLOCK", "SQLITE_IOERR_SHM", "SQLITE_PROTOCOL", "SQLITE_NOLFS")
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
ELSEWHERE = "runs are to be in a folder of a disk of this machine, such as"
CANNOT_WRITE = ("SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_CANTINIT")


def kind_of(path: Path) -> str | None:
    """Say what stands at a path: `a file`, `a folder`, `no plain file`, or None if nothing does.

    Raises:
        RunFileError: that can't be seen.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunFileError(f"{path}: can't be read: {reason(error, path.parent)}") from None
    return "a file" if stat.S_ISREG(mode) else "a folder" if stat.S_ISDIR(mode) else "no plain file"


def reason(error: OSError | sqlite3.Error, folder: Path) -> str:
    """Say why the system refused, and where it would not."""
    why = (getattr(error, "strerror", None) or str(error)).lower()
    name = getattr(error, "sqlite_errorname", "")  # SQLite waits for a lock in vain that there is not
    if isinstance(error, NoLocksError) or name.startswith(NO_LOCKS) or (name in BUSY and lacks_locks(folder)):
        return f"its file system has no file locks ({why}); {ELSEWHERE} {tempfile.gettempdir()}"
    return why


def identity(path: Path) -> tuple[int, int] | None:
    """Say which file stands at a path, whatever it is called; None if none does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def remove_empty(folders: list[Path]) -> None:
    """Remove folders in which there is nothing."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """Say in our words that a run file can't be written."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise RunFileError(f"{path}: can't be written: {reason(error, path.parent)}") from None


def locked(path: Path) -> WriterLock:
    """Take the right to write a run file.

    Raises:
        RunFileError: another process has it, or the folder can't be written.
    """
    lock = WriterLock(path)
    with unwritable(path):
        if lock.take():
            return lock
    raise RunFileError(f"{path}: in use: another process is writing it")


def locked_in_folder(path: Path) -> tuple[WriterLock, list[Path]]:
    """Take the right to write a run file, in a folder that is made if there is none; give the folders made.

    Raises:
        RunFileError: another process has it, or the folder can't be made or written.
    """
    made = [each for each in path.parents if not each.exists()]  # the innermost first
    with unwritable(path):
        make_folder_of(path)
    try:
        return locked(path), made
    except RunFileError:
        remove_empty(made)
        raise


def connected(path: Path, mode: str) -> sqlite3.Connection:
    """Connect to a database, to read (`ro`), to write (`rw`) or to make it (`rwc`)."""
    name = quote(os.fsencode(path)).replace("//", "/", 1)  # two slashes would begin the name of a machine
    # a connection is used by one thread, but may be closed by another
    connection = sqlite3.connect(f"file:{name}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("select count(*) from sqlite_master").fetchone()
    except BaseException as error:
        connection.close()
        if isinstance(error, UnicodeDecodeError | MemoryError):  # SQLite quotes a schema that is no text
            raise sqlite3.DatabaseError("its schema is not readable text") from None
        raise
    return connection


def connected_to_read(path: Path) -> sqlite3.Connection:
    """Connect to a run file of which nothing is to be changed, whatever its last writer left beside it.

    Raises:
        RunFileError: its last generations are in a log that can't be read where it is.
        sqlite3.Error: it can't be read.
    """
    try:
        return connected(path, "ro")
    except sqlite3.OperationalError as error:
        name = error.sqlite_errorname
        if name == "SQLITE_READONLY_ROLLBACK":  # killed while its log was folded in: SQLite undoes that, by writing
            return connected(path, "rw")
        if name not in CANNOT_WRITE and not (name in BUSY and lacks_locks(path.parent)):
            raise
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        raise RunFileError(
            f"{path}: its last generations are in {log.name}, which can't be read in a folder that can't be written "
            "or has no locks; "
            "copy both to another"
        )
    return connected(path, "ro&immutable=1")  # there is no writer and no log: it is as it stands


def put(new: Path, path: Path) -> None:
    """Give a file its name, in one step that outlives a power cut."""
    new.replace(path)
    with suppress(OSError):  # not every system lets folders be written through
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def remove(path: Path) -> None:
    """Remove a run file and what SQLite keeps beside it."""
    path.unlink(missing_ok=True)
    remove_logs(path)


def remove_logs(path: Path) -> None:
    """Remove what SQLite keeps beside a run file."""
    for log in LOGS:
        Path(f"{path}{log}").unlink(missing_ok=True)
