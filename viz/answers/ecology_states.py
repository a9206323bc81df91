"""The stored states of an ecology: what grows where, who lives where, what they want, and of which family they are."""

from typing import NamedTuple

import numpy as np

from evosim.ecology.rules import describe_shares, shares_at
from evosim.mind.expression import express, have_objective
from evosim.mind.kinds import wanting_kinds
from evosim.mind.nearby import WALL
from evosim.numerics.arrays import Cells, Genes, Ids
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.names import object_names, objective_names
from evosim.simulation.ecology.checkpoint import checkpoint_at
from evosim.simulation.runs import RunFile
from viz.answers.ecology_families import Families
from viz.answers.ecology_reading import Course, child_features
from viz.answers.wants import LEAST

WANTS, INDIFFERENT, DISLIKES, NOTHING_WANTED = range(4)  # groups of agents by one weight
LEAST_STATES, MOST_STATES = 3, 40
MOST_CELLS = 60_000  # with something in them, in all states together


class TickState(NamedTuple):
    """The world at one tick, with N agents."""

    tick: int
    environment: str
    food: list[Cells]  # cells of each kind
    cell: Cells  # [N]
    want: Ids  # [N] the group of each agent
    family: Ids  # [N] the number of its line among the largest, or how many these are


class States(NamedTuple):
    """The world at several ticks."""

    rows: int
    columns: int
    walls: Cells
    weight: str  # that agents are grouped by; empty where nobody has a mesa-objective
    states: list[TickState]


def read_states(run: RunFile, course: Course, families: Families) -> States | None:
    """Read stored states, evenly spaced if they are many; None if none is stored.

    The last one before the world's first change is among them.

    Raises:
        RunFileError: a state is corrupt.
    """
    chosen, world = _choose(run, course), run.scenario.world
    if not chosen or not isinstance(world, EcologyWorld):
        return None
    children = child_features(run.scenario)
    weight = (children or objective_names(run.scenario))[0] if wanting_kinds(run.scenario) else ""
    walls = np.flatnonzero(checkpoint_at(run, chosen[0]).memory["what"] == WALL).astype(np.int32)
    states = [_state(run, course, families, number, weight) for number in chosen]
    return States(*world.size, walls, weight, states)


def _choose(run: RunFile, course: Course) -> list[int]:
    """Choose as many states as there is room for, with the first, the last and that before the change."""
    stored = [n for n in run.kept_generations() if n < len(course.lived)]
    if not stored:
        return []
    worlds = [world for world in run.scenario.environments.values() if isinstance(world, EcologyWorld)]
    food = max(sum(kind.count for kind in world.objects.values()) for world in worlds)
    full = float(course.frame["population"].max()) + food
    most = int(np.clip(MOST_CELLS // (full + 1), LEAST_STATES, MOST_STATES))
    change = course.changes[0].start if course.changes else 0
    before = [n for n in stored if (n + 1) * course.interval <= change][-1:]
    even = [stored[n] for n in np.linspace(0, len(stored) - 1, min(most, len(stored))).astype(int)]
    return sorted({*even, *before})


def _state(run: RunFile, course: Course, families: Families, number: int, weight: str) -> TickState:
    state, tick = checkpoint_at(run, number), (number + 1) * course.interval
    what = state.memory["what"]
    food = [np.flatnonzero(what == kind).astype(np.int32) for kind in range(len(object_names(run.scenario)))]
    order = {founder: n for n, founder in enumerate(families.named)}
    lines = families.line[state.memory["id"]].tolist()
    family = np.array([order.get(line, len(order)) for line in lines], np.int64)
    environment = describe_shares(shares_at(run.scenario.evolution.schedule, tick - 1))
    return TickState(tick, environment, food, state.memory["cell"], _groups(run, state.genomes, weight), family)


def _groups(run: RunFile, genomes: Genes, weight: str) -> Ids:
    """Return the group `[N]` of each agent by one weight of its mesa-objective."""
    if not weight or not len(genomes):
        return np.full(len(genomes), NOTHING_WANTED, np.int64)
    minds = express(run.scenario, run.laboratory.layout, genomes)
    values = minds.objective[:, objective_names(run.scenario).index(weight)]
    group = np.where(values >= LEAST, WANTS, np.where(values <= -LEAST, DISLIKES, INDIFFERENT))
    return np.where(have_objective(minds), group, NOTHING_WANTED).astype(np.int64)
