"""The checkpoint of an ecology in a run file, validated before it is resumed from.

Kernels don't check their arguments, so a stored state is checked as a whole: cells and bodies match, numbers are finite
and in range, ids and parents are of those who lived.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from evosim.storage.codec import dtype_of
from evosim.storage.export import LifeRecord
from evosim.storage.reader import StoredRun
from evosim.storage.schema import CorruptRunError, RunFileError

if TYPE_CHECKING:  # statistics can be read without a compiler
    from evosim.ecology.checkpoint import EcologyCheckpoint


def births(run: StoredRun, number: int) -> Any:
    """Read the births `[B, 3]` of an interval: parents, or -1, and tick.

    Raises:
        RunFileError: they are missing or corrupt, or the run is not an ecology.
    """
    refuse_generations(run)
    return _log(run, "lineage", number)


def deaths(run: StoredRun, number: int) -> Any:
    """Read the deaths `[D, 3]` of an interval: id, tick and cause.

    Raises:
        RunFileError: they are missing or corrupt, or the run is not an ecology.
    """
    refuse_generations(run)
    return _log(run, "deaths", number)


def lives(run: StoredRun) -> Iterator[LifeRecord]:
    """Yield every individual that ever lived, in order of id.

    Raises:
        RunFileError: births or deaths are missing, or contradict each other, or the run is not an ecology.
    """
    refuse_generations(run)
    with run.snapshot():
        done = run.summary().done
        born = _all(births(run, interval) for interval in range(done))
        died = _all(deaths(run, interval) for interval in range(done))
    _believe_lives(run, born, died)
    end = np.full(len(born), -1, np.int64)
    end[died[:, 0]] = died[:, 1]
    for id, (first, second, tick) in enumerate(born.tolist()):
        yield LifeRecord(id, [first, second], tick, int(end[id]) if end[id] >= 0 else None)


def checkpoint_at(run: StoredRun, number: int) -> "EcologyCheckpoint":
    """Read and validate the checkpoint of an interval.

    Raises:
        RunFileError: it is not stored, or the run is not an ecology.
        CorruptRunError: it is invalid.
    """
    from evosim.ecology.checkpoint import EcologyCheckpoint

    refuse_generations(run)
    with run.snapshot():
        genomes = run.array("genomes", number)
        if genomes is None:
            raise RunFileError(f"{run.path}: the state at the end of interval {number} is not stored")
        if genomes.dtype != np.float32 or genomes.ndim != 2:
            raise CorruptRunError(run.path, f"the genomes of interval {number} are not a float32 matrix")
        memory = run.memory(number)
        born = _all(births(run, before) for before in range(number + 1))
        died = _all(deaths(run, before) for before in range(number + 1))
        digests = run.digests()
    _believe_lives(run, born, died)
    _believe(run, number, genomes, memory, born, died)
    return EcologyCheckpoint(number, genomes, memory, born[:, :2], digests[number])


def refuse_generations(run: StoredRun) -> None:
    """Check that a run is of an ecology.

    Raises:
        RunFileError: it is not.
    """
    if run.contents.counts != "intervals":
        counts = run.contents.counts
        raise RunFileError(f"{run.path}: has {counts}, and no intervals: it is not the run of an ecology")


def refuse_other_digest(run: StoredRun, state: "EcologyCheckpoint", first: str) -> None:
    """Check that a state matches its digest.

    Raises:
        CorruptRunError: it doesn't.
    """
    from evosim.simulation.ecology.intervals import chain_interval

    before = run.digests()[state.number - 1] if state.number else first
    log = births(run, state.number), deaths(run, state.number)
    if chain_interval(before, state.number, state.genomes, state.memory, *log) != state.digest:
        raise CorruptRunError(run.path, f"the state of interval {state.number} doesn't match its digest")


def _believe_lives(run: StoredRun, born: Any, died: Any) -> None:
    """Check that births and deaths are consistent."""

    def expect(right: bool, what: str) -> None:
        if not right:
            raise CorruptRunError(run.path, what)

    parents, ids = born[:, :2], died[:, 0]
    expect(
        bool(((parents >= -1) & (parents < np.arange(len(born))[:, None])).all()),
        "parents who were not born yet",
    )
    expect(
        bool(((parents[:, 0] < 0) == (parents[:, 1] < 0)).all()),
        "an agent with one parent",
    )
    known = bool(((ids >= 0) & (ids < len(born))).all()) and len(np.unique(ids)) == len(ids)
    expect(known and bool((died[:, 1] >= np.maximum(born[ids, 2], 0)).all()), "deaths of agents who were not alive")


def _believe(run: StoredRun, number: int, genomes: Any, memory: dict[str, Any], born: Any, died: Any) -> None:
    """Check that a state is one that an ecology can be in."""
    from evosim.ecology.simulation import EcologySimulation
    from evosim.gridworld.actions import ACTIONS
    from evosim.gridworld.sampling import CrowdedWorldError
    from evosim.mind.nearby import BODY, WALL

    def expect(right: bool, what: str) -> None:
        if not right:
            raise CorruptRunError(run.path, f"{what} in the state of interval {number}")

    try:
        fresh = EcologySimulation(run.scenario, run.seed)
    except CrowdedWorldError as error:
        raise CorruptRunError(run.path, f"its scenario has no room for its agents: {error}") from None
    alive, layout = len(genomes), fresh.layout
    low, high = layout.low.astype(np.float32), layout.high.astype(np.float32)

    def in_range(alleles: Any) -> bool:
        return bool(((low <= alleles) & (alleles <= high)).all())

    expect(genomes.shape == (alive, len(layout.loci)), "genomes with a wrong number of loci")
    expect(in_range(genomes), "alleles out of range")
    models = fresh.memory() | {"frozen": fresh.ecology.tally.felt}
    expect(set(memory) == set(models), "missing or unexpected arrays")
    for name, model in models.items():
        shape, kind = (alive, *model.shape[1:]) if name in fresh.per_agent else model.shape, dtype_of(model)
        sound = memory[name].shape == shape and memory[name].dtype.str == kind and np.isfinite(memory[name]).all()
        expect(bool(sound), f"an array {name!r} of a wrong shape or type, or not finite,")
    tick, cells, what = (number + 1) * run.scenario.evolution.interval, memory["cell"], memory["what"]
    ids, kinds = memory["id"], len(fresh.ecology.tally.eaten)
    expect(bool(((cells >= 0) & (cells < what.size)).all()), "agents outside of the world")
    living = np.setdiff1d(np.arange(len(born)), died[:, 0])
    expect(np.array_equal(np.sort(ids), living), "living agents who were not born or have died")
    expect(bool((memory["born"] == born[ids, 2]).all()), "birth ticks that contradict the lineage")
    expect(bool((what[cells] == BODY + np.arange(alive)).all()), "agents whose cell doesn't hold their body")
    expect(int((what >= BODY).sum()) == alive, "bodies without agents")
    rest = what[what < BODY]
    expect(bool(((rest >= WALL) & (rest < kinds)).all()), "objects of unknown types")
    expect(bool(((fresh.ecology.map.what == WALL) == (what == WALL)).all()), "walls that are not those of the world")
    expect(bool((memory["born"] < tick).all() and (memory["due"] >= tick).all()), "birth or death ticks out of range")
    expect(
        bool((memory["due"] - memory["born"].astype(np.int64) <= fresh.oldest).all()),
        "too long life spans",
    )
    expect(
        bool(np.isin(memory["controller"], fresh.static.loci.present).all()),
        "controllers that the scenario doesn't have",
    )
    expect(bool(((memory["last"] >= 0) & (memory["last"] < ACTIONS)).all()), "unknown actions")
    expect(bool(np.isin(memory["able"], (0, 1)).all()), "an ability to mate that is neither 0 nor 1")
    expect(bool(((memory["levels"] >= 0) & (memory["levels"] <= 1)).all()), "drive levels out of range")
    most = max(rules.most for rules in fresh.rules.values()) * (1.0 + 1e-8)  # shares may add up to a little more than 1
    expect(bool(((memory["energy"] > 0) & (memory["energy"] <= most)).all()), "energy out of range")
    children = np.bincount(born[:, :2][born[:, 0] >= 0].ravel(), minlength=len(born))
    expect(bool((memory["children"] == children[ids]).all()), "numbers of children that contradict the lineage")
    members, living_of = memory["cohort.members"], memory["cohort.living"]
    expect(
        bool(((living_of >= 0) & (living_of <= members) & (members <= len(born))).all()),
        "cohorts larger than their births",
    )
    expect(in_range(memory["bank"]) if "bank" in memory else True, "alleles of the seed bank out of range")


def _all(logs: Any) -> Any:
    return np.concatenate([np.zeros((0, 3), np.int64), *logs])


def _log(run: StoredRun, table: str, number: int) -> Any:
    log = run.array(table, number)
    if log is not None and (log.dtype != np.int64 or log.ndim != 2):
        raise CorruptRunError(run.path, f"the {table} of interval {number} are not an int64 matrix")
    if log is None or log.shape[1] != 3:
        raise CorruptRunError(run.path, f"the {table} of interval {number} are missing")
    return log
