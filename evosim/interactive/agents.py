"""Agents of a run: what they want, what they do, whole lives in one line, and one life step by step.

agent = run.typical()
agent.objective                                       # what it wants, by feature
agent.lives("deployment").base_return.mean()          # it lives in the worlds of its measurement
agent.change({"objective.red": 0}).lives("deployment")

episode = agent.episode("deployment", 3)              # one of these lives, by hand
while not episode.over:
    episode.step(agent.act(episode.observe()), agent.thoughts)
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from evosim.alignment.battery.interventions import edit_genome
from evosim.episode.grid_environment import Grid, Ground
from evosim.episode.rollout import OVER, Traces, live, new_traces
from evosim.interactive.acting import ActingMind
from evosim.interactive.episode import Episode, one_world
from evosim.interactive.observation import Observation
from evosim.mind.expression import express, have_objective
from evosim.numerics.arrays import Genes, Ids, Reals
from evosim.numerics.random import Stream, key_of, subkey
from evosim.scenario.errors.diagnostic import suggest
from evosim.scenario.notebook_page import page, rows
from evosim.scenario.schema.names import objective_names
from evosim.simulation.laboratory import Laboratory
from evosim.studies.interventions import home_of


class LivedEpisodes(NamedTuple):
    """The lives of one agent in E worlds of an environment."""

    environment: str
    ground: Ground  # the worlds
    outcomes: dict[str, Reals]  # [E] each, by name
    base_return: Reals  # [E] by the base objective
    mesa_return: Reals  # [E] by its own objective; 0 without one
    traces: Traces  # [1, E, T]

    def path(self, e: int) -> Ids:
        """Return where it stood before each step of life e, and after the last: rows and columns `[T + 1, 2]`."""
        cells = self.traces.cell[0, e]
        return np.stack(np.divmod(cells[cells != OVER].astype(np.int64), self.ground.plan.columns), axis=1)

    def actions(self, e: int) -> Ids:
        """Return what it chose at each step of life e `[T]`."""
        chosen = self.traces.action[0, e]
        return np.asarray(chosen[chosen != OVER], np.int64)


class Agent:
    """An individual of a run, or what one would be with other alleles."""

    def __init__(self, laboratory: Laboratory, id: int, generation: int, genome: Genes, words: str = "") -> None:
        self.laboratory, self.id, self.generation, self.genome, self.words = laboratory, id, generation, genome, words
        self.minds = express(laboratory.scenario, laboratory.layout, genome[None])
        self.mind = ActingMind(self.minds)

    @property
    def kind(self) -> str:
        """Its kind of mind, such as `planner`."""
        return str(self.minds.kinds[self.minds.controller[0]])

    @property
    def alleles(self) -> dict[str, float]:
        """Its genome by the names of loci."""
        return dict(zip(self.laboratory.layout.loci, self.genome.tolist(), strict=True))

    @property
    def objective(self) -> dict[str, float]:
        """Its mesa-objective: utility by feature, and by feature times each drive; empty without one."""
        if not have_objective(self.minds)[0]:
            return {}
        weights = self.minds.objective[0].tolist()
        return dict(zip(objective_names(self.laboratory.scenario), weights, strict=True))

    @property
    def home(self) -> str:
        """The environment in which its generation was selected; of a mixture one of them (`home_of`)."""
        return home_of(self.laboratory, self.generation)

    @property
    def thoughts(self) -> int:
        """The nominal cost of what it thought at its last decision."""
        return self.mind.thoughts

    def act(self, observation: Observation) -> int:
        """Return the action that it takes, 0 to 4 as in `evosim.gridworld.actions`.

        Raises:
            TypeError: the observation is not one of an episode's.
        """
        return self.mind.act(observation)

    def change(self, alleles: Mapping[str, float]) -> "Agent":
        """Return the agent with other alleles at some loci; those of its objective are named `objective.<feature>`.

        Raises:
            ValueError: there is no such locus, or it can't have that value.
        """
        genome = edit_genome(self.genome, self.laboratory.layout, alleles)
        changed = ", ".join(f"{locus} = {allele:g}" for locus, allele in alleles.items())
        return Agent(self.laboratory, self.id, self.generation, genome, f"changed: {changed}")

    def episode(self, environment: str | None = None, number: int = 0) -> Episode:
        """Return one life to be stepped through: that in world `number` of its measurement.

        Raises:
            ValueError: there is no such environment or world, or it is not a grid.
        """
        ground, key = self._draw(environment, None)
        return Episode(one_world(ground, number), subkey(key, self.id, number))

    def lives(self, environment: str | None = None, episodes: int | None = None) -> LivedEpisodes:
        """Return its lives in an environment, by default where it was selected, in the worlds of its measurement.

        Raises:
            ValueError: there is no such environment, it is not a grid, or `episodes` is less than 1.
        """
        ground, key = self._draw(environment, episodes)
        traces = new_traces(1, len(ground.worlds.start), ground.plan.steps)
        lived = live(*ground, self.minds, np.array([self.id], np.int64), key, traces=traces)
        names, outcomes = self.laboratory.outcomes, lived.outcomes[0]
        base = outcomes @ self.laboratory.base
        by_name = {name: outcomes[:, k].copy() for k, name in enumerate(names)}
        return LivedEpisodes(environment or self.home, ground, by_name, base, lived.mesa_return[0], traces)

    def _draw(self, environment: str | None, episodes: int | None) -> tuple[Ground, np.uint64]:
        """Return the worlds in which its generation is measured, and the key of lives there."""
        count = self.laboratory.scenario.measure.episodes if episodes is None else episodes
        if count < 1:
            raise ValueError(f"{count} episodes; at least 1 is needed")
        grid = grid_named(self.laboratory, environment or self.home)
        worlds_key, key = measured_keys(self.laboratory.seed, self.generation)
        return grid.draw(worlds_key, count), key

    def __repr__(self) -> str:
        """Return who it is and what it wants."""
        wants = ", ".join(f"{name} {weight:+.2f}" for name, weight in self.objective.items())
        about = f"; wants {wants}" if wants else ""
        return f"<Agent {self.id} of generation {self.generation}: {self.kind}{about}>"

    def _repr_html_(self) -> str:
        """Return who it is and what it wants, for a notebook."""
        said = {"kind of mind": self.kind, "generation": str(self.generation), "": self.words}
        wants = [(name, f"{weight:+.2f}") for name, weight in self.objective.items()]
        table = rows([("wants", "utility"), *wants]) if wants else "<p>It acts on no objective of its own.</p>"
        return page(f"Agent {self.id}", said, table)


def grid_named(laboratory: Laboratory, environment: str) -> Grid:
    """Return an environment of grids by its name.

    Raises:
        ValueError: there is no such environment, or it is not a grid.
    """
    names = list(laboratory.scenario.environments)
    if environment not in names:
        raise ValueError(f"there is no environment {environment!r}; {suggest(environment, names)}")
    found = laboratory.environments[environment]
    if not isinstance(found, Grid):
        raise ValueError(f"environment {environment} is not a grid, so a life in it can't be stepped through")
    return found


def measured_keys(seed: int, generation: int) -> tuple[np.uint64, np.uint64]:
    """Return the keys of the worlds and of the lives in which a generation is measured."""
    return key_of(seed, Stream.MEASURED_WORLDS, generation), key_of(seed, Stream.MEASURED_LIVES, generation)
