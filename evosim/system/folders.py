"""Folders: whatever writes a file makes the folder that it is to be in, and says how the file is to end."""

import errno
import os
from pathlib import Path


def make_folder_of(path: Path) -> None:
    """Make the folder that a file is to be in, and those above it, where they are not there.

    Raises:
        OSError: it can't be made; it names the part of the path that is in the way.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        what = error.filename or str(path.parent)
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), what) from None


def wrong_ending(path: Path, what: str, endings: str) -> str:
    """Return what is wrong with the path of a file that doesn't end as such a file does."""
    if path.is_dir():
        return f"{path}: is a folder; {what} is a file that ends in {endings}"
    return f"{path}: {what} ends in {endings}" + (f", not in {path.suffix!r}" if path.suffix else "")
