"""Processors: how many threads to use by default, and what limits them.

A job on a shared machine often has fewer processors than the machine has cores. The limit is the affinity of the
process, a quota of its control group, or an environment variable; the lowest is used.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

MOST = 1024  # threads
OWN = "EVOSIM_THREADS"
LIMITS = ("SLURM_CPUS_PER_TASK", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS")  # what others say of all programs of a job


class Available(NamedTuple):
    """A number of threads, and what it is limited by."""

    threads: int
    why: str


def available(environment: Mapping[str, str] | None = None, root: Path = Path("/")) -> Available:
    """Return the number of threads to use: `EVOSIM_THREADS`, or else the lowest limit of this process.

    Raises:
        ValueError: `EVOSIM_THREADS` is not a number of threads.
    """
    environment = os.environ if environment is None else environment
    own = environment.get(OWN, "").strip()
    if own:
        if not own.isascii() or not own.isdigit() or not 1 <= int(own) <= MOST:
            raise ValueError(f"{OWN} is {own!r}, not a number of threads from 1 to {MOST}")
        return Available(int(own), OWN)
    return min(_limits(environment, root), key=lambda limit: limit.threads)


def _limits(environment: Mapping[str, str], root: Path) -> Iterator[Available]:
    """Yield the limits of this process, the most general first."""
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
    """Yield the processor quotas of this process's control groups, rounded up."""
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
