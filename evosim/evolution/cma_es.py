"""CMA-ES (Hansen and Ostermeier 2001) as a base optimizer, by `deap.cma`.

Instead of breeding, it draws each population from a normal distribution, and moves and stretches that towards the
better half. Loci are measured in widths of their range, so that one step size fits all. Alleles beyond a bound are
reflected, and the strategy learns from the reflected ones.
"""

import numpy as np

from evosim.evolution.deap_individuals import MaximizedFitness, seeded
from evosim.evolution.population import (
    ALONE,
    HallOfFame,
    HallOfFameEntry,
    Memory,
    Population,
    check_fitness,
    check_memory,
)
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.compiler import kernel
from evosim.numerics.random import Stream, key_of, reflect
from evosim.scenario.schema.evolution import Evolution

SMALLEST_STEP = 1e-7  # widths of the range: what a genome of float32 can still tell apart
LARGEST_STEP = 1e3  # likewise: reflected, it is everywhere
LARGEST_CONDITION = 1e14
LARGEST_SCALE = 1e12  # of the covariance: what is beyond goes into the step size
LARGEST_PATH = 1e3  # expected lengths of the path of a random walk: beyond, a step would be multiplied by infinity


class CmaIndividual(list[float]):
    """A genome in widths of its ranges, with a fitness, for DEAP's strategy."""

    def __init__(self, place: Reals, fitness: float) -> None:
        super().__init__(place.tolist())
        self.fitness = MaximizedFitness((float(fitness),))


