"""The evolutionary loop: worlds, minds, lives and the base optimizer as a generator of generations.

for generation in generations(load_scenario("red_doors"), seed=7):
    print(generation.number, generation.fitness.mean())
"""

import hashlib
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from evosim.evolution import Memory, Population
from evosim.evolution.population import HallOfFameEntry
from evosim.evolution.selection import selection_input
from evosim.mind.expression import express, have_objective
from evosim.mind.founders import draw_founders
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.compiler import threads as thread_pool
from evosim.scenario import Scenario
from evosim.scenario.loading.load import scenario_digest
from evosim.simulation.laboratory import Laboratory, Measured
from evosim.simulation.process import process_class


class Generation(NamedTuple):
    """One generation: its individuals, lives and measurements."""

    number: int
    environment: str  # where selection measured
    population: Population
    minds: Phenotypes
    fame: list[HallOfFameEntry]
    measured: list[Measured]  # empty where the scenario doesn't measure
    digest: str  # of this state and of all before it
    memory: Memory  # what the optimizer needs beside this to go on

    @property
    def fitness(self) -> Reals:
        """The fitness `[P]`."""
        assert self.population.fitness is not None
        return self.population.fitness

    @property
    def is_planner(self) -> np.ndarray:
        """Whether each individual has an objective `[P]`."""
        return have_objective(self.minds)


class GenerationalCheckpoint(NamedTuple):
    """All that the next generation needs."""

    population: Population
    fame: list[HallOfFameEntry]
    digest: str
    memory: Memory


def generations(
    scenario: Scenario, seed: int, *, after: GenerationalCheckpoint | None = None, threads: int | None = None
) -> Iterator[Generation]:
    """Yield the generations of a scenario, from the founders or after a checkpoint.

    `threads` is how many share the work, as many as `evosim doctor` says if it is None; results don't depend on it.

    Raises:
        CrowdedWorldError: an environment has no world in which every object can be reached that must be.
        ValueError: a fitness is not a number, an operator of DEAP or what another package provides fails, or selection
            is natural, which knows no generations.
    """
    if (unit := process_class(scenario).unit).one != "generation":
        instead = "; use evosim.intervals" if unit.one == "interval" else ""
        what = f"{scenario.evolution.algorithm} has no generations, but {unit.many}{instead}"
        raise ValueError(f"{scenario.name}: {what}")
    laboratory = Laboratory(scenario, seed)
    for generation in evolve(laboratory, after=after, threads=threads):
        with thread_pool.using(threads):
            measured = measure_generation(laboratory, generation)
        yield measured


def evolve(
    laboratory: Laboratory, *, after: GenerationalCheckpoint | None = None, threads: int | None = None
) -> Iterator[Generation]:
    """Yield the generations of a laboratory as `generations` does, but not measured: the next one needs none of that.

    Raises:
        CrowdedWorldError, ValueError: as `generations` does.
    """
    scenario, seed = laboratory.scenario, laboratory.seed
    optimizer = laboratory.optimizer()
    digest, first = scenario_digest(scenario, seed), 0
    if after is not None:
        optimizer.restore(after.population, after.fame, after.memory)
        digest, first = after.digest, after.population.generation + 1
    for number in range(first, scenario.evolution.generations):
        with thread_pool.using(threads):
            genomes = optimizer.ask()
            minds = express(scenario, laboratory.layout, genomes)
            evaluation = laboratory.evaluate(number, minds, optimizer.population.ids)
            optimizer.tell(evaluation.fitness, objectives=evaluation.objectives, cases=evaluation.cases)
        fame = optimizer.hall_of_fame()
        population, memory = optimizer.population, optimizer.memory
        digest = chain_generation(digest, population, fame, memory)
        environment = laboratory.selected_in(number)
        yield Generation(number, environment, population, minds, fame, [], digest, memory)


def measure_generation(laboratory: Laboratory, generation: Generation) -> Generation:
    """Return a generation with its measurements, if it is one that is measured: a pure function of it."""
    number, population = generation.number, generation.population
    if not laboratory.is_measured(number):
        return generation
    return generation._replace(measured=laboratory.measure(number, generation.minds, population.ids))


def toolbox(scenario: Scenario, *, seed: int) -> Any:
    """Return a DEAP toolbox whose `evaluate` is measured in the worlds of a scenario, for `deap.algorithms`.

    Each evaluation of a list of individuals, or of one, is one generation: new worlds, the same for all in the list.
    The fitness has one value, the mean base objective; for lexicase one for each episode, for NSGA-II one for each
    objective. Populations and worlds are functions of `seed`, all else of the global `random`.
    """
    from evosim.evolution.deap_toolbox import make_toolbox  # imports all of DEAP

    laboratory = Laboratory(scenario, seed)
    layout, seen = laboratory.layout, selection_input(scenario.evolution.selection)
    generation = count()

    def evaluate(genomes: Genes) -> Reals:
        minds = express(scenario, layout, genomes)
        fitness, cases, objectives = laboratory.evaluate(next(generation), minds, np.arange(len(genomes)))
        return {"fitness": fitness[:, None], "cases": cases, "objectives": objectives}[seen]

    values = {"fitness": 1, "cases": scenario.evolution.episodes, "objectives": len(laboratory.pareto)}[seen]
    founders = draw_founders(scenario, layout, seed)
    own: dict[str, Any] = {"rate": layout.rate, "scale": layout.scale, "structures": layout.structures}
    return make_toolbox(scenario.evolution, founders, layout.low, layout.high, evaluate, values=values, **own)


def chain_generation(digest: str, population: Population, fame: list[HallOfFameEntry], memory: Memory) -> str:
    """Return the digest of a state and of the digest before it."""
    chain = hashlib.sha256(digest.encode())
    chain.update(str(population.generation).encode())
    for array, kind in ((population.genomes, "<f4"), (population.fitness, "<f8"), (population.parents, "<i8")):
        chain.update(np.ascontiguousarray(array, kind).tobytes())
    for member in fame:
        chain.update(f"{member.id} {member.fitness!r}".encode())
    for name, array in sorted(memory.items()):
        chain.update(f"{name} {array.shape}".encode())
        chain.update(np.ascontiguousarray(array, "<f8").tobytes())
    return chain.hexdigest()
