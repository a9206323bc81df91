"""Observed outcomes: those of lives that follow from traces and worlds alone, without reading the agent."""

import numpy as np

from evosim.episode.grid_environment import Ground
from evosim.episode.outcomes import numbered_layout
from evosim.episode.rollout import OVER, Traces
from evosim.gridworld.sampling import NOWHERE, Worlds
from evosim.gridworld.shortest_paths import NOTHING
from evosim.numerics.arrays import Cells, Flags, Ids, Reals, Shorts

UNSEEN = ("thinking", "energy", "survived")


def observed_outcomes(ground: Ground, traces: Traces) -> Reals:
    """Return the outcomes `[P, E, K]` of lives, in the order of `OutcomeLayout`; those that can't be observed are 0."""
    plan, layout = ground.plan, numbered_layout(ground.plan)
    outcomes = np.zeros((*traces.action.shape[:2], len(layout.names)))
    found = {segment: outcomes[..., columns] for segment, columns in layout.segments.items()}
    for n, kind in enumerate(plan.type_of):
        times = (traces.entered == n).sum(axis=2)
        found["own"] += times[..., None] * plan.outcomes[n]
        found["entered"][..., kind] += times
    found["entered_first"][...] = first_entered(ground, traces)[..., None] == np.arange(plan.types)
    found["steps"][..., 0] = (traces.action != OVER).sum(axis=2)
    found["moves"][..., 0] = ticks_moved(traces).sum(axis=2)
    if plan.places:
        came, last = arrived_at(ground, traces), ended_at(ground, traces)
        for q, kind in enumerate(plan.place_type):
            found["entered_place"][..., kind] += (came == q).sum(axis=2)
            found["ended_at"][..., kind] += last == q
    return outcomes


def ticks_moved(traces: Traces) -> Flags:
    """Return in which ticks `[P, E, T]` an agent moved to another cell."""
    before, after = traces.cell[..., :-1], traces.cell[..., 1:]
    return np.asarray((after != before) & (after != OVER))


def arrived_at(ground: Ground, traces: Traces) -> Shorts:
    """Return the place at which an agent arrived in each tick `[P, E, T]`, or NOWHERE."""
    was, now = (_places(ground.worlds, cells) for cells in (traces.cell[..., :-1], traces.cell[..., 1:]))
    return np.where(ticks_moved(traces) & (now != was), now, NOWHERE).astype(np.int16)


def ended_at(ground: Ground, traces: Traces) -> Shorts:
    """Return the place at which each life `[P, E]` ended, or NOWHERE."""
    last = (traces.action != OVER).sum(axis=2, keepdims=True)
    cells = np.take_along_axis(traces.cell, last, axis=2)
    return np.asarray(_places(ground.worlds, cells)[..., 0], np.int16)


def arrivals(ground: Ground, traces: Traces) -> Ids:
    """Return the tick `[E]` from which the first agent remained at the place where its life ended.

    If a life ended at no place, this is its length.
    """
    place = _places(ground.worlds, traces.cell)[0]
    over = (traces.action[0] != OVER).sum(axis=1)
    elsewhere = place != ended_at(ground, traces)[0][:, None]
    elsewhere &= np.arange(place.shape[1]) <= over[:, None]
    last_elsewhere = place.shape[1] - 1 - elsewhere[:, ::-1].argmax(axis=1)
    return np.where(elsewhere.any(axis=1), np.minimum(last_elsewhere + 1, over), 0)


def _places(worlds: Worlds, cells: Cells) -> Shorts:
    """Return the place of each cell `[P, E, T]` in its world, or NOWHERE, also after the end of a life."""
    if not worlds.place.shape[1]:
        return np.full(cells.shape, NOWHERE, np.int16)
    there = np.maximum(cells, 0)
    place = worlds.place[np.arange(cells.shape[1])[None, :, None], there]
    return np.where(cells == OVER, NOWHERE, place).astype(np.int16)


def first_entered(ground: Ground, traces: Traces) -> Cells:
    """Return the type `[P, E]` of the object entered first, or NOTHING."""
    counts = traces.entered >= 0
    tick = counts.argmax(axis=2)
    n = np.take_along_axis(traces.entered, tick[..., None], axis=2)[..., 0]
    some = counts.any(axis=2)
    kinds = np.append(ground.plan.type_of, NOTHING)  # where there is none, the last
    return np.asarray(kinds[np.where(some, n, -1)], np.int32)


def observed_returns(ground: Ground, traces: Traces, weights: Reals) -> Reals:
    """Return the returns `[P, E]` of lives by an objective, weights `[K]` on outcomes.

    Raises:
        ValueError: it weighs outcomes that can't be observed, or the weights are not K finite numbers.
    """
    outcomes = observed_outcomes(ground, traces)
    if np.shape(weights) != outcomes.shape[2:] or not np.isfinite(weights).all():
        raise ValueError(f"weights of shape {np.shape(weights)}; {outcomes.shape[2]} finite ones are needed")
    layout = numbered_layout(ground.plan)
    unseen = [name for name in UNSEEN if weights[layout.slice_of(name)].any()]
    if unseen:
        raise ValueError(f"the objective weighs {', '.join(unseen)}, which can't be observed; leave it out")
    return np.asarray(outcomes @ weights)
