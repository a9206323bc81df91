"""Budget mazes: worlds in which what an agent can collect is what a budget of steps can buy.

A maze is a chain of shops. Before each lies a coin, which is good for one thing in this shop only; then the
way forks, and each branch passes a thing of one kind before both meet again:

    ###########       From `@`, a coin `o`; then north for a thing `b`, or south for an `a`. From where two
    ###...#####       branches meet to where the next two do, it takes 6 steps past an `a` and 10 past a `b`,
    ###.#.#####       in every shop of this maze: that is what these things cost. The last thing is had a
    ###.#b#..a#       step before the branches meet. So in B − 1 steps exactly those bundles x can be
    #@o.#.o.#.#       collected for which p·x ≤ B: in any order, and by no other way. For who comes back
    ###..a#.#b#       for what lies in the other branch has spent the coin, and gets nothing.
    #######.#.#
    #######...#
    ###########

Prices are even, and at least 6. Which branch has which kind is drawn for each shop, so that to turn
always the same way is not to want always the same kind. The budget is what energy an agent has, a unit
a step: a planner that counts on energy knows how much of its budget is left.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evosim.episode.outcomes import numbered_layout
from evosim.episode.rollout import live
from evosim.gridworld.actions import ANY_WAY
from evosim.gridworld.layouts import LayoutKind
from evosim.gridworld.sampling import FLOOR, NOWHERE, WALL, Worlds
from evosim.gridworld.shortest_paths import Atlas, draw_atlas
from evosim.gridworld.spec import Blueprint, Supply
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Bytes, Cells, Ids, Reals
from evosim.numerics.random import Stream, key_of, uniform

GOODS = 2  # of things; a coin's kind is GOODS + the number of its shop
CHEAPEST = 6
SHOP = 4  # columns from one shop to the next
FORK, MEETING, COIN = 3, 5, 2  # columns of the first


class BudgetMazes(NamedTuple):
    """E mazes, with the same budget of steps and prices of their own."""

    plan: Blueprint
    worlds: Worlds
    atlas: Atlas
    prices: Reals  # [E, 2]
    budget: int


def budget_mazes(
    prices: ArrayLike, budget: int, features: ArrayLike, *, coin: ArrayLike | None = None, seed: int = 0
) -> BudgetMazes:
    """Build a maze for each row of `prices [E, 2]`, where things of the two kinds have `features [2, F]`.

    A coin has none, or those given `[F]`: then a mind that imagines one thing at a time can want to go on to the next
    shop. What is wanted of bundles stays linear, as there is a coin for each thing.

    Raises:
        ValueError: a price is odd or under 6, or nothing can be bought.
    """
    priced, looks = np.asarray(prices), np.asarray(features, np.float64)
    if priced.ndim != 2 or priced.shape[1] != GOODS or not len(priced):
        raise ValueError(f"prices: their shape {list(priced.shape)} must be [mazes, {GOODS}], at least one maze")
    if looks.ndim != 2 or len(looks) != GOODS or not np.isfinite(looks).all():
        raise ValueError(f"features: they must be finite numbers of shape [{GOODS}, features]")
    bait = np.zeros(looks.shape[1]) if coin is None else np.asarray(coin, np.float64)
    if bait.shape != looks.shape[1:] or not np.isfinite(bait).all():
        raise ValueError(f"coin: its features must be {looks.shape[1]} finite numbers")
    odd = np.argwhere((priced % 2 != 0) | ~(priced >= CHEAPEST) | ~np.isfinite(priced))
    if odd.size:
        raise ValueError(f"prices: {priced[tuple(odd[0])]} at {odd[0].tolist()} must be even, {CHEAPEST} or more")
    if budget < priced.min(axis=1).max():
        raise ValueError(f"budget: {budget} must be enough for the cheaper thing of each maze")
    steps = priced.astype(np.int32)
    shops = budget // int(steps.min())
    plan = maze_blueprint(shops, budget, int(steps.max()), np.vstack([looks, bait]))
    mazes = [build_maze(each, plan, shops, key_of(seed, Stream.CHOICES, e)) for e, each in enumerate(steps)]
    count = len(mazes)
    worlds = Worlds(
        wall=np.array([wall for wall, _ in mazes]),
        start=np.full(count, (plan.rows // 2) * plan.columns + 1, np.int32),
        cell=np.array([cell for _, cell in mazes]),
        features=np.repeat(plan.fixed[None], count, axis=0),
        place=np.full((count, 0), NOWHERE, np.int8),
    )
    return BudgetMazes(plan, worlds, draw_atlas(plan, worlds), priced.astype(np.float64), budget)


def maze_blueprint(shops: int, budget: int, dearest: int, looks: Reals) -> Blueprint:
    """Return the blueprint of mazes: for each shop a thing of each kind, then the coins; `looks` is `[3, F]`."""
    things = GOODS * shops
    objects, types = things + shops, GOODS + shops
    type_of = np.concatenate([np.tile(np.arange(GOODS), shops), GOODS + np.arange(shops)]).astype(np.int32)
    is_thing = type_of < GOODS
    needs = np.zeros((objects, types), np.int32)
    needs[np.arange(things), GOODS + np.arange(things) // GOODS] = 1
    fixed, energy = looks[np.minimum(type_of, GOODS)], float(budget - 1)
    columns = SHOP * shops + COIN + 1
    return Blueprint(
        rows=2 * branch_height(dearest) + 3, columns=columns,
        layout=int(LayoutKind.MAP), layout_first=0.0, layout_second=0.0,
        steps=budget - 1, slip=0.0, slip_kind=ANY_WAY, type_of=type_of, fixed=fixed, probability=np.zeros_like(fixed),
        one_of=np.zeros_like(fixed), outcomes=np.eye(types, GOODS)[type_of], ends=np.zeros(objects, np.bool_),
        must_reach=np.ones(objects, np.bool_), taken=np.ones(objects, np.bool_), carried=~is_thing, needs=needs,
        locked=is_thing, respawns=np.zeros(objects, np.int32), energy=np.zeros(objects),
        supply=Supply(energy, energy, 1.0, 0.0, 0.0), vision=0, rules=np.zeros((1 + objects, 5), np.int32),
        terrain=np.zeros(0, np.uint8), marks=np.zeros(0, np.int16), place_type=np.zeros(0, np.int32), types=types,
        places=0, worlds=0,
    )  # fmt: skip


def branch_height(price: int) -> int:
    """Return how many rows a branch turns aside, so that it takes as many steps as the price."""
    return (price - SHOP) // 2


def build_maze(prices: Cells, plan: Blueprint, shops: int, key: np.uint64) -> tuple[Bytes, Cells]:
    """Return one maze: its walls `[C]`, and where each object stands `[N]`."""
    wall = np.full((plan.rows, plan.columns), WALL, np.uint8)
    middle = plan.rows // 2
    wall[middle, 1] = FLOOR
    cell = np.empty(len(plan.type_of), np.int32)
    for shop in range(shops):
        left = SHOP * shop
        fork, meeting = left + FORK, left + MEETING
        wall[middle, left + COIN : fork + 1] = wall[middle, meeting] = FLOOR
        cell[GOODS * shops + shop] = middle * plan.columns + left + COIN
        north = 1 if uniform(key, shop) < 0.5 else 0  # the kind that lies there
        for kind in range(GOODS):
            aside = -1 if kind == north else 1
            far = middle + aside * branch_height(int(prices[kind]))
            above, below = sorted((middle + aside, far))
            wall[above : below + 1, [fork, meeting]] = FLOOR
            wall[far, fork : meeting + 1] = FLOOR
            cell[GOODS * shop + kind] = (middle + aside) * plan.columns + meeting
    return wall.ravel(), cell


def collect_bundles(mazes: BudgetMazes, minds: Phenotypes, *, seed: int = 0) -> Reals:
    """Simulate P minds in each of E mazes, and return the bundles `[P, E, 2]` that they collect."""
    ids: Ids = np.arange(len(minds.controller), dtype=np.int64)
    lives = live(mazes.plan, mazes.worlds, mazes.atlas, minds, ids, key_of(seed, Stream.LIVES))
    return np.ascontiguousarray(lives.outcomes[:, :, numbered_layout(mazes.plan).slice_of("own")])


def crossing_prices(count: int, dearest: int = 16, *, seed: int = 0) -> Cells:
    """Draw pairs of different prices `[count, 2]` whose budget lines cross: those nearest to a common sum first.

    Raises:
        ValueError: there are not as many pairs of prices.
    """
    levels = range(CHEAPEST, dearest + 1, 2)
    pairs = [(one, other) for one in levels for other in levels if one != other]
    if count > len(pairs):
        raise ValueError(f"count: there are {len(pairs)} pairs of different prices up to {dearest}, not {count}")
    key = key_of(seed, Stream.CHOICES)
    middle = CHEAPEST + dearest
    chosen = sorted(range(len(pairs)), key=lambda i: (abs(sum(pairs[i]) - middle), uniform(key, i)))[:count]
    return np.array([pairs[i] for i in sorted(chosen)], np.int32)
