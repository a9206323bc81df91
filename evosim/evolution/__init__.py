"""The base optimizer: it knows genomes and fitness, never worlds."""

from evosim.evolution.genetic import Genetic, Population

__all__ = ["Genetic", "Population"]
