"""Networks: every cell of the agent's own map runs the same tiny recurrent network, and the agent climbs channel 0."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from evosim.mind.kind import Genotypes, Look
from evosim.mind.maps.climbing_kind import ClimbingKind, steps_a_second
from evosim.mind.maps.inputs import input_names
from evosim.mind.network.settings import NetworkMind
from evosim.mind.network.weights import (
    TAKEN,
    NetworkWeights,
    count_effective,
    effective_weights,
    list_rule,
    network_weights,
    weight_names,
)
from evosim.mind.phenotype import Phenotypes
from evosim.mind.segments import Segment, evolving, perception_segments
from evosim.numerics.arrays import Cells, Reals
from evosim.scenario.schema.scenario import Scenario

PRODUCTS = 3e9  # weights times numbers a second and thread, worlds side by side (benchmarks/thoughts.py)


class OwnNetworks(NamedTuple):
    """What P individuals think with: the weights that have an effect, 0 for all others."""

    own: Reals  # [P, C, C]
    total: Reals  # [P, C, C]
    most: Reals  # [P, C, C]
    shown: Reals  # [P, C, I]
    bias: Reals  # [P, C]
    thoughts: Cells  # [P]
    inputs: tuple[str, ...]  # `features` stands for all of them
    features: tuple[str, ...]

    @property
    def weights(self) -> NetworkWeights:
        """The weights, as they are listed."""
        return NetworkWeights(self.own, self.total, self.most, self.shown, self.bias)


class Network(ClimbingKind):
    """The kind of mind whose weights evolution may make into a search, or into anything else that they can compute."""

    name = "network"
    climbs = "c0"
    alike = False
    look = Look(
        "network", "networks", "#8855aa", "pentagon",
        "Runs a tiny network in each cell of its map, over and over, and climbs what comes of it.",
    )  # fmt: skip

    def segments(self, scenario: Scenario) -> list[Segment]:
        """Return perception, the weights, and how often the network is run if that evolves."""
        mind = scenario.mind.of(NetworkMind)
        names = weight_names(mind, scenario.world.features)
        if isinstance(mind.initial, dict):
            initial = tuple(mind.initial.get(name, 0.0) for name in names)
        else:
            initial = (mind.initial,) * len(names)
        loci = tuple(f"network.{name}" for name in names)
        weights = Segment("network", loci, *mind.range, initial, mind.spread, mind.mutation)
        return [*perception_segments(scenario), weights, *evolving("network.thoughts", mind.thoughts)]

    def express(self, scenario: Scenario, genotypes: Genotypes) -> OwnNetworks:
        """Return the weights that have an effect, of all individuals."""
        mind, features = scenario.mind.of(NetworkMind), tuple(scenario.world.features)
        weights = effective_weights(network_weights(genotypes.loci("network"), mind, features))
        thoughts = np.rint(genotypes.value("network.thoughts", mind.thoughts)).astype(np.int32)
        return OwnNetworks(*weights, thoughts, tuple(mind.inputs), features)

    def thinks(self, own: OwnNetworks) -> Any:
        """Return the networks of all individuals, as the machine runs them."""
        from evosim.mind.network import machine  # noqa: F401 - its kernels

        return own.weights

    def state_layers(self, board: Any, climbed: int) -> Sequence[int]:
        """Return where the channels are."""
        from evosim.mind.network.machine import channel_layers

        return channel_layers(board, climbed)

    def parts(self, own: OwnNetworks) -> Cells:
        """Return how many weights of each have an effect `[P]`."""
        return count_effective(own.weights).astype(np.int32)

    def rate(self, scenario: Scenario) -> float:
        """Estimate how many steps of agents a thread does in a second."""
        mind = scenario.mind.of(NetworkMind)
        products = 3 * mind.channels**2
        return steps_a_second(scenario, mind.thoughts, mind.inputs, products / PRODUCTS)

    def traits(self, phenotypes: Phenotypes) -> Mapping[str, Reals]:
        """Return the number of thoughts `[P]`, and of weights `[P]` that have an effect."""
        own: OwnNetworks = phenotypes.own[self.name]
        return {"thoughts": own.thoughts.astype(float), "weights": count_effective(own.weights).astype(float)}

    def describe(self, phenotypes: Phenotypes, row: int) -> list[str]:
        """Return the rule by which a cell of one individual computes its channels, a line for each."""
        own: OwnNetworks = phenotypes.own[self.name]
        return list_rule(own.weights, row, input_names(own.inputs, own.features, TAKEN))


KIND = Network
