"""An environment of grids: worlds drawn from a blueprint, with tables that all individuals share."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evosim.episode.rollout import Lives, live
from evosim.gridworld.feasibility import check_plainly
from evosim.gridworld.sampling import (
    CELLS_TRIED,
    LEAST_TRIES,
    TRIES_OF_CHECK,
    CrowdedWorldError,
    Worlds,
    draw_worlds,
)
from evosim.gridworld.shortest_paths import Atlas, draw_atlas
from evosim.gridworld.spec import Blueprint, blueprint
from evosim.mind.kinds import kinds_in
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Ids
from evosim.numerics.compiler import plainly
from evosim.numerics.random import Stream, key_of, subkey
from evosim.scenario import Scenario

CHECKED_WORLDS, CHECKED_CELLS = 256, 2**26  # how many are drawn to check an environment: cells are walked in a second
WORTH_A_THREAD = 5e-4  # seconds of lives; to hand over fewer takes about as long
BEGIN = 1  # folded into the key of worlds: which of those that are kept comes first


class Ground(NamedTuple):
    """A sample of an environment's worlds, with the atlas of each."""

    plan: Blueprint
    worlds: Worlds
    atlas: Atlas


class Grid:
    """An environment that is a distribution of grids, or a fixed number of them, drawn by the seed."""

    def __init__(self, scenario: Scenario, name: str, seed: int) -> None:
        self.name = name
        self.scenario = scenario
        self.plan = blueprint(scenario, name)
        self.kept = key_of(seed, Stream.KEPT_WORLDS) if self.plan.worlds else None
        self.last: tuple[tuple[int, int, int], Ground] | None = None  # what was drawn last: it is often asked for again

    def live(self, minds: Phenotypes, ids: Ids, worlds_key: np.uint64, key: np.uint64, episodes: int) -> Lives:
        """Simulate one episode of individuals `ids [P]` in each of E worlds; of fewer fixed ones, in turn."""
        usual = min(self.plan.steps, self.plan.rows + self.plan.columns)
        least = max(1, int(self.steps_worth_a_thread / (usual * episodes)))
        return live(*self.draw(worlds_key, episodes), minds, ids, key, least=least)

    @cached_property
    def steps_worth_a_thread(self) -> float:
        """The number of steps of agents that are worth a thread, of the slowest kind of mind that founders have."""
        return WORTH_A_THREAD * min(kind.rate(self.scenario) for kind in kinds_in(self.scenario))

    def draw(self, worlds_key: np.uint64, episodes: int) -> Ground:
        """Return the worlds of E episodes, with their atlas; of more fixed worlds a cyclic run whose start is drawn."""
        begin = int(subkey(worlds_key, BEGIN)) % self.plan.worlds if self.plan.worlds > episodes else 0
        asked = int(worlds_key if self.kept is None else self.kept), episodes, begin
        last = self.last  # another thread may ask for others meanwhile
        if last is None or last[0] != asked:
            with self._named():
                worlds = draw_worlds(self.plan, np.uint64(asked[0]), episodes, begin)
            self.last = last = asked, Ground(self.plan, worlds, draw_atlas(self.plan, worlds))
        return last[1]

    def check(self, minds: Phenotypes, ids: Ids, episodes: int) -> None:
        """Check that worlds can be drawn, whichever individuals `ids [P]` live there: many if small, each in few tries.

        An environment whose worlds are hard to find is refused, so that a run finds all of its own.

        Raises:
            CrowdedWorldError: no world was found in which every object can be reached that must be.
        """
        count, tries = self._checked()
        with self._named():
            draw_worlds(self.plan, key_of(0), count, 0, tries)

    def check_plainly(self, minds: Phenotypes, ids: Ids, episodes: int) -> bool:
        """Check as `check` does, with individuals `ids [P]`, without a compiler; False if worlds are too large.

        Raises:
            CrowdedWorldError: no world was found in which every object can be reached that must be.
        """
        with plainly():
            key = key_of(0)
        with self._named():
            return check_plainly(self.plan, key, *self._checked())

    def _checked(self) -> tuple[int, int]:
        """Return the number of worlds drawn to check the environment, and the number of tries for each."""
        cells = self.plan.rows * self.plan.columns
        work = cells * (1 + len(self.plan.type_of))  # all cells are walked for each object that is placed
        tries = max(LEAST_TRIES, min(TRIES_OF_CHECK, CELLS_TRIED // cells))
        return max(1, min(CHECKED_WORLDS, CHECKED_CELLS // work)), tries

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name the environment in errors."""
        try:
            yield
        except CrowdedWorldError as error:
            raise CrowdedWorldError(f"environment {self.name}: {error}") from None
