"""The compiler: kernels are compiled when they are first called from outside a kernel, or run as plain Python.

So a program that calls no kernel imports no compiler. Under `plainly` the same functions run uncompiled: a hundred
times slower, with the same results. numba_compiler.py compiles them, and caches the compiled code on disk.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, partial, update_wrapper
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from evosim.numerics.kernel_cache import NOT_STORED, is_complete, list_complete, note_of
from evosim.system.processors import MOST, Available, available

__all__ = ["NOT_STORED"]

F = TypeVar("F", bound=Callable[..., Any])

MEASURES, ECOLOGIES = "measures", "ecologies"
KERNELS = {MEASURES: 1, ECOLOGIES: 2}  # the folder of each, beside that of lives
DISABLED = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
if DISABLED:  # kernels run as plain Python: unsigned numbers wrap there too, without a warning
    np.seterr(over="ignore")
PLAIN: ContextVar[bool] = ContextVar("plain", default=False)
ONE_AT_A_TIME = threading.RLock()  # a kernel that several threads call first has one compiled function

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

    def rare_kernel(function: F) -> F:
        """Compile a kernel apart from those that call it: for what happens seldom in the loop of another."""
        return function

    def allocating_kernel(function: F) -> F:
        """Compile a function that makes the arrays which kernels work on."""
        return function

    def primitive(function: F) -> F:
        """Let kernels call what is an instruction of the processor (`atomics/instructions.py` has it by its name)."""
        return function

    def kernel_by_class(*, inline: bool = False, allocates: bool = False) -> Callable[[F], F]:
        """Make a kernel of which there is one for each class of its first argument, a NamedTuple (`implements`).

        A class that has none gets the function itself. Other packages can add classes; each is compiled once, into the
        kernel that calls it, and cached with it.
        """
        return lambda function: function

else:

    class Kernel:
        """A function that is compiled when it is first called, or when a kernel that calls it is compiled."""

        def __init__(self, function: Callable[..., Any], options: dict[str, Any], rare: bool) -> None:
            update_wrapper(self, function)
            self.py_func, self.options, self.rare = function, options, rare
            self.dispatcher = self.linked = None

        def __call__(self, *arguments: Any) -> Any:
            if PLAIN.get():
                return self.py_func(*arguments)
            return (self.dispatcher or self.compiled())(*arguments)

        def compiled(self) -> Any:
            """Return numba's compiled function."""
            with ONE_AT_A_TIME:
                if self.dispatcher is None:
                    from evosim.numerics.numba_compiler import compiled

                    self.dispatcher = compiled(self.py_func, self.options)
            return self.dispatcher

        @property
        def _numba_type_(self) -> Any:
            """Numba's type of the kernel, where another one calls it."""
            with ONE_AT_A_TIME:
                if self.linked is None:
                    from evosim.numerics.numba_compiler import linked

                    self.linked = linked(self.py_func, self.options, rare=self.rare)
            return self.linked._numba_type_

        @property
        def stats(self) -> Any:
            """The numbers of cache hits and misses."""
            return self.compiled().stats

    class KernelByClass:
        """A function with an implementation for each class of its first argument."""

        def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
            update_wrapper(self, function)
            self.function, self.options = function, options
            self.implementations: dict[type, Callable[..., Any]] = {}

        def __call__(self, first: Any, *others: Any) -> Any:
            return self.implementations.get(type(first), self.function)(first, *others)

        @cached_property
        def _numba_type_(self) -> Any:
            """Numba's type of the kernel, where another one calls it."""
            from evosim.numerics.numba_compiler import type_by_class

            return type_by_class(self.implementations, self.function, self.options)

    class primitive:  # noqa: N801 - a decorator
        """A function that numba has as an instruction."""

        def __init__(self, function: Callable[..., Any]) -> None:
            update_wrapper(self, function)
            self.function = function

        def __call__(self, *arguments: Any) -> Any:
            return self.function(*arguments)

        @cached_property
        def _numba_type_(self) -> Any:
            """Numba's type of it, where a kernel calls it."""
            from evosim.numerics.atomics.instructions import type_of_primitive

            return type_of_primitive(self.function.__name__)

    def kernel_by_class(*, inline: bool = False, allocates: bool = False) -> Callable[[F], F]:
        """Make a decorator."""
        options: dict[str, Any] = {} if allocates else {"_nrt": False}
        options |= {"forceinline": True} if inline else {}
        return lambda function: KernelByClass(function, options)

    def compiled_with(*, rare: bool = False, **options: Any) -> Callable[[F], F]:
        """Make a decorator."""
        return lambda function: function if DISABLED else Kernel(function, options, rare)

    kernel = compiled_with(_nrt=False, forceinline=False)  # or it would be as its first caller
    rare_kernel = compiled_with(_nrt=False, forceinline=False, rare=True)
    inlined_kernel = compiled_with(_nrt=False, forceinline=True)
    allocating_kernel = compiled_with(forceinline=False)


def implements(general: Callable[..., Any], of: type) -> Callable[[F], F]:
    """Return a decorator: the function implements `general`, a `kernel_by_class`, for a class of its first argument."""

    def decorate(function: F) -> F:
        general.implementations[of] = function  # type: ignore[attr-defined]
        return function

    return decorate


