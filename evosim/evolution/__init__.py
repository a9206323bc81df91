"""Base optimizers: they know genomes and fitness, never worlds."""

from evosim.evolution.cma_es import CovarianceAdaptation
from evosim.evolution.deap_toolbox import make_toolbox
from evosim.evolution.genetic import Genetic
from evosim.evolution.population import HallOfFameEntry, Memory, Optimizer, Population

__all__ = ["CovarianceAdaptation", "Genetic", "HallOfFameEntry", "Memory", "Optimizer", "Population", "make_toolbox"]
