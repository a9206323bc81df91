"""Running: generations go into the run file, one by one, to the end or until asked to stop."""

import time
from collections.abc import Iterator
from pathlib import Path

from evosim.chance import key_of
from evosim.ecology.history import Interval, intervals
from evosim.estimate import refuse_what_cannot_fit
from evosim.experiment import Generation, generations
from evosim.format import COMPLETE, EXTINCT, INTERRUPTED, RUNNING
from evosim.records import RunFile, default_path, is_interval
from evosim.scenario import Scenario
from evosim.scenario.names import is_shared
from evosim.stopping import Stop

__all__ = ["Stop", "carry_on", "compile_for", "history", "run", "verify"]


def history(scenario: Scenario, seed: int, run: RunFile | None = None) -> Iterator[Generation | Interval]:
    """Evolve generation by generation, or where selection is natural interval by interval: from where a run is."""
    if is_shared(scenario):
        return intervals(scenario, seed, after=run.kept() if run is not None else None)
    return generations(scenario, seed, after=run.state() if run is not None else None)


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


def run(scenario: Scenario, seed: int = 1, out: str | Path | None = None, *, replace: bool = False) -> RunFile:
    """Run a scenario to its end, store it, and give the run file, open to be read.

    `out` is where it is stored. If it is None that is `runs/<scenario>-<seed>-<digest>.evosim`, and a run that stands
    there complete is not run again.

    Raises:
        RunFileError: the file exists already (unless it may be replaced), or can't be written.
        TooLargeError: it can't fit into memory.
        CrowdedWorldError, ValueError: as `generations` does; or the seed is none.
    """
    key_of(seed)
    refuse_what_cannot_fit(scenario)
    path = default_path(scenario, seed) if out is None else Path(out)
    if out is None and not replace and path.exists():
        there = RunFile.open(path)
        if there.summary().state in (COMPLETE, EXTINCT) and there.scenario == scenario and there.seed == seed:
            return there
        there.close()
    with RunFile.create(path, scenario, seed, replace=replace) as file:
        for _ in carry_on(file):
            pass
    return RunFile.open(path)


def verify(run: RunFile) -> Iterator[tuple[int, bool]]:
    """Run a stored run again, and tell of each of its generations whether the digest is the same; stop at the first
    that differs.

    Raises:
        RunFileError: the file can't be read, or a digest is missing.
    """
    digests = run.digests()
    for stored, generation in zip(digests, history(run.scenario, run.seed), strict=False):  # no more than are stored
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
