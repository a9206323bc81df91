"""Estimates of the resources of the generational process."""

from functools import partial

from evosim.mind.genome import GenomeLayout, genome_layout
from evosim.mind.kind import Kind
from evosim.mind.kinds import kinds_in, wanting_kinds
from evosim.numerics.arrays import Genes
from evosim.numerics.compiler import threads
from evosim.scenario import Scenario
from evosim.scenario.schema.locus import Locus
from evosim.scenario.schema.names import object_names, objective_names, outcome_names
from evosim.scenario.schema.worlds import GridWorld, slip_of
from evosim.simulation.resources import (
    BYTES_PER_VALUE,
    EMPTY_FILE,
    PROGRAM,
    ResourceEstimate,
    TooLargeError,
    count_measured,
    format_duration,
)

BYTES_PER_CELL = 90  # of memory, while a row about an individual is measured and stored
RETURNS = 6  # of an individual in an episode that is assessed: achieved, optimal and random ones
WALK, SIGHT = 15e-9, 2e-9  # seconds to walk on by a cell, and to look past one, where worlds are drawn and surveyed
ASSESSED, HARDER = 0.7e-6, 20e-6  # seconds for each individual and step of an episode; HARDER: see seconds_to_assess
LONGEST_ASSESSMENT = 1.0  # seconds
EVERY_GENERATION = 2.5e-3  # seconds to breed, make rows and store them (docs/speed.md, *the floor*)
WAY = 0.75  # of the rows and columns of a world: steps until something ends an episode, usually (docs/running.md)
LONGEST_DRAW = 30.0  # seconds for one world, beyond which a scenario is refused


def resources(scenario: Scenario) -> ResourceEstimate:
    """Estimate the resources of a run on this machine with the threads in use."""
    evolution, measure = scenario.evolution, scenario.measure
    population, generations = evolution.population, evolution.generations
    loci, outcomes = len(genome_layout(scenario).loci), len(outcome_names(scenario))
    measured = count_measured(generations, measure.every)
    environments = len(measure.environments)
    grids = grids_of(scenario)
    cells = max((world.size[0] * world.size[1] for world in grids), default=0)
    objects = max((sum(k.count for k in world.objects.values()) for world in grids), default=0)
    ticks = max((world.steps for world in grids), default=0)

    known = len(grids) == len(scenario.environments)
    longest, usual = ticks / rate(scenario), max(map(typical_steps, grids), default=0.0) / usual_rate(scenario)
    seconds, typical = (seconds_to_run(scenario, each) if known else None for each in (longest, min(usual, longest)))
    lives = evolution.episodes + environments * measure.episodes  # of one generation, and of another that is measured
    types = len(object_names(scenario)) * 4 + 8 * outcomes + 24 * len(scenario.world.features)
    worlds = max(evolution.episodes, measure.episodes) * (cells * (4 * objects + 3)) + objects * types
    columns = 7 + len(objective_names(scenario)) + environments * (9 if measure.alignment else 2)
    of_optimizer = 8 * 6 * loci**2 if evolution.algorithm == "cma_es" else 0
    stored = min(population, measure.individuals)
    memory = PROGRAM + population * (8 * lives * (outcomes + 1) + 80 * loci + 8 * columns)
    memory += stored * BYTES_PER_CELL * columns
    memory += population * environments * measure.episodes * 8 * RETURNS * measure.alignment
    people = measured * stored * (7 + len(objective_names(scenario)) + 2 * environments)
    statistics = BYTES_PER_VALUE * (people + 6 * generations * loci)
    disk = EMPTY_FILE + statistics + 16 * generations * population + measured * population * (4 * loci + 8)
    return ResourceEstimate(seconds, memory + worlds + of_optimizer, disk, typical)


def seconds_to_run(scenario: Scenario, life: float) -> float:
    """Estimate the seconds of a run in which a thread takes so many seconds for a `life`."""
    evolution, measure = scenario.evolution, scenario.measure
    measured = count_measured(evolution.generations, measure.every)
    episodes = evolution.generations * evolution.episodes + measured * len(measure.environments) * measure.episodes
    lived = episodes * evolution.population * life
    drawn = episodes * max(map(seconds_to_draw, grids_of(scenario)), default=0.0)
    assessed = measured * sum(map(partial(seconds_to_assess, scenario), measure.environments))
    rest = evolution.generations * EVERY_GENERATION + seconds_to_decompose(scenario, len(genome_layout(scenario).loci))
    return (lived + drawn) / threads.count + assessed + rest


