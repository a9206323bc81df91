"""Crossover: children are made of what their parents have, and no allele is lost or invented."""

import random
from collections import Counter

import numpy as np
import pytest
import reference
from deap import tools
from effort import cases
from evidence import TOO_SURPRISING, surprise, surprise_of_two
from small_evolutions import HIGH, LOCI, LOW, founders, kind_of, optimizer, quadratic

from evosim.evolution.crossover import (
    blend_crossover,
    crossover_operator,
    point_crossover,
    simulated_binary_crossover,
    uniform_crossover,
)
from evosim.numerics.random import key_of
from evosim.scenario.schema.evolution import (
    BlendCrossover,
    GaussianMutation,
    OnePointCrossover,
    SimulatedBinaryCrossover,
    TwoPointCrossover,
    UniformCrossover,
)


def test_crossover_equals_the_twin():
    rng = np.random.default_rng(20)
    for i in range(cases(400, 40)):
        genomes = founders(int(rng.integers(1, 12)), i)
        rows = rng.integers(0, len(genomes), rng.integers(0, 15))
        rate = float(rng.choice([0.0, 0.3, 0.6, 1.0]))
        children, mated = uniform_crossover(genomes, rows, key_of(i), rate=rate)
        twins, twins_mated = reference.crossover(genomes.tolist(), rows.tolist(), i, rate)
        assert children.tolist() == twins
        assert mated.tolist() == twins_mated


def test_no_allele_is_lost_when_two_parents_mate():
    """Whatever a pair swaps, at every locus the two children have the two alleles of their parents."""
    for i in range(cases(100, 20)):
        genomes = founders(30, i)
        rows = np.random.default_rng(i).permutation(30)
        children, mated = uniform_crossover(genomes, rows, key_of(21, i), rate=0.7)
        for pair in range(15):
            before, after = genomes[rows[2 * pair : 2 * pair + 2]], children[2 * pair : 2 * pair + 2]
            assert np.array_equal(np.sort(before, axis=0), np.sort(after, axis=0))
            if not mated[pair]:
                assert np.array_equal(before, after)
        assert np.array_equal(np.sort(genomes, axis=0), np.sort(children, axis=0))


def test_pairs_mate_at_the_rate_and_swap_half_of_their_loci():
    genomes = np.repeat(np.arange(2, dtype=np.float32)[:, None], 40, axis=1)
    count = cases(5000, 1000)
    children, mated = uniform_crossover(genomes, np.tile([0, 1], count), key_of(22), rate=0.6)
    assert abs(surprise([mated.sum(), (~mated).sum()], [0.6, 0.4])) < TOO_SURPRISING
    swapped = children[::2][mated]  # 1 where the first child has its second parent's allele
    assert abs(surprise(swapped.sum(axis=0), np.ones(40))) < TOO_SURPRISING
    assert abs(surprise([swapped.sum(), (1 - swapped).sum()], [1, 1])) < TOO_SURPRISING
    assert (children[::2][~mated] == 0).all()
    neighbours_agree = (swapped[:, 1:] == swapped[:, :-1]).mean()  # loci are not linked
    assert abs(neighbours_agree - 0.5) < 4 * 0.5 / np.sqrt(swapped[:, 1:].size)


def test_an_odd_parent_stays_alone():
    genomes = founders(5)
    children, mated = uniform_crossover(genomes, np.array([0, 1, 4]), key_of(23), rate=1.0)
    assert len(mated) == 1
    assert np.array_equal(children[2], genomes[4])


@pytest.mark.parametrize("points", [1, 2])
def test_crossover_at_points_equals_the_twin(points):
    rng = np.random.default_rng(27)
    for i in range(cases(400, 40)):
        genomes = founders(int(rng.integers(1, 12)), i)[:, : rng.integers(1, LOCI + 1)]
        rows, rate = rng.integers(0, len(genomes), rng.integers(0, 15)), float(rng.choice([0.0, 0.6, 1.0]))
        children, mated = point_crossover(genomes, rows, key_of(i), rate=rate, points=points)
        twins, twins_mated = reference.point_crossover(genomes.tolist(), rows.tolist(), i, rate, points)
        assert children.tolist() == twins
        assert mated.tolist() == twins_mated


@pytest.mark.parametrize(
    ("points", "by_deap", "kinds"), [(1, tools.cxOnePoint, 6), (2, tools.cxTwoPoint, 21)], ids=["one", "two"]
)
def test_cuts_lie_where_deap_puts_them(points, by_deap, kinds):
    """Which loci come from which parent is as often the same."""
    count, loci = cases(6000, 1500), 7
    genomes = np.repeat(np.arange(2, dtype=np.float32)[:, None], loci, axis=1)
    children, _ = point_crossover(genomes, np.tile([0, 1], count), key_of(28, points), rate=1.0, points=points)
    assert np.array_equal(children[::2], 1 - children[1::2])
    ours = Counter(map(tuple, children[::2].astype(int).tolist()))
    random.seed(29)
    theirs = Counter(tuple(by_deap([0] * loci, [1] * loci)[0]) for _ in range(count))
    assert ours.keys() == theirs.keys()
    assert len(ours) == kinds
    patterns = sorted(ours)
    assert abs(surprise_of_two([ours[p] for p in patterns], [theirs[p] for p in patterns])) < TOO_SURPRISING


