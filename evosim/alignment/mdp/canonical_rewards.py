"""Canonical forms of rewards: what is left of a reward when all that no policy is affected by is removed.

Two changes leave the order of all policies as it is. *Potential shaping* adds
γΦ(s') − Φ(s). *Redistribution* changes R(s, a, s') and keeps its mean over s' ∼ τ(s, a). A canonical
form is a linear map of rewards that is the same for all that differ by these alone
(Skalse et al. 2024, "STARC: a general framework for quantifying differences between reward functions").

A form may come as `[S, A]`, where it doesn't depend on s', or `[S, A, S]`; L2 norms over all entries,
of either, are in proportion. Rewards come with 1 as their largest magnitude.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Flags, Reals

ROUNDING = 1e-12  # of a mean reward that would be 0


class Form(NamedTuple):
    """A canonical form, and the potential that was removed."""

    values: Reals  # [S, A] or [S, A, S]
    potential: Reals  # [S]


Canonical = Callable[[Reals, Reals, float], Form]  # of a reward and a transition, both [S, A, S], and a discount


def epic_form(reward: Reals, discount: float) -> Form:
    """Return the EPIC form of a reward `[S, A, S]`, states and actions drawn uniformly (Gleave et al. 2021, eq. 4).

    It uses no transition, so it keeps redistribution. The mean of the form is 0.
    """
    potential = reward.mean(axis=(1, 2))
    values = add_shaping(reward, potential, discount)
    values -= discount * potential.mean()
    return Form(values, potential)


def value_form(reward: Reals, transition: Reals, discount: float) -> Form:
    """Return a reward `[S, A, S]` less its value under the uniform policy, and redistribution: the advantage (VAL)."""
    immediate = mean_reward(reward, transition)
    potential = uniform_policy_value(immediate, transition, discount)
    return Form(immediate - potential[:, None] + discount * (transition @ potential), potential)


def value_potential_form(reward: Reals, transition: Reals, discount: float) -> Form:
    """Return a reward `[S, A, S]` less its value under the uniform policy, with redistribution (VALPotential)."""
    potential = uniform_policy_value(mean_reward(reward, transition), transition, discount)
    return Form(add_shaping(reward, potential, discount), potential)


def minimal_form(reward: Reals, transition: Reals, discount: float) -> Form:
    """Return the reward of least L2 norm of all that differ by shaping and redistribution: a projection.

    The part of R(s, a, ·) that redistribution can't remove lies along τ(s, a), where its length is that of the mean
    over |τ(s, a)|. So the form is written `[S, A]`, by lengths, and the best potential solves a least-squares problem.
    """
    states, actions = reward.shape[:2]
    length = 1.0 / np.sqrt(np.einsum("sat,sat->sa", transition, transition))
    rest = (mean_reward(reward, transition) * length).ravel()
    shaping = (transition * (discount * length[:, :, None])).reshape(states * actions, states)
    shaping[np.arange(states * actions), np.repeat(np.arange(states), actions)] -= length.ravel()
    squares, ways = np.linalg.eigh(shaping.T @ shaping)
    kept = squares > squares[-1] * states * np.finfo(np.float64).eps  # without discounting some change nothing
    inverse = (ways[:, kept] / squares[kept]) @ ways[:, kept].T
    potential = np.zeros(states)
    for _ in range(2):  # the second time for what rounding has left
        step = inverse @ (shaping.T @ rest)
        rest = rest - shaping @ step
        potential -= step
    return Form(rest.reshape(states, actions), potential)


def dard_form(reward: Reals, transition: Reals, discount: float) -> Form:
    """Return a reward `[S, A, S]` less its mean where the transition leads (Wulfe et al. 2022, equation 3).

    The later mean is over S' ∼ τ(s, A) and S'' ∼ τ(s', A), with the same action. It is no STARC metric.
    """
    potential = mean_reward(reward, transition).mean(axis=1)
    values = add_shaping(reward, potential, discount)
    between = np.zeros((len(potential), len(potential)))
    for action in range(reward.shape[1]):
        leads = transition[:, action]
        between += leads @ reward[:, action] @ leads.T
    values -= (discount / reward.shape[1]) * between[:, None, :]
    return Form(values, potential)


FORMS: dict[str, Canonical] = {
    "value": value_form,
    "value_potential": value_potential_form,
    "minimal": minimal_form,
    "dard": dard_form,
}


def mean_reward(reward: Reals, transition: Reals) -> Reals:
    """Return the mean reward `[S, A]` of taking an action in a state."""
    return np.asarray(np.einsum("sat,sat->sa", reward, transition))


def add_shaping(reward: Reals, potential: Reals, discount: float) -> Reals:
    """Return a reward `[S, A, S]` plus γΦ(s') − Φ(s), in a new array."""
    values = reward - potential[:, None, None]
    values += discount * potential
    return values


def uniform_policy_value(immediate: Reals, transition: Reals, discount: float) -> Reals:
    """Return the value `[S]` of choosing uniformly among the actions, from mean rewards `[S, A]`.

    Without discounting it is the undiscounted return, where that is finite.

    Raises:
        ValueError: the discount is 1, and from some state rewards never end.
    """
    leads, mean = transition.mean(axis=1), immediate.mean(axis=1)
    if discount < 1.0:
        return np.asarray(np.linalg.solve(np.eye(len(mean)) - discount * leads, mean))
    paying = can_reach(np.abs(mean) > ROUNDING, leads)
    ending = can_reach(~paying, leads)
    if not ending.all():
        state = int(np.argmin(ending))
        raise ValueError(
            f"discount: with 1, the value of state {state} under the uniform policy is infinite, as rewards never"
            " end; pass less than 1, or absorbing states without reward that every state leads to"
        )
    worth = np.zeros(len(mean))
    worth[paying] = np.linalg.solve(np.eye(paying.sum()) - leads[np.ix_(paying, paying)], mean[paying])
    return worth


def can_reach(goals: Flags, leads: Reals) -> Flags:
    """Return from which states `[S]` any of the goals can be reached, these included."""
    reached, border = goals.copy(), np.flatnonzero(goals)
    while border.size:
        before = (leads[:, border] > 0.0).any(axis=1) & ~reached
        reached |= before
        border = np.flatnonzero(before)
    return reached
