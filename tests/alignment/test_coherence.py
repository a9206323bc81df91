"""Coherence of choices: published values, closed forms, and every circle and subset tried on small data."""

from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from effort import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from evosim.alignment.rationality.bronars import all_efficiencies, bronars_power, random_bundles, random_efficiencies
from evosim.alignment.rationality.garp import critical_cost_efficiency, houtman_maks_index, satisfies_garp
from evosim.alignment.rationality.money_pump import mean_money_pump, money_pump_index
from evosim.numerics.random import Stream, key_of, uniform

# The example of the R package revpref 0.1.0 (its README), with what it prints: GARP is violated, and satisfied at .9;
# ccei 0.9488409, mpi 0.07242757 (least) and 0.18732824 (largest), bronars 0.858 of 1,000 samples.
PRICES = np.array(
    [[4, 4, 4], [1, 9, 3], [2, 8, 3], [1, 8, 4], [3, 1, 9], [3, 2, 8], [8, 4, 1], [4, 1, 8], [9, 3, 1], [8, 3, 2]]
)
BUNDLES = np.array(
    [
        [1.81, 0.19, 10.51], [17.28, 2.26, 4.13], [12.33, 2.05, 2.99], [6.06, 5.19, 0.62], [11.34, 10.33, 0.63],
        [4.33, 8.08, 2.61], [4.36, 1.34, 9.76], [1.37, 36.35, 1.02], [3.21, 4.97, 6.20], [0.32, 8.53, 10.92],
    ]
)  # fmt: skip


def test_a_published_example_has_its_published_indices():
    assert not satisfies_garp(PRICES, BUNDLES)
    assert satisfies_garp(PRICES, BUNDLES, efficiency=0.9)
    assert critical_cost_efficiency(PRICES, BUNDLES) == pytest.approx(0.9488409, abs=5e-8)
    assert money_pump_index(PRICES, BUNDLES) == pytest.approx(0.18732824, abs=5e-9)
    assert mean_money_pump(PRICES, BUNDLES) == pytest.approx(
        0.07242757, abs=5e-9
    )  # one pair violates, the least circle
    samples = cases(4000, 200)
    power = bronars_power(PRICES, (PRICES * BUNDLES).sum(axis=1), samples=samples)
    assert power == pytest.approx(0.858, abs=4 * np.sqrt(0.858 * 0.142 * (1 / 1000 + 1 / samples)))


@pytest.mark.parametrize("dearer", [1.5, 2, 10])
def test_who_always_buys_the_dearer_good_loses_what_it_is_dearer_by(dearer):
    prices, bundles = [[1, dearer], [dearer, 1]], [[0, 3], [3, 0]]
    assert critical_cost_efficiency(prices, bundles) == pytest.approx(1 / dearer)
    assert money_pump_index(prices, bundles) == pytest.approx(1 - 1 / dearer)
    assert mean_money_pump(prices, bundles) == pytest.approx(1 - 1 / dearer)
    assert houtman_maks_index(prices, bundles) == 0.5


def test_a_circle_of_three_needs_three():
    """Each bundle is preferred to the next, all around, and no two of them contradict each other (three goods)."""
    prices = np.array([[2, 1, 3], [3, 2, 1], [1, 3, 2]])
    bundles = np.eye(3) * 6
    assert not satisfies_garp(prices, bundles)
    assert mean_money_pump(prices, bundles) == 0
    assert critical_cost_efficiency(prices, bundles) == pytest.approx(1 / 2)
    assert money_pump_index(prices, bundles) == pytest.approx(1 / 2)
    assert houtman_maks_index(prices, bundles) == pytest.approx(2 / 3)


def test_the_critical_efficiency_is_a_supremum_and_need_not_be_attained():
    prices, bundles = [[1, 1], [1, 2]], [[2, 0], [0, 2]]  # a tie at the first prices, a strict preference at the second
    assert critical_cost_efficiency(prices, bundles) == 1
    assert not satisfies_garp(prices, bundles)
    assert satisfies_garp(prices, bundles, efficiency=1 - 1e-9)
    assert money_pump_index(prices, bundles) == pytest.approx(2 / 6)


def test_indifference_all_around_is_coherent():
    prices, bundles = [[0.1, 0.7], [0.1, 0.7]], [[7 * 0.3, 0], [0, 0.3]]  # which cost the same but for rounding
    assert satisfies_garp(prices, bundles)
    assert (critical_cost_efficiency(prices, bundles), money_pump_index(prices, bundles)) == (1, 0)


def circles_of(count):
    for size in range(2, count + 1):
        for subset in combinations(range(count), size):
            for rest in permutations(subset[1:]):
                yield [subset[0], *rest, subset[0]]


