"""What can be seen: outcomes of lives told from traces and worlds alone, without asking the agent."""

import numpy as np

from evosim.episode.grid_environment import Ground
from evosim.episode.outcomes import numbered_layout
from evosim.episode.rollout import OVER, Traces
from evosim.gridworld.sampling import NOWHERE, Worlds
from evosim.gridworld.shortest_paths import NOTHING
from evosim.numerics.arrays import Cells, Flags, Ids, Reals, Shorts

UNSEEN = ("thinking", "energy", "survived")


def outcomes_seen(ground: Ground, traces: Traces) -> Reals:
    """Tell the outcomes `[P, E, K]` of lives, in the order of `OutcomeLayout`; those that can't be seen are 0."""
    plan, layout = ground.plan, numbered_layout(ground.plan)
    outcomes = np.zeros((*traces.action.shape[:2], len(layout.names)))
    found = {segment: outcomes[..., columns] for segment, columns in layout.segments.items()}
    for n, kind in enumerate(plan.type_of):
        times = (traces.entered == n).sum(axis=2)
        found["own"] += times[..., None] * plan.outcomes[n]
        found["entered"][..., kind] += times
    found["entered_first"][...] = first_entered(ground, traces)[..., None] == np.arange(plan.types)
    found["steps"][..., 0] = (traces.action != OVER).sum(axis=2)
    found["moves"][..., 0] = moved(traces).sum(axis=2)
    if plan.places:
        came, last = came_to(ground, traces), ended_at(ground, traces)
        for q, kind in enumerate(plan.place_type):
            found["entered_place"][..., kind] += (came == q).sum(axis=2)
            found["ended_at"][..., kind] += last == q
    return outcomes


def moved(traces: Traces) -> Flags:
    """Tell in which ticks `[P, E, T]` an agent came to another cell."""
    before, after = traces.cell[..., :-1], traces.cell[..., 1:]
    return np.asarray((after != before) & (after != OVER))


def came_to(ground: Ground, traces: Traces) -> Shorts:
    """Return to which place an agent came in each tick `[P, E, T]`, or NOWHERE."""
    was, now = (_places(ground.worlds, cells) for cells in (traces.cell[..., :-1], traces.cell[..., 1:]))
    return np.where(moved(traces) & (now != was), now, NOWHERE).astype(np.int16)


def ended_at(ground: Ground, traces: Traces) -> Shorts:
    """Return at which place each life `[P, E]` ended, or NOWHERE."""
    last = (traces.action != OVER).sum(axis=2, keepdims=True)
    cells = np.take_along_axis(traces.cell, last, axis=2)
    return np.asarray(_places(ground.worlds, cells)[..., 0], np.int16)


def arrivals(ground: Ground, traces: Traces) -> Ids:
    """Return after how many ticks the first agent came to be, for good, at the place where each life `[E]` ended.

    The length of the life where it ended at no place.
    """
    place = _places(ground.worlds, traces.cell)[0]
    over = (traces.action[0] != OVER).sum(axis=1)
    elsewhere = place != ended_at(ground, traces)[0][:, None]
    elsewhere &= np.arange(place.shape[1]) <= over[:, None]
    last_elsewhere = place.shape[1] - 1 - elsewhere[:, ::-1].argmax(axis=1)
    return np.where(elsewhere.any(axis=1), np.minimum(last_elsewhere + 1, over), 0)


def _places(worlds: Worlds, cells: Shorts) -> Shorts:
    """Tell at which place of its world each cell `[P, E, T]` is, or NOWHERE; also where there is no cell."""
    if not worlds.place.shape[1]:
        return np.full(cells.shape, NOWHERE, np.int16)
    there = np.maximum(cells, 0)
    place = worlds.place[np.arange(cells.shape[1])[None, :, None], there]
    return np.where(cells == OVER, NOWHERE, place).astype(np.int16)


def first_entered(ground: Ground, traces: Traces) -> Cells:
    """Tell `[P, E]` of which type the object was that was entered first, or NOTHING."""
    counts = traces.entered >= 0
    tick = counts.argmax(axis=2)
    n = np.take_along_axis(traces.entered, tick[..., None], axis=2)[..., 0]
    some = counts.any(axis=2)
    kinds = np.append(ground.plan.type_of, NOTHING)  # where there is none, the last
    return np.asarray(kinds[np.where(some, n, -1)], np.int32)


def returns_seen(ground: Ground, traces: Traces, weights: Reals) -> Reals:
    """Tell `[P, E]` what lives came to by an objective, weights `[K]` on outcomes.

    Raises:
        ValueError: it weighs what can't be seen from outside, or weights are not as many as outcomes.
    """
    outcomes = outcomes_seen(ground, traces)
    if np.shape(weights) != outcomes.shape[2:] or not np.isfinite(weights).all():
        raise ValueError(f"weights of shape {np.shape(weights)}; {outcomes.shape[2]} finite ones are needed")
    layout = numbered_layout(ground.plan)
    unseen = [name for name in UNSEEN if weights[layout.slice_of(name)].any()]
    if unseen:
        raise ValueError(f"the objective weighs {', '.join(unseen)}, which can't be seen from outside; leave it out")
    return np.asarray(outcomes @ weights)
