"""Prediction: which objective foretells what a planner does where it was not trained?

Candidates are the mesa-objective, read from the genome, and the behavioural objective, inferred from
training behaviour. Both are given the same two families of choice, and what the families leave open is fitted to the
same training behaviour: soft-optimal at a fitted rationality, or the best action but for a fitted share of errors. What
is pursued, is pursued in the world as the agent believes it to be; that may be another than the one it acts in.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from evosim.alignment.battery.lookup_policies import refuse_more_than_cells
from evosim.alignment.detectors.observations import MOST_STATES, Watched, process_of
from evosim.alignment.detectors.probe_worlds import first_choices
from evosim.alignment.inference.irl import Demonstration, infer_objective
from evosim.alignment.mdp.objectives import events_of, feature_objective, fill_reward, mesa_objective
from evosim.alignment.mdp.solvers import soft_optimum
from evosim.alignment.mdp.tabular_world import TabularWorld, tabulate
from evosim.alignment.returns.optimal import count_events, find_optimal
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import OVER
from evosim.gridworld.actions import ACTIONS
from evosim.gridworld.shortest_paths import BARRIER, NOTHING
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Cells, Reals

ERRORS = np.geomspace(1e-4, 1.0, 200)  # shares of errors that are tried
UNLIKELY = 1e-6  # an entry less likely than that is not foretold


class Candidate(NamedTuple):
    """An objective that an agent may be pursuing."""

    values: Callable[[Ground], Reals]  # utilities [E, N + Q] of what there is
    discount: float


class Fitted(NamedTuple):
    """A candidate with what training behaviour says of how it is pursued."""

    candidate: Candidate
    rationality: float  # of soft choice
    errors: float  # share of actions that are any, where the best is taken otherwise


class Foresight(NamedTuple):
    """How well a candidate foretells behaviour."""

    soft: float  # nats a tick above actions at random; log A at most
    hard: float  # likewise
    first: float  # share of worlds in which the object entered first is the one foretold
    ticks: int


def mesa(minds: Phenotypes) -> Candidate:
    """Read the mesa-objective of one planner, through its perception, with its own discount."""
    return Candidate(
        lambda ground: mesa_objective(ground, minds)[0, :, : ground.worlds.features.shape[1]],
        float(minds.discount[0] * minds.persistence[0]),
    )


def behavioural(watched: Watched) -> Candidate:
    """Infer the behavioural objective from what was done in the first worlds of a scene."""
    weights = watched.inferred.weights
    return Candidate(
        lambda ground: feature_objective(ground, weights)[:, : ground.worlds.features.shape[1]], watched.scene.discount
    )


def fitted(candidate: Candidate, watched: Watched) -> Fitted:
    """Fit rationality and errors to what was done in training, in the first worlds of the scene, rightly believed.

    Raises:
        ValueError: more than the cell belongs to a state, or the worlds can't be listed.
    """
    ground, worlds = watched.scene.yardstick.ground, watched.scene.yardstick.worlds
    refuse_more_than_cells(ground.plan)
    values = candidate.values(ground)
    told = [process_of(world, values[e][:, None], candidate.discount) for e, world in enumerate(worlds)]
    shown = [
        Demonstration(one.states, one.actions, one.transition, process.met, process.last)
        for one, process in zip(watched.behaviours, told, strict=True)
    ]
    rationality = float(infer_objective(shown, discount=candidate.discount).weights[0])
    chances = np.concatenate(_chances(hard_ways(candidate, ground, worlds), watched))
    mixed = (1.0 - ERRORS[:, None]) * chances + ERRORS[:, None] / ACTIONS
    return Fitted(candidate, rationality, float(ERRORS[np.log(mixed).sum(axis=1).argmax()]))


def foresee(known: Fitted, believed: Ground, watched: Watched) -> Foresight:
    """Foretell what an agent does in the worlds of a scene that it believes to be others, or the same.

    Raises:
        ValueError: more than the cell belongs to a state, worlds can't be listed, or those believed are not as many.
    """
    ground, actual = watched.scene.ground, listed(watched.scene.ground)
    if len(believed.worlds.start) != len(actual):
        raise ValueError(f"{len(believed.worlds.start)} worlds are believed in, and {len(actual)} lived in")
    best = everywhere(lambda some: hard_ways(known.candidate, some, listed(some)), believed, watched)
    hard = np.concatenate(_chances(best, watched))
    hard = (1.0 - known.errors) * hard + known.errors / ACTIONS
    soft = np.concatenate(_chances(everywhere(lambda some: soft_ways(known, some), believed, watched), watched))
    hits = _first_entered_in(actual, best, ground) == first_choices(watched)
    nats = [float(np.log(chances).mean() + np.log(ACTIONS)) for chances in (soft, hard)]
    return Foresight(nats[0], nats[1], float(hits.mean()), len(hard))


def foretold_first(candidate: Candidate, ground: Ground) -> Cells:
    """Return `[E]` which object is entered first, most likely, by always taking the best action; NOTHING if none.

    Raises:
        ValueError: more than the cell belongs to a state, or worlds can't be listed.
    """
    worlds = listed(ground)
    return _first_entered_in(worlds, hard_ways(candidate, ground, worlds), ground)


def listed(ground: Ground) -> list[TabularWorld]:
    """List the states of worlds in which the cell says all.

    Raises:
        ValueError: it doesn't, or they are too many.
    """
    refuse_more_than_cells(ground.plan)
    worlds = tabulate(ground, most=MOST_STATES)
    if worlds is None:
        raise ValueError(f"a world can't be listed with at most {MOST_STATES} states, so nothing can be foretold")
    return worlds


def hard_ways(candidate: Candidate, ground: Ground, worlds: list[TabularWorld]) -> list[Reals]:
    """Tell, world by world, how likely each action is by cell `[1, C, A]` if the best is taken, ties alike."""
    values, found = candidate.values(ground), []
    for e, world in enumerate(worlds):
        rewards = np.zeros(events_of(ground.plan))
        rewards[: values.shape[1]] = values[e]
        reward, allowed = np.empty(world.entered.shape[:2]), np.zeros(world.entered.shape[:2], np.bool_)
        fill_reward(world, rewards, candidate.discount, reward)
        find_optimal(world, reward, candidate.discount, np.zeros(world.states), allowed)
        policy = allowed / allowed.sum(axis=1, keepdims=True)
        found.append(_by_cell(policy[None], world.cell, ground))
    return found


def soft_ways(known: Fitted, ground: Ground) -> list[Reals]:
    """Tell the same `[T, C, A]` if choice is soft."""
    values, found = known.candidate.values(ground), []
    for e, world in enumerate(listed(ground)):
        discount = known.candidate.discount
        process = process_of(world, values[e][:, None], discount)
        policy, _ = soft_optimum(
            process.transition, process.met[:, :, 0], horizon=ground.plan.steps, discount=discount,
            beta=known.rationality, last=process.last[:, :, 0],
        )  # fmt: skip
        found.append(_by_cell(policy, process.position, ground))
    return found


def everywhere(ways_in: Callable[[Ground], list[Reals]], believed: Ground, watched: Watched) -> list[Reals]:
    """Tell ways `[T, C, A]` also where the agent got, although it should not have come there by what it believed.

    In what it takes for a wall it has no plan, so all actions are alike there.
    """
    ways, starts = ways_in(believed), believed.worlds.start.copy()
    content = believed.atlas.content
    while True:
        for e, by_cell in enumerate(ways):
            cells = watched.traces.cell[0, e, :-1][watched.traces.action[0, e] != OVER]
            lost = cells[np.isnan(by_cell[0, cells, 0]) & (content[e, cells] != BARRIER)]
            starts[e] = lost[0] if len(lost) else believed.worlds.start[e]
        if (starts == believed.worlds.start).all():
            return [np.where(np.isnan(by_cell), 1.0 / ACTIONS, by_cell) for by_cell in ways]
        again = ways_in(believed._replace(worlds=believed.worlds._replace(start=starts)))
        ways = [np.where(np.isnan(old), new, old) for old, new in zip(ways, again, strict=True)]


def _by_cell(policy: Reals, cell: Cells, ground: Ground) -> Reals:
    """Lay a policy `[T, S, A]` out by cell `[T, C, A]`; NaN where one can't come from the start."""
    ways = np.full((len(policy), ground.worlds.wall.shape[1], ACTIONS), np.nan)
    somewhere = cell >= 0
    ways[:, cell[somewhere]] = policy[:, somewhere]
    return ways


