"""Paths that aren't there: which one was probably meant, or which ones an ellipsis stands for.

The guide writes runs/red_doors-7-….evosim for a run whose name ends in a digest; whoever types it so is told the name.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from shlex import quote

ELLIPSES = ("…", "...")
ALIKE = 0.7  # of names, from where on one is taken for another
MOST_COMPARED, MOST_NAMED = 2000, 4


def suggest_path(path: Path, fits: Callable[[Path], bool]) -> str:
    """Return a suggestion for a path that isn't there, of those that `fit`: what matches, or is spelled alike.

    It is empty if there is none. An ellipsis in the path stands for any characters.
    """
    if any(each in str(path) for each in ELLIPSES):
        return _suggest_matching(path, fits)
    close = near_path(path, fits)
    return f"did you mean {quote(str(close))}?" if close is not None else ""


def _suggest_matching(path: Path, fits: Callable[[Path], bool]) -> str:
    """Return a suggestion of all that an ellipsis in a path can stand for."""
    import glob

    pattern = glob.escape(str(path).replace(ELLIPSES[1], ELLIPSES[0])).replace(ELLIPSES[0], "*")
    found = sorted(each for each in map(Path, glob.glob(pattern)) if fits(each))
    if not found:
        return "… stands for the rest of a name, and nothing here has such a name"
    named = " or ".join(quote(str(each)) for each in found[:MOST_NAMED])
    more = f", or one of {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
    return f"… stands for the rest of a name; did you mean {named}{more}?"


def near_path(path: Path, fits: Callable[[Path], bool]) -> Path | None:
    """Return the path that fits and whose name is most like that of a path, in a folder that may be misspelt, too."""
    from difflib import get_close_matches

    folder: Path | None = path.parent
    with suppress(OSError, ValueError):  # a folder that may not be seen into hides what else could have been meant
        if not path.parent.is_dir():
            folder = near_path(path.parent, Path.is_dir) if path.parent != path else None
        if folder is None:
            return None
        if folder != path.parent and fits(folder / path.name):
            return folder / path.name
        with os.scandir(folder) as entries:
            names = [each.name for each in islice(entries, MOST_COMPARED)]
        fitting = sorted(name for name in names if fits(folder / name))
        close = get_close_matches(path.name, fitting, n=1, cutoff=ALIKE)
        return folder / close[0] if close else None
    return None
