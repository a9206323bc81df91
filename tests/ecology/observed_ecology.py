"""An ecology that is observed tick by tick."""

from collections.abc import Iterator

import numpy as np

from evosim.ecology.simulation import EcologySimulation
from evosim.scenario import Scenario


class ObservedEcology:
    """A history lived tick by tick, in which everybody's genome is noted at birth."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.simulation = EcologySimulation(scenario, seed)
        self.genome = dict(enumerate(self.simulation.genomes.astype(np.float64)))
        self.parents: list[tuple[int, int]] = []
        self.born: list[int] = []
        self.died: dict[int, int] = {}

    def ticks(self, count: int) -> Iterator[int]:
        simulation = self.simulation
        for tick in range(count):
            births, deaths = simulation.live(tick, 1, simulation.rules_at(tick - tick % simulation.static.interval))
            self.parents += [(int(first), int(second)) for first, second, *_ in births]
            self.born += births[:, 2].tolist()
            assert not self.died.keys() & set(deaths[:, 0].tolist())
            self.died |= {int(id): tick for id, *_ in deaths}
            agents = simulation.ecology.agents
            for i in range(simulation.alive):
                self.genome.setdefault(int(agents.id[i]), agents.genome[i].astype(np.float64))
            yield tick
