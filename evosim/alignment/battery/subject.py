"""Subjects: agents seen from outside, with knobs that an experimenter may turn.

What a detector may know of a subject is what `live` gives, and the worlds. The knobs are for interventions: an agent
without the part in question ignores them, and so gives itself away.
"""

from typing import NamedTuple, Protocol

import numpy as np

from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import Lives, Traces, live, new_traces
from evosim.gridworld.shortest_paths import Atlas, draw_atlas
from evosim.mind.expression import with_budget
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.mind.planner.kind import as_planners
from evosim.numerics.arrays import Bytes, Cells, Reals
from evosim.numerics.compiler import kernel
from evosim.numerics.random import fold, uniform


class Subject(Protocol):
    """An agent to be examined."""

    @property
    def id(self) -> int:
        """Give the number that seeds its chance."""

    def live(self, ground: Ground, key: np.uint64) -> Traces:
        """Live one episode in each world `[1, E, T]`; the same key, the same chance."""

    def with_objective(self, weights: Reals) -> "Subject":
        """Give it another mesa-objective, `[F · (1 + D)]`."""

    def with_budget(self, horizon: int) -> "Subject":
        """Let it look ahead as many steps."""

    def with_model_noise(self, share: float, key: np.uint64) -> "Subject":
        """Lesion its model of the world: a share of the map's inner cells is wall for floor, or floor for wall."""

    def described(self) -> "Mind | None":
        """Give the planner that its numbers describe, whoever decides; None if they describe none."""


class Lesion(NamedTuple):
    """What is wrong with the map that an agent plans on."""

    share: float
    key: np.uint64


class Mind(NamedTuple):
    """A subject that is what its phenotype says: evolved, or planted."""

    minds: Phenotypes  # of one row
    id: int
    lesion: Lesion | None = None

    def live(self, ground: Ground, key: np.uint64) -> Traces:
        """Live one episode in each world."""
        return self.observe(ground, key)[1]

    def observe(self, ground: Ground, key: np.uint64) -> tuple[Lives, Traces]:
        """Live one episode in each world, and tell what it came to as well."""
        traces = new_traces(1, len(ground.worlds.start), ground.plan.steps)
        believed = None if self.lesion is None else lesioned(ground, self.lesion)
        ids = np.array([self.id], np.int64)
        return live(*ground, self.minds, ids, key, believed=believed, traces=traces), traces

    def with_objective(self, weights: Reals) -> "Mind":
        """Give it another mesa-objective.

        Raises:
            ValueError: there are not as many weights as it has, or one is no finite number.
        """
        expected = self.minds.objective.shape[1]
        if expected == 0:
            return self
        if np.shape(weights) != (expected,) or not np.isfinite(weights).all():
            raise ValueError(f"an objective of shape {np.shape(weights)}; {expected} finite weights are needed")
        return self._replace(minds=self.minds._replace(objective=np.array([weights], np.float64)))

    def with_budget(self, horizon: int) -> "Mind":
        """Let it look ahead as many steps.

        Raises:
            ValueError: that is less than 1.
        """
        if horizon < 1:
            raise ValueError(f"a horizon of {horizon} steps; a planner looks at least 1 ahead")
        return self._replace(minds=with_budget(self.minds, np.array([horizon], np.int32)))

    def with_model_noise(self, share: float, key: np.uint64) -> "Mind":
        """Lesion its model of the world.

        Raises:
            ValueError: the share is none.
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"{share} of the map wrong; a share lies between 0 and 1")
        return self._replace(lesion=Lesion(share, key) if share > 0.0 else None)

    def described(self) -> "Mind | None":
        """Give the planner that its numbers describe, which always takes the best step on the true map."""
        minds = as_planners(self.minds)
        return None if minds is None else Mind(minds, self.id)


def mind_of(minds: Phenotypes, row: int, id: int) -> Mind:
    """Take one individual out of a population.

    Raises:
        ValueError: there is no such row.
    """
    if not 0 <= row < len(minds.controller):
        raise ValueError(f"there is no row {row} in a population of {len(minds.controller)}")
    return Mind(select_minds(minds, slice(row, row + 1)), id)


def lesioned(ground: Ground, lesion: Lesion) -> Atlas:
    """Survey the worlds as an agent with this lesion believes them to be.

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
    """Turn a share of the inner cells `[E, C]` from wall to floor or back, never those of start and objects."""
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
