"""Folders of files to be written, and endings of their names."""

import errno
import os
from pathlib import Path


def make_folder_of(path: Path) -> None:
    """Make the folder of a file, and its parents, if they don't exist.

    Raises:
        NotADirectoryError: a file is in the way; `filename` names it.
        OSError: it can't be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        what = error.filename or str(path.parent)
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), what) from None


def refuse_unwritable(path: Path) -> None:
    """Check, before the work that is to be written, that a file can be made or replaced at a path; nothing is made.

    Raises:
        OSError: it can't: a folder is there, a file is in the way, or the folder can't be written.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        return  # a pipe or a device
    real = Path(os.path.realpath(path))
    if real.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    folder = next(each for each in real.parents if each.exists())
    if not folder.is_dir():
        as_given = (each for each in path.parents if each.exists() and each.samefile(folder))
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(next(as_given, folder)))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def wrong_ending(path: Path, what: str, endings: str) -> str:
    """Return the message for a path whose name doesn't end as files of this kind do."""
    if path.is_dir():
        return f"{path}: is a folder; {what} is a file that ends in {endings}"
    return f"{path}: {what} ends in {endings}" + (f", not in {path.suffix!r}" if path.suffix else "")
