"""Files of a run: the database, what SQLite keeps beside it, and how each is opened, put in place and removed."""

import os
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from evosim.storage.lock import NoLocksError, WriterLock, lacks_locks
from evosim.storage.schema import RunFileError
from evosim.system.folders import make_folder_of

MOMENT = 0.05  # seconds, more than a reader holds the lock while it puts a log away
LOGS = ("-wal", "-shm", "-journal")
SQLITE_NO_LOCKS = ("SQLITE_IOERR_LOCK", "SQLITE_IOERR_RDLOCK", "SQLITE_IOERR_SHM", "SQLITE_PROTOCOL", "SQLITE_NOLFS")
SQLITE_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
ADVICE_ON_LOCKS = "runs are to be in a folder of a disk of this machine, such as"
SQLITE_CANNOT_WRITE = ("SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_CANTINIT")


def file_type(path: Path) -> str | None:
    """Return what is at a path: `a file`, `a folder`, `not a regular file` (a pipe, a device), or None if nothing is.

    Raises:
        RunFileError: the path can't be read.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunFileError(f"{path}: can't be read: {error_text(error, path.parent)}") from None
    return "a file" if stat.S_ISREG(mode) else "a folder" if stat.S_ISDIR(mode) else "not a regular file"


def error_text(error: OSError | sqlite3.Error, folder: Path) -> str:
    """Return why the system refused, in lower case, and what to do where a file system has no locks."""
    why = (getattr(error, "strerror", None) or str(error)).lower()
    name = getattr(error, "sqlite_errorname", "")  # SQLite waits for a lock in vain that there is not
    no_locks = isinstance(error, NoLocksError) or name.startswith(SQLITE_NO_LOCKS)
    if no_locks or (name in SQLITE_BUSY and lacks_locks(folder)):
        return f"its file system has no file locks ({why}); {ADVICE_ON_LOCKS} {tempfile.gettempdir()}"
    return why


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return the device and inode of the file at a path; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def remove_empty(folders: list[Path]) -> None:
    """Remove those folders that are empty."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turn errors of the system and of SQLite into a RunFileError, in this block.

    Raises:
        RunFileError: the block failed; the message says why.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise RunFileError(f"{path}: can't be written: {error_text(error, path.parent)}") from None


def acquire_lock(path: Path) -> WriterLock:
    """Acquire the lock of a run file's writer.

    Raises:
        RunFileError: another process holds it, or the folder can't be written.
    """
    lock = WriterLock(path)
    with explain_write_errors(path):
        if lock.take():
            return lock
        time.sleep(MOMENT)
        if lock.take():
            return lock
    raise RunFileError(f"{path}: in use: another process is writing it")


def acquire_lock_in_folder(path: Path) -> tuple[WriterLock, list[Path]]:
    """Acquire the lock of a run file's writer; make its folder if there is none, and return the folders made.

    Raises:
        RunFileError: another process has it, or the folder can't be made or written.
    """
    made = [each for each in path.parents if not each.exists()]  # the innermost first
    with explain_write_errors(path):
        make_folder_of(path)
    try:
        return acquire_lock(path), made
    except RunFileError:
        remove_empty(made)
        raise


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Connect to a database, to read (`ro`), to write (`rw`) or to make it (`rwc`).

    Raises:
        DatabaseError: it can't be opened, or its schema can't be read.
    """
    name = quote(os.fsencode(path)).replace("//", "/", 1)  # two slashes would begin the name of a machine
    # a connection is used by one thread, but may be closed by another
    connection = sqlite3.connect(f"file:{name}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("select count(*) from sqlite_master").fetchone()
    except BaseException as error:
        connection.close()
        if isinstance(error, UnicodeDecodeError | MemoryError):  # SQLite quotes a schema that is not text
            raise sqlite3.DatabaseError("its schema is not readable text") from None
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Connect to a run file without changing it, whatever its last writer left beside it.

    Raises:
        RunFileError: its last generations are in a log that can't be read where it is.
        sqlite3.Error: it can't be read.
    """
    try:
        return connect(path, "ro")
    except sqlite3.OperationalError as error:
        name = error.sqlite_errorname
        if name == "SQLITE_READONLY_ROLLBACK":  # killed while its log was folded in: SQLite undoes that, by writing
            return connect(path, "rw")
        if name not in SQLITE_CANNOT_WRITE and not (name in SQLITE_BUSY and lacks_locks(path.parent)):
            raise
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        raise RunFileError(
            f"{path}: its last generations are in {log.name}, which can't be read in a folder that can't be written "
            "or has no locks; "
            "copy both to another"
        )
    return connect(path, "ro&immutable=1")  # there is no writer and no log: it is as it stands


def put_away_log(path: Path) -> None:
    """Put away the log that a writer left empty, since it was still being read; not while anybody reads or writes."""
    lock = WriterLock(path)
    with suppress(OSError, sqlite3.Error):
        if not Path(f"{path}-wal").stat().st_size and lock.take():
            try:
                with closing(connect(path, "rw")) as connection:
                    connection.execute("pragma journal_mode = delete")
            finally:
                lock.release()


def rename_durably(new: Path, path: Path) -> None:
    """Rename a file over another, atomically and durably: the rename survives a power cut."""
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
