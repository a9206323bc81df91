"""Maximum entropy goal-directedness: how much better an objective predicts a policy than chance does.

MEG (MacDermott, Fox, Belardinelli and Everitt 2024): of all policies that are soft-optimal for a
utility, at any rationality β, the one that predicts the agent's actions best, and by how many nats more
than uniformly random actions. Negative β: it avoids the utility; as much goal-directedness, so the
sign belongs to the number.

With W(β) the soft value of the start, MEG is the maximum over β of β·E[U] − W(β), a concave
function: at the maximum the soft-optimal policy has the return of the agent. The best and the worst
possible policies have their maximum at β = ±∞.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evosim.alignment.inference.causal_entropy import StepCounts, WorldSteps, maximise_likelihood, total_log_likelihood
from evosim.alignment.mdp.bellman import Transition
from evosim.alignment.mdp.solvers import finite_optimum, occupancy, policy_values
from evosim.alignment.mdp.transition_model import (
    Model,
    expected_features,
    expected_reward,
    policy_of,
    start_of,
    transition_of,
)
from evosim.numerics.arrays import Cells, Reals

SAME = 1e-12  # of the range of rewards, for each step: returns that differ less are the same


class GoalDirectedness(NamedTuple):
    """How far a policy is directed towards a utility."""

    meg: float  # nats
    beta: float  # rationality, in 1 / utility; negative if the utility is avoided; ±inf for the best and the worst
    expected_return: float  # of the policy, undiscounted
    largest: float  # nats: what MEG could be at most, of a policy that has one way at every step


class UnknownGoal(NamedTuple):
    """How far a policy is directed towards the best of all utilities that are linear in features."""

    meg: float  # nats
    weights: Reals  # [F] times β; they grow without end where the policy is certain of what it does
    largest: float  # nats


def goal_directedness(
    policy: ArrayLike, *, transition: Model, reward: ArrayLike, start: ArrayLike, horizon: int
) -> GoalDirectedness:
    """Measure MEG of a policy `[S, A]` or `[T, S, A]` towards a known utility, the sum of rewards over T steps.

    Rewards as for `expected_reward`: `[S]`, paid in the state that is left, `[S, A]` or `[S, A, S]`. Start `[S]`.

    Raises:
        ValueError: shapes don't fit, numbers aren't finite, or probabilities don't sum to 1.
    """
    table = transition_of(transition)
    paid = expected_reward(table, reward)
    data = _deeds(policy, table, paid[:, :, None], start, horizon)
    largest = horizon * float(np.log(paid.shape[1]))
    steps = data.steps
    achieved = float(paid[steps.state, steps.action] @ steps.weight)
    span = float(np.ptp(paid))
    if span == 0.0 or not np.isfinite(span):
        return GoalDirectedness(0.0, 0.0, achieved, largest)
    scaled = (paid - paid.min()) / span
    got = float(scaled[steps.state, steps.action] @ steps.weight)
    chance = np.full(paid.shape, 1 / paid.shape[1])
    begin = start_of(start, table)
    drifting = float(begin @ policy_values(table, scaled, chance, horizon=horizon, discount=1)[0])
    limits = []
    for sign in (1, -1):
        best, values = finite_optimum(table, sign * scaled, horizon=horizon)
        limits.append((sign * float(begin @ values[0]), best))
    (most, best), (least, worst) = limits
    same = SAME * horizon
    if most - least <= same or abs(got - drifting) <= same:
        return GoalDirectedness(0.0, 0.0, achieved, largest)
    if got >= most - same:
        return GoalDirectedness(limit_meg(best, table, begin), np.inf, achieved, largest)
    if got <= least + same:
        return GoalDirectedness(limit_meg(worst, table, begin), -np.inf, achieved, largest)
    features = scaled[:, :, None].copy()
    data = data._replace(features=features, last=features)
    beta, found = maximise_likelihood(lambda weights: total_log_likelihood([data], weights), 1)
    return GoalDirectedness(max(found.gain, 0.0), float(beta[0]) / span, achieved, largest)


def unknown_goal_directedness(
    policy: ArrayLike, *, transition: Model, features: ArrayLike, start: ArrayLike, horizon: int
) -> UnknownGoal:
    """Measure MEG towards whichever utility linear in features explains a policy best (algorithm 2; concave).

    Features `[S, F]`, `[S, A, F]` or `[S, A, S, F]`, summed over T steps as rewards are. A wider set of
    utilities never gives less.

    Raises:
        ValueError: shapes don't fit, numbers aren't finite, or probabilities don't sum to 1.
    """
    table = transition_of(transition)
    expected = expected_features(table, features)
    size = np.abs(expected).max(axis=(0, 1))
    scale = np.where(size > 0, size, 1.0)
    data = _deeds(policy, table, expected / scale, start, horizon)
    weights, found = maximise_likelihood(lambda weights: total_log_likelihood([data], weights), len(scale))
    return UnknownGoal(max(found.gain, 0.0), weights / scale, horizon * float(np.log(expected.shape[1])))


def limit_meg(optimal: Reals, table: Transition, start: Reals) -> float:
    """Return MEG in the limit of β, from optimal policies `[T, S, A]` and the start `[S]`.

    It is the divergence in nats of the optimal policy with most entropy from random actions: Σ E log(A / number of
    optimal actions) where all optimal actions leave as much freedom later.
    """
    freedom = np.zeros(len(table.successor))
    for chosen in optimal[::-1]:
        later = (table.probability * freedom[table.successor]).sum(axis=2)
        open_ways = np.where(chosen > 0, later, -np.inf)
        top = open_ways.max(axis=1)
        freedom = top + np.log(np.exp(open_ways - top[:, None]).mean(axis=1))
    return float(-(start @ freedom))


def _deeds(policy: ArrayLike, table: Transition, features: Reals, start: ArrayLike, horizon: int) -> WorldSteps:
    """Return how likely a policy takes which step, when."""
    chosen = policy_of(policy, table, horizon)
    likely = occupancy(table, policy, start, horizon=horizon)[:, :, None] * chosen
    time, state, action = (_latest_first(which) for which in np.nonzero(likely))
    paid = np.ascontiguousarray(features)
    steps = StepCounts(time, state, action, likely[time, state, action], np.array([0, len(time)]))
    return WorldSteps(table, paid, steps, horizon, 1.0, paid)


def _latest_first(which: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Cells:
    """Return an ascending index in descending order."""
    return np.ascontiguousarray(which[::-1], dtype=np.int32)
