"""The references in C: evosim's own lives, plans and offspring, compiled by the system's compiler when first needed.

Sources stand in benchmarks/c. No sum is taken in another order and no multiplication is fused with an addition, so that
answers are the same to the last bit.
"""

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evosim.episode.outcomes import numbered_layout
from evosim.episode.rollout import Lives
from evosim.gridworld.sampling import Worlds
from evosim.gridworld.shortest_paths import Atlas
from evosim.gridworld.spec import Blueprint
from evosim.mind.phenotype import Phenotypes
from evosim.mind.program.code import Code
from evosim.numerics.arrays import Cells, Genes, Ids, Reals, Shorts


class Found(NamedTuple):
    """The best plans from all cells of W worlds, in two layers each, and in which of them they are."""

    value: Reals  # [W, 2, C]
    steps: Cells  # [W, 2, C]
    aim: Cells  # [W, 2, C]
    layer: Ids  # [W]


SOURCES = Path(__file__).parent / "c"
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")


def compiler() -> str | None:
    """Return the system's C compiler, or None."""
    return shutil.which(os.environ.get("CC", "cc"))


def compiler_version() -> str:
    """Return the first line of what the compiler says of itself, and the flags that it is given."""
    said = subprocess.run([str(compiler()), "--version"], capture_output=True, text=True, check=True).stdout
    return f"{said.splitlines()[0]}, {' '.join(FLAGS)}"


@cache
def library(name: str) -> ctypes.CDLL:
    """Compile `c/<name>.c` and load it.

    Raises:
        CalledProcessError: it doesn't compile.
    """
    folder = tempfile.mkdtemp(prefix="evosim-references-")
    try:
        built = Path(folder, f"{name}.so")
        subprocess.run([str(compiler()), *FLAGS, "-o", built, SOURCES / f"{name}.c", "-lm"], check=True)
        return ctypes.CDLL(str(built))
    finally:
        shutil.rmtree(folder)  # what is loaded stays


def as_c(value: Any) -> Any:
    """Return a value as C takes it: an array as a pointer, an integer as int64_t, a list as a pointer to a struct."""
    if isinstance(value, np.ndarray):
        assert value.flags.c_contiguous
        return ctypes.c_void_p(value.ctypes.data)
    if isinstance(value, list):
        members = [as_c(member) for member in value]
        kind = type("Struct", (ctypes.Structure,), {"_fields_": [(f"_{i}", type(m)) for i, m in enumerate(members)]})
        return ctypes.byref(kind(*members))
    if isinstance(value, np.uint64):
        return ctypes.c_uint64(int(value))
    return ctypes.c_double(value) if isinstance(value, float) else ctypes.c_int64(int(value))


def call(name: str, function: str, *arguments: Any) -> int:
    """Call a function of a library, which keeps no argument; return its number, if it has one."""
    found = getattr(library(name), function)
    found.restype = ctypes.c_int64
    return int(found(*map(as_c, arguments)))


def worlds_for_c(plan: Blueprint, worlds: Worlds, atlas: Atlas) -> list[Any]:
    """Return the members of `Worlds` in lives.c.

    Raises:
        ValueError: in such worlds lives are more than that program knows.
    """
    changes = plan.slip or plan.vision or plan.supply.initial or plan.places or plan.locked.any()
    if changes or not plan.ends.all() or plan.taken.any() or plan.fixed.shape[1] > 7:
        raise ValueError("the references live only where every object ends the life, and no move slips")
    return [
        *worlds.wall.shape, plan.columns, *worlds.features.shape[1:], plan.steps, plan.outcomes.shape[1], worlds.start,
        worlds.cell, atlas.floor, atlas.content, atlas.distance, atlas.first_action, atlas.visible, worlds.features,
        plan.outcomes, plan.type_of,
    ]  # fmt: skip


def offsets_for_c(plan: Blueprint) -> list[Any]:
    """Return the members of `Offsets` in lives.c."""
    at = numbered_layout(plan).offsets
    return [at.own, at.steps, at.moves, at.thinking, at.survived, at.entered, at.entered_first, at.size]


def new_lives(plan: Blueprint, population: int, episodes: int) -> Lives:
    """Return room for lives."""
    outcomes = np.zeros((population, episodes, numbered_layout(plan).offsets.size))
    return Lives(outcomes, np.zeros((population, episodes)))