@contextmanager
def plainly() -> Iterator[None]:
    """Run kernels as plain Python in this context, on one thread: for little work that isn't worth a compiler."""
    token = PLAIN.set(True)
    try:
        with np.errstate(over="ignore"):  # unsigned numbers wrap
            yield
    finally:
        PLAIN.reset(token)


def is_cold(kernels: str, kinds: Iterable[str] = ()) -> bool:
    """Whether some kernels of these kinds of mind are not compiled yet: of those of `MEASURES`, or of `ECOLOGIES`."""
    if DISABLED:
        return False
    from evosim.numerics.numba_compiler import CACHE

    return not (CACHE and is_complete(CACHE[KERNELS[kernels]], CACHE[0], note=note_of(kinds)))


def mark_warm(kernels: str, kinds: Iterable[str] = ()) -> None:
    """Record that all kernels of these kinds of mind have been compiled."""
    if DISABLED:
        return
    from evosim.numerics.numba_compiler import CACHE

    if CACHE:
        list_complete(CACHE[KERNELS[kernels]], CACHE[0], note=note_of(kinds))


def compiling_reason() -> str:
    """Return how often kernels are compiled, and why, in words."""
    from evosim.numerics.numba_compiler import WHY_NONE

    return f"at every start: {WHY_NONE}" if WHY_NONE else "once on this machine"


def why_not_linked() -> str:
    """Return why kernels that others call are compiled by themselves; empty if they are linked, as they should be."""
    from evosim.numerics.numba_compiler import NOT_LINKED

    return NOT_LINKED[0] if NOT_LINKED else ""


class Threads:
    """The threads that share the work of `in_parallel`; by default as many as are `available`."""

    def __init__(self) -> None:
        self.chosen: int | None = None
        self.here: ContextVar[int | None] = ContextVar("threads", default=None)
        self.pools: dict[int, ThreadPoolExecutor] = {}

    @cached_property
    def available(self) -> Available:
        """The default number of threads, and what determines it."""
        return available()

    @property
    def count(self) -> int:
        """The number of threads that share the work."""
        return self.here.get() or self.chosen or self.available.threads

    def choose(self, count: int) -> None:
        """Use `count` threads from now on.

        Raises:
            ValueError: `count` is under 1 or over 1024.
        """
        self.chosen = self.checked(count)

    @contextmanager
    def using(self, count: int | None) -> Iterator[None]:
        """Use `count` threads in this context; None changes nothing.

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
        """Return a valid number of threads.

        Raises:
            ValueError: it is not a whole number from 1 to 1024.
        """
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= MOST:
            raise ValueError(f"{count!r} threads asked for; it takes a whole number from 1 to {MOST}")
        return int(count)

    def run(self, tasks: list[Callable[[], None]]) -> None:
        """Run tasks to the end on all threads, this one among them; raise the first error."""
        left = iter(tasks)

        def take() -> None:
            try:
                for task in left:  # whoever is free takes the next one
                    task()
            except BaseException:
                for _ in left:  # nobody begins another one
                    pass
                raise

        others = [self._pool().submit(take) for _ in range(min(self.count, len(tasks)) - 1)]
        try:
            take()
        finally:
            begun = [other for other in others if not other.cancel()]
            wait(begun)
        for other in begun:
            other.result()

    @contextmanager
    def beside(self, tasks: list[Callable[[], object]]) -> Iterator[None]:
        """Run tasks on other threads beside what this one does; wait for their end, and raise the first error.

        Those that no thread has begun when the block ends are dropped: only what helps is to be run so.
        """
        futures = [self._pool().submit(task) for task in tasks]
        try:
            yield
        finally:
            begun = [future for future in futures if not future.cancel()]
            wait(begun)
        for future in begun:
            future.result()

    def _pool(self) -> ThreadPoolExecutor:
        """Return as many threads as share the work."""
        count = self.count
        if count not in self.pools:
            self.pools[count] = ThreadPoolExecutor(count, thread_name_prefix="evosim")
        return self.pools[count]

    def close(self) -> None:
        """End all threads; the next work starts new ones."""
        while self.pools:
            self.pools.popitem()[1].shutdown()

    def forget(self) -> None:
        """Forget the threads without ending them; the next work starts new ones."""
        self.pools = {}


threads = Threads()
if hasattr(os, "register_at_fork"):  # a forked child has none of its parent's threads
    os.register_at_fork(after_in_child=threads.forget)


def can_share_work() -> bool:
    """Whether kernels on several threads can share work while they run: not as plain Python, nor without a yield."""
    return hasattr(os, "sched_yield") and not DISABLED and not PLAIN.get()


def in_parallel(work: Callable[[int, int], None], count: int, least: int = 1) -> None:
    """Call `work(first, last)` on parts of range(count), at the same time on all threads; `least` is worth a part.

    Kernels release the GIL, so plain threads run them at once. Numba's own parallel loops would
    do the same, but took 19 s to compile where these take none, and hang after a fork.
    """
    sharing = threads.count
    parts = min(count // least, 4 * sharing if sharing > 1 else 1)
    if parts <= 1 or DISABLED or PLAIN.get():
        work(0, count)
    else:
        borders = [part * count // parts for part in range(parts + 1)]
        threads.run([partial(work, first, last) for first, last in pairwise(borders)])