class CovarianceAdaptation:
    """Evolve a distribution over genomes.

        optimizer = CovarianceAdaptation(settings, founders, low, high, seed=1)
        for _ in range(settings.generations):
            genomes = optimizer.ask()
            optimizer.tell(evaluate(genomes))

    The distribution starts at the mean of the founders `[P, L]`, with the scenario's step size in all
    directions; generation 0 is drawn from it. Nobody has parents.
    """

    def __init__(self, settings: Evolution, founders: Genes, low: Reals, high: Reals, *, seed: int) -> None:
        from deap import cma  # takes as long to import as all of evolution

        self.seed = seed
        self.low, self.high = low, high
        centre = self._places(founders).mean(axis=0)
        self.strategy = cma.Strategy(centre, settings.cma_es.sigma, lambda_=len(founders))
        self.fame = HallOfFame(settings.hall_of_fame)
        self.population = self._draw(0)

    @property
    def memory(self) -> Memory:
        """The distribution and its two evolution paths, by name."""
        s = self.strategy
        numbers = {"sigma": s.sigma, "updates": s.update_count}
        arrays = {"centroid": s.centroid, "covariance": s.C, "covariance_path": s.pc, "sigma_path": s.ps}
        return {name: np.array(value, np.float64) for name, value in (numbers | arrays).items()}

    @memory.setter
    def memory(self, memory: Memory) -> None:
        """Restore the distribution and its evolution paths."""
        s = self.strategy
        s.sigma, s.update_count = float(memory["sigma"]), int(memory["updates"])
        s.centroid, s.C = memory["centroid"].copy(), memory["covariance"].copy()
        s.pc, s.ps = memory["covariance_path"].copy(), memory["sigma_path"].copy()
        self._decompose()

    def restore(self, population: Population, famous: list[HallOfFameEntry], memory: Memory | None = None) -> None:
        """Resume from an evaluated population, its hall of fame, and the distribution after it.

        Raises:
            ValueError: something is missing in the memory.
        """
        self.memory = check_memory(memory, self.memory)
        self.population = population
        self.fame.restore(famous)

    def ask(self) -> Genes:
        """Return the genomes `[P, L]` to evaluate, drawn from the distribution."""
        if self.population.fitness is not None:
            self.population = self._draw(self.population.generation + 1)
        return self.population.genomes

    def tell(self, fitness: Reals, *, objectives: Reals | None = None, cases: Reals | None = None) -> None:
        """Record the fitness `[P]` of the genomes last asked for, and adapt; larger is better.

        Raises:
            ValueError: a fitness is missing or not finite.
        """
        fitness = check_fitness(self.population, fitness)
        self.population = self.population._replace(fitness=fitness)
        self.fame.update(self.population, fitness)
        places = self._places(self.population.genomes)
        points = [CmaIndividual(place, value) for place, value in zip(places, fitness, strict=True)]
        before = self.memory
        try:
            with np.errstate(all="ignore"):  # rounding can make the least variance negative or 0: see _bound
                self.strategy.update(points)
        except np.linalg.LinAlgError:  # what it would decompose is infinite
            self._keep_shape(before)
        if not all(np.isfinite(array).all() for array in self.memory.values()):
            self._keep_shape(before)
        self._bound()

    def hall_of_fame(self) -> list[HallOfFameEntry]:
        """Return the best individuals of all generations, by the fitness each was measured with, best first."""
        return self.fame.members()

    def _places(self, genomes: Genes) -> Reals:
        return (genomes.astype(np.float64) - self.low) / (self.high - self.low)

    def _draw(self, generation: int) -> Population:
        with seeded(key_of(self.seed, Stream.MUTATION, generation)):
            places = np.array(self.strategy.generate(np.asarray))
        genomes = np.empty(places.shape, np.float32)
        write_genomes(places, self.low, self.high, genomes)
        return Population(generation, genomes, np.full((len(genomes), 2), ALONE, np.int64))

    def _keep_shape(self, before: Memory) -> None:
        """Undo an update of step size, covariance and paths that overflowed; the centre has moved."""
        s = self.strategy
        s.sigma, s.C = float(before["sigma"]), before["covariance"].copy()
        s.pc, s.ps = np.zeros(s.dim), np.zeros(s.dim)

    def _bound(self) -> None:
        """Keep the covariance positive, and step sizes between those that float32 can resolve and LARGEST_STEP.

        Covariance and step size can drift apart without the distribution changing; the scale is moved from one to the
        other. So a run of any length continues to sample.
        """
        s = self.strategy
        variances = np.linalg.eigvalsh(s.C)
        if variances[-1] <= 0.0:  # nothing is left of it
            s.C, s.pc, variances = np.identity(s.dim), np.zeros(s.dim), np.ones(s.dim)
        if not 1 / LARGEST_SCALE < variances[-1] < LARGEST_SCALE:
            scale = float(variances[-1])
            s.C, s.pc, s.sigma = s.C / scale, s.pc / np.sqrt(scale), float(s.sigma) * np.sqrt(scale)
            variances = variances / scale
        lacking = variances[-1] / LARGEST_CONDITION - variances[0]
        if lacking > 0:
            s.C = s.C + lacking * np.identity(s.dim)
        for path in (s.ps, s.pc):
            length = float(np.linalg.norm(path))
            if length > LARGEST_PATH * s.chiN:
                path *= LARGEST_PATH * s.chiN / length
        self._decompose()
        widest = float(s.diagD[-1])
        s.sigma = min(max(float(s.sigma), SMALLEST_STEP / widest), LARGEST_STEP / widest)

    def _decompose(self) -> None:
        """Compute the axes of the covariance, such that a restored distribution has those it had."""
        s = self.strategy
        variances, s.B = np.linalg.eigh(s.C)
        s.diagD = np.sqrt(np.maximum(variances, variances[-1] / (2.0 * LARGEST_CONDITION)))
        s.BD = s.B * s.diagD


def strategy_shapes(loci: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the memory of CMA-ES over genomes of so many loci, by name."""
    row = (loci,)
    return {
        "sigma": (), "updates": (), "centroid": row, "covariance": (loci, loci), "covariance_path": row,
        "sigma_path": row,
    }  # fmt: skip


@kernel
def write_genomes(places: Reals, low: Reals, high: Reals, out_genomes: Genes) -> None:
    """Write the alleles of positions `[P, L]` in widths of the range, reflected into the range."""
    for row in range(places.shape[0]):
        for locus in range(places.shape[1]):
            allele = low[locus] + places[row, locus] * (high[locus] - low[locus])
            out_genomes[row, locus] = reflect(allele, low[locus], high[locus])
