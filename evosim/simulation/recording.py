"""Recording: steps are measured and stored in order, beside the computation of those that follow.

A step needs nothing of what is measured of those before it. So one thread computes steps, a second measures them, and a
third stores them; kernels, SQLite and the disk let the others go on. Whoever takes the steps one by one sees none of
this: a step is yielded when it is stored, and while nobody asks for the next one nothing more is stored.
"""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from time import perf_counter
from typing import Any

from evosim.numerics.compiler import threads as thread_pool
from evosim.simulation.process import Process, Step
from evosim.simulation.runs import RunFile
from evosim.storage.columns import Record
from evosim.system.stopping import Stop

WORTH_THREADS = 0.02  # seconds of a step at most, by the estimate, below which handing it to other threads costs more


def recorded(run: RunFile, steps: Iterator[Step], stop: Stop | None = None) -> Generator[Step]:
    """Yield steps of a run's process as soon as each is stored; what fails is raised in its place among them.

    Raises:
        RunFileError: the file can't be written.
        CrowdedWorldError, ValueError: as `Process.steps` and `Process.record` do.
    """
    if thread_pool.count > 1 and run.process.records_beside and is_worth_threads(run):
        return _beside(run, steps, stop)
    return _in_turn(run, steps)


def is_worth_threads(run: RunFile) -> bool:
    """Whether a step takes so long that measuring it beside the next one saves time; True if nobody knows."""
    seconds = run.process.resources().seconds
    return seconds is None or seconds >= WORTH_THREADS * run.scenario.evolution.generations


def _in_turn(run: RunFile, steps: Iterator[Step]) -> Generator[Step]:
    """Measure and store each step before the next one is computed."""
    began = perf_counter()
    for step in steps:
        run.append(_record(run.process, step), perf_counter() - began)
        began = perf_counter()
        yield step


def _beside(run: RunFile, steps: Iterator[Step], stop: Stop | None) -> Generator[Step]:
    """Compute steps while those before them are measured and stored by threads of their own."""
    process, began = run.process, perf_counter()
    computed: deque[tuple[Step, Future[Record]]] = deque()
    failure: Exception | None = None
    more = True

    def store(record: Future[Record]) -> None:
        found, seconds = record.result(), perf_counter() - began
        with run.written_here():
            run.append(found, seconds)

    def compute() -> bool:
        """Compute one more step and let it be measured; False where there is none, or it fails."""
        nonlocal failure
        try:
            step = next(steps, None)
        except Exception as error:  # those before it are stored first
            failure, step = error, None
        if step is not None:
            computed.append((step, measurer.submit(copy_context().run, _record, process, step)))
        return step is not None

    measurer, writer = (ThreadPoolExecutor(1, thread_name_prefix=f"evosim-{name}") for name in ("measure", "write"))
    try:
        while True:
            more = more and (bool(computed) or compute())
            if not computed:
                break
            stored = writer.submit(store, computed[0][1])
            while more and not stored.done() and len(computed) <= process.ahead and not (stop and stop.wanted):
                more = compute()
            stored.result()
            began = perf_counter()
            yield computed.popleft()[0]
    finally:
        for each in (measurer, writer):
            each.shutdown(cancel_futures=True)
    if failure is not None:
        raise failure


def _record(process: Process, step: Any) -> Record:
    """Measure a step; return what is stored of it."""
    return process.record(process.measure(step))
