"""The compiler: the only module that imports numba, and the only compiler policy.

Numba's own disk cache overlooks edits to a function that a cached function calls in another
file. So the cache folder is keyed by the text of every module whose kernels a kernel can call, the
versions of Python, numpy and numba, and the processor; folders unused for a month are removed. There
are three: what lives are made of calls nothing of the rooms that measure them, or in which lives
are shared, and needs no compiling when these change.
"""

import hashlib
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import llvmlite.binding as llvm
import numba
import numpy as np

from evosim.numerics.processors import MOST, Available, available

CONFIG: Any = numba.config
F = TypeVar("F", bound=Callable[..., Any])

OF_LIVES = ("numerics/compiler.py", "numerics/random.py", "gridworld", "mind", "episode", "evolution")
OF_ECOLOGIES = ("ecology",)
OF_MEASURES = ("alignment",)
MEASURES, ECOLOGIES = "measures", "ecologies"
KERNELS = {MEASURES: 1, ECOLOGIES: 2}  # the folder of each, beside that of lives
UNUSED_DAYS = 30
WARM = "compiled"  # a file that stands where all kernels are


def kernel_digest(rooms: tuple[str, ...]) -> str:
    """Digest all that decides what the kernels of some rooms compile to."""
    house = Path(__file__).parent.parent
    digest = hashlib.sha256()
    versions = (platform.python_version(), np.__version__, numba.__version__, llvm.get_host_cpu_name())
    for part in (*versions, str(house)):  # the place too: numba keeps what it compiles apart by it
        digest.update(part.encode() + b"\0")
    for room in rooms:
        for file in sorted((house / room).rglob("*.py")) if (house / room).is_dir() else [house / room]:
            digest.update(file.relative_to(house).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def cache_home() -> Path:
    """Say where compiled kernels are kept: `EVOSIM_CACHE_DIR`, or the user's cache folder."""
    chosen = os.environ.get("EVOSIM_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(chosen) if chosen else Path(base) / "evosim"


def room_of(part: str) -> str:
    """Return the room that a part is of: the folder of a file."""
    return part.split("/")[0]


def prepare_cache() -> tuple[Path, Path, Path] | None:
    """Make the folders of lives', of measures' and of ecologies' kernels; None when they can't be written."""
    rooms = (OF_LIVES, OF_LIVES + OF_MEASURES, OF_LIVES + OF_ECOLOGIES)
    try:
        folders = [cache_home() / f"kernels-{kernel_digest(each)}" for each in rooms]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            os.utime(folder)
            if not os.access(folder, os.W_OK):
                return None
        for other in folders[0].parent.glob(f"kernels-{'[0-9a-f]' * 16}"):
            if other.stat().st_mtime < time.time() - UNUSED_DAYS * 86400:
                shutil.rmtree(other, ignore_errors=True)
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return None
    return folders[0], folders[1], folders[2]


CACHE = prepare_cache()
DISABLED = bool(CONFIG.DISABLE_JIT)
if DISABLED:  # kernels run as plain Python: unsigned numbers wrap there too, without a warning
    np.seterr(over="ignore")

if TYPE_CHECKING:

    def kernel(function: F) -> F:
        """Compile a function of scalars, arrays and NamedTuples of arrays. It allocates nothing.

        So it needs no reference counts, which as atomic operations on arrays that all threads
        share took 70% of the time of a life; numba refuses a kernel that would allocate.
        """
        return function

    def inlined_kernel(function: F) -> F:
        """Compile a kernel into every function that calls it: for what happens each tick."""
        return function

    def allocating_kernel(function: F) -> F:
        """Compile a function that makes the arrays which kernels work on."""
        return function

else:

    def compiled(**options: Any) -> Callable[[F], F]:
        """Make a decorator; numba asks where to keep what it compiles when a function is decorated."""

        def decorate(function: F) -> F:
            if CACHE is not None:
                room = function.__module__.split(".")[1:2]
                of_ours = function.__module__.startswith("evosim.")
                of_lives = of_ours and room[0] in map(room_of, OF_LIVES)
                of_ecologies = of_ours and room[0] in map(room_of, OF_ECOLOGIES)
                CONFIG.CACHE_DIR = str(CACHE[0 if of_lives else 2 if of_ecologies else 1])
            return numba.njit(cache=CACHE is not None, nogil=True, error_model="numpy", **options)(function)

        return decorate

    kernel = compiled(_nrt=False)
    inlined_kernel = compiled(_nrt=False, forceinline=True)
    allocating_kernel = compiled()


def is_cold(kernels: str) -> bool:
    """Whether kernels have not all been compiled yet for this digest: those of `MEASURES`, or those of `ECOLOGIES`."""
    return not DISABLED and not (CACHE and (CACHE[KERNELS[kernels]] / WARM).exists())


def now_warm(kernels: str) -> None:
    """Note that all kernels have been compiled."""
    if CACHE and not DISABLED:
        (CACHE[KERNELS[kernels]] / WARM).touch()


class Threads:
    """The threads that share the work of `in_parallel`; as many as `available` says unless told otherwise."""

    def __init__(self) -> None:
        self.chosen: int | None = None
        self.here: ContextVar[int | None] = ContextVar("threads", default=None)
        self.pools: dict[int, ThreadPoolExecutor] = {}

    @cached_property
    def available(self) -> Available:
        """How many there are when nobody chooses, and why."""
        return available()

    @property
    def count(self) -> int:
        """How many share the work."""
        return self.here.get() or self.chosen or self.available.threads

    def choose(self, count: int) -> None:
        """Use `count` threads from now on.

        Raises:
            ValueError: `count` is under 1 or over 1024.
        """
        self.chosen = self.checked(count)

    @contextmanager
    def using(self, count: int | None) -> Iterator[None]:
        """Use `count` threads meanwhile; None changes nothing.

        Raises:
            ValueError: `count` is under 1 or over 1024.
        """
        if count is None:
            yield
            return
        token = self.here.set(self.checked(count))
        try:
            yield
        finally:
            self.here.reset(token)

    @staticmethod
    def checked(count: int) -> int:
        """Give a number of threads that is one."""
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= MOST:
            raise ValueError(f"{count!r} threads asked for; it takes a whole number from 1 to {MOST}")
        return int(count)

    def run(self, tasks: list[Callable[[], None]]) -> None:
        """Run tasks to the end on all threads, the first error raised."""
        count = self.count
        if count not in self.pools:
            self.pools[count] = ThreadPoolExecutor(count, thread_name_prefix="evosim")
        for future in [self.pools[count].submit(task) for task in tasks]:
            future.result()

    def forget(self) -> None:
        """Make new threads when they are needed next, and leave the old ones alone."""
        self.pools = {}


threads = Threads()
if hasattr(os, "register_at_fork"):  # a forked child has none of its parent's threads
    os.register_at_fork(after_in_child=threads.forget)


def in_parallel(work: Callable[[int, int], None], count: int) -> None:
    """Call `work(first, last)` on parts of range(count), at the same time on all threads.

    Kernels release the GIL, so plain threads run them at once. Numba's own parallel loops would
    do the same, but took 19 s to compile where these take none, and hang after a fork.
    """
    sharing = threads.count
    parts = min(count, 4 * sharing if sharing > 1 else 1)
    borders = [part * count // parts for part in range(parts + 1)]
    if parts <= 1 or DISABLED:
        work(0, count)
    else:
        threads.run([partial(work, first, last) for first, last in pairwise(borders)])