def brute(prices, bundles):
    """Try every circle: GARP, the critical efficiency, the largest money pump, and the mean over violating pairs."""
    costs = [[sum(p * x for p, x in zip(price, bundle, strict=True)) for bundle in bundles] for price in prices]
    consistent, efficiency, pumps, pairs = True, 1.0, [0.0], []
    for cycle in circles_of(len(prices)):
        steps = [(costs[i][i], costs[i][j]) for i, j in pairwise(cycle)]
        if any(spent == 0 for spent, _ in steps):
            continue
        efficiency = min(efficiency, max(other / spent for spent, other in steps))
        if all(spent >= other for spent, other in steps) and any(spent > other for spent, other in steps):
            consistent = False
            pumps.append(sum(spent - other for spent, other in steps) / sum(spent for spent, _ in steps))
            if len(steps) == 2:
                pairs.append(pumps[-1])
    return consistent, efficiency, max(pumps), sum(pairs) / max(len(pairs), 1)


whole = st.integers(0, 3)


@settings(max_examples=cases(300, 60))
@given(st.integers(1, 5).flatmap(lambda n: st.tuples(
    st.lists(st.tuples(whole.map(lambda p: p + 1), whole.map(lambda p: p + 1)), min_size=n, max_size=n),
    st.lists(st.tuples(whole, whole), min_size=n, max_size=n),
)))  # fmt: skip
def test_the_indices_are_those_of_all_circles_and_subsets(choices):
    """Whole numbers up to 3, so that ties, equal bundles and empty ones are common."""
    prices, bundles = choices
    consistent, efficiency, pump, mean = brute(prices, bundles)
    assert satisfies_garp(prices, bundles) == consistent
    assert critical_cost_efficiency(prices, bundles) == pytest.approx(efficiency, rel=1e-12)
    assert money_pump_index(prices, bundles) == pytest.approx(pump, rel=1e-9)
    assert mean_money_pump(prices, bundles) == pytest.approx(mean, rel=1e-9)
    if consistent:
        assert (critical_cost_efficiency(prices, bundles), money_pump_index(prices, bundles)) == (1, 0)
    largest = max(
        size
        for size in range(1, len(prices) + 1)
        for kept in combinations(range(len(prices)), size)
        if brute([prices[i] for i in kept], [bundles[i] for i in kept])[0]
    )
    assert houtman_maks_index(prices, bundles) == pytest.approx(largest / len(prices))


@settings(max_examples=cases(40, 15))
@given(seed=st.integers(0, 2**32))
def test_three_goods_and_longer_circles_are_those_of_brute_force_too(seed):
    rng = np.random.default_rng(seed)
    prices, bundles = rng.uniform(1, 5, (6, 3)), rng.exponential(size=(6, 3))
    bundles *= 10 / (prices * bundles).sum(axis=1, keepdims=True)
    consistent, efficiency, pump, mean = brute(prices.tolist(), bundles.tolist())
    assert satisfies_garp(prices, bundles) == consistent
    found = (
        critical_cost_efficiency(prices, bundles),
        money_pump_index(prices, bundles),
        mean_money_pump(prices, bundles),
    )
    assert found == pytest.approx((efficiency, pump, mean), rel=1e-9)


@pytest.mark.parametrize("substitution", [-9.0, -1.0, 0.3, 0.9])
def test_who_maximises_any_utility_is_coherent(substitution):
    """Demand of a constant elasticity of substitution, which is a closed form; the weights may be anybody's."""
    rng = np.random.default_rng(1)
    for weights in ([0.5, 0.3, 0.2], [0.01, 0.01, 0.98]):
        prices, budgets = rng.uniform(1, 5, (40, 3)), rng.uniform(5, 20, (40, 1))
        wanted = (np.array(weights) / prices) ** (1 / (1 - substitution))
        bundles = budgets * wanted / (prices * wanted).sum(axis=1, keepdims=True)
        assert satisfies_garp(prices, bundles)
        assert critical_cost_efficiency(prices, bundles) == 1
        assert money_pump_index(prices, bundles) == 0
        assert houtman_maks_index(prices, bundles) == 1
        assert bronars_power(prices, budgets[:, 0], samples=50) > 0.9  # a test that could have failed


def test_who_spends_nothing_or_only_once_has_revealed_nothing():
    rng = np.random.default_rng(2)
    prices = rng.uniform(1, 5, (10, 2))
    for bundles in (np.zeros((10, 2)), np.eye(10)[:, :2]):
        assert satisfies_garp(prices, bundles)
        assert (critical_cost_efficiency(prices, bundles), money_pump_index(prices, bundles)) == (1, 0)
    assert critical_cost_efficiency([[2.0]], [[3.0]]) == 1


