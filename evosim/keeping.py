"""Keeping an ecology: what a run file holds of it so that it can go on, checked before it is believed.

Kernels trust what they are given, so a state from a stranger is looked at as a whole: whoever stands in a cell is
somebody, and in that cell; numbers are finite and in their ranges; ids and parents are of those who lived.
"""

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evosim.format import RunFileError
from evosim.scenario.minds import CONTROLLERS

if TYPE_CHECKING:  # statistics can be read without a compiler
    from evosim.ecology.history import Interval, Kept
    from evosim.reading import StoredRun

LONGEST = 2**31 - 1  # elements of an array


class Life(NamedTuple):
    """What is told of somebody who lives or lived."""

    id: int
    parents: list[int]  # -1 where there is none
    born: int  # tick
    died: int | None  # tick; None: alive


def kind_of(array: np.ndarray) -> str:
    """Say as what an array is written: whole numbers as such, all others as real ones."""
    return {"f4": "<f4", "f8": "<f8", "i8": "<i8"}.get(array.dtype.str[1:], "<i4")


def encoded(array: np.ndarray) -> tuple[str, str, bytes]:
    """Write an array as dtype, shape and blob."""
    kind = kind_of(array)
    return kind, json.dumps(array.shape), np.ascontiguousarray(array, kind).tobytes()


def arrays_of(interval: "Interval") -> dict[str, list[tuple[Any, ...]]]:
    """Write what the next interval needs as rows of tables."""
    number, children = interval.number, interval.memory["children"].astype("<f8")
    return {
        "genomes": [(number, *encoded(interval.genomes), children.tobytes())],
        "memory": [(number, name, *encoded(array)) for name, array in interval.memory.items()],
        "lineage": [(number, *encoded(interval.births))],
        "deaths": [(number, *encoded(interval.deaths))],
        "digests": [(number, interval.digest)],
    }


def births(run: "StoredRun", number: int) -> Any:
    """Read who was born in an interval `[B, 3]`: parents or -1, and tick."""
    refuse_generations(run)
    return _log(run, "lineage", number)


def deaths(run: "StoredRun", number: int) -> Any:
    """Read who died in an interval `[D, 3]`: id, tick, cause."""
    refuse_generations(run)
    return _log(run, "deaths", number)


def lives(run: "StoredRun") -> Iterator[Life]:
    """Tell of everybody who ever lived, in the order of their ids.

    Raises:
        RunFileError: births or deaths are missing, or contradict each other, or it is no ecology.
    """
    refuse_generations(run)
    done = run.summary().done
    born = _all(births(run, interval) for interval in range(done))
    died = _all(deaths(run, interval) for interval in range(done))
    _believe_lives(run, born, died)
    end = np.full(len(born), -1, np.int64)
    end[died[:, 0]] = died[:, 1]
    for id, (first, second, tick) in enumerate(born.tolist()):
        yield Life(id, [first, second], tick, int(end[id]) if end[id] >= 0 else None)


def kept(run: "StoredRun", number: int) -> "Kept":
    """Read a state that was kept, with all that led to it.

    Raises:
        RunFileError: it was not kept, or is damaged, or the run is no ecology.
    """
    from evosim.ecology.history import Kept

    refuse_generations(run)
    genomes = _array(run, "genomes", number, "<f4", 2)
    if genomes is None:
        raise RunFileError(f"{run.path}: the state at the end of interval {number} is not stored")
    stored = run.rows(
        "select name, dtype, shape, data from memory where generation = ?", (str, str, str, bytes), (number,)
    )
    memory = {name: _decoded(run, dtype, shape, data) for name, dtype, shape, data in stored}
    born = _all(births(run, before) for before in range(number + 1))
    died = _all(deaths(run, before) for before in range(number + 1))
    digests = run.digests()
    _believe_lives(run, born, died)
    _believe(run, number, genomes, memory, born, died)
    return Kept(number, genomes, memory, born[:, :2], digests[number])


def refuse_generations(run: "StoredRun") -> None:
    """Check that a run is that of an ecology.

    Raises:
        RunFileError: it is not.
    """
    if not run.shared:
        raise RunFileError(f"{run.path}: has generations, and no intervals: it is not the run of an ecology")


def refuse_other_digest(run: "StoredRun", state: "Kept", first: str) -> None:
    """Check that a state has the digest that stands beside it.

    Raises:
        RunFileError: it doesn't.
    """
    from evosim.ecology.history import chained

    before = run.digests()[state.number - 1] if state.number else first
    log = births(run, state.number), deaths(run, state.number)
    if chained(before, state.number, state.genomes, state.memory, *log) != state.digest:
        raise RunFileError(f"{run.path}: damaged: interval {state.number} doesn't have the digest stored with it")


def _believe_lives(run: "StoredRun", born: Any, died: Any) -> None:
    """Check that births and deaths are such as can have happened."""

    def expect(right: bool, what: str) -> None:
        if not right:
            raise RunFileError(f"{run.path}: damaged: {what}")

    parents, ids = born[:, :2], died[:, 0]
    expect(bool(((parents >= -1) & (parents < np.arange(len(born))[:, None])).all()), "parents who were not born yet")
    expect(bool(((parents[:, 0] < 0) == (parents[:, 1] < 0)).all()), "somebody with one parent")
    known = bool(((ids >= 0) & (ids < len(born))).all()) and len(np.unique(ids)) == len(ids)
    expect(known and bool((died[:, 1] >= np.maximum(born[ids, 2], 0)).all()), "deaths of who was not alive")


