"""Mutation: steps are as long and as frequent as asked for, within bounds."""

import random
from collections import Counter
from statistics import NormalDist

import numpy as np
import pytest
import reference
from deap import tools
from effort import cases
from evidence import TOO_SURPRISING, kolmogorov, surprise, surprise_of_two
from hypothesis import given
from hypothesis import strategies as st
from small_evolutions import HIGH, LOCI, LOW, founders, kind_of, quadratic, settings

from evosim.evolution import Genetic, make_toolbox
from evosim.evolution.variation import gaussian_mutation, mutation_operator, polynomial_mutation, reset_mutation
from evosim.numerics.random import key_of, reflect
from evosim.scenario.schema.evolution import GaussianMutation, PolynomialMutation, ResetMutation, UniformCrossover


def test_mutation_equals_the_twin():
    rng = np.random.default_rng(24)
    for i in range(cases(200, 20)):
        genomes = founders(6, i)
        rate, scale = float(rng.choice([0.0, 0.2, 1.0])), float(rng.choice([0.05, 0.5, 1.0]))
        mutants = gaussian_mutation(genomes.copy(), key_of(i), LOW, HIGH, rate=rate, scale=scale)
        for row, genome in enumerate(genomes.tolist()):
            twin = reference.mutated(genome, reference.fold(i, row), LOW, HIGH, rate, scale)
            assert mutants[row].tolist() == pytest.approx(twin, rel=1e-6, abs=1e-6)
            untouched = [a == b for a, b in zip(genome, twin, strict=True)]
            assert (mutants[row] == genomes[row]).tolist() == untouched


def test_loci_mutate_at_the_rate_by_steps_of_scaled_half_widths():
    middle = np.tile(((LOW + HIGH) / 2).astype(np.float32), (cases(20_000, 2_000), 1))
    mutants = gaussian_mutation(middle.copy(), key_of(25), LOW, HIGH, rate=0.2, scale=0.1)
    for locus in range(LOCI):
        moved = mutants[:, locus] != middle[:, locus]
        assert abs(surprise([moved.sum(), (~moved).sum()], [0.2, 0.8])) < TOO_SURPRISING
        steps = (mutants[moved, locus].astype(float) - middle[0, locus]) / (0.1 * (HIGH[locus] - LOW[locus]) / 2)
        assert kolmogorov(np.array([NormalDist().cdf(step) for step in steps])) < 1.95
    together = Counter((mutants != middle).sum(axis=1).tolist())  # loci mutate independently of each other
    binomial = [0.262144, 0.393216, 0.24576, 0.08192, 0.01536, 0.001536, 0.000064]
    assert abs(surprise([together[n] for n in range(4)], binomial[:4])) < TOO_SURPRISING


def test_mutants_stay_within_bounds_and_without_selection_every_allele_is_as_likely():
    genomes = founders(cases(4000, 400), 1)
    for generation in range(40):
        gaussian_mutation(genomes, key_of(26, generation), LOW, HIGH, rate=1.0, scale=1.0)
        assert (genomes >= LOW.astype(np.float32)).all()
        assert (genomes <= HIGH.astype(np.float32)).all()
    for locus in range(LOCI):
        assert kolmogorov((genomes[:, locus].astype(float) - LOW[locus]) / (HIGH - LOW)[locus]) < 1.95


MUTATIONS = [
    GaussianMutation(rate=1.0, scale=1.0),
    PolynomialMutation(operator="polynomial", rate=1.0, eta=0.0),
    PolynomialMutation(operator="polynomial", rate=1.0, eta=20.0),
    ResetMutation(operator="reset", rate=1.0),
]


@pytest.mark.parametrize("eta", [0.0, 3.0, 20.0])
def test_polynomial_mutation_equals_the_twin(eta):
    for i in range(cases(100, 10)):
        genomes, rate = founders(6, i), (0.0, 0.3, 1.0)[i % 3]
        mutants = polynomial_mutation(genomes.copy(), key_of(i), LOW, HIGH, rate=rate, eta=eta)
        for row, genome in enumerate(genomes.tolist()):
            twin = reference.polynomially_mutated(genome, reference.fold(i, row), LOW, HIGH, rate, eta)
            assert mutants[row].tolist() == pytest.approx(twin, rel=1e-5, abs=1e-5)
            if rate == 0:
                assert mutants[row].tolist() == genome


def test_reset_mutation_equals_the_twin():
    for i in range(cases(100, 10)):
        genomes, rate = founders(6, i), (0.0, 0.3, 1.0)[i % 3]
        mutants = reset_mutation(genomes.copy(), key_of(i), LOW, HIGH, rate=rate)
        for row, genome in enumerate(genomes.tolist()):
            twin = reference.reset(genome, reference.fold(i, row), LOW, HIGH, rate)
            assert mutants[row].tolist() == pytest.approx(twin, rel=1e-6, abs=1e-6)


