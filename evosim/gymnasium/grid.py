"""One environment of a grid scenario, as an environment of gymnasium."""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.registration import EnvSpec

from evosim.gridworld.actions import ACTIONS
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import NOTHING
from evosim.gymnasium.spaces import observation_space
from evosim.interactive.acting import ActingMind
from evosim.interactive.agents import Agent, grid_named, measured_keys
from evosim.interactive.episode import Episode, Happened, one_world
from evosim.interactive.observation import Observation
from evosim.numerics.arrays import Reals
from evosim.numerics.random import subkey
from evosim.scenario import Scenario, load_scenario
from evosim.scenario.errors.diagnostic import suggest
from evosim.scenario.schema.names import object_names
from evosim.simulation.laboratory import Laboratory

OPTIONS = ("generation", "episode", "agent")
LARGEST = 2**63 - 1  # of an option: ids of agents go so far
OBJECTIVES = ("base", "intended")
Objective = str | Mapping[str, float] | Agent


class GridEnv(gymnasium.Env[Observation, np.int64]):
    """The worlds of one environment of a scenario, one life an episode.

    `reset(seed=7)` begins with the worlds in which generation 0 of a run with seed 7 is measured, and each reset goes
    on to the next; `options` of a reset name any other: `generation`, the number of the `episode`, and the id of the
    `agent` whose random numbers are drawn. `info["outcomes"]` are the outcomes so far, by name.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 8}  # noqa: RUF012 - as gymnasium declares it

    def __init__(
        self, scenario: Scenario, environment: str, *, objective: Objective, seed: int, render_mode: str | None
    ) -> None:
        self.scenario, self.environment, self.objective = scenario, environment, objective
        self.render_mode = render_mode
        self.kinds = object_names(scenario)
        self.episode: Episode | None = None
        self._begin(seed)
        self.weights, self.wanting = self._rewarded(objective)
        self.observation_space: gymnasium.Space[Observation] = observation_space(
            self.grid.plan, self._draw(self._at).observe()
        )
        self.action_space = gymnasium.spaces.Discrete(ACTIONS)
        self._thoughts = 0

    def _begin(self, seed: int) -> None:
        self.laboratory = Laboratory(self.scenario, seed)
        self.grid = grid_named(self.laboratory, self.environment)
        self._at = dict.fromkeys(OPTIONS, 0)

    def _rewarded(self, objective: Objective) -> tuple[Reals, ActingMind | None]:
        """Return weights on outcomes `[K]`, or the mind whose utility is rewarded."""
        names = self.laboratory.outcomes
        if isinstance(objective, Agent):
            return np.zeros(len(names)), ActingMind(objective.minds)
        if isinstance(objective, str):
            if objective not in OBJECTIVES:
                raise ValueError(f"no objective {objective!r}; {suggest(objective, OBJECTIVES)}, weights, or an agent")
            return self.laboratory.base if objective == "base" else self.laboratory.intended, None
        for name, weight in objective.items():
            if name not in names:
                raise ValueError(f"the objective weighs {name!r}; {suggest(name, names)}")
            if not np.isfinite(weight):
                raise ValueError(f"the objective weighs {name} with {weight}; a finite number is needed")
        return self.laboratory.weights(dict(objective)), None

    def _draw(self, at: dict[str, int]) -> Episode:
        """Return the episode that has these numbers.

        Raises:
            ValueError: there is none.
        """
        generation, number, agent = (at[name] for name in OPTIONS)
        worlds_key, key = measured_keys(self.laboratory.seed, generation)
        ground = self.grid.draw(worlds_key, max(self.scenario.measure.episodes, 1))
        return Episode(one_world(ground, number), subkey(key, agent, number))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin the next life, or the one that the options name.

        Raises:
            ValueError: there is no such option, or no such episode.
        """
        asked = {name: read_option(name, value) for name, value in (options or {}).items()}
        super().reset(seed=seed)
        if seed is not None:
            self._begin(seed)
        following = dict(self._at)
        if seed is None and self.episode is not None:
            following["episode"] += 1
            if following["episode"] == self.scenario.measure.episodes:
                following |= {"generation": following["generation"] + 1, "episode": 0}
        self.episode = self._draw(following | asked)
        self._at = following | asked
        self._thoughts = 0
        observation = self.episode.observe()
        if self.wanting is not None:
            self.wanting.attend(observation)
        return observation, self._info(self.episode, NOTHING)

    def charge(self, thoughts: int) -> None:
        """Have the next step cost so much thinking, as that of a mind does: `env.unwrapped.charge(agent.thoughts)`."""
        self._thoughts = thoughts

    def step(self, action: np.int64 | int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Live on for a tick; the reward is what the objective gained in it.

        Raises:
            ValueError: nothing was begun, the episode is over, or there is no such action.
        """
        episode = self.episode
        if episode is None:
            raise ValueError("no episode was begun; call reset() first")
        before = episode.outcomes
        happened = episode.step(int(action), self._thoughts)
        self._thoughts = 0
        reward = float((episode.outcomes - before) @ self.weights) if self.wanting is None else self._wanted(happened)
        info = self._info(episode, happened.entered)
        return happened.observation, reward, episode.terminated, episode.truncated, info

    def _wanted(self, happened: Happened) -> float:
        """Return what happened paid by the mind's own objective."""
        assert self.wanting is not None
        assert self.episode is not None
        paid = 0.0
        if happened.entered != NOTHING:
            paid += self.wanting.utility(happened.entered)
        if self.episode.over and self.episode.place != NOWHERE:
            paid += self.wanting.utility(len(self.grid.plan.type_of) + self.episode.place)
        if not self.episode.over:
            self.wanting.attend(happened.observation)
        return paid

    def _info(self, episode: Episode, entered: int) -> dict[str, Any]:
        named = dict(zip(self.laboratory.outcomes, episode.outcomes.tolist(), strict=True))
        kind = self.kinds[self.grid.plan.type_of[entered]] if entered != NOTHING else ""
        return {"outcomes": named, "entered": kind, **self._at}

    def render(self) -> str | None:
        """Return the world as text, if the render mode is `ansi`."""
        return str(self.episode) if self.render_mode == "ansi" and self.episode is not None else None


def read_option(name: str, value: Any) -> int:
    """Return the value of an option of a reset.

    Raises:
        ValueError: there is no such option, or it can't have that value.
    """
    if name not in OPTIONS:
        raise ValueError(f"no option {name!r}; {suggest(name, OPTIONS)}")
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value <= LARGEST:
        raise ValueError(f"option {name} is {value!r}; a whole number from 0 to {LARGEST} is needed")
    return int(value)


def make(
    scenario: str | Scenario,
    environment: str | None = None,
    *,
    objective: Objective = "base",
    seed: int = 1,
    render_mode: str | None = None,
) -> GridEnv:
    """Return one environment of a grid scenario, by default that in which its first generation is mostly selected.

    `scenario` is one, or its name or path. Rewarded is the `base` or the `intended` objective, weights on outcomes by
    name, or what an agent wants. `seed` is that of the first reset, if that has none.

    Raises:
        ScenarioError: there is no such scenario, or it is invalid.
        ValueError: there is no such environment, outcome or objective, or the environment is not a grid.
    """
    stated = load_scenario(scenario) if isinstance(scenario, str) else scenario
    if environment is None:
        shares = Laboratory(stated, seed).shares_in(0)
        environment = max(shares, key=lambda name: shares[name])
    made = GridEnv(stated, environment, objective=objective, seed=seed, render_mode=render_mode)
    said = {"scenario": stated, "environment": environment, "objective": objective, "seed": seed}
    name = f"evosim/{stated.name}-{environment}-v0"
    made.spec = EnvSpec(name, entry_point="evosim.gymnasium:make", kwargs=said)
    return made
