"""Environments: distributions of worlds in which minds live, with one interface for all kinds of world.

Only this module chooses by the kind of a world.
"""

from typing import Protocol, assert_never

import numpy as np

from evosim.episode.grid_environment import Grid
from evosim.episode.plugin_environment import make_plugin_environment
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
        """Simulate one episode of individuals `ids [P]` in each of E worlds.

        The same `worlds_key` draws the same worlds, the same `key` all other random numbers.
        """

    def check(self, minds: Phenotypes, ids: Ids, episodes: int) -> None:
        """Check, before a run, that individuals `ids [P]` can live here; raise an error that says why not."""

    def check_plainly(self, minds: Phenotypes, ids: Ids, episodes: int) -> bool:
        """Check as `check` does, with individuals `ids [P]`, without a compiler; False if that would take too long."""


def environments(scenario: Scenario, seed: int) -> dict[str, Environment]:
    """Return the environments of a scenario, by name.

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
            return make_plugin_environment(scenario, name, world)
        case EcologyWorld():
            raise ValueError(f"environment {name} is an ecology, which has no episodes")
        case _:
            assert_never(world)
