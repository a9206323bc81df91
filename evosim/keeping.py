"""Keeping an ecology: what a run file holds of it so that it can go on, checked before it is believed.

Kernels trust what they are given, so a state from a stranger is looked at as a whole: whoever stands in a cell is
somebody, and in that cell; numbers are finite and in their ranges; ids and parents are of those who lived.
"""

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from evosim.format import RunFileError
from evosim.scenario.minds import CONTROLLERS

if TYPE_CHECKING:  # statistics can be read without a compiler
    from evosim.ecology.history import Interval, Kept
    from evosim.reading import StoredRun

LONGEST = 2**31 - 1  # elements of an array


def encoded(array: np.ndarray) -> tuple[str, str, bytes]:
    """Write an array as dtype, shape and blob: whole numbers as such, all others as real ones."""
    kind = {"f4": "<f4", "f8": "<f8", "i8": "<i8"}.get(array.dtype.str[1:], "<i4")
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
    return _log(run, "lineage", number)


def deaths(run: "StoredRun", number: int) -> Any:
    """Read who died in an interval `[D, 3]`: id, tick, cause."""
    return _log(run, "deaths", number)


def kept(run: "StoredRun", number: int) -> "Kept":
    """Read a state that was kept, with all that led to it.

    Raises:
        RunFileError: it was not kept, or is damaged.
    """
    from evosim.ecology.history import Kept

    genomes = _array(run, "genomes", number, "<f4", 2)
    if genomes is None:
        raise RunFileError(f"{run.path}: the state at the end of interval {number} is not stored")
    stored = run.rows(
        "select name, dtype, shape, data from memory where generation = ?", (str, str, str, bytes), (number,)
    )
    memory = {name: _decoded(run, dtype, shape, data) for name, dtype, shape, data in stored}
    ever = [births(run, before)[:, :2] for before in range(number + 1)]
    parents = np.concatenate(ever) if ever else np.zeros((0, 2), np.int64)
    digests = run.digests()
    _believe(run, number, genomes, memory, parents)
    return Kept(number, genomes, memory, parents, digests[number])


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


def _believe(run: "StoredRun", number: int, genomes: Any, memory: dict[str, Any], parents: Any) -> None:
    """Check that a state is one that an ecology can be in."""
    from evosim.ecology.habitat import Habitat
    from evosim.mind.nearby import BODY, EMPTY, WALL

    def expect(right: bool, what: str) -> None:
        if not right:
            raise RunFileError(f"{run.path}: damaged: {what} in the state of interval {number}")

    fresh = Habitat(run.scenario, run.seed)
    alive, layout = len(genomes), fresh.layout
    expect(genomes.shape == (alive, len(layout.loci)), "genomes of another length")
    low, high = layout.low.astype(np.float32), layout.high.astype(np.float32)
    expect(bool(((low <= genomes) & (genomes <= high)).all()), "alleles outside of their ranges")
    shapes = {
        name: (alive, *array.shape[1:]) if name in fresh.per_agent else array.shape
        for name, array in fresh.memory().items()
    } | {"frozen": fresh.ecology.tally.felt.shape}
    expect(set(memory) == set(shapes), "arrays are missing, or others there")
    for name, shape in shapes.items():
        expect(memory[name].shape == shape and bool(np.isfinite(memory[name]).all()), f"{name} can't be what it says")
    tick, cells, what = (number + 1) * run.scenario.evolution.interval, memory["cell"], memory["what"]
    ids, kinds = memory["id"], len(fresh.ecology.tally.eaten)
    expect(bool(((cells >= 0) & (cells < what.size)).all()), "agents outside of the world")
    expect(
        bool(((ids >= 0) & (ids < len(parents))).all()) and len(np.unique(ids)) == alive, "agents who were never born"
    )
    expect(bool((what[cells] == BODY + np.arange(alive)).all()), "agents who are not where they are")
    expect(int((what >= BODY).sum()) == alive, "bodies without agents")
    rest = what[what < BODY]
    expect(bool(((rest >= min(EMPTY, WALL)) & (rest < kinds)).all()), "things of no kind")
    expect(bool(((fresh.ecology.map.what == WALL) == (what == WALL)).all()), "walls elsewhere")
    born_before = np.arange(len(parents))[:, None]
    expect(bool(((parents >= -1) & (parents < born_before)).all()), "parents who were not born yet")
    expect(bool((memory["born"] < tick).all() and (memory["due"] >= tick).all()), "agents out of their time")
    present = [i for i, name in enumerate(CONTROLLERS) if name in run.scenario.mind.controllers]
    expect(bool(np.isin(memory["controller"], present).all()), "minds of no kind")
    expect(bool(((memory["levels"] >= 0) & (memory["levels"] <= 1)).all()), "drives out of their range")


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
