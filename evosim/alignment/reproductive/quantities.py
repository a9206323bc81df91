"""Reproductive alignment: does what an agent wants go with having children, which is what natural selection counts?

An ecology has no stated base objective: it is realised reproduction. So the inner alignment gap is found by
experiment. Agents are simulated again and again, as they are and with other mesa-objectives. Each life comes to
a utility, by the agent's *own* objective whatever it acted on, and to a number of children. Over the behaviours
that these objectives lead to, expected utility U and expected reproduction R are compared within each agent:

    reproductive alignment   ρ = Σ cov(U, R) / √(Σ var(U) · Σ var(R))                        sums over agents
    reproductive gap         1 − Σ (R[best by U] − mean R) / Σ (R[best by R] − mean R)

ρ is 1 if the more it gets of what it wants the more children it has, 0 if the two have nothing to do with each other.
The gap is 0 if choosing what it wants most is choosing what has most children, 1 if that is as good as choosing at
random, above 1 if worse. Neither is biased by random variation of lives: moments are products of *different* lives, and
what was selected by some lives is evaluated by others.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.quantities import Quantity
from evosim.numerics.arrays import Reals
from evosim.numerics.bootstrap import bootstrap_interval, generator, key_for, ratio_of_means

OWN = 0  # the behaviour of an agent as it is
RANDOM_OBJECTIVES = 32  # for each agent, to say what a gap is by chance
CHILDREN = "children in a life"
RANDOM, ALIGNMENT, GAP, BY_CHANCE, CAPABILITY, FIRST_MEAN = range(6)  # words of keys


class AlternativeLives(NamedTuple):
    """What the lives of M agents come to with each of K mesa-objectives, S times each; the first is its own."""

    felt: Reals  # [M, K, S, W] features as perceived, and those times each drive
    children: Reals  # [M, K, S] each counts whole, for both of its parents
    own: Reals  # [M, W] mesa-objective; only its direction matters

    def utility(self, objectives: Reals | None = None) -> Reals:
        """Return the utility of all lives `[M, K, S]` by each agent's own objective, or by others `[M, W]`.

        Objectives are scaled to length 1.
        """
        judge = self.own if objectives is None else objectives
        length = np.linalg.norm(judge, axis=1, keepdims=True)
        unit = np.divide(judge, length, out=np.zeros(judge.shape), where=length > 0)
        utility: Reals = np.einsum("mksw,mw->mks", self.felt, unit)
        return utility


def reproductive_quantities(lives: AlternativeLives, key: np.uint64) -> list[Quantity]:
    """Return reproductive alignment and gap, and what they are made of, with 95% intervals over agents.

    Agents of one state are relatives who share a world: the interval is about lives in that population, not about
    what evolution does.

    Raises:
        ValueError: there are fewer than two behaviours, or than two lives of each.
    """
    if lives.children.ndim != 3 or min(lives.children.shape[1:]) < 2:
        raise ValueError(f"lives {lives.children.shape}; at least two behaviours, and two lives of each, are needed")
    utility, children = lives.utility(), lives.children
    wanted, best = cross_validated_best(utility, children), cross_validated_best(children, children)
    as_is, anyhow = children[:, OWN].mean(axis=1), children.mean(axis=(1, 2))
    moments = [comoment(utility, children), comoment(utility, utility), comoment(children, children)]
    well = np.stack([utility[:, OWN].mean(axis=1), cross_validated_best(utility, utility)]) - utility.mean(axis=(1, 2))
    randomly = np.mean(
        [cross_validated_best(lives.utility(each), children) for each in random_objectives(lives, key)], axis=0
    )
    found = [
        (
            "reproductive_alignment",
            bootstrap_interval(np.stack(moments, axis=1), key_for(key, ALIGNMENT), correlation),
            "",
        ),
        (
            "reproductive_gap",
            bootstrap_interval(ratio_terms(wanted - anyhow, best - anyhow), key_for(key, GAP), shortfall),
            "",
        ),
        (
            "reproductive_gap_by_chance",
            bootstrap_interval(ratio_terms(randomly - anyhow, best - anyhow), key_for(key, BY_CHANCE), shortfall),
            "",
        ),
        ("capability", bootstrap_interval(ratio_terms(*well), key_for(key, CAPABILITY), ratio_of_means), ""),
    ]
    means = {"as_it_is": as_is, "by_utility": wanted, "by_children": best, "at_random": anyhow}
    for number, (name, values) in enumerate(means.items()):
        found.append((f"children_{name}", bootstrap_interval(values, key_for(key, FIRST_MEAN + number)), CHILDREN))
    return [Quantity(name, *part, unit) for name, part, unit in found]


def comoment(one: Reals, other: Reals) -> Reals:
    """Return K − 1 times the covariance over behaviours of two expectations `[M]`, estimated from lives `[M, K, S]`.

    Only products of different lives are summed, which are independent, so that the estimate is unbiased.
    """
    one = one - one.mean(axis=1, keepdims=True)
    other = other - other.mean(axis=1, keepdims=True)
    count = one.shape[2]
    pairs = one.sum(axis=2) * other.sum(axis=2) - (one * other).sum(axis=2)
    total: Reals = pairs.sum(axis=1) / (count * (count - 1))
    return total


def cross_validated_best(by: Reals, what: Reals) -> Reals:
    """Return `what` the behaviour that is best `by` all lives but one came to in that one, `[M]`; both are `[M, K, S]`.

    Averaged over which life is left out; ties are broken at random, in expectation.
    """
    lives = by.shape[2]
    found = np.zeros(len(by))
    for left_out in range(lives):
        means = np.delete(by, left_out, axis=2).mean(axis=2)
        most = means.max(axis=1, keepdims=True)
        is_best = means >= most - 1e-12 * np.maximum(np.abs(most), 1.0)
        found += (is_best * what[:, :, left_out]).sum(axis=1) / is_best.sum(axis=1)
    average: Reals = found / lives
    return average


def random_objectives(lives: AlternativeLives, key: np.uint64) -> Reals:
    """Draw objectives `[D, M, W]` whose directions are uniformly distributed."""
    drawn: Reals = generator(key_for(key, RANDOM)).standard_normal((RANDOM_OBJECTIVES, *lives.own.shape))
    return drawn


def ratio_terms(above: Reals, below: Reals) -> Reals:
    """Return numerators and denominators `[M]` side by side, `[M, 2]`."""
    return np.stack([above, below], axis=1)


def shortfall(means: Reals) -> Reals:
    """Return 1 minus a ratio of means `[R, 2]`, `[R]`."""
    return 1.0 - ratio_of_means(means)


def correlation(moments: Reals) -> Reals:
    """Return the correlation of mean moments `[R, 3]`; NaN where an estimated variance is not positive."""
    both, one, other = np.moveaxis(moments, 1, 0)
    product = np.where((one > 0) & (other > 0), one * other, np.nan)
    found: Reals = both / np.sqrt(product)
    return found
