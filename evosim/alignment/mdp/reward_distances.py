"""Distances between rewards: how differently two rewards would have an agent behave.

A reward is brought into a canonical form, which removes everything that affects no policy, and to length
1. The distance is half of that between the results: 0 for rewards with the same form up to
a positive factor, 1 for a reward and its negative.

STARC distances use the transition and bound the regret of maximising one reward in place of the other, from above and
below (Skalse et al. 2024). EPIC uses none, so that it also compares rewards of transitions that never
happen (Gleave et al. 2021). All triples (s, a, s') have the same weight, for every distance; in STARC's default
form, which takes the mean over s', so do all pairs (s, a), whether or not an agent would ever get there.
An absorbing state without reward is a state like others.
"""

import numpy as np
from numpy.typing import ArrayLike

from evosim.alignment.mdp.canonical_rewards import FORMS, Form, epic_form
from evosim.numerics.arrays import Reals

TRIVIAL = 1e-9  # a form this small, by what was added and taken to get it, is rounding
SUM_ROUNDING = 1e-6


def epic_distance(first: ArrayLike, second: ArrayLike, *, discount: float) -> float:
    """Return the EPIC distance `0..1` of two rewards `[S, A, S]`, with uniform coverage.

    It is √((1 − ρ) / 2), where ρ is Pearson's correlation of the canonical forms. Two rewards whose forms are constant
    are at 0; one such and another at √½, as if uncorrelated.

    Raises:
        ValueError: a reward or the discount is not what it should be.
    """
    gamma = check_discount(discount)
    one, other = check_pair(first, second)
    return epic_between(epic_direction(one, gamma), epic_direction(other, gamma))


def epic_direction(reward: Reals, discount: float) -> Reals | None:
    """Return EPIC's canonical form of a reward `[S, A, S]`, at length 1; None if it is constant."""
    return normalise_form(epic_form(scale_to_unit(reward), discount))


def epic_between(one: Reals | None, other: Reals | None) -> float:
    """Return the EPIC distance of two rewards by their `epic_direction [S, A, S]`; the second is overwritten."""
    if one is None or other is None:
        return 0.0 if one is other else float(np.sqrt(0.5))
    return half_distance(one, other)


def starc_distance(
    first: ArrayLike, second: ArrayLike, *, transition: ArrayLike, discount: float, canonical: str = "value"
) -> float:
    """Return a STARC distance `0..1` (L2, halved) of two rewards `[S, A, S]`, given transitions `[S, A, S]`.

    `canonical` is `value` (VAL under the uniform policy), `value_potential`, `minimal`, or `dard`, which has no bound
    on regret. Two rewards between which no policy can be preferred are at 0, one such and another at ½. With a discount
    of 1 the value forms exist where rewards come to an end under the uniform policy.

    Raises:
        ValueError: a reward, the transition or the discount is not what it should be, or has no such form.
    """
    if canonical not in FORMS:
        raise ValueError(f"canonical: there is no form {canonical!r}; there are {', '.join(FORMS)}")
    gamma = check_discount(discount)
    one, other = check_pair(first, second)
    leads = check_transition(transition, one.shape)
    form = FORMS[canonical]
    one_way, other_way = (
        normalise_form(form(scale_to_unit(one), leads, gamma)),
        normalise_form(form(scale_to_unit(other), leads, gamma)),
    )
    if one_way is None or other_way is None:
        return 0.0 if one_way is other_way else 0.5
    return half_distance(one_way, other_way)


def normalise_form(form: Form) -> Reals | None:
    """Return a form, `[S, A]` or `[S, A, S]`, scaled to length 1; None if only rounding is left of it."""
    largest = float(np.abs(form.values).max())
    if largest <= TRIVIAL * (1.0 + float(np.abs(form.potential).max())):
        return None
    values = form.values / largest
    values /= np.linalg.norm(values.ravel())
    return values


def half_distance(one: Reals, other: Reals) -> float:
    """Return half the distance of two arrays `[...]` of length 1; the second is overwritten."""
    other -= one
    return min(0.5 * float(np.linalg.norm(other.ravel())), 1.0)


def scale_to_unit(reward: Reals) -> Reals:
    """Return a reward `[S, A, S]`, in a new array, scaled to a largest magnitude of 1; zeros stay zeros."""
    largest = max(float(reward.max()), -float(reward.min()))
    return reward / largest if largest > 0.0 else reward.copy()


def check_discount(discount: float) -> float:
    """Check a discount, and return it.

    Raises:
        ValueError: it does not lie between 0 and 1.
    """
    gamma = float(discount)
    if not 0.0 <= gamma <= 1.0:
        raise ValueError(f"discount: {discount} must lie between 0 and 1")
    return gamma


def check_pair(first: ArrayLike, second: ArrayLike) -> tuple[Reals, Reals]:
    """Check two rewards `[S, A, S]`, and return them.

    Raises:
        ValueError: their shapes differ, or one is not a reward.
    """
    one, other = check_array("first", first), check_array("second", second)
    if one.shape != other.shape:
        raise ValueError(f"second: its shape {list(other.shape)} must be that of first, {list(one.shape)}")
    return one, other


def check_array(name: str, values: ArrayLike) -> Reals:
    """Check that an array is of shape `[S, A, S]` and finite, and return it.

    Raises:
        ValueError: it isn't.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 3 or array.shape[0] != array.shape[2] or not array.size:
        raise ValueError(
            f"{name}: its shape {list(array.shape)} must be [states, actions, states], at least one of each"
        )
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}: {array[where]} at {list(where)} must be a finite number")
    return array


def check_transition(transition: ArrayLike, shape: tuple[int, ...]) -> Reals:
    """Check transition probabilities `[S, A, S]`, and return them.

    Raises:
        ValueError: the shape differs, one is negative, or those of an action don't sum to 1.
    """
    leads = check_array("transition", transition)
    if leads.shape != shape:
        raise ValueError(f"transition: its shape {list(leads.shape)} must be that of the rewards, {list(shape)}")
    if leads.min() < 0.0:
        where = [int(i) for i in np.unravel_index(leads.argmin(), shape)]
        raise ValueError(f"transition: {leads.min():g} at {where} must not be negative")
    sums = leads.sum(axis=2)
    state, action = np.unravel_index(np.abs(sums - 1.0).argmax(), sums.shape)
    if abs(sums[state, action] - 1.0) > SUM_ROUNDING:
        raise ValueError(
            f"transition: the probabilities of action {action} in state {state} add up to {sums[state, action]:g}, "
            "not to 1"
        )
    return leads
