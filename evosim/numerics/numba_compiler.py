"""Compile kernels with numba: the only module that imports it, and the only one that decides how to compile.

Numba's own disk cache overlooks edits to a function that a cached function calls in another
file. So the cache folder is keyed by the text of every module whose kernels a kernel can call, and by all else that
decides what they compile to. There are three: what lives are made of calls nothing of the rooms that measure them, or
in which lives are shared, and needs no compiling when these change. kernel_cache.py has the folders.
"""

import os
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core.caching import FunctionCache, IndexDataCacheFile, UserProvidedCacheLocator
from numba.core.registry import cpu_target
from numba.extending import overload

from evosim.numerics.kernel_cache import (
    NOT_STORED,
    discard_if_corrupt,
    file_digest,
    folder_for_packages,
    kernel_digest,
    prepare_cache,
)

CONFIG: Any = numba.config

OF_LIVES = (
    "numerics/compiler.py",
    "numerics/numba_compiler.py",
    "numerics/linked_kernels.py",
    "numerics/kernel_cache.py",
    "numerics/atomics",
    "numerics/functions.py",
    "numerics/random.py",
    "numerics/structure.py",
    "gridworld",
    "mind",
    "episode",
    "evolution",
)
OF_ECOLOGIES = ("ecology",)
OF_MEASURES = ("alignment",)
AS_OURS: Any = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
NOT_LINKED: list[str] = []  # why numba compiles kernels as it does by itself
TYPES: Any = numba.types
TUPLE: Any = numba.types.BaseTuple
OURS = {"evosim", "__main__"}  # whose kernels are in our folders: of a program numba knows itself when it has changed
OPTIONS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX", "BOUNDSCHECK", "DEBUGINFO_DEFAULT")


def compiles_to() -> tuple[str, ...]:
    """Return all that decides what kernels compile to, besides the sources."""
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
    """Return the digests of the kernels of lives, of measures and of ecologies."""
    of_lives, others = OF_LIVES, (OF_MEASURES, OF_ECOLOGIES)
    lives, measures, ecologies = (
        kernel_digest(rooms, compiles_to()) for rooms in (of_lives, *(of_lives + each for each in others))
    )
    return lives, measures, ecologies


CACHE, WHY_NONE = (None, "") if CONFIG.DISABLE_JIT else prepare_cache(_digests())


if TYPE_CHECKING:
    StoredKernels: Any  # numba has no types to inherit from
else:

    class CacheFolder(UserProvidedCacheLocator):
        """evosim's cache folder, or none: numba's own, beside the source, would mix kernels of different digests."""

        def ensure_cache_path(self) -> None:
            """Make the folder; on a full disk, an existing one is still read."""
            os.makedirs(self.get_cache_path(), exist_ok=True)

    class Files(IndexDataCacheFile):
        """Files of kernels, each of which ends in a digest of its content."""

        @contextmanager
        def _open_for_write(self, filepath: str) -> Iterator[Any]:
            with super()._open_for_write(filepath) as file:
                yield file
                file.flush()
                file.write(file_digest(Path(file.name)))

        def _load_index(self) -> Any:
            return super()._load_index() if discard_if_corrupt(Path(self._index_path)) else {}

        def _load_data(self, name: str) -> Any:
            if not discard_if_corrupt(Path(self._data_path(name))):
                raise FileNotFoundError(name)  # numba takes that for a kernel that is not there
            return super()._load_data(name)

    class StoredKernels(FunctionCache):
        """The cached kernels of a function, stored on disk if possible."""

        class _impl_class(FunctionCache._impl_class):  # noqa: N801 - numba calls it so
            _locator_classes = (CacheFolder,)

        def __init__(self, function: Callable[..., Any]) -> None:
            super().__init__(function)
            own = self._cache_file
            self._cache_file = Files(own._cache_path, self._impl.filename_base, own._source_stamp)

            self._function = function

        def load_overload(self, signature: Any, target_context: Any) -> Any:
            """Return a stored kernel, or None."""
            with self._file_for(signature) as there:
                return super().load_overload(signature, target_context) if there else None

        def save_overload(self, signature: Any, data: Any) -> None:
            """Store a kernel; on a full disk it lasts for this process only."""
            try:
                with self._file_for(signature) as there:
                    if there:
                        super().save_overload(signature, data)
            except OSError as error:
                NOT_STORED.append(error.strerror or str(error))

        @contextmanager
        def _file_for(self, signature: Any) -> Iterator[bool]:
            """Use another folder for kernels in which other packages take part; yield whether there is one."""
            packages = other_packages(signature) | ({self._function.__module__.split(".")[0]} - OURS)
            if not packages:
                yield True
                return
            own = self._cache_file
            path = Path(own._cache_path)
            folder = folder_for_packages(path.parent, packages)
            if folder is None:
                yield False
                return
            (folder / path.name).mkdir(exist_ok=True)
            self._cache_file = Files(str(folder / path.name), self._impl.filename_base, own._source_stamp)
            try:
                yield True
            finally:
                self._cache_file = own


