"""Running: generations go into the run file, one by one, to the end or until asked to stop."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from evosim.chance import key_of
from evosim.ecology.history import Interval, intervals
from evosim.estimate import refuse_what_cannot_fit
from evosim.experiment import Generation, generations
from evosim.format import COMPLETE, EXTINCT, INTERRUPTED, RUNNING
from evosim.jit import threads as thread_pool
from evosim.records import RunFile, default_path, is_interval
from evosim.scenario import Scenario
from evosim.scenario.names import is_shared

SHOW_CURSOR = b"\x1b[?25h" if sys.stderr.isatty() else b""  # the bar hides it


class Stop:
    """A wish to stop after the generation that is under way; `last_act` is done when it must be at once."""

    def __init__(self, last_act: Callable[[], None] = lambda: None) -> None:
        self.wanted = False
        self.last_act = last_act

    @contextmanager
    def on_signals(self) -> Iterator["Stop"]:
        """Take the first Ctrl-C, or a request to terminate, as the wish; the second Ctrl-C stops at once."""

        def wish(number: int, _: FrameType | None) -> None:
            if self.wanted and number == signal.SIGINT:  # threads may be far from done: don't wait for them
                with suppress(Exception):
                    self.last_act()
                os.write(2, SHOW_CURSOR + b"\nstopped at once; what was stored is safe\n")
                os._exit(130)
            self.wanted = True

        before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def interruptible() -> Iterator[None]:
    """Treat a request to terminate like Ctrl-C: as a KeyboardInterrupt, wherever the program is."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def history(
    scenario: Scenario, seed: int, run: RunFile | None = None, *, threads: int | None = None
) -> Iterator[Generation | Interval]:
    """Evolve generation by generation, or where selection is natural interval by interval: from where a run is."""
    if is_shared(scenario):
        return intervals(scenario, seed, after=run.kept() if run is not None else None, threads=threads)
    return generations(scenario, seed, after=run.state() if run is not None else None, threads=threads)


def carry_on(run: RunFile, stop: Stop | None = None) -> Iterator[Generation | Interval]:
    """Evolve from where a run file is to its end; each generation is stored before it is given.

    Raises:
        RunFileError: the file can't be written.
        CrowdedWorldError, ValueError: as `generations` does.
    """
    if run.summary().done:
        run.note("resumed", run.versions_changed(), state=RUNNING)
    else:
        run.note("started", state=RUNNING)
    began, extinct = time.perf_counter(), False
    for generation in history(run.scenario, run.seed, run):
        run.append(generation, time.perf_counter() - began)
        began = time.perf_counter()
        extinct = is_interval(generation) and generation.alive == 0
        yield generation
        if extinct:
            break
        if stop is not None and stop.wanted and generation.number + 1 < run.scenario.evolution.generations:
            run.note("interrupted", state=INTERRUPTED)
            return
    if extinct or run.is_extinct():
        run.note("extinct", state=EXTINCT)
    else:
        run.note("complete", state=COMPLETE)


def run(
    scenario: Scenario,
    seed: int = 1,
    out: str | Path | None = None,
    *,
    replace: bool = False,
    threads: int | None = None,
) -> RunFile:
    """Run a scenario to its end, store it, and give the run file, open to be read.

    `out` is where it is stored. If it is None that is `runs/<scenario>-<seed>-<digest>.evosim`, and a run that stands
    there complete is not run again. `threads` is how many share the work, as many as `evosim doctor` says if it
    is None; what comes out doesn't depend on it.

    Raises:
        RunFileError: the file exists already (unless it may be replaced), or can't be written.
        TooLargeError: it can't fit into memory.
        CrowdedWorldError, ValueError: as `generations` does; or the seed or the number of threads is none.
    """
    key_of(seed)
    refuse_what_cannot_fit(scenario)
    path = default_path(scenario, seed) if out is None else Path(out)
    if out is None and not replace and path.exists():
        there = RunFile.open(path)
        if there.summary().state in (COMPLETE, EXTINCT) and there.scenario == scenario and there.seed == seed:
            return there
        there.close()
    with thread_pool.using(threads), RunFile.create(path, scenario, seed, replace=replace) as file:
        for _ in carry_on(file):
            pass
    return RunFile.open(path)


def verify(run: RunFile, *, threads: int | None = None) -> Iterator[tuple[int, bool]]:
    """Run a stored run again, and tell of each of its generations whether the digest is the same; stop at the first
    that differs.

    Raises:
        RunFileError: the file can't be read, or a digest is missing.
    """
    digests = run.digests()
    again = history(run.scenario, run.seed, threads=threads)
    for stored, generation in zip(digests, again, strict=False):  # no more than are stored
        yield generation.number, generation.digest == stored
        if generation.digest != stored:
            return


def compile_for(scenario: Scenario) -> None:
    """Have all kernels ready that a scenario needs, by a run that is as small as can be."""
    from evosim.scenario.evolving import ALGORITHMS, DeapSelection, Tournament

    evolution = scenario.evolution
    if is_shared(scenario):
        short = evolution.model_copy(update={"population": 2, "generations": 1, "interval": 2, "floor": 0})
        for _ in intervals(scenario.model_copy(update={"evolution": short}), seed=0):
            pass
        return
    selection = evolution.selection
    small = {
        "algorithm": evolution.algorithm if evolution.algorithm in ALGORITHMS else "genetic",
        "population": evolution.elites + 2,
        "generations": 2,
        "episodes": 1,
        "selection": Tournament(operator="tournament") if isinstance(selection, DeapSelection) else selection,
    }
    evolution = evolution.model_copy(update=small)
    measure = scenario.measure.model_copy(update={"episodes": 1})
    for _ in generations(scenario.model_copy(update={"evolution": evolution, "measure": measure}), seed=0):
        pass