def typical_steps(world: GridWorld) -> float:
    """Return how many steps an episode usually lasts: a walk across the world, if something in it ends the episode."""
    ends = any(kind.ends_episode and kind.count > 0 for kind in world.objects.values())
    return min(world.steps, WAY * sum(world.size)) if ends else float(world.steps)


def seconds_to_draw(world: GridWorld) -> float:
    """Estimate the seconds in which one thread draws a world and fills its atlas, if everything is in sight."""
    (rows, columns), things = world.size, sum(kind.count for kind in world.objects.values())
    goals = things + len(world.places)
    return rows * columns * (WALK * (2 * goals + things + 1) + SIGHT * things * (rows + columns) / 3)


def seconds_to_assess(scenario: Scenario, environment: str) -> float:
    """Estimate the seconds to assess a generation in an environment; assessment is given up where it takes too long.

    Optimal behaviour is solved for each planner; with places, drives or slips that is HARDER.
    """
    world = scenario.environments[environment]
    if not (scenario.measure.alignment and isinstance(world, GridWorld) and wanting_kinds(scenario)):
        return 0.0
    harder = bool(world.places or scenario.mind.objective.drives or slip_of(world).chance)
    return min(LONGEST_ASSESSMENT, (HARDER if harder else ASSESSED) * scenario.evolution.population * world.steps)


def seconds_to_decompose(scenario: Scenario, loci: int) -> float:
    """Estimate the seconds in which CMA-ES updates and decomposes its covariance."""
    evolution = scenario.evolution
    if evolution.algorithm != "cma_es":
        return 0.0
    return evolution.generations * (20e-9 * loci**3 + 5e-9 * evolution.population * loci**2)


def grids_of(scenario: Scenario) -> list[GridWorld]:
    """Return the environments that are grids."""
    return [world for world in scenario.environments.values() if isinstance(world, GridWorld)]


def rate(scenario: Scenario) -> float:
    """Return agent-steps per second and thread in grids: those of the slowest kind of mind that founders have."""
    return min(kind.rate(scenario) for kind in kinds_in(scenario))


def usual_rate(scenario: Scenario) -> float:
    """Return agent-steps per second and thread in episodes of usual length, by founders of all kinds of mind."""
    worlds = dict(scenario.environments)
    for name, world in worlds.items():
        if isinstance(world, GridWorld):
            worlds[name] = world.model_copy(update={"steps": max(1, round(typical_steps(world)))})
    usual, shares = scenario.model_copy(update={"environments": worlds}), scenario.mind.controllers
    return 1 / sum(shares[kind.name] / kind.rate(usual) for kind in kinds_in(scenario))


def seconds_to_replay(
    scenario: Scenario, layout: GenomeLayout, genome: Genes, kind: Kind, environment: str, episodes: int
) -> float | None:
    """Estimate the seconds in which an agent of a kind, with a genome `[L]`, lives episodes at their full length.

    One agent lives on one thread. None: the worlds are another package's.
    """
    world = scenario.environments[environment]
    if not isinstance(world, GridWorld):
        return None
    lived = episodes * world.steps / kind.rate(_pinned_at(scenario, layout, genome))
    return lived + episodes * seconds_to_draw(world) / threads.count


def _pinned_at(scenario: Scenario, layout: GenomeLayout, genome: Genes) -> Scenario:
    """Return a scenario in which numbers of minds are what they are in a genome `[L]`, and don't evolve."""
    tables: dict[str, dict[str, Locus]] = {}
    for name, allele in zip(layout.loci, genome.tolist(), strict=True):
        table, _, key = name.partition(".")
        if isinstance(getattr(getattr(scenario.mind, table, None), key, None), Locus):
            tables.setdefault(table, {})[key] = Locus(initial=allele)
    changed = {table: getattr(scenario.mind, table).model_copy(update=own) for table, own in tables.items()}
    return scenario.model_copy(update={"mind": scenario.mind.model_copy(update=changed)})


def refuse_slow_drawing(scenario: Scenario) -> None:
    """Check that the worlds of a scenario can be drawn in at most LONGEST_DRAW seconds each.

    Raises:
        TooLargeError: they can't.
    """
    for name, world in scenario.environments.items():
        if isinstance(world, GridWorld) and (slow := seconds_to_draw(world)) > LONGEST_DRAW:
            rows, columns = world.size
            objects = sum(kind.count for kind in world.objects.values())
            raise TooLargeError(
                f"environments.{name}: each of its worlds, {rows} × {columns} cells with {objects:,} objects, takes "
                f"about {format_duration(slow)} to draw and survey; at most {format_duration(LONGEST_DRAW)} will do: "
                "use a smaller size, or fewer objects"
            )
