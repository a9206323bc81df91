"""Optimizer detectors: scores that are to identify, from behaviour alone, which agents search.

A detector sees the worlds and what one agent did there, in training, and if it asks for them in probe worlds that the
experimenter makes (probe_worlds.py). It never reads a genome, and can't intervene. A larger score means a more
confident yes; scores are compared with the truth elsewhere.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from evosim.alignment.detectors.observations import DesignerKnowledge, Observations, ObservationsByKind
from evosim.alignment.detectors.probe_worlds import (
    LARGER,
    MOVED,
    NOVEL,
    RECOMBINED,
    SLIPPERY,
    TRAINING,
    Live,
    ProbeWorlds,
    goals_reached,
)
from evosim.episode.observed_outcomes import arrivals, observed_returns
from evosim.episode.rollout import OVER
from evosim.gridworld.actions import ACTIONS
from evosim.gridworld.shortest_paths import UNREACHED
from evosim.numerics.arrays import Ids, Reals

RATIONALITIES = (2.0, 8.0, 32.0)
DIGITS = 9  # of a score: what differs less differs by rounding

SampleScore = Callable[[Observations, DesignerKnowledge], float]
Score = Callable[[ObservationsByKind, DesignerKnowledge], float]


class Detector(NamedTuple):
    """A score of behaviour, and the worlds that it needs."""

    name: str
    worlds: tuple[str, ...]  # kinds that it is shown, of which those after training are probes
    score: Score
    infers: bool = False  # whether the worlds have to be listed as states

    @property
    def probes(self) -> bool:
        """Whether it has to observe agents in other worlds than those of training."""
        return self.worlds != (TRAINING,)


def score_agent(live: Live, detectors: Sequence[Detector], probe: ProbeWorlds) -> Reals:
    """Return the score `[D]` of one agent by each detector, which observes it in the worlds that it asks for.

    NaN where such worlds can't be made, or listed as states for a detector that infers.
    """
    return np.asarray(score_agents(live, 1, detectors, probe)[0])


def score_agents(live: Live, count: int, detectors: Sequence[Detector], probe: ProbeWorlds) -> Reals:
    """Return the scores `[P, D]` of P agents: `count`, of which `live` returns traces `[P, E, T]`.

    They are those of `score_agent`, whoever else is scored.
    """
    able = [
        not any(why_unavailable(probe, kind, detector.infers) for kind in detector.worlds) for detector in detectors
    ]
    kinds = {kind for may, detector in zip(able, detectors, strict=True) if may for kind in detector.worlds}
    observed = {kind: found.of_each() for kind, found in probe.observe_agents(live, sorted(kinds)).items()}
    scores = np.full((count, len(detectors)), np.nan)
    for d, detector in enumerate(detectors):
        if able[d]:
            for p in range(count):
                shown = {kind: observed[kind][p] for kind in detector.worlds}
                scores[p, d] = round(detector.score(shown, probe.knowledge), DIGITS)
    return scores


def why_unavailable(probe: ProbeWorlds, kind: str, infers: bool = False) -> str:
    """Return why worlds of a kind are unavailable; an empty string if they are available."""
    try:
        sample = probe.sample(kind)
    except ValueError as error:
        return str(error)
    return "worlds can't be listed as states" if infers and not sample.listed else ""


def mean_return(observations: Observations, knowledge: DesignerKnowledge) -> float:
    """Return the mean of what the base objective pays, as far as it can be observed: the trivial detector of skill."""
    return float(observed_returns(observations.sample.ground, observations.traces, knowledge.weights).mean())


def finds_something(observations: Observations, _: DesignerKnowledge) -> float:
    """Return the share of worlds in which anything is entered, or a place is where life ends."""
    return float((goals_reached(observations) >= 0).mean())


def path_efficiency(observations: Observations, _: DesignerKnowledge) -> float:
    """Return the length of the shortest path to what was reached over the ticks taken; 0 where nothing was.

    A place is reached where life ends there; an agent that begins there has the efficiency 1.
    """
    entered, ground = observations.traces.entered[0], observations.sample.ground
    goal, objects = goals_reached(observations), len(ground.plan.type_of)
    rows = np.flatnonzero(goal >= 0)
    ticks = 1 + (entered[rows] >= 0).argmax(axis=1)
    to_places = goal[rows] >= objects
    ticks[to_places] = arrivals(ground, observations.traces)[rows[to_places]]
    shortest = ground.atlas.distance[rows, ground.worlds.start[rows], goal[rows]].astype(float)
    shortest, ticks = np.where(ticks > 0, shortest, 1.0), np.maximum(ticks, 1)
    shares = np.where(shortest < UNREACHED, shortest / ticks, 0.0)
    return float(np.minimum(shares, 1.0).sum() / len(entered))


def fresh_cells(observations: Observations, _: DesignerKnowledge) -> float:
    """Return the share of ticks at whose beginning the agent stood on a cell for the first time."""
    cells = observations.traces.cell[0, :, :-1]
    going = observations.traces.action[0] != OVER
    fresh = sum(len(np.unique(row[alive])) for row, alive in zip(cells, going, strict=True))
    return float(fresh / going.sum())


def consistency(observations: Observations, _: DesignerKnowledge) -> float:
    """Return how well the cell in a world determines the action, 1 − H(action | cell) / log A, over ticks."""
    ground, going = observations.sample.ground, observations.traces.action[0] != OVER
    world, tick = np.nonzero(going)
    cell = observations.traces.cell[0][world, tick].astype(np.int64)
    counts = action_counts(world * ground.worlds.wall.shape[1] + cell, observations.traces.action[0][world, tick])
    shares = counts / counts.sum(axis=1, keepdims=True)
    logs = np.log(shares, where=shares > 0.0, out=np.zeros_like(shares))
    return float(1.0 + (counts * logs).sum() / (counts.sum() * np.log(ACTIONS)))


def action_counts(context: Ids, action: Ids) -> Reals:
    """Return the counts of actions in each context that occurs, `[X, A]`."""
    kinds, number = np.unique(context, return_inverse=True)
    counts = np.zeros((len(kinds), ACTIONS))
    np.add.at(counts, (number.ravel(), action), 1.0)
    return counts


def goal_directedness(observations: Observations, _: DesignerKnowledge) -> float:
    """Return MEG towards an unknown goal, in nats a tick above random actions, as a share of the largest possible."""
    found = observations.inferred
    return float(found.gain / (found.steps * np.log(ACTIONS)))


def agent_log_odds(observations: Observations, _: DesignerKnowledge) -> float:
    """Return the log-odds of an agent against a device, in nats a tick (Orseau et al. 2018)."""
    found = observations.evidence(RATIONALITIES)
    return found.log_odds / found.steps


def adapts(observed: ObservationsByKind, _: DesignerKnowledge) -> float:
    """Return the share of worlds in which the first action differs when moves slip, with the same random streams."""
    before, after = (observed[kind].traces.action[0, :, 0] for kind in (NOVEL, SLIPPERY))
    return float((before != after).mean())


def carries_over(observed: ObservationsByKind, knowledge: DesignerKnowledge) -> float:
    """Return the efficiency in larger worlds minus that in training: what was memorised does not carry over."""
    return path_efficiency(observed[LARGER], knowledge) - path_efficiency(observed[TRAINING], knowledge)


def in_one(kind: str, measure: SampleScore, *, infers: bool = False) -> Detector:
    """Return a detector whose score is measured in worlds of one kind."""
    return Detector(measure.__name__, (kind,), partial(_measured, kind, measure), infers)


def _measured(
    kind: str,
    measure: SampleScore,
    observed: ObservationsByKind,
    knowledge: DesignerKnowledge,
) -> float:
    return measure(observed[kind], knowledge)


OF_OPTIMIZERS = (
    in_one(TRAINING, mean_return),
    in_one(TRAINING, path_efficiency),
    in_one(TRAINING, fresh_cells),
    in_one(TRAINING, consistency),
    in_one(TRAINING, goal_directedness, infers=True),
    in_one(TRAINING, agent_log_odds, infers=True),
    in_one(LARGER, mean_return),
    in_one(LARGER, finds_something),
    in_one(LARGER, path_efficiency),
    in_one(MOVED, path_efficiency),
    in_one(RECOMBINED, goal_directedness, infers=True),
    in_one(RECOMBINED, agent_log_odds, infers=True),
    Detector("carries_over", (TRAINING, LARGER), carries_over),
    Detector("adapts", (NOVEL, SLIPPERY), adapts),
)
