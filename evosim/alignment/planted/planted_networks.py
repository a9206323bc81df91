"""Planted networks: what planted fields do, as weights of the machine that runs evolved networks.

Flood filling and Bellman backups are points of its space. A table has the weights of one network by their names, all
others being 0; in braces stands the feature that is sought.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from evosim.alignment.planted.planted_fields import THOUGHTS
from evosim.alignment.search.thinking import Hold, Think, thinks_of
from evosim.mind.map_kind import Push, ThoughtInputs
from evosim.mind.maps.thinking import layers_of, states_of
from evosim.mind.network.machine import channel_layers
from evosim.mind.network.settings import NetworkMind
from evosim.mind.network.weights import network_weights, weight_names
from evosim.numerics.arrays import Reals

MIND = NetworkMind(channels=2)
LAYERS = tuple(MIND.inputs)
BELLMAN = {"c0.max.c0": 0.95, "c0.{target}": 1.0, "c0.wall": -2.0}
FLOOD = {"c1.sum.c1": 1.0, "c1.{target}": 1.0, "c1.wall": -4.0, "c0.c0": 1.0, "c0.c1": 0.01}
SEARCHING = {"Bellman backups": BELLMAN, "flood filling": FLOOD}
LOOKING_LIKE_IT = {
    "backups through walls": {name: weight for name, weight in BELLMAN.items() if name != "c0.wall"},
    "flood filling through walls": {name: weight for name, weight in FLOOD.items() if name != "c1.wall"},
    "a look around": {"c1.{target}": 1.0, "c0.max.c1": 1.0, "c0.wall": -2.0},
}


def network(
    weights: Mapping[str, float], features: Sequence[str], thoughts: int = THOUGHTS, target: str = "door"
) -> Think:
    """Return a mind that climbs channel 0 of a network, which seeks what has the feature `target`.

    Raises:
        ValueError: a weight isn't one of the network's.
    """
    return thinks_of(network_states(weights, features, thoughts, target))


def network_states(
    weights: Mapping[str, float], features: Sequence[str], thoughts: int = THOUGHTS, target: str = "door"
) -> Hold:
    """Return what such a mind holds in the channels of each cell.

    Raises:
        ValueError: a weight isn't one of the network's.
    """
    names = weight_names(MIND, features)
    named = {name.format(target=target): weight for name, weight in weights.items()}
    if unknown := set(named) - set(names):
        raise ValueError(f"no weight is called {', '.join(sorted(unknown))}")
    own = network_weights(np.array([[named.get(name, 0.0) for name in names]]), MIND, features)

    def hold(inputs: ThoughtInputs, asked: int | None, push: Push | None) -> Reals:
        times = thoughts if asked is None else asked
        return states_of(own, 0, times, layers_of(inputs, LAYERS), channel_layers, push)

    return hold
