"""Bronars' power: how often a test of coherence finds random choices to be incoherent.

A test that no choice could fail is uninformative. Its *power* is the share of random choosers that violate GARP: they
spend each budget, in shares of the goods that are uniform over all divisions (Bronars 1987, Becker 1962).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from evosim.alignment.rationality.garp import check_choices, cost_ratios, efficiencies, violations
from evosim.numerics.arrays import Reals
from evosim.numerics.compiler import kernel
from evosim.numerics.random import Stream, fold, key_of, uniform

AT_ONCE = 2**22  # numbers of one batch


def bronars_power(prices: ArrayLike, budgets: ArrayLike, *, samples: int = 1000, seed: int = 0) -> float:
    """Return the share of random choosers who violate GARP, at prices `[N, G]` and with budgets `[N]`.

    Raises:
        ValueError: prices or budgets are not positive, their shapes don't fit, or there are no samples.
    """
    bundles = random_bundles(prices, budgets, samples=samples, seed=seed)
    violating = [violations(each <= 1.0, each < 1.0).any(axis=(1, 2)) for each in batched_cost_ratios(prices, bundles)]
    return float(np.concatenate(violating).mean())


def random_efficiencies(prices: ArrayLike, budgets: ArrayLike, *, samples: int = 1000, seed: int = 0) -> Reals:
    """Return the critical cost efficiency `[samples]` of random choosers, at prices `[N, G]` and with budgets `[N]`.

    Raises:
        ValueError: prices or budgets are not positive, their shapes don't fit, or there are no samples.
    """
    return all_efficiencies(prices, random_bundles(prices, budgets, samples=samples, seed=seed))


def all_efficiencies(prices: ArrayLike, bundles: ArrayLike) -> Reals:
    """Return the critical cost efficiency `[P]` of each of P choosers, of bundles `[P, N, G]` at prices `[N, G]`.

    Raises:
        ValueError: prices are not positive, bundles are negative, or shapes differ.
    """
    return np.concatenate([efficiencies(ratios) for ratios in batched_cost_ratios(prices, bundles)])


def batched_cost_ratios(prices: ArrayLike, bundles: ArrayLike) -> Iterator[Reals]:
    """Yield the cost ratios `[*, N, N]` of P choosers, in batches that fit in memory."""
    choices = check_choices(prices, bundles)
    count = max(1, AT_ONCE // len(choices.prices) ** 2)
    for first in range(0, len(choices.bundles), count):
        yield cost_ratios(choices._replace(bundles=choices.bundles[first : first + count]))


def random_bundles(prices: ArrayLike, budgets: ArrayLike, *, samples: int, seed: int) -> Reals:
    """Draw bundles `[samples, N, G]` of random choosers, who spend all of each budget.

    Raises:
        ValueError: prices or budgets are not positive, their shapes don't fit, or there are no samples.
    """
    spent = np.asarray(budgets, np.float64)
    priced = np.asarray(prices, np.float64)
    if spent.shape != priced.shape[:1]:
        raise ValueError(f"budgets: their shape {list(spent.shape)} must be {list(priced.shape[:1])}, one for each row")
    if not (np.isfinite(spent) & (spent > 0.0)).all():
        raise ValueError("budgets: each must be a finite number, positive")
    if samples < 1:
        raise ValueError(f"samples: there must be at least 1, not {samples}")
    check_choices(priced, np.zeros_like(priced))
    shares = np.empty((samples, *priced.shape))
    draw_shares(key_of(seed, Stream.CHOICES), shares)
    return np.asarray(shares * spent[:, None] / priced)


@kernel
def draw_shares(key: np.uint64, out_shares: Reals) -> None:
    """Draw shares of G goods `[R, N, G]`, uniform over all divisions: exponential numbers over their sum."""
    samples, budgets, goods = out_shares.shape
    for r in range(samples):
        scope = fold(key, r)
        for i in range(budgets):
            total = 0.0
            for good in range(goods):
                out_shares[r, i, good] = -np.log(1.0 - uniform(scope, i * goods + good))
                total += out_shares[r, i, good]
            for good in range(goods):
                out_shares[r, i, good] /= total
