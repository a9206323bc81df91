"""The compiler: the only module that imports numba, and the only compiler policy.

Numba's own disk cache overlooks edits to a function that a cached function calls in another
file. So the cache folder is keyed by the text of every module whose kernels a kernel can call, and by all else that
decides what they compile to. There are three: what lives are made of calls nothing of the rooms that measure them, or
in which lives are shared, and needs no compiling when these change. kernel_cache.py has the folders.
"""

import os
import platform
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core.caching import FunctionCache, IndexDataCacheFile, UserProvidedCacheLocator

from evosim.numerics.kernel_cache import (
    NOT_KEPT,
    is_complete,
    kernel_digest,
    list_complete,
    prepare_cache,
    sealed,
    throw_away_if_damaged,
)

__all__ = ["NOT_KEPT"]

from evosim.system.processors import MOST, Available, available

CONFIG: Any = numba.config
F = TypeVar("F", bound=Callable[..., Any])

OF_LIVES = (
    "numerics/compiler.py",
    "numerics/kernel_cache.py",
    "numerics/random.py",
    "gridworld",
    "mind",
    "episode",
    "evolution",
)
OF_ECOLOGIES = ("ecology",)
OF_MEASURES = ("alignment",)
MEASURES, ECOLOGIES = "measures", "ecologies"
KERNELS = {MEASURES: 1, ECOLOGIES: 2}  # the folder of each, beside that of lives
OPTIONS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX", "BOUNDSCHECK", "DEBUGINFO_DEFAULT")


def compiles_to() -> tuple[str, ...]:
    """Name all beside the sources that decides what kernels compile to."""
    versions = (platform.python_version(), np.__version__, numba.__version__, llvmlite.__version__)
    name = CONFIG.CPU_NAME or llvm.get_host_cpu_name()
    features = CONFIG.CPU_FEATURES
    if features is None:
        features = ",".join(sorted(each for each, there in llvm.get_host_cpu_features().items() if there))
    return (*versions, name, features, *(f"{option} {getattr(CONFIG, option, None)}" for option in OPTIONS))


def room_of(part: str) -> str:
    """Return the room that a part is of: the folder of a file."""
    return part.split("/")[0]


def _digests() -> tuple[str, str, str]:
    """Digest what lives', measures' and ecologies' kernels compile to."""
    of_lives, others = OF_LIVES, (OF_MEASURES, OF_ECOLOGIES)
    lives, measures, ecologies = (
        kernel_digest(rooms, compiles_to()) for rooms in (of_lives, *(of_lives + each for each in others))
    )
    return lives, measures, ecologies


DISABLED = bool(CONFIG.DISABLE_JIT)
CACHE, WHY_NONE = (None, "") if DISABLED else prepare_cache(_digests())
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

    class OurFolder(UserProvidedCacheLocator):
        """Our folder, or none: numba's own would be a folder beside the source, where no digest keeps kernels apart."""

        def ensure_cache_path(self) -> None:
            """Make the folder; one on a full disk is read all the same."""
            os.makedirs(self.get_cache_path(), exist_ok=True)

    class Files(IndexDataCacheFile):
        """Files of kernels, each of which ends in a digest of itself."""

        @contextmanager
        def _open_for_write(self, filepath: str) -> Iterator[Any]:
            with super()._open_for_write(filepath) as file:
                yield file
                file.flush()
                file.write(sealed(Path(file.name)))

        def _load_index(self) -> Any:
            return super()._load_index() if throw_away_if_damaged(Path(self._index_path)) else {}

        def _load_data(self, name: str) -> Any:
            if not throw_away_if_damaged(Path(self._data_path(name))):
                raise FileNotFoundError(name)  # numba takes that for a kernel that is not there
            return super()._load_data(name)

    class Kept(FunctionCache):
        """The kernels of a function, kept if that can be."""

        class _impl_class(FunctionCache._impl_class):  # noqa: N801 - numba calls it so
            _locator_classes = (OurFolder,)

        def __init__(self, function: Callable[..., Any]) -> None:
            super().__init__(function)
            own = self._cache_file
            self._cache_file = Files(own._cache_path, self._impl.filename_base, own._source_stamp)

        def save_overload(self, signature: Any, data: Any) -> None:
            """Keep a kernel; on a full disk that is for this process only."""
            try:
                super().save_overload(signature, data)
            except OSError as error:
                NOT_KEPT.append(error.strerror or str(error))

    def compiled(**options: Any) -> Callable[[F], F]:
        """Make a decorator; numba asks where to keep what it compiles when a function is decorated."""

        def decorate(function: F) -> F:
            dispatcher = numba.njit(nogil=True, error_model="numpy", **options)(function)
            if CACHE is not None:
                room = function.__module__.split(".")[1:2]
                of_ours = function.__module__.startswith("evosim.")
                of_lives = of_ours and room[0] in map(room_of, OF_LIVES)
                of_ecologies = of_ours and room[0] in map(room_of, OF_ECOLOGIES)
                CONFIG.CACHE_DIR = str(CACHE[0 if of_lives else 2 if of_ecologies else 1])
                with suppress(OSError, RuntimeError):  # there is no room for a folder: it is compiled each time
                    dispatcher._cache = Kept(function)
            return dispatcher

        return decorate

    kernel = compiled(_nrt=False)
    inlined_kernel = compiled(_nrt=False, forceinline=True)
    allocating_kernel = compiled()


def is_cold(kernels: str) -> bool:
    """Whether kernels have not all been compiled yet for this digest: those of `MEASURES`, or those of `ECOLOGIES`."""
    return not DISABLED and not (CACHE and is_complete(CACHE[KERNELS[kernels]], CACHE[0]))


def now_warm(kernels: str) -> None:
    """Note that all kernels have been compiled."""
    if CACHE and not DISABLED:
        list_complete(CACHE[KERNELS[kernels]], CACHE[0])


def why_compiling() -> str:
    """Say how often kernels are compiled, and why."""
    return f"at every start: {WHY_NONE}" if WHY_NONE else "once on this machine"


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

    def close(self) -> None:
        """Let all threads go; the next work starts new ones."""
        while self.pools:
            self.pools.popitem()[1].shutdown()

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
