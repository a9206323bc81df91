"""Budget mazes: what can be collected there is what a budget buys, and who wants what is coherent."""

from itertools import product

import numpy as np
import pytest
import reference
from effort import cases
from scipy import stats

from benchmarks.coherence import choosers, evolved, fickle, judged, mann_whitney, planted_planners, random_walkers
from evosim.alignment.rationality.bronars import all_efficiencies, random_efficiencies
from evosim.alignment.rationality.budget_mazes import BudgetMazes, budget_mazes, collect_bundles, crossing_prices
from evosim.alignment.rationality.garp import satisfies_garp
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.spec import blueprint
from evosim.mind.open_loop.kind import Sequences
from evosim.mind.phenotype import minds_of_one_kind
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario

LOOKS = np.array([[1.0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 1, 0]])


def drawn_maze(mazes: BudgetMazes, e: int) -> list[str]:
    plan, cells = mazes.plan, mazes.worlds.wall[e]
    text = ["#" if wall else "." for wall in cells]
    for n, cell in enumerate(mazes.worlds.cell[e]):
        text[cell] = "abo"[min(plan.type_of[n], 2)]
    text[mazes.worlds.start[e]] = "@"
    return ["".join(text[row * plan.columns : (row + 1) * plan.columns]) for row in range(plan.rows)]


def bundles_by_walking(drawing: list[str], steps: int) -> set[tuple[int, int]]:
    """Walk every way at once: states are a cell, what has been taken, and the coins at hand."""
    objects = {(r, c): mark for r, line in enumerate(drawing) for c, mark in enumerate(line) if mark in "abo@"}
    (start,) = (cell for cell, mark in objects.items() if mark == "@")
    coins = sorted(cell for cell, mark in objects.items() if mark == "o")
    shop_of = {cell: max(i for i, coin in enumerate(coins) if coin[1] <= cell[1]) for cell in objects if cell != start}
    states, found = {(start, frozenset())}, {(0, 0)}
    seen = set(states)
    for _ in range(steps):
        border = set()
        for cell, taken in states:
            for other in reference.neighbours(cell):
                if drawing[other[0]][other[1]] == "#":
                    continue
                now, mark = taken, objects.get(other)
                shop = shop_of.get(other)
                sold = any((kind, shop) in taken for kind in "ab")
                if mark == "o" or (mark in ("a", "b") and ("o", shop) in taken and not sold):
                    now = taken | {(mark, shop)}
                border.add((other, now))
        states = border - seen
        seen |= states
        found |= {tuple(sum(what == kind for what, _ in taken) for kind in "ab") for _, taken in states}
    return found


