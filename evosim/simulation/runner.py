"""The runner: computes the steps of a process and stores them, to the end or until asked to stop."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from evosim.numerics.compiler import threads as thread_pool
from evosim.numerics.random import key_of
from evosim.scenario import Scenario
from evosim.simulation.process import RunStatus, Step, process_of
from evosim.simulation.recording import recorded
from evosim.simulation.runs import RunFile, default_path
from evosim.storage.log_sync import DURABILITIES, GENERATION
from evosim.storage.schema import COMPLETE, EXTINCT, INTERRUPTED, RUNNING
from evosim.system.stopping import Stop

__all__ = ["Stop", "carry_on", "run", "verify"]


def carry_on(run: RunFile, stop: Stop | None = None) -> Iterator[Step]:
    """Continue a run to its end; each step is stored before it is yielded.

    Raises:
        RunFileError: the file can't be written.
        CrowdedWorldError, ValueError: as `Process.steps` does.
    """
    if run.summary().done:
        run.record_event("resumed", run.versions_changed(), state=RUNNING)
    else:
        run.record_event("started", state=RUNNING)
    process = run.process
    status = RunStatus.RUNNING
    with closing(recorded(run, process.steps(process.restore(run)), stop)) as steps:
        for step in steps:
            status = process.status(step)
            yield step
            if status is not RunStatus.RUNNING:
                break
            if stop is not None and stop.wanted and step.number + 1 < run.scenario.evolution.generations:
                run.record_event("interrupted", state=INTERRUPTED)
                return
    if status is RunStatus.EXTINCT or process.is_over(run):
        run.record_event("extinct", state=EXTINCT)
    else:
        run.record_event("complete", state=COMPLETE)


def run(
    scenario: Scenario,
    seed: int = 1,
    out: str | Path | None = None,
    *,
    replace: bool = False,
    threads: int | None = None,
    durability: str = GENERATION,
    shown: Callable[[Iterator[Step]], Iterator[Step]] = iter,
) -> RunFile:
    """Run a scenario to its end and store it; return the run file, open for reading.

    `out` is where it is stored. If it is None that is `runs/<scenario>-<seed>-<digest>.evosim`, and a run that stands
    there complete is not run again. `threads` is how many share the work, as many as `evosim doctor` says if it
    is None; results don't depend on it. `durability` is `generation`, or `second`: then a power cut can take what was
    stored in the last second. `shown` yields the steps that it is given, and may show on the way how far they are.

    Raises:
        RunFileError: the file exists already (unless it may be replaced), or can't be written.
        TooLargeError: it can't fit into memory.
        CrowdedWorldError: as `generations` does.
        ValueError: as `generations` does; or the seed, the number of threads or the durability is invalid.
    """
    key_of(seed)
    if durability not in DURABILITIES:
        raise ValueError(f"durability {durability!r}: there are {' and '.join(DURABILITIES)}")
    process_of(scenario, seed).refuse_if_too_large()
    path = default_path(scenario, seed) if out is None else Path(out)
    if out is None and not replace and path.exists():
        there = RunFile.open(path)
        if there.summary().state in (COMPLETE, EXTINCT) and there.scenario == scenario and there.seed == seed:
            return there
        there.close()
    with thread_pool.using(threads), RunFile.create(path, scenario, seed, replace=replace) as file:
        file.choose_durability(durability)
        for _ in shown(carry_on(file)):
            pass
    return RunFile.open(path)


def verify(run: RunFile, *, threads: int | None = None) -> Iterator[tuple[int, bool]]:
    """Run a stored run again; yield the number of each step and whether its digest is the same, until one differs.

    Raises:
        RunFileError: the file can't be read, or a digest is missing.
    """
    digests = run.digests()
    steps = run.process.steps(None)
    for stored in digests:  # no more than are stored
        with thread_pool.using(threads):
            step = next(steps, None)
        if step is None:
            return
        yield step.number, step.digest == stored
        if step.digest != stored:
            return