def other_packages(signature: Iterable[Any]) -> set[str]:
    """Return the packages other than evosim's of the NamedTuples among numba's types."""
    found = set()
    each: Any
    for each in signature:
        if (of := getattr(each, "instance_class", None)) is not None:
            found.add(of.__module__.split(".")[0])
        if isinstance(each, TUPLE):
            found |= other_packages(list(each))
    return found - OURS


def type_by_class(
    implementations: Mapping[type, Callable[..., Any]], otherwise: Callable[..., Any], options: dict[str, Any]
) -> Any:
    """Return numba's type of a function with an implementation for each class of its first argument."""

    def call(first: Any, *others: Any) -> Any:
        raise NotImplementedError

    as_linked: Any = as_linked_kernels() | options

    @overload(call, strict=False, jit_options=as_linked)
    def implementation(first: Any, *others: Any) -> Any:
        of: Any = getattr(first, "instance_class", None)
        found = implementations.get(of, otherwise)
        return getattr(found, "py_func", found)

    context = cpu_target.typing_context
    context.refresh()
    return context.resolve_value_type(call)


@cache
def as_linked_kernels() -> dict[str, Any]:
    """Return how to compile what kernels call: as linked_kernels.py does, unless that fails with this numba.

    It is built on what numba promises to nobody, so it is tried first. Without it kernels do the same, and compile for
    twice as long.
    """
    try:
        from evosim.numerics.linked_kernels import LinkedCompiler, RareCompiler

        options: dict[str, Any] = AS_OURS | {"no_cpython_wrapper": True, "pipeline_class": LinkedCompiler}
        apart = options | {"forceinline": False}  # or it would be as what is being compiled, if that tries it first
        rare: Any = numba.njit(**apart | {"pipeline_class": RareCompiler})(lambda number: 2 * number)
        callee: Any = numba.njit(**apart)(lambda number: rare(number) + 1)
        caller: Any = numba.njit(**AS_OURS)(lambda number: callee(number) - 1)
        if caller(3) == 6:
            return options
        why = f"a kernel returned {caller(3)} where 6 is right"
    except Exception as error:  # whatever another version does
        why = f"{type(error).__name__}: {error}"
    NOT_LINKED.append(f"numba {numba.__version__}: {why}".splitlines()[0])
    return dict(AS_OURS)


def linked(function: Callable[..., Any], options: dict[str, Any], *, rare: bool = False) -> Any:
    """Return a function for kernels that call it: what it compiles to is kept with theirs, and not inlined if `rare`.

    A number that stands in the source of a caller is an integer like others, for which nothing is compiled again.
    """
    by: Any = as_linked_kernels()
    if rare and "pipeline_class" in by:
        from evosim.numerics.linked_kernels import RareCompiler

        by = by | {"pipeline_class": RareCompiler}
    dispatcher: Any = numba.njit(**by, **options)(function)
    resolve, unliteral = dispatcher.get_call_template, TYPES.unliteral

    def resolve_any(arguments: Iterable[Any], named: Mapping[str, Any]) -> Any:
        return resolve(tuple(map(unliteral, arguments)), {name: unliteral(kind) for name, kind in named.items()})

    dispatcher.get_call_template = resolve_any
    return dispatcher


def compiled(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Return a function that is compiled for each class of its arguments, and cached in evosim's folder."""
    dispatcher: Any = numba.njit(**AS_OURS, **options)(function)
    if CACHE is not None:
        room = function.__module__.split(".")[1:2]
        of_ours = function.__module__.startswith("evosim.")
        of_lives = of_ours and room[0] in map(room_of, OF_LIVES)
        of_ecologies = of_ours and room[0] in map(room_of, OF_ECOLOGIES)
        CONFIG.CACHE_DIR = str(CACHE[0 if of_lives else 2 if of_ecologies else 1])
        with suppress(OSError, RuntimeError):  # there is no room for a folder: it is compiled each time
            dispatcher._cache = StoredKernels(function)
    return dispatcher
