"""Subjects: agents as an experimenter sees them from outside, with interventions that can be applied to them.

A detector may know of a subject what `live` returns, and the worlds. Interventions leave an agent without the part in
question unchanged, which is what the battery measures.
"""

from typing import NamedTuple, Protocol

import numpy as np

from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import Lives, Traces, live, new_traces
from evosim.gridworld.shortest_paths import Atlas, draw_atlas
from evosim.mind.expression import with_budget
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.mind.planner.kind import as_planners
from evosim.numerics.arrays import Bytes, Cells, Ids, Reals
from evosim.numerics.compiler import kernel
from evosim.numerics.random import fold, uniform


class Subject(Protocol):
    """An agent to be tested."""

    @property
    def id(self) -> int:
        """The id that seeds its random streams."""

    def live(self, ground: Ground, key: np.uint64) -> Traces:
        """Simulate one episode in each world, traces `[1, E, T]`; the same key draws the same random numbers."""

    def with_objective(self, weights: Reals) -> "Subject":
        """Return it with another mesa-objective, `[F · (1 + D)]`."""

    def with_budget(self, horizon: int) -> "Subject":
        """Return it with another horizon, in steps."""

    def with_model_noise(self, share: float, key: np.uint64) -> "Subject":
        """Return it with a lesioned model: a share of the map's inner cells is wall for floor, or floor for wall."""

    def described(self) -> "PhenotypeSubject | None":
        """Return the planner that its numbers describe, whoever decides; None if they describe none."""


class Lesion(NamedTuple):
    """What is wrong with the map that an agent plans on."""

    share: float
    key: np.uint64


class PhenotypeSubject(NamedTuple):
    """A subject that is what its phenotype says: evolved, or planted."""

    minds: Phenotypes  # of one row
    id: int
    lesion: Lesion | None = None

    def live(self, ground: Ground, key: np.uint64) -> Traces:
        """Simulate one episode in each world."""
        return self.observe(ground, key)[1]

    def observe(self, ground: Ground, key: np.uint64) -> tuple[Lives, Traces]:
        """Simulate one episode in each world, and return outcomes beside the traces."""
        return observe_minds(self.minds, np.array([self.id], np.int64), ground, key, self.lesion)

    def with_objective(self, weights: Reals) -> "PhenotypeSubject":
        """Return it with another mesa-objective, `[F · (1 + D)]`.

        Raises:
            ValueError: the number of weights differs, or one is not finite.
        """
        expected = self.minds.objective.shape[1]
        if expected == 0:
            return self
        if np.shape(weights) != (expected,) or not np.isfinite(weights).all():
            raise ValueError(f"an objective of shape {np.shape(weights)}; {expected} finite weights are needed")
        return self._replace(minds=self.minds._replace(objective=np.array([weights], np.float64)))

    def with_budget(self, horizon: int) -> "PhenotypeSubject":
        """Return it with another horizon, in steps.

        Raises:
            ValueError: that is less than 1.
        """
        if horizon < 1:
            raise ValueError(f"a horizon of {horizon} steps; a planner looks at least 1 ahead")
        return self._replace(minds=with_budget(self.minds, np.array([horizon], np.int32)))

    def with_model_noise(self, share: float, key: np.uint64) -> "PhenotypeSubject":
        """Return it with a lesioned model of the world.

        Raises:
            ValueError: the share lies outside of 0 to 1.
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"{share} of the map wrong; a share lies between 0 and 1")
        return self._replace(lesion=Lesion(share, key) if share > 0.0 else None)

    def described(self) -> "PhenotypeSubject | None":
        """Return the planner that its numbers describe, which always takes the best step on the true map."""
        minds = as_planners(self.minds)
        return None if minds is None else PhenotypeSubject(minds, self.id)


def observe_minds(
    minds: Phenotypes, ids: Ids, ground: Ground, key: np.uint64, lesion: Lesion | None = None
) -> tuple[Lives, Traces]:
    """Simulate one episode of P minds in each world, and return outcomes beside the traces `[P, E, T]`."""
    traces = new_traces(len(ids), len(ground.worlds.start), ground.plan.steps)
    believed = None if lesion is None else lesion_map(ground, lesion)
    return live(*ground, minds, ids, key, believed=believed, traces=traces), traces


def select_traces(traces: Traces, rows: Ids | slice) -> Traces:
    """Return the traces `[M, E, T]` of some of several agents."""
    return Traces(traces.action[rows], traces.cell[rows], traces.entered[rows])


def subject_of(minds: Phenotypes, row: int, id: int) -> PhenotypeSubject:
    """Return one individual of a population as a subject.

    Raises:
        ValueError: there is no such row.
    """
    if not 0 <= row < len(minds.controller):
        raise ValueError(f"there is no row {row} in a population of {len(minds.controller)}")
    return PhenotypeSubject(select_minds(minds, slice(row, row + 1)), id)


def lesion_map(ground: Ground, lesion: Lesion) -> Atlas:
    """Return the atlas of the worlds as an agent with this lesion believes them to be.

    Objects and start stay floor. A cell that is wrong at one share is wrong at every larger one of the same key.
    """
    plan, worlds, _ = ground
    wall = worlds.wall.copy()
    flip_cells(plan.rows, plan.columns, lesion.share, lesion.key, worlds.start, worlds.cell, wall)
    return draw_atlas(plan, worlds._replace(wall=wall))


@kernel
def flip_cells(
    rows: int, columns: int, share: float, key: np.uint64, start: Cells, cells: Cells, out_wall: Bytes
) -> None:
    """Flip a share of the inner cells `[E, C]` between wall and floor, except those of the start and of objects."""
    for e in range(out_wall.shape[0]):
        world_key = fold(key, e)
        for row in range(1, rows - 1):
            for column in range(1, columns - 1):
                cell = row * columns + column
                spared = cell == start[e]
                for n in range(cells.shape[1]):
                    spared |= cell == cells[e, n]
                if not spared and uniform(world_key, cell) < share:
                    out_wall[e, cell] = 1 - out_wall[e, cell]
