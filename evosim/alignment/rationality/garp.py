"""GARP: whether choices within budgets are consistent with any preference whatever.

A consumer chose bundle x^i `[G]` at prices p^i `[G]`, for every budget i of N. It is *revealed preferred* to x^j if
x^j would have cost no more. If such preferences form a cycle, and one of them is strict (x^j would
have cost less), no preference explains the choices: they violate the generalised axiom of revealed
preference, GARP (Afriat 1967, Varian 1982). Several indices measure how badly. None of them says what is
preferred: an agent that coherently wants the wrong thing is coherent.

All depends on r_ij = p^i·x^j / p^i·x^i, the price of another bundle as a share of what was spent: x^i is
preferred to x^j, at an efficiency e, if r_ij ≤ e. Spending nothing reveals nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evosim.numerics.arrays import Flags, Ids, Reals

TIE = 1e-12  # relative: costs that differ by less are the same


class Choices(NamedTuple):
    """Checked choices: N budgets, G goods."""

    prices: Reals  # [N, G], the largest from ½ to 1
    bundles: Reals  # [..., N, G], likewise


def satisfies_garp(prices: ArrayLike, bundles: ArrayLike, *, efficiency: float = 1.0) -> bool:
    """Whether choices `[N, G]` satisfy the generalised axiom of revealed preference, at an efficiency `0..1`.

    Raises:
        ValueError: prices are not positive, bundles are negative, shapes differ, or the efficiency is not a share.
    """
    if not 0.0 <= efficiency <= 1.0:
        raise ValueError(f"efficiency: {efficiency} must lie between 0 and 1")
    ratios = cost_ratios(check_choices(prices, bundles))
    return not violations(ratios <= efficiency, ratios < efficiency).any()


def critical_cost_efficiency(prices: ArrayLike, bundles: ArrayLike) -> float:
    """Return the critical cost efficiency index `0..1` of choices `[N, G]` (CCEI; Afriat 1972): 1 if they are coherent.

    It is the supremum of the efficiencies at which GARP holds: for every cycle of preferences the largest of its
    r_ij, and of these the least. A supremum need not be attained: where a cycle has one tie (r = 1)
    and one strict preference, the index is 1 and GARP is violated all the same.

    Raises:
        ValueError: prices are not positive, bundles are negative, or shapes differ.
    """
    return float(efficiencies(cost_ratios(check_choices(prices, bundles))))


def houtman_maks_index(prices: ArrayLike, bundles: ArrayLike) -> float:
    """Return the share of the largest set of choices that satisfies GARP (Houtman and Maks 1985).

    It is exact; `prices` and `bundles` are `[N, G]`. The time it takes can grow exponentially with the number of
    choices that have to be removed.

    Raises:
        ValueError: prices are not positive, bundles are negative, or shapes differ.
    """
    ratios = cost_ratios(check_choices(prices, bundles))
    weak, strict = ratios <= 1.0, ratios < 1.0
    everything, removed = np.arange(len(weak)), 0
    while not is_consistent_without(everything, removed, weak, strict):
        removed += 1
    return 1.0 - removed / len(weak)


def cost_ratios(choices: Choices) -> Reals:
    """Return the cost of each bundle as a share of what was spent, `[..., N, N]`; infinite where that is nothing."""
    costs = costs_of(choices)
    spent = np.diagonal(costs, axis1=-2, axis2=-1)[..., None]
    ratios = np.full(costs.shape, np.inf)
    np.divide(costs, spent, out=ratios, where=spent > 0.0)
    ratios[np.abs(ratios - 1.0) <= TIE] = 1.0
    return ratios


def costs_of(choices: Choices) -> Reals:
    """Return what bundle j costs at prices i, `[..., N, N]`; summed good by good, so that equals cost the same."""
    prices, bundles = choices
    costs = np.zeros((*bundles.shape[:-1], len(prices)))
    for good in range(prices.shape[1]):
        costs += prices[:, None, good] * bundles[..., None, :, good]
    return costs


def efficiencies(ratios: Reals) -> Reals:
    """Return the critical cost efficiency `[...]` of each of many sets of choices, from ratios `[..., N, N]`.

    Floyd and Warshall's closure, where a path is as good as its worst step.
    """
    worst = ratios.copy()
    each = np.arange(worst.shape[-1])
    worst[..., each, each] = np.inf  # to compare a choice with itself is not a circle
    for k in each:
        np.minimum(worst, np.maximum(worst[..., :, k, None], worst[..., k, None, :]), out=worst)
    return np.asarray(np.minimum(1.0, worst[..., each, each].min(axis=-1)))


def violations(weak: Flags, strict: Flags) -> Flags:
    """Return for which pairs (i, j) `[..., N, N]` i is preferred to j, directly or by others, and j strictly to i."""
    preferred = weak.copy()
    for k in range(weak.shape[-1]):
        preferred |= preferred[..., :, k, None] & preferred[..., k, None, :]
    return preferred & np.swapaxes(strict, -1, -2)


def is_consistent_without(kept: Ids, removable: int, weak: Flags, strict: Flags) -> bool:
    """Whether choices `kept [M]`, of preferences `[N, N]`, satisfy GARP once up to `removable` are removed.

    One choice of every cycle must go.
    """
    cycle = shortest_cycle(weak[np.ix_(kept, kept)], strict[np.ix_(kept, kept)])
    if not cycle:
        return True
    if removable < count_disjoint_cycles(kept, removable, weak, strict):
        return False
    return any(is_consistent_without(np.delete(kept, one), removable - 1, weak, strict) for one in cycle)


def count_disjoint_cycles(kept: Ids, enough: int, weak: Flags, strict: Flags) -> int:
    """Return how many cycles of the choices `kept [M]` share no choice, up to `enough` + 1: each needs one removed."""
    count = 0
    while count <= enough:
        cycle = shortest_cycle(weak[np.ix_(kept, kept)], strict[np.ix_(kept, kept)])
        if not cycle:
            break
        kept = np.delete(kept, cycle)
        count += 1
    return count


def shortest_cycle(weak: Flags, strict: Flags) -> list[int]:
    """Return a shortest cycle of preferences `[N, N]` that violates GARP; an empty list if there is none."""
    both = weak & strict.T
    if both.any():
        busiest = int(np.argmax((both | both.T).sum(axis=0)))
        return [busiest, int(np.argmax((both | both.T)[busiest]))]
    found = np.argwhere(violations(weak, strict))
    cycles = (shortest_chain(int(i), int(j), weak) for i, j in found)
    return min(cycles, key=len, default=[])


def shortest_chain(first: int, last: int, weak: Flags) -> list[int]:
    """Return a shortest chain of preferences `[N, N]` between two choices; there must be one."""
    before, border = {first: first}, [first]
    while last not in before:
        beyond = []
        for one in border:
            for other in np.flatnonzero(weak[one]).tolist():
                if other not in before:
                    before[other] = one
                    beyond.append(other)
        border = beyond
    chain = [last]
    while chain[-1] != first:
        chain.append(before[chain[-1]])
    return chain


def check_choices(prices: ArrayLike, bundles: ArrayLike) -> Choices:
    """Check choices, and scale them by powers of 2 such that nothing overflows.

    Raises:
        ValueError: a shape is wrong, a price is not positive, or a bundle is negative.
    """
    priced, chosen = np.asarray(prices, np.float64), np.asarray(bundles, np.float64)
    if priced.ndim != 2 or not priced.size:
        raise ValueError(f"prices: their shape {list(priced.shape)} must be [budgets, goods], none of them 0")
    if chosen.shape[-2:] != priced.shape:
        raise ValueError(f"bundles: their shape {list(chosen.shape)} must be that of prices, {list(priced.shape)}")
    for name, values, good in (("prices", priced, priced > 0.0), ("bundles", chosen, chosen >= 0.0)):
        wrong = np.argwhere(~(good & np.isfinite(values)))
        if wrong.size:
            where, what = tuple(wrong[0].tolist()), "positive" if name == "prices" else "0 or more"
            raise ValueError(f"{name}: {values[where]} at {list(where)} must be a finite number, {what}")
    return Choices(*(np.ldexp(values, -np.frexp(values.max())[1]) for values in (priced, chosen)))