def _chances(ways: list[Reals], watched: Watched) -> list[Reals]:
    """Tell, world by world, how likely each action was that was taken."""
    found = []
    for e, by_cell in enumerate(ways):
        action, cell = watched.traces.action[0, e], watched.traces.cell[0, e]
        ticks = np.flatnonzero(action != OVER)
        found.append(by_cell[np.minimum(ticks, len(by_cell) - 1), cell[ticks], action[ticks]])
    return found


def _first_entered_in(worlds: list[TabularWorld], ways: list[Reals], ground: Ground) -> Cells:
    """Return `[E]` which object those who act by cell `[1, C, A]` most likely enter in each world."""
    found = [_first_entered(world, by_cell[0], ground) for world, by_cell in zip(worlds, ways, strict=True)]
    return np.array(found, np.int32)


def _first_entered(world: TabularWorld, ways: Reals, ground: Ground) -> int:
    """Tell which object those who act by cell `[C, A]` most likely enter; NOTHING if none is likely at all."""
    counts = np.zeros(events_of(ground.plan))
    policy = ways[np.maximum(world.cell, 0)][None]
    count_events(world, np.ascontiguousarray(policy), np.empty((ground.plan.steps, world.states)), counts)
    entries = counts[: world.objects]
    return int(entries.argmax()) if entries.max(initial=0.0) > UNLIKELY else NOTHING
