"""One cell of a sweep, run by whichever process takes its lease: a function of its resolved scenario and its seed.

What it returns is a name, a state and a digest; the results are in its run file.
"""

import time
from pathlib import Path
from threading import Event
from typing import NamedTuple

from evosim.numerics.compiler import threads as thread_pool
from evosim.simulation.process import process_of
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.branching import begin_future
from evosim.storage.lock import is_being_written
from evosim.storage.schema import RunFileError
from evosim.sweeps.branch import past_path
from evosim.sweeps.folder import DONE, FAILED, SweepFolder
from evosim.sweeps.leases import keep_alive
from evosim.sweeps.plan import Cell
from evosim.system.stopping import Stop

BUSY = "busy"  # another process has it
STOP = Stop()  # of this process; a signal sets it


class CellResult(NamedTuple):
    """What has become of a cell in one attempt."""

    cell: str
    state: str  # of its run; or failed, or busy
    digest: str = ""
    seconds: float = 0.0
    reason: str = ""


def run_cell(folder: str, name: str, threads: int = 1) -> CellResult:
    """Run a cell of the sweep in a folder, or go on with it, and return what has become of it.

    A cell that is done is not run again, and one that another process works on is left alone. What makes it fail is
    recorded in the folder.

    Raises:
        SweepFolderError: the folder is not a sweep, or has no such cell.
        OSError: the folder can't be written.
    """
    began = time.perf_counter()
    sweep = SweepFolder.open(folder)
    cell = sweep.cell(name)
    lease = None if is_being_written(sweep.run_path(cell)) else sweep.leases.take(name)
    if lease is None:
        return CellResult(name, BUSY)
    try:
        with keep_alive(lease) as lost, thread_pool.using(threads):
            try:
                state, digest = _carried_on(sweep, cell, CellStop(lost))
            except Exception as error:  # whatever it is, the other cells go on
                if lost.is_set():
                    return CellResult(name, BUSY)
                reason = reason_of(error)
                sweep.record_failure(cell, reason)
                return CellResult(name, FAILED, "", time.perf_counter() - began, reason)
    finally:
        lease.release()
    if lost.is_set() and state not in DONE:
        return CellResult(name, BUSY)
    return CellResult(name, state, digest, time.perf_counter() - began)


class CellStop(Stop):
    """A request to stop: of this process, or because another has taken the cell over."""

    def __init__(self, lost: Event) -> None:
        self.lost = lost

    @property
    def wanted(self) -> bool:  # type: ignore[override]
        """Whether to stop after the current step."""
        return STOP.wanted or self.lost.is_set()


def _carried_on(sweep: SweepFolder, cell: Cell, stop: Stop) -> tuple[str, str]:
    """Run a cell to its end, or until asked to stop; return the state and the digest of its run.

    Raises:
        RunFileError: the run file is another cell's, corrupt, or can't be written.
        Exception: what the run itself raises.
    """
    scenario, path = sweep.condition(cell.condition).scenario, sweep.run_path(cell)
    process = process_of(scenario, cell.seed)
    process.refuse_if_too_large()
    if path.exists():
        refuse_other_run(path, process.start_digest, scenario.evolution.generations)
        with RunFile.open(path) as stored:
            summary = stored.summary()
        if summary.state in DONE:
            return summary.state, summary.digest
    elif sweep.stored.kind == "futures":
        begin_future(past_path(sweep, cell.condition), path, scenario, cell.seed, sweep.stored.varies)
    with RunFile.open(path, write=True) if path.exists() else RunFile.create(path, scenario, cell.seed) as run:
        for _ in carry_on(run, stop):
            pass
        summary = run.summary()
    return summary.state, summary.digest


def refuse_other_run(path: Path, digest: str, generations: int) -> None:
    """Check that a run file is that of a cell: of its scenario, its seed and its length.

    Raises:
        RunFileError: it is another run.
    """
    with RunFile.open(path) as run:
        if run.first_digest != digest:
            raise RunFileError(
                f"{path}: a run of another scenario or seed than its cell's; remove it, and run the cell again"
            )
        if run.summary().generations != generations:
            raise RunFileError(
                f"{path}: a run of {run.summary().generations} {run.process.unit.many}, where its cell has "
                f"{generations}; remove it, and run the cell again"
            )


def reason_of(error: BaseException) -> str:
    """Return why a cell failed, in a sentence."""
    if isinstance(error, MemoryError):
        return f"not enough memory{f': {error}' if str(error) else ''}"
    known = type(error).__module__.startswith("evosim.") or isinstance(error, ValueError)
    said = " ".join(str(error).split())
    return said if known and said else f"{type(error).__name__}: {said}" if said else type(error).__name__
