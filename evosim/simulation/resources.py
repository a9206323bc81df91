"""Estimates of the time, memory and disk that a run needs, so that one that can't fit is refused before it starts."""

import os
from pathlib import Path
from typing import NamedTuple

PROGRAM = 250e6  # bytes that libraries and kernels take
BYTES_PER_VALUE = 11  # of a statistic in SQLite, on average
STARTUP = 2.2  # seconds that a process starts, imports and loads compiled kernels (measured: benchmarks/whole_runs.py)
COMPILING_TIME = "about a minute"  # that all kernels take, once on a machine, whose speed isn't known yet
EMPTY_FILE = 90e3  # bytes of a run file that holds no step yet


class TooLargeError(ValueError):
    """A run that can't fit into memory."""


class ResourceEstimate(NamedTuple):
    """The time, memory and disk that a run needs, within a factor of about two."""

    seconds: float | None  # at most: if every episode lasts all its steps, without STARTUP; None: worlds of others
    memory: float  # bytes
    disk: float  # bytes
    typical_seconds: float | None = None  # if episodes last as long as they usually do; None: no other than `seconds`

    @property
    def expected_seconds(self) -> float | None:
        """The time that a run most likely takes, without STARTUP; None: not known."""
        return self.seconds if self.typical_seconds is None else self.typical_seconds


def count_measured(generations: int, every: int) -> int:
    """Return how many generations are measured: the first, every `every`-th, and the last."""
    rest = (generations - 1) % every
    return (generations - 1) // every + 1 + (rest > 0)


def available_memory() -> float:
    """Return the memory in bytes that this process may use: that of the machine, or of its control group."""
    limits = [float("inf")]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        limits.append(float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE"))
    group = Path("/sys/fs/cgroup/memory.max")
    if group.is_file() and (text := group.read_text().strip()).isdigit():
        limits.append(float(text))
    return min(limits)


def refuse_if_too_large(name: str, needed: float) -> None:
    """Check that a run that needs so many bytes of memory fits.

    Raises:
        TooLargeError: it doesn't.
    """
    if needed > (here := available_memory()):
        raise TooLargeError(
            f"{name} needs about {format_bytes(needed)} of memory, and this machine has {format_bytes(here)}; "
            "use fewer individuals, fewer episodes, or smaller worlds"
        )


def format_bytes(count: float) -> str:
    """Return a number of bytes as text, as `1.5 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.0f} TB"


def format_expected(expected: float, most: float) -> str:
    """Return a time in seconds, and how long it may take at most, as text: `about 4 s, up to 9 s`."""
    usually, whole = format_duration(expected), format_duration(most)
    return f"about {usually}" + (f", up to {whole}" if whole != usually else "")


def format_duration(seconds: float) -> str:
    """Return a time in seconds as text, as `90 s`."""
    if seconds < 120:
        return f"{max(1, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:,.0f} h"
