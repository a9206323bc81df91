"""The behavioural objective: what behaviour appears to maximise, inferred without reading the genome.

Maximum causal entropy inverse reinforcement learning (Ziebart 2010; Gleave and Toyer 2022): the agent is assumed to
be soft-optimal for a reward that is linear in features, the same in all worlds, and the weights are those that
make its actions most likely. They contain the rationality: twice the weights, half the noise. Where
moves are certain, at the maximum the expected features are those met, but for the ridge.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evosim.alignment.inference.causal_entropy import StepCounts, WorldSteps
from evosim.alignment.inference.side_by_side import OwnFeatures, maximise_likelihoods, total_log_likelihoods
from evosim.alignment.mdp.bellman import Transition
from evosim.alignment.mdp.transition_model import Model, check_numbers, expected_features, transition_of
from evosim.numerics.arrays import Ids, Reals

PADDING = -1
UNIDENTIFIED_BELOW = 1e-9  # of the largest curvature, features being scaled to 1: less is rounding


class Demonstration(NamedTuple):
    """N trajectories in one world, each up to T steps; where one ends early, the rest is -1.

    They are one agent's; or, where several agents are asked about, trajectory n is agent n's.
    """

    states: NDArray[np.integer]  # [N, T], or [N, T + 1] with the state at the end
    actions: NDArray[np.integer]  # [N, T]
    transition: Model
    features: Reals  # [S, F] as they truly are, or of actions [S, A, F]
    last: Reals | None = None  # [S, A, F] of actions with which time ends, at the horizon, where these are others


class InferredObjective(NamedTuple):
    """What trajectories reveal of an objective that is linear in F features."""

    weights: Reals  # [F] with the rationality in them
    covariance: (
        Reals  # [F, F] of the Gaussian about them (Laplace); as wide as the ridge lets it where nothing is known
    )
    unidentified: (
        Reals  # [U, F] orthonormal directions in which weights change nothing that could be seen in these worlds
    )
    gain: float  # nats by which the weights explain the actions better than chance
    steps: int  # actions seen


def infer_objective(
    demonstrations: Sequence[Demonstration],
    *,
    discount: float,
    ridge: float = 0.01,
    on_entry: bool = False,
    horizon: int | None = None,
) -> InferredObjective:
    """Infer the weights `[F]` of a reward θ·φ from trajectories in one or many worlds.

    The reward is paid in each state that is acted from, or `on_entry` of the next. The agent is taken to plan to the
    `horizon`, by default T: a trajectory that ends early ends for the world, not for the plan, so include a state that
    has no features and is never left. `ridge` is the precision of a Gaussian prior around 0.

    A direction is unidentified if the second derivative of the log-likelihood along it, at weights of 0 where every
    action has a chance, is under 1e-9 of the largest, features being scaled to a largest value of 1.

    Raises:
        ValueError: shapes don't fit, no action was seen, a state or action doesn't exist, or a trajectory goes
            where there is no way.
    """
    given = (
        [demonstrations] if isinstance(demonstrations, Demonstration) else [Demonstration(*d) for d in demonstrations]
    )
    return _inferred(
        given, discount, ridge, on_entry, horizon, [np.zeros(len(np.atleast_1d(d.states)), np.int64) for d in given], 1
    )[0]


def infer_objectives(
    demonstrations: Sequence[Demonstration],
    *,
    discount: float,
    ridge: float = 0.01,
    on_entry: bool = False,
    horizon: int | None = None,
    own_features: bool = False,
) -> list[InferredObjective]:
    """Infer the weights `[F]` of each of P agents, which were seen in the same worlds: trajectory n is agent n's.

    Each agent's numbers are those of `infer_objective`, to the last bit, in a quarter of the time and on all threads.
    With `own_features`, each agent has features of its own, of actions: `features` and `last` are `[P, S, A, F]`.

    Raises:
        ValueError: as of `infer_objective`; or worlds differ in the number of trajectories.
    """
    given = [Demonstration(*one) for one in demonstrations]
    counts = {len(one.states) for one in given}
    if len(counts) > 1:
        raise ValueError(
            f"demonstrations: worlds have {sorted(counts)} trajectories; each agent has one in every world"
        )
    count = counts.pop() if counts else 0
    own = None
    if own_features:
        own = [_own_features(one, count, f"demonstrations[{e}]") for e, one in enumerate(given)]
        given = [
            one._replace(features=np.abs(each.features).max(axis=3), last=np.abs(each.last).max(axis=3))
            for one, each in zip(given, own, strict=True)
        ]
    return _inferred(given, discount, ridge, on_entry, horizon, [np.arange(count)] * len(given), count, own)


def _inferred(
    given: Sequence[Demonstration],
    discount: float,
    ridge: float,
    on_entry: bool,
    horizon: int | None,
    agents: Sequence[Ids],
    count: int,
    own: Sequence[OwnFeatures] | None = None,
) -> list[InferredObjective]:
    """Infer the weights of `count` agents; whose each trajectory is, `agents [N]` says, world by world.

    Where features are each agent's `own`, those given are the largest that any has.
    """
    if not given:
        raise ValueError("demonstrations: there are none; at least one world is needed")
    if not (ridge > 0 and np.isfinite(ridge)):
        raise ValueError(f"ridge: {ridge} must be positive; without it unidentified weights are undefined")
    worlds = [
        checked_steps(one, discount, on_entry, horizon, f"demonstrations[{e}]", agents[e], count)
        for e, one in enumerate(given)
    ]
    sizes = {world.features.shape[2] for world in worlds}
    if len(sizes) > 1:
        raise ValueError(f"features: worlds have {sorted(sizes)} of them; they must be the same in all")
    size, steps = sizes.pop(), count_steps(worlds)
    if not steps.all():
        whose = f" by agent {int(steps.argmin())}" if count > 1 else ""
        raise ValueError(f"demonstrations: no action was seen in any of them{whose}")
    found = maximise_likelihoods(
        lambda weights, agents: total_log_likelihoods(worlds, weights, agents, own), count, size, ridge=ridge
    )
    unseen = unidentified(worlds) if own is None else unidentified_of_own(worlds, own)
    return [
        InferredObjective(
            weights,
            np.asarray(np.linalg.inv(ridge * np.eye(size) - likelihood.hessian), np.float64),
            unseen[p],
            likelihood.gain,
            int(steps[p]),
        )
        for p, (weights, likelihood) in enumerate(found)
    ]


def count_steps(worlds: Sequence[WorldSteps]) -> Reals:
    """Return how many steps of each agent `[P]` were seen, in all worlds together."""
    counts = [[part.sum() for part in np.split(each.steps.weight, each.steps.first[1:-1])] for each in worlds]
    total: Reals = np.asarray(counts, float).sum(axis=0)
    return total


def unidentified(worlds: Sequence[WorldSteps]) -> list[Reals]:
    """Return, for each agent, an orthonormal basis `[U, F]` of the directions of weights that change nothing to see."""
    size = np.max([np.abs(part).max(axis=(0, 1)) for world in worlds for part in (world.features, world.last)], axis=0)
    size = np.where(size > 0, size, 1.0)
    scaled = [
        world._replace(
            features=np.ascontiguousarray(world.features / size), last=np.ascontiguousarray(world.last / size)
        )
        for world in worlds
    ]
    agents = np.arange(len(worlds[0].steps.first) - 1)
    at_zero = total_log_likelihoods(scaled, np.zeros((len(agents), len(size))), agents)
    return [_flat_directions(each.hessian, size) for each in at_zero]


def unidentified_of_own(worlds: Sequence[WorldSteps], own: Sequence[OwnFeatures]) -> list[Reals]:
    """Return directions `[U, F]` as `unidentified` does, where each agent has features of its own."""
    size = np.max([np.abs(part).max(axis=(0, 1)) for each in own for part in each], axis=0)
    size = np.where(size > 0, size, 1.0)
    agents = np.arange(size.shape[1])
    scaled = [OwnFeatures(*(np.ascontiguousarray(part / size) for part in each)) for each in own]
    at_zero = total_log_likelihoods(worlds, np.zeros(size.T.shape), agents, scaled)
    return [_flat_directions(each.hessian, size[:, p]) for p, each in enumerate(at_zero)]


def _own_features(shown: Demonstration, count: int, where: str) -> OwnFeatures:
    """Check the features of actions `[P, S, A, F]` that each agent has of its own; return them, agents last."""
    parts = []
    for name, given in (("features", shown.features), ("last", shown.features if shown.last is None else shown.last)):
        try:
            array = check_numbers(name, given)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        if array.ndim != 4 or len(array) != count:
            raise ValueError(
                f"{where}: {name}: the shape {list(array.shape)} must be [{count}, S, A, F], each agent's own"
            )
        parts.append(np.ascontiguousarray(np.moveaxis(array, 0, 3)))
    return OwnFeatures(*parts)


def _flat_directions(hessian: Reals, size: Reals) -> Reals:
    curvature, axes = np.linalg.eigh(hessian)
    unseen = np.abs(curvature) <= UNIDENTIFIED_BELOW * np.abs(curvature).max()
    basis, _ = np.linalg.qr(axes[:, unseen] / size[:, None])
    return np.asarray(basis.T)


def checked_steps(
    shown: Demonstration,
    discount: float,
    on_entry: bool,
    horizon: int | None,
    where: str,
    agents: Ids | None = None,
    count: int = 1,
) -> WorldSteps:
    """Check the demonstrations of one world, and count its steps, those of each of `count` agents apart.

    Whose each trajectory is, `agents [N]` says; if it is None, all are one agent's.

    Raises:
        ValueError: the discount is out of range, or shapes don't fit; `where` begins the message.
    """
    if not 0 <= discount <= 1:
        raise ValueError(f"discount: {discount} must be from 0 to 1")
    try:
        table = transition_of(shown.transition)
        features = expected_features(table, shown.features, on_entry=on_entry)
        last = features if shown.last is None else expected_features(table, shown.last)
        if last.shape != features.shape:
            raise ValueError(f"last: the shape {list(last.shape)} must be that of features, {list(features.shape)}")
        states, actions = _whole(shown.states, "states"), _whole(shown.actions, "actions")
        whose = np.zeros(len(states), np.int64) if agents is None else agents
        steps = _count_steps(states, actions, table, whose, count)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    columns = actions.shape[1]
    if horizon is not None and horizon < columns:
        raise ValueError(f"horizon: {horizon} is less than the {columns} steps of {where}")
    return WorldSteps(table, features, steps, columns if horizon is None else int(horizon), discount, last)


def _whole(given: ArrayLike, name: str) -> Ids:
    """Return numbers of states or actions as integers."""
    array = check_numbers(name, given)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name}: the shape {list(array.shape)} must be [N, T], a row for each trajectory")
    if (array != np.floor(array)).any():
        raise ValueError(f"{name}: whole numbers [N, T] are needed")
    return array.astype(np.int64)


def _count_steps(states: Ids, actions: Ids, table: Transition, agents: Ids, count: int) -> StepCounts:
    """Count equal steps, agent by agent, the latest first."""
    columns = actions.shape[1]
    if states.shape[0] != actions.shape[0] or states.shape[1] not in (columns, columns + 1):
        raise ValueError(f"states {list(states.shape)} and actions {list(actions.shape)} must both be [N, T]")
    for name, array, most in (
        ("states", states, table.successor.shape[0]),
        ("actions", actions, table.successor.shape[1]),
    ):
        if array.min() < PADDING or array.max() >= most:
            raise ValueError(f"{name}: they are numbered from 0 to {most - 1}, and -1 after the end")
    going = (states[:, :columns] != PADDING) & (actions != PADDING)
    if (going[:, 1:] & ~going[:, :-1]).any():
        raise ValueError("states and actions: after -1 a trajectory is over, and all that follows must be -1")
    _check_ways(states, actions, going, table)
    n, time = np.nonzero(going)
    shape = (count, columns, *table.successor.shape[:2])
    from_last = count - 1 - agents[n]  # so that, backwards, agents come in their order
    kinds, weight = np.unique(
        np.ravel_multi_index((from_last, time, states[n, time], actions[n, time]), shape), return_counts=True
    )
    whose, *what = np.unravel_index(kinds[::-1], shape)
    when, where, which = (np.ascontiguousarray(part, np.int32) for part in what)
    first = np.searchsorted(count - 1 - whose, np.arange(count + 1))
    return StepCounts(when, where, which, weight[::-1].astype(np.float64), first)


def _check_ways(states: Ids, actions: Ids, going: NDArray[np.bool_], table: Transition) -> None:
    """Refuse a trajectory with a step that its actions can't have led to."""
    n, time = np.nonzero(going[:, : states.shape[1] - 1] & (states[:, 1:] != PADDING))
    here, action, there = states[n, time], actions[n, time], states[n, time + 1]
    led = ((table.successor[here, action] == there[:, None]) & (table.probability[here, action] > 0)).any(axis=1)
    if not led.all():
        i = int(np.argmin(led))
        raise ValueError(
            f"trajectory {n[i]}, step {time[i]}: action {action[i]} can't lead from state {here[i]} to {there[i]}"
        )
