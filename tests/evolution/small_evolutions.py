"""Small evolutions that tests run, and how their genomes and cases are made."""

import numpy as np
from deap import base

from evosim.evolution import Genetic
from evosim.evolution.deap_individuals import Handle
from evosim.scenario.schema.evolution import Evolution, Phase

LOCI = 6
LOW, HIGH = np.array([-1.0, -1, 0, 1, -2, 0]), np.array([1.0, 1, 1, 32, 3, 0.5])


def settings(**changes: object) -> Evolution:
    """Write the settings of a small evolution."""
    schedule = [Phase.model_validate({"from": 0, "environment": "training"})]
    defaults = {"population": 20, "generations": 10, "schedule": schedule}
    return Evolution(**(defaults | changes))


def founders(population: int = 20, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(LOW, HIGH, (population, LOCI)).astype(np.float32)


def optimizer(seed: int = 1, **changes: object) -> Genetic:
    chosen = settings(**changes)
    return Genetic(chosen, founders(chosen.population), LOW, HIGH, seed=seed)


def quadratic(genomes: np.ndarray) -> np.ndarray:
    """Be fit near three quarters of each range."""
    return -((((genomes - LOW) / (HIGH - LOW)) - 0.75) ** 2).sum(axis=1)


def cases_for_deap(told: np.ndarray) -> list[Handle]:
    """Give every individual a fitness of as many numbers as there are cases."""
    kind = type("Cases", (base.Fitness,), {"weights": (1.0,) * told.shape[1]})
    handles = [Handle(row, 0.0) for row in range(len(told))]
    for handle, values in zip(handles, told.tolist(), strict=True):
        handle.fitness = kind(values)
    return handles


def kind_of(chosen):
    return f"{chosen.operator} {getattr(chosen, 'eta', '')}".strip()


def noisy(genomes: np.ndarray, generation: int) -> np.ndarray:
    """Measure in steps, so that many are equally fit, and with luck."""
    luck = np.random.default_rng(generation).integers(0, 2, len(genomes)) / 4
    return np.round(quadratic(genomes) * 2) / 2 + luck
