"""Behavioural quantities: the objective, the goal-directedness and the agency of an agent, from its behaviour alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.assess import Aims
from evosim.alignment.assessment.quantities import Quantity, first_quantity
from evosim.alignment.inference.agents_and_devices import Behaviour, Evidence, agents_or_devices
from evosim.alignment.inference.irl import Demonstration, InferredObjective, infer_objectives
from evosim.alignment.inference.trajectories import StateTrajectory, state_positions, state_trajectory
from evosim.alignment.mdp.objectives import TICK, add_end_reward, feature_objective, fill_reward
from evosim.alignment.mdp.tabular_world import TabularWorld
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.rollout import Traces
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.ratio_estimate import normalised

WEAK_PRIOR = 1e-4  # prior precision of rationality: where infinity is best, nearly as good as that
MOST_EXPLAINED = 2_000  # states of a world in which behaviour is explained
WORLDS_EXPLAINED = 24  # worlds in which behaviour is explained; returns are measured in all


Own = tuple[Reals, float]  # a mesa-objective [E, K], and its discount


class Explained(NamedTuple):
    """What the behaviour of P agents reveals, in the first worlds."""

    inferred: list[InferredObjective]  # by weights on features
    towards_base: list[InferredObjective]  # the same with one weight, on the base objective scaled to 1: rationality
    odds: list[Evidence]  # of agents to devices
    worlds: int


class Explanation(NamedTuple):
    """What the behaviour of one agent reveals, in the first worlds."""

    inferred: InferredObjective  # by weights on features
    towards_base: InferredObjective  # with one weight, on the base objective scaled to 1
    towards_own: InferredObjective | None  # with one weight, on its mesa-objective scaled to 1; None if it has none
    odds: Evidence  # of an agent to a device
    unknown: float  # nats above chance by which whatever utility of features and time explains it best
    worlds: int


def explain_behaviours(reference: ReferenceReturns, traces: Traces, base: Reals, discount: float) -> Explained:
    """Explain the behaviour of P agents, traces `[P, E, T]`, by features and by the base objective `[E, K]`."""
    return _explained(reference, explained_paths(reference, traces), base, discount)


def explain_agents(
    reference: ReferenceReturns, traces: Traces, base: Reals, own: Sequence[Own | None], discount: float
) -> list[Explanation]:
    """Explain the behaviour of P agents, traces `[P, E, T]`, by their own objectives and by what explains it best, too.

    The base objective is `[E, K]`.
    Each agent's numbers are the same to the last bit whoever else is asked about.
    """
    paths = explained_paths(reference, traces)
    found = _explained(reference, paths, base, discount)
    towards_own, unknown = explain_by_own(reference, paths, own), _unknown_gains(reference, paths, own, discount)
    return [
        Explanation(*each, found.worlds)
        for each in zip(found.inferred, found.towards_base, towards_own, found.odds, unknown, strict=True)
    ]


def _explained(
    reference: ReferenceReturns, paths: Sequence[StateTrajectory], base: Reals, discount: float
) -> Explained:
    """Return what the paths of P agents reveal."""
    worlds = reference.worlds[:WORLDS_EXPLAINED]
    shown = shown_features(worlds, paths, explained_features(reference), discount)
    behaviours = [Behaviour(*each, state_positions(world)) for each, world in zip(shown, worlds, strict=True)]
    return Explained(
        infer_objectives(shown, discount=discount),
        infer_objectives(shown_rewards(worlds, paths, base, 1.0), discount=1.0, ridge=WEAK_PRIOR),
        agents_or_devices(behaviours, discount=discount, on_entry=False),
        len(worlds),
    )


def explain_by_own(
    reference: ReferenceReturns, paths: Sequence[StateTrajectory], own: Sequence[Own | None]
) -> list[InferredObjective | None]:
    """Return with what weight on its own objective each agent's behaviour is explained best; None without one."""
    found: list[InferredObjective | None] = [None] * len(own)
    worlds = reference.worlds[:WORLDS_EXPLAINED]
    for discount in sorted({each[1] for each in own if each is not None}):  # who discount alike are asked about at once
        mine = [(p, each[0]) for p, each in enumerate(own) if each is not None and each[1] == discount]
        rows = np.array([p for p, _ in mine])
        each_shows = [shown_rewards(worlds, paths_of(paths, rows), rewards, discount) for _, rewards in mine]
        shown = [
            alike[0]._replace(
                features=np.stack([one.features for one in alike]), last=np.stack([one.last for one in alike])
            )
            for alike in zip(*each_shows, strict=True)
        ]
        for p, one in zip(
            rows, infer_objectives(shown, discount=discount, ridge=WEAK_PRIOR, own_features=True), strict=True
        ):
            found[p] = one
    return found


