"""Prediction: which objective predicts what a planner does where it was not trained?

Candidates are the mesa-objective, read from the genome, and the behavioural objective, inferred from training
behaviour. Both are given the same two families of choice, whose free parameters are fitted to the same training
behaviour: soft-optimal at a fitted rationality, or the best action but for a fitted share of errors. An agent pursues
its objective in the world as it believes it to be, which may differ from the one it acts in.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from evosim.alignment.battery.lookup_policies import check_cells_suffice
from evosim.alignment.detectors.observations import MOST_LISTED, Observations, decision_process_of
from evosim.alignment.detectors.probe_worlds import first_objects
from evosim.alignment.inference.irl import Demonstration, infer_objective
from evosim.alignment.mdp.objectives import events_of, feature_objective, fill_reward, mesa_objective
from evosim.alignment.mdp.solvers import soft_optimum
from evosim.alignment.mdp.tabular_world import TabularWorld, tabulate
from evosim.alignment.returns.optimal import count_events, mark_optimal_actions
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import OVER
from evosim.gridworld.actions import ACTIONS
from evosim.gridworld.shortest_paths import BARRIER, NOTHING
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Cells, Reals

ERROR_RATES = np.geomspace(1e-4, 1.0, 200)  # shares of errors that are tried
UNLIKELY = 1e-6  # an entry less likely than that is not predicted


class CandidateObjective(NamedTuple):
    """An objective that an agent may be pursuing."""

    values: Callable[[Ground], Reals]  # utilities [E, N + Q] of what there is
    discount: float


class FittedCandidate(NamedTuple):
    """A candidate with the parameters of choice that fit training behaviour."""

    candidate: CandidateObjective
    rationality: float  # of soft choice
    errors: float  # share of actions that are any, where the best is taken otherwise


class PredictionScore(NamedTuple):
    """How well a candidate predicts behaviour."""

    soft: float  # nats a tick above actions at random; log A at most
    hard: float  # likewise
    first: float  # share of worlds in which the object entered first is the one predicted
    ticks: int


def mesa_candidate(minds: Phenotypes) -> CandidateObjective:
    """Return the mesa-objective of one planner, through its perception, with its own discount."""
    return CandidateObjective(
        lambda ground: mesa_objective(ground, minds)[0, :, : ground.worlds.features.shape[1]],
        float(minds.discount[0] * minds.persistence[0]),
    )


def behavioural_candidate(observations: Observations) -> CandidateObjective:
    """Return the objective inferred from behaviour in the first worlds of a sample."""
    weights = observations.inferred.weights
    return CandidateObjective(
        lambda ground: feature_objective(ground, weights)[:, : ground.worlds.features.shape[1]],
        observations.sample.discount,
    )


def fit_candidate(candidate: CandidateObjective, observations: Observations) -> FittedCandidate:
    """Fit rationality and error rate to training behaviour, in the first worlds, which the agent believes as they are.

    Raises:
        ValueError: states have more than the cell, or the worlds can't be listed.
    """
    ground, worlds = observations.sample.reference.ground, observations.sample.reference.worlds
    check_cells_suffice(ground.plan)
    values = candidate.values(ground)
    processes = [decision_process_of(world, values[e][:, None], candidate.discount) for e, world in enumerate(worlds)]
    shown = [
        Demonstration(one.states, one.actions, one.transition, process.met, process.last)
        for one, process in zip(observations.behaviours, processes, strict=True)
    ]
    rationality = float(infer_objective(shown, discount=candidate.discount).weights[0])
    probabilities = np.concatenate(_probabilities(hard_policies(candidate, ground, worlds), observations))
    mixed = (1.0 - ERROR_RATES[:, None]) * probabilities + ERROR_RATES[:, None] / ACTIONS
    return FittedCandidate(candidate, rationality, float(ERROR_RATES[np.log(mixed).sum(axis=1).argmax()]))


def score_prediction(known: FittedCandidate, believed: Ground, observations: Observations) -> PredictionScore:
    """Score how well a fitted candidate predicts behaviour in worlds that the agent believes to be `believed`.

    Raises:
        ValueError: states have more than the cell, worlds can't be listed, or there are not as many believed as actual.
    """
    ground, actual = observations.sample.ground, list_worlds(observations.sample.ground)
    if len(believed.worlds.start) != len(actual):
        raise ValueError(
            f"{len(believed.worlds.start)} believed worlds, and {len(actual)} actual ones; as many are needed"
        )
    best = cover_visited_cells(
        lambda some: hard_policies(known.candidate, some, list_worlds(some)), believed, observations
    )
    hard = np.concatenate(_probabilities(best, observations))
    hard = (1.0 - known.errors) * hard + known.errors / ACTIONS
    policies = cover_visited_cells(lambda some: soft_policies(known, some), believed, observations)
    soft = np.concatenate(_probabilities(policies, observations))
    hits = _first_entered_in(actual, best, ground) == first_objects(observations)
    nats = [float(np.log(probabilities).mean() + np.log(ACTIONS)) for probabilities in (soft, hard)]
    return PredictionScore(nats[0], nats[1], float(hits.mean()), len(hard))


def predict_first_entered(candidate: CandidateObjective, ground: Ground) -> Cells:
    """Return which object `[E]` is most likely entered first by always taking the best action; NOTHING if none.

    Raises:
        ValueError: states have more than the cell, or worlds can't be listed.
    """
    worlds = list_worlds(ground)
    return _first_entered_in(worlds, hard_policies(candidate, ground, worlds), ground)


def list_worlds(ground: Ground) -> list[TabularWorld]:
    """Return worlds as tables of states, in which the cell is the whole state.

    Raises:
        ValueError: it isn't, or there are too many states.
    """
    check_cells_suffice(ground.plan)
    worlds = tabulate(ground, most=MOST_LISTED)
    if worlds is None:
        raise ValueError(f"a world can't be listed with at most {MOST_LISTED} states, so nothing can be predicted")
    return worlds


def hard_policies(candidate: CandidateObjective, ground: Ground, worlds: list[TabularWorld]) -> list[Reals]:
    """Return the policy by cell `[1, C, A]` in each world if the best action is taken, ties being equally likely."""
    values, found = candidate.values(ground), []
    for e, world in enumerate(worlds):
        rewards = np.zeros(events_of(ground.plan))
        rewards[: values.shape[1]] = values[e]
        reward, allowed = np.empty(world.entered.shape[:2]), np.zeros(world.entered.shape[:2], np.bool_)
        fill_reward(world, rewards, candidate.discount, reward)
        mark_optimal_actions(world, reward, candidate.discount, np.zeros(world.states), allowed)
        policy = allowed / allowed.sum(axis=1, keepdims=True)
        found.append(_by_cell(policy[None], world.cell, ground))
    return found


def soft_policies(known: FittedCandidate, ground: Ground) -> list[Reals]:
    """Return the policy by cell `[T, C, A]` in each world of soft-optimal choice at the fitted rationality."""
    values, found = known.candidate.values(ground), []
    for e, world in enumerate(list_worlds(ground)):
        discount = known.candidate.discount
        process = decision_process_of(world, values[e][:, None], discount)
        policy, _ = soft_optimum(
            process.transition, process.met[:, :, 0], horizon=ground.plan.steps, discount=discount,
            beta=known.rationality, last=process.last[:, :, 0],
        )  # fmt: skip
        found.append(_by_cell(policy, process.position, ground))
    return found


def cover_visited_cells(
    ways_in: Callable[[Ground], list[Reals]], believed: Ground, observations: Observations
) -> list[Reals]:
    """Return policies `[T, C, A]` that also cover cells which the agent visited but could not reach by its beliefs.

    On cells that it believes to be walls it has no plan, so all actions have the same probability.
    """
    ways, starts = ways_in(believed), believed.worlds.start.copy()
    content = believed.atlas.content
    while True:
        for e, by_cell in enumerate(ways):
            cells = observations.traces.cell[0, e, :-1][observations.traces.action[0, e] != OVER]
            lost = cells[np.isnan(by_cell[0, cells, 0]) & (content[e, cells] != BARRIER)]
            starts[e] = lost[0] if len(lost) else believed.worlds.start[e]
        if (starts == believed.worlds.start).all():
            return [np.where(np.isnan(by_cell), 1.0 / ACTIONS, by_cell) for by_cell in ways]
        again = ways_in(believed._replace(worlds=believed.worlds._replace(start=starts)))
        ways = [np.where(np.isnan(old), new, old) for old, new in zip(ways, again, strict=True)]


def _by_cell(policy: Reals, cell: Cells, ground: Ground) -> Reals:
    """Return a policy `[T, S, A]` by cell, `[T, C, A]`; NaN for cells that can't be reached from the start."""
    ways = np.full((len(policy), ground.worlds.wall.shape[1], ACTIONS), np.nan)
    somewhere = cell >= 0
    ways[:, cell[somewhere]] = policy[:, somewhere]
    return ways


