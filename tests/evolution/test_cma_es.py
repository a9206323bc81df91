"""CMA-ES: a distribution adapts as that of DEAP does, within bounds, and can be gone on from."""

import numpy as np
import pytest
from deap import cma
from effort import cases
from small_evolutions import HIGH, LOCI, LOW, founders, noisy, quadratic, settings

from evosim.evolution import CovarianceAdaptation
from evosim.evolution.deap_individuals import Handle
from evosim.evolution.population import ALONE
from evosim.numerics.random import Stream, key_of
from evosim.scenario.schema.evolution import CovarianceMatrixAdaptation


def adaptation(seed: int = 1, population: int = 24, sigma: float = 0.3, **changes: object) -> CovarianceAdaptation:
    chosen = settings(population=population, cma_es=CovarianceMatrixAdaptation(sigma=sigma), **changes)
    return CovarianceAdaptation(chosen, founders(population), LOW, HIGH, seed=seed)


def test_a_distribution_adapts_like_that_of_deap():
    """DEAP's strategy in widths of the ranges, far from all bounds, on the same draws."""
    ours = adaptation(sigma=0.01)
    start = ((founders(24) - LOW) / (HIGH - LOW)).mean(axis=0)
    theirs = cma.Strategy(start, 0.01, lambda_=24)
    for generation in range(8):
        np.random.seed(int(key_of(1, Stream.MUTATION, generation)) % 2**32)  # noqa: NPY002
        points = theirs.generate(np.asarray)
        np.testing.assert_allclose(ours.ask(), LOW + np.array(points) * (HIGH - LOW), rtol=1e-4, atol=1e-4)
        fitness = -np.abs(np.array(points) - start - 0.1 * (-1.0) ** np.arange(LOCI)).sum(axis=1)
        individuals = [Handle(row, value) for row, value in enumerate(fitness)]
        ordered = sorted(individuals, key=lambda handle: handle.fitness, reverse=True)
        population = [Placed(points[handle.row], handle.fitness) for handle in ordered]
        theirs.update(population)
        ours.tell(fitness)
    np.testing.assert_allclose(ours.memory["centroid"], theirs.centroid, atol=1e-5)
    np.testing.assert_allclose(ours.memory["covariance"], theirs.C, rtol=1e-3, atol=1e-4)
    assert float(ours.memory["sigma"]) == pytest.approx(theirs.sigma, rel=1e-3)
    assert theirs.sigma > 0.011  # it had far to go


class Placed(list):
    def __init__(self, place, fitness):
        super().__init__(place)
        self.fitness = fitness


def test_adaptation_optimises_a_quadratic():
    optimizer = adaptation()
    for _ in range(60):
        optimizer.tell(quadratic(optimizer.ask()))
    best = optimizer.hall_of_fame()[0]
    assert best.fitness > -1e-6
    assert (optimizer.population.parents == ALONE).all()
    assert optimizer.population.generation == 59


@pytest.mark.parametrize("optimum", [0.0, 1.0, 0.5])
def test_adaptation_stays_within_bounds_however_long(optimum):
    """Also when it has converged, or nothing is to be learned: no step vanishes, no number overflows."""
    for fitness_of in (lambda x: -np.abs(x - optimum).sum(axis=1), lambda x: np.zeros(len(x))):
        optimizer = adaptation(population=12)
        for _ in range(cases(600, 100)):
            genomes = optimizer.ask()
            assert (genomes >= LOW.astype(np.float32)).all()
            assert (genomes <= HIGH.astype(np.float32)).all()
            optimizer.tell(fitness_of((genomes - LOW) / (HIGH - LOW)))
        assert all(np.isfinite(array).all() for array in optimizer.memory.values())
        assert len(np.unique(optimizer.ask(), axis=0)) > 1


@pytest.mark.parametrize("measure", [lambda genomes, generation: quadratic(genomes), noisy])
def test_an_adaptation_restored_goes_on_as_if_it_had_never_stopped(measure):
    straight, stopping = adaptation(), adaptation()
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    for generation in range(12):
        straight.tell(measure(straight.ask(), generation))
        stopping.tell(measure(stopping.ask(), generation))
        again = adaptation()
        again.restore(stopping.population, stopping.hall_of_fame(), stopping.memory)
        stopping = again
    assert np.array_equal(straight.ask(), stopping.ask())
    assert all(np.array_equal(straight.memory[name], array) for name, array in stopping.memory.items())
    assert [f.id for f in straight.hall_of_fame()] == [f.id for f in stopping.hall_of_fame()]
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    assert not np.array_equal(adaptation(seed=2).ask(), adaptation(seed=3).ask())


def test_adaptation_refuses_what_is_no_fitness():
    optimizer = adaptation()
    with pytest.raises(ValueError, match=r"individual 0 \(row 0\) is nan, not a finite number"):
        optimizer.tell(np.full(24, np.nan))
    assert optimizer.population.fitness is None


HOSTILE = {
    "flat": lambda genomes, chance: np.zeros(len(genomes)),
    "luck": lambda genomes, chance: chance.normal(size=len(genomes)),
    "luck in steps": lambda genomes, chance: np.rint(chance.normal(size=len(genomes))),
    "away for ever": lambda genomes, chance: genomes[:, 0].astype(float),
    "of any size": lambda genomes, chance: (genomes[:, 0] > 0) * 10.0 ** chance.uniform(-300, 300),
}


@pytest.mark.parametrize("fitness", HOSTILE)
@pytest.mark.parametrize(("population", "sigma"), [(2, 1e-7), (3, 1.0), (8, 0.3), (24, 1.0)])
def test_a_distribution_stays_finite_and_can_be_gone_on_from_whatever_it_is_told(fitness, population, sigma):
    chance = np.random.default_rng(population)
    ours = adaptation(population=population, sigma=sigma)
    for _ in range(400):
        ours.tell(HOSTILE[fitness](ours.ask(), chance))
        assert all(np.isfinite(array).all() for array in ours.memory.values())
    again = adaptation(population=population, sigma=sigma)
    again.restore(ours.population, ours.hall_of_fame(), ours.memory)
    assert np.array_equal(again.ask(), ours.ask())


@pytest.mark.parametrize("scale", [1e290, 1e-290])
def test_covariance_and_step_size_that_have_drifted_apart_find_together(scale):
    ours, chance = adaptation(population=8), np.random.default_rng(1)
    ours.tell(chance.normal(size=8))
    drawn = ours.memory
    drawn["covariance"], drawn["covariance_path"] = drawn["covariance"] * scale, drawn["covariance_path"] * scale**0.5
    drawn["sigma"] = drawn["sigma"] / scale**0.5
    ours.restore(ours.population, ours.hall_of_fame(), drawn)
    for _ in range(200):
        ours.tell(chance.normal(size=len(ours.ask())))
        assert all(np.isfinite(array).all() for array in ours.memory.values())
    assert 1e-12 < np.linalg.eigvalsh(ours.memory["covariance"])[-1] < 1e12
