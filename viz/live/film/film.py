"""Films: frames written to a file or a folder of images, whole or not at all.

    with open_film(Path("film.mp4"), size=(1280, 720), rate=30) as film:
        film.add(surface)

The same frames make the same bytes: encoders run on one thread, without processor-specific code paths, and no dates
are written.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

from evosim.storage.export import atomic_path
from evosim.system.folders import make_folder_of, refuse_unwritable
from evosim.system.stopping import cleanup_on_stop
from viz.live.film.delayed import Gif, WebP
from viz.live.film.formats import Film, ImageSequence, Video, errors_name_file, load_av

__all__ = ["Film", "open_film"]

SMALLEST, LARGEST = 16, 7680  # pixels
FASTEST = 60.0  # frames a second
FASTEST_GIF = 50.0  # whose frames last whole hundredths of a second
FORMATS: dict[str, type[Film]] = {".mp4": Video, ".gif": Gif, ".webp": WebP}


@contextmanager
def open_film(out: Path, *, size: tuple[int, int], rate: float) -> Iterator[Film]:
    """Open a film of frames of `size` pixels; its format is that of its suffix, and no suffix means a folder of images.

    Parent folders are created.

    Raises:
        ValueError: there is no such format; the message lists those there are.
        MissingExtraError: mp4 needs PyAV.
        OSError: it can't be written, or no frame was added. Whatever was there before is kept.
    """
    kind = check_film(out, size, rate)
    make_folder_of(out)
    place: AbstractContextManager[Path] = _folder(out) if kind is ImageSequence else atomic_path(out)
    with place as new:
        with errors_name_file(out):
            film = kind(out, new, size, rate)
        try:
            yield film
            if not film.frames:
                raise OSError(errno.ENODATA, "no frame was added, so there is no film", str(out))
            with errors_name_file(out):
                film.finish()
        finally:
            film.close()


def check_film(out: Path, size: tuple[int, int], rate: float) -> type[Film]:
    """Return the kind of a film, if it can be written; nothing is made.

    Raises:
        ValueError: there is no such format, size or rate, or there is something in the folder already.
        MissingExtraError: mp4 needs PyAV.
        OSError: it can't be written.
    """
    kind = ImageSequence if not out.suffix or out.is_dir() else FORMATS.get(out.suffix.lower())
    if kind is None:
        possible = f"{', '.join(FORMATS)}, or a folder of pictures"
        raise ValueError(f"{out}: no film can be {out.suffix}; it can be {possible}")
    if not all(SMALLEST <= side <= LARGEST for side in size):
        raise ValueError(f"a film of {size[0]} × {size[1]}; each side is from {SMALLEST} to {LARGEST} pixels")
    fastest = FASTEST_GIF if kind is Gif else FASTEST
    if not 1.0 <= rate <= fastest:
        name = "pictures" if kind is ImageSequence else out.suffix
        raise ValueError(f"{rate:g} frames a second; from 1 to {fastest:g} are possible in {name}")
    if kind is Video:
        load_av()
    if kind is ImageSequence and out.exists():
        refuse_full(out)
    else:
        refuse_unwritable(out)
    return kind


def refuse_full(folder: Path) -> None:
    """Check that a folder is one, and empty.

    Raises:
        ValueError: it isn't.
    """
    if not folder.is_dir() or any(folder.iterdir()):
        raise ValueError(f"{folder}: isn't empty; choose a new folder, or an empty one")


def _made_beside(place: Path) -> Path:
    """Create a hidden folder, under a name not used by another film or left by a killed process."""
    for number in count():
        new = place.with_name(f".{place.name}.{os.getpid()}-{number}.part")
        try:
            new.mkdir()
        except FileExistsError:
            continue
        return new
    raise AssertionError("numbers have no end")


@contextmanager
def _folder(out: Path) -> Iterator[Path]:
    """Yield a temporary folder that replaces `place` when complete; a link to an empty folder is followed.

    Raises:
        ValueError: there is something in it already.
        OSError: it can't be made, or meanwhile there is something in it.
    """
    if out.exists():
        refuse_full(out)
    place = out.resolve()
    with errors_name_file(out):
        new = _made_beside(place)
    with cleanup_on_stop(lambda: shutil.rmtree(new, ignore_errors=True)):
        try:
            yield new
            with errors_name_file(out):
                if place.is_dir():
                    place.rmdir()
                new.replace(place)
        finally:
            shutil.rmtree(new, ignore_errors=True)
