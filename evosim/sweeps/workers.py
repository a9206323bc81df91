"""Workers: spawned processes of this machine as an `Executor`, one cell and one thread each.

Each worker is a pool of its own, so that one that is killed takes nothing with it but the cell it was at. A worker ends
as soon as its parent is gone.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from types import FrameType
from typing import Any

from evosim.numerics.compiler import DISABLED, threads
from evosim.scenario.loading import plugin_files
from evosim.sweeps.cell import STOP
from evosim.system.stopping import EXIT_CODE

LIBRARIES = "NUMBA", "OMP", "OPENBLAS", "MKL"
ONE_THREAD = {"EVOSIM_THREADS": "1"} | {f"{name}_NUM_THREADS": "1" for name in LIBRARIES}
STARTS = 3  # of a worker that is killed while it starts
ENVIRONMENT = threading.Lock()  # is of the whole process


class WorkerError(RuntimeError):
    """A worker that isn't as it must be."""


class PoolWorker:
    """One worker: a pool of a single process, and what it is at."""

    def __init__(self) -> None:
        self.pool = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=begin_working, initargs=(tuple(plugin_files.FILES),)
        )
        self.pid: Future[int] = self.pool.submit(checked_process)
        self.waiting = 0  # tasks
        self.stopped = False  # by a signal: it ends whatever it is at


def checked(worker: PoolWorker) -> PoolWorker:
    """Return a worker that has started; in place of one that was killed while it did, another.

    Raises:
        WorkerError: it can't be started, or uses more than one thread.
    """
    for _ in range(STARTS):
        try:
            worker.pid.result()
        except BrokenProcessPool:
            worker.pool.shutdown(wait=False)
            worker = PoolWorker()
        else:
            return worker
    raise WorkerError(f"a worker process can't be started, {STARTS} times; its messages are above")


class LocalWorkers(Executor):
    """Spawned processes of this machine, each of which is replaced if it is killed or told to stop.

    with LocalWorkers(2) as workers:
        workers.submit(run_cell, "sweeps/rates", "0001-7")

    Raises:
        WorkerError: a worker can't be started, or uses more than one thread.
    """

    def __init__(self, count: int) -> None:
        self.lock = threading.Lock()
        with environment(ONE_THREAD):  # it is handed on when a process starts
            self.workers = [checked(worker) for worker in [PoolWorker() for _ in range(count)]]

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit a task to the worker with the least to do.

        A worker that somebody told to stop takes no more tasks: it is replaced.

        Raises:
            WorkerError: a worker that was killed or stopped can't be replaced.
        """
        with self.lock:
            worker = min(self.workers, key=lambda each: each.waiting)
            if worker.stopped:
                worker = self._replaced(worker)
            try:
                task = worker.pool.submit(perform, function, args, kwargs)
            except BrokenProcessPool:
                worker = self._replaced(worker)
                task = worker.pool.submit(perform, function, args, kwargs)
            worker.waiting += 1
        given: Future[Any] = Future()
        task.add_done_callback(lambda done: self._hand_on(worker, done, given))
        return given

    def _hand_on(self, worker: PoolWorker, done: "Future[tuple[Any, bool]]", given: Future[Any]) -> None:
        """Hand on what has become of a task, once it is known whether its worker can take another."""
        result, error = None, None
        try:
            result, worker.stopped = done.result()
        except BaseException as raised:  # of the task, or of a worker that is lost
            error = raised
        with self.lock:
            worker.waiting -= 1
        if error is not None:
            given.set_exception(error)
        else:
            given.set_result(result)

    def _replaced(self, worker: PoolWorker) -> PoolWorker:
        worker.pool.shutdown(wait=False)
        with environment(ONE_THREAD):
            new = checked(PoolWorker())
        self.workers[self.workers.index(worker)] = new
        return new

    @property
    def pids(self) -> list[int]:
        """The process numbers of the workers."""
        return [worker.pid.result() for worker in self.workers]

    def ask_to_stop(self) -> None:
        """Request that each worker stops after the current step of its cell."""
        for pid in self.pids:
            with suppress(OSError):
                os.kill(pid, signal.SIGTERM)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all workers."""
        for worker in self.workers:
            worker.pool.shutdown(wait=wait, cancel_futures=cancel_futures)


def begin_working(plugins: tuple[str, ...] = ()) -> None:
    """Begin to be a worker: be asked to stop by the parent only, end with it, and keep standard output for data.

    Files of `plugins` that the parent uses are used here, too.
    """
    for name in ("SIGINT", "SIGHUP"):  # a terminal sends them to all
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    sys.stdout = sys.stderr
    threading.Thread(target=_end_with_parent, name="evosim-parent", daemon=True).start()
    for path in plugins:
        plugin_files.use_file(path)


def perform(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, bool]:
    """Return what a task comes to in a worker, and whether that was told to stop."""
    return function(*args, **kwargs), STOP.wanted


def _stop(_: int, __: FrameType | None) -> None:
    STOP.wanted = True


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(EXIT_CODE)


def checked_process() -> int:
    """Return the number of this process, if it uses one thread.

    Raises:
        WorkerError: it would use more.
    """
    if threads.count != 1:
        raise WorkerError(
            f"a worker uses {threads.count} threads, because of {threads.available.why}; it is to use one"
        )
    if not DISABLED:
        from evosim.numerics.numba_compiler import CONFIG

        if CONFIG.NUMBA_NUM_THREADS != 1:
            raise WorkerError(f"numba uses {CONFIG.NUMBA_NUM_THREADS} threads in a worker; it is to use one")
    return os.getpid()


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables meanwhile."""
    with ENVIRONMENT:
        before = {name: os.environ.get(name) for name in values}
        os.environ.update(values)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
