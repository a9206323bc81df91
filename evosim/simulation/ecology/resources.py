"""Estimates of the resources of an ecology."""

from evosim.mind.genome import genome_layout
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.names import names_of, objective_names
from evosim.simulation.resources import BYTES_PER_VALUE, EMPTY_FILE, PROGRAM, ResourceEstimate, count_measured

RATE_OF_ECOLOGIES = 1.4e6  # agent-ticks a second
BYTES_PER_LIFE, BYTES_PER_ALLELE = 70, 9  # of births and ends in SQLite, if they are recorded
RATE_OF_COHORTS = 50e6  # bytes a second, of cohorts that are gone through at the end of each interval


def resources(scenario: Scenario) -> ResourceEstimate:
    """Estimate the resources of an ecology with as many agents as founders."""
    evolution, world = scenario.evolution, scenario.world
    assert isinstance(world, EcologyWorld)
    population, ticks, loci = (
        evolution.population,
        evolution.generations * evolution.interval,
        len(genome_layout(scenario).loci),
    )
    agent_ticks, cells = float(population) * ticks, world.size[0] * world.size[1]
    ever = agent_ticks / max(world.life.lifespan / 2, 1)
    measured = count_measured(evolution.generations, scenario.measure.every)
    worlds = [world, *(each for each in scenario.environments.values() if isinstance(each, EcologyWorld))]
    oldest = max(each.life.lifespan for each in worlds) * (1 + max(each.life.spread for each in worlds))
    cohorts = 32 * (oldest / evolution.interval + 4) * (loci + 1)
    memory = PROGRAM + 40 * (ever + cells) + 24 * population * (loci + 20) + 2 * cohorts
    columns = 26 + 5 * len(objective_names(scenario)) + 2 * len(names_of(scenario).kinds)
    statistics = EMPTY_FILE + BYTES_PER_VALUE * evolution.generations * (columns + 16 * loci)
    state = 4 * cells + cohorts + population * (4 * loci + 80)
    people = min(population, scenario.measure.individuals) * BYTES_PER_VALUE * (9 + len(objective_names(scenario)))
    every = scenario.measure.every
    more = sum(n % every > 0 and n < evolution.generations - 1 for n in evolution.before_changes())
    disk = statistics + 48 * ever + (measured + more) * state + measured * people
    if scenario.measure.births:
        disk += (BYTES_PER_LIFE + BYTES_PER_ALLELE * loci) * ever
    seconds = agent_ticks / RATE_OF_ECOLOGIES + evolution.generations * cohorts / RATE_OF_COHORTS
    return ResourceEstimate(seconds, memory, disk)
