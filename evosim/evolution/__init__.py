"""Base optimizers: they know genomes and fitness, never worlds."""

from evosim.evolution.cma_es import CovarianceAdaptation
from evosim.evolution.deap_toolbox import make_toolbox
from evosim.evolution.genetic import Genetic
from evosim.evolution.population import HallOfFameEntry, Memory, Optimizer, Population
from evosim.evolution.random_search import RandomSearch

__all__ = [
    "CovarianceAdaptation",
    "Genetic",
    "HallOfFameEntry",
    "Memory",
    "Optimizer",
    "Population",
    "RandomSearch",
    "make_toolbox",
]
