"""Behavioural quantities: the objective, the goal-directedness and the agency of an agent, from its behaviour alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.assess import Aims
from evosim.alignment.assessment.quantities import Quantity, first_quantity
from evosim.alignment.inference.agents_and_devices import Behaviour, Evidence, agents_or_devices
from evosim.alignment.inference.irl import Demonstration, InferredObjective, infer_objective, infer_objectives
from evosim.alignment.inference.trajectories import StateTrajectory, state_positions, state_trajectory
from evosim.alignment.mdp.objectives import TICK, add_end_reward, feature_objective, fill_reward
from evosim.alignment.mdp.tabular_world import TabularWorld
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.rollout import Traces
from evosim.numerics.arrays import Reals
from evosim.numerics.ratio_estimate import normalised

WEAK_PRIOR = 1e-4  # prior precision of rationality: where infinity is best, nearly as good as that
MOST_EXPLAINED = 2_000  # states of a world in which behaviour is explained
WORLDS_EXPLAINED = 24  # worlds in which behaviour is explained; returns are measured in all


class Explained(NamedTuple):
    """What the behaviour of P agents reveals, in the first worlds."""

    inferred: list[InferredObjective]  # by weights on features
    towards_base: list[InferredObjective]  # the same with one weight, on the base objective scaled to 1: rationality
    odds: list[Evidence]  # of agents to devices
    worlds: int


def explain_behaviours(reference: ReferenceReturns, traces: Traces, base: Reals, discount: float) -> Explained:
    """Explain the behaviour of P agents, traces `[P, E, T]`, by features and by the base objective `[E, K]`."""
    worlds, paths = reference.worlds[:WORLDS_EXPLAINED], explained_paths(reference, traces)
    shown = shown_features(worlds, paths, explained_features(reference), discount)
    behaviours = [Behaviour(*each, state_positions(world)) for each, world in zip(shown, worlds, strict=True)]
    return Explained(
        infer_objectives(shown, discount=discount),
        infer_objectives(shown_rewards(worlds, paths, base, 1.0), discount=1.0, ridge=WEAK_PRIOR),
        agents_or_devices(behaviours, discount=discount, on_entry=False),
        len(worlds),
    )


def behavioural_quantities(
    reference: ReferenceReturns, traces: Traces, base: Reals, mesa: tuple[Reals, float] | None, aims: Aims
) -> Iterator[Quantity]:
    """Yield what one agent's traces `[1, E, T]` reveal, compared with the base objective `[E, K]`.

    And with its mesa-objective `[E, K]`, if it has one, and the discount of that.
    """
    ground, worlds = reference.ground, reference.worlds[:WORLDS_EXPLAINED]
    paths, explained = explained_paths(reference, traces), explain_behaviours(reference, traces, base, aims.discount)
    yield from goal_directedness_quantities("base", explained.towards_base[0], len(worlds))
    if mesa is not None:
        shown = shown_rewards(worlds, paths, *mesa)
        found = infer_objective(shown, discount=mesa[1], ridge=WEAK_PRIOR)
        yield from goal_directedness_quantities("mesa", found, len(worlds))
    rewards = feature_objective(ground, explained.inferred[0].weights)
    returns = reference.cross_evaluated(rewards[None], np.array([aims.discount]), base)
    floor, top = reference.random_returns(base[None])[0], reference.best_returns(base[None])[0]
    yield first_quantity("reward_result_gap", normalised(returns, floor, top).less(1.0))
    yield Quantity("starc_base_behavioural", float(reference.distances(rewards[None], base)[0]))
    if mesa is not None:
        yield Quantity("starc_mesa_behavioural", float(reference.distances(rewards[None], mesa[0])[0]))
    clock = np.zeros(reference.events)
    clock[TICK] = 1.0
    timed = [[*each, clock] for each in explained_features(reference)]
    discounts = {1.0, aims.discount if mesa is None else mesa[1]}
    gain = max(
        infer_objective(shown_features(worlds, paths, timed, discount), discount=discount, ridge=WEAK_PRIOR).gain
        for discount in sorted(discounts)
    )
    yield Quantity("meg_unknown", gain / len(worlds), unit="nats per episode")
    yield Quantity("agent_or_device", odds_a_tick(explained.odds[0]), unit="nats a tick")


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
