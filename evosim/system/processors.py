"""Processors: how many threads to use when nobody says, and why so many.

A job on a shared machine has fewer processors than the machine has cores. Who gives it fewer says so by the affinity of
the process, by a quota of its control group, or by a variable of the environment, and the least of all is taken.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

MOST = 1024  # threads
OWN = "EVOSIM_THREADS"
LIMITS = ("SLURM_CPUS_PER_TASK", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS")  # what others say of all programs of a job


class Available(NamedTuple):
    """How many threads to use, and who says so."""

    threads: int
    why: str


def available(environment: Mapping[str, str] | None = None, root: Path = Path("/")) -> Available:
    """Tell how many threads to use: as `EVOSIM_THREADS` says, or else the least of what limits this process.

    Raises:
        ValueError: `EVOSIM_THREADS` is no number of threads.
    """
    environment = os.environ if environment is None else environment
    own = environment.get(OWN, "").strip()
    if own:
        if not own.isascii() or not own.isdigit() or not 1 <= int(own) <= MOST:
            raise ValueError(f"{OWN} is {own!r}, which is no number of threads from 1 to {MOST}")
        return Available(int(own), OWN)
    return min(_limits(environment, root), key=lambda limit: limit.threads)


def _limits(environment: Mapping[str, str], root: Path) -> Iterator[Available]:
    """List what limits this process, the most general first."""
    cores = os.cpu_count() or 1
    yield Available(cores, "all cores")
    if hasattr(os, "sched_getaffinity"):
        yield Available(len(os.sched_getaffinity(0)), "the cores that this process may use")
    for quota in _quotas(root):
        yield Available(quota, "the quota of its control group")
    for name in LIMITS:
        first = environment.get(name, "").split(",")[0].strip()  # OpenMP lists a number for each level of nesting
        if first.isascii() and first.isdigit() and int(first) >= 1:
            yield Available(int(first), name)


def _quotas(root: Path) -> Iterator[int]:
    """Read how many processors the control groups of this process may use, rounded up to whole ones."""
    groups = _lines(root / "proc/self/cgroup")
    for line in groups:
        _, controllers, name = line.split(":", 2) if line.count(":") >= 2 else ("", "", "/")
        in_v1 = "cpu" in controllers.split(",")
        if controllers and not in_v1:
            continue
        mounts = [root / "sys/fs/cgroup" / part for part in ((controllers, "cpu") if in_v1 else ("", "unified"))]
        path = PurePosixPath("/", name.strip())
        for folder in {mount / str(each).lstrip("/") for mount in mounts for each in (path, *path.parents)}:
            if in_v1:
                numbers = [*_lines(folder / "cpu.cfs_quota_us")[:1], *_lines(folder / "cpu.cfs_period_us")[:1]]
            else:
                numbers = " ".join(_lines(folder / "cpu.max")[:1]).split()
            if len(numbers) == 2 and all(number.isdigit() and int(number) > 0 for number in numbers):
                yield max(1, -(-int(numbers[0]) // int(numbers[1])))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