def _believe(run: "StoredRun", number: int, genomes: Any, memory: dict[str, Any], born: Any, died: Any) -> None:
    """Check that a state is one that an ecology can be in."""
    from evosim.ecology.habitat import Habitat
    from evosim.mind.nearby import BODY, WALL
    from evosim.world.actions import ACTIONS
    from evosim.world.grid import CrowdedWorldError

    def expect(right: bool, what: str) -> None:
        if not right:
            raise RunFileError(f"{run.path}: damaged: {what} in the state of interval {number}")

    try:
        fresh = Habitat(run.scenario, run.seed)
    except CrowdedWorldError as error:
        raise RunFileError(f"{run.path}: damaged: nobody can have lived in its world: {error}") from None
    alive, layout = len(genomes), fresh.layout
    low, high = layout.low.astype(np.float32), layout.high.astype(np.float32)

    def in_range(alleles: Any) -> bool:
        return bool(((low <= alleles) & (alleles <= high)).all())

    expect(genomes.shape == (alive, len(layout.loci)), "genomes of another length")
    expect(in_range(genomes), "alleles outside of their ranges")
    models = fresh.memory() | {"frozen": fresh.ecology.tally.felt}
    expect(set(memory) == set(models), "arrays are missing, or others there,")
    for name, model in models.items():
        shape, kind = (alive, *model.shape[1:]) if name in fresh.per_agent else model.shape, kind_of(model)
        sound = memory[name].shape == shape and memory[name].dtype == kind and np.isfinite(memory[name]).all()
        expect(bool(sound), f"{name} can't be what it says")
    tick, cells, what = (number + 1) * run.scenario.evolution.interval, memory["cell"], memory["what"]
    ids, kinds = memory["id"], len(fresh.ecology.tally.eaten)
    expect(bool(((cells >= 0) & (cells < what.size)).all()), "agents outside of the world")
    living = np.setdiff1d(np.arange(len(born)), died[:, 0])
    expect(np.array_equal(np.sort(ids), living), "others alive than were born and have not died,")
    expect(bool((memory["born"] == born[ids, 2]).all()), "births at other times")
    expect(bool((what[cells] == BODY + np.arange(alive)).all()), "agents who are not where they are")
    expect(int((what >= BODY).sum()) == alive, "bodies without agents")
    rest = what[what < BODY]
    expect(bool(((rest >= WALL) & (rest < kinds)).all()), "things of no kind")
    expect(bool(((fresh.ecology.map.what == WALL) == (what == WALL)).all()), "walls elsewhere")
    expect(bool((memory["born"] < tick).all() and (memory["due"] >= tick).all()), "agents out of their time")
    expect(bool((memory["due"] - memory["born"].astype(np.int64) <= fresh.oldest).all()), "agents who live too long")
    present = [i for i, name in enumerate(CONTROLLERS) if name in run.scenario.mind.controllers]
    expect(bool(np.isin(memory["controller"], present).all()), "minds of no kind")
    expect(bool(((memory["last"] >= 0) & (memory["last"] < ACTIONS)).all()), "actions of no kind")
    expect(bool(np.isin(memory["able"], (0, 1)).all()), "agents neither able to mate nor not")
    expect(bool(((memory["levels"] >= 0) & (memory["levels"] <= 1)).all()), "drives out of their range")
    most = max(rules.most for rules in fresh.rules.values()) * (1.0 + 1e-8)  # shares may add up to a little more than 1
    expect(bool(((memory["energy"] > 0) & (memory["energy"] <= most)).all()), "more or less energy than can be")
    children = np.bincount(born[:, :2][born[:, 0] >= 0].ravel(), minlength=len(born))
    expect(bool((memory["children"] == children[ids]).all()), "children who were not born")
    members, living_of = memory["cohort.members"], memory["cohort.living"]
    expect(
        bool(((living_of >= 0) & (living_of <= members) & (members <= len(born))).all()), "cohorts of who was not born"
    )
    expect(in_range(memory["bank"]) if "bank" in memory else True, "seeds outside of their ranges")


def _all(logs: Any) -> Any:
    return np.concatenate([np.zeros((0, 3), np.int64), *logs])


def _log(run: "StoredRun", table: str, number: int) -> Any:
    log = _array(run, table, number, "<i8", 2)
    if log is None or log.shape[1] != 3:
        raise RunFileError(f"{run.path}: damaged: the {table} of interval {number} are missing")
    return log


def _array(run: "StoredRun", table: str, number: int, kind: str, axes: int) -> Any:
    found = run.rows(f"select dtype, shape, data from {table} where generation = ?", (str, str, bytes), (number,))
    if len(found) != 1:
        return None
    array = _decoded(run, *found[0])
    if found[0][0] != kind or array.ndim != axes:
        raise RunFileError(f"{run.path}: damaged: {table} of interval {number} are no such array")
    return array


def _decoded(run: "StoredRun", dtype: str, text: str, data: bytes) -> Any:
    """Read a blob, if it is as long as its shape says."""
    try:
        shape = json.loads(text)
    except (ValueError, RecursionError):
        shape = None
    sound = isinstance(shape, list) and len(shape) <= 2 and all(type(n) is int and 0 <= n <= LONGEST for n in shape)
    if not sound or dtype not in ("<f4", "<f8", "<i4", "<i8") or len(data) != math.prod(shape) * int(dtype[2]):
        raise RunFileError(f"{run.path}: damaged: an array of {dtype!r:.20} {text!r:.60}")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype[1:])
