"""Scenes: agents of a stored generation, replayed in the worlds and with the random draws of their measurement.

A run file holds genomes; a life is a function of genome, world and random draws, all of which are known. So what is
shown is what was measured, step by step.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.objectives import mesa_objective, outcome_objective
from evosim.episode.grid_environment import Grid, Ground
from evosim.episode.rollout import OVER, Traces, live, new_traces
from evosim.mind.expression import express
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Acts, Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.random import Stream, key_of, subkey
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runs import RunFile
from evosim.studies.interventions import home_of
from evosim.studies.typical_agent import individuals_of
from viz.answers.reading import Frame
from viz.badges import Badge, badges_of


class Cast(NamedTuple):
    """A generation of P individuals whose genomes are stored."""

    generation: int
    home: str  # the environment of its selection, or most of it
    ids: Ids  # [P]
    genomes: np.ndarray  # [P, L]
    parents: Ids  # [P, 2]
    fitness: Reals  # [P]
    minds: Phenotypes
    individuals: Frame  # their rows in the table of that name; empty if they were not measured


class Scene(NamedTuple):
    """E worlds of one environment, in each of which one agent lives an episode of at most T ticks."""

    environment: str
    generation: int
    ground: Ground
    rows: Ids  # [E] who lives there, as a row of its cast
    minds: Phenotypes  # of E agents
    action: Acts  # [E, T]
    cell: Cells  # [E, T + 1]
    entered: Shorts  # [E, T]
    length: Ids  # [E] ticks lived
    wanted: Reals  # [E, K] the agent's own objective, as rewards for events
    counted: Reals  # [K] the base objective likewise
    features: list[str]  # names of what can be observed
    badges: list[Badge]  # of those that things of one type differ by, and no colour tells
    keys: list[np.uint64]  # [E] of the random draws of each life

    @property
    def longest(self) -> int:
        """Return the length of the longest episode in ticks."""
        return int(self.length.max()) if len(self.length) else 0


def read_cast(run: RunFile, generation: int) -> Cast:
    """Read a generation whose genomes are stored.

    Raises:
        RunFileError: they are not, or corrupt.
    """
    laboratory, population = run.laboratory, run.population(generation)
    assert population.fitness is not None
    return Cast(
        generation,
        home_of(laboratory, generation),
        population.ids,
        population.genomes,
        population.parents,
        population.fitness,
        express(run.scenario, laboratory.layout, population.genomes),
        dict(individuals_of(run, generation, population.ids)),
    )


def sample_rows(fitness: Reals, count: int, first: int | None = None, groups: np.ndarray | None = None) -> Ids:
    """Return rows `[count]` that represent a population: the fittest, then evenly down to the least fit.

    The row `first`, if given, precedes them. Of `groups` `[P]`, each has as large a share of the rows as of the
    population, to a row; the rows are in order of fitness all the same.
    """
    order = np.argsort(-fitness, kind="stable")
    if first is not None:
        others = order[order != first]
        return np.concatenate([[first], _represent(others, count - 1, groups)])
    return _represent(order, count, groups)


def _represent(order: Ids, count: int, groups: np.ndarray | None) -> Ids:
    """Return rows at even distances in their order; of `groups`, at even distances in each, as if in a row."""
    if groups is None or count >= len(order):
        return np.asarray(order[_evenly(len(order), count)])
    grouped = np.argsort(groups[order], kind="stable")
    return np.asarray(order[np.sort(grouped[(2 * np.arange(count) + 1) * len(order) // (2 * count)])])


def _evenly(there_are: int, count: int) -> Ids:
    """Return evenly spaced indices, or cycle where there are too few."""
    if count < there_are:
        return np.arange(count) * there_are // count
    return np.arange(count if there_are else 0) % max(there_are, 1)


def measurement_keys(laboratory: Laboratory, generation: int) -> tuple[np.uint64, np.uint64]:
    """Return the keys of the worlds and lives of a generation's measurement."""
    worlds, lives = Stream.MEASURED_WORLDS, Stream.MEASURED_LIVES
    return np.uint64(key_of(laboratory.seed, worlds, generation)), np.uint64(key_of(laboratory.seed, lives, generation))


def count_worlds(laboratory: Laboratory) -> int:
    """Return the number of worlds in which a generation is measured."""
    return int(laboratory.scenario.measure.episodes)


