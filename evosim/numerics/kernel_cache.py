"""The kernel cache: folders of compiled kernels, trusted only if no other user can have written them.

Compiled code is executed without further checks. So a folder that others can write to, or that belongs to another user,
is not used. Each file ends in a digest of its content; a corrupt or truncated one is discarded. A folder's name is a
digest of all that decides what kernels compile to; one that was not used for a month is removed.
"""

import hashlib
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

UNUSED_DAYS = 30
ABANDONED_SECONDS = 3600.0  # after which a file that was not finished is nobody's
WARM = "compiled"  # how a file is called that lists all kernels of some kinds of mind, once they are there
SEAL = hashlib.sha256().digest_size
PRIVATE = 0o700
NOT_STORED: list[str] = []  # why kernels of this process were not stored


def kernel_digest(rooms: tuple[str, ...], compiles_to: tuple[str, ...]) -> str:
    """Return a digest of the sources of some rooms, and of all else that decides what their kernels compile to."""
    house = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for part in (*compiles_to, str(house)):  # the place too: numba keeps what it compiles apart by it
        digest.update(part.encode() + b"\0")
    for room in rooms:
        for file in sorted((house / room).rglob("*.py")) if (house / room).is_dir() else [house / room]:
            digest.update(file.relative_to(house).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def package_digest(packages: Iterable[str]) -> str | None:
    """Return a digest of the sources of other packages whose kernels take part; None if some can't be read."""
    digest = hashlib.sha256()
    for package in sorted(packages):
        files = _sources_of(package)
        if not files or not all(file.is_file() for file in files):
            return None
        for file in files:
            digest.update(str(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources_of(package: str) -> list[Path]:
    """Return the source files of a package, or of a module or a program that is one file; none if it has none."""
    module = sys.modules.get(package)
    folders = [str(folder) for folder in getattr(module, "__path__", [])]
    if folders:
        return [file for folder in folders for file in sorted(Path(folder).rglob("*.py"))]
    file = getattr(module, "__file__", None)
    return [Path(file)] if file else []


def folder_for_packages(ours: Path, packages: Iterable[str]) -> Path | None:
    """Make the folder, beside that of evosim's own kernels, for those that use other packages; None if that fails.

    Its name is a digest of their sources, so that kernels of an older version are never loaded.
    """
    digest = package_digest(packages)
    if digest is None:
        return None
    name = hashlib.sha256(f"{ours.name} {digest}".encode()).hexdigest()[:16]
    folder = ours.parent / f"kernels-{name}"
    folder.mkdir(PRIVATE, exist_ok=True)
    if distrust_reason(folder):
        return None
    os.utime(folder)
    return folder


def cache_home() -> Path:
    """Return the folder of compiled kernels: `EVOSIM_CACHE_DIR`, or one in the user's cache folder."""
    chosen = os.environ.get("EVOSIM_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(chosen) if chosen else Path(base) / "evosim"


def prepare_cache(digests: tuple[str, str, str]) -> tuple[tuple[Path, Path, Path] | None, str]:
    """Make the folders of three digests; if they can't be used, return None and the reason."""
    try:
        home = cache_home()
        folders = [home / f"kernels-{digest}" for digest in digests]
        home.mkdir(PRIVATE, parents=True, exist_ok=True)
        for folder in (home, *folders):
            folder.mkdir(PRIVATE, exist_ok=True)
            if why := distrust_reason(folder):
                return None, why
            os.utime(folder)
        _remove_unused(home)
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder
        where = getattr(error, "filename", None) or "the cache folder"
        return None, f"{where} can't be written ({(getattr(error, 'strerror', None) or str(error)).lower()})"
    return (folders[0], folders[1], folders[2]), ""


def distrust_reason(folder: Path) -> str:
    """Return why code in a folder must not be executed; empty if it may be."""
    if not hasattr(os, "geteuid"):
        return ""
    found = folder.stat()
    if found.st_uid != os.geteuid():
        return f"{folder} belongs to another user"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others can write to {folder}"
    return "" if os.access(folder, os.W_OK) else f"{folder} can't be written"


def _remove_unused(home: Path) -> None:
    for other in home.glob(f"kernels-{'[0-9a-f]' * 16}"):
        if other.stat().st_mtime < time.time() - UNUSED_DAYS * 86400:
            shutil.rmtree(other, ignore_errors=True)


def file_digest(file: Path) -> bytes:
    """Return the digest of a file's content."""
    return hashlib.sha256(file.read_bytes()).digest()


def discard_if_corrupt(file: Path) -> bool:
    """Return whether a file ends in the digest of what is before; remove it if not."""
    try:
        data = file.read_bytes()
    except OSError:
        return False
    if hashlib.sha256(data[:-SEAL]).digest() == data[-SEAL:]:
        return True
    with suppress(OSError):
        file.unlink()
    return False


def note_of(kinds: Iterable[str]) -> str:
    """Return the name of the file in which it is noted that the kernels of some kinds of mind are compiled."""
    return f"{WARM}-{hashlib.sha256(' '.join(sorted(kinds)).encode()).hexdigest()[:16]}"


def has_notes(folder: Path) -> bool:
    """Whether the kernels of any kinds of mind are compiled."""
    return any(folder.glob(f"{WARM}-*"))


def list_complete(*folders: Path, note: str = WARM) -> None:
    """Record in the first of some folders the files of all, unless some could not be stored."""
    if NOT_STORED:
        return
    with suppress(OSError):
        lines = []
        for folder in folders:
            for file in sorted(folder.glob("*/*")):
                if ".tmp." not in file.name:
                    lines.append(f"{file.stat().st_size} {folder.name}/{file.parent.name}/{file.name}\n")
                elif file.stat().st_mtime < time.time() - ABANDONED_SECONDS:  # whoever wrote it was killed
                    file.unlink(missing_ok=True)
        partial = folders[0] / f"{note}.{os.getpid()}"
        partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(folders[0] / note)


def is_complete(*folders: Path, note: str = WARM) -> bool:
    """Whether all recorded files are there, none of them truncated; they may have grown since."""
    try:
        lines = (folders[0] / note).read_text(encoding="utf-8").splitlines()
        listed = [line.split(" ", 1) for line in lines]
        return all((folders[0].parent / name).stat().st_size >= int(size) for size, name in listed)
    except (OSError, ValueError):
        return False
