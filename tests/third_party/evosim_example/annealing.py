"""Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983): each place of the population is a walk of its own."""

import numpy as np
from pydantic import PositiveFloat

from evosim.evolution.population import ALONE, HallOfFame, Population, check_memory
from evosim.scenario.schema.base import Part, Share


class Settings(Part):
    temperature: PositiveFloat = 0.1
    """Temperature at the start, in units of fitness."""
    cooling: Share = 0.95
    """Factor by which the temperature falls in each generation."""
    step: Share = 0.1
    """Standard deviation of a step, in widths of a locus's range."""


class Annealing:
    Settings = Settings

    def __init__(self, evolution, founders, low, high, *, seed):
        self.settings = Settings(**evolution.settings)
        self.low, self.high, self.seed = low, high, seed
        self.fame = HallOfFame(evolution.hall_of_fame)
        self.population = Population(0, founders, np.full((len(founders), 2), ALONE))
        nobody = np.zeros(len(founders))
        self.memory = {"genomes": founders, "fitness": nobody, "id": nobody}  # where each walk stands

    def ask(self):
        last, here = self.population, self.memory
        if last.fitness is not None:
            rng = np.random.default_rng((self.seed, last.generation, 0))
            steps = self.settings.step * (self.high - self.low) * rng.normal(size=last.genomes.shape)
            genomes = np.clip(here["genomes"] + steps, self.low, self.high).astype(np.float32)
            parents = np.stack([here["id"], np.full(len(genomes), ALONE)], axis=1).astype(np.int64)
            self.population = Population(last.generation + 1, genomes, parents)
        return self.population.genomes

    def tell(self, fitness, *, objectives=None, cases=None):
        self.population = there = self.population._replace(fitness=fitness)
        self.fame.update(there, fitness)
        rng = np.random.default_rng((self.seed, there.generation, 1))
        heat = self.settings.temperature * self.settings.cooling**there.generation
        goes = fitness - self.memory["fitness"] > heat * np.log(1 - rng.random(len(fitness)))
        goes |= there.generation == 0
        new = {"genomes": there.genomes, "fitness": fitness, "id": there.ids}
        self.memory = {name: np.where(goes, new[name].T, self.memory[name].T).T for name in new}

    def restore(self, population, famous, memory=None):
        self.population, self.memory = population, check_memory(memory, self.memory)
        self.fame.restore(famous)

    def hall_of_fame(self):
        return self.fame.members()
