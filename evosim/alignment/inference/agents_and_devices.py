"""Agents and devices: is behaviour better explained by a goal, or by a reaction to what is there?

Orseau, McGregor McGill and Legg 2018 compare two mixtures by Bayes' rule: agents, which pursue some goal, with devices,
which map observations to actions. The mixtures here are ours. Agents: soft-optimal policies for each goal (a feature is
wanted, or avoided) at each of a few rationalities, of equal weight. Devices: half the weight has one that acts at
random; the rest is shared by one for each context (nothing, the position, the surroundings, the clock; each with and
without the last action), whose action probabilities are learned online from a Dirichlet prior of 1/2 (Krichevsky and
Trofimov 1981). Goals, and what devices have learned, are shared by all worlds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evosim.alignment.inference.causal_entropy import WorldSteps, log_likelihoods
from evosim.alignment.inference.irl import PADDING, Demonstration, checked_steps, count_steps
from evosim.alignment.mdp.bellman import Transition
from evosim.alignment.mdp.transition_model import Model, transition_of
from evosim.numerics.arrays import Ids, Reals

RATIONALITIES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # for features up to 1


class Behaviour(NamedTuple):
    """N trajectories in one world, as in a `Demonstration`, and where its states are.

    They are one agent's; or, where several agents are asked about, trajectory n is agent n's.
    """

    states: NDArray[np.integer]  # [N, T]
    actions: NDArray[np.integer]  # [N, T]
    transition: Model
    features: Reals  # [S, F], or of actions [S, A, F]
    last: Reals | None = None  # [S, A, F] of actions with which time ends, where these are others
    position: NDArray[np.integer] | None = None  # [S] the same number for the same place in all worlds; else the state


class Evidence(NamedTuple):
    """How well agents and devices explain behaviour, in nats above random actions."""

    log_odds: float  # of agent to device, at equal odds before; positive: an agent; NaN if there is nothing to want
    agent: float
    device: float
    goal: Reals  # [F] the goal that explains it best, times the rationality
    steps: int  # actions seen


def agent_or_device(
    behaviours: Sequence[Behaviour],
    *,
    discount: float,
    on_entry: bool = True,
    goals: ArrayLike | None = None,
    rationalities: Sequence[float] = RATIONALITIES,
) -> Evidence:
    """Compare agents with devices as explanations of behaviour over many worlds.

    Goals `[G, F]` are weights of features; unless given, each feature that some world has, wanted and avoided. A wanted
    feature is paid on entry, or in the state that is left. Where no world has any feature, so that there is nothing to
    want, the odds are NaN.

    Raises:
        ValueError: as of `infer_objective`, or there is no goal.
    """
    given = [behaviours] if isinstance(behaviours, Behaviour) else [Behaviour(*one) for one in behaviours]
    whose = [np.zeros(len(np.atleast_1d(one.states)), np.int64) for one in given]
    return _evidence(given, discount, on_entry, goals, rationalities, whose, 1)[0]


def agents_or_devices(
    behaviours: Sequence[Behaviour],
    *,
    discount: float,
    on_entry: bool = True,
    goals: ArrayLike | None = None,
    rationalities: Sequence[float] = RATIONALITIES,
) -> list[Evidence]:
    """Compare the explanations of each of P agents, which were seen in the same worlds: trajectory n is agent n's.

    Each agent's numbers are those of `agent_or_device`, to the last bit; how well a goal explains steps in a world is
    worked out once, for all agents.

    Raises:
        ValueError: as of `agent_or_device`; or worlds differ in the number of trajectories.
    """
    given = [Behaviour(*one) for one in behaviours]
    counts = {len(one.states) for one in given}
    if len(counts) > 1:
        raise ValueError(f"behaviours: worlds have {sorted(counts)} trajectories; each agent has one in every world")
    count = counts.pop() if counts else 0
    return _evidence(given, discount, on_entry, goals, rationalities, [np.arange(count)] * len(given), count)


def _evidence(
    given: Sequence[Behaviour],
    discount: float,
    on_entry: bool,
    goals: ArrayLike | None,
    rationalities: Sequence[float],
    agents: Sequence[Ids],
    count: int,
) -> list[Evidence]:
    """Compare the explanations of `count` agents; whose each trajectory is, `agents [N]` says, world by world."""
    if not given:
        raise ValueError("behaviours: there are none; at least one world is needed")
    if not len(rationalities) or not all(np.isfinite(beta) for beta in rationalities):
        raise ValueError("rationalities: at least one is needed, and all must be finite")
    worlds = [
        checked_steps(Demonstration(*one[:5]), discount, on_entry, None, f"behaviours[{e}]", agents[e], count)
        for e, one in enumerate(given)
    ]
    steps = count_steps(worlds).astype(int).tolist()
    if not all(steps):
        whose = f" by agent {steps.index(0)}" if count > 1 else ""
        raise ValueError(f"behaviours: no action was seen in any of them{whose}")
    by_context = devices_log_evidence(given, agents, count)
    devices = [log_mean_exp(np.array([0.0, log_mean_exp(np.array(each))])) for each in by_context]
    if goals is None and not any(world.features.any() for world in worlds):
        nothing = np.zeros(worlds[0].features.shape[2])
        return [Evidence(np.nan, np.nan, devices[p], nothing, steps[p]) for p in range(count)]
    wanted = np.concatenate([beta * _goals(goals, worlds) for beta in rationalities])
    found = []
    for p, gains in enumerate(log_likelihoods(worlds, wanted)):
        agent = log_mean_exp(gains)
        found.append(Evidence(agent - devices[p], agent, devices[p], wanted[int(gains.argmax())], steps[p]))
    return found


def _goals(given: ArrayLike | None, worlds: Sequence[WorldSteps]) -> Reals:
    """Return the goals `[G, F]` that an agent may have: those given, or each feature there is, and its opposite."""
    size = worlds[0].features.shape[2]
    if any(world.features.shape[2] != size for world in worlds):
        raise ValueError("features: there must be as many in all worlds")
    if given is None:
        parts = [part for world in worlds for part in (world.features, world.last)]
        met = np.max([np.abs(part).max(axis=(0, 1)) for part in parts], axis=0) > 0
        given = np.concatenate([np.eye(size)[met], -np.eye(size)[met]])
    goals = np.asarray(given, np.float64)
    if goals.ndim != 2 or goals.shape[1] != size or not len(goals) or not np.isfinite(goals).all():
        raise ValueError(f"goals: the shape {list(goals.shape)} must be [G, {size}], with one goal at least")
    return goals


def device_log_evidence(behaviours: Sequence[Behaviour]) -> list[float]:
    """Return the log-evidence of a device of each context, without and with the last action, in nats above random.

    Raises:
        ValueError: worlds differ in the number of actions, or a position is missing.
    """
    return devices_log_evidence(
        behaviours, [np.zeros(len(np.atleast_1d(one.states)), np.int64) for one in behaviours], 1
    )[0]


def devices_log_evidence(behaviours: Sequence[Behaviour], agents: Sequence[Ids], count: int) -> list[list[float]]:
    """Return what `device_log_evidence` does for each of `count` agents.

    Whose each trajectory is, `agents [N]` says, world by world.

    Raises:
        ValueError: as of `device_log_evidence`.
    """
    tables = [transition_of(one.transition) for one in behaviours]
    actions_count = tables[0].successor.shape[1]
    if any(table.successor.shape[1] != actions_count for table in tables):
        raise ValueError("transition: there must be as many actions in all worlds")
    around = number_surroundings(
        [(table, np.asarray(one.features)) for table, one in zip(tables, behaviours, strict=True)]
    )
    seen: list[Ids] = []
    for one, here, whose in zip(behaviours, around, agents, strict=True):
        actions = np.asarray(one.actions, np.int64)
        states = np.asarray(one.states, np.int64)[:, : actions.shape[1]]
        n, time = np.nonzero((states != PADDING) & (actions != PADDING))
        state = states[n, time]
        last = np.where(time > 0, actions[n, np.maximum(time - 1, 0)], actions_count)
        place = np.arange(len(here)) if one.position is None else np.asarray(one.position, np.int64)
        if place.shape != here.shape:
            raise ValueError(f"position: the shape {list(place.shape)} must be [{len(here)}], one for each state")
        seen.append(np.stack([whose[n], actions[n, time], last, np.zeros_like(state), place[state], here[state], time]))
    steps = np.concatenate(seen, axis=1)
    by_agent = np.argsort(steps[0], kind="stable")
    ends = np.searchsorted(steps[0, by_agent], np.arange(1, count))
    return [
        [
            dirichlet_log_evidence(_numbered(*context), action, actions_count)
            for view in contexts
            for context in ((view,), (view, last))
        ]
        for action, last, *contexts in np.split(steps[1:, by_agent], ends, axis=1)
    ]


def number_surroundings(worlds: Sequence[tuple[Transition, Reals]]) -> list[Ids]:
    """Return a number of the surroundings of each state `[S]`: where actions lead on, and which features they meet."""
    views = []
    for table, features in worlds:
        stays = (table.probability * (table.successor == np.arange(len(table.successor))[:, None, None])).sum(axis=2)
        met = features  # of an action
        if features.ndim == 2:  # of the states it leads to
            met = np.einsum("sab,sabf->saf", table.probability, features[table.successor])
        views.append(np.concatenate([stays, met.reshape(len(met), -1)], axis=1))
    _, number = np.unique(np.round(np.concatenate(views), 9), axis=0, return_inverse=True)
    return np.split(number.ravel(), np.cumsum([len(view) for view in views])[:-1])


def dirichlet_log_evidence(context: Ids, action: Ids, actions: int) -> float:
    """Return the log-evidence of actions `[K]` in contexts `[K]`, in nats above random actions.

    Action probabilities are learned from a Dirichlet prior of 1/2 (Krichevsky and Trofimov 1981).
    """
    counts = np.zeros((int(context.max()) + 1, actions), np.int64)
    np.add.at(counts, (context, action), 1)
    ever = np.arange(len(action))
    for_actions = np.concatenate([[0.0], np.cumsum(np.log(ever + 0.5))])
    for_totals = np.concatenate([[0.0], np.cumsum(np.log(ever + actions / 2))])
    evidence = for_actions[counts].sum() - for_totals[counts.sum(axis=1)].sum()
    return float(evidence + len(action) * np.log(actions))


def log_mean_exp(logs: Reals) -> float:
    """Return the logarithm of the mean of exp(`logs [K]`)."""
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).mean()))


def _numbered(*views: Ids) -> Ids:
    """Return a number `[K]` for each combination of views, from 0, in their order."""
    first, *others = (view - view.min() for view in views)
    for other in others:
        first = first * (other.max() + 1) + other
    return np.unique(first, return_inverse=True)[1].ravel()
