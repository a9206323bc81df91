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
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core.caching import FunctionCache, IndexDataCacheFile, UserProvidedCacheLocator

from evosim.kernel_cache import (
    NOT_KEPT,
    is_complete,
    kernel_digest,
    list_complete,
    prepare_cache,
    sealed,
    throw_away_if_damaged,
)

__all__ = ["NOT_KEPT"]

CONFIG: Any = numba.config
F = TypeVar("F", bound=Callable[..., Any])

OF_LIVES = ("jit.py", "kernel_cache.py", "chance.py", "world", "mind", "lifetime.py", "evolution")
OF_ECOLOGIES = ("ecology",)
OF_MEASURES = ("alignment",)
OPTIONS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX", "BOUNDSCHECK", "DEBUGINFO_DEFAULT")


def compiles_to() -> tuple[str, ...]:
    """Name all beside the sources that decides what kernels compile to."""
    versions = (platform.python_version(), np.__version__, numba.__version__, llvmlite.__version__)
    name = CONFIG.CPU_NAME or llvm.get_host_cpu_name()
    features = CONFIG.CPU_FEATURES
    if features is None:
        features = ",".join(sorted(each for each, there in llvm.get_host_cpu_features().items() if there))
    return (*versions, name, features, *(f"{option} {getattr(CONFIG, option, None)}" for option in OPTIONS))


def _stem(room: str) -> str:
    return room.removesuffix(".py")


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
                of_lives = of_ours and room[0] in map(_stem, OF_LIVES)
                of_ecologies = of_ours and room[0] in map(_stem, OF_ECOLOGIES)
                CONFIG.CACHE_DIR = str(CACHE[0 if of_lives else 2 if of_ecologies else 1])
                with suppress(OSError, RuntimeError):  # there is no room for a folder: it is compiled each time
                    dispatcher._cache = Kept(function)
            return dispatcher

        return decorate

    kernel = compiled(_nrt=False)
    inlined_kernel = compiled(_nrt=False, forceinline=True)
    allocating_kernel = compiled()


def is_cold(*, shared: bool = False) -> bool:
    """Tell whether kernels have not all been compiled yet for this digest: those of ecologies, if it is `shared`."""
    return not DISABLED and not (CACHE and is_complete(CACHE[2 if shared else 1], CACHE[0]))


def now_warm(*, shared: bool = False) -> None:
    """Note that all kernels have been compiled."""
    if CACHE and not DISABLED:
        list_complete(CACHE[2 if shared else 1], CACHE[0])


def why_compiling() -> str:
    """Say how often kernels are compiled, and why."""
    return f"at every start: {WHY_NONE}" if WHY_NONE else "once on this machine"


class Threads:
    """The threads that share the work of `in_parallel`; as many as there are cores unless told otherwise."""

    def __init__(self) -> None:
        self.count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.pool: ThreadPoolExecutor | None = None

    def choose(self, count: int) -> None:
        """Use `count` threads from now on.

        Raises:
            ValueError: `count` is under 1.
        """
        if count < 1:
            raise ValueError(f"{count} threads asked for; at least 1 is needed")
        self.close()
        self.count = count

    def run(self, tasks: list[Callable[[], None]]) -> None:
        """Run tasks to the end on all threads, the first error raised."""
        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.count, thread_name_prefix="evosim")
        for future in [self.pool.submit(task) for task in tasks]:
            future.result()

    def forget(self) -> None:
        """Make new threads when they are needed next, and leave the old ones alone."""
        self.pool = None

    def close(self) -> None:
        """Let the threads go; the next work starts new ones."""
        if self.pool is not None:
            self.pool.shutdown()
            self.pool = None


threads = Threads()
if hasattr(os, "register_at_fork"):  # a forked child has none of its parent's threads
    os.register_at_fork(after_in_child=threads.forget)


def in_parallel(work: Callable[[int, int], None], count: int) -> None:
    """Call `work(first, last)` on parts of range(count), at the same time on all threads.

    Kernels release the GIL, so plain threads run them at once. Numba's own parallel loops would
    do the same, but took 19 s to compile where these take none, and hang after a fork.
    """
    parts = min(count, 4 * threads.count if threads.count > 1 else 1)
    borders = [part * count // parts for part in range(parts + 1)]
    if parts <= 1 or DISABLED:
        work(0, count)
    else:
        threads.run([partial(work, first, last) for first, last in pairwise(borders)])
