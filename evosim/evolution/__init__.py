"""The base optimizer: it knows genomes and fitness, never worlds."""

from evosim.evolution.cma_es import CovarianceAdaptation
from evosim.evolution.deap_toolbox import toolbox
from evosim.evolution.genetic import Genetic
from evosim.evolution.population import Famous, Memory, Optimizer, Population

__all__ = ["CovarianceAdaptation", "Famous", "Genetic", "Memory", "Optimizer", "Population", "toolbox"]