def _probabilities(ways: list[Reals], observations: Observations) -> list[Reals]:
    """Return the probabilities of the actions taken, world by world."""
    found = []
    for e, by_cell in enumerate(ways):
        action, cell = observations.traces.action[0, e], observations.traces.cell[0, e]
        ticks = np.flatnonzero(action != OVER)
        found.append(by_cell[np.minimum(ticks, len(by_cell) - 1), cell[ticks], action[ticks]])
    return found


def _first_entered_in(worlds: list[TabularWorld], ways: list[Reals], ground: Ground) -> Cells:
    """Return which object `[E]` an agent with these policies by cell `[1, C, A]` most likely enters in each world."""
    found = [_first_entered(world, by_cell[0], ground) for world, by_cell in zip(worlds, ways, strict=True)]
    return np.array(found, np.int32)


def _first_entered(world: TabularWorld, ways: Reals, ground: Ground) -> int:
    """Return which object an agent with a policy by cell `[C, A]` most likely enters; NOTHING if none is likely."""
    counts = np.zeros(events_of(ground.plan))
    policy = ways[np.maximum(world.cell, 0)][None]
    count_events(world, np.ascontiguousarray(policy), np.empty((ground.plan.steps, world.states)), counts)
    entries = counts[: world.objects]
    return int(entries.argmax()) if entries.max(initial=0.0) > UNLIKELY else NOTHING
