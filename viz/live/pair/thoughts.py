"""Thoughts: the maps of a mind that thinks in one, and the objective that is read off them."""

import numpy as np

from evosim.alignment.search.read_out import ReadObjective, read_objective
from evosim.alignment.search.shares import map_kinds
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import BARRIER
from evosim.mind.map_kind import MapKind, ThoughtInputs
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Reals
from viz.live.scenes.landscape import perceived_features
from viz.live.scenes.scene import Scene, WorldState


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
