"""Resources: what a run will need, told before it starts, so that what can't fit is refused then."""

import os
from pathlib import Path
from typing import NamedTuple

PROGRAM = 250e6  # bytes that libraries and kernels take
BYTES_PER_VALUE = 11  # of a statistic in SQLite, on average
EMPTY_FILE = 90e3  # bytes of a run file that holds no step yet


class TooLargeError(ValueError):
    """A run that can't fit into memory."""


class ResourceEstimate(NamedTuple):
    """What a run will need, within a factor of about two."""

    seconds: float | None  # at most: if every episode lasts all its steps; None: worlds of others have unknown speeds
    memory: float  # bytes
    disk: float  # bytes


def count_measured(generations: int, every: int) -> tuple[int, bool]:
    """Say how many generations are measured, and whether two are that follow each other: then lives of both are held.

    Measured are the first, every so many, and the last.
    """
    rest = (generations - 1) % every
    return (generations - 1) // every + 1 + (rest > 0), generations > 1 and (every == 1 or rest == 1)


def available_memory() -> float:
    """Say how many bytes of memory this process may use: of the machine, or of its control group."""
    limits = [float("inf")]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        limits.append(float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE"))
    group = Path("/sys/fs/cgroup/memory.max")
    if group.is_file() and (text := group.read_text().strip()).isdigit():
        limits.append(float(text))
    return min(limits)


def refuse_if_too_large(name: str, needed: float) -> None:
    """Check that a run fits into memory of which it needs so many bytes.

    Raises:
        TooLargeError: it doesn't.
    """
    if needed > (here := available_memory()):
        raise TooLargeError(
            f"{name} needs about {format_bytes(needed)} of memory, and this machine has {format_bytes(here)}; "
            "use fewer individuals, fewer episodes, or smaller worlds"
        )


def format_bytes(count: float) -> str:
    """Write a number of bytes as people do."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.0f} TB"


def format_duration(seconds: float) -> str:
    """Write a time as people do."""
    if seconds < 120:
        return f"{max(1, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:,.0f} h"
