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


def wrong_ending(path: Path, what: str, endings: str) -> str:
    """Return the message for a path whose name doesn't end as files of this kind do."""
    if path.is_dir():
        return f"{path}: is a folder; {what} is a file that ends in {endings}"
    return f"{path}: {what} ends in {endings}" + (f", not in {path.suffix!r}" if path.suffix else "")
