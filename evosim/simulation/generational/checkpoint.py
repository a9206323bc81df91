"""The checkpoint of a generation in a run file, validated before it is resumed from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from evosim.storage.branching import start_of_digests
from evosim.storage.columns import Checkpoint
from evosim.storage.export import LifeRecord
from evosim.storage.reader import StoredRun
from evosim.storage.schema import CorruptRunError, RunFileError

if TYPE_CHECKING:  # a lineage can be read without a compiler
    from evosim.evolution import Memory, Population
    from evosim.simulation.generational.generations import Generation, GenerationalCheckpoint
    from evosim.simulation.laboratory import Laboratory


def checkpoint_of(generation: "Generation") -> Checkpoint:
    """Return the checkpoint of a generation.

    Raises:
        ValueError: the optimizer's memory is not finite.
    """
    for name, array in generation.memory.items():
        if not np.isfinite(array).all():
            raise ValueError(f"generation {generation.number}: the optimizer's {name} is not finite; it is not stored")
    population = generation.population
    return Checkpoint(
        digest=generation.digest,
        genomes=population.genomes,
        fitness=generation.fitness,
        memory={name: np.asarray(array, np.float64) for name, array in generation.memory.items()},
        logs={"lineage": population.parents},
        best=tuple((each.id, each.fitness, each.genome) for each in generation.fame),
    )


def restore(run: StoredRun, laboratory: "Laboratory") -> "GenerationalCheckpoint | None":
    """Read what the next generation needs; None if nothing is stored yet.

    Raises:
        CorruptRunError: it is invalid, or doesn't match its digest.
    """
    from evosim.evolution import HallOfFameEntry
    from evosim.simulation.generational.generations import GenerationalCheckpoint, chain_generation

    loci = len(laboratory.layout.loci)
    with run.snapshot():
        done = run.summary().done
        if done == 0:
            return None
        digests = [start_of_digests(run), *run.digests()]
        fame = [HallOfFameEntry(id, fit, _shaped(run, genome, (loci,))) for id, fit, genome in run.best()]
        _refuse_what_is_not_finite(run, "fitness of the hall of fame", [each.fitness for each in fame])
        population = _population(run, laboratory, done - 1)
        memory = _memory(run, laboratory, done - 1)
    if chain_generation(digests[-2], population, fame, memory) != digests[-1]:
        raise CorruptRunError(run.path, f"the state of generation {done - 1} doesn't match its digest")
    return GenerationalCheckpoint(_checked(run, laboratory, population), fame, digests[-1], memory)


def population_of(run: StoredRun, laboratory: "Laboratory", generation: int) -> "Population":
    """Read and validate a population whose genomes are stored.

    Raises:
        RunFileError: they are not stored, or corrupt; or these are not generations.
    """
    return _checked(run, laboratory, _population(run, laboratory, generation))


def parents_in(run: StoredRun, generation: int) -> Any:
    """Read the parents `[P, 2]` of a generation's individuals, -1 where there is none.

    Raises:
        CorruptRunError: they are missing or invalid.
        RunFileError: the run has no generations.
    """
    _refuse_others(run)
    parents = run.array("lineage", generation)
    if parents is None:
        raise CorruptRunError(run.path, f"the lineage of generation {generation} is missing")
    return _shaped(run, parents, (run.scenario.evolution.population, 2))


def lineage_by_generation(run: StoredRun, done: int | None = None) -> Iterator[tuple[int, list[int], list[list[int]]]]:
    """Yield each generation with the ids `[P]` of its individuals and of their parents `[P, 2]`, -1 where none is.

    They are the first `done` generations, or all that are stored.

    Raises:
        RunFileError: a generation is missing or corrupt.
    """
    size = run.scenario.evolution.population
    for generation in range(run.summary().done if done is None else done):
        parents = parents_in(run, generation)
        yield generation, list(range(generation * size, (generation + 1) * size)), parents.tolist()


def lives(run: StoredRun) -> Iterator[LifeRecord]:
    """Yield every individual that ever lived, each for one generation; those of the last are alive.

    Raises:
        RunFileError: a generation is missing or corrupt.
    """
    done = run.summary().done
    for generation, ids, parents in lineage_by_generation(run, done):
        for id, its in zip(ids, parents, strict=True):
            yield LifeRecord(id, its, generation, None if generation == done - 1 else generation + 1)


def _refuse_others(run: StoredRun) -> None:
    if run.contents.counts != "generations":
        counts = run.contents.counts
        raise RunFileError(
            f"{run.path}: has {counts}, as an ecology does, and no generations; `checkpoint` reads its state"
        )


def _population(run: StoredRun, laboratory: "Laboratory", generation: int) -> "Population":
    from evosim.evolution import Population

    _refuse_others(run)
    found, size = run.genomes(generation), run.scenario.evolution.population
    if found is None:
        raise RunFileError(f"{run.path}: the genomes of generation {generation} are not stored")
    genomes = _shaped(run, found[0], (size, len(laboratory.layout.loci)))
    return Population(generation, genomes, parents_in(run, generation), _shaped(run, found[1], (size,)))


def _checked(run: StoredRun, laboratory: "Laboratory", population: "Population") -> "Population":
    """Return a population if its fitness is finite and its alleles are in range."""
    generation, genomes, fitness = population.generation, population.genomes, population.fitness
    _refuse_what_is_not_finite(run, f"fitness of generation {generation}", fitness)
    low, high = (bound.astype(genomes.dtype) for bound in (laboratory.layout.low, laboratory.layout.high))
    if not ((low <= genomes) & (genomes <= high)).all():
        raise CorruptRunError(run.path, f"alleles of generation {generation} are out of range")
    return population


def _memory(run: StoredRun, laboratory: "Laboratory", generation: int) -> "Memory":
    stored, memory = run.memory(generation), {}
    for name, expected in laboratory.memory_shapes().items():
        if name not in stored:
            raise CorruptRunError(run.path, f"the {name} of generation {generation} are missing")
        memory[name] = _shaped(run, stored[name], expected)
        _refuse_what_is_not_finite(run, f"{name} of generation {generation}", memory[name])
    return memory


def _refuse_what_is_not_finite(run: StoredRun, what: str, values: Any) -> None:
    if not np.isfinite(values).all():
        raise CorruptRunError(run.path, f"the {what} contains a value that is not finite")


def _shaped(run: StoredRun, array: Any, expected: tuple[int, ...]) -> Any:
    if array.shape != expected:
        raise CorruptRunError(run.path, f"an array has shape {array.shape} where {expected} was expected")
    return array
