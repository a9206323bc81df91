"""Spaces of gymnasium for what an agent in a grid observes."""

from typing import cast

import numpy as np
from gymnasium import Space, spaces

from evosim.gridworld.spec import Blueprint
from evosim.interactive.observation import UNKNOWN, Observation


def observation_space(plan: Blueprint, observation: Observation) -> Space[Observation]:
    """Return the space of the observations in a blueprint's worlds; each has the keys and shapes of the one given."""
    last = np.array([plan.rows - 1, plan.columns - 1], np.int32)
    looks = plan.fixed[:, None] if plan.fixed.size else np.zeros((1, 1))
    least, most = min(0.0, float(looks.min())), max(1.0, float(looks.max()))
    carried = plan.steps + len(plan.type_of)
    bounds = {
        "wall": (0, 1),
        "position": (0, last),
        "object_position": (UNKNOWN, last),
        "object_features": (least, most),
        "object_there": (0, 1),
        "inventory": (0, carried),
        "energy": (0.0, max(plan.supply.most, plan.supply.initial)),
        "hunger": (0.0, 1.0),
        "tick": (0, plan.steps),
        "place": (UNKNOWN, max(len(plan.place_type) - 1, 0)),
        "place_features": (least, most),
    }

    def box(name: str) -> spaces.Box:
        array = observation[name]
        low, high = (np.broadcast_to(np.asarray(bound, array.dtype), array.shape) for bound in bounds[name])
        return spaces.Box(low, high, dtype=array.dtype.type)

    return cast("Space[Observation]", spaces.Dict({name: box(name) for name in observation}))
