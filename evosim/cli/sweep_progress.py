"""Progress of a sweep while it runs: as a bar, as lines, as JSON, or not at all. All on standard error."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn

from evosim.cli.progress import NARROW, PLAIN_SECONDS, console
from evosim.numerics.formatting import percent

if TYPE_CHECKING:
    from evosim.sweeps.engine import Progress as SweepProgress
    from evosim.sweeps.folder import SweepFolder


class SweepReporter:
    """A reporter of how far a sweep is."""

    def __init__(self, folder: "SweepFolder", mode: str) -> None:
        self.folder = folder
        self.mode = mode
        self.last_said = float("-inf")
        self.last: SweepProgress | None = None
        self.bar: Progress | None = None

    @contextmanager
    def shown(self) -> Iterator["SweepReporter"]:
        """Show the bar, if that is the mode."""
        if self.mode != "bar":
            yield self
            return
        shown_on = console()
        columns = [BarColumn(bar_width=20), TextColumn("{task.fields[words]}")]
        if shown_on.width < NARROW:  # numbers are worth more than a bar
            del columns[0]
        with Progress(*columns, console=shown_on) as self.bar:
            self.bar.add_task("", total=1.0, words="")
            yield self

    def say(self, text: str, *, always: bool = False) -> None:
        """Print a message, unless progress is not to be shown; what `always` matters stays above the bar."""
        message = {"json": json.dumps({"event": "message", "text": text}), "plain": text}.get(self.mode)
        if self.bar is not None and always:
            self.bar.console.print(text, soft_wrap=True, markup=False, highlight=False)
        elif self.bar is not None:
            self.bar.update(self.bar.task_ids[0], words=text)
        elif message is not None:
            with suppress(BrokenPipeError):  # a reader that has gone away must not end a sweep
                print(message, file=sys.stderr, flush=True)

    def report(self, progress: "SweepProgress") -> None:
        """Report how far a sweep is; as lines not too often, unless a cell failed or all is over."""
        before, self.last = self.last, progress
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=progress.share, words=describe_progress(progress))
            return
        if before is not None and before[:4] == progress[:4] and time.monotonic() - self.last_said < PLAIN_SECONDS:
            return
        is_over = progress.done + progress.failed == progress.cells
        news = before is None or progress.failed > before.failed or is_over
        if self.mode == "json":
            with suppress(BrokenPipeError):
                print(json.dumps({"event": "sweep", **progress._asdict()}), file=sys.stderr, flush=True)
        elif self.mode == "plain" and (news or time.monotonic() - self.last_said > PLAIN_SECONDS):
            self.last_said = time.monotonic()
            self.say(describe_progress(progress))


def describe_progress(progress: "SweepProgress") -> str:
    """Return how far a sweep is in a line."""
    from evosim.simulation.resources import format_duration

    parts = [f"{progress.done}/{progress.cells} cells", percent(progress.share)]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.running:
        parts.append(f"{progress.running} running")
    if progress.elsewhere:
        parts.append(f"{progress.elsewhere} run by others")
    if progress.seconds_left is not None and progress.seconds_left > 0.0:
        parts.append(f"{format_duration(progress.seconds_left)} left")
    return "  ".join(parts)
