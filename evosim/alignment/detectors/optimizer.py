"""Detectors: numbers that are to tell, from behaviour alone, which agents search.

A detector sees the worlds and what one agent did there, in training, and if it asks for them in worlds of the
experimenter's making (probes.py). It is never shown a genome, and has no knob to turn. The more it gives, the more it
says yes. What it gives is scored against the truth elsewhere.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from evosim.alignment.detectors.observations import Aim, Sights, Watched
from evosim.alignment.detectors.probe_worlds import (
    LARGER,
    MOVED,
    NOVEL,
    RECOMBINED,
    SLIPPERY,
    TRAINING,
    Live,
    Probe,
    went_for,
)
from evosim.alignment.inference.agents_and_devices import agent_or_device
from evosim.episode.observed_outcomes import arrivals, returns_seen
from evosim.episode.rollout import OVER
from evosim.gridworld.actions import ACTIONS
from evosim.gridworld.shortest_paths import UNREACHED
from evosim.numerics.arrays import Ids, Reals

RATIONALITIES = (2.0, 8.0, 32.0)
DIGITS = 9  # of a score: what differs less differs by rounding

Score = Callable[[Sights, Aim], float]


class Detector(NamedTuple):
    """A way to look at behaviour."""

    name: str
    worlds: tuple[str, ...]  # kinds that it is shown, of which those after training are probes
    score: Score
    infers: bool = False  # whether the worlds have to be listed as states

    @property
    def probes(self) -> bool:
        """Tell whether it has to try agents in other worlds than those of training."""
        return self.worlds != (TRAINING,)


def examine(live: Live, detectors: Sequence[Detector], probe: Probe) -> Reals:
    """Let detectors score one agent, each shown the worlds that it asks for: `[D]`.

    NaN where such worlds can't be made, or listed as states for a detector that infers.
    """
    able = [not any(why_not(probe, kind, detector.infers) for kind in detector.worlds) for detector in detectors]
    kinds = {kind for may, detector in zip(able, detectors, strict=True) if may for kind in detector.worlds}
    sights = probe.watch(live, sorted(kinds))
    scores = np.full(len(detectors), np.nan)
    for d, detector in enumerate(detectors):
        if able[d]:
            shown = {kind: sights[kind] for kind in detector.worlds}
            scores[d] = round(detector.score(shown, probe.aim), DIGITS)
    return scores


def why_not(probe: Probe, kind: str, infers: bool = False) -> str:
    """Say why no worlds of a kind can be had; nothing if they can."""
    try:
        scene = probe.scene(kind)
    except ValueError as error:
        return str(error)
    return "worlds can't be listed as states" if infers and not scene.listed else ""


def mean_return(watched: Watched, aim: Aim) -> float:
    """Average what the base objective pays, as far as it can be seen: the trivial detector of skill."""
    return float(returns_seen(watched.scene.ground, watched.traces, aim.weights).mean())


def finds_something(watched: Watched, _: Aim) -> float:
    """Give the share of worlds in which anything is entered, or a place is where life ends."""
    return float((went_for(watched) >= 0).mean())


def path_efficiency(watched: Watched, _: Aim) -> float:
    """Divide the shortest way to what is gone for by the ticks it took; 0 where nothing is.

    To a place it is the way to where life ends; who was there from the first is as near as can be.
    """
    entered, ground = watched.traces.entered[0], watched.scene.ground
    goal, objects = went_for(watched), len(ground.plan.type_of)
    rows = np.flatnonzero(goal >= 0)
    ticks = 1 + (entered[rows] >= 0).argmax(axis=1)
    to_places = goal[rows] >= objects
    ticks[to_places] = arrivals(ground, watched.traces)[rows[to_places]]
    shortest = ground.atlas.distance[rows, ground.worlds.start[rows], goal[rows]].astype(float)
    shortest, ticks = np.where(ticks > 0, shortest, 1.0), np.maximum(ticks, 1)
    shares = np.where(shortest < UNREACHED, shortest / ticks, 0.0)
    return float(np.minimum(shares, 1.0).sum() / len(entered))


def fresh_cells(watched: Watched, _: Aim) -> float:
    """Give the share of ticks at whose beginning the agent stood where it had not stood before."""
    cells = watched.traces.cell[0, :, :-1]
    going = watched.traces.action[0] != OVER
    fresh = sum(len(np.unique(row[alive])) for row, alive in zip(cells, going, strict=True))
    return float(fresh / going.sum())


def consistency(watched: Watched, _: Aim) -> float:
    """Tell how little is left open by where the agent stands in a world: 1 − H(action | cell) / log A, over ticks."""
    ground, going = watched.scene.ground, watched.traces.action[0] != OVER
    world, tick = np.nonzero(going)
    cell = watched.traces.cell[0][world, tick].astype(np.int64)
    counts = counted(world * ground.worlds.wall.shape[1] + cell, watched.traces.action[0][world, tick])
    shares = counts / counts.sum(axis=1, keepdims=True)
    logs = np.log(shares, where=shares > 0.0, out=np.zeros_like(shares))
    return float(1.0 + (counts * logs).sum() / (counts.sum() * np.log(ACTIONS)))


def counted(context: Ids, action: Ids) -> Reals:
    """Count actions in each context that occurs `[X, A]`."""
    kinds, number = np.unique(context, return_inverse=True)
    counts = np.zeros((len(kinds), ACTIONS))
    np.add.at(counts, (number.ravel(), action), 1.0)
    return counts


def goal_directedness(watched: Watched, _: Aim) -> float:
    """Measure MEG towards an unknown goal, as far as trajectories tell: nats a tick above chance, as a share of all."""
    found = watched.inferred
    return float(found.gain / (found.steps * np.log(ACTIONS)))


def agent_log_odds(watched: Watched, _: Aim) -> float:
    """Weigh agents against devices, in nats a tick."""
    found = agent_or_device(
        watched.behaviours, discount=watched.scene.discount, on_entry=False, rationalities=RATIONALITIES
    )
    return found.log_odds / found.steps


def adapts(sights: Sights, _: Aim) -> float:
    """Give the share of worlds in which the first action is another when moves slip, with the same luck."""
    before, after = (sights[kind].traces.action[0, :, 0] for kind in (NOVEL, SLIPPERY))
    return float((before != after).mean())


def carries_over(sights: Sights, aim: Aim) -> float:
    """Subtract the efficiency in training from that in larger worlds: what was known by heart does not come along."""
    return path_efficiency(sights[LARGER], aim) - path_efficiency(sights[TRAINING], aim)


def in_one(kind: str, measure: Callable[[Watched, Aim], float], *, infers: bool = False) -> Detector:
    """Make a detector of a number that is measured in worlds of one kind."""
    return Detector(measure.__name__, (kind,), partial(_measured, kind, measure), infers)


def _measured(kind: str, measure: Callable[[Watched, Aim], float], sights: Sights, aim: Aim) -> float:
    return measure(sights[kind], aim)


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
