"""Progress of a run that Python started: a bar in a notebook, or in a terminal if one is asked for."""

import sys
import time
from collections.abc import Iterable, Iterator
from html import escape
from importlib import import_module
from typing import Any

from evosim.numerics.formatting import percent
from evosim.simulation.process import Step

EVERY = 0.2  # seconds between two pictures of a bar


def notebook() -> Any | None:
    """Return the shell of the notebook that this runs in; None if it runs elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None


def show_progress(steps: Iterable[Step], total: int, words: str, progress: bool | None) -> Iterator[Step]:
    """Yield steps, and show how many of them there were: by default in notebooks only."""
    if progress is not False and notebook() is not None:
        yield from _in_notebook(steps, total, words)
    elif progress:
        from rich.console import Console
        from rich.progress import track

        yield from track(steps, words, total=total, console=Console(stderr=True), transient=True)
    else:
        yield from steps


def _in_notebook(steps: Iterable[Step], total: int, words: str) -> Iterator[Step]:
    """Yield steps under a bar, one picture of which takes the place of the last."""
    ipython: Any = import_module("IPython.display")
    began = last = time.monotonic()
    done = 0
    bar = ipython.display(ipython.HTML(bar_of(done, total, words, 0.0)), display_id=True)
    for step in steps:
        done = step.number + 1
        if (now := time.monotonic()) - last > EVERY:
            bar.update(ipython.HTML(bar_of(done, total, words, now - began)))
            last = now
        yield step
    bar.update(ipython.HTML(bar_of(done, total, words, time.monotonic() - began)))


def bar_of(done: int, total: int, words: str, seconds: float) -> str:
    """Return a bar as HTML, with the time that has gone by."""
    share = done / max(total, 1)
    label = f"{escape(words)}: {done:,} of {total:,} ({percent(share)}), {seconds:.0f} s"
    return f"<progress value='{done}' max='{max(total, 1)}'></progress> {label}"
