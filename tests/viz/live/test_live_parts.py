"""The parts of a mind beside its thoughts: what it adds up, and which of that is its objective."""

import numpy as np

from evosim.mind.network.kind import OwnNetworks
from evosim.mind.network.settings import NetworkMind
from evosim.mind.network.weights import network_weights, weight_names
from evosim.mind.phenotype import minds_of_one_kind
from evosim.numerics.compiler import plainly
from viz.live.pair.parts import list_code

FEATURES = ("red", "door")


def test_weights_of_a_network_are_listed_with_its_objective_marked():
    mind = NetworkMind(channels=1, inputs=["thing", "wall", "features"])
    weights = {"c0.max.c0": 0.9, "c0.door": 1.0, "c0.wall": -2.0}
    alleles = np.array([[weights.get(name, 0.0) for name in weight_names(mind, FEATURES)]])
    own = OwnNetworks(*network_weights(alleles, mind, FEATURES), np.array([9], np.int32), tuple(mind.inputs), FEATURES)
    with plainly():
        listed = list_code(minds_of_one_kind("network", own), len(FEATURES))
    assert [(line.words, set(line.marked)) for line in listed] == [
        (("c0", "+", "0.9", "max.c0"), set()),
        (("c0", "−", "2", "wall"), set()),
        (("c0", "+", "1", "door"), {3}),
    ]
