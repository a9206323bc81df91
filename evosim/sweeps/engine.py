"""The engine: has the cells of a sweep run by an executor, until none is left that can be run.

It is written against `concurrent.futures`, so any `Executor` will do. It trusts the folder only: at the start, and
whenever a worker is lost, what is done and what isn't is read from the run files.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from evosim.numerics.compiler import is_cold, mark_warm
from evosim.simulation.process import process_of
from evosim.storage.schema import INTERRUPTED
from evosim.sweeps.cell import BUSY, CellResult, run_cell
from evosim.sweeps.folder import DONE, FAILED, CellState, SweepFolder
from evosim.sweeps.plan import Cell
from evosim.system.stopping import Stop

MOST_LOSSES = 3  # of workers at one cell, without a step stored between them
POLL = 0.2  # seconds
LOOK = 2.0  # seconds between looks at cells under way


class Progress(NamedTuple):
    """How far a sweep is."""

    cells: int  # in all
    done: int  # complete or extinct
    failed: int
    running: int  # by this process
    elsewhere: int  # cells that other processes work on
    share: float  # of all work, cells under way included
    seconds: float  # since this process began
    seconds_left: float | None  # None: not known yet


class Engine:
    """The engine of one sweep in this process."""

    def __init__(
        self,
        folder: SweepFolder,
        executor: Executor,
        at_once: Callable[[], int] | int,
        *,
        stop: Stop | None = None,
        waits: bool = True,
        ask_to_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder, self.executor = folder, executor
        self.at_once = at_once if callable(at_once) else lambda: at_once
        self.stop, self.waits, self.ask_to_stop = stop or Stop(), waits, ask_to_stop
        self.began = time.monotonic()
        self.done: dict[str, CellResult] = {}
        self.waiting: deque[Cell] = deque()
        self.elsewhere: list[Cell] = []
        self.futures: dict[Future[CellResult], Cell] = {}
        self.losses: Counter[str] = Counter()
        self.steps: dict[str, int] = {}  # that were stored of cells under way
        self.weights = weights_of(folder)
        self.cells = folder.cells
        self.total = sum(self.weights.values()) * len(folder.stored.seeds)
        self.work = 0.0  # of what is done
        self.looked = 0.0
        self._reconcile()
        self.share_at_start = self._share()

    def _reconcile(self) -> None:
        """Read from the folder what is done and what isn't."""
        for found in map(self.folder.state, self.cells):
            if not self._close_if_done(found):
                self.steps[found.cell.name] = found.done
                self.waiting.append(found.cell)

    def _close_if_done(self, found: CellState) -> bool:
        """Take what the folder says of a cell; return whether nothing is left to do for it."""
        if found.state in (*DONE, FAILED):
            if found.state == FAILED and self.folder.failure(found.cell) is None:  # a run file that can't be read
                self.folder.record_failure(found.cell, found.reason)
            if found.state in DONE:
                self.folder.tidy(found.cell)
            self._record(found.cell, CellResult(found.cell.name, found.state, found.digest, 0.0, found.reason))
            return True
        return False

    def _record(self, cell: Cell, result: CellResult) -> None:
        self.done[cell.name] = result
        self.work += self.weights[cell.condition]

    def run(self, report: Callable[[Progress], None] = lambda _: None) -> Progress:
        """Run all cells that can be run, or until asked to stop; report progress now and then, and at the end.

        Cells that another process works on are waited for if the engine `waits`, and run if that process is gone.
        """
        report(self.progress())
        asked = False
        while True:
            if self.stop.wanted and not asked:
                asked = True
                self.ask_to_stop()
            self._submit()
            if not self.futures:
                if self.stop.wanted or not self._look_elsewhere():
                    break
                time.sleep(POLL)
            finished, _ = wait(self.futures, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in finished:
                self._finish(self.futures.pop(future), future)
            if finished or time.monotonic() - self.looked > LOOK:
                self._look_at_steps()
                report(self.progress())
        last = self.progress()
        report(last)
        return last

    def _submit(self) -> None:
        """Submit cells until as many are under way as may be."""
        most = self.at_once() if self.waiting and not self.stop.wanted else 0
        while self.waiting and len(self.futures) < most:
            cell = self.waiting.popleft()
            if self.folder.leases.is_held(cell.name):
                self.elsewhere.append(cell)
                continue
            self.futures[self.executor.submit(run_cell, str(self.folder.path.absolute()), cell.name)] = cell

    def _finish(self, cell: Cell, future: "Future[CellResult]") -> None:
        """Take what has become of a cell."""
        try:
            result = future.result()
        except (BrokenProcessPool, CancelledError):
            self._lose(cell)
            return
        if result.state == BUSY:
            self.elsewhere.append(cell)
        elif result.state == INTERRUPTED and self.stop.wanted:
            self.waiting.append(cell)
        elif result.state == INTERRUPTED:  # somebody told its worker alone to stop
            self._lose(cell)
        else:
            self._record(cell, result)

    def _lose(self, cell: Cell) -> None:
        """Put a cell back whose worker was lost, unless it loses one after the other without getting anywhere."""
        found = self.folder.state(cell)
        if self._close_if_done(found):
            return
        self.losses[cell.name] = 1 if found.done > self.steps.get(cell.name, 0) else self.losses[cell.name] + 1
        self.steps[cell.name] = found.done
        if self.losses[cell.name] < MOST_LOSSES:
            self.waiting.appendleft(cell)
            return
        reason = (
            f"its process was killed {MOST_LOSSES} times at step {found.done}, the last time without a message; "
            "was there too little memory?"
        )
        self.folder.record_failure(cell, reason)
        self._record(cell, CellResult(cell.name, FAILED, "", 0.0, reason))

    def _look_elsewhere(self) -> bool:
        """Look what has become of cells that other processes were at; return whether to go on."""
        still = []
        for cell in self.elsewhere:
            found = self.folder.state(cell)
            if self._close_if_done(found):
                continue
            if self.folder.leases.is_held(cell.name):
                still.append(cell)
            else:
                self.waiting.append(cell)
        self.elsewhere = still
        return bool(self.waiting) or (bool(still) and self.waits)

    def _look_at_steps(self) -> None:
        """Read how far the cells under way are."""
        if time.monotonic() - self.looked > LOOK:
            self.looked = time.monotonic()
            for cell in self.futures.values():
                self.steps[cell.name] = max(self.folder.state(cell).done, self.steps.get(cell.name, 0))

    def _share(self) -> float:
        """Return the share of all work that is done, by the estimate of how long cells take."""
        done = self.work
        for cell in self.futures.values():
            steps = self.folder.condition(cell.condition).scenario.evolution.generations
            done += self.weights[cell.condition] * min(1.0, self.steps.get(cell.name, 0) / steps)
        return done / self.total

    def progress(self) -> Progress:
        """Return how far the sweep is."""
        states = Counter(result.state for result in self.done.values())
        share, seconds = self._share(), time.monotonic() - self.began
        gained = share - self.share_at_start
        left = seconds * (1.0 - share) / gained if gained > 0.0 else None
        return Progress(
            len(self.cells), sum(states[each] for each in DONE), states[FAILED], len(self.futures),
            len(self.elsewhere), share, seconds, left,
        )  # fmt: skip


def weights_of(folder: SweepFolder) -> dict[int, float]:
    """Return how long a cell of each condition takes, relative to the others, by the estimate."""
    weights: dict[int, float] = {}
    for condition in folder.conditions():
        seconds = process_of(condition.scenario, 0).resources().expected_seconds
        weights[condition.number] = seconds or float(condition.scenario.evolution.generations)
    return weights


def warm(folder: SweepFolder, compiling: Callable[[], None] = lambda: None) -> None:
    """Compile all kernels that cells may need, so that workers only read them; call `compiling` before."""
    warmed: set[tuple[str, tuple[str, ...]]] = set()
    for condition in folder.conditions():
        process = process_of(condition.scenario, 0)
        needed = process.kernels, process.kinds
        if is_cold(*needed) and (needed not in warmed or not process.warms_all):
            compiling()
            process.warm()
            if process.warms_all:
                mark_warm(*needed)
            warmed.add(needed)
