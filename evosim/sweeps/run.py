"""Running a sweep in this process and its workers."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from evosim.numerics.compiler import threads
from evosim.simulation.process import process_of
from evosim.simulation.resources import ResourceEstimate, TooLargeError, available_memory, format_bytes
from evosim.sweeps.cluster import Cluster, SchedulerLostError
from evosim.sweeps.engine import Engine, Progress, warm
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.plan import Condition, Plan
from evosim.sweeps.workers import LocalWorkers
from evosim.system.stopping import Stop


class SweepEstimate(NamedTuple):
    """What a sweep needs, in all."""

    seconds: float | None  # of one processor, at most; None: not known
    memory: float  # bytes of the largest cell
    disk: float  # bytes
    expected_seconds: float | None  # of one processor; None: not known


def default_folder(plan: Plan) -> Path:
    """Return the default folder of a sweep: `sweeps/<scenario>-<short digest>`; more seeds go to the same folder."""
    return Path("sweeps") / f"{plan.source}-{plan.digest[:8]}"


def check_conditions(conditions: list[Condition] | tuple[Condition, ...]) -> list[ResourceEstimate]:
    """Check that every condition can be run, and estimate what a cell of it needs.

    Raises:
        TooLargeError: a cell can't fit into memory.
        CrowdedWorldError, ValueError: its worlds can't be drawn, or what another package provides fails.
    """
    estimates = []
    for condition in conditions:
        process = process_of(condition.scenario, 0)
        process.refuse_if_too_large()
        process.check_plainly()
        with threads.using(1):  # as workers do
            estimates.append(process.resources())
    return estimates


def estimate(estimates: list[ResourceEstimate], seeds: int) -> SweepEstimate:
    """Add up what the cells of each condition need."""
    memory, disk = max(each.memory for each in estimates), seeds * sum(each.disk for each in estimates)
    most, expected = [each.seconds for each in estimates], [each.expected_seconds for each in estimates]
    return SweepEstimate(total(most, seeds), memory, disk, total(expected, seeds))


def total(seconds: list[float | None], seeds: int) -> float | None:
    """Return how many seconds all conditions take with so many seeds each; None if it is not known of one."""
    known = [each for each in seconds if each is not None]
    return seeds * sum(known) if len(known) == len(seconds) else None


def choose_workers(asked: int | None, memory: float, cells: int) -> int:
    """Return the number of workers: as many as there are threads, unless they can't fit into memory at once.

    Raises:
        TooLargeError: so many as are asked for can't fit.
    """
    fitting = max(1, int(available_memory() // memory))
    if asked is not None and asked > fitting:
        raise TooLargeError(
            f"{asked} workers need about {format_bytes(asked * memory)} of memory, and this machine has "
            f"{format_bytes(available_memory())}; at most {fitting} fit"
        )
    return max(1, min(asked or min(threads.count, fitting), cells))


def run_sweep(
    folder: SweepFolder,
    workers: int | None = None,
    *,
    stop: Stop | None = None,
    waits: bool = True,
    report: Callable[[Progress], None] = lambda _: None,
    compiling: Callable[[], None] = lambda: None,
) -> Progress:
    """Run all cells of a sweep that are not done, by worker processes; return how far it is in the end.

    `workers` is how many, as many as `evosim doctor` says threads if it is None. Called from a program, that program's
    own code must be under `if __name__ == "__main__":`, since workers import it.

    Raises:
        TooLargeError: so many workers can't fit into memory.
        WorkerError: workers can't be started.
        SweepFolderError, OSError: the folder can't be read or written.
    """
    memory = max(process_of(each.scenario, 0).resources().memory for each in folder.conditions())
    count = choose_workers(workers, memory, len(folder.cells))
    warm(folder, compiling)
    with LocalWorkers(count) as executor:
        engine = Engine(folder, executor, count, stop=stop, waits=waits, ask_to_stop=executor.ask_to_stop)
        return engine.run(report)


def run_on_cluster(
    folder: SweepFolder,
    address: str,
    *,
    stop: Stop | None = None,
    waits: bool = True,
    report: Callable[[Progress], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> Progress:
    """Run all cells of a sweep that are not done by the workers of a Dask scheduler; if that is lost, go on here.

    The folder has to be seen by all workers under the same path. `say` is called with what happens.

    Raises:
        MissingExtraError: Dask distributed is not installed.
        SchedulerLostError: there is no scheduler at this address.
        SweepFolderError, OSError: the folder can't be read or written.
    """
    with Cluster(address) as cluster:
        engine = Engine(folder, cluster, lambda: cluster.at_once, stop=stop, waits=waits)
        try:
            return engine.run(report)
        except SchedulerLostError as error:
            say(f"{error}; going on with processes of this machine")
    return run_sweep(folder, stop=stop, waits=waits, report=report, compiling=lambda: say("compiling …"))
