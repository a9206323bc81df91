"""An ecology as a parallel environment of PettingZoo."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv  # type: ignore[import-untyped]

from evosim.gridworld.actions import ACTIONS
from evosim.interactive.shared_world import FIRST_FOOD, Order, SharedWorld
from evosim.numerics.arrays import Ids
from evosim.scenario import Scenario, load_scenario

Perceived = dict[str, np.ndarray]
PREFIX = "agent_"


class EcologyEnv(ParallelEnv):  # type: ignore[misc]
    """The world of an ecology, in which agents are born and die, as `agent_<id>`.

    An action is three numbers: a move as in `evosim.gridworld.actions`, whether the agent courts, and whether it would
    rather have a child than use contraception. Whoever is given no action acts as its own mind decides. The reward is
    the number of children born in the tick. `possible_agents` is not known beforehand, so there is none.
    """

    metadata = {"name": "evosim_ecology", "render_modes": [], "is_parallelizable": True}  # noqa: RUF012 - as declared

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        self.scenario, self.seed_of_world = scenario, seed
        self.render_mode = None
        self.agents: list[str] = []
        self.world = SharedWorld(scenario, seed)
        self._space = self._observation_space()
        self._actions = spaces.MultiDiscrete([ACTIONS, 2, 2])

    def _observation_space(self) -> spaces.Dict:
        world = self.world
        side, features = 2 * world.world.vision + 1, world.features()
        drives = world.ecology.agents.levels.shape[1]
        most = max(rules.most for rules in world.rules.values())
        looks = [rules.features for rules in world.rules.values()]
        least, largest = min(0.0, *(each.min() for each in looks)), max(1.0, *(each.max() for each in looks))
        boxes: dict[str, spaces.Space[Any]] = {
            "cells": spaces.Box(0, FIRST_FOOD + len(features) - 1, (side, side), np.int32),
            "features": spaces.Box(float(least), float(largest), features.shape, np.float64),
            "energy": spaces.Box(0.0, float(most), (1,), np.float64),
            "able": spaces.Box(0, 1, (1,), np.int8),
            "age": spaces.Box(0, max(world.oldest, 1), (1,), np.int32),
        }
        if drives:
            boxes["levels"] = spaces.Box(0.0, np.inf, (drives,), np.float64)
        return spaces.Dict(boxes)

    def observation_space(self, agent: str) -> spaces.Dict:
        """Return the space of what agents observe, the same for all."""
        return self._space

    def action_space(self, agent: str) -> spaces.MultiDiscrete:
        """Return the space of what agents do, the same for all."""
        return self._actions

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Perceived], dict[str, dict[str, Any]]]:
        """Begin with the founders of a run with a seed; without one, with those of the seed that was used last.

        Raises:
            CrowdedWorldError: founders and their first food don't fit.
        """
        self.seed_of_world = self.seed_of_world if seed is None else seed
        self.world = SharedWorld(self.scenario, self.seed_of_world)
        self.agents = [named(id) for id in self.world.ids.tolist()]
        return self._observed(), {agent: {} for agent in self.agents}

    def step(
        self, actions: Mapping[str, np.ndarray]
    ) -> tuple[dict[str, Perceived], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Live on for a tick.

        Raises:
            ValueError: an action is for nobody who lives, or doesn't exist.
        """
        orders = {id_of(agent): Order(int(a[0]), bool(a[1]), bool(a[2])) for agent, a in actions.items()}
        events = self.world.step(orders)
        before, over = self.agents, self.world.tick >= self.world.ticks
        alive = [named(id) for id in self.world.ids.tolist()]
        there = before if over else list(dict.fromkeys([*before, *alive]))  # not who was born and died in this tick
        observed = self._observed()
        rewards = dict.fromkeys(there, 0.0)
        for parent in events.parents[events.parents >= 0].tolist():
            rewards[named(parent)] = rewards.get(named(parent), 0.0) + 1.0
        living = set(alive)
        self.agents = [] if over else alive
        nothing = self._nothing()
        return (
            {agent: observed.get(agent, nothing) for agent in there},
            {agent: rewards[agent] for agent in there},
            {agent: agent not in living for agent in there},
            {agent: over and agent in living for agent in there},
            {agent: self._info(agent, events.born) for agent in there},
        )

    def _info(self, agent: str, born: Ids) -> dict[str, Any]:
        return {"born": id_of(agent) in born}

    def _nothing(self) -> Perceived:
        """Return what the dead observe."""
        return {
            name: np.zeros(box.shape, box.dtype) for name, box in self._space.spaces.items() if box.shape is not None
        }

    def _observed(self) -> dict[str, Perceived]:
        """Return what all who live observe."""
        world, agents = self.world, self.world.ecology.agents
        features = world.features()
        seen: dict[str, Perceived] = {}
        for row, id in enumerate(world.ids.tolist()):
            own: Perceived = {
                "cells": world.see(row),
                "features": features.copy(),
                "energy": np.array([max(float(agents.energy[row]), 0.0)]),
                "able": np.array([agents.able[row]], np.int8),
                "age": np.array([max(world.tick - int(agents.born[row]), 0)], np.int32),
            }
            if "levels" in self._space.spaces:
                own["levels"] = agents.levels[row].copy()
            seen[named(id)] = own
        return seen


def named(id: int) -> str:
    """Return the name of an agent by its id."""
    return f"{PREFIX}{id}"


def id_of(agent: str) -> int:
    """Return the id of an agent by its name.

    Raises:
        ValueError: it is not the name of one.
    """
    number = agent.removeprefix(PREFIX)
    if number == agent or not number.isdigit():
        raise ValueError(f"{agent!r} is not the name of an agent, such as {PREFIX}7")
    return int(number)


def make(scenario: str | Scenario, seed: int = 1) -> EcologyEnv:
    """Return the world of an ecology; `scenario` is one, or its name or path, `seed` that of the first reset.

    Raises:
        ScenarioError: there is no such scenario, or it is invalid.
        CrowdedWorldError: founders and their first food don't fit.
        ValueError: the scenario's world is not an ecology.
    """
    return EcologyEnv(load_scenario(scenario) if isinstance(scenario, str) else scenario, seed)