@settings(max_examples=cases(40, 10))
@given(seed=st.integers(0, 2**32), scale=st.sampled_from([1e-300, 0.2, 1e200]))
def test_money_has_no_unit(seed, scale):
    rng = np.random.default_rng(seed)
    prices, bundles = rng.uniform(1, 3, (8, 2)), rng.exponential(size=(8, 2))
    for index in (critical_cost_efficiency, money_pump_index, mean_money_pump, houtman_maks_index):
        assert index(scale * prices, bundles) == pytest.approx(index(prices, bundles), rel=1e-9)
        assert index(prices, scale * bundles) == pytest.approx(index(prices, bundles), rel=1e-9)


def test_many_choosers_are_judged_at_once_as_each_alone():
    rng = np.random.default_rng(3)
    prices = rng.uniform(1, 5, (12, 2))
    bundles = random_bundles(prices, np.full(12, 10.0), samples=20, seed=1)
    alone = [critical_cost_efficiency(prices, each) for each in bundles]
    np.testing.assert_array_equal(all_efficiencies(prices, bundles), alone)
    np.testing.assert_array_equal(random_efficiencies(prices, np.full(12, 10.0), samples=20, seed=1), alone)


def test_random_choosers_divide_each_budget_uniformly():
    prices, budgets = np.array([[1.0, 2.0, 4.0], [3.0, 1.0, 1.0]]), np.array([8.0, 5.0])
    drawn = random_bundles(prices, budgets, samples=cases(20_000, 1000), seed=4)
    np.testing.assert_allclose((drawn * prices).sum(axis=2), np.tile(budgets, (len(drawn), 1)))
    shares = drawn * prices / budgets[:, None]
    error = 4 / np.sqrt(len(drawn))
    assert shares.mean(axis=0) == pytest.approx(np.full((2, 3), 1 / 3), abs=error)
    for share in (0.25, 0.5):  # of a uniform division among three, a part is over s with chance (1 − s)²
        assert (shares > share).mean(axis=0) == pytest.approx(np.full((2, 3), (1 - share) ** 2), abs=error)
    scope = key_of(4, Stream.CHOICES, 1)  # the second chooser, by its draws
    waits = -np.log1p(-np.array([uniform(scope, draw) for draw in range(6)])).reshape(2, 3)
    np.testing.assert_allclose(shares[1], waits / waits.sum(axis=1, keepdims=True))


def test_budgets_that_never_cross_have_no_power():
    prices, budgets = np.tile([1.0, 2.0], (9, 1)), np.arange(1.0, 10.0)
    assert bronars_power(prices, budgets, samples=50) == 0


@pytest.mark.parametrize(
    ("prices", "bundles", "said"),
    [
        ([[1, 2]], [[1, 2, 3]], r"bundles: their shape \[1, 3\] must be that of prices, \[1, 2\]"),
        ([1, 2], [1, 2], r"prices: their shape \[2\] must be \[budgets, goods\]"),
        (np.zeros((0, 2)), np.zeros((0, 2)), r"prices: their shape \[0, 2\] must be"),
        ([[1, 0]], [[1, 1]], r"prices: 0.0 at \[0, 1\] must be a finite number, positive"),
        ([[1, np.inf]], [[1, 1]], r"prices: inf at \[0, 1\] must be a finite number, positive"),
        ([[1, 1]], [[1, np.nan]], r"bundles: nan at \[0, 1\] must be a finite number, 0 or more"),
        ([[1, 1]], [[-1, 1]], r"bundles: -1.0 at \[0, 0\] must be a finite number, 0 or more"),
    ],
)
def test_what_are_no_choices_is_refused_with_what_would_be_right(prices, bundles, said):
    for index in (critical_cost_efficiency, money_pump_index, mean_money_pump, houtman_maks_index, satisfies_garp):
        with pytest.raises(ValueError, match=said):
            index(prices, bundles)


def test_what_are_no_budgets_is_refused_with_what_would_be_right():
    with pytest.raises(ValueError, match=r"budgets: their shape \[2\] must be \[1\]"):
        bronars_power([[1, 2]], [1, 2])
    with pytest.raises(ValueError, match="budgets: each must be a finite number, positive"):
        bronars_power([[1, 2]], [np.nan])
    with pytest.raises(ValueError, match="samples: there must be at least 1, not 0"):
        bronars_power([[1, 2]], [1], samples=0)
    with pytest.raises(ValueError, match=r"efficiency: 1.5 must lie between 0 and 1"):
        satisfies_garp([[1, 2]], [[1, 1]], efficiency=1.5)