def planner_lives(
    plan: Blueprint, worlds: Worlds, atlas: Atlas, minds: Phenotypes, ids: Ids, key: np.uint64
) -> Lives:  # fmt: skip
    """Live the lives of planners that always take the best step."""
    own, lives = minds.own["planner"], new_lives(plan, len(ids), len(worlds.start))
    planners = [len(ids), own.horizon.max(), minds.objective, minds.discount * minds.persistence, own.horizon]
    call(
        "lives", "live_planners", worlds_for_c(plan, worlds, atlas), planners, offsets_for_c(plan), ids, key,
        lives.outcomes, lives.mesa_return,
    )  # fmt: skip
    return lives


def heuristic_lives(
    plan: Blueprint, worlds: Worlds, atlas: Atlas, minds: Phenotypes, ids: Ids, key: np.uint64, *, tabulated: bool
) -> Lives:
    """Live the lives of linear heuristics; their senses are found at each step, or `tabulated` once per world."""
    own, lives = minds.own["heuristic"], new_lives(plan, len(ids), len(worlds.start))
    heuristics = [len(ids), own.weights.shape[1], own.weights, own.stay, own.noise]
    call(
        "lives", "live_heuristics", worlds_for_c(plan, worlds, atlas), heuristics, offsets_for_c(plan), ids, key,
        tabulated, lives.outcomes,
    )  # fmt: skip
    return lives


def value_iterations(
    contents: Shorts, cells: Cells, utility: Reals, columns: int, slip: float, discount: float, horizon: int
) -> Found:
    """Find the best plans of up to `horizon` steps in each of W worlds, `contents [W, C]`, by `utility [W, N]`."""
    found = new_found(*contents.shape)
    call(
        "planning", "value_iterations", len(contents), [contents.shape[1], columns, cells.shape[1], contents, cells],
        utility, slip, discount, horizon, found.value, found.steps, found.aim, found.layer,
    )  # fmt: skip
    return found


def new_found(worlds: int, cells: int) -> Found:
    """Return room for plans."""
    numbers = (worlds, 2, cells)
    steps, aim = np.zeros(numbers, np.int32), np.zeros(numbers, np.int32)
    return Found(np.zeros(numbers), steps, aim, np.zeros(worlds, np.int64))


def tree_searches(
    plan: Blueprint, contents: Shorts, cells: Cells, utility: Reals, starts: Cells, discount: float, horizon: int
) -> tuple[Reals, Ids, Ids]:
    """Find what the best walk of up to `horizon` moves earns in each world, the steps to its first goal, and which."""
    value, steps, aim = np.zeros(len(starts)), np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int64)
    call(
        "planning", "search_trees", len(starts), [contents.shape[1], plan.columns, cells.shape[1], contents, cells],
        utility, plan.ends, plan.taken, starts, horizon, discount, np.zeros((horizon + 1, contents.shape[1]), np.int16),
        np.zeros(contents.shape[1], np.int32), value, steps, aim,
    )  # fmt: skip
    return value, steps, aim


def thoughts_of_programs(code: Code, thoughts: int, registers: int, inputs: Reals, worlds: int) -> Reals:
    """Return register 0 `[P, rows + 2, (columns + 2) · W]` of P programs on framed inputs of W worlds side by side."""
    out = np.zeros((len(code.length), *inputs.shape[1:]))
    rows, columns = inputs.shape[1] - 2, inputs.shape[2] // worlds - 2
    call(
        "programs", "think_all", code.fields, code.constants, code.length, *code.constants.shape, thoughts, registers,
        inputs, len(inputs), rows, columns, worlds, out,
    )  # fmt: skip
    return out


def offspring(
    fitness: Any,
    genomes: Genes,
    keys: tuple[np.uint64, np.uint64, np.uint64],
    low: Reals,
    high: Reals,
    *,
    size: int,
    mating: float,
    rate: Reals,
    step: Reals,
) -> Genes:
    """Return a generation: the best individual, and offspring of the others' tournaments."""
    count, loci = genomes.shape
    rows, mated = np.empty(count - 1, np.int64), np.empty((count - 1) // 2, np.bool_)
    found = np.empty_like(genomes)
    found[0] = genomes[fitness.argmax()]
    selection, crossover, mutation = keys
    call("genetic", "tournament", fitness, count, selection, size, count - 1, rows)
    call("genetic", "crossover", genomes, rows, count - 1, loci, crossover, mating, found[1:], mated)
    call("genetic", "mutate", found[1:], count - 1, loci, mutation, low, high, rate, step)
    return found
