"""The money pump: what a trader can extract from cyclic preferences, as a share of what is spent.

Along a cycle of revealed preferences k_1 … k_n a trader buys each bundle at the prices at which the
next one is preferred, and sells it where it is dearer; the index of the cycle is
Σ p^k·(x^k − x^{k+1}) / Σ p^k·x^k (Echenique, Lee and Shum 2011). The largest index of all cycles can be
found in polynomial time (Smeulders, Cherchye, Spieksma and De Rock 2013); the mean of all can't, that over pairs can.
"""

import numpy as np
from numpy.typing import ArrayLike

from evosim.alignment.rationality.garp import TIE, check_choices, cost_ratios, costs_of, violations
from evosim.numerics.arrays import Reals

NO_STEP = -np.inf


def money_pump_index(prices: ArrayLike, bundles: ArrayLike) -> float:
    """Return the largest money pump index `0..1` of all cycles of preferences in choices `[N, G]`: 0 if GARP holds.

    Every cycle found sets the threshold that the next has to exceed, until none does (Dinkelbach 1967).

    Raises:
        ValueError: prices are not positive, bundles are negative, or shapes differ.
    """
    choices = check_choices(prices, bundles)
    ratios, costs = cost_ratios(choices), costs_of(choices)
    if not violations(ratios <= 1.0, ratios < 1.0).any():
        return 0.0
    spent = np.diagonal(costs)
    gains = np.where(ratios < 1.0, spent[:, None] - costs, 0.0)  # nothing where it is a tie
    best = 0.0
    while True:
        steps = np.where(ratios <= 1.0, gains - best * spent[:, None], NO_STEP)
        cycle = positive_cycle(steps, TIE * float(spent.max()))
        index = float(gains[cycle, np.roll(cycle, -1)].sum() / spent[cycle].sum()) if cycle else 0.0
        if index <= best * (1.0 + TIE):
            return best
        best = index


def mean_money_pump(prices: ArrayLike, bundles: ArrayLike) -> float:
    """Return the mean money pump index over the pairs of choices `[N, G]` that violate GARP; 0 without any.

    Raises:
        ValueError: prices are not positive, bundles are negative, or shapes differ.
    """
    choices = check_choices(prices, bundles)
    ratios, costs = cost_ratios(choices), costs_of(choices)
    spent = np.diagonal(costs)
    violating = (ratios <= 1.0) & (ratios.T <= 1.0) & ((ratios < 1.0) | (ratios.T < 1.0))
    one, other = np.nonzero(np.triu(violating))
    if not one.size:
        return 0.0
    together = spent[one] + spent[other]
    return float(np.mean((together - costs[one, other] - costs[other, one]) / together))


def positive_cycle(steps: Reals, least: float) -> list[int]:
    """Return a cycle along which steps `[N, N]` add up to more than 0, by Bellman and Ford; an empty list if none does.

    Increases by no more than `least` count as rounding. What increases in as many rounds as there are choices does so
    by a cycle.
    """
    count = len(steps)
    height, before = np.zeros(count), np.full(count, -1)
    risen = np.zeros(count, np.bool_)
    for _ in range(count):
        heights = height[:, None] + steps
        highest = heights.max(axis=0)
        risen = highest > height + least
        if not risen.any():
            return []
        before[risen] = heights.argmax(axis=0)[risen]
        height = np.where(risen, highest, height)
    at = int(np.argmax(risen))
    for _ in range(count):  # back from what still rises, into the circle
        at = int(before[at])
    cycle = [at]
    while before[cycle[-1]] != at:
        cycle.append(int(before[cycle[-1]]))
    return cycle[::-1]
