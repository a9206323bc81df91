"""Training performance, measured anew: on training worlds of their own, the same for all who are compared.

Selection never saw these worlds, and classes are told in others, so nobody looks better for having been chosen by them.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.objectives import excluded, outcome_objective
from evosim.alignment.performance import Returns, pooled
from evosim.alignment.yardstick import Yardstick
from evosim.chance import Stream, key_of
from evosim.environments.grid import Grid, Ground
from evosim.experiment import STATES_DURING_RUNS, Laboratory
from evosim.mind.phenotype import express
from evosim.types import Genes, Reals

WORLDS = 256  # in which training performance is measured
FEWEST = 16  # of them in each environment of a mixture, however small its share
BATCH = 256  # genomes that live at a time
APART = 2**42  # beyond any id: who is drawn here shares its luck with nobody of the run
OF_WORLDS, OF_LIVES = 1, 2  # words of keys


class Place(NamedTuple):
    """A training environment: its worlds, and what random and optimal actions come to in each `[E]`."""

    name: str
    share: float
    ground: Ground
    floor: Reals
    top: Reals


class Training:
    """The training worlds in which a generation's planners, and those drawn beside them, are compared.

    Raises:
        ValueError: training performance can't be measured; the sentence says why.
    """

    def __init__(self, laboratory: Laboratory, generation: int, worlds: int = WORLDS) -> None:
        self.laboratory = laboratory
        scope = laboratory.seed, Stream.NULL, generation
        self.worlds_key, self.lives_key = key_of(*scope, OF_WORLDS), key_of(*scope, OF_LIVES)
        self.places = [
            self._place(name, share, max(FEWEST, round(share * worlds)))
            for name, share in laboratory.shares_in(generation).items()
        ]

    def performance(self, genomes: Genes) -> Reals:
        """Measure the normalised base objective `[N]` of genomes `[N, L]`: 0 as of random actions, 1 the optimum.

        A function of the genome alone: all have the same luck in the same world.
        """
        found = [self._of_batch(genomes[at : at + BATCH]) for at in range(0, len(genomes), BATCH)]
        return np.concatenate(found) if found else np.zeros(0)

    def _of_batch(self, genomes: Genes) -> Reals:
        laboratory, aims = self.laboratory, self.laboratory.aims
        minds = express(laboratory.scenario, laboratory.layout, genomes)
        ids, parts = np.full(len(genomes), APART, np.int64), []
        for place in self.places:
            count = len(place.floor)
            lives = laboratory.live(place.name, minds, ids, self.worlds_key, self.lives_key, count)
            achieved = lives.outcomes @ (aims.base * ~excluded(place.ground.plan))
            parts.append(Returns(achieved, place.floor, place.top, np.ones(count)))
        return pooled(parts, [place.share for place in self.places]).estimate().value

    def _place(self, name: str, share: float, count: int) -> Place:
        laboratory, environment = self.laboratory, self.laboratory.environments[name]
        if not isinstance(environment, Grid):
            raise ValueError(f"a null is not defined: the worlds of {name} are another package's")
        ground = environment.draw(self.worlds_key, count)
        try:
            yardstick = Yardstick(ground, discount=laboratory.aims.discount, most=STATES_DURING_RUNS, compared=0)
        except ValueError as error:
            raise ValueError(f"a null is not defined: in {name} no classes are told, for {error}") from None
        base = np.tile(outcome_objective(ground.plan, laboratory.base), (count, 1))[None]
        return Place(name, share, ground, yardstick.random_returns(base)[0], yardstick.best_returns(base)[0])
