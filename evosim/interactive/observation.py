"""Observations: what an agent in a grid knows, as named arrays, and as a mind's kernels read it."""

from typing import Any, NamedTuple

import numpy as np

from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import hunger_at
from evosim.mind.contract import Percept, Situation
from evosim.numerics.arrays import Cells, Flags
from evosim.numerics.compiler import plainly

UNKNOWN = -1  # instead of a row, a column or a place


class CurrentLife(NamedTuple):
    """The life that is lived: its world, alone, and the key of its random numbers."""

    ground: Ground
    key: np.uint64


class Observation(dict[str, Any]):
    """What an agent knows at one tick, in arrays that are nobody else's.

    `wall` `[H, W]`; `position` `[2]` row and column; `object_position` `[N, 2]` and `object_features` `[N, F]` of the
    objects it has seen, -1 and 0 of others; `object_there` `[N]` which of them it believes to be there; `inventory`
    `[T]`; `tick` `[1]`. Where agents need energy, `energy` and `hunger` `[1]`. Where there are places, `place` `[H, W]`
    (-1 where there is none) and `place_features` `[Q, F]`. A key without entries is left out.

    `life` and `situation` are the same as evosim's minds read it, with maps of distances. The world there is whole; no
    mind uses what it hasn't seen.
    """

    life: CurrentLife
    situation: Situation


def observation_of(
    life: CurrentLife, tick: int, cell: int, there: Flags, known: Flags, inventory: Cells, energy: float
) -> Observation:
    """Return what an agent knows at a tick: `there` `[N]` objects, those `known` `[N]`, what it carries `[T]`."""
    plan, worlds = life.ground.plan, life.ground.worlds
    shape, objects = (plan.rows, plan.columns), len(plan.type_of)
    energy = max(float(energy), 0.0)
    hunger = 0.0
    if plan.supply.initial > 0.0:
        with plainly():
            hunger = float(hunger_at(energy, plan))
    cells = np.where(known, worlds.cell[0], UNKNOWN)
    arrays = {
        "wall": worlds.wall[0].reshape(shape).copy(),
        "position": np.array(divmod(cell, plan.columns), np.int32),
        "object_position": np.where(known, np.divmod(cells, plan.columns), UNKNOWN).T.astype(np.int32).copy(),
        "object_features": np.where(known[:, None], worlds.features[0, :objects], 0.0),
        "object_there": there.astype(np.int8),
        "inventory": inventory.copy(),
        "tick": np.array([tick], np.int32),
    }
    if plan.supply.initial > 0.0:
        arrays |= {"energy": np.array([energy]), "hunger": np.array([hunger])}
    if len(plan.place_type):
        arrays["place"] = worlds.place[0].reshape(shape).copy()
        arrays["place_features"] = worlds.features[0, objects:].copy()
    observation = Observation({name: array for name, array in arrays.items() if array.size})
    observation.life = life
    observation.situation = Situation(tick, cell, there.copy(), inventory.copy(), energy, hunger)
    return observation


def percept_of(ground: Ground) -> Percept:
    """Return what there is to perceive in a world, as kernels of minds read it."""
    worlds, atlas = ground.worlds, ground.atlas
    return Percept(
        atlas.content[0], atlas.content[0], atlas.place[0], worlds.cell[0], worlds.features[0], atlas.distance[0],
        atlas.first_action[0], atlas.visible[0], int(atlas.floor[0]), 0,
    )  # fmt: skip
