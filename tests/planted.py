"""Planted agents of small worlds of red doors, whose objectives are known."""

from typing import NamedTuple

import numpy as np
from samples import HEURISTIC, PLANNER

from evosim.alignment.battery.subject import PhenotypeSubject, subject_of
from evosim.alignment.detectors.observations import DesignerKnowledge
from evosim.alignment.detectors.probe_worlds import ProbeWorlds, designer_knowledge
from evosim.alignment.mdp.objectives import is_excluded
from evosim.episode.grid_environment import Ground
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory

SMALL = ["world.size=[9,9]", "world.steps=24", "evolution.population=32", "measure.episodes=32"]
DISCOUNT = 0.95


class Nursery(NamedTuple):
    """A laboratory of small worlds."""

    laboratory: Laboratory

    def ground(self, environment: str, seed: int, worlds: int) -> Ground:
        return self.laboratory.environments[environment].draw(key_of(seed), worlds)

    def aim(self, training: Ground, marks: str = "door") -> DesignerKnowledge:
        features = self.laboratory.scenario.world.features
        weights = self.laboratory.base * ~is_excluded(training.plan)
        return designer_knowledge(training, weights, np.array([name == marks for name in features]))

    def probe(self, seed: int, worlds: int) -> ProbeWorlds:
        training = self.ground("training", seed, worlds)
        return ProbeWorlds(training, self.aim(training), key_of(seed, 1), discount=DISCOUNT)

    def planner(self, id: int, **wants: float) -> PhenotypeSubject:
        features = self.laboratory.scenario.world.features
        mind = self._founder(id)
        objective = np.array([[wants.get(name, 0.0) for name in features]])
        return mind._replace(
            minds=mind.minds._replace(controller=np.array([PLANNER], np.uint8), objective=objective).with_own(
                "planner", horizon=np.array([40], np.int32)
            )
        )

    def heuristic(self, id: int) -> PhenotypeSubject:
        mind = self._founder(id)
        return mind._replace(minds=mind.minds._replace(controller=np.array([HEURISTIC], np.uint8)))

    def _founder(self, id: int) -> PhenotypeSubject:
        scenario, layout = self.laboratory.scenario, self.laboratory.layout
        return subject_of(express(scenario, layout, draw_founders(scenario, layout, 1)), id % 32, id)


def nursery(name: str = "red_doors", *overrides: str) -> Nursery:
    """Open a nursery."""
    return Nursery(Laboratory(load_scenario(name, [*SMALL, *overrides]), 1))