def replay_episodes(laboratory: Laboratory, cast: Cast, environment: str, rows: Ids) -> Scene | None:
    """Replay agent `rows[e]` of a cast in world e for all E worlds; None for worlds of a plugin."""
    place = laboratory.environments[environment]
    if not isinstance(place, Grid):
        return None
    worlds_key, lives_key = measurement_keys(laboratory, cast.generation)
    ground = take_worlds(place.draw(worlds_key, count_worlds(laboratory)), len(rows))
    who, seat = np.unique(rows, return_inverse=True)
    traces = new_traces(len(who), len(rows), ground.plan.steps)
    at = seat, np.arange(len(rows))
    live(*ground, select_minds(cast.minds, who), cast.ids[who], lives_key, traces=traces)
    action, cell, entered = traces.action[at], traces.cell[at], traces.entered[at]
    minds = select_minds(cast.minds, rows)
    own = mesa_objective(ground, select_minds(cast.minds, who))[at]
    counted = outcome_objective(ground.plan, laboratory.base)
    length = (action != OVER).sum(axis=1)
    return Scene(
        environment, cast.generation, ground, rows, minds, action, cell, entered, length, own, counted,
        laboratory.scenario.world.features, badges_of(laboratory.scenario),
        [subkey(lives_key, int(cast.ids[row]), e) for e, row in enumerate(rows)],
    )  # fmt: skip


def take_worlds(ground: Ground, count: int) -> Ground:
    """Return the first worlds of a sample, which don't depend on how many are drawn."""
    worlds, atlas = ([each[:count] for each in parts] for parts in (ground.worlds, ground.atlas))
    return Ground(ground.plan, type(ground.worlds)._make(worlds), type(ground.atlas)._make(atlas))


def replay_in_all_worlds(
    laboratory: Laboratory, cast: Cast, row: int, environment: str
) -> tuple[Ground, Traces] | None:
    """Replay one agent in all worlds of its generation's measurement; None for worlds of a plugin."""
    place = laboratory.environments[environment]
    if not isinstance(place, Grid):
        return None
    worlds_key, lives_key = measurement_keys(laboratory, cast.generation)
    ground = place.draw(worlds_key, count_worlds(laboratory))
    traces = new_traces(1, len(ground.worlds.start), ground.plan.steps)
    live(*ground, select_minds(cast.minds, slice(row, row + 1)), cast.ids[row : row + 1], lives_key, traces=traces)
    return ground, traces


class WorldState(NamedTuple):
    """What one world contains at one tick: N objects."""

    present: Flags  # [N]
    there: Flags  # [N] what the agent believes to be there
    carried: Ids  # [T] how many of each type it carries
    energy: float  # NaN where thoughts cost any, which nobody has noted


def world_state_at(scene: Scene, e: int, tick: int) -> WorldState:
    """Return the state of world e at a tick, by following the entries so far."""
    plan, cells = scene.ground.plan, scene.ground.worlds.cell[e]
    objects = len(plan.type_of)
    present, there = np.ones(objects, np.bool_), np.full(objects, plan.vision == 0)
    carried, back = np.zeros(plan.types, np.int64), np.zeros(objects, np.int64)
    supply = plan.supply
    energy = supply.initial if supply.per_thought == 0.0 else np.nan
    watchful = plan.vision > 0 or bool(plan.respawns.any())
    last = min(tick, int(scene.length[e]))
    for now in range(last + 1):
        if watchful:
            returned = (back > 0) & (now >= back)
            present |= returned
            back[returned] = 0
            seen = _within(plan.vision, int(scene.cell[e, now]), cells, plan.columns)
            there[seen] = present[seen]
        if now == last:
            break
        n = int(scene.entered[e, now])
        moved = scene.cell[e, now + 1] != scene.cell[e, now] or n >= 0
        energy -= supply.per_tick + (supply.per_move if moved else 0.0)
        if n >= 0:
            energy = min(energy + plan.energy[n], supply.most)
            carried -= plan.needs[n]
            if plan.taken[n]:
                present[n] = there[n] = False
                carried[plan.type_of[n]] += int(plan.carried[n])
                back[n] = now + 1 + plan.respawns[n] if plan.respawns[n] > 0 else 0
            else:
                there[n] = True
    return WorldState(present, there, carried, float(energy))


def _within(vision: int, cell: int, cells: Ids, columns: int) -> Flags:
    """Return a mask of the cells within range of vision."""
    if vision == 0:
        return np.ones(len(cells), np.bool_)
    down, across = np.abs(cells // columns - cell // columns), np.abs(cells % columns - cell % columns)
    return np.asarray(np.maximum(down, across) <= vision)