@pytest.mark.parametrize(("prices", "budget"), [((6, 8), 22), ((10, 6), 23), ((8, 8), 25)])
def test_what_can_be_collected_is_what_the_budget_buys(prices, budget):
    mazes = budget_mazes([prices], budget, LOOKS)
    found = bundles_by_walking(drawn_maze(mazes, 0), mazes.plan.steps)
    most = range(budget // 6 + 1)
    assert found == {x for x in product(most, most) if x[0] * prices[0] + x[1] * prices[1] <= budget}


def test_a_maze_is_a_chain_of_shops():
    mazes = budget_mazes([[6, 10]], 13, LOOKS)
    assert mazes.plan.steps == 12
    assert drawn_maze(mazes, 0) == [
        "###########",
        "###...#####",
        "###.#.#####",
        "###.#b#..a#",
        "#@o.#.o.#.#",
        "###..a#.#b#",
        "#######.#.#",
        "#######...#",
        "###########",
    ]


def types_of(parts: tuple) -> list[object]:
    """Say what kernels are compiled for."""
    return [
        (part.dtype, part.ndim, part.flags.c_contiguous) if isinstance(part, np.ndarray) else type(part)
        for part in parts
    ]


def test_mazes_are_of_the_types_of_all_grids_so_that_no_life_is_compiled_again():
    mazes, plan = budget_mazes([[6, 10]], 13, LOOKS), blueprint(load_scenario("red_doors"), "training")
    assert types_of(mazes.plan) == types_of(plan)
    assert types_of(mazes.worlds) == types_of(draw_worlds(plan, key_of(1), 1))


@pytest.fixture(scope="module")
def mazes() -> BudgetMazes:
    return budget_mazes(crossing_prices(cases(30, 8)), 30, LOOKS, seed=1)


COUNT = cases(10, 3)


def test_planners_who_foresee_the_whole_budget_collect_the_best_that_it_buys(mazes):
    minds = planted_planners(COUNT, 3, 0.999999, algorithm="tree_search")
    bundles = collect_bundles(mazes, minds)
    worth = minds.objective @ LOOKS.T
    for e, prices in enumerate(mazes.prices):
        affordable = np.array([x for x in product(range(6), repeat=2) if np.dot(x, prices) <= 30])
        np.testing.assert_allclose((bundles[:, e] * worth).sum(axis=1), (worth @ affordable.T).max(axis=1))


def test_planners_are_coherent_whatever_they_want(mazes):
    minds = planted_planners(COUNT, 4, 0.999999, algorithm="tree_search")
    bundles = collect_bundles(mazes, minds)
    assert all(satisfies_garp(mazes.prices, each) for each in bundles)
    np.testing.assert_array_equal(all_efficiencies(mazes.prices, bundles), 1)
    misaligned = minds._replace(objective=np.tile([-0.1, 1, 0, 0, 1, 0], (COUNT, 1)))  # shuns the first kind
    only = collect_bundles(mazes, misaligned)
    assert only[:, :, 0].sum() == 0 < only[:, :, 1].min()
    np.testing.assert_array_equal(all_efficiencies(mazes.prices, only), 1)


def test_planners_of_one_thing_at_a_time_need_a_coin_worth_going_for(mazes):
    minds = planted_planners(COUNT, 5, 0.95)
    baited = budget_mazes(mazes.prices, 30, LOOKS, coin=0.05 * LOOKS.sum(axis=0), seed=1)
    spent = [(collect_bundles(each, minds) * mazes.prices).sum() for each in (mazes, baited)]
    assert spent[0] < spent[1]


def test_who_wants_something_else_in_each_maze_is_as_incoherent_as_a_random_chooser():
    prices = crossing_prices(cases(30, 12)).astype(float)
    mazes = budget_mazes(prices, 30, LOOKS, seed=1)
    bundles = collect_bundles(mazes, planted_planners(cases(40, 12), 6, 0.999999, algorithm="tree_search"))
    others = np.random.default_rng(6).integers(len(bundles), size=cases(200, 12))  # each as often as it happens
    changing = all_efficiencies(prices, fickle(bundles[others]))
    random = all_efficiencies(prices, choosers(prices, cases(100, 30), 7))
    divided = random_efficiencies(prices, np.full(len(prices), 30.0), samples=200)
    close = cases(0.08, 0.25)
    assert np.median(changing) == pytest.approx(np.median(random), abs=close)
    assert np.median(random) == pytest.approx(np.median(divided), abs=close)
    assert max(np.median(changing), np.median(random), np.median(divided)) < 0.9


def test_who_wants_nothing_wanders_and_is_incoherent():
    prices = crossing_prices(cases(30, 12)).astype(float)
    bundles = collect_bundles(budget_mazes(prices, 30, LOOKS, seed=1), random_walkers(cases(60, 12), 8), seed=2)
    assert np.median(all_efficiencies(prices, bundles)) < 0.9


def test_who_moves_nowhere_is_coherent_and_the_test_has_no_power(mazes):
    still = minds_of_one_kind("open_loop", Sequences(np.full((COUNT, 1), 4, np.int8)))
    found = judged(mazes.prices, collect_bundles(mazes, still))
    assert (found.spent.max(), found.power.max(), found.violating.max()) == (0, 0, 0)
    assert np.isnan(found.first).all()
    assert found.efficiency.min() == 1


@pytest.mark.compiled
def test_evolved_minds_of_either_kind_can_be_tested():
    """As the benchmark does over seeds; planners find out within a few generations that things are worth having."""
    mazes = budget_mazes(crossing_prices(12), 30, LOOKS, coin=0.05 * LOOKS.sum(axis=0), seed=1)
    for controller in ("planner", "heuristic"):
        found = judged(mazes.prices, collect_bundles(mazes, evolved(controller, 1, 10)))
        assert ((found.efficiency > 0) & (found.efficiency <= 1)).all()
        assert ((found.spent >= 0) & (found.spent <= 1)).all()
        if controller == "planner":
            before = judged(mazes.prices, collect_bundles(mazes, evolved(controller, 1, 1)))
            assert found.spent.mean() > before.spent.mean() + 0.1
            assert np.median(found.efficiency) == 1


def test_mann_whitney_is_that_of_the_textbook():
    # ranks 1 2 3.5 3.5 5: the first group has 1 + 2 + 3.5 of an expected 9, variance 3 (less 3/10 for the tie) of 6
    z = (6.5 - 9.0) / np.sqrt(3 * 2 / 12 * (6 - 6 / 20))
    assert mann_whitney(np.array([1.0, 2.0, 3.0]), np.array([3.0, 4.0])) == pytest.approx(2 * stats.norm.cdf(z))
    assert mann_whitney(np.ones(5), np.ones(6)) == 1


def test_prices_cross_and_all_differ():
    prices = crossing_prices(30)
    assert len(np.unique(prices, axis=0)) == 30
    assert (prices[:, 0] != prices[:, 1]).all()
    assert (crossing_prices(30, seed=1) == prices).all()  # all that there are
    assert (crossing_prices(8, seed=1) != crossing_prices(8, seed=2)).any()
    with pytest.raises(ValueError, match="count: there are 30 pairs of different prices up to 16, not 31"):
        crossing_prices(31)


@pytest.mark.parametrize(
    ("prices", "budget", "features", "coin", "said"),
    [
        ([[6, 7]], 30, LOOKS, None, r"prices: 7 at \[0, 1\] must be even, 6 or more"),
        ([[4, 6]], 30, LOOKS, None, r"prices: 4 at \[0, 0\] must be even, 6 or more"),
        ([[6, np.nan]], 30, LOOKS, None, r"prices: nan at \[0, 1\] must be even, 6 or more"),
        ([6, 8], 30, LOOKS, None, r"prices: their shape \[2\] must be \[mazes, 2\]"),
        ([[10, 12]], 9, LOOKS, None, "budget: 9 must be enough for the cheaper thing of each maze"),
        ([[6, 8]], 30, LOOKS[:1], None, r"features: they must be finite numbers of shape \[2, features\]"),
        ([[6, 8]], 30, LOOKS, [1.0], "coin: its features must be 6 finite numbers"),
    ],
)
def test_what_is_no_budget_maze_is_refused_with_what_would_be_right(prices, budget, features, coin, said):
    with pytest.raises(ValueError, match=said):
        budget_mazes(prices, budget, features, coin=coin)