MIXING = [
    (blend_crossover, {"alpha": 0.0}, reference.blend_spread(0.0), tools.cxBlend),
    (blend_crossover, {"alpha": 0.5}, reference.blend_spread(0.5), tools.cxBlend),
    (simulated_binary_crossover, {"eta": 0.0}, reference.binary_spread(0.0), tools.cxSimulatedBinary),
    (simulated_binary_crossover, {"eta": 15.0}, reference.binary_spread(15.0), tools.cxSimulatedBinary),
]
NAMES = ["blend 0", "blend 0.5", "sbx 0", "sbx 15"]


@pytest.mark.parametrize(("operator", "arguments", "spread", "_"), MIXING, ids=NAMES)
def test_crossover_by_mixing_equals_the_twin(operator, arguments, spread, _):
    rng = np.random.default_rng(30)
    for i in range(cases(300, 30)):
        genomes = founders(int(rng.integers(1, 12)), i)
        rows, rate = rng.integers(0, len(genomes), rng.integers(0, 15)), float(rng.choice([0.0, 0.6, 1.0]))
        children, mated = operator(genomes, rows, key_of(i), LOW, HIGH, rate=rate, **arguments)
        twins, twins_mated = reference.mixed(genomes.tolist(), rows.tolist(), i, LOW, HIGH, rate, spread)
        assert mated.tolist() == twins_mated
        np.testing.assert_allclose(children, np.reshape(twins, children.shape), rtol=1e-5, atol=1e-5)
        alone = np.ones(len(rows), bool)
        alone[: 2 * len(mated)] = ~np.repeat(mated, 2)
        assert np.array_equal(children[alone], genomes[rows[alone]])


@pytest.mark.parametrize(("operator", "arguments", "_", "by_deap"), MIXING, ids=NAMES)
def test_children_lie_where_those_of_deap_do(operator, arguments, _, by_deap):
    """Far from all bounds; the parents are at 0 and 1."""
    pairs, loci = cases(3000, 300), 3
    genomes = np.repeat(np.arange(2, dtype=np.float32)[:, None], loci, axis=1)
    far = np.full(loci, 1e9)
    children, _ = operator(genomes, np.tile([0, 1], pairs), key_of(31), -far, far, rate=1.0, **arguments)
    random.seed(32)
    (argument,) = arguments.values()
    theirs = np.array([by_deap([0.0] * loci, [1.0] * loci, argument) for _ in range(pairs)])
    borders = np.quantile(theirs[:, 0], np.linspace(0, 1, 21)[1:-1])  # half of SBX's lie between the parents
    ours = np.bincount(np.searchsorted(borders, children[::2].ravel()), minlength=20)
    assert abs(surprise_of_two(ours, np.bincount(np.searchsorted(borders, theirs[:, 0].ravel())))) < TOO_SURPRISING
    near = np.abs(children).max(axis=1) < 1e3
    near = near[::2] & near[1::2]
    np.testing.assert_allclose((children[::2] + children[1::2])[near], 1.0, atol=1e-3)


CROSSOVERS = [
    UniformCrossover(rate=1.0),
    OnePointCrossover(operator="one_point", rate=1.0),
    TwoPointCrossover(operator="two_point", rate=1.0),
    BlendCrossover(operator="blend", rate=1.0, alpha=2.0),
    SimulatedBinaryCrossover(operator="sbx", rate=1.0, eta=1.0),
]


@pytest.mark.parametrize("chosen", CROSSOVERS, ids=kind_of)
def test_children_stay_within_bounds(chosen):
    genomes = founders(cases(1000, 100), 2)
    mate = crossover_operator(chosen, LOW, HIGH)
    for generation in range(5):
        genomes, mated = mate(genomes, np.random.default_rng(generation).permutation(len(genomes)), key_of(generation))
        assert mated.all()
        assert genomes.dtype == np.float32
        assert (genomes >= LOW.astype(np.float32)).all()
        assert (genomes <= HIGH.astype(np.float32)).all()


@pytest.mark.parametrize("chosen", CROSSOVERS, ids=kind_of)
def test_every_crossover_records_the_parents(chosen):
    genetic = optimizer(crossover=chosen, mutation=GaussianMutation(rate=0.0, scale=0.1), elites=0)
    founding = genetic.ask().copy()
    genetic.tell(quadratic(founding))
    children, parents = genetic.ask(), genetic.population.parents
    assert (parents >= 0).all()
    assert np.array_equal(parents[::2], parents[1::2, ::-1])
    if chosen.operator in ("uniform", "one_point", "two_point"):
        from_either = (children[:, None] == founding[parents]).any(axis=1)
        assert from_either.all()
    same = parents[:, 0] == parents[:, 1]  # who mates with itself has itself as child
    np.testing.assert_allclose(children[same], founding[parents[same, 0]], rtol=1e-6)