def test_polynomial_steps_are_those_of_deap_far_from_bounds():
    """In the middle, where the bounds change DEAP's steps by a millionth."""
    count = cases(4000, 400)
    middle = ((LOW + HIGH) / 2).astype(np.float32)
    mutants = polynomial_mutation(np.tile(middle, (count, 1)), key_of(33), LOW, HIGH, rate=1.0, eta=20.0)
    ours = ((mutants - middle) / (HIGH - LOW)).ravel()
    random.seed(34)
    low, high, start = LOW.tolist(), HIGH.tolist(), middle.tolist()
    theirs = np.array([tools.mutPolynomialBounded(start.copy(), 20.0, low, high, 1.0)[0] for _ in range(count)])
    theirs = ((theirs - middle) / (HIGH - LOW)).ravel()
    borders = np.quantile(theirs, np.linspace(0, 1, 21)[1:-1])
    counts = [np.bincount(np.searchsorted(borders, each), minlength=20) for each in (ours, theirs)]
    assert abs(surprise_of_two(*counts)) < TOO_SURPRISING


@pytest.mark.parametrize("chosen", MUTATIONS, ids=kind_of)
def test_without_selection_every_mutation_makes_every_allele_as_likely(chosen):
    genomes = founders(cases(4000, 200), 3)
    mutate = mutation_operator(chosen, LOW, HIGH)
    for generation in range(20):
        genomes = mutate(genomes, key_of(35, generation))
        assert (genomes >= LOW.astype(np.float32)).all()
        assert (genomes <= HIGH.astype(np.float32)).all()
    for locus in range(LOCI):
        assert kolmogorov((genomes[:, locus].astype(float) - LOW[locus]) / (HIGH - LOW)[locus]) < 1.95


@pytest.mark.parametrize("chosen", MUTATIONS, ids=kind_of)
def test_a_locus_mutates_at_its_own_rate_and_scale_as_if_all_had_it(chosen):
    own_rate, own_scale = np.array([np.nan, 0, 1, 0.5, np.nan, 0.2]), np.array([0.5, np.nan, 1, 0.01, np.nan, 0.3])
    has_scale = isinstance(chosen, GaussianMutation)
    mutants = mutation_operator(chosen, LOW, HIGH, own_rate, own_scale if has_scale else None)(founders(40), key_of(36))
    for locus in range(LOCI):
        own = {"rate": own_rate[locus]} | ({"scale": own_scale[locus]} if has_scale else {})
        for_all = chosen.model_copy(update={key: float(value) for key, value in own.items() if not np.isnan(value)})
        alone = mutation_operator(for_all, LOW, HIGH)(founders(40), key_of(36))
        assert np.array_equal(mutants[:, locus], alone[:, locus])
    none = np.full(LOCI, np.nan)
    expected = mutation_operator(chosen, LOW, HIGH)(founders(40), key_of(37))
    assert np.array_equal(mutation_operator(chosen, LOW, HIGH, none, none)(founders(40), key_of(37)), expected)


@pytest.mark.parametrize("chosen", [m for m in MUTATIONS if not isinstance(m, GaussianMutation)], ids=kind_of)
def test_scales_of_loci_need_an_operator_that_has_a_scale(chosen):
    with pytest.raises(ValueError, match=f"mutation by {chosen.operator} has no scale"):
        mutation_operator(chosen, LOW, HIGH, scale=np.full(LOCI, 0.1))


def test_a_locus_of_rate_0_never_mutates():
    rate = np.array([0.0, 1, 0, 1, 0, 1])
    chosen = settings(mutation=GaussianMutation(rate=0.5), crossover=UniformCrossover(rate=0.0))
    genetic = Genetic(chosen, founders(), LOW, HIGH, seed=1, rate=rate, scale=np.full(LOCI, 0.5))
    box = make_toolbox(chosen, founders(), LOW, HIGH, quadratic, values=1, rate=rate)
    genetic.tell(quadratic(genetic.ask()))
    children = genetic.ask()[1:]
    parents = founders()[genetic.population.parents[1:, 0]]
    assert ((children == parents) == (rate == 0)).all()
    one = box.individual()
    (mutant,) = box.mutate(box.clone(one))
    assert ((np.array(mutant) == np.array(one)) == (rate == 0)).all()


@given(value=st.floats(-50, 50), low=st.floats(-3, 3), width=st.floats(0.25, 10))
def test_reflection_is_bouncing_between_two_mirrors(value, low, width):
    high = low + width
    inside = reflect(value, low, high)
    assert low - 1e-12 <= inside <= high + 1e-12
    assert inside == pytest.approx(reference.reflect(value, low, high), abs=1e-9)
    if low <= value <= high:
        assert inside == pytest.approx(value, abs=1e-12)