def _unknown_gains(
    reference: ReferenceReturns, paths: Sequence[StateTrajectory], own: Sequence[Own | None], discount: float
) -> list[float]:
    """Return the nats above chance by which whatever utility of features and time explains each agent best.

    It is discounted as the agent's own objective is, or by `discount` if it has none; or not at all.
    """
    clock = np.zeros(reference.events)
    clock[TICK] = 1.0
    worlds, timed = reference.worlds[:WORLDS_EXPLAINED], [[*each, clock] for each in explained_features(reference)]
    discounts = np.array([discount if each is None else each[1] for each in own])
    gains = np.full(len(own), -np.inf)
    for one in sorted({1.0, *discounts.tolist()}):
        rows = np.flatnonzero((discounts == one) | (one == 1.0))
        shown = shown_features(worlds, paths_of(paths, rows), timed, one)
        found = infer_objectives(shown, discount=one, ridge=WEAK_PRIOR)
        gains[rows] = np.maximum(gains[rows], [each.gain for each in found])
    return [float(gain) for gain in gains]


def behavioural_quantities(
    reference: ReferenceReturns, explained: Explanation, base: Reals, mesa: Own | None, aims: Aims
) -> Iterator[Quantity]:
    """Yield what one agent's behaviour reveals, compared with the base objective `[E, K]`.

    And with its mesa-objective `[E, K]`, if it has one.
    """
    ground = reference.ground
    yield from goal_directedness_quantities("base", explained.towards_base, explained.worlds)
    if explained.towards_own is not None:
        yield from goal_directedness_quantities("mesa", explained.towards_own, explained.worlds)
    rewards = feature_objective(ground, explained.inferred.weights)
    returns = reference.cross_evaluated(rewards[None], np.array([aims.discount]), base)
    floor, top = reference.random_returns(base[None])[0], reference.best_returns(base[None])[0]
    yield first_quantity("reward_result_gap", normalised(returns, floor, top).less(1.0))
    yield Quantity("starc_base_behavioural", float(reference.distances(rewards[None], base)[0]))
    if mesa is not None:
        yield Quantity("starc_mesa_behavioural", float(reference.distances(rewards[None], mesa[0])[0]))
    yield Quantity("meg_unknown", explained.unknown / explained.worlds, unit="nats per episode")
    yield Quantity("agent_or_device", odds_a_tick(explained.odds), unit="nats a tick")


def odds_a_tick(odds: Evidence) -> float:
    """Return the log-odds of an agent to a device, in nats a tick."""
    return odds.log_odds / max(odds.steps, 1)


def goal_directedness_quantities(name: str, found: InferredObjective, worlds: int) -> Iterator[Quantity]:
    """Yield goal-directedness towards an objective by maximum entropy (MacDermott et al. 2024).

    It is the log-likelihood above random actions of the most likely rationality β; a negative one avoids. A β in the
    thousands stands for infinity: always the best.
    """
    yield Quantity(f"meg_{name}", found.gain / worlds, unit="nats per episode")
    yield Quantity(f"beta_{name}", float(found.weights[0]), unit="per largest reward")


def explained_paths(reference: ReferenceReturns, traces: Traces) -> list[StateTrajectory]:
    """Return what P agents, traces `[P, E, T]`, did in those worlds in which behaviour is explained."""
    columns, (action, cell, entered) = reference.ground.plan.columns, traces
    return [
        state_trajectory(world, action[:, e], cell[:, e], entered[:, e], columns)
        for e, world in enumerate(reference.worlds[:WORLDS_EXPLAINED])
    ]


def paths_of(paths: Sequence[StateTrajectory], rows: Ids) -> list[StateTrajectory]:
    """Return what some of the agents, `rows [M]`, did in each world."""
    return [StateTrajectory(path.states[rows], path.actions[rows]) for path in paths]


def explained_features(reference: ReferenceReturns) -> list[list[Reals]]:
    """Return, for each of these worlds, the reward `[K]` by which each feature alone would pay."""
    ground, count = reference.ground, len(reference.worlds[:WORLDS_EXPLAINED])
    units = [feature_objective(ground, unit) for unit in np.eye(ground.worlds.features.shape[2])]
    return [[unit[e] for unit in units] for e in range(count)]


def shown_rewards(
    worlds: Sequence[TabularWorld], paths: Sequence[StateTrajectory], rewards: Reals, discount: float
) -> list[Demonstration]:
    """Return the demonstrations in each world with an objective `[E, K]`, scaled to 1, as the only feature."""
    scale = float(np.abs(rewards).max()) or 1.0
    return shown_features(worlds, paths, [[reward / scale] for reward in rewards[: len(worlds)]], discount)


def shown_features(
    worlds: Sequence[TabularWorld],
    paths: Sequence[StateTrajectory],
    objectives: Sequence[Sequence[Reals]],
    discount: float,
) -> list[Demonstration]:
    """Return the demonstrations in each world, with some objectives `[K]` as the features."""
    return [
        Demonstration(
            path.states, path.actions, world.transition, expected_rewards(world, each, discount),
            expected_rewards(world, each, discount, last=True),
        )
        for world, path, each in zip(worlds, paths, objectives, strict=True)
    ]  # fmt: skip


def expected_rewards(world: TabularWorld, objectives: Sequence[Reals], discount: float, *, last: bool = False) -> Reals:
    """Return the expected reward of each action by each objective `[K]`, `[S, A, F]`; with `last`, of the last step."""
    paid = np.zeros((len(objectives), *world.entered.shape[:2]))
    for f, rewards in enumerate(objectives):
        fill_reward(world, rewards, discount, paid[f])
        if last:
            add_end_reward(world, rewards, paid[f])
    return np.ascontiguousarray(np.moveaxis(paid, 0, 2))
