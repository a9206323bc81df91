"""Environments: where minds live; whatever kind of world it is, they come out of it with the same outcomes.

Here, and nowhere else, the kind of a world becomes what is done.
"""

from typing import Protocol, assert_never

import numpy as np

from evosim.episode.grid_environment import Grid
from evosim.episode.plugin_environment import invite
from evosim.episode.rollout import Lives
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Ids
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.worlds import GridWorld, PluginWorld

__all__ = ["Environment", "environments"]


class Environment(Protocol):
    """One environment of a scenario. What happens is a function of the arguments, the scenario and its seed."""

    def live(self, minds: Phenotypes, ids: Ids, worlds_key: np.uint64, key: np.uint64, episodes: int) -> Lives:
        """Let minds live one episode in each of as many worlds.

        The same `worlds_key` draws the same worlds, the same `key` the same of all other chance.
        """

    def check(self, minds: Phenotypes, ids: Ids, episodes: int) -> None:
        """Find out before a run whether minds can live here; raise an error that tells why not."""

    def check_plainly(self, minds: Phenotypes, ids: Ids, episodes: int) -> bool:
        """Find out as `check` does, without evosim's compiled kernels; False: that would take too long."""


def environments(scenario: Scenario, seed: int) -> dict[str, Environment]:
    """Make the environments of a scenario, by name.

    Raises:
        PluginError: one is of another package that is not installed, or fails.
    """
    return {name: _environment(scenario, name, seed) for name in scenario.environments}


def _environment(scenario: Scenario, name: str, seed: int) -> Environment:
    world = scenario.environments[name]
    match world:
        case GridWorld():
            return Grid(scenario, name, seed)
        case PluginWorld():
            return invite(scenario, name, world)
        case EcologyWorld():
            raise ValueError(f"environment {name} is an ecology: nobody lives episodes there")
        case _:
            assert_never(world)
