"""Training performance, measured anew: on training worlds of their own, the same for all agents that are compared.

Selection never saw these worlds, and classes are measured in others, so nobody looks better for having been selected.
Performance is the normalised base objective, from random actions (0) to the optimum (1). Where worlds have too many
states for the optimum to be known, the best of the evolved planners takes its place.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.sampled_returns import SampledReferenceReturns
from evosim.alignment.mdp.objectives import is_excluded, outcome_objective
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.grid_environment import Grid, Ground
from evosim.mind.expression import express
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.random import Stream, key_of, subkey
from evosim.numerics.ratio_estimate import Returns, pooled
from evosim.simulation.laboratory import STATES_DURING_RUNS, Laboratory

WORLDS = 256  # in which training performance is measured
FEWEST = 16  # of them in each environment of a mixture, however small its share
BATCH = 256  # genomes that live at a time
APART = 2**42  # beyond any id: agents drawn here share random streams with none of the run
OF_WORLDS, OF_LIVES, SAMPLED = 1, 2, 6  # words of keys


class TrainingWorlds(NamedTuple):
    """A training environment: its worlds, and the returns there of random and of optimal actions.

    Where the optimum is unknown, the returns of the best planner take its place.
    """

    name: str
    share: float
    ground: Ground
    floor: Reals  # [E]
    top: Reals  # [E]


class Training:
    """The training worlds in which a generation's planners `[T, L]`, and those drawn beside them, are compared.

    Raises:
        ValueError: training performance can't be measured; the sentence says why.
    """

    def __init__(self, laboratory: Laboratory, generation: int, evolved: Genes, worlds: int = WORLDS) -> None:
        self.laboratory = laboratory
        scope = laboratory.seed, Stream.NULL, generation
        self.worlds_key, self.lives_key = key_of(*scope, OF_WORLDS), key_of(*scope, OF_LIVES)
        self.places = [
            self._place(name, share, max(FEWEST, round(share * worlds)), evolved)
            for name, share in laboratory.shares_in(generation).items()
        ]

    def performance(self, genomes: Genes) -> Reals:
        """Measure the normalised base objective `[N]` of genomes `[N, L]`: 0 as of random actions, 1 the optimum.

        A function of the genome alone: all have the same random streams in the same world.
        """
        found = [self._of_batch(genomes[at : at + BATCH]) for at in range(0, len(genomes), BATCH)]
        return np.concatenate(found) if found else np.zeros(0)

    def _of_batch(self, genomes: Genes) -> Reals:
        parts = [
            Returns(self._returns(place.name, place.ground, genomes), place.floor, place.top, np.ones(len(place.floor)))
            for place in self.places
        ]
        return pooled(parts, [place.share for place in self.places]).estimate().value

    def _returns(self, name: str, ground: Ground, genomes: Genes) -> Reals:
        """Measure the base objective `[N, E]` of genomes in the worlds of an environment."""
        laboratory, ids = self.laboratory, np.full(len(genomes), APART, np.int64)
        minds, count = express(laboratory.scenario, laboratory.layout, genomes), len(ground.worlds.start)
        lives = laboratory.live(name, minds, ids, self.worlds_key, self.lives_key, count)
        returns: Reals = lives.outcomes @ (laboratory.base * ~is_excluded(ground.plan))
        return returns

    def _place(self, name: str, share: float, count: int, evolved: Genes) -> TrainingWorlds:
        laboratory, environment = self.laboratory, self.laboratory.environments[name]
        if not isinstance(environment, Grid):
            raise ValueError(f"a null is not defined: the worlds of {name} are another package's")
        ground = environment.draw(self.worlds_key, count)
        discount = laboratory.aims.discount
        base = np.tile(outcome_objective(ground.plan, laboratory.base), (count, 1))[None]
        try:
            reference = ReferenceReturns(ground, discount=discount, most=STATES_DURING_RUNS, compared=0)
        except ValueError:
            sampled = SampledReferenceReturns(ground, discount=discount, key=subkey(self.lives_key, SAMPLED))
            found = [self._returns(name, ground, evolved[at : at + BATCH]) for at in range(0, len(evolved), BATCH)]
            best = max((row for part in found for row in part), key=lambda row: float(row.mean()))
            return TrainingWorlds(name, share, ground, sampled.random_returns(base)[0], best)
        return TrainingWorlds(name, share, ground, reference.random_returns(base)[0], reference.best_returns(base)[0])
