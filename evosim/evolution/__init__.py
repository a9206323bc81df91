"""The base optimizer: it knows genomes and fitness, never worlds."""

from evosim.evolution.genetic import Genetic, Memory, Population

__all__ = ["Genetic", "Memory", "Population"]
