"""Thoughts: the maps of a mind that thinks in one, and the operands of a program that are its objective."""

import re
from typing import NamedTuple

import numpy as np

from evosim.alignment.search.read_out import ReadObjective, read_objective
from evosim.alignment.search.shares import map_kinds
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import BARRIER
from evosim.mind.map_kind import MapKind, ThoughtInputs
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.mind.program.code import OPERANDS, A, listing, operand_names
from evosim.mind.program.inputs import FEATURES, input_names
from evosim.mind.program.kind import OwnCode, Program
from evosim.mind.program.operations import OPERATIONS
from evosim.mind.program.thinking import layers_of, maps_of
from evosim.numerics.arrays import Reals
from viz.live.scenes.landscape import perceived_features
from viz.live.scenes.scene import Scene, WorldState

MATTERS = 0.2  # by which the weights of an objective change, all together, without an operand that is part of it


class CodeLine(NamedTuple):
    """An instruction as words, those that are the objective, and what it means."""

    words: tuple[str, ...]
    marked: frozenset[int]  # indices of words
    meaning: str


def map_kind_of(minds: Phenotypes) -> MapKind | None:
    """Return the kind of one mind, if it thinks in a map."""
    found = map_kinds(minds)
    return found[0] if found else None


def own_thoughts(minds: Phenotypes) -> int:
    """Return how often one mind thinks a map over; 0 for one that doesn't think in maps."""
    kind = map_kind_of(minds)
    return 0 if kind is None else int(kind.thoughts(minds)[0])


def with_thoughts(minds: Phenotypes, thoughts: int) -> Phenotypes:
    """Return minds of which those that think in maps do so as often as is said."""
    for kind in map_kinds(minds):
        minds = kind.with_budget(minds, np.full(len(minds.controller), thoughts, np.int32))
    return minds


def thought_map(scene: Scene, e: int, moment: WorldState, cell: int, thoughts: int) -> Reals:
    """Return the map `[C]` of the mind of world e in a given state, from a cell, after so many thoughts."""
    mind = select_minds(scene.minds, slice(e, e + 1))
    kind = map_kind_of(mind)
    assert kind is not None
    maps = kind.think(mind, np.zeros(1, np.int64), _inputs(scene, e, moment, cell), thoughts)
    return np.asarray(maps[0, 0].ravel())


def _inputs(scene: Scene, e: int, moment: WorldState, cell: int) -> ThoughtInputs:
    """Return what the mind of world e sees; an object hides the place in its cell."""
    plan, worlds = scene.ground.plan, scene.ground.worlds
    seen, objects = perceived_features(scene, e), len(plan.type_of)
    walls = scene.ground.atlas.content[e] == BARRIER
    features, things = np.zeros((seen.shape[1], len(walls))), np.zeros(len(walls), np.bool_)
    if len(worlds.place[e]):
        there = (worlds.place[e] != NOWHERE) & ~walls
        features[:, there] = seen[objects + worlds.place[e][there]].T
    for n in np.flatnonzero(moment.there):
        features[:, worlds.cell[e, n]], things[worlds.cell[e, n]] = seen[n], True
    shape = plan.rows, plan.columns
    return ThoughtInputs(
        walls.reshape(1, *shape), features.reshape(1, -1, *shape), things.reshape(1, *shape), np.array([cell], np.int32)
    )


def read_mind(minds: Phenotypes, features: int) -> ReadObjective | None:
    """Return the objective of one mind, read off its map; None for one that doesn't think in maps."""
    kind = map_kind_of(minds)
    if kind is None:
        return None
    return read_objective(lambda inputs, thoughts: kind.think(minds, np.zeros(1, np.int64), inputs, thoughts), features)


def list_code(minds: Phenotypes, features: int) -> list[CodeLine]:
    """Return the instructions of one program that have an effect, with its objective marked; else nothing."""
    if not minds.is_of(Program.name).any():
        return []
    own: OwnCode = minds.own[Program.name]
    marked = objective_operands(own, features)
    lines = listing(own.code, 0, operand_names(own.registers, input_names(own.inputs, own.features)))
    return [
        CodeLine(
            tuple(words := line.split()),
            frozenset(3 + operand for i, operand in marked if i == number),
            _meaning(words, int(own.fields[0, number, 0])),
        )
        for number, line in enumerate(lines)
    ]


def objective_operands(own: OwnCode, features: int) -> set[tuple[int, int]]:
    """Return the operands, each an instruction and 0 or 1, without which a program would want something else.

    An operand that reads a feature reads zeros instead, and the objective is read off the map again.
    """
    names = input_names(own.inputs, own.features)
    before = {FEATURES: own.registers}
    at = own.registers
    for name in own.inputs:
        before[name], at = at, at + (features if name == FEATURES else 1)
    nothing = own.registers + len(names)
    weights, found = _weights(own, nothing, features), set()
    for i in range(int(own.length[0])):
        for operand in range(int(OPERANDS[own.fields[0, i, 0]])):
            source = int(own.fields[0, i, A + operand])
            if FEATURES not in own.inputs or not 0 <= source - before[FEATURES] < features:
                continue
            fields = own.fields.copy()
            fields[0, i, A + operand] = nothing
            without = _weights(own._replace(fields=fields), nothing, features)
            if np.abs(without - weights).sum() > MATTERS:
                found.add((i, operand))
    return found


def _weights(own: OwnCode, nothing: int, features: int) -> Reals:
    """Return the weights `[F + F²]` of a program's objective; its operand `nothing` reads zeros."""

    def think(inputs: ThoughtInputs, thoughts: int | None) -> Reals:
        layers = layers_of(inputs, own.inputs)
        layers = np.concatenate([layers, np.zeros_like(layers[:, :1])], axis=1)
        return maps_of(own.code, np.zeros(1, np.int64), own.thoughts, own.registers, layers)

    read = read_objective(think, features)
    return np.concatenate([read.weights.ravel(), read.products.ravel()])


def _meaning(words: list[str], op: int) -> str:
    """Return what an instruction writes, with the names of its operands in place of a, b and c."""
    named = dict(zip("ab" if OPERATIONS[op].operands else "c", words[3:], strict=False))
    if OPERATIONS[op].takes_constant:
        named["c"] = words[-1]
    return re.sub(r"\b[abc]\b", lambda found: named.get(found[0], found[0]), OPERATIONS[op].meaning)
